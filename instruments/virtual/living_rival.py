"""A rival of the straintronic junction behind the same terminals: pulses at its gate move a state that stays.

What its gate terminal stands for is the place at which it is programmed: the electrode of a memristor, the heavy metal
below a domain wall. One excursion beyond the threshold, whatever its height and length, is one update of the model:
up where it is positive, down where it is negative. That law is an assumption, and a simple one.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.simulation.synapses.domain_wall import DomainWall

from .living_junction import Conditions

if TYPE_CHECKING:
    from smtjlab.simulation.synapses.memristor import Memristor

THRESHOLD = 0.5
"""V at the gate beyond which an excursion is a pulse; it has ended where half of it is not reached any more."""


class LivingRival:
    """A memristor or a domain wall of the world, with what a living junction offers."""

    restless = True
    """Conditions say nothing of its state."""

    def __init__(self, device: Memristor | DomainWall, seed: int) -> None:
        self.device = device
        self._rng = np.random.default_rng(seed)
        self._state = np.array(device.lowest)
        self._armed = True
        self._count = itertools.count()
        self._signature = next(self._count)

    def rests_under(self, conditions: Conditions) -> bool:
        """Return False: nothing is known of what comes next."""
        return False

    @property
    def signature(self) -> object:
        """Equal signatures stand for equal states."""
        return self._signature

    def live(self, duration: float, conditions: Conditions) -> None:
        """Let `duration` s pass: a pulse may have come, a wall may creep."""
        self._look(conditions.gate)
        if isinstance(self.device, DomainWall) and self.device.states is not None and duration > 0:
            self._go(self.device.crept(self._state, duration, self._rng))

    def read(self, duration: float, conditions: Conditions, bias: float) -> tuple[float, float]:
        """Let time pass, and return the conductance in S after it; no thermal motion within a reading."""
        self.live(duration, conditions)
        return self.conductance(conditions, bias), 0.0

    def conductance(self, conditions: Conditions, bias: float) -> float:
        """Return the conductance in S at this moment."""
        self._look(conditions.gate)
        return float(self.device.conductance(self._state))

    def _look(self, gate: float) -> None:
        if self._armed and abs(gate) >= THRESHOLD:
            self._armed = False
            self._go(self.device.update(self._state, np.sign(gate), self._rng))
        elif abs(gate) < THRESHOLD / 2:
            self._armed = True

    def _go(self, state: np.ndarray) -> None:
        if state != self._state:
            self._state, self._signature = state, next(self._count)
