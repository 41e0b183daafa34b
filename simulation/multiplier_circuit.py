"""The multiplier of the paper's Fig. 7: V_in1 across R_s and the junction in series, the output over R_s.

    V_out = V_in1 R_s/(R_s + R),    R(V_b) = R_P + (R_0(V_G) - R_P)/(1 + (V_b/V_h)^2)

with V_b = V_in1 - V_out across the junction, solved self-consistently (physics: circuits). A differential circuit takes
off the output of a reference branch of the same kind, whose junction stands at V_mid or is a resistor 1/G(V_mid).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import checked_gates, checked_number
from .bias_dependence import tmr_divisor
from .errors import ModelError
from .junction import Junction
from .models import Model
from .predict import predict

Floats = NDArray[np.float64]
_HALVINGS = 64


class Encoding(StrEnum):
    """What the second factor is, and whether a reference branch is taken off."""

    SINGLE_ENDED = "single-ended"
    """y = V_2 = s V_G + Gamma - nu: the size of the paper's V_in2, at least 2 Gamma where the soft layer rotates."""
    DIFFERENTIAL = "differential"
    """y = v_2 = V_G - V_mid, with the output of a reference branch taken off."""


class Reference(StrEnum):
    """What stands in the reference branch of a differential circuit."""

    RESISTOR = "resistor"
    """A fixed resistor, 1/G(V_mid) at no bias: it keeps its value as the bias grows, and the junction does not."""
    JUNCTION = "junction"
    """A second junction of the same kind at V_mid."""


@dataclass(frozen=True, kw_only=True)
class MultiplierCircuit:
    """A multiplier. Raises ModelError on construction."""

    junction: Junction
    series_resistance: float
    """R_s in ohm, wires and contacts included."""
    middle_gate: float | None = None
    """V_mid in V of the reference branch; None for a single-ended circuit."""
    reference: Reference = Reference.RESISTOR
    mismatch: float = 0.0
    """By how much the reference's conductance is larger than the junction's at V_mid, relative."""
    model: Model = Model.BOLTZMANN
    """What gives the conductance of the junction at no bias: `static`, `boltzmann`, or a line."""

    def __post_init__(self) -> None:
        resistance = checked_number("series_resistance", self.series_resistance, "ohm")
        if resistance <= 0:
            raise ModelError(f"`series_resistance` must be above 0 ohm, but is {resistance:g} ohm.")
        if not checked_number("mismatch", self.mismatch, "1") > -1:
            raise ModelError(f"`mismatch` must be above -1, but is {self.mismatch:g}.")
        if self.middle_gate is not None:
            checked_number("middle_gate", self.middle_gate, "V")

    @property
    def encoding(self) -> Encoding:
        """Differential where there is a reference branch."""
        return Encoding.SINGLE_ENDED if self.middle_gate is None else Encoding.DIFFERENTIAL

    def multiplicand(self, gate: ArrayLike) -> Floats:
        """Return y in V at gates in V: V_2 of a single-ended circuit, v_2 of a differential one."""
        volts = np.asarray(gate, float)
        if self.middle_gate is not None:
            return np.asarray(volts - self.middle_gate)
        junction = self.junction
        return np.asarray(junction.gate_sign * volts + junction.rotation_voltage - junction.shape_voltage)

    def output(self, first: ArrayLike, gate: ArrayLike) -> Floats:
        """Return V_out in V at V_in1 (p,) and gates (q,) in V, shape (p, q). Raises ModelError."""
        source, volts = _checked_source(first)[:, None], checked_gates(gate)
        out = self._branch(source, self._resistance(volts)[None, :], self.junction.bias_half_tmr)
        if self.middle_gate is None:
            return out
        middle = self._resistance(np.array([self.middle_gate]))[None, :] / (1 + self.mismatch)
        half = self.junction.bias_half_tmr if self.reference is Reference.JUNCTION else np.inf
        return np.asarray(out - self._branch(source, middle, half))

    def _resistance(self, gate: Floats) -> Floats:
        return np.asarray(1 / predict(self.junction, self.model, gate).conductance, float)

    def _branch(self, source: Floats, resistance: Floats, half_bias: float) -> Floats:
        bias = junction_bias(source, self.series_resistance, resistance, self.junction.resistance_parallel, half_bias)
        at_bias = resistance_at(bias, resistance, self.junction.resistance_parallel, half_bias)
        return np.asarray(self.series_resistance * bias / at_bias)


def resistance_at(bias: Floats, resistance: Floats, parallel: float | Floats, half_bias: float | Floats) -> Floats:
    """Return R(V_b) in ohm of junctions that have `resistance` at no bias; biases in V, shapes broadcast.

    Of a thermal average this holds up to (sigma_G/G)^2, 3e-6 at the paper's size.
    """
    return np.asarray(parallel + (resistance - parallel) / tmr_divisor(bias, np.asarray(half_bias, float)))


def junction_bias(
    source: Floats, series: float, resistance: Floats, parallel: float | Floats, half_bias: float | Floats
) -> Floats:
    """Return V_b in V across junctions behind a series resistance in ohm at sources in V; shapes broadcast.

    The junction's current V_b/R(V_b) rises with V_b and that of R_s falls, so there is one answer, between 0 and the
    source: it is halved down to rounding.
    """
    size = np.abs(source)
    low, high = np.broadcast_arrays(0.0 * size, size * np.ones_like(resistance))
    low = low + 0.0 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        short = middle * (1 + series / resistance_at(middle, resistance, parallel, half_bias)) < size
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(np.sign(source) * high)


def _checked_source(first: ArrayLike) -> Floats:
    source = np.atleast_1d(np.asarray(first, float))
    if source.ndim != 1 or source.size == 0 or not np.isfinite(source).all():
        raise ModelError(f"`first` must be one or more finite voltages, but is {first!r}.")
    return source
