"""A multiplier at ac, by its small signals: how far either input may go up in frequency, and what it distorts.

V_in1 sees the output node: R_s and the junction in parallel, with the capacitance at the node. V_in2 sees first the
gate's own RC and then the soft layer, whose angle follows a slow change of its equilibrium as two damped roots say:

    dphi/dphi_eq = (w_0^2 + a alpha H_1 s)/(s^2 + a alpha (H_1 + H_2) s + w_0^2),
    a = gamma0/(1 + alpha^2),  w_0^2 = gamma0^2 H_1 H_2/(1 + alpha^2)

(linearised LLG about the equilibrium; physics: small oscillations). Distortion is quasi-static: that of the curves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .circuits.harmonics import harmonics
from .constants import GYROMAGNETIC_CONSTANT
from .errors import ModelError
from .gate_energy import gate_capacitance
from .junction import Junction
from .landscape import FloatArray, landscape_over_gates
from .multiplier_circuit import MultiplierCircuit
from .static import in_plane_stiffness, out_of_plane_stiffness, static_angle

ComplexArray = NDArray[np.complex128]

NODE_CAPACITANCE = 1e-12
"""F at the output node: an assumption, a bond pad."""
GATE_RESISTANCE = 50.0
"""ohm of the source of the gate: an assumption."""
SETTLED = 0.01
"""Share of a step within which the output has settled."""
_SAMPLES = 20_000
_TIMES = 40.0
"""Slowest time constants over which a step is followed."""


@dataclass(frozen=True)
class MagneticResponse:
    """The soft layer's answer to a small change of its gate: poles and zero of the formula above."""

    natural: float
    """w_0 in 1/s."""
    damping: float
    """a alpha (H_1 + H_2) in 1/s."""
    lead: float
    """a alpha H_1 in 1/s."""

    @classmethod
    def of(cls, junction: Junction, gate: float) -> MagneticResponse:
        """Return it at the static equilibrium at a gate in V. Raises ModelError where that is no minimum."""
        landscape = landscape_over_gates(junction, np.array([gate]))
        angle = static_angle(landscape)
        low = float(in_plane_stiffness(landscape, angle)[0])
        high = float(out_of_plane_stiffness(landscape, angle)[0])
        if not (low > 0 and high > 0):
            raise ModelError(f"The soft layer must rest in a well at {gate:g} V, but is at a point that gives way.")
        rate = GYROMAGNETIC_CONSTANT / (1 + junction.damping**2)
        natural = GYROMAGNETIC_CONSTANT * np.sqrt(low * high / (1 + junction.damping**2))
        return cls(float(natural), rate * junction.damping * (low + high), rate * junction.damping * low)

    def at(self, frequency: ArrayLike) -> ComplexArray:
        """Return dphi/dphi_eq at frequencies in Hz; 1 at rest."""
        s = 2j * np.pi * np.asarray(frequency, dtype=np.float64)
        return np.asarray((self.natural**2 + self.lead * s) / (s**2 + self.damping * s + self.natural**2))


@dataclass(frozen=True)
class AcPrediction:
    """What a multiplier does at ac."""

    frequency: FloatArray
    """Hz, rising, shape (n,)."""
    by_input: ComplexArray
    """Response to V_in1, 1 at rest, shape (n,)."""
    by_gate: ComplexArray
    """The same to V_in2."""
    settling_input: float
    """s until the output stays within 1 % of a small step of V_in1."""
    settling_gate: float
    """The same of V_in2."""
    amplitude: FloatArray
    """Peak of a sine as a share of each input's range, shape (m,)."""
    distortion_input: FloatArray
    """Total harmonic distortion with the sine at V_in1 and V_in2 at its end, shape (m,)."""
    distortion_gate: FloatArray
    """The same with the sine at V_in2 and V_in1 at its end."""


def multiplier_at_ac(
    circuit: MultiplierCircuit,
    first: float,
    middle: float,
    swing: float,
    *,
    node_capacitance: float = NODE_CAPACITANCE,
    gate_resistance: float = GATE_RESISTANCE,
) -> AcPrediction:
    """Return it for V_in1 up to `first` in V and gates of `middle` ± `swing` in V. Raises ModelError."""
    conductance = _conductance(circuit, middle)
    shunt = 1 / (1 / circuit.series_resistance + conductance)
    magnetic = MagneticResponse.of(circuit.junction, middle)
    poles = (1 / (shunt * node_capacitance), 1 / (gate_resistance * gate_capacitance()))
    frequency = np.geomspace(1e6, 1e12, 721)
    s = 2j * np.pi * frequency
    by_input = 1 / (1 + s / poles[0])
    by_gate = magnetic.at(frequency) / (1 + s / poles[1]) * by_input
    amplitude = np.array([0.1, 0.2, 0.5, 1.0])

    def along_input(volts: FloatArray) -> FloatArray:
        return np.asarray(circuit.output(volts, [middle + swing])[:, 0])

    def along_gate(gates: FloatArray) -> FloatArray:
        return np.asarray(circuit.output([first], gates)[0])

    return AcPrediction(
        frequency,
        np.asarray(by_input),
        np.asarray(by_gate),
        settling_input=-np.log(SETTLED) / poles[0],
        settling_gate=_settling(magnetic, poles),
        amplitude=amplitude,
        distortion_input=np.array([harmonics(along_input, a * first).distortion for a in amplitude]),
        distortion_gate=np.array([harmonics(along_gate, a * swing, middle).distortion for a in amplitude]),
    )


def _conductance(circuit: MultiplierCircuit, gate: float) -> float:
    from .predict import predict

    return float(predict(circuit.junction, circuit.model, np.array([gate])).conductance[0])


def _settling(magnetic: MagneticResponse, poles: tuple[float, float]) -> float:
    """Return the time in s until a small step of the gate stays within 1 % of its end."""
    from scipy.signal import step

    numerator = np.array([magnetic.lead, magnetic.natural**2]) * poles[0] * poles[1]
    denominator = np.polymul([1, magnetic.damping, magnetic.natural**2], np.polymul([1, poles[0]], [1, poles[1]]))
    slowest = 1 / float(np.abs(np.roots(denominator).real).min())
    scale = magnetic.natural  # in units of 1/w_0, so that the polynomials are of one size
    powers_n, powers_d = np.arange(len(numerator))[::-1], np.arange(len(denominator))[::-1]
    system = numerator * scale**powers_n, denominator * scale**powers_d
    times, values = step(system, T=np.linspace(0, _TIMES * slowest * scale, _SAMPLES))
    outside = np.flatnonzero(np.abs(values - 1) > SETTLED)
    last = int(outside[-1]) + 1 if len(outside) else 0
    return float(times[min(last, len(times) - 1)] / scale)
