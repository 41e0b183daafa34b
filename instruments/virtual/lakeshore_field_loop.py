"""A gaussmeter that regulates a field: its output of volts programs a supply, its probe sees what comes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.specification import RangeSpecification

from .hidden_errors import HiddenErrors, quantised

if TYPE_CHECKING:
    from .magnet import Magnet

AMPERES_PER_VOLT = 1.2
"""What the supply behind the output makes of it: a bipolar one of ±12 A, programmed by ±10 V."""


@dataclass(slots=True)
class FieldLoop:
    """The magnet that the output drives, and the one that the probe sees: one and the same where the loop works."""

    driven: Magnet
    sensed: Magnet
    at_voltage_limit: bool = False
    slew_limited: bool = False

    def drive(self, volts: float, limit: float, slew: float, time: float) -> None:
        """Bring the output to a voltage within its limit in V, at its slew in V/s."""
        allowed = math.copysign(min(abs(volts), limit), volts)
        self.at_voltage_limit, self.slew_limited = allowed != volts, False
        self.driven.drive_current(allowed * AMPERES_PER_VOLT, slew * AMPERES_PER_VOLT, time)

    def regulate(self, target: float, rate: float, limit: float, slew: float, time: float) -> None:
        """Let the true field go to `target` T at `rate` T/s (0: at once), as far as limit (V) and slew (V/s) allow.

        Where the probe sees another magnet, or nothing, the output runs to its limit.
        """
        magnet = self.driven
        if magnet is not self.sensed:
            self.drive(math.copysign(math.inf, target) if target else 0.0, limit, slew, time)
            return
        remanence = magnet.field(time) - magnet.coil_constant * magnet.current(time)
        volts = (target - remanence) / (magnet.coil_constant * AMPERES_PER_VOLT)
        if abs(volts) > limit:
            self.drive(volts, limit, slew, time)
            return
        fastest = slew * AMPERES_PER_VOLT * abs(magnet.coil_constant)
        self.at_voltage_limit, self.slew_limited = False, not 0 < rate <= fastest
        magnet.drive_field(target, fastest if self.slew_limited else rate, time)


def regulated_field(
    errors: HiddenErrors, spec: RangeSpecification, setpoint: float, gain: float, integral: float
) -> float:
    """Return the true field in T at which a loop rests: the reading is regulated, its errors are not seen by the loop.

    Without an integral part a proportional loop leaves the fraction 1/(1 + gain) undone; without gain it does nothing.
    """
    wanted = setpoint if integral > 0 < gain else setpoint * gain / (1 + gain)
    return wanted - (errors.sourced(spec, wanted) - quantised(wanted, spec.resolution))
