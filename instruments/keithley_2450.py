"""Keithley 2450 as a source meter: PyMeasure's class made strict. Native SCPI (reference manual 2450-901-01)."""

from __future__ import annotations

from typing import ClassVar

from pymeasure.instruments.keithley import Keithley2450 as PyMeasureKeithley2450

from .clock import Clock
from .errors import ForeignIdentity, InstrumentReported, LimitError, UnsafeError
from .keithley_2450_settings import expected_answers, set_up_measurement, set_up_source, settings_for
from .keithley_2450_specification import NPLC_LIMITS, SOURCE_VOLTAGE
from .limits import Limits
from .roles import Role, SourceReading, SourceSettings
from .safe_state import SafeStep
from .session import Session
from .session_adapter import SessionAdapter
from .specification import range_for
from .strict_driver import StrictDriver, number_or_none, refused, strict_control

READ = ':READ? "defbuffer1",READ,SOUR;:SOUR:VOLT:ILIM:TRIP?'
"""Current, source voltage as measured, and whether the limit is active: one exchange, one moment."""


class Keithley2450(StrictDriver, PyMeasureKeithley2450):  # type: ignore[misc]  # PyMeasure ships no types
    """A 2450 that sources voltage and measures current.

    Nothing is sent on construction. Every set-up is followed by a read-back and by the error queue; out-of-range
    wishes are refused, never truncated; an overflow is None, never a number. Front or rear terminals are reported,
    not switched.
    """

    role: ClassVar[Role] = Role.SOURCE_METER
    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2450\b"

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)
        self.settings: SourceSettings | None = None
        self.limits: Limits | None = None

    # The role

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument is set to TSP or to the 2400's language."""
        language = self.session.query("*LANG?").strip()
        if language != "SCPI":
            raise ForeignIdentity(
                f"`{self.name}` must be set to the command set SCPI (at its panel), but is set to {language!r}."
            )

    def configure(self, limits: Limits, *, largest_voltage: float, nplc: float, four_wire: bool) -> SourceSettings:
        """Set ranges, compliance, protection and integration at 0 V with the output off; return them as read back.

        `largest_voltage` in V fixes the source range, the closest that holds it; the measuring range is the closest
        that holds the compliance.
        """
        wanted = settings_for(limits, largest_voltage=largest_voltage, nplc=nplc, four_wire=four_wire, name=self.name)
        if self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off while it is configured, but is on.")
        self.settings = None
        self.set_up(set_up_source(wanted))
        self.set_up(set_up_measurement(wanted))
        self.verify(expected_answers(wanted))
        self.settings, self.limits = wanted, limits
        return wanted

    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.session.query_numbers(":OUTP?", 1) == [1.0]

    def switch_on(self) -> None:
        """Switch the output on; it must have been configured, and stand at 0 V."""
        self._settings()
        if (level := self.level()) != 0:
            raise UnsafeError(f"Level of `{self.name}` must read 0 V before its output goes on, but reads {level:g} V.")
        self._switch(1)

    def switch_off(self) -> None:
        """Switch the output off, from whatever level."""
        self._switch(0)

    def level(self) -> float:
        """Return the programmed voltage in V."""
        return self.session.query_numbers(":SOUR:VOLT?", 1)[0]

    def set_level(self, volts: float) -> float:
        """Program a voltage within the limits and the range, in V; return it as read back, in the same exchange."""
        settings = self._settings()
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

    def read_source(self) -> SourceReading:
        """Return voltage and current of one integration."""
        settings = self._settings()
        longest = self.session.timeout + settings.nplc / 10  # three integrations at 50 Hz, and some air
        current, voltage, tripped = self.session.query_numbers(READ, 3, timeout=longest)
        return SourceReading(number_or_none(voltage), number_or_none(current), tripped != 0)

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
            tolerance=range_for(SOURCE_VOLTAGE, limits.largest_voltage).resolution,
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

    # What the role stands on

    def _switch(self, state: int) -> None:
        if self.session.query_numbers(f":OUTP {state};:OUTP?", 1) != [float(state)]:
            raise UnsafeError(f"Output of `{self.name}` must read {state} after it was switched, but does not.")
        self.check_queue(f":OUTP {state}")

    def _settings(self) -> SourceSettings:
        if self.settings is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        return self.settings

    # PyMeasure's own verbs, made strict, led to the role's, or refused

    def _set_source_voltage(self, volts: float) -> None:
        self.set_level(volts)

    source_enabled = property(output_is_on, doc="Whether the output is on.")
    source_voltage = property(level, _set_source_voltage, doc="Control the level in V, within the site limits.")
    current = property(lambda self: self.read_source().current, doc="Current in A; None where it overflowed.")
    voltage = property(lambda self: self.read_source().voltage, doc="Voltage in V; None where it overflowed.")
    enable_source = switch_on
    disable_source = switch_off

    current_nplc = strict_control(":SENS:CURR:NPLC", *NPLC_LIMITS, "integration of a current, in power line cycles")
    current_range = strict_control(":SENS:CURR:RANG", -1.05, 1.05, "measuring range in A")
    voltage_nplc = strict_control(":SENS:VOLT:NPLC", *NPLC_LIMITS, "integration of a voltage, in power line cycles")
    voltage_range = strict_control(":SENS:VOLT:RANG", -210, 210, "measuring range in V")
    source_voltage_delay = strict_control(":SOUR:VOLT:DEL", 0, 10_000, "delay after a source step in s")
    current_filter_count = strict_control(":SENS:CURR:AVER:COUN", 1, 100, "readings in the filter")
    voltage_filter_count = strict_control(":SENS:VOLT:AVER:COUN", 1, 100, "readings in the filter")
    buffer_points = strict_control(":TRAC:POIN", 10, 6_875_000, "capacity of the reading buffer")
    compliance_current = property(
        lambda self: self.session.query_numbers(":SOUR:VOLT:ILIM?", 1)[0],
        refused("takes its compliance from the site limits"),
        doc="Compliance in A.",
    )

    _old_buffer = refused("is a 2450 with its native language, and this buffer verb is the 2400's")
    config_buffer = start_buffer = stop_buffer = reset_buffer = disable_buffer = wait_for_buffer = _old_buffer
    _no_current = refused("is a voltage source on this bench")
    apply_current = ramp_to_current = _no_current
    source_current = source_current_range = compliance_voltage = property(_no_current, _no_current)
    source_current_delay = source_current_delay_auto = property(_no_current, _no_current)
    _not_here = refused("measures current: resistance is voltage over current, as read back")
    resistance = resistance_range = resistance_nplc = wires = property(_not_here, _not_here)
    measure_resistance = _not_here
    _by_configure = refused("is set up by `configure`, at 0 V and with its output off")
    apply_voltage = measure_current = measure_voltage = auto_range_source = reset = _by_configure
    source_voltage_range = property(lambda self: self._settings().source_range.range, _by_configure)
    ramp_to_voltage = refused("is ramped by the device, at the slew limit and on the bench's clock")
    use_rear_terminals = use_front_terminals = refused("keeps the terminals that were set at its panel")
