"""The junction of a device: its slow state lives through everything, its conductance can be asked at any moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.constants import mu_0

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus

SAME_BIAS = 1e-2
"""Relative change of the bias below which a conductance is as good as known, to find the operating point."""

SHORTEST_READING = 1e-6
"""Seconds from which the thermal noise of a reading is white: beyond all correlation times."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What surrounds a junction for a while."""

    gate: float = 0.0
    """Voltage across the gate in V."""
    field: float = 0.0
    """Flux density along the easy axis in T."""
    temperature: float | None = None
    """K; None stands for the junction's own."""
    transverse_field: float = 0.0
    """Flux density along the minor axis in T."""

    def stimulus(self, duration: float, bias: float, *, read: bool = False) -> Stimulus:
        """Return an interval of `duration` s under these conditions, at a bias in V."""
        return Stimulus(
            duration=duration,
            gate=self.gate,
            bias=bias,
            field=self.field / mu_0,
            transverse_field=self.transverse_field / mu_0,
            temperature=self.temperature,
            read=read,
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """What the junction answered last."""

    conditions: Conditions
    bias: float
    mean: float
    """Conductance in S."""
    noise: float
    """Thermal standard deviation of a reading times the root of its length, in S s^(1/2) (white noise)."""
    lasts: bool
    """Whether the answer stays the same while conditions and bias do."""


class LivingJunction:
    """One junction of the world."""

    def __init__(self, junction: Junction, seed: int) -> None:
        self.junction = junction
        self._replicas = Replicas([junction], model="boltzmann", seed=seed)
        self._known: _Known | None = None
        self._rests: Conditions | None = None

    def rests_under(self, conditions: Conditions) -> bool:
        """Return whether these are the conditions, the very same ones, that have stood and change nothing any more."""
        return conditions is self._rests

    @property
    def restless(self) -> bool:
        """Whether the soft layer may leave its well while conditions stay as they are."""
        return self._replicas.magnetic.restless

    @property
    def signature(self) -> object:
        """Equal signatures and equal conditions give equal conductances, unless it is restless, or the piezo moves."""
        return self._replicas.magnetic.signature

    def live(self, duration: float, conditions: Conditions) -> None:
        """Let `duration` s pass."""
        self._forget_unless(conditions)
        self._live(duration, conditions, 0.0)
        if self.restless:
            self._known = None

    def read(self, duration: float, conditions: Conditions, bias: float) -> tuple[float, float]:
        """Let time pass, and return conductance in S, averaged, with its thermal standard deviation in S."""
        self._forget_unless(conditions)
        answer = self._answer(duration, conditions, bias)
        if self.restless:
            self._known = None  # it was an average, and the layer may be anywhere now
        return answer

    def _answer(self, duration: float, conditions: Conditions, bias: float) -> tuple[float, float]:
        known = self._known
        if known is not None and known.lasts and (known.bias == bias or self._same_at_any_bias):
            self._live(duration, conditions, bias)
        else:
            response = self._replicas.respond([conditions.stimulus(duration, bias, read=True)])
            self._note(conditions)
            lasts = duration >= SHORTEST_READING and self.junction.piezo_creep == 0 and not self.restless
            noise = float(response.thermal[0]) * math.sqrt(duration)
            known = self._known = _Known(conditions, bias, float(response.mean[0]), noise, lasts)
        return known.mean, known.noise / math.sqrt(duration)

    def conductance(self, conditions: Conditions, bias: float) -> float:
        """Return the conductance in S at this moment; the last one known where hardly anything has changed since.

        Asking anew ages the slow state by a nanosecond.
        """
        self._forget_unless(conditions)
        if self._known is not None:
            near = abs(bias - self._known.bias) <= SAME_BIAS * abs(bias)
            if near or self._same_at_any_bias:
                return self._known.mean
        return self._answer(1e-9, conditions, bias)[0]

    def _live(self, duration: float, conditions: Conditions, bias: float) -> None:
        if not self.rests_under(conditions):
            self._replicas.live(conditions.stimulus(duration, bias))
            self._note(conditions)

    def _note(self, conditions: Conditions) -> None:
        """Note conditions that will change nothing as long as they last: no creep, and no second well."""
        still = self.junction.piezo_creep == 0 and not self._replicas.magnetic.in_wells
        self._rests = conditions if still else None

    @property
    def _same_at_any_bias(self) -> bool:
        return math.isinf(self.junction.bias_half_tmr)

    def _forget_unless(self, conditions: Conditions) -> None:
        if self._known is not None and self._known.conditions != conditions:
            self._known = None


def compile_kernels(junction: Junction) -> None:
    """Ask once for everything that is compiled, so that no reading has to wait for it."""
    from smtjlab.simulation.landscape import JunctionArrays
    from smtjlab.simulation.well_pairs import WellPairs

    LivingJunction(junction, 0).read(0.02, Conditions(), 0.1)
    WellPairs.of(JunctionArrays([junction]).landscape(0.0))
