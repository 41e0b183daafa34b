"""How scale factor and offsets of a multiplier should drift with temperature, by the thermal averages of its junctions.

Heat rounds the kink and lowers every conductance's average, that of the reference too. Where the reference gate was
moved to null two junctions that differ, it nulls them at one temperature only: the Y offset drifts by their difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .bilinear import bilinear
from .junction import Junction
from .landscape import FloatArray
from .models import Model
from .predict import predict

FIGURES = ("scale_drift", "x_offset_drift", "y_offset_drift", "output_offset_drift")
"""Slopes by temperature: of k over k in 1/K, of three offsets in V/K."""
_GATES = 201
"""Gates between which a null is interpolated."""


@dataclass(frozen=True, kw_only=True)
class DriftingMultiplier:
    """A map at some temperatures: at small bias, the reference nulled at the first of them where it can be."""

    series: float
    """R_s in ohm."""
    inputs: FloatArray
    """V_in1 in V, (p,)."""
    gates: FloatArray
    """V_G in V, (q,)."""
    multiplicand: FloatArray
    """y in V at these gates, (q,)."""
    temperatures: FloatArray
    """K, (t,), two or more."""
    middle: float
    """V_mid in V."""
    reach: tuple[float, float] | None = None
    """Gates in V between which a reference junction is nulled; None where it is held at V_mid."""
    fixed: float | None = None
    """Conductance in S of the reference branch's resistor; 0 for none, None for a second junction."""

    def drift(self, first: Junction, second: Junction) -> FloatArray | None:
        """Return FIGURES of a pair of junctions, (4,); None where the null is out of reach."""
        held = self._held(first, second)
        if held is None:
            return None
        found = np.array([self._fitted(first, second, held, float(kelvin)) for kelvin in self.temperatures])
        slopes = np.polyfit(self.temperatures - self.temperatures.mean(), found, 1)[0]
        slopes[0] /= found[:, 0].mean()
        return np.asarray(slopes)

    def spread(self, pairs: Iterable[Sequence[Junction]], about: FloatArray) -> FloatArray:
        """Return the root mean square of FIGURES `about` values (4,) over those pairs that can be nulled, (4,)."""
        found = [one for first, second in pairs if (one := self.drift(first, second)) is not None]
        return np.sqrt(np.mean((np.array(found) - about) ** 2, axis=0)) if found else np.full(len(FIGURES), np.nan)

    def _fitted(self, first: Junction, second: Junction, held: float, kelvin: float) -> FloatArray:
        own = self._share(first, self.gates, kelvin)
        other = self._share(second, np.array([held]), kelvin) if self.fixed is None else self._of(np.array(self.fixed))
        x, y = (one.ravel() for one in np.meshgrid(self.inputs, self.multiplicand, indexing="ij"))
        out = (self.inputs[:, None] * (own - other)[None, :]).ravel()
        return np.array([float(one) for one in bilinear(x, y, out)])

    def _held(self, first: Junction, second: Junction) -> float | None:
        """Return the gate in V of the reference."""
        if self.fixed is not None or self.reach is None:
            return self.middle
        kelvin = float(self.temperatures[0])
        gates = np.linspace(*self.reach, _GATES)
        wanted = self._share(first, np.array([self.middle]), kelvin)[0]
        shares = self._share(second, gates, kelvin)
        crossed = np.flatnonzero(np.diff(np.sign(shares - wanted)))
        if not len(crossed):
            return None
        k = int(crossed[np.argmin(np.abs(gates[crossed] - self.middle))])
        return float(np.interp(0.0, *_rising(shares[k : k + 2] - wanted, gates[k : k + 2])))

    def _share(self, junction: Junction, gates: FloatArray, kelvin: float) -> FloatArray:
        """Return the share of V_in1 that is over R_s at gates in V, (n,)."""
        return self._of(predict(junction.changed(temperature=kelvin), Model.BOLTZMANN, gates).conductance)

    def _of(self, siemens: FloatArray) -> FloatArray:
        return np.asarray(self.series * siemens / (1 + self.series * siemens))


def _rising(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(x)
    return x[order], y[order]
