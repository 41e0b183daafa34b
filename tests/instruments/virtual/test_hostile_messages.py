"""A hundred thousand hostile messages to a twin of each dialect, ten thousand to each of its other models.

Nothing may crash, be logged as a flaw, compute for more than 5 s, or be kept: at the end the instrument answers who it
is. One client sends, a line at a time as over a raw socket; what measures for long is ended by a device clear, as a
client's patience ends. `python -m pytest tests/instruments/virtual/test_hostile_messages.py --durations=0` is the whole
of it; the messages are the same in each run.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.roles import Role
from smtjlab.instruments.virtual.catalogue import models
from smtjlab.instruments.virtual.line_reader import LineReader
from smtjlab.instruments.virtual.living_junction import Conditions, LivingJunction
from smtjlab.instruments.virtual.message_exchange import Answerer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

from .conftest import EXACT
from .message_fuzz import Messages

MANY, FEW = 100_000, 10_000
DIALECTS = {
    "keithley_2450:Keithley2450": "SCPI of Keithley",
    "keysight_34461a:Keysight34461A": "SCPI of Keysight",
    "keithley_2400:Keithley2400": "SCPI of 1994",
    "kepco_bop:KepcoBOP3612": "SCPI of Kepco",
    "keithley_2636b:Keithley2636B": "TSP",
    "lakeshore_475:LakeShore475": "Lake Shore, numbers",
    "lakeshore_336:LakeShore336": "Lake Shore, letters",
    "mpi_sentio:MpiSentio": "SENTIO",
    "formfactor_velox:FormfactorVelox": "Velox",
    "sr830:SR830": "Stanford Research",
}
"""The model that stands for each dialect; all others follow one of these."""
LONGEST_WORK = 5.0
"""Seconds of the computer's time that one message may take."""
PATIENCE = 0.1
"""Seconds after which the client sends a device clear."""
GROWTH = 50e6
"""Bytes by which the process may grow."""
CHUNK = 2_000

ROOM = {
    Role.PROBER: '"tested.chuck" = "device"',
    Role.FIELD_SOURCE: '"tested.probe" = "main"\n"tested.output" = "main"',
    Role.GAUSSMETER: '"tested.probe" = "main"',
    Role.MAGNET_SUPPLY: '"tested.output" = "main"',
    Role.THERMOMETER: '"tested.stage" = "stage"',
    Role.LOCK_IN: '"tested.osc.hi" = "load.hi"\n"tested.osc.lo" = "load.lo"\n"tested.a.hi" = "load.hi"',
    Role.OSCILLOSCOPE: '"tested.ch1.hi" = "load.hi"\n"tested.ch1.lo" = "load.lo"',
    Role.FUNCTION_GENERATOR: '"tested.out.hi" = "load.hi"\n"tested.out.lo" = "load.lo"',
}
"""Wires of those that have another place than the junction."""
LIMITS = {
    Role.FIELD_SOURCE: 'field = ["-0.1 T", "0.1 T"]\nslew = "0.05 T/s"\nvoltage = "20 V"',
    Role.MAGNET_SUPPLY: 'current = ["-5 A", "5 A"]\nslew = "1 A/s"\nvoltage = "20 V"',
    Role.LOCK_IN: 'voltage = ["-5 V", "5 V"]\ncurrent = "10 mA"',
    Role.FUNCTION_GENERATOR: 'voltage = ["-5 V", "5 V"]\ncurrent = "10 mA"',
}
AROUND = """magnets = ["main"]

[components.load]
resistance = "1 kohm"
between = ["load.hi", "load.lo"]
"""


def bench_with(driver: str, folder: Path) -> tuple[VirtualBench, str]:
    """Return a bench with one instrument of a model where it belongs, and the name that it has there."""
    role = DriverName.parse(driver).load().role
    if role in ROOM:
        name, text = "tested", text_with(driver, role)
    else:  # at the junction, in the place of its source meter
        name, text = "junction", EXACT.replace("keithley_2450:Keithley2450", driver)
    (folder / "bench.toml").write_text(text, encoding="utf-8")
    return VirtualBench(Bench.load(folder / "bench.toml")), name


def text_with(driver: str, role: Role) -> str:
    """Return the text of the packaged bench with one instrument more."""
    entry = f'[instruments.tested]\ndriver = "{driver}"\nrole = "{role}"\naddress = "TCPIP::127.0.0.1::0::SOCKET"\n'
    limits = f"[limits.tested]\n{LIMITS[role]}\n" if role in LIMITS else ""
    text = EXACT.replace("\n[instruments.gate]", f"\n{AROUND}\n[instruments.gate]", 1)
    text = text.replace("\n[wiring]", f"\n{entry}\n[wiring]\n{ROOM[role]}")
    return text.replace("\n[virtual]", f"\n{limits}\n[virtual]")


