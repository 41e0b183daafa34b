"""What every strict source meter does alike, in whatever language: a voltage within its limits, read back at each step.

A language brings how a setting is written and asked for; a model brings how it is set up and how it is read.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from .errors import InstrumentReported, LimitError, UnsafeError
from .limits import HAZARDOUS, Limits
from .roles import Role, SourceReading, SourceSettings
from .safe_state import SafeStep
from .safe_walk import RAMP_INTERVAL
from .source_meter_settings import choose_settings
from .source_meter_specification import SourceMeterSpecification
from .source_meter_sweep import swept
from .specification import range_for
from .strict_driver import StrictDriver

EARLY, ROUNDING = 1e-6, 1e-6
"""Seconds by which a step may come early, and the fraction by which it may be too large: clocks and levels round."""


class StrictSourceMeter(StrictDriver):
    """A source of voltage that measures voltage and current.

    Nothing is sent on construction. Every set-up is followed by the error queue and by a read-back; out-of-range
    wishes are refused, never truncated; an overflow is None, never a number.
    """

    role: ClassVar[Role] = Role.SOURCE_METER
    specification: ClassVar[SourceMeterSpecification]
    settings: SourceSettings | None = None
    limits: Limits | None = None
    hazardous: bool = False
    """Whether somebody has said explicitly that voltages above 42 V may come out."""
    _stands: tuple[float, float] | None = None
    """Level in V that was programmed last, and when on the clock; None where something else may have changed it."""
    output_setting: str
    """The switch of the output, as the instrument names it."""
    level_setting: str
    """The programmed voltage, as the instrument names it."""
    compliance_setting: str
    """The limit of the current, as the instrument names it."""
    stop_messages: tuple[str, ...]
    """What ends a sweep that runs in the instrument, before its level or its output is touched."""
    start_message: str
    """What starts a sweep that is loaded."""
    longest_sweep: int
    """Most levels of one sweep."""
    returns_after_sweep: bool = False
    """Whether the source goes back to where it stood before a sweep as soon as it leaves the sweep's mode."""
    glance: float = 0.05
    """Seconds between two questions whether a sweep has ended."""
    automatic_ranges: tuple[str, ...]
    """Questions whether a range follows by itself, asked before a sweep."""

    # The language

    @abstractmethod
    def _assignment(self, setting: str, value: str) -> str:
        """Return the message that gives a setting a value."""

    @abstractmethod
    def _question(self, setting: str) -> str:
        """Return the message that is answered with a setting."""

    @abstractmethod
    def _number(self, setting: str, *, after: str = "") -> float:
        """Return a setting as it reads back, once the message `after` has been carried out, in one exchange."""

    # The model

    @abstractmethod
    def set_up_messages(self, wanted: SourceSettings) -> tuple[str, ...]:
        """Return the messages that set the instrument up at 0 V, its output being off."""

    @abstractmethod
    def expected_answers(self, wanted: SourceSettings) -> dict[str, float | str]:
        """Return each question with what it must be answered before the output goes on."""

    def check_interlock(self) -> None:
        """Raise UnsafeError where a hazardous voltage could come out unguarded."""

    @abstractmethod
    def sweep_messages(self, levels: Sequence[float], delay: float) -> tuple[str, ...]:
        """Return the messages that load a sweep of levels in V, `delay` s at each, while the source stays as it is."""

    @abstractmethod
    def sweep_settings(self, levels: Sequence[float], delay: float) -> dict[str, float | str]:
        """Return each question about a loaded sweep with what it must be answered before the sweep starts."""

    @abstractmethod
    def sweeping(self) -> bool:
        """Return whether a sweep is under way."""

    @abstractmethod
    def swept_readings(self, count: int) -> list[SourceReading]:
        """Return what a sweep of `count` levels has read."""

    @abstractmethod
    def after_sweep(self, volts: float) -> str:
        """Return the message that leaves the sweep's mode, so that `volts` is the programmed level."""

    # The role

    def configure(self, limits: Limits, *, largest_voltage: float, nplc: float, four_wire: bool) -> SourceSettings:
        """Set ranges, compliance, protection and integration at 0 V with the output off; return them as read back.

        `largest_voltage` in V fixes the source range, the closest that holds it; the measuring range is the closest
        that holds the compliance. Where a model has no over-voltage protection, none is set.
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
        self.settings, self.limits, self._stands = wanted, limits, None
        return wanted

    def configured(self) -> SourceSettings:
        """Return the settings; UnsafeError where the limits have not been programmed."""
        if self.settings is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        return self.settings

    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self._number(self.output_setting) == 1

    def switch_on(self) -> None:
        """Switch the output on; it must have been configured, and stand at 0 V."""
        settings = self.configured()
        if (level := self.level()) != 0:
            raise UnsafeError(f"Level of `{self.name}` must read 0 V before its output goes on, but reads {level:g} V.")
        if settings.source_range.range > HAZARDOUS:
            self.check_interlock()
        self.verify(self.standing_answers())  # it may have lost its power since it was configured
        self._switch(1)

    def standing_answers(self) -> dict[str, float | str]:
        """Return what was read back when it was configured, and must still be so, but for level and output."""
        moved = {self.output_setting, self.output_query, self.level_setting, self.level_query}
        return {query: value for query, value in self.expected_answers(self.configured()).items() if query not in moved}

    def switch_off(self) -> None:
        """Switch the output off, from whatever level."""
        self._switch(0)

    def level(self) -> float:
        """Return the programmed voltage in V."""
        return self._number(self.level_setting)

    def set_level(self, volts: float) -> float:
        """Go to a voltage within the limits and the range, in V, at the slew limit; return it as read back.

        Each level is read back in the exchange that programs it. While the output is on no step is larger than the slew
        limit allows in `RAMP_INTERVAL` s, nor comes earlier than it allows after the one before.
        """
        resolution = self.check_level(volts)
        assert self.limits is not None
        read = volts
        for level in self._way_to(volts):
            self._stands = None  # until it is read back
            read = self._number(self.level_setting, after=self._assignment(self.level_setting, f"{level:.9g}"))
            if abs(read - level) > resolution:
                raise InstrumentReported(f"`{self.name}` must be set to {level:g} V, but reads back {read:g} V.")
            if self.limits.slew is not None:
                self._stands = read, self.clock.now()
        return read

    def _way_to(self, volts: float) -> Iterator[float]:
        """Yield levels in V up to the last one, each at the time when it may be programmed."""
        assert self.limits is not None
        slew = self.limits.slew
        if slew is None:
            yield volts
            return
        start, since = self._stands or (None, -math.inf)
        stride = slew * RAMP_INTERVAL * (1 + ROUNDING)
        if start is None or abs(volts - start) > stride:
            start = self.level() if self.output_is_on() else volts
        count = max(1, math.ceil(abs(volts - start) / stride))
        for step in range(1, count + 1):
            early = abs(volts - start) / count / slew - (self.clock.now() - since)
            if early > EARLY:
                self.clock.sleep(early)
            yield start + (volts - start) * step / count if step < count else volts
            since = self.clock.now()

    def check_level(self, volts: float, *, where: str = "") -> float:
        """Raise LimitError for a level in V outside limits or range; return the resolution of the range in V."""
        settings = self.configured()
        assert self.limits is not None
        self.limits.check(volts, instrument=self.name, where=where)
        place = f" ({where})" if where else ""
        if abs(volts) > HAZARDOUS and not self.hazardous:
            raise LimitError(
                f"`{self.name}` must stay within {HAZARDOUS:g} V unless it is told explicitly that voltages may be "
                f"hazardous (`hazardous = True`), but {volts:g} V was asked of it{place}."
            )
        if not settings.source_range.holds(volts):
            raise LimitError(
                f"`{self.name}` must stay within its range of {settings.source_range.range:g} V, "
                f"but {volts:g} V was asked of it{place}."
            )
        self.limits.check_power(volts, settings.compliance, instrument=self.name)
        return settings.source_range.resolution

    def sweep(self, levels: Sequence[float], *, delay: float) -> list[SourceReading]:
        """Return one reading for each level in V, `delay` s after it was set; the instrument steps through them itself.

        The whole list is checked before anything moves, and refused by LimitError where a level leaves limits or range
        or a step is larger than the slew limit allows in `RAMP_INTERVAL` s. A reading that sat in compliance ends the
        sweep early; then fewer come back. The last level that was set stays programmed and is read back.

        Where the site limits the leakage, the compliance is no higher meanwhile, and what reaches it is LeakageTripped.
        After a sweep that failed the compliance stays as low: only `configure` lets more current flow again.
        """
        self._stands = None
        return swept(self, levels, delay)

    def lower_compliance(self) -> None:
        """Let no more current flow than the leakage limit allows, where there is one; UnsafeError if not read back."""
        assert self.limits is not None
        if self.limits.leakage is not None:
            self._set_compliance(min(self.limits.leakage, self.configured().compliance))

    def restore_compliance(self) -> None:
        """Let as much current flow as `configure` did; UnsafeError where it is not read back."""
        assert self.limits is not None
        if self.limits.leakage is not None:
            self._set_compliance(self.configured().compliance)

    def _set_compliance(self, amperes: float) -> None:
        sent = self._assignment(self.compliance_setting, f"{amperes:.9g}")
        read = self._number(self.compliance_setting, after=sent)
        self.check_queue(sent)
        if not math.isclose(read, amperes, rel_tol=1e-6):
            raise UnsafeError(f"Compliance of `{self.name}` must read {amperes:g} A, but reads {read:g} A.")

    @property
    def output_query(self) -> str:
        """Return the question for the switch of the output."""
        return self._question(self.output_setting)

    @property
    def level_query(self) -> str:
        """Return the question for the programmed voltage."""
        return self._question(self.level_setting)

    def safe_step(self, name: str, limits: Limits) -> SafeStep:
        """Return the safe state: 0 V, then output off, which in the normal off state holds 0 V."""
        output, level = self.output_query, self.level_query
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            output_query=output,
            level_query=level,
            level_command=self._assignment(self.level_setting, "{level:.9g}"),
            slew=limits.slew,
            tolerance=range_for(self.specification.source_voltage, limits.largest_voltage).resolution,
            stop=self.stop_messages,
            off=(*self.stop_messages, self._assignment(self.output_setting, "0")),
            expected={output: 0.0, level: 0.0},
            echo=self.echo,
        )

    def ramp_off(self, limits: Limits) -> None:
        """Ramp to 0 V at the slew limit, switch off whatever happens on the way, and read back; UnsafeError if not."""
        self._stands = None
        self.carry_out_safe_step(self.safe_step(self.name, limits))

    def _switch(self, state: int) -> None:
        self._stands = None  # who made safe meanwhile has brought the level to 0 V
        sent = self._assignment(self.output_setting, str(state))
        if self._number(self.output_setting, after=sent) != state:
            raise UnsafeError(f"Output of `{self.name}` must read {state} after it was switched, but does not.")
        self.check_queue(sent)
