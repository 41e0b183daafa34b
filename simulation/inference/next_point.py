"""Where the next reading of a transfer curve tells most of one target, for the time it takes.

The expected fall of the target's variance t by one reading of scatter s at a gate v, the unknowns having covariance C
and the curve derivatives J(v) by them, is to first order

    fall = (grad t . C J)^2 / (s^2 + J . C J)

(linear Bayesian design; K. Chaloner and I. Verdinelli, Stat. Sci. 10, 273 (1995)). Modes that lie apart add what a
reading tells between them. J belongs to the best point of a mode alone: elsewhere in a wide posterior it does not go
with C, and would find news in gates that have been read. What is greatest at the gate chosen is
-ln(1 - fall/variance) over the time until that reading is there: information per second.

The gate only rises within a pass, from the same start each time. So every reading lies on one branch of a hysteretic
piezo. To go lower a pass begins anew: the start is read again, which tells of the foot, and the gate rises from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .curve_model import UNKNOWNS, CurveModel
from .curve_posterior import Mode
from .curve_window import curve_window

Floats = NDArray[np.float64]

_DRAWS = 24
"""Curves from which the uncertainty of a window's edge is found; the draws are the same each time."""


class Target(StrEnum):
    """What shall be known; each is a name of `smtjlab.simulation.inference.parameters`."""

    THRESHOLD = "threshold"
    SLOPE = "slope"
    ROTATION_VOLTAGE = "rotation_voltage"
    WINDOW_START = "window_start"
    WINDOW_STOP = "window_stop"


UNITS = {
    Target.THRESHOLD: "V",
    Target.SLOPE: "S/V",
    Target.ROTATION_VOLTAGE: "V",
    Target.WINDOW_START: "V",
    Target.WINDOW_STOP: "V",
}


@dataclass(frozen=True)
class Pace:
    """What readings cost in s: each one, and each volt of the gate's way."""

    reading: float
    per_volt: float

    @classmethod
    def learnt(cls, way: Floats, duration: Floats, *, reading: float) -> Pace:
        """Return the pace of readings that came after `way` (n,) in V and took `duration` (n,) in s, way included.

        By least squares; where all ways are as long, `reading` in s is what the reading itself is expected to take.
        """
        if len(way) < 3 or np.ptp(way) <= 1e-6 * np.max(way):
            moving, travelled = float(np.sum(duration)) - reading * len(way), float(np.sum(way))
            return cls(reading, max(moving, 0.0) / travelled if travelled > 0 else 0.0)
        per_volt, each = np.polyfit(way, duration, 1)
        return cls(max(float(each), 1e-3 * reading), max(float(per_volt), 0.0))


@dataclass(frozen=True)
class Reached:
    """What the readings tell of a target."""

    value: float
    uncertainty: float
    """Standard uncertainty by scatter, widened where the fit is poor; inf where the readings do not tell."""


