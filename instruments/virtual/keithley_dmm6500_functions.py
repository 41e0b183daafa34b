"""The measuring functions of a virtual DMM6500, as data."""

from __future__ import annotations

from smtjlab.instruments.keithley_dmm6500_specification import (
    MEASURE_CURRENT,
    MEASURE_CURRENT_AC,
    MEASURE_RESISTANCE,
    MEASURE_RESISTANCE_FOUR_WIRE,
    MEASURE_VOLTAGE,
    MEASURE_VOLTAGE_AC,
    OPEN_CIRCUIT_VOLTAGE,
    SHUNTS,
    SHUNTS_AC,
    TEST_CURRENTS,
    TEST_CURRENTS_FOUR_WIRE,
)
from smtjlab.instruments.specification import RangeSpecification

from .multimeter import Measures, MeterFunction

CONTINUITY = (RangeSpecification(1e3, 1e-2, 0.010e-2, 0.1, 5e-3, 1.2),)
DIODE = (RangeSpecification(10.0, 10e-6, 0.006e-2, 0.5e-3, 10e-6, 1.0),)
CELSIUS = (RangeSpecification(600.0, 1e-3, 0.0, 0.06, 3e-3, 2.3),)
"""Temperature in °C: error of the meter without that of the probe."""
HERTZ = (RangeSpecification(300e3, 1e-6, 0.008e-2, 0.0, 1e-3, 1.0),)
SECONDS = (RangeSpecification(0.33, 1e-9, 0.008e-2, 0.0, 1e-9),)

FUNCTIONS = (
    MeterFunction(keyword="VOLT", measures=Measures.VOLTAGE, table=MEASURE_VOLTAGE),
    MeterFunction(keyword="VOLT:AC", measures=Measures.VOLTAGE, table=MEASURE_VOLTAGE_AC, ac=True),
    MeterFunction(keyword="CURR", measures=Measures.CURRENT, table=MEASURE_CURRENT, shunts=SHUNTS),
    MeterFunction(keyword="CURR:AC", measures=Measures.CURRENT, table=MEASURE_CURRENT_AC, ac=True, shunts=SHUNTS_AC),
    MeterFunction(keyword="RES", measures=Measures.RESISTANCE, table=MEASURE_RESISTANCE, default=2,
                  test_currents=TEST_CURRENTS, open_voltage=OPEN_CIRCUIT_VOLTAGE),
    MeterFunction(keyword="FRES", measures=Measures.RESISTANCE, table=MEASURE_RESISTANCE_FOUR_WIRE, default=3,
                  test_currents=TEST_CURRENTS_FOUR_WIRE, open_voltage=OPEN_CIRCUIT_VOLTAGE, four_wire=True),
    MeterFunction(keyword="CONT", measures=Measures.RESISTANCE, table=CONTINUITY, test_currents=(1e-3,),
                  open_voltage=OPEN_CIRCUIT_VOLTAGE, ranged=False),
    MeterFunction(keyword="DIOD", measures=Measures.JUNCTION, table=DIODE, test_currents=(1e-3,), open_voltage=10.0,
                  ranged=False),
    MeterFunction(keyword="TEMP", measures=Measures.TEMPERATURE, table=CELSIUS, ranged=False),
    MeterFunction(keyword="FREQ", measures=Measures.FREQUENCY, table=HERTZ, ranged=False),
    MeterFunction(keyword="PER", measures=Measures.PERIOD, table=SECONDS, ranged=False),
)  # fmt: skip

HEADERS = {
    "VOLT": "VOLTage[:DC]", "VOLT:AC": "VOLTage:AC", "CURR": "CURRent[:DC]", "CURR:AC": "CURRent:AC",
    "RES": "RESistance", "FRES": "FRESistance", "CONT": "CONTinuity", "DIOD": "DIODe", "TEMP": "TEMPerature",
    "FREQ": "FREQuency[:VOLTage]", "PER": "PERiod[:VOLTage]",
}  # fmt: skip
"""Keyword of each function as its commands spell it."""

ANSWERS = {"VOLT": "VOLT:DC", "CURR": "CURR:DC", "FREQ": "FREQ:VOLT", "PER": "PER:VOLT"}
"""How the others than these are answered is their keyword."""

BUFFER_UNITS = {
    "VOLT": "VOLT", "VOLT:AC": "VOLT:AC", "CURR": "AMP", "CURR:AC": "AMP:AC", "RES": "OHM", "FRES": "OHM",
    "CONT": "OHM", "DIOD": "VOLT", "TEMP": "CELS", "FREQ": "HZ", "PER": "SEC",
}  # fmt: skip
"""Unit of each function's readings in a buffer."""

UNITS = {
    Measures.VOLTAGE: "V", Measures.CURRENT: "A", Measures.RESISTANCE: "OHM", Measures.JUNCTION: "V",
    Measures.TEMPERATURE: "C", Measures.FREQUENCY: "HZ", Measures.PERIOD: "S",
}  # fmt: skip
