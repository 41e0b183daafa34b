"""The measuring functions of a virtual 34461A, as data."""

from __future__ import annotations

from smtjlab.instruments.keysight_34461a_specification import (
    MEASURE_CURRENT,
    MEASURE_CURRENT_AC,
    MEASURE_RESISTANCE,
    MEASURE_VOLTAGE,
    MEASURE_VOLTAGE_AC,
    OPEN_CIRCUIT_VOLTAGE,
    SHUNTS,
    TEST_CURRENTS,
)
from smtjlab.instruments.specification import RangeSpecification

from .multimeter import Measures, MeterFunction

CONTINUITY = (RangeSpecification(1e3, 1e-2, 0.010e-2, 0.2, 5e-3, 1.2),)
DIODE = (RangeSpecification(5.0, 10e-6, 0.010e-2, 1e-3, 10e-6, 1.0),)
CELSIUS = (RangeSpecification(600.0, 1e-3, 0.0, 0.06, 3e-3, 1.4),)
"""Temperature in °C: error of the meter without that of the probe."""
HERTZ = (RangeSpecification(300e3, 1e-6, 0.010e-2, 0.0, 1e-3, 3.4),)
SECONDS = (RangeSpecification(0.33, 1e-9, 0.010e-2, 0.0, 1e-9),)

FUNCTIONS = (
    MeterFunction(keyword="VOLT", measures=Measures.VOLTAGE, table=MEASURE_VOLTAGE, default=2),
    MeterFunction(keyword="VOLT:AC", measures=Measures.VOLTAGE, table=MEASURE_VOLTAGE_AC, default=2, ac=True),
    MeterFunction(keyword="CURR", measures=Measures.CURRENT, table=MEASURE_CURRENT, default=3, shunts=SHUNTS),
    MeterFunction(keyword="CURR:AC", measures=Measures.CURRENT, table=MEASURE_CURRENT_AC, default=3, ac=True,
                  shunts=SHUNTS),
    MeterFunction(keyword="RES", measures=Measures.RESISTANCE, table=MEASURE_RESISTANCE, default=1,
                  test_currents=TEST_CURRENTS, open_voltage=OPEN_CIRCUIT_VOLTAGE),
    MeterFunction(keyword="FRES", measures=Measures.RESISTANCE, table=MEASURE_RESISTANCE, default=1,
                  test_currents=TEST_CURRENTS, open_voltage=OPEN_CIRCUIT_VOLTAGE, four_wire=True),
    MeterFunction(keyword="CONT", measures=Measures.RESISTANCE, table=CONTINUITY, test_currents=(1e-3,),
                  open_voltage=OPEN_CIRCUIT_VOLTAGE, ranged=False),
    MeterFunction(keyword="DIOD", measures=Measures.JUNCTION, table=DIODE, test_currents=(1e-3,), open_voltage=5.0,
                  ranged=False),
    MeterFunction(keyword="TEMP", measures=Measures.TEMPERATURE, table=CELSIUS, ranged=False),
    MeterFunction(keyword="FREQ", measures=Measures.FREQUENCY, table=HERTZ, ranged=False),
    MeterFunction(keyword="PER", measures=Measures.PERIOD, table=SECONDS, ranged=False),
)  # fmt: skip

HEADERS = {
    "VOLT": "VOLTage[:DC]", "VOLT:AC": "VOLTage:AC", "CURR": "CURRent[:DC]", "CURR:AC": "CURRent:AC",
    "RES": "RESistance", "FRES": "FRESistance", "CONT": "CONTinuity", "DIOD": "DIODe", "TEMP": "TEMPerature",
    "FREQ": "FREQuency", "PER": "PERiod",
}  # fmt: skip
"""Keyword of each function as its commands spell it."""

UNITS = {
    Measures.VOLTAGE: "V", Measures.CURRENT: "A", Measures.RESISTANCE: "OHM", Measures.JUNCTION: "V",
    Measures.TEMPERATURE: "C", Measures.FREQUENCY: "HZ", Measures.PERIOD: "S",
}  # fmt: skip

SUFFIXES = {"VOLT": "VDC", "VOLT:AC": "VAC", "CURR": "ADC", "CURR:AC": "AAC", "RES": "OHM", "FRES": "OHM",
            "CONT": "OHM", "DIOD": "VDC", "TEMP": "C", "FREQ": "HZ", "PER": "SEC"}  # fmt: skip
"""Unit behind the answer to DATA:LAST?."""

OVERLOAD_BITS = {
    Measures.VOLTAGE: 1, Measures.CURRENT: 2, Measures.TEMPERATURE: 16, Measures.FREQUENCY: 32, Measures.PERIOD: 32,
    Measures.RESISTANCE: 512, Measures.JUNCTION: 1,
}  # fmt: skip
"""Bits of the questionable register (Truevolt guide, page 225)."""
