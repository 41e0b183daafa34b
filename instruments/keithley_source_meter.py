"""A Keithley source meter that speaks SCPI: what 2400, 2450 and their high-voltage sisters do alike."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from .errors import InstrumentReported, LimitError, UnsafeError
from .limits import Limits
from .roles import Role, SourceSettings
from .safe_state import SafeStep
from .source_meter_settings import choose_settings
from .source_meter_specification import SourceMeterSpecification
from .specification import range_for
from .strict_driver import StrictDriver

HAZARDOUS = 42.0
"""Voltage in V above which an interlock must guard whoever could touch it."""


class KeithleySourceMeter(StrictDriver):
    """A source of voltage that measures voltage and current.

    Nothing is sent on construction. Every set-up is followed by the error queue and by a read-back; out-of-range
    wishes are refused, never truncated; an overflow is None, never a number. Front or rear terminals are reported,
    not switched.
    """

    role: ClassVar[Role] = Role.SOURCE_METER
    specification: ClassVar[SourceMeterSpecification]
    settings: SourceSettings | None = None
    limits: Limits | None = None

    @abstractmethod
    def set_up_messages(self, wanted: SourceSettings) -> tuple[str, ...]:
        """Return the messages that set the instrument up at 0 V, its output being off."""

    @abstractmethod
    def expected_answers(self, wanted: SourceSettings) -> dict[str, float | str]:
        """Return each query with what it must answer before the output goes on."""

    def check_interlock(self) -> None:
        """Raise UnsafeError where a hazardous voltage could come out unguarded."""

    def configure(self, limits: Limits, *, largest_voltage: float, nplc: float, four_wire: bool) -> SourceSettings:
        """Set ranges, compliance, protection and integration at 0 V with the output off; return them as read back.

        `largest_voltage` in V fixes the source range, the closest that holds it; the measuring range is the closest
        that holds the compliance.
        """
        wanted = choose_settings(
            self.specification,
            limits,
            largest_voltage=largest_voltage,
            nplc=nplc,
            four_wire=four_wire,
            name=self.name,
        )
        if self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off while it is configured, but is on.")
        self.settings = None
        for message in self.set_up_messages(wanted):
            self.set_up(message)
        self.verify(self.expected_answers(wanted))
        self.settings, self.limits = wanted, limits
        return wanted

    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.session.query_numbers(":OUTP?", 1) == [1.0]

    def switch_on(self) -> None:
        """Switch the output on; it must have been configured, and stand at 0 V."""
        settings = self.configured()
        if (level := self.level()) != 0:
            raise UnsafeError(f"Level of `{self.name}` must read 0 V before its output goes on, but reads {level:g} V.")
        if settings.source_range.range > HAZARDOUS:
            self.check_interlock()
        self._switch(1)

    def switch_off(self) -> None:
        """Switch the output off, from whatever level."""
        self._switch(0)

    def level(self) -> float:
        """Return the programmed voltage in V."""
        return self.session.query_numbers(":SOUR:VOLT?", 1)[0]

    def set_level(self, volts: float) -> float:
        """Program a voltage within the limits and the range, in V; return it as read back, in the same exchange."""
        settings = self.configured()
        assert self.limits is not None
        self.limits.check(volts, instrument=self.name)
        if not settings.source_range.holds(volts):
            raise LimitError(
                f"`{self.name}` must stay within its range of {settings.source_range.range:g} V, "
                f"but {volts:g} V was asked of it."
            )
        read = self.session.query_numbers(f":SOUR:VOLT {volts:.9g};:SOUR:VOLT?", 1)[0]
        if abs(read - volts) > settings.source_range.resolution:
            raise InstrumentReported(f"`{self.name}` must be set to {volts:g} V, but reads back {read:g} V.")
        return read

    def safe_step(self, name: str, limits: Limits) -> SafeStep:
        """Return the safe state: 0 V, then output off, which in the NORMal off state holds 0 V."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            output_query=":OUTP?",
            level_query=":SOUR:VOLT?",
            level_command=":SOUR:VOLT {level:.9g}",
            slew=limits.slew,
            tolerance=range_for(self.specification.source_voltage, limits.largest_voltage).resolution,
            off=(":OUTP 0",),
            expected={":OUTP?": 0.0, ":SOUR:VOLT?": 0.0},
        )

    @property
    def terminals(self) -> str:
        """Return `FRON` or `REAR`, as somebody has set them at the panel."""
        return self.session.query(":ROUT:TERM?").strip()

    def ramp_off(self, limits: Limits) -> None:
        """Ramp to 0 V at the slew limit, switch off whatever happens on the way, and read back; UnsafeError if not."""
        self.carry_out_safe_step(self.safe_step(self.name, limits))

    def shutdown(self) -> None:
        """Ramp off and read back: what PyMeasure calls at the end of a `with`. Nothing was on without `configure`."""
        self.isShutdown = True
        if self.limits is not None:
            self.ramp_off(self.limits)

    def configured(self) -> SourceSettings:
        """Return the settings; UnsafeError where the limits have not been programmed."""
        if self.settings is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        return self.settings

    def _switch(self, state: int) -> None:
        if self.session.query_numbers(f":OUTP {state};:OUTP?", 1) != [float(state)]:
            raise UnsafeError(f"Output of `{self.name}` must read {state} after it was switched, but does not.")
        self.check_queue(f":OUTP {state}")
