import pytest
from pymeasure.instruments.keithley import Keithley2450 as PyMeasureKeithley2450

from smtjlab.instruments.errors import (
    ForeignIdentity,
    InstrumentMistake,
    InstrumentReported,
    LimitError,
    SessionPoisoned,
    UnsafeError,
)
from smtjlab.instruments.keithley_2450 import Keithley2450
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.roles import SourceMeter, SourceReading

LIMITS = Limits(voltage=(-0.3, 0.3), current=2e-4)
OK = (":SYST:ERR?", '0,"No error"')
READ = ':READ? "defbuffer1",READ,SOUR;:SOUR:VOLT:ILIM:TRIP?;:OUTP?'
SOURCE = (
    ":SOUR:FUNC VOLT;:SOUR:VOLT 0;:SOUR:VOLT:RANG 0.2;:SOUR:VOLT:ILIM 0.0002;:SOUR:VOLT:PROT PROT2;"
    ":SOUR:VOLT:READ:BACK 1;:SOUR:VOLT:DEL:AUTO 1;:OUTP:VOLT:SMOD NORM"
)
MEASUREMENT = (
    ':SENS:FUNC "CURR";:SENS:CURR:RANG 0.001;:SENS:CURR:NPLC 1;:SENS:CURR:RSEN 1;:SENS:CURR:AZER 1;:SENS:CURR:UNIT AMP;'
    ":SENS:CURR:REL:STAT 0;:SENS:CURR:AVER 0;:CALC:CURR:MATH:STAT 0;:FORM:DATA ASC;:SENS:COUN 1"
)
SETTINGS = (
    ":SOUR:FUNC?;:SOUR:VOLT?;:SOUR:VOLT:RANG?;:SOUR:VOLT:ILIM?;:SOUR:VOLT:PROT?;"
    ":SOUR:VOLT:READ:BACK?;:OUTP:VOLT:SMOD?;:SENS:FUNC?;:SENS:CURR:RANG?;:SENS:CURR:NPLC?;:SENS:CURR:RSEN?;"
    ":SENS:CURR:UNIT?;:SENS:CURR:REL:STAT?;:SENS:CURR:AVER?;:CALC:CURR:MATH:STAT?;:OUTP?"
)
ANSWERS = 'VOLT;0;0.2;0.0002;PROT2;1;NORM;"CURR:DC";0.001;1;1;AMP;0;0;0;0'
CONFIGURED = [(":OUTP?", "0"), (SOURCE, None), OK, (MEASUREMENT, None), OK, (SETTINGS, ANSWERS)]


STANDING = (
    SETTINGS.replace(":SOUR:VOLT?;", "").removesuffix(";:OUTP?"),
    ANSWERS.replace(";0;", ";", 1).removesuffix(";0"),
)


def configure(keithley: Keithley2450) -> None:
    keithley.configure(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=True)


def test_it_plays_the_role(transcript):
    with transcript([]) as keithley:
        assert isinstance(keithley, SourceMeter)


def test_constructing_sends_nothing(transcript):
    with transcript([]):
        pass


def test_configuring_sets_reads_the_errors_and_reads_back(transcript):
    with transcript(CONFIGURED) as keithley:
        configure(keithley)
        assert keithley.settings.current_range.range == 1e-3
        assert keithley.settings.voltage_range.offset == 200e-6


def test_an_output_that_is_on_is_not_reconfigured(transcript):
    with (
        transcript([(":OUTP?", "1")]) as keithley,
        pytest.raises(UnsafeError, match="must be off while it is configured"),
    ):
        configure(keithley)


@pytest.mark.parametrize(
    ("right", "wrong", "query"),
    [
        ("0.0002", "0.000105", ":SOUR:VOLT:ILIM"),
        ("PROT2", "NONE", ":SOUR:VOLT:PROT"),
        ("0;0.2;", "0;20;", ":SOUR:VOLT:RANG"),
        ('"CURR:DC"', '"VOLT:DC"', ":SENS:FUNC"),
        (";1;1;AMP", ";1;0;AMP", ":SENS:CURR:RSEN"),
        ("AMP", "OHM", ":SENS:CURR:UNIT"),
        ("AMP;0;0;0;0", "AMP;1;0;0;0", ":SENS:CURR:REL:STAT"),
        ("AMP;0;0;0;0", "AMP;0;1;0;0", ":SENS:CURR:AVER"),
        ("AMP;0;0;0;0", "AMP;0;0;1;0", ":CALC:CURR:MATH:STAT"),
        ("1;NORM", "0;NORM", ":SOUR:VOLT:READ:BACK"),
        ("NORM", "HIMP", ":OUTP:VOLT:SMOD"),
    ],
)
def test_a_setting_that_reads_back_other_than_set_is_unsafe(transcript, right, wrong, query):
    pairs = [*CONFIGURED[:-1], (SETTINGS, ANSWERS.replace(right, wrong))]
    with (
        transcript(pairs) as keithley,
        pytest.raises(UnsafeError, match=rf"{query}\? of `gate` must read .* before its"),
    ):
        configure(keithley)


