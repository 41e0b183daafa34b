"""Keithley 2182A as a voltmeter: PyMeasure's class made strict (user's manual 2182A-900-01)."""

from __future__ import annotations

from typing import ClassVar

from pymeasure.instruments.keithley import Keithley2182 as PyMeasureKeithley2182

from .clock import Clock
from .keithley_2182a_specification import CHANNEL_1, NPLC_LIMITS, SPECIFICATION_2182A
from .session import Session
from .session_adapter import SessionAdapter
from .specification import InstrumentSpecification, RangeSpecification
from .strict_driver import refused, sealed
from .strict_voltmeter import StrictVoltmeter, check_integration, range_holding


@sealed
class Keithley2182A(StrictVoltmeter, PyMeasureKeithley2182):  # type: ignore[misc]  # PyMeasure ships no types
    """A 2182A that measures direct voltage on channel 1.

    Nothing is sent on construction. An overflow is None, never a number; filters and offsets, which would hide what
    happens, are off. `:READ?` is asked, never `:MEASure?`, which undoes the settings.
    """

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2182A?\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_2182A

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)

    # The role

    def configure(self, *, largest_voltage: float, nplc: float) -> None:
        """Fix the closest range that holds `largest_voltage` in V, integrate over `nplc` line cycles; read back."""
        wanted = range_of(self.name, largest_voltage, nplc)
        self.measuring_range = None
        self.set_up(":INIT:CONT 0;:ABOR")
        for block in set_up_blocks(wanted, nplc):
            self.set_up(block)
        self.verify(expected_answers(wanted, nplc))
        self.measuring_range, self._cycles = wanted, nplc

    # PyMeasure's own verbs, led to the role's, or refused

    voltage = property(StrictVoltmeter.read_voltage, doc="Voltage in V; None where it overflowed.")
    _not_here = refused("measures direct voltage, as `configure` has set it up")
    temperature = internal_temperature = property(_not_here)
    mean = maximum = minimum = standard_dev = property(_not_here)
    config_buffer = start_buffer = stop_buffer = reset_buffer = disable_buffer = wait_for_buffer = _not_here
    trigger = trigger_immediately = trigger_on_bus = sample_continuously = reset = _not_here
    auto_line_frequency = _not_here


def range_of(name: str, largest_voltage: float, nplc: float) -> RangeSpecification:
    """Return the smallest range that holds a voltage; LimitError where none does, or where `nplc` is out of reach."""
    check_integration(nplc, NPLC_LIMITS, name=name)
    return range_holding(CHANNEL_1, largest_voltage, name=name)


def set_up_blocks(wanted: RangeSpecification, nplc: float) -> tuple[str, ...]:
    """Return the messages that set a 2182A up for direct voltage on channel 1; none is longer than its input buffer."""
    return (
        f":SENS:CHAN 1;:SENS:FUNC 'VOLT';:SENS:VOLT:CHAN1:RANG {wanted.range:.9g};:SENS:VOLT:NPLC {nplc:.9g}",
        ":SENS:VOLT:CHAN1:DFIL 0;:SENS:VOLT:CHAN1:LPAS 0;:SENS:VOLT:CHAN1:REF:STAT 0",
        ":SENS:VOLT:DELT 0;:SENS:VOLT:RAT 0",
        ":SYST:AZER 1;:SYST:FAZ 1;:TRIG:SOUR IMM;:TRIG:COUN 1;:TRIG:DEL 0;:SAMP:COUN 1;:FORM:ELEM READ",
    )


def expected_answers(wanted: RangeSpecification, nplc: float) -> dict[str, float | str]:
    """Return each query with what it must answer after that."""
    return {
        ":SENS:CHAN?": 1.0,
        ":SENS:FUNC?": "VOLT:DC",
        ":SENS:VOLT:CHAN1:RANG?": wanted.range,
        ":SENS:VOLT:CHAN1:RANG:AUTO?": 0.0,
        ":SENS:VOLT:NPLC?": nplc,
        ":SENS:VOLT:CHAN1:DFIL?": 0.0,
        ":SENS:VOLT:CHAN1:REF:STAT?": 0.0,
        ":INIT:CONT?": 0.0,
    }
