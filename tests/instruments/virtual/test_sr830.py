"""The twin of the SR830: its language, its filter and noise against closed forms, and what it reads of the circuit."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.sr830_specification import BANDWIDTHS, VOLTAGE_NOISE
from smtjlab.instruments.virtual.sr830 import COMMANDS, SR830
from smtjlab.instruments.virtual.sr830_filter import covariance, propagator
from smtjlab.instruments.virtual.sr830_store import native
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.predict import predict

MORE = """
[instruments.lockin]
driver = "sr830:SR830"
role = "lock_in"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.lockin]
voltage = ["-2 V", "2 V"]
current = "10 mA"

[components.top]
resistance = "9 kohm"
between = ["divider.in", "divider.out"]

[components.bottom]
resistance = "1 kohm"
between = ["divider.out", "divider.ground"]

[wiring.lockin]
"""
DIVIDER = """
osc = { hi = "divider.in", lo = "divider.ground" }
a = { hi = "divider.out", lo = "divider.ground" }
"""
APART = 'osc = { hi = "divider.in", lo = "divider.ground" }\n'
JUNCTION = """
osc = { hi = "second.gate", lo = "second.back" }
a = { hi = "second.top", lo = "second.bottom" }

[instruments.bias]
driver = "keithley_2450:Keithley2450"
role = "source_meter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.bias]
voltage = ["-1 V", "1 V"]
current = "1 mA"

[wiring.bias]
hi = "second.top"
lo = "second.bottom"

[truth.second]
preset = "fig5"
breakdown = false
"""
GENERATOR = """
[instruments.generator]
driver = "keysight_33511b:Keysight33511B"
role = "function_generator"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.generator]
voltage = ["-1 V", "1 V"]
current = "10 mA"