def test_the_error_queue_is_emptied_and_told_with_what_was_sent(transcript):
    pairs = [
        (":OUTP?", "0"),
        (SOURCE, None),
        (":SYST:ERR?", '-113,"Undefined header;1;2026/01/01"'),
        (":SYST:ERR?", '-222,"Data out of range"'),
        OK,
    ]
    with transcript(pairs) as keithley:
        with pytest.raises(
            InstrumentReported, match=r"reported -113, 'Undefined.*after ':SOUR:FUNC VOLT.*and 1 more"
        ) as caught:
            configure(keithley)
        assert (caught.value.code, caught.value.sent) == (-113, SOURCE)


def test_a_reading_holds_both_quantities_of_one_exchange(transcript):
    with transcript([*CONFIGURED, (READ, "5.1E-05,9.9998E-02;0;1")]) as keithley:
        configure(keithley)
        assert keithley.read_source() == SourceReading(voltage=9.9998e-2, current=5.1e-5, tripped=False)


def test_a_reading_says_that_the_output_is_off(transcript):
    with transcript([*CONFIGURED, (READ, "0,0;0;0")]) as keithley:
        configure(keithley)
        assert not keithley.read_source().output


@pytest.mark.parametrize("word", ["9.9E37", "+9.9E+37", "-9.9E37", "9.91E37", "-9.91E+37", "9.9e38", "nan", "inf"])
def test_an_overflow_is_never_a_number(transcript, word):
    with transcript([*CONFIGURED, (READ, f"{word},0.1;0;1"), (READ, f"1e-5,{word};1;1")]) as keithley:
        configure(keithley)
        assert keithley.read_source() == SourceReading(voltage=0.1, current=None, tripped=False)
        assert keithley.read_source() == SourceReading(voltage=None, current=1e-5, tripped=True)


def test_the_attributes_of_pymeasure_pass_no_overflow_on_either(transcript):
    with transcript([*CONFIGURED, (READ, "9.9E37,0.1;0;1")]) as keithley:
        configure(keithley)
        assert keithley.current is None


def test_a_level_is_set_and_read_back_in_one_exchange_with_all_its_digits(transcript):
    with transcript([*CONFIGURED, (":SOUR:VOLT 0.123456789;:SOUR:VOLT?", "0.1234568")]) as keithley:
        configure(keithley)
        assert keithley.set_level(0.123456789) == 0.1234568


def test_a_level_that_reads_back_wrong_is_reported(transcript):
    with transcript([*CONFIGURED, (":SOUR:VOLT 0.1;:SOUR:VOLT?", "0")]) as keithley:
        configure(keithley)
        with pytest.raises(InstrumentReported, match=r"must be set to 0\.1 V, but reads back 0 V"):
            keithley.set_level(0.1)


@pytest.mark.parametrize(
    ("volts", "sentence"), [(0.31, "within -300 mV and 300 mV"), (0.25, "within its range of 0.2 V")]
)
def test_a_level_outside_limits_or_range_is_not_sent(transcript, volts, sentence):
    with transcript(CONFIGURED) as keithley:
        configure(keithley)
        with pytest.raises(LimitError, match=sentence):
            keithley.set_level(volts)
        with pytest.raises(LimitError, match=sentence):
            keithley.source_voltage = volts


def test_nothing_is_sourced_before_the_limits_are_programmed(transcript):
    with transcript([]) as keithley:
        for act in (keithley.switch_on, keithley.enable_source, keithley.read_source, lambda: keithley.set_level(0.1)):
            with pytest.raises(UnsafeError, match="must be configured within its limits first"):
                act()


def test_switching_on_happens_at_zero_and_is_read_back(transcript):
    pairs = [*CONFIGURED, (":SOUR:VOLT?", "0"), STANDING, (":OUTP 1;:OUTP?", "1"), OK]
    with transcript(pairs) as keithley:
        configure(keithley)
        keithley.switch_on()


