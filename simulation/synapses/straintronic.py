"""The straintronic junction as a synapse: the weight is G(V_G), and an update is a change of the stored gate voltage.

G has no memory, so steps up and down are equal at equal G for *any* curve that rises, straight or not; a straight one
makes them equal along the range (physics.md section 9). What stores the voltage leaks, dV/dt = -V/(R_leak C), and the
piezo remembers: `course` lives through its hysteresis and creep, all else leaves them aside.

The static curve is inverted in closed form, s V_G = nu + Gamma' x/(1 - x) with x = G R_90 (physics.md section 8), where
the junction is aligned; else by bisection.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike

from smtjlab.simulation.arguments import checked_count, checked_number
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.gate_energy import gate_capacitance, gilbert_loss
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import FloatArray, landscape_over_gates
from smtjlab.simulation.models import Model
from smtjlab.simulation.piezo import Piezo
from smtjlab.simulation.static import static_angle, static_conductance
from smtjlab.simulation.transfer_curves import transfer_curves

from .checks import check_within, checked_array, checked_states
from .pulse_cycles import PulseCycles

if TYPE_CHECKING:
    from smtjlab.simulation.boltzmann import Moments

_MODELS = (Model.STATIC, Model.BOLTZMANN)
_POINTS = 1001
"""Gates at which thermal averages are known, between which cubic pieces that rise as they do stand for them."""
_BISECTIONS = 60


@dataclass(frozen=True, kw_only=True)
class StraintronicSynapse:
    """A junction between two gate voltages. Its state is the stored gate voltage in V."""

    junction: Junction
    start: float = 0.27
    """Gate in V of the least conductance that is used."""
    stop: float = 0.30
    """Gate in V of the greatest conductance that is used."""
    steps: int = 64
    """Equal steps of the gate from `start` to `stop`: what a pulse is."""
    model: Model = Model.STATIC
    """`static` or `boltzmann`: which transfer curve holds."""
    bias: float = 0.0
    """Voltage in V across the junction while it is read."""
    gate_noise: float = 0.0
    """Standard deviation in V with which an update sets the gate, however many steps it has."""
    capacitance: float = gate_capacitance()
    """C in F of the gate: pads as assumed there."""
    leakage_resistance: float = math.inf
    """R_leak in ohm of the gate; inf: a voltage stays for ever."""

    def __post_init__(self) -> None:
        checked_count("steps", self.steps, 1)
        for name in ("start", "stop", "bias"):
            checked_number(name, getattr(self, name), "V")
        check_within("gate_noise", self.gate_noise, 0, math.inf, "V")
        check_within("capacitance", self.capacitance, 0, math.inf, "F", above=True)
        if not self.leakage_resistance > 0:
            raise ModelError(f"`leakage_resistance` must be above 0 ohm, but is {self.leakage_resistance:g} ohm.")
        if Model.named(self.model) not in _MODELS:
            raise ModelError(f"`model` must be `static` or `boltzmann`, but is `{self.model}`.")
        if self.junction.gate_sign * (self.stop - self.start) <= 0:
            raise ModelError(
                f"`stop` must lie beyond `start` in the direction that rotates, but they are {self.stop:g} and "
                f"{self.start:g} V."
            )
        low, high = (float(self.conductance(one)) for one in (self.start, self.stop))
        if high <= low:
            raise ModelError(f"The conductance must rise from `start` to `stop`, but changes by {high - low:g} S.")

    @classmethod
    def in_linear_window(
        cls, junction: Junction, *, steps: int = 64, tolerance: float = 0.01, model: Model = Model.STATIC
    ) -> Self:
        """Return the synapse over the window whose curve is straight within a tolerance (see `linear_window`).

        Looked for among gates up to half beyond the threshold. Raises LinearWindowError where there is none.
        """
        from smtjlab.simulation.linear_window import linear_window

        gate = np.linspace(0.0, 1.5 * junction.threshold_voltage, _POINTS)
        window = linear_window(gate, transfer_curves([junction], gate, model=model).conductance[0], tolerance=tolerance)
        ends = window.start, window.stop
        start, stop = ends if junction.gate_sign > 0 else ends[::-1]
        return cls(junction=junction, start=start, stop=stop, steps=steps, model=model)

    @property
    def lowest(self) -> float:
        """The state of least conductance: `start` in V."""
        return self.start

    @property
    def highest(self) -> float:
        """The state of greatest conductance: `stop` in V."""
        return self.stop

    @property
    def step(self) -> float:
        """Change of the gate by one pulse up in V, with its sign."""
        return (self.stop - self.start) / self.steps

    @property
    def conductance_min(self) -> float:
        """Conductance at `start` in S."""
        return float(self.conductance(self.start))

    @property
    def conductance_max(self) -> float:
        """Conductance at `stop` in S."""
        return float(self.conductance(self.stop))

    def conductance(self, gate: ArrayLike) -> FloatArray:
        """Return the conductance in S at gates in V of any shape, in equilibrium."""
        volts = checked_array("gate", gate)
        if Model.named(self.model) is Model.BOLTZMANN:
            return self._interpolated("conductance", volts)
        if self._aligned:
            return np.asarray(self._hyperbola(volts))
        landscape = landscape_over_gates(self.junction, volts.ravel(), bias=self.bias)
        return static_conductance(landscape, static_angle(landscape)).reshape(volts.shape)

    def gate(self, conductance: ArrayLike) -> FloatArray:
        """Return the gates in V that give conductances in S. Raises ModelError outside of those of start and stop."""
        ends = self.conductance_min, self.conductance_max
        siemens = checked_states("conductance", conductance, *ends, "S")
        if Model.named(self.model) is Model.STATIC and self._aligned:
            share = siemens * self._rotated_resistance
            volts = self.junction.shape_voltage + self._reduced_voltage * share / (1 - share)
            return self._within(self.junction.gate_sign * volts)
        low, high = np.full(siemens.shape, self.start), np.full(siemens.shape, self.stop)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            below = self.conductance(middle) < siemens
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)

    def update(self, gate: ArrayLike, pulses: ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Return the gates in V after signed numbers of steps, broadcast, held between `start` and `stop`.

        Numbers need not be whole. Where there is no pulse the gate stays, noise and all; a gate that has drooped
        below `start` is taken back there.
        """
        volts, signed = np.broadcast_arrays(checked_array("gate", gate), checked_array("pulses", pulses))
        noise = np.where(signed != 0, self.gate_noise * rng.standard_normal(signed.shape), 0.0)
        return self._within(volts + self.step * signed + noise)

    def drooped(self, gate: ArrayLike, time: float) -> FloatArray:
        """Return what is left in V of gates after a time in s without their source: V exp(-t/(R_leak C))."""
        check_within("time", time, 0, math.inf, "s")
        return np.asarray(checked_array("gate", gate) * math.exp(-time / self.leakage_resistance / self.capacitance))

    def read_noise(self, gate: ArrayLike, duration: float) -> FloatArray:
        """Return the standard deviation in S that heat leaves in a reading of a duration in s.

        sigma_G (2 tau/T)^(1/2) for long readings, sigma_G for short ones; like `Response.thermal` of `Replicas`.
        """
        from smtjlab.simulation.boltzmann import thermal_noise

        check_within("duration", duration, 0, math.inf, "s", above=True)
        known = thermal_noise(self._moments, duration)
        return np.interp(self._known(checked_array("gate", gate)), self._known_gates, known)

    def energy(self, gate: ArrayLike, pulses: ArrayLike) -> FloatArray:
        """Return what updates burn in J: C dV^2/2 and the Gilbert loss, dV being the whole change of the gate.

        An update sets the gate at once, however many steps it has: n of them one by one burn n times less in charging.
        Reading and leakage come on top, and outweigh both (see `gate_steps_energy`).
        """
        volts, signed = np.broadcast_arrays(checked_array("gate", gate), checked_array("pulses", pulses))
        after = self._within(volts + self.step * signed)
        charging = self.capacitance / 2 * (after - volts) ** 2
        loss = gilbert_loss(self.junction, volts.ravel(), after.ravel()).reshape(volts.shape)
        return np.asarray(charging + loss)

    def course(self, gates: ArrayLike, dwell: float = 0.0) -> FloatArray:
        """Return the conductance in S at gates (g,) in V, taken in this order for a dwell in s each, piezo included.

        The piezo begins at rest at 0 V: with hysteresis, a first rise is not like the later ones.
        """
        check_within("dwell", dwell, 0, math.inf, "s")
        piezo = Piezo([self.junction])
        strained = [float(piezo.live(float(volts), dwell)[0]) for volts in checked_array("gates", gates)]
        return self.conductance(strained)

    def cycles(
        self, cycles: int, rng: np.random.Generator, *, dwell: float = 0.0, reading: float | None = None
    ) -> PulseCycles:
        """Return cycles of `steps` steps up and down through `course`, with the thermal noise of readings.

        Each gate is held for a `dwell` in s, readings take `reading` in s (None: no noise). One cycle before, which is
        not returned, takes the piezo from rest into its loop. Raises ModelError.
        """
        checked_count("cycles", cycles, 1)
        up = np.linspace(self.start, self.stop, self.steps + 1)
        one = np.concatenate([up, up[::-1]])
        gates = np.tile(one, cycles + 1)
        gates = gates + self.gate_noise * rng.standard_normal(gates.shape)
        standard = np.zeros_like(gates) if reading is None else self.read_noise(gates, reading)
        found = self.course(gates, dwell) + standard * rng.standard_normal(gates.shape)
        (rising, falling), (up_standard, down_standard) = (
            values.reshape(cycles + 1, 2, -1)[1:].transpose(1, 0, 2) for values in (found, standard)
        )
        burnt = self.energy(one[:-1], np.repeat([1.0, 0.0, -1.0], [self.steps, 1, self.steps]))
        return PulseCycles(rising, falling, up_standard, down_standard, np.delete(burnt, self.steps))

    @property
    def _aligned(self) -> bool:
        """Whether the static curve is the hyperbola of physics.md section 3."""
        return self.junction.hard_layer_angle == 0 and self.junction.transverse_field == 0

    @property
    def _rotated_resistance(self) -> float:
        """R_90 = (R_AP + R_P)/2 in ohm at the bias."""
        return (self.junction.antiparallel_at(self.bias) + self.junction.resistance_parallel) / 2

    @property
    def _reduced_voltage(self) -> float:
        """Gamma' = Gamma (R_AP - R_P)/(R_AP + R_P) in V at the bias."""
        half = (self.junction.antiparallel_at(self.bias) - self.junction.resistance_parallel) / 2
        return self.junction.rotation_voltage * half / self._rotated_resistance

    def _hyperbola(self, volts: FloatArray) -> FloatArray:
        turned = np.maximum(
            self.junction.gate_sign * volts - self.junction.shape_voltage, self.junction.rotation_voltage
        )
        return np.asarray(turned / (turned + self._reduced_voltage) / self._rotated_resistance)

    def _within(self, volts: FloatArray) -> FloatArray:
        return np.asarray(np.clip(volts, min(self.start, self.stop), max(self.start, self.stop)))

    @cached_property
    def _known_gates(self) -> FloatArray:
        """Gates in V times their sign at which thermal averages are known, rising, shape (n,): droop ends at 0 V."""
        start, stop = (self.junction.gate_sign * one for one in (self.start, self.stop))
        spare = (stop - start) / 20
        below = np.linspace(min(0.0, start) - spare, start - spare, _POINTS // 4)[:-1]
        return np.concatenate([below, np.linspace(start - spare, stop + spare, _POINTS)])

    @cached_property
    def _moments(self) -> Moments:
        from smtjlab.simulation.boltzmann import boltzmann

        signed = self.junction.gate_sign * self._known_gates
        return boltzmann(landscape_over_gates(self.junction, signed, bias=self.bias))

    def _interpolated(self, name: str, volts: FloatArray) -> FloatArray:
        """Return a thermal average at gates in V."""
        from scipy.interpolate import PchipInterpolator

        curve = PchipInterpolator(self._known_gates, getattr(self._moments, name))
        return np.asarray(curve(self._known(volts)))

    def _known(self, volts: FloatArray) -> FloatArray:
        """Return gates in V times their sign. Raises ModelError where thermal averages are not known there."""
        signed, known = volts * self.junction.gate_sign, self._known_gates
        if (signed < known[0] - 1e-9).any() or (signed > known[-1] + 1e-9).any():
            raise ModelError(
                f"`gate` must be within {known[0]:g} and {known[-1]:g} V times the sign that rotates where heat "
                "counts, but is beyond."
            )
        return signed