[wiring.generator]
out = { hi = "divider.in", lo = "divider.ground" }
"""
TWO = {"visa_library": '"@py"\ndevices = ["device", "second"]'}


class LockIn:
    def __init__(self, bench):
        self.bench, self.world = bench, bench.world
        self.twin: SR830 = bench.instruments["lockin"]

    def __call__(self, message, name="lockin"):
        with self.bench.held():
            return self.bench.instruments[name].execute(message)

    def number(self, message):
        return float(self(message))

    def numbers(self, message):
        return [float(word) for word in self(message).split(",")]

    def phasor(self):
        self.world.sleep(40 * self.twin.settings.time_constant)
        return complex(*self.numbers("SNAP?1,2"))


@pytest.fixture
def lockin(make_bench):
    """Its sine through 9 kohm to 1 kohm, at 1 V rms."""
    made = LockIn(make_bench(MORE + DIVIDER))
    made("*RST;*CLS")
    return made


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("*CLS", "*IDN?", "Stanford_Research_Systems,SR830,SMTJ0003,ver1.07"),
        ("FREQ1.37E2", "FREQ?", "137"), ("FREQ 12345.678", "FREQ ?", "12346"), ("freq.00123", "FREQ?", "0.0012"),
        ("SENS17", "SENS?", "17"), ("SENS 5.0", "SENS?", "5"), ("SENS.5E1", "SENS?", "5"),
        ("SLVL0.1009", "SLVL?", "0.100"), ("PHAS 190", "PHAS?", "-170.00"), ("PHAS-90.25", "PHAS?", "-90.25"),
        ("OFLT10;OFSL 3;SYNC 1", "OFLT?;OFSL?;SYNC?", "10\n3\n1"), ("HARM 19999", "HARM?", "102"),
        ("DDEF1,1,0;DDEF 2, 1, 2", "DDEF?1;DDEF ? 2", "1,0\n1,2"), ("OEXP1,12.5,1", "OEXP? 1", "12.50,1"),
        ("AUXV1,1.25;", "AUXV?1;", "1.250"), ("SRAT14.000000", "SRAT?", "14"), ("SEND 0", "SEND ?", "0"),
        ("SSET3;SENS1;RSET3", "SENS?", "26"), ("ISRC 1;ILIN3;RMOD0", "ISRC?;ILIN?;RMOD?", "1\n3\n0"),
        ("OUTX 1;OVRM1", "OUTX?", "1"), ("*ESE 32;LIAE2,1", "*ESE?;LIAE?;LIAE?2;*ESE?5", "32\n4\n1\n1"),
        ("FAST2;STRD", "*STB?0", "0"), ("FPOP1,0", "FPOP?1", "0"), ("FREQ 100;OFLT 15", "OFLT?", "15"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered_each_in_a_line_of_its_own(lockin, command, query, answer):
    lockin(command)
    assert lockin(query) == answer
    assert lockin("*ESR?") == "0"


@pytest.mark.parametrize(
    ("command", "bit"),
    [("FOOO", 32), ("FREQ", 32), ("FREQ x", 32), ("SENS?3", 32), ("SENS 27", 16), ("SLVL 0.003", 16), ("SLVL6", 16),
     ("FREQ 2e5", 16), ("OFLT16", 16), ("RSET 4", 16), ("TRCA?1,0,1", 16), ("HARM2;FREQ 6e4", 16), ("AUXV1,11", 16),
     ("SNAP?1", 32), ("OUTP?5", 16), ("9", 32)],
)  # fmt: skip
def test_a_mistake_sets_a_bit_and_says_nothing(lockin, command, bit):
    assert lockin(command) is None
    assert lockin("*ESR?") == str(bit)
    assert lockin("*ESR?") == "0"


def test_the_divider_is_read_within_one_per_cent(lockin):
    lockin("SENS24;SLVL1")
    assert lockin.phasor() == pytest.approx(0.1 * 10e3 / (10e3 + 50), rel=0.02)
    lockin("PHAS 30")
    lockin.phasor()
    assert lockin.number("OUTP?4") == pytest.approx(-30, abs=0.1)
    assert lockin.number("OUTP?3") == pytest.approx(0.0995, rel=0.02)


def test_another_harmonic_of_a_pure_sine_holds_nothing(lockin):
    lockin("HARM2;SENS17")
    assert abs(lockin.phasor()) < 1e-6


@pytest.mark.parametrize("slope", [0, 1, 2, 3])
def test_a_step_goes_through_the_poles_as_the_closed_form_says(lockin, slope):
    lockin(f"SENS24;OFLT10;OFSL{slope};SLVL0.5")
    before = lockin.phasor().real
    lockin("SLVL1.0")
    read = []
    for _ in range(6):
        lockin.world.sleep(0.7)
        read.append(lockin.number("OUTP?1"))
    after = lockin.phasor().real
    times = 0.7 * np.arange(1, 7)
    rest = sum(np.exp(-times) * times**power / math.factorial(power) for power in range(slope + 1))
    np.testing.assert_allclose(read, after + (before - after) * rest, atol=2e-6)


def test_what_others_change_is_followed_from_the_moment_of_the_change(make_bench):
    lockin = LockIn(make_bench(MORE + JUNCTION, **TWO))
    lockin("SENS20;OFLT10;OFSL0;SLVL0.3;FREQ17")
    lockin(":SOUR:FUNC CURR;:SOUR:CURR 1e-5;:OUTP ON", "bias")
    before = lockin.phasor().real
    lockin.world.sleep(100)
    lockin(":SOUR:CURR 2e-5", "bias")
    lockin.world.sleep(0.5)
    assert lockin.number("OUTP?1") == pytest.approx(before * (2 - math.exp(-0.5)), rel=0.02)


@pytest.mark.parametrize("slope", [0, 3])
def test_noise_has_the_bandwidth_of_the_filter(make_bench, slope):
    lockin = LockIn(make_bench(MORE + APART))
    lockin(f"SENS6;OFLT8;OFSL{slope}")
    read = []
    for _ in range(400):
        lockin.world.sleep(2.0)
        read += lockin.numbers("SNAP?1,2")
    expected = VOLTAGE_NOISE * math.sqrt(BANDWIDTHS[slope] / 0.1)
    assert np.std(read) == pytest.approx(expected, rel=0.1)


def test_readings_within_a_time_constant_are_alike(make_bench):
    lockin = LockIn(make_bench(MORE + APART))
    lockin("SENS6;OFLT8;OFSL0;SRAT10;REST;STRT")  # 64 Hz
    lockin.world.sleep(100)
    read = np.array(lockin("TRCA?1,0,6000").split(",")[:-1], float)
    alike = np.corrcoef(read[:-1], read[1:])[0, 1]
    assert alike == pytest.approx(math.exp(-1 / 6.4), abs=0.03)


def test_covariance_of_the_poles_is_the_bandwidth_and_stays():
    np.testing.assert_allclose(np.diag(covariance(2.0)), np.array(BANDWIDTHS) / 2.0)
    assert propagator(1e-9) == pytest.approx(np.eye(4), abs=1e-8)
    np.testing.assert_allclose(propagator(0.3) @ propagator(0.5), propagator(0.8), atol=1e-15)


def reference(harmonic, rms=0.3, amperes=1e-5):
    """Phasor of a junction's voltage under a constant current, its gate swung by a sine: rms, as a lock-in counts."""
    turns = (np.arange(256) + 0.5) / 256
    gates = rms * math.sqrt(2) * np.sin(2 * np.pi * turns)
    siemens = predict(Junction.preset("fig5"), "boltzmann", gates).conductance
    return complex(np.mean(math.sqrt(2) * 1j * amperes / siemens * np.exp(-2j * np.pi * harmonic * turns)))


