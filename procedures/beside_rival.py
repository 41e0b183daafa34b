"""The model beside a run on a memristor or a domain wall: copies of it that get the same pulses and wait as long."""

from __future__ import annotations

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.agreement import FALSE_ALARM_RATE, Verdict
from smtjlab.simulation.expectation import LEVELS, Expectation, mixture_quantiles
from smtjlab.simulation.sampled_chi_square import effects_of, nothing_used, sampled_minimum, verdict_of
from smtjlab.simulation.synapses.domain_wall import DomainWall

from .observed import Floats, floats
from .rival_belief import Rival

COPIES = 16_384
"""Many, since the scatter of pulses adds up in a way of its own in every run: readings must be far fewer."""

BANDED = 512
"""Copies of which the band is made: its edges need no more."""


class RivalCopies:
    """Copies of a rival, from its least conductance on."""

    def __init__(self, device: Rival, copies: int, seed: int) -> None:
        self._device = device
        self._rng = np.random.default_rng(seed)
        self._states: Floats = np.full(copies, device.lowest)
        self._time: float | None = None

    def live(self, reading: Reading) -> Floats:
        """Live through the pulse and the wait before a reading, and return all conductances in S."""
        if reading.setpoint.gate:
            self._states = self._device.update(self._states, float(np.sign(reading.setpoint.gate)), self._rng)
        self.wait(reading.time - (reading.time if self._time is None else self._time))
        self._time = reading.time
        return np.asarray(self._device.conductance(self._states))

    def wait(self, seconds: float) -> None:
        """Live through a time in s without a pulse: a wall in grooves creeps."""
        if isinstance(self._device, DomainWall) and self._device.states is not None and seconds > 0:
            self._states = self._device.crept(self._states, seconds, self._rng)


class BesideRival:
    """The model beside a run."""

    def __init__(self, device: Rival, seed: int) -> None:
        self._copies = RivalCopies(device, COPIES, seed)
        self._readings: list[Reading] = []
        self._drawn: list[Floats] = []

    def live_again(self, rest: float, reading: Reading) -> None:
        """Live through `rest` s at zero: on its way back such a device is not updated."""
        self._copies.wait(rest)

    def answer(self, reading: Reading) -> Expectation:
        """Live through the pulse and the wait before a reading, and return what is expected of it."""
        values = self._copies.live(reading)
        self._readings.append(reading)
        self._drawn.append(values)
        own = reading.uncertainty
        instrument = float(np.hypot(own.independent, np.sqrt(sum(effect**2 for effect in own.common.values()))))
        few = values[:BANDED]
        median, low68, high68, low95, high95 = mixture_quantiles(few, np.full(len(few), instrument), LEVELS)
        parts = {"parameters": float(np.std(values)), "instrument": instrument}
        return Expectation(median, low68, high68, low95, high95, parts=parts)

    def verdict(self) -> Verdict:
        """Return the verdict on everything that was answered."""
        values = floats([None if one.flags else one.value for one in self._readings])
        own = floats([one.uncertainty.independent for one in self._readings])
        used = np.flatnonzero(np.isfinite(values) & (own > 0))
        if not len(used):
            return nothing_used(len(values), FALSE_ALARM_RATE)
        effects = effects_of([self._readings[k].uncertainty.common for k in used])
        minimum = sampled_minimum(values[used], own[used], np.stack([self._drawn[k] for k in used]), effects)
        gates = [one.setpoint.gate or 0.0 for one in self._readings]  # of the pulse: read is at 0 V
        return verdict_of(minimum, used, gates, FALSE_ALARM_RATE)
