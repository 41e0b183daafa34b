from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pyvisa

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.keithley_2450 import Keithley2450
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.session import Session
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

from .scripted import scripted

IDENTITY = "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001,1.7.12b"


class FakeInstrument:
    """A socket that answers by a function, one message after the other, over all connections."""

    def __init__(self, answer: Callable[[str], str | None]) -> None:
        self.answer = answer
        self.received: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.late_answer_sent = threading.Event()
        self.connections: list[socket.socket] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.address = f"TCPIP::127.0.0.1::{self.port}::SOCKET"
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(connection)
            self.threads.append(threading.Thread(target=self.serve, args=(connection,), daemon=True))
            self.threads[-1].start()

    def serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("r", encoding="latin-1") as lines:
                for line in lines:
                    self.answer_to(line.rstrip("\n"), connection)
        except OSError:
            return

    def answer_to(self, message: str, connection: socket.socket) -> None:
        self.received.append(message)
        held = not self.may_answer.is_set()
        self.may_answer.wait(10)
        if (answer := self.answer(message)) is not None:
            connection.sendall(answer.encode("latin-1"))
        if held:
            self.late_answer_sent.set()

    def say(self, text: str) -> None:
        self.connections[-1].sendall(text.encode())

    def drop(self) -> None:
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.may_answer.set()
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.threads[0].join(5)
        self.drop()
        for thread in self.threads:
            thread.join(5)
        for connection in self.connections:
            connection.close()


class Register:
    """Answers `*IDN?`, `*ESE` and echoes; enough of an instrument for a session."""

    def __init__(self) -> None:
        self.ese = 0

    def __call__(self, message: str) -> str | None:
        answers = []
        for unit in message.split(";"):
            if unit.startswith("*ESE "):
                self.ese = int(unit[5:])
            elif unit == "*ESE?":
                answers.append(str(self.ese))
            elif unit == "*IDN?":
                answers.append(IDENTITY)
            elif unit.endswith("?"):
                answers.append(unit[:-1].lstrip(":"))
        return ";".join(answers) + "\n" if answers else None


@pytest.fixture
def fake() -> Iterator[Callable[..., FakeInstrument]]:
    made: list[FakeInstrument] = []

    def make(answer: Callable[[str], str | None] | None = None) -> FakeInstrument:
        made.append(FakeInstrument(answer or Register()))
        return made[-1]

    yield make
    for instrument in made:
        instrument.close()


@pytest.fixture
def served(fake: Callable[..., FakeInstrument]) -> Callable[..., FakeInstrument]:
    """Let a twin answer at a socket."""

    def serve(twin: Any) -> FakeInstrument:
        def answer(line: str) -> str | None:
            with twin.world.lock:
                twin.world.catch_up()
                said = twin.execute(line.rstrip("\r"))
            return None if said is None else f"{said}{twin.terminator}"

        return fake(answer)

    return serve


@pytest.fixture
def session_to() -> Iterator[Callable[..., Session]]:
    opened: list[Session] = []

    def make(address: str, timeout: float = 5.0) -> Session:
        opened.append(Session("@py", address, name="gate", timeout=timeout))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


@pytest.fixture
def transcript() -> Callable[..., Any]:
    """`with transcript([(sent, answered or None), ...]) as keithley: ...`; all of it must be used up."""

    return partial(scripted, Keithley2450, "gate")


@pytest.fixture(params=["served", "in process"])
def place_of(request: pytest.FixtureRequest, bench_file: Path) -> Iterator[Callable[[str], tuple[str, str]]]:
    """Return address and VISA library of an instrument on the bench of the test's own fixture `bench_file`."""
    if request.param == "served":
        server = BenchServer(VirtualBench(Bench.load(bench_file)))
        server.start()
        server.wait_until_warm()
        yield lambda name: (server.served.addresses[name], "@py")
        server.close()
    else:
        library = f"{bench_file}@smtj"
        manager = pyvisa.ResourceManager(library)
        yield lambda name: (f"TCPIP::{name}::INSTR", library)
        manager.close()


@pytest.fixture
def in_process(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return the resource manager of the packaged bench with `more` at the end of its file, in this process."""
    with ExitStack() as opened:

        def make(more: str, *, magnets: tuple[str, ...] = ()) -> Any:
            text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
            if magnets:
                text = f"magnets = {list(magnets)}\n{text}"
            (tmp_path / "bench.toml").write_text(text + more, encoding="utf-8")
            return opened.enter_context(closing(pyvisa.ResourceManager(f"{tmp_path / 'bench.toml'}@smtj")))

        yield make


@pytest.fixture
def twin(model):
    """The twin of a prober; `model` is its driver and its twin, and the module says which."""
    with VirtualBench(Bench.load(PACKAGED / "virtual.toml")) as bench:
        yield model[1]("needles", bench.world, 1, 7)


@pytest.fixture
def prober(model, twin, served, session_to):
    """The driver of that prober, its instrument identified."""
    driver = model[0](session_to(served(twin).address))
    driver.session.identify(driver.identity_pattern)
    driver.verify_language()
    return driver


@pytest.fixture
def ready(prober):
    """The driver, configured for three contacts."""
    prober.configure(ContactLimits(contacts=3))
    return prober