def test_switching_on_under_voltage_is_refused(transcript):
    with transcript([*CONFIGURED, (":SOUR:VOLT?", "0.1")]) as keithley:
        configure(keithley)
        with pytest.raises(UnsafeError, match=r"must read 0 V before its output goes on, but reads 0\.1 V"):
            keithley.switch_on()


def test_an_output_that_stays_off_is_unsafe(transcript):
    with transcript([*CONFIGURED, (":SOUR:VOLT?", "0"), STANDING, (":OUTP 1;:OUTP?", "0")]) as keithley:
        configure(keithley)
        with pytest.raises(UnsafeError, match="must read 1 after it was switched"):
            keithley.switch_on()


def test_another_command_language_is_refused(transcript):
    with transcript([("*LANG?", "SCPI2400")]) as keithley, pytest.raises(ForeignIdentity, match="is set to 'SCPI2400'"):
        keithley.verify_language()


def test_terminals_are_reported_not_switched(transcript):
    with transcript([(":ROUT:TERM?", "REAR")]) as keithley:
        assert keithley.terminals == "REAR"
        with pytest.raises(InstrumentMistake, match="keeps the terminals"):
            keithley.use_front_terminals()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"nplc": 0.0}, "`nplc` must be within 0.01 and 10"),
        ({"nplc": 11.0}, "`nplc` must be within"),
        ({"largest_voltage": 0.5}, "must stay within -300 mV"),
        (
            {"limits": Limits(voltage=(0, 0.3), current=2.0)},
            "`current` limit of `gate` must be within 1e-09 A and 1.05 A",
        ),
        ({"limits": Limits(voltage=(0, 190), current=1e-3)}, "must be within ±164 V"),
    ],
)
def test_what_a_2450_cannot_do_is_refused_before_anything_is_sent(transcript, fields, sentence):
    wish = {"limits": LIMITS, "largest_voltage": 0.1, "nplc": 1.0, "four_wire": True} | fields
    with transcript([]) as keithley, pytest.raises(LimitError, match=sentence):
        keithley.configure(wish.pop("limits"), **wish)


def test_it_ramps_to_zero_before_its_output_goes_off(transcript):
    identity = ("*IDN?", "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001,1.7.12b")
    stop = (":ABOR", None)
    ramp = [stop, (":SOUR:VOLT?", "0.1"), (":OUTP?", "1"), (":SOUR:VOLT 0;:SOUR:VOLT?", "0")]
    with transcript(
        [*CONFIGURED, identity, *ramp, stop, (":OUTP 0", None), (":OUTP?", "0"), (":SOUR:VOLT?", "0")]
    ) as keithley:
        configure(keithley)
        keithley.shutdown()


SETTABLE = [name for name in dir(PyMeasureKeithley2450) if getattr(getattr(PyMeasureKeithley2450, name), "fset", None)]


@pytest.mark.parametrize("name", SETTABLE)
def test_no_property_of_pymeasure_truncates_a_wish(transcript, name):
    """Whatever PyMeasure lets one set: a senseless value is refused, and nothing is sent."""
    with transcript(CONFIGURED) as keithley:
        configure(keithley)
        with pytest.raises((ValueError, LookupError, AttributeError)):
            setattr(keithley, name, 1e12)


OLD = ["config_buffer", "start_buffer", "stop_buffer", "reset_buffer", "disable_buffer", "wait_for_buffer"]
OTHER_WAYS = ["apply_current", "apply_voltage", "measure_current", "measure_voltage", "measure_resistance", "reset"]


@pytest.mark.parametrize("name", [*OLD, *OTHER_WAYS, "ramp_to_voltage", "ramp_to_current", "auto_range_source"])
def test_verbs_that_would_pass_the_limits_or_speak_the_2400s_language_are_refused(transcript, name):
    with transcript([]) as keithley, pytest.raises(InstrumentMistake, match="`gate` "):
        getattr(keithley, name)()


def test_a_foreign_answer_poisons_the_session(transcript):
    with transcript([*CONFIGURED, (READ, "0")]) as keithley:
        configure(keithley)
        with pytest.raises(SessionPoisoned, match="with 4 numbers"):
            keithley.read_source()
        with pytest.raises(SessionPoisoned, match="must be healed"):
            keithley.read_source()
