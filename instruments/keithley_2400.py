"""Keithley 2400 and 2410 as source meters: PyMeasure's class made strict. SCPI of 1994 (manual 2400S-900-01).

`:MEASure...?` is never sent: it returns the measuring function to its defaults, the compliance with them (page 17-5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pymeasure.instruments.keithley import Keithley2400 as PyMeasureKeithley2400

from .clock import Clock
from .errors import InstrumentMistake, InstrumentReported, UnsafeError
from .keithley_2400_settings import expected_answers, set_up_measurement, set_up_source
from .keithley_2400_specification import SPECIFICATION_2400, SPECIFICATION_2410
from .keithley_source_meter import KeithleySourceMeter
from .limits import HAZARDOUS
from .roles import SourceReading, SourceSettings
from .session import Session
from .session_adapter import SessionAdapter
from .source_meter_specification import SourceMeterSpecification
from .source_meter_sweep import check_sweep
from .strict_driver import number_or_none, refused, sealed

IN_COMPLIANCE = 1 << 3 | 1 << 16
"""Bits of the status word: compliance as programmed, and compliance of the measuring range (page 18-50)."""

IDLE = 1 << 10
"""Bit of the operation register: the trigger model is idle (page 15-12)."""
FETCH_TIME = 5e-3
"""Seconds that the text of one reading takes on the slowest bus."""


@sealed
class Keithley2400(KeithleySourceMeter, PyMeasureKeithley2400):  # type: ignore[misc]  # PyMeasure ships no types
    """A 2400 that sources voltage and measures voltage and current.

    Above 42 V the output-enable line is heeded, so that an open interlock blocks the output (error +802, page 13-6).
    """

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2400(-C)?\s*,"
    specification: ClassVar[SourceMeterSpecification] = SPECIFICATION_2400
    stop_messages = (":ABOR", ":SOUR:VOLT:MODE FIX;:TRIG:COUN 1")
    compliance_setting = ":SENS:CURR:PROT"
    returns_after_sweep = True

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)

    def reset_data_format(self) -> None:
        """Send nothing: PyMeasure's class would write on construction; `configure` sets the format."""

    def set_up_messages(self, wanted: SourceSettings) -> tuple[str, ...]:
        """Return the messages that set up source and measurement, and let the interlock guard hazardous voltages.

        Where somebody lets it guard lower voltages too, it stays so.
        """
        guard = (":OUTP:ENAB 1",) if wanted.source_range.range > HAZARDOUS else ()
        return (set_up_source(wanted, self.specification), set_up_measurement(wanted), *guard)

    def expected_answers(self, wanted: SourceSettings) -> dict[str, float | str]:
        """Return each query with what it must answer before the output goes on."""
        return expected_answers(wanted, self.specification)

    def check_interlock(self) -> None:
        """Raise UnsafeError where the interlock is not heeded, or open."""
        if self.session.query_numbers(":OUTP:ENAB?", 1) != [1.0]:
            raise UnsafeError(f"Interlock of `{self.name}` must be heeded above {HAZARDOUS:g} V, but is not.")
        if self.session.query_numbers(":OUTP:ENAB:TRIP?", 1) != [1.0]:
            raise UnsafeError(f"Interlock of `{self.name}` must be closed above {HAZARDOUS:g} V, but is open.")

    def read_source(self) -> SourceReading:
        """Return voltage and current of one reading, both measured, with compliance from its status word."""
        each = self.specification.reading_time(self.configured().nplc)
        longest = self.session.timeout + 2 * each  # both quantities after each other
        voltage, current, status = self.session.query_numbers(":READ?", 3, timeout=longest)
        return SourceReading(number_or_none(voltage), number_or_none(current), bool(int(status) & IN_COMPLIANCE))

    def sweep(self, levels: Sequence[float], *, delay: float) -> list[SourceReading]:
        """Return one reading for each level in V of a list, `delay` s after it was set.

        A 2400 that leaves its list goes back at once to the level it stood at before (page 18-78), in compliance too,
        and takes no other level until then: it sweeps only where no slew limit holds, and back to where it stands.
        """
        check_sweep(self, levels, delay)
        assert self.limits is not None
        if self.limits.slew is not None:
            raise InstrumentMistake(
                f"`{self.name}` must be without a slew limit to sweep by itself, for a {self.specification.model} "
                f"leaves its list in one step, but the site allows {self.limits.slew:g} V/s."
            )
        if abs((level := self.level()) - levels[-1]) > self.configured().source_range.resolution:
            raise InstrumentMistake(
                f"A sweep of `{self.name}` must end at {level:g} V, where it stands, for a {self.specification.model} "
                f"goes back there when its list ends, but ends at {levels[-1]:g} V."
            )
        return super().sweep(levels, delay=delay)

    def sweep_messages(self, levels: Sequence[float], delay: float) -> tuple[str, ...]:
        """Return the messages that load the list, on the fixed range, ended by compliance after its reading."""
        return (
            *self.list_messages(levels),
            f":SOUR:DEL {delay:.9g};:SOUR:SWE:RANG FIX;CAB LATE;:TRIG:COUN {len(levels)}",
            ":SOUR:LIST:VOLT:STAR 1;:SOUR:VOLT:MODE LIST",
        )

    def sweep_settings(self, levels: Sequence[float], delay: float) -> dict[str, float | str]:
        """Return each query with what it must answer before the sweep starts."""
        count = float(len(levels))
        return {
            ":SOUR:LIST:VOLT:POIN?": count,
            ":TRIG:COUN?": count,
            ":SOUR:DEL?": delay,
            ":SOUR:SWE:RANG?": "FIX",
            ":SOUR:SWE:CAB?": "LATE",
            ":SOUR:VOLT:MODE?": "LIST",
        }

    def sweeping(self) -> bool:
        """Return whether the trigger model is not idle: what it answers at any time (page 11-11)."""
        return not int(self.session.query_numbers(":STAT:OPER:COND?", 1)[0]) & IDLE

    def swept_readings(self, count: int) -> list[SourceReading]:
        """Return what the last acquisition has read."""
        answer = self.session.query(":FETC?", timeout=self.session.timeout + count * FETCH_TIME)
        try:
            numbers = [float(word) for word in answer.split(",")]
        except ValueError:
            numbers = []
        if not numbers or len(numbers) % 3:
            self.session.poison(f"a sweep was answered with {answer[:80]!r}.")
            raise InstrumentReported(f"`{self.name}` must answer a sweep with readings, but answered {answer[:80]!r}.")
        return [
            SourceReading(number_or_none(voltage), number_or_none(current), bool(int(status) & IN_COMPLIANCE))
            for voltage, current, status in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        ]

    def after_sweep(self, volts: float) -> str:
        """Return the message that leaves the list."""
        return ":SOUR:VOLT:MODE FIX;:SOUR:DEL:AUTO 1;:SOUR:SWE:CAB NEV;:TRIG:COUN 1"

    # What PyMeasure's class has beside the verbs of every source meter

    compliance_current = property(
        lambda self: self.session.query_numbers(":SENS:CURR:PROT?", 1)[0],
        refused("takes its compliance from the site limits"),
        doc="Compliance in A.",
    )

    _no_current = KeithleySourceMeter._no_current
    source_current_range_auto_enabled = property(_no_current, _no_current)
    _not_here = refused("measures voltage and current: resistance is one over the other, as read back")
    resistance = resistance_range = resistance_nplc = property(_not_here, _not_here)
    resistance_range_auto_enabled = resistance_mode_auto_enabled = property(_not_here, _not_here)
    measure_resistance = measure_all = _not_here
    _by_configure = KeithleySourceMeter._by_configure
    wires = source_mode = output_off_state = property(_by_configure, _by_configure)
    current_range_auto_enabled = source_voltage_range_auto_enabled = property(_by_configure, _by_configure)
    auto_output_off_enabled = auto_output_off = property(_by_configure, _by_configure)
    voltage_range = voltage_range_auto_enabled = voltage_nplc = property(_by_configure, _by_configure)
    _one_reading = KeithleySourceMeter._one_reading
    config_buffer = start_buffer = stop_buffer = reset_buffer = disable_buffer = wait_for_buffer = _one_reading
    trigger_on_bus = trigger_on_external = sample_continuously = set_trigger_counts = set_timed_arm = _one_reading
    trigger_count = arm_count = arm_source = trigger_source = buffer_points = property(_one_reading, _one_reading)
    front_terminals_enabled = property(lambda self: self.terminals == "FRON", KeithleySourceMeter.use_front_terminals)


class Keithley2410(Keithley2400):
    """A 2410: up to ±1100 V."""

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2410(-C)?\s*,"
    specification: ClassVar[SourceMeterSpecification] = SPECIFICATION_2410
