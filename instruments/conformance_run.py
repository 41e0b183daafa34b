"""A conformance run over a bench: each check with a driver just connected, to a fresh twin or to metal."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Protocol

from .bench import IN_PROCESS, Bench, VirtualSettings
from .clock import RealClock
from .conformance import Check, ConformanceReport, DriverReport, Finding, Outcome, checks_of, look_at
from .conformance_candidate import Candidate
from .driver_class import driver_class
from .errors import BenchFileError, InstrumentFault, InstrumentMistake, NotConnected, UnsafeError
from .lease import IMPATIENCE, lease_names, leases
from .limits_file import limited_names
from .line import resource_manager
from .roles import Role
from .safe_state import SafePlan, carry_out
from .session import Session

PATIENCE = 0.5
"""Deadline in s of an exchange with a served twin: a lost answer is waited for in real time."""


FAULTS = re.compile(r"^[ \t]*\[\[faults\]\].*?(?=^[ \t]*\[|\Z)", re.MULTILINE | re.DOTALL)
"""The faults that a bench file asks for: checks bring their own."""


class Stand(Protocol):
    """Where drivers are looked at."""

    hardware: bool
    transport: str

    def connected(self, name: str) -> contextlib.AbstractContextManager[Candidate]:
        """Return the driver whose limits have this name, freshly connected."""
        ...


def conform(
    bench: Bench,
    *,
    hardware: bool = False,
    consent: bool = False,
    served: bool = False,
    only: str | None = None,
    say: Callable[[str], None] | None = None,
) -> ConformanceReport:
    """Return what every driver of a bench does of what its role asks, on twins, `served` over TCP where asked.

    With `hardware` the instruments of metal are asked; only with `consent`, which says that the device is
    disconnected, may an output go on. `only` is the name of one instrument, of a channel, `dual.a`, or of the part that
    it plays; `say` is told each driver's verdict. Raises BenchFileError, InstrumentMistake, and UnsafeError where metal
    could not be made safe: then nothing more is done.
    """
    wanted = _wanted(bench, only)
    stand: Stand = MetalStand(bench) if hardware else TwinStand(bench, served)
    reports = []
    with leases(lease_names(bench) if hardware else (), "smtjlab bench conform", patience=IMPATIENCE):
        for part in wanted:
            reports.append(_driver(stand, bench, part, consent or not hardware))
            if say is not None:
                say(f"{part}: {'conforms' if reports[-1].conforms else 'DOES NOT CONFORM'}")
    return ConformanceReport(
        bench=bench.name,
        path=str(bench.path),
        hardware=hardware,
        consent=consent or not hardware,
        transport=stand.transport,
        recorded=datetime.now(UTC).isoformat(timespec="seconds"),
        software=f"smtjlab {version('smtjlab')}",
        drivers=tuple(reports),
    )


def _wanted(bench: Bench, only: str | None) -> list[str]:
    """Return the instruments and channels that are tried. Raises InstrumentMistake where there is no `only`."""
    channels = {
        channel: name
        for name, entry in bench.instruments.items()
        for channel in limited_names(name, entry.role) or (name,)
    }
    asked = bench.parts.get(only or "", only)
    found = [channel for channel, name in channels.items() if asked in (None, name, channel)]
    if not found:
        known = ", ".join(dict.fromkeys([*bench.instruments, *channels, *bench.parts]))
        raise InstrumentMistake(f"An instrument must be one of {known}, but is {only!r}.")
    return found


def _driver(stand: Stand, bench: Bench, part: str, consent: bool) -> DriverReport:
    entry = bench.instruments[part.partition(".")[0]]
    role = Role.SOURCE_METER if "." in part else entry.role
    identity = ""
    findings: list[Finding] = []
    try:
        with stand.connected(part) as candidate:
            identity = candidate.identity
    except UnsafeError:
        raise
    except (InstrumentFault, InstrumentMistake) as problem:
        must = "The driver must connect to its instrument, or to its twin."
        findings.append(Finding("connection", must, Outcome.FAILS, str(problem)))
    else:
        findings += [_finding(stand, part, check, consent) for check in checks_of(role)]
    return DriverReport(part, entry.driver, role, identity, tuple(findings))


def _finding(stand: Stand, part: str, check: Check, consent: bool) -> Finding:
    if check.virtual_only and stand.hardware:
        return Finding(check.name, check.must, Outcome.SKIPPED, "It takes a twin, or a fault that metal has not.")
    if check.acts and not consent:
        return Finding(check.name, check.must, Outcome.SKIPPED, "It takes consent to switch an output on.")
    with stand.connected(part) as candidate:
        return look_at(check, candidate)


class TwinStand:
    """Twins, each check in a world of its own."""

    hardware = False

    def __init__(self, bench: Bench, served: bool) -> None:
        self.bench = _imitated(bench)
        self.served = served
        self.transport = "TCP" if served else "in process"
        self.identities = _identities(self.bench)

    @contextlib.contextmanager
    def connected(self, name: str) -> Iterator[Candidate]:
        """Return the driver, connected to a twin that was switched on just now, alone on its bench."""
        from .private_bench import InProcessBench, PrivateBench, ServedBench

        instrument = name.partition(".")[0]
        entry = self.bench.instruments[instrument]
        alone = replace(self.bench, instruments={instrument: entry})
        private: PrivateBench = ServedBench(_served(alone)) if self.served else InProcessBench(alone)
        with private:
            session = private.session(instrument, timeout=PATIENCE if self.served else 5.0)
            others = {other: identity for other, identity in self.identities.items() if other != instrument}
            yield Candidate(
                name,
                driver_class(self.bench, entry),
                session,
                private.clock,
                self.bench.limits_of(name),
                virtual=private,
                others=others,
                visa_library=private.visa_library,
            )


class MetalStand:
    """Instruments of metal. Whatever a check leaves behind is made safe, and read back, before the next."""

    hardware = True

    def __init__(self, bench: Bench) -> None:
        if bench.virtual is not None:
            raise InstrumentMistake(f"A bench of metal must have no [virtual] table, but {bench.path.name} has one.")
        self.bench = bench
        self.transport = "as the bench file says"
        self._manager = resource_manager(bench.visa_library)

    @contextlib.contextmanager
    def connected(self, name: str) -> Iterator[Candidate]:
        """Return the driver, connected to its instrument, which is made safe at the end. Raises UnsafeError."""
        entry = self.bench.instruments[name.partition(".")[0]]
        kind = driver_class(self.bench, entry)
        limits = self.bench.limits_of(name)
        with Session(self._manager, entry.address, name=entry.name) as session:
            candidate = Candidate(name, kind, session, RealClock(), limits, visa_library=self.bench.visa_library)
            if candidate.case.output_is_on():
                raise NotConnected(f"Output of `{name}` must be off before its driver is tried, but is on.")
            try:
                yield candidate
            finally:
                self._make_safe(candidate)

    def _make_safe(self, candidate: Candidate) -> None:
        candidate.watch.other_message = candidate.watch.other_answer = None
        step = candidate.driver.safe_step(candidate.name, candidate.limits)
        plan = SafePlan(visa_library=self.bench.visa_library, steps=(step,))
        report = carry_out(plan, sessions={candidate.name: candidate.session}, clock=candidate.clock)
        if not report.safe:
            raise UnsafeError(f"`{candidate.name}` must be safe after a check, but: {report}")


def _imitated(bench: Bench) -> Bench:
    """Return a bench whose instruments are twins in this process, of whatever its file is; no fault awaits them."""
    text = FAULTS.sub("", bench.text)
    if bench.virtual is None:
        text += "\n[virtual]\n" + "".join(f'\n[truth.{device}]\npreset = "fig5"\n' for device in bench.devices)
    instruments = {name: replace(entry, address=f"TCPIP::{name}::INSTR") for name, entry in bench.instruments.items()}
    return replace(
        bench,
        text=text,
        virtual=VirtualSettings(),
        in_process=True,
        visa_library=f"{bench.path}{IN_PROCESS}",
        instruments=instruments,
    )


def _served(bench: Bench) -> Bench:
    """Return a bench whose instruments are on any free port."""
    instruments = {
        name: replace(entry, address="TCPIP::127.0.0.1::0::SOCKET") for name, entry in bench.instruments.items()
    }
    return replace(bench, instruments=instruments, in_process=False)


def _identities(bench: Bench) -> Mapping[str, str]:
    """Return what each twin of the bench answers when it is asked who it is; those without a twin are left out."""
    from .private_bench import InProcessBench

    found = {}
    for name, entry in bench.instruments.items():
        with contextlib.suppress(BenchFileError, InstrumentMistake):
            kind = driver_class(bench, entry)
            with InProcessBench(replace(bench, instruments={name: entry})) as private:
                found[name] = private.ask(name, kind.identity_query) or ""
    return found
