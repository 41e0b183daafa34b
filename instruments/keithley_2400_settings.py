"""How a 2400 is set up as a source of voltage that measures both quantities, as messages and as read-backs."""

from __future__ import annotations

from .roles import SourceSettings
from .source_meter_specification import SourceMeterSpecification


def set_up_source(settings: SourceSettings, specification: SourceMeterSpecification) -> str:
    """Return the message that sets up the source at 0 V; its output must be off.

    Auto ohms would hold the source, so it goes first; the range is opened before the compliance changes, because both
    together may not exceed the power.
    """
    protection = "NONE" if settings.protection >= specification.largest_voltage else f"{settings.protection:g}"
    return ";".join(
        (
            ":ABOR",
            ":SENS:FUNC:CONC 1",
            ':SENS:FUNC:OFF "RES"',
            ':SENS:FUNC "VOLT","CURR"',
            ":SOUR:FUNC VOLT",
            ":SOUR:VOLT:MODE FIX",
            ":SOUR:VOLT:RANG:AUTO 1",
            ":SOUR:VOLT 0",
            ":SENS:CURR:RANG:AUTO 1",
            f":SENS:CURR:PROT {settings.compliance:.9g}",
            f":SOUR:VOLT:RANG {settings.source_range.range:.9g}",
            f":SOUR:VOLT:PROT {protection}",
            ":SOUR:DEL:AUTO 1",
            ":SOUR:CLE:AUTO 0",
            ":OUTP:SMOD NORM",
        )
    )


def set_up_measurement(settings: SourceSettings) -> str:
    """Return the message that sets up the measurement: one reading of both quantities for each `:READ?`."""
    return ";".join(
        (
            f":SENS:CURR:RANG {settings.current_range.range:.9g}",
            f":SENS:CURR:NPLC {settings.nplc:.9g}",
            ":SENS:AVER 0",
            f":SYST:RSEN {int(settings.four_wire)}",
            ":SYST:AZER 1",
            ":FORM:DATA ASC",
            ":FORM:ELEM VOLT,CURR,STAT",
            ":ARM:SOUR IMM",
            ":ARM:COUN 1",
            ":TRIG:SOUR IMM",
            ":TRIG:COUN 1",
            ":TRIG:DEL 0",
        )
    )


def expected_answers(settings: SourceSettings, specification: SourceMeterSpecification) -> dict[str, float | str]:
    """Return each query with what it must answer before the output goes on.

    A 2400 answers its ranges by their full scale, 105 % of the nominal one (tables 18-6 and 18-7).
    """
    source, current = settings.source_range, settings.current_range
    return {
        ":SOUR:FUNC?": "VOLT",
        ":SOUR:VOLT:MODE?": "FIX",
        ":SOUR:VOLT?": 0.0,
        ":SOUR:VOLT:RANG?": source.usable * source.range,
        ":SOUR:VOLT:PROT?": min(settings.protection, specification.largest_voltage),
        ":SENS:FUNC?": 'VOLT:DC","CURR:DC',
        ":SENS:CURR:PROT?": settings.compliance,
        ":SENS:CURR:RANG?": current.usable * current.range,
        ":SENS:CURR:NPLC?": settings.nplc,
        ":SYST:RSEN?": float(settings.four_wire),
        ":FORM:ELEM?": "VOLT,CURR,STAT",
        ":ARM:COUN?": 1.0,
        ":TRIG:COUN?": 1.0,
        ":OUTP:SMOD?": "NORM",
        ":OUTP?": 0.0,
    }
