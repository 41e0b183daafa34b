"""From single looks at gate and junction to one reading: value, flags, uncertainty."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .reading import Flag, Reading, Setpoint, Uncertainty
from .roles import SourceReading
from .stimulus_notebook import StimulusNotebook

CONTACT_TOLERANCE = 0.1
"""A bias that reads back off by more than this fraction, out of compliance, makes a contact suspect."""


class Look(NamedTuple):
    """One reading of the junction, and the level in V that was asked of its source."""

    read: SourceReading
    wanted: float

    @property
    def pair(self) -> tuple[float, float] | None:
        """Return current in A and voltage in V; None where no number, or no voltage, came."""
        if self.read.current is None or not self.read.voltage:
            return None
        return self.read.current, self.read.voltage


@dataclass(frozen=True, kw_only=True)
class Looks:
    """All that one conductance is made of."""

    at_gate: SourceReading
    gate_level: float
    """V, as the gate's source reads its level back."""
    gate_range: float
    """Full scale in V of the gate's source."""
    junction: Sequence[Look]
    reversal: bool
    """Whether each two looks are at a bias and at its opposite."""
    aperture: float | None = None
    """Time in s for which the junction's meter integrates at each look."""

    @property
    def gate(self) -> float:
        """Return the gate voltage in V, as measured where a number came."""
        return self.gate_level if self.at_gate.voltage is None else self.at_gate.voltage

    def pairs(self) -> list[tuple[float, float]]:
        """Return current in A and voltage in V of each repeat, the halved differences where the bias was reversed.

        Empty where any of them is no number.
        """
        found = [look.pair for look in self.junction]
        whole = [pair for pair in found if pair is not None]
        if len(whole) < len(found):
            return []
        if not self.reversal:
            return whole
        halves = zip(whole[::2], whole[1::2], strict=True)
        return [((one[0] - other[0]) / 2, (one[1] - other[1]) / 2) for one, other in halves]

    def flags(self) -> set[Flag]:
        """Return what a reader must know before believing the numbers."""
        readings = [look.read for look in self.junction]
        flags: set[Flag] = set()
        if self.at_gate.overflow or any(one.overflow for one in readings):
            flags.add(Flag.OVERFLOW)
        if self.at_gate.tripped or any(one.tripped for one in readings):
            flags.add(Flag.COMPLIANCE)
        if any(_astray(look) for look in self.junction) or self._gate_astray():
            flags.add(Flag.CONTACT_SUSPECT)
        return flags

    def _gate_astray(self) -> bool:
        """Return whether the gate reads back far from its level: somebody else has moved it or switched it off."""
        if self.at_gate.voltage is None or self.at_gate.tripped:
            return False
        slack = CONTACT_TOLERANCE * abs(self.gate_level) + 0.01 * self.gate_range
        return abs(self.at_gate.voltage - self.gate_level) > slack


def _astray(look: Look) -> bool:
    volts, wanted = look.read.voltage, look.wanted
    return volts is not None and not look.read.tripped and abs(volts - wanted) > CONTACT_TOLERANCE * abs(wanted)


def reading_of(
    looks: Looks,
    setpoint: Setpoint,
    notebook: StimulusNotebook,
    uncertainty_of: Callable[[list[float], float], Uncertainty],
) -> Reading:
    """Return the mean conductance of some looks, with the stimuli noted so far; they are taken from the notebook.

    `uncertainty_of` is given each repeat's conductance in S and the mean voltage in V.
    """
    flags, pairs = looks.flags(), looks.pairs()
    currents, voltages = ([pair[column] for pair in pairs] for column in (0, 1))
    values = [current / voltage for current, voltage in pairs if voltage]
    whole = bool(pairs) and len(values) == len(pairs)
    uncertainty = uncertainty_of(values, statistics.fmean(voltages)) if whole else Uncertainty(independent=0.0)
    if whole and not uncertainty.tells_from_none(statistics.fmean(values)):
        flags.add(Flag.CONTACT_SUSPECT)
    return Reading(
        setpoint=setpoint,
        value=statistics.fmean(values) if whole else None,
        uncertainty=uncertainty,
        stimuli=notebook.take(),
        time=notebook.since,
        gate=looks.gate,
        gate_current=looks.at_gate.current,
        bias=statistics.fmean(voltages) if whole else None,
        current=statistics.fmean(currents) if whole else None,
        repeats=len(looks.junction) // (2 if looks.reversal else 1),
        aperture=looks.aperture,
        flags=frozenset(flags),
    )