class Client:
    """Sends to one instrument, and loses patience with what takes long."""

    def __init__(self, bench: VirtualBench, name: str) -> None:
        self.answerer = Answerer(bench, name)
        self._lines = LineReader()
        self._sent = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._lose_patience, daemon=True)
        self._watch.start()

    def send(self, text: str) -> list[bytes]:
        """Send one text with LF at its end; return the answers."""
        self._sent += 1
        answers = []
        for message in self._lines.feed(text.encode("latin-1") + b"\n"):
            if message is None:
                self.answerer.overrun()
            elif (answered := self.answerer.answer(message)) is not None:
                answers.append(answered[0])
        return answers

    def close(self) -> None:
        self._over.set()
        self._watch.join()

    def _lose_patience(self) -> None:
        seen = -1
        while not self._over.wait(PATIENCE):
            if seen == self._sent:
                with self.answerer.bench.held():
                    if seen == self._sent:
                        self.answerer.instrument.clears += 1
                        self.answerer.instrument.device_clear()
            seen = self._sent


@pytest.fixture
def client_of(tmp_path: Path) -> Iterator[Callable[[str], Client]]:
    made: list[tuple[VirtualBench, Client]] = []

    def make(driver: str) -> Client:
        bench, name = bench_with(driver, tmp_path)
        made.append((bench, Client(bench, name)))
        return made[-1][1]

    yield make
    for bench, client in made:
        client.close()
        bench.close()


@pytest.fixture
def _unobserved() -> Iterator[None]:
    """Let no line of this be traced: coverage would make it three times as long and learn nothing new."""
    observer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(observer)


class Flaws(logging.Handler):
    """Raises what a twin logs as a flaw of its own, where it is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage()) from (record.exc_info or (None, None))[1]


@pytest.fixture
def _no_flaws() -> Iterator[None]:
    handler = Flaws(logging.ERROR)
    logging.getLogger("smtjlab").addHandler(handler)
    yield
    logging.getLogger("smtjlab").removeHandler(handler)


@pytest.fixture
def _impatient() -> Iterator[None]:
    """Raise where the computing between two calls of setitimer exceeds what one message may take."""

    def give_up(*_: object) -> None:
        raise AssertionError(f"A message must take less than {LONGEST_WORK:g} s, but does not.")

    before = signal.signal(signal.SIGVTALRM, give_up)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def send_all(client: Client, messages: list[str]) -> None:
    """Send messages; whatever goes wrong names the one that did it."""
    for message in messages:
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_WORK)
        try:
            client.send(message)
        except BaseException as problem:
            problem.add_note(f"at {message[:300]!r}")
            raise
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def identity_of(client: Client, driver: str) -> str:
    """Return the answer to who it is; whatever a script was being loaded is ended first.

    On a busy machine the client may lose its patience with this question as well: then it asks again.
    """
    client.send("endscript")
    cleared, answers = -1, list[bytes]()
    while not answers and cleared != (cleared := client.answerer.instrument.clears):
        answers = client.send(DriverName.parse(driver).load().identity_query)
    return b"".join(answers).decode("latin-1")


def resident() -> int:
    """Return the bytes that this process holds, with the Lua of a TSP instrument beside it."""
    gc.collect()
    mine = psutil.Process()
    return sum(int(one.memory_info().rss) for one in (mine, *mine.children()))


def warm(bench: VirtualBench) -> None:
    """Have everything imported and compiled that a first reading needs: it stays, whatever is sent."""
    junction = next(iter(bench.truth.devices.values())).junction
    LivingJunction(junction, 0).read(0.02, Conditions(), 0.1)


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_unobserved", "_impatient", "_no_flaws")
@pytest.mark.parametrize("driver", models())
def test_no_message_is_too_much(driver: str, client_of: Callable[[str], Client]) -> None:
    client, messages = client_of(driver), Messages(models()[driver], seed=1)
    warm(client.answerer.bench)
    send_all(client, messages.take(CHUNK))
    before = resident()
    for _ in range((MANY if driver in DIALECTS else FEW) // CHUNK - 1):
        send_all(client, messages.take(CHUNK))
        assert "SMTJ" in identity_of(client, driver)
    assert resident() - before < GROWTH


def test_every_dialect_is_there() -> None:
    assert set(DIALECTS) <= set(models())
