"""Virtual benches that belong to one test: a world of their own, in this process or served to any VISA client."""

from __future__ import annotations

import contextlib
import functools
import itertools
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .bench import IN_PROCESS, Bench, BenchClock, VirtualSettings, find_bench
from .driver_name import DriverName
from .errors import BenchFileError, InstrumentMistake
from .limits_file import limited_names
from .line import END, resource_manager
from .open_bench import OpenBench, open_bench
from .session import Session
from .virtual.faults import Fault
from .virtual.message_exchange import Answerer
from .virtual.server import BenchServer
from .virtual.virtual_bench import VirtualBench
from .virtual.world import World

_NUMBERS = itertools.count(1)


def read_once(name: str | Path, *, in_process: bool) -> Bench:
    """Return the bench called `name`, parsed once for each state of its file. Raises BenchFileError."""
    path = find_bench(str(name).removesuffix(IN_PROCESS))
    state = path.stat()
    return _parsed(path, state.st_mtime_ns, state.st_size, in_process)


@functools.lru_cache(maxsize=64)
def _parsed(path: Path, changed: int, size: int, in_process: bool) -> Bench:
    return Bench.load(f"{path}{IN_PROCESS}" if in_process else path)


def with_settings(bench: Bench, *, seed: int | None, clock: str | None, factor: float | None) -> Bench:
    """Return a bench with another seed or clock than its file says; what is None stays. Raises BenchFileError."""
    settings = bench.virtual
    if settings is None:
        raise BenchFileError(f"A bench for tests must have a [virtual] table, but {bench.path} has none.")
    if clock is not None and clock not in [*BenchClock]:
        raise BenchFileError(f"`clock` must be one of {', '.join(BenchClock)}, but is {clock!r}.")
    kind = settings.clock if clock is None else BenchClock(clock)
    speed = settings.factor if factor is None else factor
    wanted = VirtualSettings(clock=kind, factor=speed, seed=settings.seed if seed is None else seed)
    return replace(bench, virtual=wanted)


class PrivateBench:
    """A virtual bench for one test; a context manager that closes whatever was opened on it."""

    def __init__(self, bench: Bench) -> None:
        self.virtual = VirtualBench(bench)
        """The world behind it: `virtual.instruments`, `virtual.truth`, `virtual.world`."""
        self.bench = bench
        """The bench, with the addresses at which its instruments are."""
        self._stack = contextlib.ExitStack()
        self._stack.callback(self.virtual.close)

    @property
    def clock(self) -> World:
        """Return the bench's clock: `now()` and `sleep(seconds)`."""
        return self.virtual.clock

    @property
    def visa_library(self) -> str:
        """Return what PyVISA's ResourceManager is to be given."""
        return self.bench.visa_library

    @property
    def addresses(self) -> dict[str, str]:
        """Return the VISA address of each instrument."""
        return {name: entry.address for name, entry in self.bench.instruments.items()}

    def outputs(self) -> dict[str, bool]:
        """Return which outputs are really on, by instrument."""
        return self.virtual.outputs()

    def fail(self, instrument: str, kind: str, **when: Any) -> None:
        """Let a fault await an instrument: `fail("gate", "timeout", at=3.0)`. Raises InstrumentMistake."""
        self.virtual.fail(instrument, kind, **when)

    def await_fault(self, text: str) -> None:
        """Let a fault await its instrument, written as on the command line: `gate:timeout@3s`."""
        self.virtual.await_fault(Fault.parse(text, self.bench.names))

    def ask(self, instrument: str, message: str) -> str | None:
        """Return the answer to a message without any transport between; None where there is none, or it is lost."""
        answerer = Answerer(self.virtual, self._instrument(instrument))
        answered = answerer.answer(message.encode("latin-1"))
        if answered is None:
            return None
        return answered[0].decode("latin-1").removesuffix(answerer.instrument.terminator)

    def session(self, instrument: str, *, timeout: float = 5.0) -> Session:
        """Return a session with an instrument, which has been sent nothing; it is closed with the bench."""
        name = self._instrument(instrument)
        return self._stack.enter_context(Session(self.visa_library, self.addresses[name], name=name, timeout=timeout))

    def driver(self, instrument: str, *, timeout: float = 5.0) -> Any:
        """Return the driver that the bench file names, its instrument identified, on the bench's clock.

        Of a part that a channel plays, or of a channel such as `dual.a`, it is the driver of that channel.
        """
        name = self._instrument(instrument)
        kind: Any = DriverName.parse(self.bench.instruments[name].driver).load()
        session = self.session(name, timeout=timeout)
        session.identify(kind.identity_pattern, kind.identity_query)
        driver = kind(session, clock=self.clock)
        driver.verify_language()
        _, channel = self.bench.place_of(instrument)
        return getattr(driver, channel) if channel else driver

    def resource(self, instrument: str, **attributes: Any) -> Any:
        """Return a PyVISA resource, lines ending with LF unless told otherwise; it is closed with the bench."""
        wanted = {"read_termination": END, "write_termination": END, **attributes}
        address = self.addresses[self._instrument(instrument)]
        resource = resource_manager(self.visa_library).open_resource(address, **wanted)
        self._stack.callback(resource.close)
        return resource

    def _instrument(self, name: str) -> str:
        """Return the instrument of that name, or whose channel bears it or plays it. Raises InstrumentMistake."""
        entries = self.bench.instruments
        channels = [one for key, entry in entries.items() for one in limited_names(key, entry.role)]
        if name not in [*self.bench.names, *channels]:
            raise InstrumentMistake(
                f"An instrument of {self.bench.name!r} must be one of {', '.join(self.bench.names)}, but is {name!r}."
            )
        return self.bench.place_of(name)[0]

    def open(self) -> OpenBench:
        """Return the bench as procedures have it: every instrument identified, and the device."""
        return self._stack.enter_context(open_bench(self.bench))

    def close(self) -> None:
        """Switch the bench off, and close what was opened on it."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class InProcessBench(PrivateBench):
    """A bench in this process: `pyvisa.ResourceManager(bench.visa_library)` finds this very world, however often."""

    def __init__(self, bench: Bench) -> None:
        from pyvisa_smtj.library import SmtjVisaLibrary

        path = f"{bench.path}#{next(_NUMBERS)}"
        super().__init__(replace(bench, visa_library=f"{path}{IN_PROCESS}"))
        SmtjVisaLibrary.at_hand[path] = self.virtual
        self._stack.callback(SmtjVisaLibrary.at_hand.pop, path, None)
        self._stack.callback(self._hang_up)

    def _hang_up(self) -> None:
        resource_manager(self.visa_library).close()


class ServedBench(PrivateBench):
    """A bench served over TCP from threads of this process, for clients of any kind."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.server = BenchServer(self.virtual)
        self._stack.callback(self.server.close)
        self.server.start()
        self.server.wait_until_warm()
        served = self.server.served
        instruments = {
            name: replace(entry, address=served.addresses[name]) for name, entry in bench.instruments.items()
        }
        self.bench = replace(bench, visa_library="@py", instruments=instruments)
        self.control = served.control
        """Port and token of the control channel, by which another process can share the bench's clock."""

    def open(self) -> OpenBench:
        """Return the bench as procedures have it: every instrument identified, and the device."""
        from .virtual.launch import remember_served

        station = Path(tempfile.mkdtemp(prefix="smtjlab-station-"))
        self._stack.callback(shutil.rmtree, station, ignore_errors=True)
        remember_served(station, self.server.served)
        return self._stack.enter_context(open_bench(self.bench, station=station))
