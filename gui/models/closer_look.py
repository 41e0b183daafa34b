"""A closer look at what a run has measured so far: spectrum, telegraph levels, switching fields, as a page has them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.procedures.conductance_procedure import LINE_CYCLE
from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.run import JUNCTION, Run
from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.errors import SimulationMistake

from .points import Points

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.noise_spectrum import Spectrum
    from smtjlab.simulation.inference.telegraph import TelegraphView

Floats = NDArray[np.float64]

NEWEST = 16_384
"""Readings of a spectrum, or of a loop, at the most."""
NEWEST_OF_TRACE = 4000
"""Readings of a telegraph trace at the most: its likelihood takes more of a processor."""
SEGMENT = 16
"""Fewest readings of a segment of a spectrum."""
DWELLS = 24
"""Bins of a histogram of dwell times at the most."""
SHARE = 0.1
"""Largest share of the time that is spent on closer looks."""
FIELDS = ("field", "transverse_field")


class Kind(StrEnum):
    """What there is to look at."""

    SPECTRUM = "spectrum"
    TELEGRAPH = "telegraph"
    LOOP = "loop"


@dataclass(frozen=True)
class Switching:
    """Flux densities in T of the last reading before a layer has switched and of the first one after it."""

    between: tuple[float, float]
    falls: bool
    """Whether the field fell."""

    @property
    def middle(self) -> float:
        """What is told for it, in T."""
        return sum(self.between) / 2


@dataclass(frozen=True)
class Dwells:
    """How long a level was held: a histogram, and the exponential law of the fitted rate."""

    edges: Floats
    """s, (b + 1,)"""
    counts: Floats
    """(b,)"""
    expected: Floats
    """(b,)"""
    mean: float
    """Fitted, in s."""


@dataclass(frozen=True)
class CloserLook:
    """What was found; None is for what this run has not, `reason` for what could not be found (yet)."""

    kind: Kind
    spectrum: Spectrum | None = None
    believed: Floats | None = None
    """1/f noise that is believed of the junction, at the frequencies of the spectrum, in 1/Hz."""
    telegraph: TelegraphView | None = None
    low: Dwells | None = None
    high: Dwells | None = None
    switching: tuple[Switching, ...] = ()
    readings: int = 0
    """Newest readings that it is of."""
    reason: str = ""


def kind_of(meta: Mapping[str, Any], swept: str | None) -> Kind | None:
    """Return what there is to look at in a run, by what it drives; None for most."""
    if swept in FIELDS:
        return Kind.LOOP
    parameters = meta.get("parameters") or {}
    of_one_wish = {"nplc", "readings"} <= set(parameters) and not (meta.get("columns") or meta.get("circuit"))
    if swept is not None or not of_one_wish:
        return None
    return Kind.SPECTRUM if "segments" in parameters else Kind.TELEGRAPH


def closer_look(
    kind: Kind, points: Points, meta: Mapping[str, Any], swept: str | None, belief: Belief | None
) -> CloserLook:
    """Return what is found in the newest readings; raises nothing that too few or odd readings could bring about."""
    most = NEWEST_OF_TRACE if kind is Kind.TELEGRAPH else NEWEST
    rows = np.arange(max(points.columns.first, points.count - most), points.count)
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            if kind is Kind.SPECTRUM:
                return _spectrum(points, rows, meta, belief)
            if kind is Kind.TELEGRAPH:
                return _telegraph(points, rows, meta)
            return CloserLook(kind, switching=_switching(points, rows, str(swept)), readings=len(rows))
    except (SimulationMistake, np.linalg.LinAlgError) as mistake:
        return CloserLook(kind, readings=len(rows), reason=str(mistake))


def _aperture(meta: Mapping[str, Any]) -> float:
    return float(meta["parameters"]["nplc"]["value"]) * LINE_CYCLE


def _spectrum(points: Points, rows: NDArray[np.intp], meta: Mapping[str, Any], belief: Belief | None) -> CloserLook:
    from smtjlab.simulation.inference.noise_spectrum import NoiseTrace, spectrum_of
    from smtjlab.simulation.inference.slow_noise import density_of

    ended, value, scatter, flagged = points.columns.at(rows, "time", "value", "scatter", "flagged")
    trace = NoiseTrace(ended, value, scatter, np.isfinite(value) & (flagged == 0), _aperture(meta))
    asked = int(meta["parameters"]["segments"]["value"])
    found = spectrum_of(trace, max(1, min(asked, len(rows) // SEGMENT)))
    junction = None if belief is None else belief.junction
    density = 0.0 if junction is None else density_of(junction.hooge_parameter, junction.area)
    believed = density / found.frequency if density > 0 else None
    return CloserLook(Kind.SPECTRUM, spectrum=found, believed=believed, readings=len(rows))


def _telegraph(points: Points, rows: NDArray[np.intp], meta: Mapping[str, Any]) -> CloserLook:
    from smtjlab.simulation.inference.telegraph import Trace, telegraph_of

    ended, value, flagged = points.columns.at(rows, "time", "value", "flagged")
    found = telegraph_of(Trace(ended, value, np.isfinite(value) & (flagged == 0), _aperture(meta)))
    if found.levels is None:
        return CloserLook(Kind.TELEGRAPH, telegraph=found, readings=len(rows))
    low, high = (
        dwells(found.time, found.high, rate, of_high=of_high)
        for of_high, rate in ((False, found.levels.rate_low), (True, found.levels.rate_high))
    )
    return CloserLook(Kind.TELEGRAPH, telegraph=found, low=low, high=high, readings=len(rows))


def dwells(ends: Floats, high: Floats, rate: float, *, of_high: bool) -> Dwells | None:
    """Return how long a level was held, whole dwells only; None where there are not two of them.

    `ends` in s and the probability of the high level (n,) are those of the readings, `rate` in 1/s that of leaving.
    """
    state = high > 0.5
    turns = np.flatnonzero(np.diff(state.astype(int))) + 1
    lengths = np.diff(ends[turns])[state[turns[:-1]] == of_high] if len(turns) > 1 else np.empty(0)
    if len(lengths) < 2:
        return None
    bins = int(np.clip(np.sqrt(len(lengths)) * 2, 4, DWELLS))
    counts, edges = np.histogram(lengths, bins=bins, range=(0.0, float(lengths.max())))
    expected = len(lengths) * -np.diff(np.exp(-rate * edges))
    return Dwells(edges, counts.astype(float), expected, 1 / rate)


def _switching(points: Points, rows: NDArray[np.intp], axis: str) -> tuple[Switching, ...]:
    from smtjlab.simulation.inference.loop_readings import LoopReadings
    from smtjlab.simulation.inference.transitions import rotates, transitions

    if points.held:  # of loops at several gates what switched where is no list that anybody could read
        return ()
    names = ("gate", "value", "scatter", "time", "branch", "flagged")
    field, gate, value, scatter, ended, branch, flagged = points.columns.at(rows, axis, *names)
    use = np.isfinite(field) & np.isfinite(value) & (value > 0) & (scatter > 0) & (flagged == 0) & np.isfinite(gate)
    taken = LoopReadings(
        field=field[use] / VACUUM_PERMEABILITY,
        gate=gate[use],
        conductance=value[use],
        scatter=scatter[use],
        time=ended[use],
        branch=tuple(points.branches[int(place)] for place in branch[use]),
        effects={},
    )
    found = transitions(taken)
    if rotates(taken, found):
        return ()
    ends = field[use]
    return tuple(
        Switching((float(ends[one.before]), float(ends[one.after])), bool(ends[one.after] < ends[one.before]))
        for one in found
    )


class CloserLooks:
    """Takes a closer look at one run now and then; it takes a tenth of the time at the most."""

    def __init__(self, run: Run, swept: str | None) -> None:
        self._run, self._swept, self._meta = run, swept, run.meta
        self._kind = kind_of(self._meta, swept)
        self._begun, self._spent, self._of = time.monotonic(), 0.0, 0
        self._last: CloserLook | None = None

    def look(self, points: Points, *, ended: bool = False) -> CloserLook | None:
        """Return what was found in the readings, or in those of a while ago; None where there is nothing to find.

        Where the run has ended it is found in all of them: nothing comes any more that it could be told with.
        """
        idle = ended or self._spent <= SHARE * (time.monotonic() - self._begun)
        if self._kind is None or points.count == self._of or not idle:
            return self._last
        begun = time.monotonic()
        self._last = closer_look(self._kind, points, self._meta, self._swept, self._belief)
        self._of = points.count
        self._spent += time.monotonic() - begun
        return self._last

    @cached_property
    def _belief(self) -> Belief | None:
        """What is believed of the junction; None where that cannot be read."""
        from smtjlab.simulation.belief import Belief

        try:
            return Belief.load(self._run.file(JUNCTION))
        except (*MISTAKES, OSError):
            return None
