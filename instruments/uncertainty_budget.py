"""The standard uncertainty of a conductance read at a bias: repeats, noise, resolution, gain and offset kept apart.

G = I/V with both read back; with the bias reversed G = (I+ - I-)/(V+ - V-), from which offsets and the thermal EMF
cancel. Standard uncertainties of limits are limit/√3, and resolution/√12 for the step of a display (GUM, JCGM 100:2008,
4.3.7).

On two wires the leads are in V: G is too small by G² R, where R is anything up to what the site states as the most.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from smtjlab.simulation.repeats import CONTRADICTION, ENOUGH_REPEATS

from .meter_errors import ROOT_3, ROOT_12, Meter, scaled

THERMAL_EMF, LEAD_RESISTANCE = "junction thermal EMF", "junction lead resistance"
"""Names of the two errors that are not an instrument's."""


@dataclass(frozen=True, kw_only=True)
class JunctionErrors:
    """Everything that a conductance suffers from."""

    current: Meter
    voltage: Meter
    thermal_emf: float = 0.0
    """Limit of the thermal voltage in the junction's loop, in V."""
    lead_resistance: float = 0.0
    """Limit of the resistance in ohm that is read with the junction, on two wires; 0 on four."""

    def common(self, conductance: float, voltage: float, *, reversal: bool = False) -> dict[str, float]:
        """Return name to signed effect of +1 sigma on a conductance in S, read at a voltage in V."""
        amperes = self.current.effects(conductance * voltage)
        volts = self.voltage.effects(voltage)
        if self.thermal_emf > 0:
            volts[THERMAL_EMF] = self.thermal_emf / ROOT_3
        if reversal:
            gains = {one.name for meter in (self.current, self.voltage) for one in meter.errors if one.kind == "gain"}
            amperes, volts = ({name: kept[name] for name in kept if name in gains} for kept in (amperes, volts))
        effects = scaled(amperes, 1 / voltage) | scaled(volts, -conductance / voltage)
        if self.lead_resistance > 0:
            effects[LEAD_RESISTANCE] = -(conductance**2) * self.lead_resistance / ROOT_3
        return effects

    def independent(self, conductances: Sequence[float], voltage: float, *, reversal: bool = False) -> float:
        """Return the scatter of the mean of some repeats, in S; each is of two readings where the bias is reversed."""
        noise, step = self._of_one(conductances, voltage, reversal)
        return math.hypot(scatter_of_one(conductances, noise) / math.sqrt(len(conductances)), step)

    def specified(self, conductances: Sequence[float], voltage: float, *, reversal: bool = False) -> float:
        """Return the same as the specification has it, whatever the repeats say."""
        noise, step = self._of_one(conductances, voltage, reversal)
        return math.hypot(noise / math.sqrt(len(conductances)), step)

    def _of_one(self, conductances: Sequence[float], voltage: float, reversal: bool) -> tuple[float, float]:
        """Return specified noise and resolution of one repeat, in S."""
        mean, readings = math.fsum(conductances) / len(conductances), 2 if reversal else 1
        noise = self._propagated(mean, voltage, self.current.noise, self.voltage.noise)
        step = self._propagated(mean, voltage, self.current.range.resolution, self.voltage.range.resolution)
        return noise / math.sqrt(readings), step / ROOT_12 / math.sqrt(readings)

    @staticmethod
    def _propagated(mean: float, voltage: float, amperes: float, volts: float) -> float:
        return math.hypot(amperes / voltage, mean * volts / voltage)


def scatter_of_one(values: Sequence[float], specified: float) -> float:
    """Return the standard deviation of one of some repeats, in their unit; `specified` is what the data sheet says.

    Ten repeats or more speak for themselves; their variance is widened by (n-1)/(n-3), as Student's distribution
    asks (JCGM 101:2008, 6.4.9.4), so that squared residuals over it average to 1.
    """
    count = len(values)
    if count < 2:
        return specified
    found = statistics.stdev(values)
    if count >= ENOUGH_REPEATS:
        return found * math.sqrt((count - 1) / (count - 3))
    return found if found > CONTRADICTION * specified else specified
