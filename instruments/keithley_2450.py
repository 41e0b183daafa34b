"""Keithley 2450 as a source meter: PyMeasure's class made strict. Native SCPI (reference manual 2450-901-01)."""

from __future__ import annotations

from typing import ClassVar

from pymeasure.instruments.keithley import Keithley2450 as PyMeasureKeithley2450

from .clock import Clock
from .errors import ForeignIdentity, UnsafeError
from .keithley_2450_settings import expected_answers, set_up_measurement, set_up_source
from .keithley_2450_specification import SPECIFICATION_2450
from .keithley_source_meter import HAZARDOUS, KeithleySourceMeter
from .roles import SourceReading, SourceSettings
from .session import Session
from .session_adapter import SessionAdapter
from .source_meter_specification import SourceMeterSpecification
from .strict_driver import number_or_none, refused, sealed

READ = ':READ? "defbuffer1",READ,SOUR;:SOUR:VOLT:ILIM:TRIP?'
"""Current, source voltage as measured, and whether the limit is active: one exchange, one moment."""


@sealed
class Keithley2450(KeithleySourceMeter, PyMeasureKeithley2450):  # type: ignore[misc]  # PyMeasure ships no types
    """A 2450 that sources voltage and measures current, with its native language.

    Above 42 V its interlock must be closed.
    """

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2450\b"
    specification: ClassVar[SourceMeterSpecification] = SPECIFICATION_2450

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument is set to TSP or to the 2400's language."""
        language = self.session.query("*LANG?").strip()
        if language != "SCPI":
            raise ForeignIdentity(
                f"`{self.name}` must be set to the command set SCPI (at its panel), but is set to {language!r}."
            )

    def set_up_messages(self, wanted: SourceSettings) -> tuple[str, ...]:
        """Return the messages that set up source and measurement."""
        return set_up_source(wanted, self.specification), set_up_measurement(wanted)

    def expected_answers(self, wanted: SourceSettings) -> dict[str, float | str]:
        """Return each query with what it must answer before the output goes on."""
        return expected_answers(wanted, self.specification)

    def check_interlock(self) -> None:
        """Raise UnsafeError where the interlock is open: `:INTerlock:TRIPped?` answers 1 where it is closed."""
        if self.session.query_numbers(":OUTP:INT:TRIP?", 1) != [1.0]:
            raise UnsafeError(f"Interlock of `{self.name}` must be closed above {HAZARDOUS:g} V, but is open.")

    def read_source(self) -> SourceReading:
        """Return voltage and current of one integration."""
        longest = self.session.timeout + self.specification.reading_time(self.configured().nplc)
        current, voltage, tripped = self.session.query_numbers(READ, 3, timeout=longest)
        return SourceReading(number_or_none(voltage), number_or_none(current), tripped != 0)

    # PyMeasure's own verbs, made strict, led to the role's, or refused

    def _set_source_voltage(self, volts: float) -> None:
        self.set_level(volts)

    source_enabled = property(KeithleySourceMeter.output_is_on, doc="Whether the output is on.")
    source_voltage = property(
        KeithleySourceMeter.level, _set_source_voltage, doc="Control the level in V, within the site limits."
    )
    current = property(lambda self: self.read_source().current, doc="Current in A; None where it overflowed.")
    voltage = property(lambda self: self.read_source().voltage, doc="Voltage in V; None where it overflowed.")
    enable_source = KeithleySourceMeter.switch_on
    disable_source = KeithleySourceMeter.switch_off

    compliance_current = property(
        lambda self: self.session.query_numbers(":SOUR:VOLT:ILIM?", 1)[0],
        refused("takes its compliance from the site limits"),
        doc="Compliance in A.",
    )

    _one_reading = refused("takes one reading at a time, each with its own answer")
    means = maximums = minimums = standard_devs = buffer_data = property(_one_reading)
    mean_current = mean_voltage = mean_resistance = std_current = std_voltage = std_resistance = property(_one_reading)
    max_current = max_voltage = max_resistance = min_current = min_voltage = min_resistance = property(_one_reading)
    trigger = _one_reading
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
    source_voltage_range = property(lambda self: self.configured().source_range.range, _by_configure)
    ramp_to_voltage = refused("is ramped by the device, at the slew limit and on the bench's clock")
    use_rear_terminals = use_front_terminals = refused("keeps the terminals that were set at its panel")
