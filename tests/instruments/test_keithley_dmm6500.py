from functools import partial

import pytest
from pymeasure.instruments.keithley import KeithleyDMM6500 as PyMeasureKeithleyDMM6500

from smtjlab.instruments.electrical_roles import Voltmeter
from smtjlab.instruments.errors import (
    ForeignIdentity,
    InstrumentMistake,
    InstrumentReported,
    LimitError,
    UnsafeError,
)
from smtjlab.instruments.keithley_dmm6500 import KeithleyDMM6500
from smtjlab.instruments.roles import Role

from .scripted import scripted

OK = (":SYST:ERR?", '0,"No error"')
SET_UP = (
    ':SENS:FUNC "VOLT:DC";:SENS:VOLT:RANG 1;:SENS:VOLT:NPLC 5;:SENS:VOLT:AZER 1;:SENS:VOLT:INP AUTO;:SENS:VOLT:AVER 0;'
    ":SENS:VOLT:REL:STAT 0;:SENS:COUN 1;:FORM:DATA ASC;:FORM:ASC:PREC 0"
)
SETTINGS = (
    ":SENS:FUNC?;:SENS:VOLT:RANG?;:SENS:VOLT:RANG:AUTO?;:SENS:VOLT:NPLC?;:SENS:VOLT:AZER?;:SENS:VOLT:INP?;"
    ":SENS:VOLT:AVER?;:SENS:VOLT:REL:STAT?;:SENS:COUN?"
)
ANSWERS = '"VOLT:DC";1;0;5;1;AUTO;0;0;1'
CONFIGURED = [("*RST", None), OK, (SET_UP, None), OK, (SETTINGS, ANSWERS)]


transcript = partial(scripted, KeithleyDMM6500, "meter")


def configure(meter):
    meter.configure(largest_voltage=0.5, nplc=5.0)


def test_it_plays_the_role_and_constructing_sends_nothing():
    with transcript([]) as meter:
        assert isinstance(meter, Voltmeter)
        assert meter.role is Role.VOLTMETER
        assert not meter.output_is_on()


def test_configuring_sets_reads_the_errors_and_reads_back():
    with transcript(CONFIGURED) as meter:
        configure(meter)
        assert meter.measuring_range.range == 1.0


def test_a_reading_is_a_number():
    with transcript([*CONFIGURED, (":READ?", "9.998850E-02"), (":READ?", "1.0E-01")]) as meter:
        configure(meter)
        assert meter.read_voltage() == 9.99885e-2
        assert meter.voltage == 0.1


@pytest.mark.parametrize("word", ["9.900000E+37", "-9.9E+37", "9.91E37", "inf"])
def test_an_overflow_is_never_a_number(word):
    with transcript([*CONFIGURED, (":READ?", word), (":READ?", word)]) as meter:
        configure(meter)
        assert meter.read_voltage() is None
        assert meter.voltage is None


@pytest.mark.parametrize(
    ("answers", "query"),
    [
        ('"CURR:DC";1;0;5;1;AUTO;0;0;1', ":SENS:FUNC"),
        ('"VOLT:DC";10;0;5;1;AUTO;0;0;1', ":SENS:VOLT:RANG"),
        ('"VOLT:DC";1;0;5;1;MOHM10;0;0;1', ":SENS:VOLT:INP"),
        ('"VOLT:DC";1;0;5;1;AUTO;0;1;1', ":SENS:VOLT:REL:STAT"),
        ('"VOLT:DC";1;0;5;1;AUTO;0;0;3', ":SENS:COUN"),
    ],
)
def test_a_setting_that_reads_back_other_than_set_is_refused(answers, query):
    with (
        transcript([*CONFIGURED[:-1], (SETTINGS, answers)]) as meter,
        pytest.raises(UnsafeError, match=rf"{query}\? of `meter` must read"),
    ):
        configure(meter)


def test_an_error_of_the_queue_is_told_with_what_was_sent():
    pairs = [("*RST", None), OK, (SET_UP, None), (":SYST:ERR?", '-222,"Data out of range"'), OK]
    with transcript(pairs) as meter, pytest.raises(InstrumentReported, match=r"reported -222, 'Data out.*SENS:FUNC"):
        configure(meter)


@pytest.mark.parametrize("language", ["TSP", "SCPI2000", "SCPI34401"])
def test_another_command_language_is_refused(language):
    with transcript([("*LANG?", language)]) as meter, pytest.raises(ForeignIdentity, match=f"is set to '{language}'"):
        meter.verify_language()


def test_the_language_is_never_changed():
    with transcript([("*LANG?", "SCPI")]) as meter:
        assert meter.command_set == "SCPI"
        meter.command_set = "SCPI"
        with pytest.raises(InstrumentMistake, match="but 'TSP' was asked"):
            meter.command_set = "TSP"


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"nplc": 15.0}, "`nplc` of `meter` must be within 0.0005 and 12, but is 15"),
        ({"largest_voltage": 1200.0}, "`largest_voltage` of `meter` is out of reach"),
    ],
)
def test_what_it_cannot_do_is_refused_before_anything_is_sent(wish, sentence):
    with transcript([]) as meter, pytest.raises(LimitError, match=sentence):
        meter.configure(**({"largest_voltage": 0.5, "nplc": 5.0} | wish))


def test_nothing_is_read_before_it_is_configured():
    with transcript([]) as meter, pytest.raises(InstrumentMistake, match="must be configured before it is read"):
        meter.read_voltage()


SETTABLE = [name for name in dir(PyMeasureKeithleyDMM6500)
            if getattr(getattr(PyMeasureKeithleyDMM6500, name), "fset", None)]  # fmt: skip


@pytest.mark.parametrize("name", SETTABLE)
def test_no_property_of_pymeasure_can_be_set_past_the_role(name):
    with transcript([]) as meter, pytest.raises((InstrumentMistake, AttributeError), match=r"`meter` |no setter"):
        setattr(meter, name, 1e12)


SILENT = (
    "check_errors",
    "clear",
    "beep",
    "displayed_text",
    "shutdown",
    "close",
    "auto_range_status",
    "scan_iscomplete",
)
OWN = set(vars(PyMeasureKeithleyDMM6500)) - set(SETTABLE) - set(SILENT)
VERBS = [name for name in OWN if not name.startswith("_") and callable(getattr(PyMeasureKeithleyDMM6500, name))
         and name not in ("write",)]  # fmt: skip


@pytest.mark.parametrize("name", sorted(VERBS))
def test_pymeasures_verbs_that_would_set_it_up_anew_are_refused(name):
    with transcript([]) as meter, pytest.raises(InstrumentMistake, match="`meter` "):
        getattr(meter, name)()


@pytest.mark.parametrize(
    "name", ["current", "resistance", "capacitance", "diode", "temperature", "frequency", "channels"]
)
def test_functions_that_act_on_the_device_are_refused(name):
    with transcript([]) as meter, pytest.raises(InstrumentMistake, match="`meter` "):
        getattr(meter, name)


def test_its_safe_state_is_to_answer_for_itself():
    with transcript([]) as meter:
        step = meter.safe_step("meter", None)
        meter.shutdown()
        meter.close()
    assert (step.level_query, step.off, step.expected) == (None, (), {})


def test_terminals_are_reported_not_switched():
    with transcript([(":ROUT:TERM?", "REAR")]) as meter:
        assert meter.terminals == "REAR"