@pytest.mark.parametrize("harmonic", [1, 2, 3])
def test_a_gate_swung_over_the_kink_answers_with_harmonics(make_bench, harmonic):
    lockin = LockIn(make_bench(MORE + JUNCTION, **TWO))
    lockin(f"SENS18;OFLT10;OFSL3;ICPL1;SLVL0.3;FREQ17;HARM{harmonic}")
    lockin(":SOUR:FUNC CURR;:SOUR:CURR 1e-5;:OUTP ON", "bias")
    expected, found = reference(harmonic), lockin.phasor()
    assert abs(expected) > 5e-5
    assert abs(found - expected) < 0.03 * abs(expected)


def test_a_short_time_constant_lets_twice_the_reference_through_and_the_synchronous_filter_does_not(lockin):
    lockin("FREQ 7;OFLT 8;OFSL0;SENS24")
    lockin.phasor()
    read = []
    for _ in range(40):
        lockin.world.sleep(1 / 77)
        read.append(lockin.number("OUTP?1"))
    assert np.ptp(read) / 2 == pytest.approx(0.0995 / math.hypot(1, 4 * math.pi * 7 * 0.1), rel=0.1)
    lockin("SYNC1")
    read = [lockin.phasor().real for _ in range(5)]
    assert np.ptp(read) < 1e-5


def test_overloads_are_latched_until_they_are_read(lockin):
    lockin("SENS17;RMOD2")
    lockin.phasor()
    assert lockin.number("LIAS?0") == 1
    assert lockin.number("LIAS?") == 7  # it still holds
    lockin("SENS26")
    lockin.phasor()
    assert lockin("LIAS?;LIAS?") == "7\n0"
    assert lockin.number("OUTP?1") == pytest.approx(0.0995, rel=0.02)


def test_a_reading_is_never_beyond_109_per_cent(lockin):
    lockin("SENS20")
    lockin.phasor()
    assert lockin("OUTP?1") == "0.0109"


def test_offset_is_taken_from_the_reading(lockin):
    lockin("SENS24")
    full = lockin.phasor().real
    lockin("AOFF1")
    assert lockin.number("OUTP?1") == pytest.approx(0, abs=1e-4)
    assert lockin.numbers("OEXP?1")[0] == pytest.approx(full / 0.2 * 100, abs=0.01)
    assert lockin.number("OUTP?3") == pytest.approx(full, rel=1e-3)


def test_auto_functions_find_scale_and_phase(lockin):
    lockin("PHAS 45")
    lockin.phasor()
    lockin("AGAN;APHS")
    lockin.phasor()
    assert lockin("SENS?") == "24"
    assert lockin.number("OUTP?4") == pytest.approx(0, abs=0.05)


def test_passing_200_hz_limits_the_time_constant_and_says_so(lockin):
    lockin("FREQ 100;OFLT 16;LIAS?;FREQ 300")
    assert lockin("OFLT?") == "13"
    assert int(lockin("LIAS?")) & 48 == 48


def test_an_external_reference_locks_to_nothing_here(lockin):
    lockin("FMOD0")
    assert lockin.number("LIAS?") == 8
    assert lockin("FREQ?") == "0"
    assert lockin("FREQ 100;*ESR?") == "16"


