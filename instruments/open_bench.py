"""A bench with its sessions open, its instruments identified and its device within reach."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .bench import Bench
from .clock import Clock, RealClock
from .driver_class import driver_class
from .errors import BenchFileError, ForeignIdentity, UnsafeError
from .keep_alive import IDLE, KeepAlive
from .lease import IMPATIENCE, Leases, lease_names, leases
from .limits import ContactLimits, SiteLimits
from .line import resource_manager
from .safe_order import safe_order
from .safe_state import SafePlan, SafetyReport, carry_out
from .session import Session

if TYPE_CHECKING:
    from .circuit_under_test import CircuitUnderTest
    from .device import DeviceUnderTest
    from .roles import Instrument

SIMULATED_SERIAL = "SMTJ"
"""How the serial number of every imitated instrument begins: software can tell the truth about it."""


def open_bench(
    bench: Bench | str | Path,
    *,
    station: Path | None = None,
    timeout: float = 5.0,
    holder: str | None = "another program",
    patience: float = IMPATIENCE,
    keep_alive: float = IDLE,
    ask: bool = True,
    today: date | None = None,
) -> OpenBench:
    """Return the bench with every instrument connected and identified; nothing is reset or switched.

    Nobody else can open it meanwhile: `holder` says to whoever tries in whose name it is held, `patience` in s how long
    to wait for one who holds it now; with None no lease is asked for and none is taken, for making safe beside anybody.
    An instrument on the network to which nobody has spoken for `keep_alive` s is asked who it is.
    Without `ask` no instrument is asked anything: for making safe what does not answer, or answers nonsense.
    `today` is the day from which calibrations are counted; None is that of this computer.

    A served virtual bench is found or started in `station`; without one it lives in a folder of its own, and as long
    as the returned object. Raises BenchTaken, NotConnected, ForeignIdentity or BenchFileError.
    """
    found = bench if isinstance(bench, Bench) else Bench.load(bench)
    names = [] if holder is None else lease_names(found, station)
    leased = leases(names, holder or "", patience=patience)
    return OpenBench(
        found, station=station, timeout=timeout, leased=leased, keep_alive=keep_alive, ask=ask, today=today
    )


class OpenBench:
    """An open bench; a context manager that makes safe, and reads back, what the device has switched on."""

    def __init__(
        self,
        bench: Bench,
        *,
        station: Path | None,
        timeout: float,
        leased: contextlib.AbstractContextManager[Leases] | None = None,
        keep_alive: float = IDLE,
        ask: bool = True,
        today: date | None = None,
    ) -> None:
        self.today = date.today() if today is None else today
        """The day from which calibrations are counted."""
        self._stack = contextlib.ExitStack()
        held = Leases() if leased is None else self._stack.enter_context(leased)
        self.leases = held.descriptors
        """Open files that a guardian must inherit, so that nobody else drives the bench before it is safe."""
        self.notes = list(held.left_by)
        """Sentences on what was found that is not as it should be: who held the bench before and died."""
        self.sessions: dict[str, Session] = {}
        self.drivers: dict[str, Any] = {}
        self.identities: dict[str, str] = {}
        """Answer to `*IDN?` by instrument."""
        self.simulated = False
        """Whether the instruments say themselves that they are imitations."""
        self.found_on: list[str] = []
        """Instruments whose outputs were on when we came."""
        self._making_safe = False
        self.closed = False
        """Whether its sessions are."""
        self.keeps_contact = False
        """Whether needles stay down when the bench is made safe: between two procedures at one site of a wafer."""
        try:
            self._open(bench, station, timeout, ask=ask)
            if ask and not self.bench.in_process:
                alive = KeepAlive(self.sessions.values(), keep_alive)
                self._stack.callback(alive.close)
        except BaseException:
            self._stack.close()
            raise

    def _open(self, bench: Bench, station: Path | None, timeout: float, *, ask: bool) -> None:
        self._control: tuple[int, str] | None = None
        self.clock: Clock = RealClock()
        if bench.virtual is not None and not bench.in_process:
            bench = self._served(bench, station)
        self.bench = bench
        """The bench, with the addresses that are really served."""
        manager: Any = resource_manager(bench.visa_library)
        if bench.in_process:
            self.clock = manager.visalib.clock
            self._stack.callback(manager.close)  # the next to open it finds a fresh world
        classes = {name: driver_class(bench, entry) for name, entry in bench.instruments.items()}
        for name, entry in bench.instruments.items():
            session = self._stack.enter_context(Session(manager, entry.address, name=name, timeout=timeout))
            if ask:
                session.identify(classes[name].identity_pattern, classes[name].identity_query)
            self.sessions[name] = session
            self.drivers[name] = classes[name](session, clock=self.clock)
        if ask:
            self._look_around()
        for part, channel in bench.parts.items():
            self.drivers[part] = self._part(channel.partition(".")[0], channel)

    def _served(self, bench: Bench, station: Path | None) -> Bench:
        """Find or start the process that serves a virtual bench, and take its addresses and its clock."""
        from .virtual.control import ControlChannel
        from .virtual.launch import ensure_served, stop_served

        if station is None:
            station = Path(tempfile.mkdtemp(prefix="smtjlab-station-"))
            self._stack.callback(shutil.rmtree, station, ignore_errors=True)
            self._stack.callback(stop_served, station)
        served = ensure_served(bench.path, station)
        self._control = (int(served.control[0]), str(served.control[1]))
        channel = ControlChannel(*self._control)
        self._stack.callback(channel.close)
        self.clock = channel
        self.notes += [note] if (note := channel.pace().note) else []
        # The world answers this when its kernels are compiled: a session's deadline is meant for instruments.
        channel.sleep(1e-6)
        channel.watch()
        entries = {name: replace(entry, address=served.addresses[name]) for name, entry in bench.instruments.items()}
        return replace(bench, instruments=entries)

    def _look_around(self) -> None:
        """Ask every instrument what it is and whether it is on; change nothing."""
        for driver in self.drivers.values():
            driver.verify_language()
        self.identities = {name: session.identity or "" for name, session in self.sessions.items()}
        self.simulated = _all_simulated(self.identities)
        self.found_on = [name for name, driver in self.drivers.items() if driver.output_is_on()]

    @property
    def device(self) -> DeviceUnderTest:
        """Return the device under test, always the same one. Raises BenchFileError where the bench has a circuit."""
        if self.bench.has_circuit:
            raise BenchFileError(
                f"A single junction must be measured on a bench without a `circuit` file, but {self.bench.name!r} "
                "names one."
            )
        if not hasattr(self, "_device"):
            from .device import DeviceUnderTest

            self._device = DeviceUnderTest(
                gate=self.drivers["gate"],
                junction=self.drivers["junction"],
                limits=self.bench.device_limits,
                clock=self.clock,
                field_source=self._around("field"),
                transverse_field_source=self._around("transverse_field"),
                thermometer=self._around("temperature"),
                circumstances=self.bench.circumstances(self.today),
            )
        return self._device

    @property
    def circuit(self) -> CircuitUnderTest:
        """Return the circuit under test, always the same one. Raises BenchFileError where the bench has none."""
        if not hasattr(self, "_circuit"):
            from .circuit_under_test import circuit_under_test

            around = {f"{name}_source": self._around(name) for name in ("field", "transverse_field")}
            self._circuit = circuit_under_test(
                self.bench,
                self.drivers,
                clock=self.clock,
                today=self.today,
                thermometer=self._around("temperature"),
                **around,
            )
        return self._circuit

    def _around(self, quantity: str) -> Any:
        """Return the driver that brings a quantity around the device to a setpoint; None where there is none."""
        return self.drivers.get(self.bench.around(quantity) or "")

    @property
    def safe_plan(self) -> SafePlan:
        """Return the way of this bench into its safe state, as data for a guardian."""
        steps = [
            self._part(name, limited).safe_step(limited, self._limits_of(limited))
            for name, limited in safe_order(self.bench)
        ]
        return SafePlan(visa_library=self.bench.visa_library, steps=tuple(steps), control=self._control)

    def _limits_of(self, limited: str) -> SiteLimits | None:
        limits = self.bench.limits.get(limited)
        return replace(limits, separate=False) if self.keeps_contact and isinstance(limits, ContactLimits) else limits

    def _part(self, name: str, limited: str) -> Instrument:
        """Return the driver of a step: the instrument's, or that of one of its channels."""
        _, channel = self.bench.place_of(limited)
        part: Instrument = getattr(self.drivers[name], channel) if channel else self.drivers[name]
        return part

    def interrupt(self, reason: str) -> None:
        """End what is being asked of any instrument, and let nothing be asked until `go_on` or `make_safe`.

        From any thread, without waiting: see `Session.interrupt`. The way into the safe state is not interrupted.
        """
        for session in () if self._making_safe else self.sessions.values():
            session.interrupt(reason)

    def go_on(self) -> None:
        """Lift an interruption. A session in which an exchange was cut stays poisoned until it is healed."""
        for session in self.sessions.values():
            session.go_on()

    def make_safe(
        self, say: Callable[[str], None] | None = None, announce: Callable[[str], None] | None = None
    ) -> SafetyReport:
        """Ramp every instrument down, switch it off, and return what was read back. Raises nothing of theirs.

        `say` is told each finding, `announce` (else `say`) how long a ramp will take.
        """
        sessions = {limited: self.sessions[name] for name, limited in safe_order(self.bench)}
        self._making_safe = True
        try:
            report = carry_out(self.safe_plan, sessions=sessions, clock=self.clock, say=say, announce=announce)
        finally:
            self._making_safe = False
        if report.safe:
            self.forget()
        return report

    def forget(self) -> None:
        """Take it that nothing is on any more that the device or the circuit has switched on."""
        for one in self._reached:
            one.prepared = False

    @property
    def _reached(self) -> list[DeviceUnderTest | CircuitUnderTest]:
        """Return what somebody has asked for: the device, the circuit."""
        return [getattr(self, name) for name in ("_device", "_circuit") if hasattr(self, name)]

    def close(self) -> None:
        """Close every session. Outputs stay as they are: `make_safe` is another wish."""
        self.closed = True
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        report = None
        try:
            if any(one.prepared for one in self._reached):
                report = self.make_safe()
        finally:
            try:
                self.close()
            finally:
                if report is not None and not report.safe:  # whatever closing says is less
                    raise UnsafeError(str(report)) from error


def _all_simulated(identities: Mapping[str, str]) -> bool:
    """Return whether all serial numbers are of imitations; ForeignIdentity where only some are."""
    simulated = {
        name: (identity.split(",") + [""] * 3)[2].strip().startswith(SIMULATED_SERIAL)
        for name, identity in identities.items()
    }
    if len(set(simulated.values())) > 1:
        raise ForeignIdentity(
            "A bench must be all of metal or all simulated, but "
            + ", ".join(f"{name!r} is {'simulated' if yes else 'metal'}" for name, yes in simulated.items())
            + "."
        )
    return all(simulated.values())
