"""Keysight 34461A as a voltmeter: PyMeasure's class made strict (Truevolt Series Operating and Service Guide)."""

from __future__ import annotations

from typing import ClassVar

from pymeasure.instruments import SCPIMixin
from pymeasure.instruments.agilent import Agilent34410A

from .clock import Clock
from .errors import LimitError
from .keysight_34461a_specification import MEASURE_VOLTAGE, NPLC_CHOICES, SPECIFICATION_34461A
from .session import Session
from .session_adapter import SessionAdapter
from .specification import InstrumentSpecification
from .strict_driver import refused, sealed
from .strict_voltmeter import StrictVoltmeter, range_holding


@sealed
class Keysight34461A(StrictVoltmeter, Agilent34410A):  # type: ignore[misc]  # PyMeasure ships no types
    """A 34461A that measures direct voltage and nothing else.

    Nothing is sent on construction. Readings are asked for by READ?, never by MEASure?, which would choose range and
    integration anew; an overload is None, never a number. Front or rear terminals are reported, not switched.
    """

    identity_pattern: ClassVar[str] = r"(?i)^(Keysight|Agilent) Technologies,\s*34461A,"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_34461A

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        # Not by its own constructor, which warns that nobody knows whether it speaks SCPI: this one does.
        SCPIMixin.__init__(self, SessionAdapter(session), session.name)
        self.stand_on(session, clock)

    # The role

    def configure(self, *, largest_voltage: float, nplc: float) -> None:
        """Fix the closest range that holds `largest_voltage` in V, integrate over `nplc` line cycles; read back.

        The input has more than 10 Gohm up to 10 V, so that it does not load the device; autozero is on.
        """
        if nplc not in NPLC_CHOICES:
            raise LimitError(f"`nplc` of `{self.name}` must be one of {NPLC_CHOICES}, but is {nplc:g}.")
        wanted = range_holding(MEASURE_VOLTAGE, largest_voltage, name=self.name)
        self.measuring_range = None
        self.set_up(
            f":CONF:VOLT:DC {wanted.range:.9g};:VOLT:NPLC {nplc:.9g};:VOLT:ZERO:AUTO ON;:VOLT:IMP:AUTO ON;"
            ":FORM:DATA ASC"
        )
        self.verify(
            {
                ":FUNC?": "VOLT",
                ":VOLT:RANG?": wanted.range,
                ":VOLT:RANG:AUTO?": 0.0,
                ":VOLT:NPLC?": nplc,
                ":VOLT:ZERO:AUTO?": 1.0,
                ":VOLT:IMP:AUTO?": 1.0,
                ":VOLT:NULL:STAT?": 0.0,
                ":CALC:SCAL:STAT?": 0.0,
                ":TRIG:SOUR?": "IMM",
                ":TRIG:COUN?": 1.0,
                ":SAMP:COUN?": 1.0,
            }
        )
        self.measuring_range, self._cycles = wanted, nplc

    @property
    def terminals(self) -> str:
        """Return `FRON` or `REAR`, as somebody has set them at the panel."""
        return self.session.query(":ROUT:TERM?").strip()

    # PyMeasure's own verbs, led to the role's, or refused: each would set the meter up anew

    voltage_dc = property(StrictVoltmeter.read_voltage, doc="Voltage in V by READ?; None where it overflowed.")
    _shorts = refused("would short the device through its shunt, and measures voltage only")
    _drives = refused("would drive a test current through the device, and measures voltage only")
    current_dc = current_ac = property(_shorts)
    resistance = resistance_4w = property(_drives)
    voltage_ac = property(refused("is a meter of direct voltage, as `configure` has set it up"))
    reset = refused("is set up by `configure`")
