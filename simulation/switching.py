"""Switching by ensemble: how often pulses of many widths, amplitudes and fields turn a layer over, at what cost."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from .arguments import checked_count
from .current_switching import SpinOrbitSwitching, SpinTransferSwitching
from .errors import Cancelled, ModelError
from .heating import JouleHeating
from .landscape import FloatArray
from .mechanism import Mechanism
from .pulsing import attempt
from .voltage_switching import GatePairSwitching, StrainSwitching, VoltageAnisotropySwitching
from .wilson import wilson_interval


def mechanisms() -> tuple[Mechanism, ...]:
    """Return every mechanism with its usual values."""
    return (
        SpinTransferSwitching(),
        SpinOrbitSwitching(),
        VoltageAnisotropySwitching(),
        StrainSwitching(),
        GatePairSwitching(),
    )


@dataclass(frozen=True)
class SwitchingProbability:
    """Probability over widths, amplitudes and fields; grids have shape (widths, amplitudes, fields)."""

    mechanism: Mechanism
    widths: FloatArray
    """Durations of the pulse in s."""
    amplitudes: FloatArray
    """Amplitudes in the mechanism's unit."""
    fields: FloatArray
    """Fields along the major axis in A/m, on top of the mechanism's own."""
    replicas: int
    probability: FloatArray
    low: FloatArray
    """Lower end of the Wilson interval."""
    high: FloatArray
    """Upper end of the Wilson interval."""
    energy: FloatArray
    """Mean energy of an attempt in J: of the circuit, and the work of fields, gates and bias."""
    confidence: float
    """Coverage of the intervals."""
    astray: FloatArray
    """Share of the replicas that had left the side on which they started already before the pulse."""

    @property
    def error(self) -> FloatArray:
        """Probability that a pulse fails."""
        return 1 - self.probability


@dataclass(frozen=True)
class EnergyAgainstError:
    """Energy and error of one mechanism at its usual width, while the amplitude varies; arrays of shape (k,)."""

    mechanism: Mechanism
    amplitudes: FloatArray
    """Amplitudes in the mechanism's unit."""
    energy: FloatArray
    """Mean energy of an attempt in J: of the circuit, and the work of fields, gates and bias."""
    error: FloatArray
    """Probability that a pulse fails."""
    low: FloatArray
    """Lower end of the error's Wilson interval."""
    high: FloatArray
    """Upper end of the error's Wilson interval: what is known where no pulse failed."""
    replicas: int
    confidence: float
    """Coverage of the intervals."""


def switching_probability(
    mechanism: Mechanism,
    *,
    widths: ArrayLike | None = None,
    amplitudes: ArrayLike | None = None,
    fields: ArrayLike = 0.0,
    replicas: int = 512,
    seed: int | Sequence[int] = 0,
    confidence: float = 0.95,
    step: float | None = None,
    heating: JouleHeating | None = None,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
) -> SwitchingProbability:
    """Return the switching probability over a grid of widths in s, amplitudes and fields in A/m.

    What is left out is the mechanism's usual value. Every point has random numbers of its own. Raises ModelError where
    an axis has no values or a value cannot be, Cancelled when asked to stop.
    """
    asked = {"widths": widths, "amplitudes": amplitudes, "fields": fields}
    usual = (mechanism.width, mechanism.amplitude, 0.0)
    grid = [_axis(name, values, usual[n]) for n, (name, values) in enumerate(asked.items())]
    shape = tuple(len(values) for values in grid)
    checked_count("replicas", replicas, 1)
    origin = _origin(seed)
    one = partial(attempt, mechanism, replicas=replicas, step=step, heating=heating, threads=threads, cancel=cancel)
    done = [
        one(grid[0][i], grid[1][j], field=grid[2][k], seed=(*origin, i, j, k))
        for i, j, k in _reported(list(np.ndindex(*shape)), progress, cancel)
    ]
    switched = np.array([one.switched for one in done]).reshape(shape)
    energy = np.array([one.energy for one in done]).reshape(shape)
    astray = np.array([one.astray for one in done]).reshape(shape) / replicas
    low, high = wilson_interval(switched, replicas, confidence)
    return SwitchingProbability(
        mechanism, grid[0], grid[1], grid[2], replicas, switched / replicas, low, high, energy, confidence, astray
    )


def energy_against_error(
    some: Sequence[Mechanism] | None = None,
    *,
    points: int = 13,
    replicas: int = 2048,
    seed: int | Sequence[int] = 0,
    confidence: float = 0.95,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
) -> list[EnergyAgainstError]:
    """Return energy and error of each mechanism at its usual width, over amplitudes from weak to strong.

    The amplitudes are `points` even steps over the mechanism's `amplitude_range`, in units of its usual one. Raises
    ModelError where there are none, Cancelled when asked to stop.
    """
    checked_count("points", points, 1)
    origin = _origin(seed)
    chosen = mechanisms() if some is None else tuple(some)
    if not chosen:
        raise ModelError("`some` must be at least one mechanism, but is none.")
    curves = []
    for number, mechanism in enumerate(chosen):
        share = _share(progress, number, len(chosen))
        grid = switching_probability(
            mechanism,
            amplitudes=mechanism.amplitude * np.linspace(*mechanism.amplitude_range, points),
            replicas=replicas,
            seed=(*origin, number),
            confidence=confidence,
            threads=threads,
            progress=share,
            cancel=cancel,
        )
        error, high, low = (1 - values[0, :, 0] for values in (grid.probability, grid.low, grid.high))
        curves.append(
            EnergyAgainstError(mechanism, grid.amplitudes, grid.energy[0, :, 0], error, low, high, replicas, confidence)
        )
    return curves


def _axis(name: str, asked: ArrayLike | None, usual: float) -> FloatArray:
    try:
        values = np.atleast_1d(np.asarray(usual if asked is None else asked, dtype=np.float64))
    except (TypeError, ValueError):
        raise ModelError(f"`{name}` must be numbers, but are {asked!r}.") from None
    if values.ndim != 1 or len(values) == 0:
        raise ModelError(f"`{name}` must be one value or a list of some, but have the shape {values.shape}.")
    if not np.isfinite(values).all():
        raise ModelError(f"`{name}` must be finite, but hold {values[~np.isfinite(values)][0]}.")
    return values


def _origin(seed: int | Sequence[int]) -> tuple[int, ...]:
    """Return a seed as whole numbers, to which those of a point are added."""
    try:
        numbers = tuple(operator.index(part) for part in np.atleast_1d(np.asarray(seed)).tolist())
    except (TypeError, ValueError):
        numbers = ()
    if not numbers or min(numbers) < 0:
        raise ModelError(f"`seed` must be a whole number of at least 0, or some of them, but is {seed!r}.")
    return numbers


def _reported(
    points: Sequence[tuple[int, ...]], progress: Callable[[float], None] | None, cancel: threading.Event | None
) -> Iterable[tuple[int, ...]]:
    """Yield the points, tell after each how far it is, and stop when asked to."""
    for number, point in enumerate(points):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        yield point
        if progress is not None:
            progress((number + 1) / len(points))


def _share(progress: Callable[[float], None] | None, number: int, count: int) -> Callable[[float], None] | None:
    return None if progress is None else lambda fraction: progress((number + fraction) / count)
