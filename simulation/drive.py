"""Drives: how gates, bias, fields, currents and the temperature of soft layers follow time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .arguments import checked_count
from .errors import ModelError
from .forces import SIGNALS
from .landscape import FloatArray

_INSTANT = 1e-100
"""Time in s below which the slope between two points might not be a finite number."""


@dataclass(frozen=True, eq=False)
class Waveform:
    """A signal in time: linear between its points, constant before the first and after the last.

    Two points at the same time are an ideal edge; at that time itself the later value holds.
    Raises ModelError where times fall, lengths differ or a number is not finite.
    """

    times: FloatArray
    """Times of the points in s, shape (k,), never falling."""
    values: FloatArray
    """Values at the points in the signal's unit, shape (k,)."""

    def __post_init__(self) -> None:
        for name in ("times", "values"):
            array = _numbers(getattr(self, name), f"`{name}` of a waveform").copy()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        self._check()

    def _check(self) -> None:
        if self.times.ndim != 1 or self.times.shape != self.values.shape or len(self.times) == 0:
            raise ModelError(
                "`values` of a waveform must be as many as its `times`, at least one, "
                f"but are {self.values.shape} for {self.times.shape}."
            )
        for name in ("times", "values"):
            array = getattr(self, name)
            if not np.isfinite(array).all():
                raise ModelError(f"`{name}` of a waveform must be finite, but hold {array[~np.isfinite(array)][0]}.")
        falls = np.flatnonzero(np.diff(self.times) < 0)
        if len(falls):
            before, after = self.times[falls[0]], self.times[falls[0] + 1]
            raise ModelError(f"`times` of a waveform must never fall, but {after:g} s follows {before:g} s.")

    # Constructors.

    @classmethod
    def constant(cls, value: float) -> Waveform:
        """Return a signal that never changes."""
        return cls(np.zeros(1), np.array([value]))

    @classmethod
    def pulse(
        cls, amplitude: float, width: float, *, start: float = 0.0, rise: float = 0.0, rest: float = 0.0
    ) -> Waveform:
        """Return a trapezoid from `rest` to `amplitude` and back; times in s.

        `rise` is the duration of either edge, and `width` lies between the middles of the edges, so that the area
        above rest is (amplitude - rest) width. The first edge begins at `start`.
        """
        if not 0 <= rise <= width < math.inf:
            raise ModelError(
                f"`rise` of a pulse must be at least 0 and at most its `width` ({width:g} s), but is {rise:g} s."
            )
        corners: FloatArray = start + np.array([0.0, rise, width, width + rise])
        return cls(corners, np.array([rest, amplitude, amplitude, rest]))

    @classmethod
    def piecewise(cls, times: ArrayLike, values: ArrayLike) -> Waveform:
        """Return the straight lines through points, times in s."""
        return cls(_numbers(times, "`times` of a waveform"), _numbers(values, "`values` of a waveform"))

    @classmethod
    def sampled(cls, values: ArrayLike, interval: float) -> Waveform:
        """Return an array of samples, the first at time 0 and then one every `interval` in s."""
        samples = _numbers(values, "`values` of samples")
        if not 0 < interval < math.inf:
            raise ModelError(f"`interval` of samples must be above 0 s, but is {interval:g} s.")
        return cls(np.arange(len(samples), dtype=np.float64) * interval, samples)

    # What it tells.

    @cached_property
    def has_edges(self) -> bool:
        """Whether two of its points have the same time, or so nearly that no slope could be told."""
        return bool((np.diff(self.times) <= _INSTANT).any())

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the values at times in s, same shape; at an edge the value after it."""
        return self._value(np.asarray(times, dtype=np.float64), "right")

    def before(self, times: ArrayLike) -> FloatArray:
        """Return the values just before times in s, same shape; they differ from `at` at an edge only."""
        return self._value(np.asarray(times, dtype=np.float64), "left")

    def _value(self, times: FloatArray, side: Literal["left", "right"]) -> FloatArray:
        if not self.has_edges:
            return np.asarray(np.interp(times, self.times, self.values))
        place = np.searchsorted(self.times, times, side=side)
        low = np.clip(place - 1, 0, len(self.times) - 1)
        high = np.minimum(place, len(self.times) - 1)
        span = self.times[high] - self.times[low]
        share = np.divide(times - self.times[low], span, out=np.zeros_like(times), where=span > 0)
        value: FloatArray = (1 - share) * self.values[low] + share * self.values[high]
        return value

    def integral(self) -> float:
        """Return the integral from the first point to the last, in the signal's unit times s."""
        return float(np.sum((self.values[1:] + self.values[:-1]) / 2 * np.diff(self.times)))

    # Other waveforms made from it.

    def shifted(self, delay: float) -> Waveform:
        """Return the same signal later by a delay in s."""
        return Waveform(self.times + delay, self.values)

    def scaled(self, factor: float) -> Waveform:
        """Return the signal times a factor."""
        return Waveform(self.times, self.values * factor)

    def squared(self, factor: float = 1.0, *, parts: int = 64) -> Waveform:
        """Return `factor` times the square, its parabolas cut in `parts` chords (relative to the rise: 1/(4 parts^2)).

        With a bias in V and a conductance in S as the factor this is the Joule power in W. Raises ModelError.
        """
        checked_count("parts", parts, 1)
        # Edges and flat parts need no chords: each interval gives as many points as it needs.
        sloping = (np.diff(self.values) != 0) & (np.diff(self.times) > 0)
        counts = np.append(np.where(sloping, parts, 1), 1)
        place = np.repeat(np.arange(len(counts)), counts)
        share = (np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)) / parts
        times = self.times[place] + share * np.append(np.diff(self.times), 0.0)[place]
        values = self.values[place] + share * np.append(np.diff(self.values), 0.0)[place]
        return Waveform(times, factor * values**2)

    def cut(self, start: float, stop: float) -> Waveform:
        """Return what happens from `start` to `stop` in s, moved to begin at 0, an edge at `stop` itself left out."""
        inside = (self.times > start) & (self.times < stop)
        times = np.concatenate([[start], self.times[inside], [stop]])
        values = np.concatenate([[self.at(start)], self.values[inside], [self.before(stop)]])
        return Waveform(times - start, values)


