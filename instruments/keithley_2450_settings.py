"""How a 2450 is set up as a source of voltage, as messages and as read-backs."""

from __future__ import annotations

from .keithley_2450_specification import SPECIFICATION_2450
from .limits import Limits
from .roles import SourceSettings
from .source_meter_settings import choose_settings
from .source_meter_specification import SourceMeterSpecification

SWEEP_LIST = "VoltCustomSweepList"
"""Configuration list of the source that `:SOUR:LIST:VOLT` makes: its present settings, and the levels."""


def settings_for(limits: Limits, *, largest_voltage: float, nplc: float, four_wire: bool, name: str) -> SourceSettings:
    """Return the closest ranges of a 2450 that hold the run's largest voltage and the compliance."""
    return choose_settings(
        SPECIFICATION_2450, limits, largest_voltage=largest_voltage, nplc=nplc, four_wire=four_wire, name=name
    )


def _protection(settings: SourceSettings, specification: SourceMeterSpecification) -> str:
    """Return the word of a protection level; the instrument's own end is no protection."""
    return "NONE" if settings.protection >= specification.largest_voltage else f"PROT{settings.protection:g}"


def set_up_source(settings: SourceSettings, specification: SourceMeterSpecification = SPECIFICATION_2450) -> str:
    """Return the message that sets up the source at 0 V; its output must be off."""
    return ";".join(
        (
            ":SOUR:FUNC VOLT",
            ":SOUR:VOLT 0",
            f":SOUR:VOLT:RANG {settings.source_range.range:.9g}",
            f":SOUR:VOLT:ILIM {settings.compliance:.9g}",
            f":SOUR:VOLT:PROT {_protection(settings, specification)}",
            ":SOUR:VOLT:READ:BACK 1",
            ":SOUR:VOLT:DEL:AUTO 1",
            ":OUTP:VOLT:SMOD NORM",
        )
    )


def set_up_measurement(settings: SourceSettings) -> str:
    """Return the message that sets up the measurement of current.

    Whatever somebody left at the panel that turns amperes into something else goes: unit, offset, filter, mathematics.
    """
    return ";".join(
        (
            ':SENS:FUNC "CURR"',
            f":SENS:CURR:RANG {settings.current_range.range:.9g}",
            f":SENS:CURR:NPLC {settings.nplc:.9g}",
            f":SENS:CURR:RSEN {int(settings.four_wire)}",
            ":SENS:CURR:AZER 1",
            ":SENS:CURR:UNIT AMP",
            ":SENS:CURR:REL:STAT 0",
            ":SENS:CURR:AVER 0",
            ":CALC:CURR:MATH:STAT 0",
            ":FORM:DATA ASC",
            ":SENS:COUN 1",
        )
    )


def expected_answers(
    settings: SourceSettings, specification: SourceMeterSpecification = SPECIFICATION_2450
) -> dict[str, float | str]:
    """Return each query with what it must answer before the output goes on."""
    word = _protection(settings, specification)
    return {
        ":SOUR:FUNC?": "VOLT",
        ":SOUR:VOLT?": 0.0,
        ":SOUR:VOLT:RANG?": settings.source_range.range,
        ":SOUR:VOLT:ILIM?": settings.compliance,
        ":SOUR:VOLT:PROT?": word if word == "NONE" else settings.protection,
        ":SOUR:VOLT:READ:BACK?": 1.0,
        ":OUTP:VOLT:SMOD?": "NORM",
        ":SENS:FUNC?": "CURR:DC",
        ":SENS:CURR:RANG?": settings.current_range.range,
        ":SENS:CURR:NPLC?": settings.nplc,
        ":SENS:CURR:RSEN?": float(settings.four_wire),
        ":SENS:CURR:UNIT?": "AMP",
        ":SENS:CURR:REL:STAT?": 0.0,
        ":SENS:CURR:AVER?": 0.0,
        ":CALC:CURR:MATH:STAT?": 0.0,
        ":OUTP?": 0.0,
    }


def trigger_model(count: int, delay: float) -> tuple[str, ...]:
    """Return the blocks that step through the source's list of `count` places, `delay` s at each, and measure.

    `:SOUR:SWE:VOLT:LIST` would do the same and switch the output off at its end, from whatever level: a step to 0 V
    that no slew limit holds. What it has as `failAbort` is the branch on the event of the source's limit.
    """
    blocks = (
        'BUFF:CLE {},"defbuffer1"',
        f'CONF:REC {{}},"{SWEEP_LIST}",1',
        f"DEL:CONS {{}},{delay:.9g}",
        'MEAS {},"defbuffer1"',
        "BRAN:EVEN {},SLIM,10",
        f"BRAN:COUN {{}},{count},8",
        "BRAN:ALW {},10",
        f'CONF:NEXT {{}},"{SWEEP_LIST}"',
        "BRAN:ALW {},3",
        "NOP {}",
    )
    return (
        ':TRIG:LOAD "Empty"',
        *(f":TRIG:BLOC:{block.format(number)}" for number, block in enumerate(blocks, start=1)),
    )