class Design:
    """The next point for one target, given the modes of what is known. Gates are in V, as they are."""

    def __init__(self, model: CurveModel, modes: Sequence[Mode], target: Target, grid: Floats) -> None:
        """`grid` (n,) holds the gates that may be chosen."""
        self._model, self._modes, self._target, self._grid = model, modes, target, grid
        self._weight = np.array([mode.weight for mode in modes])
        best = max(modes, key=lambda mode: mode.weight)
        found = [self._linear(best if self._is_window else mode) for mode in ([best] if self._is_window else modes)]
        found *= len(modes) // len(found)  # the derivatives of a window are costly, and much the same in all modes
        self.gradients = [gradient for gradient, _ in found]
        """Derivatives of the target by UNKNOWNS, (6,), at each mode."""
        self._told = [variance for _, variance in found]

    def reached(self) -> Reached:
        """Return the target with its uncertainty from the readings alone, no prior in it; modes apart count too."""
        values = np.array([self._value(mode.theta) for mode in self._modes])
        centre = float(self._weight @ values)
        variance = float(self._weight @ (self._told + (values - centre) ** 2))
        return Reached(centre, float(np.sqrt(variance)))

    def next_gate(self, now: float, start: float, pace: Pace, scatter: float) -> float:
        """Return the gate to read next: in this pass one that is not nearer to `start` than `now`, else `start`.

        `start` is an end of the grid, `scatter` in S that of the next reading.
        """
        bits = -np.log1p(-np.clip(self.falls(scatter), 0.0, 0.999))
        far = np.abs(self._grid - start)
        ahead = far >= abs(now - start)
        seconds = pace.reading + pace.per_volt * np.abs(self._grid - now)
        anew = 2 * pace.reading + pace.per_volt * (abs(now - start) + far)
        rate = np.where(ahead, bits / seconds, (bits + bits[int(np.argmin(far))]) / anew)
        best = int(np.argmax(rate))
        return float(self._grid[best]) if ahead[best] else start

    def falls(self, scatter: float) -> Floats:
        """Return by which share of it one reading at each gate of the grid lowers the target's variance, shape (n,)."""
        curves, shared, spread = [], [], []
        for mode, gradient in zip(self._modes, self.gradients, strict=True):
            conductance, by = self._model.derivatives(mode.theta, self._grid)
            turned = by @ mode.covariance
            curves.append(conductance)
            shared.append(turned @ gradient)
            spread.append(np.sum(turned * by, axis=1))
        values = np.array([self._value(mode.theta) for mode in self._modes])
        apart, off = np.array(curves) - self._weight @ np.array(curves), values - self._weight @ values
        within = [
            gradient @ mode.covariance @ gradient for gradient, mode in zip(self.gradients, self._modes, strict=True)
        ]
        known = self._weight @ (off[:, None] * apart + np.array(shared))
        variance = self._weight @ (np.array(within) + off**2)
        return np.asarray(known**2 / (scatter**2 + self._weight @ (apart**2 + np.array(spread))) / variance, float)

    def _value(self, theta: Floats) -> float:
        model = self._model
        if self._target is Target.THRESHOLD:
            return float(model.sign * theta[1])
        if self._target is Target.SLOPE:
            return float(model.sign * np.exp(theta[2]))
        if self._target is Target.ROTATION_VOLTAGE:
            return model.rotation_voltage(theta)
        return self._window(theta)

    def _linear(self, mode: Mode) -> tuple[Floats, float]:
        """Return the derivatives of the target by UNKNOWNS, and its variance by the readings alone."""
        told = bool(np.isfinite(mode.told).all())
        covariance = mode.told if told else mode.covariance
        if self._is_window:
            gradient, variance = self._drawn(mode.theta, covariance)
        else:
            gradient = self._gradient(mode.theta, np.sqrt(np.diag(covariance)))
            variance = float(gradient @ covariance @ gradient)
        return gradient, variance if told else float("inf")

    def _gradient(self, theta: Floats, sigma: Floats) -> Floats:
        gradient = np.zeros(len(UNKNOWNS))
        for k in np.flatnonzero(sigma):
            step = np.zeros(len(UNKNOWNS))
            step[k] = 1e-4 * sigma[k]
            gradient[k] = (self._value(theta + step) - self._value(theta - step)) / (2 * step[k])
        return gradient

    @property
    def _is_window(self) -> bool:
        return self._target in (Target.WINDOW_START, Target.WINDOW_STOP)

    def _drawn(self, theta: Floats, covariance: Floats) -> tuple[Floats, float]:
        """Return the best linear derivatives of a window's edge over curves as they may be, and its variance."""
        sigma = np.sqrt(np.diag(covariance))
        free = np.flatnonzero(sigma)
        normal = np.random.default_rng(0).standard_normal((_DRAWS // 2, len(free)))
        root = np.linalg.cholesky(covariance[np.ix_(free, free)] / np.outer(sigma[free], sigma[free]))
        drawn = np.concatenate([normal, -normal]) @ root.T
        steps = np.zeros((_DRAWS, len(UNKNOWNS)))
        steps[:, free] = drawn * sigma[free]
        values = np.array([self._window(_possible(theta + step)) for step in steps])
        by, *_ = np.linalg.lstsq(np.column_stack([drawn, np.ones(_DRAWS)]), values, rcond=None)
        gradient = np.zeros(len(UNKNOWNS))
        gradient[free] = by[:-1] / sigma[free]
        return gradient, float(np.var(values))

    def _window(self, theta: Floats) -> float:
        """Return the edge of the curve's linear window in V; where it has none, the threshold."""
        model, gamma = self._model, self._model.rotation_voltage(theta)
        edges = curve_window(lambda gate: model.curve(theta, model.sign * gate), float(theta[1]), gamma)
        edge = theta[1] if edges is None else edges[self._target is Target.WINDOW_STOP]
        return float(model.sign * edge)


def _possible(theta: Floats) -> Floats:
    """Return UNKNOWNS that a junction can have: R_P is below R_AP."""
    return np.array([*theta[:3], min(max(theta[3], 0.01), 0.99), *theta[4:]])
