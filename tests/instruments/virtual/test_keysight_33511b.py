"""The twin of the 33511B: what it answers, how its levels hang together, and what comes out of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.virtual.command_tree import CommandTree
from smtjlab.instruments.virtual.keysight_33511b import COMMANDS, Keysight33511B

MORE = """
[instruments.generator]
driver = "keysight_33511b:Keysight33511B"
role = "function_generator"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.generator]
voltage = ["-1 V", "1 V"]
current = "10 mA"

[components.load]
resistance = "{load}"
between = ["wave.out", "wave.ground"]

[wiring.generator]
out = {{ hi = "wave.out", lo = "wave.ground" }}
"""


class Generator:
    def __init__(self, bench):
        self.bench, self.world = bench, bench.world
        self.twin: Keysight33511B = bench.instruments["generator"]

    def __call__(self, message):
        with self.bench.held():
            return self.twin.execute(message)

    def number(self, message):
        return float(self(message))

    def seen(self, seconds=2e-3, points=2000, start=None):
        """Voltage at the load."""
        begin = self.world.time if start is None else start
        with self.bench.held():
            times = begin + np.arange(points) * seconds / points
            return times, self.world.record("generator.out", times, np.random.default_rng(1))


@pytest.fixture
def bank(make_bench):
    return lambda load="1 Gohm": Generator(make_bench(MORE.format(load=load)))


@pytest.fixture
def generator(bank):
    """Into what is as good as nothing."""
    return bank()


NONE = '+0,"No error"'


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("*RST", "*IDN?", "Agilent Technologies,33511B,SMTJ0003,2.03-1.19-2.00-52-00"),
        ("FREQ 137", "FREQ?", "+1.370000000000000E+02"),
        ("SOUR1:FREQ 2 KHZ", "SOURce1:FREQuency?", "+2.000000000000000E+03"),
        ("FUNC SQU", "SOUR:FUNC?", "SQU"), ("FUNCtion TRIangle", "FUNC?", "TRI"), ("FUNC DC", "FUNC?", "DC"),
        ("VOLT 0.5", "VOLT?", "+5.000000000000000E-01"), ("VOLT 1 VRMS", "VOLT:UNIT?", "VPP"),
        ("VOLT:UNIT VRMS;:VOLT 1", "VOLT?", "+1.000000000000000E+00"), ("VOLT:UNIT DBM", "VOLT:UNIT?", "DBM"),
        ("OUTP1 ON", "OUTP?", "1"), ("OUTP:LOAD INF", "OUTP1:LOAD?", "+9.900000000000000E+37"),
        ("OUTP:LOAD INF", "VOLT?;VOLT? MAX", "+2.000000000000000E-01;+2.000000000000000E+01"),
        ("OUTP:POL INV", "OUTP:POL?", "INV"), ("PHAS -90", "PHAS?", "-9.000000000000000E+01"),
        ("FUNC:SQU:DCYC 20", "FUNC:SQU:DCYC?", "+2.000000000000000E+01"),
        ("FUNC:RAMP:SYMM 50", "FUNC:RAMP:SYMM?", "+5.000000000000000E+01"),
        ("FUNC PULS;FUNC:PULS:PER 2e-3;WIDT 5e-4", "FUNC:PULS:DCYC?", "+2.500000000000000E+01"),
        ("BURS:STAT 1;NCYC 3;MODE GAT", "BURS:STAT?;NCYC?;MODE?", "1;+3.000000000000000E+00;GAT"),
        ("BURS:NCYC INF", "BURS:NCYC?", "+9.900000000000000E+37"), ("TRIG1:SOUR BUS", "TRIG:SOUR?", "BUS"),
        ("APPL:SIN 5e3,3,-1", "APPL?",
         '"SIN +5.000000000000000E+03,+3.000000000000000E+00,-1.000000000000000E+00"'),
        ("APPL:SQU", "OUTP?", "1"), ("VOLT:HIGH 2;LOW -1", "VOLT?;VOLT:OFFS?",
                                     "+3.000000000000000E+00;+5.000000000000000E-01"),
        ("FREQ 5;*SAV 1;FREQ 6;*RCL 1", "FREQ?", "+5.000000000000000E+00"), ("FREQ:MODE CW", "FREQ:MODE?", "CW"),
        ("DISP:TEXT 'hello'", "DISP:TEXT?", '"hello"'),
        ("FUNC:ARB:SRAT 1e6", "FUNC:ARB:SRAT?", "+1.000000000000000E+06"),
        ("FREQ MIN", "FREQ?;FREQ? MAX", "+1.000000000000000E-06;+2.000000000000000E+07"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered(generator, command, query, answer):
    generator(command)
    assert generator(query) == answer
    assert generator("SYST:ERR?") == NONE


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("FOO", '-113,"Undefined header"'), ("SOUR2:FREQ 1", '-114,"Header suffix out of range"'),
        ("AM:STAT 1", '-113,"Undefined header"'), ("FUNC ARB", '-224,"Illegal parameter value"'),
        ("VOLT 11", '-222,"Data out of range; value clipped to upper limit"'),
        ("VOLT 1e-4", '-222,"Data out of range; value clipped to lower limit"'),
        ("FREQ 1e9", '-222,"Data out of range; value clipped to upper limit"'),
        ("VOLT 4;VOLT:OFFS 4", '-222,"Data out of range; value clipped to upper limit"'),
        ("VOLT:OFFS 4;:VOLT 4", '-221,"Settings conflict; offset changed due to amplitude"'),
        ("FREQ 1e6;FUNC RAMP", '-221,"Settings conflict; frequency reduced for ramp function"'),
        ("FUNC DC;VOLT:OFFS 5;:FUNC SIN", '-221,"Settings conflict; offset changed on exit from dc function"'),
        ("FUNC PULS;:FREQ 20e3", '-221,"Settings conflict; pulse width decreased due to period"'),
        ("VOLT:UNIT DBM;:OUTP:LOAD INF", '-221,"Settings conflict; amplitude units changed to Vpp due to high-Z load"'),
        ("OUTP:LOAD INF;:VOLT:UNIT DBM", '-221,"Settings conflict; unable to select dBm units due to high-Z load"'),
        ("VOLT:HIGH -1", '-221,"Settings conflict; low level changed due to high level"'),
        ("*TRG", '-211,"Trigger ignored"'), ("VOLT 1 A", '-131,"Invalid suffix"'),
        ("OUTP:LOAD 1e5", '-222,"Data out of range"'),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together_are_told(generator, command, error):
    generator(command)
    assert generator("SYST:ERR?") == error
    assert generator("SYST:ERR?") == NONE


@pytest.mark.parametrize(("load", "seen"), [("50 ohm", 0.5), ("1 Gohm", 1.0)])
def test_what_is_displayed_is_for_50_ohm_and_twice_of_it_comes_into_nothing(bank, load, seen):
    generator = bank(load)
    generator("VOLT 1;:OUTP 1")
    _, volts = generator.seen()
    assert np.ptp(volts) / 2 == pytest.approx(seen, rel=0.03)
    assert generator.number("VOLT?") == 1.0


def test_telling_the_load_changes_the_display_not_the_output(generator):
    generator("VOLT 1;VOLT:OFFS 0.3;:OUTP 1")
    _, before = generator.seen()
    generator("OUTP:LOAD INF")
    np.testing.assert_array_equal(generator.seen()[1], before)
    assert generator("VOLT?;VOLT:OFFS?") == "+2.000000000000000E+00;+6.000000000000000E-01"


def test_a_sine_has_frequency_amplitude_phase_and_offset(generator):
    generator("OUTP:LOAD INF;:FREQ 2500;:VOLT 2;VOLT:OFFS 0.5;:PHAS 30;:OUTP 1")
    times, volts = generator.seen()
    parts = np.column_stack([np.sin(2 * np.pi * 2500 * times), np.cos(2 * np.pi * 2500 * times), np.ones(len(times))])
    (sine, cosine, mean), *_ = np.linalg.lstsq(parts, volts, rcond=None)
    assert np.hypot(sine, cosine) == pytest.approx(1.0, rel=0.011)
    assert np.degrees(np.arctan2(cosine, sine)) == pytest.approx(30, abs=0.01)
    assert mean == pytest.approx(0.5, abs=0.007)


@pytest.mark.parametrize(
    ("shape", "high"),
    [("FUNC SQU;FUNC:SQU:DCYC 20", 0.2), ("FUNC PULS;FUNC:PULS:WIDT 3e-4", 0.3), ("FUNC RAMP", 0.5), ("FUNC TRI", 0.5)],
)
def test_shapes_are_high_for_their_part_of_a_period(generator, shape, high):
    generator(f"OUTP:LOAD INF;:FREQ 1000;:VOLT 2;:{shape};:OUTP 1")
    _, volts = generator.seen()
    assert np.mean(volts > 0) == pytest.approx(high, abs=0.01)
    assert np.ptp(volts) == pytest.approx(2.0, rel=0.02)


def test_inverted_turns_the_wave_around_its_offset(generator):
    generator("OUTP:LOAD INF;:FREQ 1000;:VOLT 2;VOLT:OFFS 1;:OUTP 1")
    _, before = generator.seen()
    generator("OUTP:POL INV")
    np.testing.assert_allclose(before + generator.seen()[1], 2 * np.mean(before), atol=1e-6)


def test_nothing_comes_out_of_an_open_relay(generator):
    generator("VOLT 1;:OUTP 1")
    assert generator.bench.outputs()["generator"]
    generator("*RST")
    assert np.ptp(generator.seen()[1]) == 0
    assert not generator.bench.outputs()["generator"]


def test_a_burst_begins_with_its_trigger_and_lasts_its_cycles(generator):
    generator("OUTP:LOAD INF;:FREQ 1000;:VOLT 2;:BURS:NCYC 3;STAT 1;:TRIG:SOUR BUS;:OUTP 1")
    generator.world.sleep(0.01237)
    assert np.ptp(generator.seen()[1]) < 1e-9
    generator("*TRG")
    generator.world.sleep(1e-6)
    began = generator.world.time - 1e-6
    _, volts = generator.seen(1e-3, 1000, began)
    np.testing.assert_allclose(volts, np.sin(2 * np.pi * np.arange(1000) / 1000), atol=0.02)
    generator("*WAI")
    assert generator.world.time - began == pytest.approx(3e-3)
    assert np.ptp(generator.seen()[1]) < 1e-9


def test_an_endless_burst_is_ended_by_a_device_clear(generator):
    generator("BURS:NCYC INF;STAT 1;:TRIG:SOUR BUS;:OUTP 1;*TRG")
    generator.world.sleep(10.0)
    assert np.ptp(generator.seen()[1]) > 0.1
    with generator.bench.held():
        generator.twin.device_clear()
    assert np.ptp(generator.seen()[1]) < 1e-9


def test_noise_is_gaussian_within_its_peaks(generator):
    generator("OUTP:LOAD INF;:FUNC NOIS;:VOLT 6;:OUTP 1")
    _, volts = generator.seen()
    assert np.std(volts) == pytest.approx(1.0, rel=0.06)


def test_every_header_is_one_command():
    assert CommandTree(COMMANDS)
    assert all(one.forms for one in Keysight33511B.supported())


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([":VOLT", "FREQ", "APPL:", "SIN", "?", " ", "1", "INF", ",", ";", "MAX", "9E9", "é"]),
        max_size=9,
    )
)
def test_nothing_that_is_sent_breaks_it(generator, parts):
    generator("".join(parts))
    assert generator("*IDN?").startswith("Agilent")
    assert "-310" not in (generator("SYST:ERR?") or "")


@pytest.mark.parametrize(
    ("message", "code"),
    [(":VOLT 4", "-222"), (":VOLT:OFFS 0.8", "-222"), (":VOLT:HIGH 2", "-222"), (":VOLT:LIM:HIGH 0.1", "-221"),
     (":VOLT:LIM:LOW 2", "-221"), (":FUNC DC;:VOLT:OFFS -1.5", "-222")],
)  # fmt: skip
def test_limits_of_the_output_are_passed_by_no_setting_once_they_are_on(generator, message, code):
    generator("*RST;:OUTP:LOAD INF;:VOLT 1;:VOLT:LIM:LOW -1;HIGH 1;STAT 1")
    assert generator("SYST:ERR?").startswith("+0")
    generator(message)
    assert generator("SYST:ERR?").startswith(code)
    assert abs(generator.number(":VOLT:OFFS?")) + generator.number(":VOLT?") / 2 <= 1


def test_limits_that_do_not_hold_the_present_wave_do_not_go_on(generator):
    generator("*RST;:OUTP:LOAD INF;:VOLT 4;:VOLT:LIM:LOW -1;HIGH 1;STAT 1")
    assert generator("SYST:ERR?").startswith("-221")
    assert generator(":VOLT:LIM:STAT?") == "0"