def _numbers(given: ArrayLike, what: str) -> FloatArray:
    """Return an array of at least one axis; `what` names it in the ModelError raised where it holds no numbers."""
    try:
        return np.atleast_1d(np.asarray(given, dtype=np.float64))
    except (TypeError, ValueError):
        raise ModelError(f"{what} must be numbers, but are {given!r}.") from None


@dataclass(frozen=True, eq=False)
class Drive:
    """What is done to soft layers during a time: waveforms by the name of their signal.

    Signals left out are 0, and the temperature that of the junctions. Raises ModelError on an unknown signal.
    """

    duration: float
    """Duration in s."""
    signals: Mapping[str, Waveform] = field(default_factory=dict)
    """Waveforms by signal; names and units are those of `forces.SIGNALS`."""

    def __post_init__(self) -> None:
        if not 0 < self.duration < math.inf:
            raise ModelError(f"`duration` of a drive must be above 0 s, but is {self.duration:g} s.")
        for name, wave in self.signals.items():
            if name not in SIGNALS:
                raise ModelError(f"A signal of a drive must be one of {', '.join(SIGNALS)}, but is '{name}'.")
            if not isinstance(wave, Waveform):
                raise ModelError(
                    f"`{name}` of a drive must be a Waveform, such as Waveform.constant(1), but is {wave!r}."
                )
        kelvin = self.signals.get("temperature")
        if kelvin is not None and kelvin.values.min() < 0:
            raise ModelError(f"`temperature` of a drive must be at least 0 K, but is {kelvin.values.min():g} K.")
        object.__setattr__(self, "signals", MappingProxyType(dict(self.signals)))

    def __getstate__(self) -> dict[str, object]:
        # A read-only view of a dictionary cannot travel to another process.
        return {"duration": self.duration, "signals": dict(self.signals)}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def signal(self, name: str) -> Waveform:
        """Return a signal's waveform, 0 where it is left out."""
        return self.signals.get(name) or Waveform.constant(0.0)

    def breaks(self) -> FloatArray:
        """Return the times in s at which a signal has a corner or an edge, with 0 and the duration, rising.

        Those of the temperature are left out: it has no edges, and does no work.
        """
        corners = [wave.times for name, wave in self.signals.items() if name != "temperature"]
        times = np.concatenate([*corners, np.empty(0)])
        inside = times[(times > 0) & (times < self.duration)]
        return np.unique(np.concatenate([[0.0], inside, [self.duration]]))

    def cut(self, start: float, stop: float) -> Drive:
        """Return what happens from `start` to `stop` in s."""
        return Drive(stop - start, {name: wave.cut(start, stop) for name, wave in self.signals.items()})

    def then(self, other: Drive) -> Drive:
        """Return this drive followed by another.

        Raises ModelError where only one of them drives the temperature.
        """
        if ("temperature" in self.signals) != ("temperature" in other.signals):
            raise ModelError("`temperature` must be driven in both drives of a sequence or in neither, but is in one.")
        names = [*self.signals, *(name for name in other.signals if name not in self.signals)]
        waves = {name: self._joined(self.signal(name), other.signal(name), other.duration) for name in names}
        return Drive(self.duration + other.duration, waves)

    def _joined(self, first: Waveform, second: Waveform, length: float) -> Waveform:
        early, late = first.cut(0.0, self.duration), second.cut(0.0, length)
        return Waveform(
            np.concatenate([early.times, late.times + self.duration]), np.concatenate([early.values, late.values])
        )
