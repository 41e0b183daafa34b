"""Keithley DMM6500 as a voltmeter: PyMeasure's class made strict. Native SCPI (reference manual DMM6500-901-01)."""

from __future__ import annotations

from typing import ClassVar

from pymeasure.instruments.keithley import KeithleyDMM6500 as PyMeasureKeithleyDMM6500

from .clock import Clock
from .errors import ForeignIdentity, InstrumentMistake
from .keithley_dmm6500_specification import MEASURE_VOLTAGE, NPLC_LIMITS, SPECIFICATION_DMM6500
from .session import Session
from .session_adapter import SessionAdapter
from .specification import InstrumentSpecification
from .strict_driver import refused, sealed
from .strict_voltmeter import StrictVoltmeter, check_integration, range_holding


@sealed
class KeithleyDMM6500(StrictVoltmeter, PyMeasureKeithleyDMM6500):  # type: ignore[misc]  # PyMeasure ships no types
    """A DMM6500 that measures direct voltage and nothing else.

    Nothing is sent on construction, the command language least of all. An overflow is None, never a number. What
    PyMeasure's class would set, with validators that truncate, is set by `configure` or not at all.
    """

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL DMM6500\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_DMM6500

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)

    # The role

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument is set to TSP or to the language of an older meter."""
        language = self.session.query("*LANG?").strip()
        if language != "SCPI":
            raise ForeignIdentity(
                f"`{self.name}` must be set to the command set SCPI (at its panel), but is set to {language!r}."
            )

    def configure(self, *, largest_voltage: float, nplc: float) -> None:
        """Fix the closest range that holds `largest_voltage` in V, integrate over `nplc` line cycles; read back.

        A reset takes away what somebody left that turns volts into something else: unit, mathematics, offset, filter.
        The input has more than 10 Gohm up to 10 V, so that it does not load the device; autozero is on.
        """
        check_integration(nplc, NPLC_LIMITS, name=self.name)
        wanted = range_holding(MEASURE_VOLTAGE, largest_voltage, name=self.name)
        self.measuring_range = None
        self.set_up("*RST")
        self.set_up(
            f':SENS:FUNC "VOLT:DC";:SENS:VOLT:RANG {wanted.range:.9g};:SENS:VOLT:NPLC {nplc:.9g};:SENS:VOLT:AZER 1;'
            ":SENS:VOLT:INP AUTO;:SENS:VOLT:AVER 0;:SENS:VOLT:REL:STAT 0;:SENS:COUN 1;:FORM:DATA ASC;:FORM:ASC:PREC 0"
        )
        self.verify(
            {
                ":SENS:FUNC?": "VOLT:DC",
                ":SENS:VOLT:RANG?": wanted.range,
                ":SENS:VOLT:RANG:AUTO?": 0.0,
                ":SENS:VOLT:NPLC?": nplc,
                ":SENS:VOLT:AZER?": 1.0,
                ":SENS:VOLT:INP?": "AUTO",
                ":SENS:VOLT:AVER?": 0.0,
                ":SENS:VOLT:REL:STAT?": 0.0,
                ":SENS:COUN?": 1.0,
            }
        )
        self.measuring_range, self._cycles = wanted, nplc

    @property
    def terminals(self) -> str:
        """Return `FRON` or `REAR`, as somebody has set them at the panel."""
        return self.session.query(":ROUT:TERM?").strip()

    def close(self) -> None:
        """Do nothing: the session belongs to the bench."""

    # PyMeasure's own verbs, led to the role's, or refused

    def _keep_language(self, language: str) -> None:
        """Refuse another language: it would come after the next power-on. PyMeasure's constructor asks for this one."""
        if language != "SCPI":
            raise InstrumentMistake(f"`{self.name}` must be set to the command set SCPI, but {language!r} was asked.")

    command_set = property(lambda self: self.session.query("*LANG?").strip(), _keep_language)
    voltage = property(StrictVoltmeter.read_voltage, doc="Voltage in V; None where it overflowed.")
    _shorts = property(refused("would short the device through its shunt, and measures voltage only"))
    _drives = property(refused("would drive a test current through the device, and measures voltage only"))
    current, resistance, capacitance, diode = _shorts, _drives, _drives, _drives
    _not_here = refused("is a meter of direct voltage, as `configure` has set it up")
    frequency = period = temperature = property(_not_here)
    measure_voltage = measure_current = measure_resistance = measure_frequency = measure_period = _not_here
    measure_temperature = measure_capacitance = measure_diode = measure_continuity = _not_here
    enable_filter = disable_filter = enable_relative = disable_relative = acquire_relative = _not_here
    auto_range = trigger_single_autozero = reset = _not_here
    channels = property(refused("has no scanner card that this driver knows of"))
    scan_start = scan_stop = scanned_data = refused("has no scanner card that this driver knows of")
