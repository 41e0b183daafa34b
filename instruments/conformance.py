"""The conformance kit: what a driver that claims a role must do, looked at on its twin or on metal, told in sentences.

A check is data: what must be, and a function that looks and says what was seen. It raises `Fails` with what was seen
instead, or `Skip` with why there is nothing to look at. Each check begins with a driver that has just been connected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .roles import Role

if TYPE_CHECKING:
    from .conformance_candidate import Candidate


class Outcome(StrEnum):
    """What came of a check."""

    CONFORMS = "conforms"
    FAILS = "fails"
    SKIPPED = "skipped"


class Fails(Exception):
    """What was seen is not what must be."""


class Skip(Exception):
    """There is nothing to look at here, and why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so."""

    name: str
    must: str
    """The sentence: what must be."""
    look: Callable[[Candidate], str]
    """Looks, and returns what was seen."""
    acts: bool = False
    """Whether an output goes on, a relay or needles close, or heat flows: on metal only with consent."""
    virtual_only: bool = False
    """Whether it takes a fault on request, which metal does not know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check."""

    check: str
    must: str
    outcome: Outcome
    seen: str


@dataclass(frozen=True, slots=True)
class DriverReport:
    """All findings about one driver, or about one channel of a pair."""

    instrument: str
    driver: str
    role: Role
    identity: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> list[Finding]:
        """Return what is not as it must be."""
        return [finding for finding in self.findings if finding.outcome is Outcome.FAILS]

    @property
    def conforms(self) -> bool:
        """Return whether everything that was looked at is as it must be, and something was."""
        return not self.failed and any(finding.outcome is Outcome.CONFORMS for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceReport:
    """What a conformance run saw."""

    bench: str
    path: str
    hardware: bool
    """Whether the instruments were of metal."""
    consent: bool
    """Whether outputs were allowed to go on."""
    transport: str
    recorded: str
    software: str
    drivers: tuple[DriverReport, ...]

    @property
    def conforms(self) -> bool:
        """Return whether all drivers conform."""
        return bool(self.drivers) and all(driver.conforms for driver in self.drivers)

    @property
    def sentence(self) -> str:
        """Return the verdict."""
        count = len(self.drivers)
        good = sum(driver.conforms for driver in self.drivers)
        checks = [finding.outcome for driver in self.drivers for finding in driver.findings]
        made = sum(outcome is not Outcome.SKIPPED for outcome in checks)
        failed = checks.count(Outcome.FAILS)
        told = f"{failed} of {made} checks failed" if failed else f"{made} checks, none failed"
        return f"{good} of {count} drivers conform to their roles: {told}, {checks.count(Outcome.SKIPPED)} skipped."

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        drivers = [asdict(driver) | {"conforms": driver.conforms} for driver in self.drivers]
        return asdict(self) | {"conforms": self.conforms, "sentence": self.sentence, "drivers": drivers}


def checks_of(role: Role) -> Iterator[Check]:
    """Yield the checks of a role: those of every driver, then its own."""
    from . import conformance_any, conformance_electrical, conformance_meters, conformance_station

    yield from conformance_any.EVERY_DRIVER
    if role is not Role.PROBER:  # its errors come with each answer
        yield from conformance_any.ERROR_QUEUE
    for tables in (conformance_electrical.CHECKS, conformance_meters.CHECKS, conformance_station.CHECKS):
        yield from tables.get(role, ())


def look_at(check: Check, candidate: Candidate) -> Finding:
    """Return what came of a check. Whatever a driver raises unasked is what was seen."""
    try:
        outcome, seen = Outcome.CONFORMS, check.look(candidate)
    except Fails as problem:
        outcome, seen = Outcome.FAILS, str(problem)
    except Skip as reason:
        outcome, seen = Outcome.SKIPPED, str(reason)
    except Exception as problem:  # noqa: BLE001  a driver may be anybody's
        outcome, seen = Outcome.FAILS, f"{type(problem).__name__} was raised: {problem}"
    return Finding(check.name, check.must, outcome, sentence(seen))


def sentence(text: str) -> str:
    """Return a text as a sentence: capital, unless it begins with a name from a language of machines, and full stop."""
    text = " ".join(text.split())
    first = text.partition(" ")[0].rstrip(",:")
    begun = text[:1].upper() + text[1:] if first.isalpha() else text
    return begun + ("" if begun.endswith((".", "!", "?")) else ".")
