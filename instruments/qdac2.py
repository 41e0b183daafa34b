"""QDevil QDAC-II as many gates at once: 24 voltages with a slew rate each, and the current of each. SCPI over TCP 5025.

Chosen among sources with many channels because QCoDeS's contributed package drives it, it speaks SCPI on a port of its
own, its outputs have low noise and a slew rate in hardware, and each channel measures its own current. It has no
switch and no programmable compliance: off is 0 V, and 10 mA is what a channel gives at most.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from .clock import Clock
from .errors import InstrumentFault, InstrumentReported, LimitError, UnsafeError
from .limits import Limits
from .qdac2_specification import CHANNELS, LARGEST_CURRENT, MEASURE_CURRENT, SLEW, SOURCE_VOLTAGE, SPECIFICATION_QDAC2
from .roles import Role
from .safe_state import SafeStep
from .session import Session
from .specification import InstrumentSpecification, RangeSpecification
from .strict_driver import StrictDriver, number_or_none

ALL = f"(@{CHANNELS[0]}:{CHANNELS[-1]})"
"""All channels, as a channel list."""
AIR = 1.05
"""Share of a ramp's time that is waited, so that it has ended."""
STANDSTILL = 2 * SOURCE_VOLTAGE["HIGH"].resolution
"""Level in V that counts as zero."""