def test_an_external_reference_locks_to_the_only_wave_that_comes_from_elsewhere(make_bench):
    lockin = LockIn(make_bench(MORE + 'a = { hi = "divider.out", lo = "divider.ground" }\n' + GENERATOR))
    lockin("OUTP:LOAD INF;:FREQ 217;:PHAS 20;:VOLT 1;:OUTP 1", "generator")
    lockin("FMOD0;SENS24")
    found = lockin.phasor()
    assert lockin("FREQ?;LIAS?4") == "217\n0"
    assert abs(found) == pytest.approx(0.5 / math.sqrt(2) / 10.05, rel=0.02)
    assert np.degrees(np.angle(found)) == pytest.approx(20, abs=0.1)


def test_the_current_input_reads_amperes(make_bench):
    lockin = LockIn(make_bench(MORE + DIVIDER))
    lockin("*RST;ISRC2;SENS26;OFLT8")
    lockin("SLVL0.004")
    through = 1 / (50 + 9000 + 500) / 2  # half of it goes through the 1 kohm beside the input's own
    assert lockin.phasor().real == pytest.approx(0.004 * through, rel=0.03)


def test_the_store_fills_at_its_rate_and_ends_when_full(lockin):
    lockin("SRAT13;SEND0;OFLT4;REST;STRT")
    assert lockin("*STB?0") == "0"
    assert lockin("SPTS?") == "1"
    assert lockin("SPTS?") == "2"  # whoever polls imagined time waits for the next point
    lockin.world.sleep(1.0)
    assert int(lockin("SPTS?")) in range(513, 517)
    lockin.world.sleep(40.0)
    assert lockin("SPTS?") == "16383"
    assert lockin("*STB?0") == "1"


def test_points_come_in_three_forms(lockin):
    lockin("SENS24;SRAT10;SEND0;DDEF1,1,0")
    lockin.phasor()
    lockin("REST;STRT")
    lockin.world.sleep(1.0)
    lockin("PAUS")
    ascii_point = lockin("TRCA?1,3,1")
    assert ascii_point.startswith("+9.9")
    assert ascii_point.endswith("e-002,")
    floats = lockin("TRCB?1,3,2").encode("latin-1")
    assert struct.unpack("<2f", floats)[0] == pytest.approx(float(ascii_point[:-1]), rel=1e-6)
    assert lockin.twin.terminator == ""
    mantissa, exponent = struct.unpack("<hh", lockin("TRCL?1,3,1").encode("latin-1"))
    assert mantissa * 2.0 ** (exponent - 124) == pytest.approx(float(ascii_point[:-1]), rel=1e-4)
    lockin("*IDN?")
    assert lockin.twin.terminator == "\n"


@given(st.floats(-2.0, 2.0))
def test_the_native_form_is_good_to_fifteen_bits(value):
    mantissa, exponent = struct.unpack("<hh", native(value))
    assert mantissa * 2.0 ** (exponent - 124) == pytest.approx(value, rel=2**-14, abs=2.0**-124)


def test_triggers_store_a_point_each(lockin):
    lockin("SRAT14;REST;STRT;TRIG;TRIG;TRIG")
    assert lockin("SPTS?") == "3"
    assert int(lockin("LIAS?")) & 64


def test_same_seed_same_numbers(make_bench):
    read = []
    for _ in range(2):
        lockin = LockIn(make_bench(MORE + DIVIDER))
        lockin("SENS17")
        read.append(lockin.phasor())
    assert read[0] == read[1]


def test_it_was_left_at_the_smallest_amplitude_and_reset_makes_it_one_volt(make_bench):
    lockin = LockIn(make_bench(MORE + DIVIDER))
    assert lockin("SLVL?") == "0.004"
    assert not lockin.bench.outputs()["lockin"]
    lockin("*RST")
    assert lockin("SLVL?") == "1.000"
    assert lockin.bench.outputs()["lockin"]


def test_every_command_is_in_its_table_once():
    headers = [command.header for command in COMMANDS]
    assert len(headers) == len(set(headers))
    assert {"SNAP", "TRCL", "LIAS", "*ESR"} <= {one.command for one in SR830.supported()}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["SENS", "FREQ", "?", "*", "1", ",", ";", "é", "-", "E9", "TRCA", "DDEF", " "]), max_size=9
    )
)
def test_nothing_that_is_sent_breaks_it(lockin, parts):
    lockin("".join(parts))
    assert lockin("*IDN?").startswith("Stanford")
