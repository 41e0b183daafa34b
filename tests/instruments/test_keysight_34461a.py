from functools import partial

import pytest

from smtjlab.instruments.electrical_roles import Voltmeter
from smtjlab.instruments.errors import InstrumentMistake, InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.keysight_34461a import Keysight34461A
from smtjlab.instruments.roles import Role

from .scripted import scripted

OK = (":SYST:ERR?", '+0,"No error"')
SET_UP = ":CONF:VOLT:DC 1;:VOLT:NPLC 10;:VOLT:ZERO:AUTO ON;:VOLT:IMP:AUTO ON;:FORM:DATA ASC"
SETTINGS = (
    ":FUNC?;:VOLT:RANG?;:VOLT:RANG:AUTO?;:VOLT:NPLC?;:VOLT:ZERO:AUTO?;:VOLT:IMP:AUTO?;:VOLT:NULL:STAT?;"
    ":CALC:SCAL:STAT?;:TRIG:SOUR?;:TRIG:COUN?;:SAMP:COUN?"
)
ANSWERS = '"VOLT";+1.00000000E+00;0;+1.00000000E+01;1;1;0;0;IMM;+1.00000000E+00;+1'
CONFIGURED = [(SET_UP, None), OK, (SETTINGS, ANSWERS)]


transcript = partial(scripted, Keysight34461A, "meter")


def configure(meter):
    meter.configure(largest_voltage=0.5, nplc=10.0)


def test_it_plays_the_role_and_constructing_sends_nothing():
    with transcript([]) as meter:
        assert isinstance(meter, Voltmeter)
        assert meter.role is Role.VOLTMETER
        assert not meter.output_is_on()


def test_configuring_sets_reads_the_errors_and_reads_back():
    with transcript(CONFIGURED) as meter:
        configure(meter)
        assert meter.measuring_range.range == 1.0


def test_a_reading_is_asked_for_by_read_alone():
    with transcript([*CONFIGURED, (":READ?", "+9.99885000E-02")]) as meter:
        configure(meter)
        assert meter.read_voltage() == 9.99885e-2


@pytest.mark.parametrize("word", ["+9.90000000E+37", "-9.90000000E+37", "+9.91000000E+37", "nan"])
def test_an_overload_is_never_a_number(word):
    with transcript([*CONFIGURED, (":READ?", word), (":READ?", word)]) as meter:
        configure(meter)
        assert meter.read_voltage() is None
        assert meter.voltage_dc is None


@pytest.mark.parametrize(
    ("right", "wrong", "query"),
    [
        ('"VOLT"', '"VOLT:AC"', ":FUNC"),
        ('"VOLT";+1.0', '"VOLT";+1.1', ":VOLT:RANG"),
        (";0;0;IMM", ";1;0;IMM", ":VOLT:NULL:STAT"),
        ("IMM", "BUS", ":TRIG:SOUR"),
        (";+1", ";+5", ":SAMP:COUN"),
    ],
)
def test_a_setting_that_reads_back_other_than_set_is_refused(right, wrong, query):
    answers = wrong.join(ANSWERS.rsplit(right, 1))
    if query == ":SAMP:COUN":
        answers = ANSWERS[:-2] + "+5"
    with (
        transcript([*CONFIGURED[:-1], (SETTINGS, answers)]) as meter,
        pytest.raises(UnsafeError, match=rf"{query}\? of `meter` must read"),
    ):
        configure(meter)


def test_an_error_of_the_queue_is_told_with_what_was_sent():
    pairs = [(SET_UP, None), (":SYST:ERR?", '-222,"Data out of range"'), OK]
    with transcript(pairs) as meter, pytest.raises(InstrumentReported, match=r"reported -222, 'Data out.*CONF:VOLT"):
        configure(meter)


def test_nothing_is_read_before_it_is_configured():
    with transcript([]) as meter, pytest.raises(InstrumentMistake, match="must be configured before it is read"):
        meter.read_voltage()


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"nplc": 5.0}, r"`nplc` of `meter` must be one of \(0.02, .*but is 5"),
        ({"largest_voltage": 1200.0}, "`largest_voltage` of `meter` is out of reach. A value must stay within ±1000"),
    ],
)
def test_what_it_cannot_do_is_refused_before_anything_is_sent(wish, sentence):
    with transcript([]) as meter, pytest.raises(LimitError, match=sentence):
        meter.configure(**({"largest_voltage": 0.5, "nplc": 10.0} | wish))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("current_dc", "would short the device"), ("current_ac", "would short the device"),
        ("resistance", "would drive a test current"), ("resistance_4w", "would drive a test current"),
        ("voltage_ac", "is a meter of direct voltage"),
    ],
)  # fmt: skip
def test_pymeasures_functions_that_act_on_the_device_are_refused(name, sentence):
    with transcript([]) as meter, pytest.raises(InstrumentMistake, match=sentence):
        getattr(meter, name)


def test_its_safe_state_is_to_answer_for_itself():
    with transcript([]) as meter:
        step = meter.safe_step("meter", None)
        meter.shutdown()
        meter.shutdown()
    assert (step.level_query, step.off, step.expected) == (None, (), {})


def test_terminals_are_reported_not_switched():
    with transcript([(":ROUT:TERM?", "REAR")]) as meter:
        assert meter.terminals == "REAR"
