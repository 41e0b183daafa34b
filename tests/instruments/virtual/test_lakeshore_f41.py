"""The twin of the F41: what it measures, how it holds a field, what it says on the wire."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.lakeshore_f41_specification import MEASURE_FIELD
from smtjlab.instruments.specification import range_for
from smtjlab.instruments.virtual.lakeshore_f41 import COMMANDS, LakeShoreF41, Operation, Questionable

MORE = """
[instruments.field]
driver = "lakeshore_f41:LakeShoreF41"
role = "field_source"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring.field]
probe = "coil"
output = "{output}"

[limits.field]
field = ["-0.5 T", "0.5 T"]
slew = "0.1 T/s"

[truth.coil]
remanence = "1 mT"
"""


class Field:
    """The F41 of a bench, its magnet, and the errors it found."""

    def __init__(self, bench):
        self.bench, self.world = bench, bench.world
        self.twin: LakeShoreF41 = bench.instruments["field"]
        self.magnet = bench.world.magnet("field.probe")

    def __call__(self, message):
        with self.bench.held():
            return self.twin.execute(message)

    def number(self, message):
        return float(self(message))

    def error(self):
        return int(self("SYST:ERR?").split(",")[0])

    def true(self):
        return self.magnet.field(self.world.time)


@pytest.fixture
def make_field(make_bench):
    def make(output="coil"):
        return Field(make_bench(MORE.format(output=output), visa_library='"@py"\nmagnets = ["coil", "other"]'))

    return make


@pytest.fixture
def field(make_field):
    return make_field()


def slack(tesla, count=20):
    spec = range_for(MEASURE_FIELD, tesla)
    return spec.gain * abs(tesla) + spec.offset + 5 * spec.reading_noise(count) + spec.resolution


def go_to(field, tesla, ramp=0.1):
    field(f"SOUR:FIEL:CLL:RAMP {ramp};SETP {tesla};:SOUR:FIEL:STAT 1")
    field.world.sleep(abs(tesla) / ramp + 1)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*IDN?", "LSCI,F41,SMTJ0003/SMTJ0003FC,1.6.2019092002"), ("UNIT:FIELD?", "TESLA"), ("SENS:MODE?", "DC"),
        ("SENS:RANGE:AUTO?", "1"), ("SENSE:AVERAGE:COUNT?", "20"), ("SOURCE:FIELD:MODE?", "CLLOOP"),
        ("SOURCE:FIELD:STATE?", "0"), ("SOURCE:FIELD:VLIMIT?;:SOURCE:FIELD:SLEW?", "10;10"), ("PROBE:AXES?", "1"),
        ("PROBE:STYPE?;:PROBE:SOR?", "HALL;Z"), ("SOURCE:AOUT?", "OFF"), ("SENS:TCOM:TSOURCE?", "PROBE"),
        ("FETCH:FREQ?", "0.00000000E+00"), ("STAT:OPER:COND?;:STAT:QUES:COND?", "0;0"), ("*OPC?;*STB?", "1;0"),
        ("SYSTem:ERRor:ALL?", '0,"No error"'),
    ],
)  # fmt: skip
def test_a_fresh_one_answers(field, query, answer):
    assert field(query) == answer
    assert field.error() == 0


@pytest.mark.parametrize(
    ("message", "query", "answer"),
    [
        ("SENS:MODE AC", "SENS:MODE?", "AC"), ("SENS:AVERAGE:COUNT 1.0", "SENS:AVER:COUN?", "1"),
        ("SENS:RANGE 0.1", "SENS:RANGE?;RANGE:AUTO?", "3.50000000E-01;0"),
        ("SENS:TCOM:TSOURCE MTEM;MTEM 30", "SENS:TCOM:MTEM?", "30"), ("SENSE:FILT 1", "SENSE:FILT?", "1"),
        ("SENSE:FILT:TYPE HPASS", "SENSE:FILTER:TYPE?", "HPASS"),
        ("SENSE:FILTER:LPASS:CUTOFF F30", "SENSE:FILTER:LPASS:CUTOFF?", "F30"),
        ("SENSE:QUALIFIER:THRESHOLD BETWEEN,0.1,0.2", "SENSE:QUALIFIER:THRESHOLD?",
         "BETWEEN,1.00000000E-01,2.00000000E-01"),
        ("SENS:RELATIVE:BASELINE 0.2", "SENS:RELATIVE:BASELINE?", "2.00000000E-01"),
        ("SOURCE:AOUT ZCOR;:SOURCE:AOUT:SFACTOR 2", "SOURCE:AOUT?;:SOURCE:AOUT:SFACTOR?", "ZCOR;2"),
        ("SOURCE:FIELD:OPL:VOLTAGE 0.5", "SOURCE:FIELD:OPL:VOLTAGE?", "0.5"),
        ("UNIT:FIELD GAUSS;:SOURCE:FIELD:CLL:SETPOINT 100;:UNIT:FIELD TESLA", "SOURCE:FIELD:CLL:SETPOINT?",
         "1.00000000E-02"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered(field, message, query, answer):
    field(message)
    assert field(query) == answer
    assert field.error() == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [("FOO", -113), ("*LANG?", -113), ("SOUR:FIEL:CLL:SETP 4", -222), ("SENS:RANG 10", -222), ("SENS:MODE X", -224),
     ("SOUR:FIEL:VLIM 11", -222), ("SENS:AVER:COUN 1001", -222), ("SENS:QUAL:THRESHOLD OVER,1,2", -108),
     ("SENS:QUAL:THRESHOLD BETWEEN,1", -109), ("!", -102)],
)  # fmt: skip
def test_mistakes_are_numbered(field, message, code):
    field(message)
    assert field.error() == code


def test_a_mistake_does_not_keep_the_question_for_the_errors_from_its_answer(field):
    assert field("FOO 1;:SYSTem:ERRor:ALL?") == '-113,"Undefined header"'
    assert field('SENS:MODE "x;:SYSTem:ERRor:ALL?') is None
    assert field("FETCH:TEMP?;:BAR?;:SYSTem:ERRor:ALL?").endswith('-151,"Invalid string data",-113,"Undefined header"')


@pytest.mark.parametrize("tesla", [0.02, 0.2, -0.3])
def test_a_closed_loop_settles_within_the_specification(field, tesla):
    go_to(field, tesla)
    assert field.true() == pytest.approx(tesla, abs=slack(tesla))
    assert field.true() != tesla
    assert field.number("FETCH:DC?") == pytest.approx(tesla, abs=6 * range_for(MEASURE_FIELD, tesla).noise)


def test_the_field_ramps_at_its_rate_and_says_when_it_is_done(field):
    field("SOUR:FIEL:CLL:RAMP 0.05;SETP 0.101;:SOUR:FIEL:STAT 1")
    field.world.sleep(1.0)
    assert field.true() == pytest.approx(0.051, abs=1e-4)
    assert not int(field("STAT:OPER:COND?")) & Operation.RAMP_DONE
    assert int(field("STAT:OPER:COND?")) & Operation.RAMP_DONE  # who polls on imagined time has waited
    assert field.world.time == pytest.approx(2.0, abs=0.01)


def test_a_reading_averages_its_window_even_on_a_ramp(field):
    field("SENS:AVER:COUN 100;:SOUR:FIEL:CLL:RAMP 0.1;SETP 0.301;:SOUR:FIEL:STAT 1")
    field.world.sleep(2.0)
    with field.bench.held():
        value = float(field.twin.execute("FETC:DC?"))
    assert value == pytest.approx(0.001 + 0.1 * 1.51, abs=slack(0.2))


def test_the_output_follows_its_voltage_in_open_loop(field):
    field("SOUR:FIEL:MODE OPLOOP;OPL:VOLT 2;:SOUR:FIEL:SLEW 1;STAT 1")
    field.world.sleep(1.0)
    assert field.true() == pytest.approx(1e-3 + 1.0 * 1.2 * 0.05)
    field.world.sleep(2.0)
    assert field.true() == pytest.approx(1e-3 + 2 * 1.2 * 0.05)


def test_a_field_beyond_the_output_stops_at_the_voltage_limit_and_says_so(field):
    field("SOUR:FIEL:VLIM 1;:SOUR:FIEL:CLL:SETP 0.5;:SOUR:FIEL:STAT 1")
    field.world.sleep(10)
    assert field.true() == pytest.approx(1e-3 + 1.2 * 0.05)
    assert int(field("STAT:QUES:COND?")) == Questionable.VOLTAGE_LIMIT


def test_a_ramp_faster_than_the_output_may_slew_is_slowed_down(field):
    field("SOUR:FIEL:SLEW 1;:SOUR:FIEL:CLL:RAMP 100;SETP 0.061;:SOUR:FIEL:STAT 1")
    field.world.sleep(0.5)
    assert field.true() == pytest.approx(0.031, abs=1e-4)
    assert int(field("STAT:QUES:COND?")) & Questionable.SLEW_LIMIT


def test_a_loop_whose_probe_sees_another_magnet_runs_to_the_rails(make_field):
    field = make_field(output="other")
    field("SOUR:FIEL:CLL:SETP 0.1;:SOUR:FIEL:STAT 1")
    field.world.sleep(10)
    assert field.bench.world.magnet("field.output").current(field.world.time) == 12.0
    assert int(field("STAT:QUES:COND?")) & Questionable.VOLTAGE_LIMIT


def test_an_output_that_goes_off_lets_the_field_go_and_one_that_was_never_on_leaves_the_magnet_alone(field):
    field.magnet.drive_current(1.0, 1e3, 0.0)
    field("SOUR:FIEL:CLL:SETP 0.2;:*RST")
    field.world.sleep(1)
    assert field.true() == pytest.approx(0.051)
    go_to(field, 0.2)
    field("SOUR:FIEL:STAT 0")
    field.world.sleep(1)
    assert field.true() == pytest.approx(0.001)
    assert not field.twin.output_is_on


def test_a_fixed_range_overflows_and_is_never_clipped(field):
    field("SENS:RANG 0.03")
    field.magnet.drive_current(1.0, 1e6, 0.0)
    field.world.sleep(1)
    assert field("FETCH:DC?") == "9.90000000E+37"
    assert int(field("STAT:OPER:COND?")) == Operation.OVERLOAD
    assert float(field("SENS:RANG:AUTO 1;:FETCH:DC?")) == pytest.approx(0.051, abs=slack(0.1))


def test_a_missing_probe_is_told_and_nothing_is_regulated(field):
    field.twin.probe_connected = False
    assert field("FETCH:DC?") == "9.91000000E+37"
    assert int(field("STAT:OPER:COND?")) & Operation.NO_PROBE
    assert field("PROBE:MODEL?") is None
    assert field.error() == -241
    field("SOUR:FIEL:CLL:SETP 0.1;:SOUR:FIEL:STAT 1")
    field.world.sleep(5)
    assert field.true() == pytest.approx(1e-3)


def test_axes_that_are_not_there_are_no_numbers(field):
    assert field("FETCH:DC? ALL").startswith("9.91000000E+37,9.91000000E+37,")
    assert field("FETCH:DC? X") == "9.91000000E+37"
    assert abs(field.number("FETCH:DC? Z")) < 2e-3


def test_extremes_relative_reading_and_qualifier_follow_the_field(field):
    go_to(field, 0.2)
    field("FETC:DC?;:SENS:REL:TARE;:SENS:QUALIFIER:THRESHOLD OVER,0.15;:SENS:MRES")
    assert abs(field.number("FETCH:RELATIVE?")) < 1e-3
    assert field("SENS:QUALIFIER:CONDITION?") == "1"
    go_to(field, 0.1)
    assert field("SENS:QUALIFIER:CONDITION?") == "0"
    assert field.number("FETCH:MIN?") == pytest.approx(0.1, abs=slack(0.1))
    assert field.number("FETCH:MAX?") == pytest.approx(0.2, abs=slack(0.2))


def test_the_buffer_holds_a_point_for_each_window(field):
    field("SENS:AVER:COUN 10;:FETC:BUFF:DC?")
    field.world.sleep(1.0)
    points = field("FETC:BUFF:DC?").strip('"').rstrip(";").split(";")
    assert len(points) in (9, 10, 11)
    assert all(len(point.split(",")) == 7 for point in points)


def test_gauss_are_a_ten_thousandth_of_a_tesla(field):
    tesla = field.number("FETCH:DC?")
    assert field.number("UNIT:FIELD GAUSS;:FETCH:DC?") == pytest.approx(1e4 * tesla, abs=1e4 * slack(0.0))


def test_a_proportional_loop_leaves_a_part_undone(field):
    field("SOUR:FIEL:CLL:GAIN 4;INT 0")
    go_to(field, 0.2)
    assert field.true() == pytest.approx(0.2 * 4 / 5, abs=slack(0.2))


def test_the_field_moves_the_junction(make_field):
    field = make_field()
    with field.bench.held():
        assert field.bench.world.surroundings.field("device", 0.0) == pytest.approx(1e-3)
    go_to(field, 0.2)
    with field.bench.held():
        assert field.bench.world.surroundings.field("device", field.world.time) == pytest.approx(0.2, abs=slack(0.2))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from([one.header for one in COMMANDS]), max_size=4), st.text(max_size=30))
def test_no_message_breaks_it(field, headers, text):
    short = [header.replace("[", "").replace("]", "") for header in headers]
    for message in (";".join(f"{one} {text}" for one in short), ";".join(f"{one}? {text}" for one in short), text):
        field(message)
    assert (field("*IDN?") or "").startswith("LSCI,F41")