class QDAC2(StrictDriver):
    """A QDAC-II whose channels hold levels, nothing else.

    Nothing is sent on construction. Every channel goes from level to level at the slew limit, by its own hardware;
    wishes outside the limits are refused, never clipped.
    """

    role: ClassVar[Role] = Role.VOLTAGE_SOURCES
    identity_pattern: ClassVar[str] = r"(?i)^QDevil,\s*QDAC-II\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_QDAC2

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        self.stand_on(session, clock)
        self.channels: Sequence[int] = tuple(CHANNELS)
        self.limits: Limits | None = None
        self.source_range: RangeSpecification | None = None
        """Range of the channels in use; None until configured."""
        self._configured: tuple[int, ...] = ()

    # The role

    def configure(self, limits: Limits, *, channels: Sequence[int]) -> None:
        """Set range, slew and current range of the channels at 0 V, and read them back.

        The closest ranges that hold the limits are chosen; the slew of the hardware is the limit's.
        """
        output, sensor = self._ranges(limits)
        chosen = self._chosen(channels)
        where = f"(@{','.join(map(str, chosen))})"
        if any(abs(volts) > STANDSTILL for volts in self._numbers(f":SOUR:VOLT:LAST? {where}", len(chosen))):
            raise UnsafeError(f"Channels of `{self.name}` must stand at 0 V while they are configured, but do not.")
        slew = limits.slew or SLEW[1]
        self.limits, self._configured = None, ()
        for block in (
            f":SOUR:DC:ABOR {where};:SOUR:VOLT:MODE FIX,{where};:SOUR:VOLT 0,{where}",
            f":SOUR:RANG {output},{where};:SOUR:VOLT:SLEW {slew:.9g},{where};:SENS:RANG {sensor},{where}",
            f":SENS:NPLC 1,{where};:SENS:COUN 1,{where};:SENS:DEL 0,{where}",
        ):
            self.set_up(block)
        count = len(chosen)
        self.verify(
            {
                f":SOUR:VOLT:MODE? {where}": ",".join(["FIX"] * count),
                f":SOUR:RANG? {where}": ",".join([output] * count),
                f":SENS:RANG? {where}": ",".join([sensor] * count),
            }
        )
        for query, wanted in ((":SOUR:VOLT:SLEW?", slew), (":SOUR:VOLT?", 0.0)):
            for found in self._numbers(f"{query} {where}", count):
                if not math.isclose(found, wanted, rel_tol=1e-3, abs_tol=STANDSTILL):
                    raise UnsafeError(f"{query} of `{self.name}` must read {wanted:g}, but reads {found:g}.")
        self.limits, self.source_range, self._configured = limits, SOURCE_VOLTAGE[output], chosen

    def set_level(self, channel: int, volts: float) -> float:
        """Program a level within the limits, wait until the channel is there, and return it as read back, in V."""
        limits = self._limits(channel)
        assert self.source_range is not None
        limits.check(volts, instrument=f"{self.name}.ch{channel}")
        if not self.source_range.holds(volts):
            raise LimitError(
                f"`{self.name}.ch{channel}` must stay within its range of {self.source_range.range:g} V, "
                f"but {volts:g} V was asked of it."
            )
        before = self._numbers(f":SOUR{channel}:VOLT:LAST?", 1)[0]
        read = self._numbers(f":SOUR{channel}:VOLT {volts:.9g};:SOUR{channel}:VOLT?", 1)[0]
        self._agree(channel, "programmed to", volts, read)
        if limits.slew is not None:
            self.clock.sleep(AIR * abs(volts - before) / limits.slew)
        self._agree(channel, "at", volts, self._numbers(f":SOUR{channel}:VOLT:LAST?", 1)[0])
        return read

    def read_current(self, channel: int) -> float | None:
        """Return the current of a channel in A; None where it overflowed."""
        self._limits(channel)
        return number_or_none(self._numbers(f":READ{channel}?", 1)[0])

    def level(self, channel: int) -> float:
        """Return the programmed level of a channel in V."""
        return self._numbers(f":SOUR{channel}:VOLT?", 1)[0]

    def output_is_on(self) -> bool:
        """Return whether any channel stands anywhere but at 0 V."""
        levels = self._numbers(f":SOUR:VOLT:LAST? {ALL}", len(CHANNELS))
        return any(abs(volts) > STANDSTILL for volts in levels)

    def safe_step(self, name: str, limits: Limits) -> SafeStep:
        """Return the safe state: every channel at 0 V, gone there at the slew limit by its hardware, and read back."""
        slew = limits.slew or SLEW[1]
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            echo=self.echo,
            off=(
                f":SOUR:ALL:ABOR {ALL}",
                f":SOUR:VOLT:SLEW {slew:.9g},{ALL}",
                f":SOUR:VOLT:MODE FIX,{ALL}",
                # Asked, so that the wait begins when the instrument has heard it.
                f":SOUR:VOLT 0,{ALL};*OPC?",
            ),
            settle=AIR * limits.largest_voltage / slew,
            tolerance=STANDSTILL,
            expected={f":SOUR{number}:VOLT:LAST?": 0.0 for number in CHANNELS},
        )

    def ramp_off(self, limits: Limits) -> None:
        """Ramp every channel to 0 V at the slew limit and read back; UnsafeError if not.

        A channel that somebody has taken beyond the limits is waited for as well.
        """
        step = self.safe_step(self.name, limits)
        with contextlib.suppress(InstrumentFault):
            farthest = max(map(abs, self._numbers(f":SOUR:VOLT:LAST? {ALL}", len(CHANNELS))))
            step = replace(step, settle=max(step.settle, AIR * farthest / (limits.slew or SLEW[1])))
        self.carry_out_safe_step(step)

    # What the role stands on

    def _ranges(self, limits: Limits) -> tuple[str, str]:
        """Return the closest ranges of voltage and of current that hold the limits; LimitError where none does."""
        output = next((name for name, spec in SOURCE_VOLTAGE.items() if spec.holds(limits.largest_voltage)), None)
        if output is None:
            raise LimitError(
                f"`voltage` limits of `{self.name}` must be within ±{SOURCE_VOLTAGE['HIGH'].range:g} V, "
                f"but reach {limits.largest_voltage:g} V."
            )
        if limits.current > LARGEST_CURRENT:
            raise LimitError(
                f"`current` limit of `{self.name}` must be within {LARGEST_CURRENT:g} A, but is {limits.current:g} A."
            )
        if limits.slew is not None and not SLEW[0] <= limits.slew <= SLEW[1]:
            raise LimitError(
                f"`slew` limit of `{self.name}` must be within {SLEW[0]:g} V/s and {SLEW[1]:g} V/s, "
                f"but is {limits.slew:g} V/s."
            )
        return output, next(name for name, spec in MEASURE_CURRENT.items() if spec.holds(limits.current))

    def _chosen(self, channels: Sequence[int]) -> tuple[int, ...]:
        if not channels or any(channel not in CHANNELS for channel in channels):
            raise LimitError(f"Channels of `{self.name}` must be some of 1 to 24, but are {list(channels)}.")
        return tuple(dict.fromkeys(channels))

    def _limits(self, channel: int) -> Limits:
        if self.limits is None or channel not in self._configured:
            raise UnsafeError(f"Channel {channel} of `{self.name}` must be configured within its limits, but is not.")
        return self.limits

    def _agree(self, channel: int, how: str, wanted: float, found: float) -> None:
        assert self.source_range is not None
        if abs(found - wanted) > 2 * self.source_range.resolution:
            raise InstrumentReported(
                f"`{self.name}.ch{channel}` must be {how} {wanted:g} V, but reads back {found:g} V."
            )

    def _numbers(self, message: str, count: int) -> list[float]:
        return self.session.query_numbers(message, count)
