"""The twin of the TPS2012: what it answers, when it takes a record, and that the record is what is in the circuit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.virtual.command_tree import CommandTree
from smtjlab.instruments.virtual.tektronix_tps2012 import TektronixTPS2012
from smtjlab.instruments.virtual.tektronix_tps2012_language import scientific

MORE = """
[instruments.generator]
driver = "keysight_33511b:Keysight33511B"
role = "function_generator"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.scope]
driver = "tektronix_tps2012:TektronixTPS2012"
role = "oscilloscope"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.generator]
voltage = ["-5 V", "5 V"]
current = "10 mA"

[components.upper]
resistance = "1 kohm"
between = ["wave.out", "wave.half"]

[components.lower]
resistance = "1 kohm"
between = ["wave.half", "wave.ground"]

[wiring.generator]
out = { hi = "wave.out", lo = "wave.ground" }

[wiring.scope]
ch1 = { hi = "wave.out", lo = "wave.ground" }
ch2 = { hi = "wave.half", lo = "wave.ground" }
"""
SINE = "OUTP:LOAD INF;:FREQ 1E3;:VOLT 4;VOLT:OFFS 0.5;:OUTP 1"
FOUND = 2000 / 2050


class Scope:
    def __init__(self, bench):
        self.bench, self.world = bench, bench.world
        self.twin: TektronixTPS2012 = bench.instruments["scope"]

    def __call__(self, message, name="scope"):
        with self.bench.held():
            return self.bench.instruments[name].execute(message)

    def number(self, message):
        return float(self(message))

    def event(self):
        self("*ESR?")
        return self("EVMSG?")

    def trace(self, channel=1):
        self(f"DATA:SOURCE CH{channel};ENCDG ASCII;WIDTH 1")
        step, offset, start, interval = (float(x) for x in self("WFMP:YMU?;YOF?;XZE?;XIN?").split(";"))
        levels = np.array(self("CURV?").split(","), float)
        return start + interval * np.arange(len(levels)), (levels - offset) * step


@pytest.fixture
def scope(make_bench):
    """Both channels on a sine of 2 V around 0.5 V at 1 kHz, straight cables."""
    made = Scope(make_bench(MORE))
    made(SINE, "generator")
    made("CH1:PROBE 1;SCALE 1;:CH2:PROBE 1;SCALE 0.5;:SEL:CH2 ON;:TRIG:MAI:LEV 0.5")
    return made


def fitted(times, volts, frequency=1e3):
    turns = 2 * np.pi * frequency * times
    parts = np.column_stack([np.sin(turns), np.cos(turns), np.ones(len(times))])
    (sine, cosine, mean), *_ = np.linalg.lstsq(parts, volts, rcond=None)
    return np.hypot(sine, cosine), np.degrees(np.arctan2(cosine, sine)), mean


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("*CLS", "*IDN?", "TEKTRONIX,TPS 2012,SMTJ0004,CF:91.1CT FV:v10.09 TPS2012:CMV:v1.04"),
        ("CH1:SCAle 0.5", "CH1:SCAle?", "5.0E-1"), ("CH2:VOL 0.02", "CH2:SCA?", "2.0E-2"),
        ("CH1:SCA 0.31", "CH1:SCA?", "2.0E-1"), ("CH1:SCA 900", "CH1:SCA?", "5.0E0"),
        ("CH1:PROBE 10", "CH1:SCA?;PRO?", "1.0E1;10"), ("CH1:POSition -2.5", "CH1:POS?", "-2.5E0"),
        ("CH1:COUP AC;INV ON;BAN ON", "CH1:COUP?;INV?;BAN?", "AC;ON;ON"),
        ("SELect:CH1 0", "SELect?", "0;1;0;0;0"), ("SEL:CH1 ON", "SEL:CH1?", "1"),
        ("HORizontal:SCAle 0.0025", "HOR:MAI:SCA?", "2.5E-3"), ("HOR:MAI:SEC 3e-3", "HOR:SCA?", "2.5E-3"),
        ("HOR:POS 1e-3", "HOR:MAI:POS?;:HOR:RECO?", "1.0E-3;2500"),
        ("DATa:ENCdg RPBinary", "DAT:ENC?", "RPBINARY"), ("VERB OFF;:DATA:ENC SRI", "DATA:ENCDG?", "SRI"),
        ("DATa:WIDTh 2", "DATA:WIDTH?", "2"), ("DATa:WID 7;STAR 0;STOP 9999", "DAT:WID?;STAR?;STOP?", "2;1;2500"),
        ("DATA INIT", "DATA:ENC?;SOU?", "RPBINARY;CH1"), ("DATa:SOURce CH2", "DATa:SOUrce?", "CH2"),
        ("TRIGger:MAIn:TYPe PULSE", "TRIGger:MAIn:TYPe?", "PULSE"),
        ("TRIG:MAI:EDGE:SLO FALL;SOU CH2", "TRIG:MAI:EDGE:SLO?;SOU?", "FALL;CH2"),
        ("TRIG:MAI:LEV -0.25;MOD NORM", "TRIG:MAI:LEV?;MOD?", "-2.5E-1;NORMAL"),
        ("ACQ:MOD AVE;NUMAV 60", "ACQ:MOD?;NUMAV?", "AVERAGE;64"), ("ACQuire:STATE STOP", "ACQ:STATE?", "0"),
        ("MEASU:IMM:TYP PK2;SOU CH2", "MEASU:IMM:TYP?;SOU?;UNI?", 'PK2PK;CH2;"V"'),
        ("CH1:SCA 0.2;*SAV 1;:CH1:SCA 2;*RCL 1", "CH1:SCA?", "2.0E-1"), ("HEAD OFF", "HEADer?;VERB?", "0;1"),
        ("*RST", "CH1:SCA?;PROBE?", "1.0E0;10"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered_or_the_nearest(scope, command, query, answer):
    scope(command)
    assert scope(query) == answer
    assert scope.event() == '0,"No events to report - queue empty"'


def test_events_wait_until_the_event_register_was_asked(scope):
    scope("*CLS;:FOO")
    assert scope("EVENT?") == "1"
    assert scope("*ESR?") == "32"
    assert scope("EVQ?;:EVM?;:EVM?") == '1;113,"Undefined header";0,"No events to report - queue empty"'
    for wrong in ("CH3:SCA 1", "DATA:SOU CH7", "SYST:ERR?", "*LANG?"):
        scope(wrong)
    scope("*ESR?")
    assert [word.split(",")[-1] for word in scope("ALLEV?").split(',"')][:-1] == ["114", "224", "113", "113"]


def test_numbers_look_as_tektronix_writes_them():
    assert [scientific(x) for x in (0, 1, 0.0025, -40, 1e-9)] == ["0.0E0", "1.0E0", "2.5E-3", "-4.0E1", "1.0E-9"]


def test_a_record_of_a_sine_fits_it(scope):
    amplitude, phase, mean = fitted(*scope.trace(1))
    assert amplitude == pytest.approx(2 * FOUND, rel=0.03)
    assert mean == pytest.approx(0.5 * FOUND, abs=0.11)
    assert phase == pytest.approx(0, abs=3)  # the trigger: it rises through 0.5 V at 0 s
    assert fitted(*scope.trace(2))[0] == pytest.approx(FOUND, rel=0.03)


def test_both_channels_are_of_one_moment(scope):
    scope("TRIG:MAI:MOD NORM;LEV 1.5")
    phases = [fitted(*scope.trace(channel))[1] for channel in (1, 2)]
    assert phases[0] == pytest.approx(phases[1], abs=0.3)
    assert phases[0] == pytest.approx(np.degrees(np.arcsin(0.5)), abs=3)


def test_a_falling_edge_and_a_shifted_screen(scope):
    scope("TRIG:MAI:EDGE:SLO FALL;:HOR:POS 2e-3")
    times, volts = scope.trace(1)
    assert times[0] == pytest.approx(-0.5e-3)
    assert abs(fitted(times, volts)[1]) == pytest.approx(180, abs=3)


def test_a_probe_that_is_not_there_makes_readings_ten_times_too_large(scope):
    scope("CH1:PROBE 10")
    assert fitted(*scope.trace(1))[0] == pytest.approx(20 * FOUND, rel=0.03)


def test_what_is_beyond_the_digitiser_is_clipped(scope):
    scope("CH1:SCA 0.2")
    _, volts = scope.trace(1)
    assert volts.max() == pytest.approx(127 * 0.2 / 25)
    assert volts.min() == pytest.approx(-128 * 0.2 / 25)


def test_levels_are_whole_and_few(scope):
    scope("DATA:ENCDG ASCII")
    levels = [int(word) for word in scope("CURVE?").split(",")]
    assert len(levels) == 2500
    assert np.ptp(levels) == pytest.approx(100 * FOUND, abs=5)


def test_coupling(scope):
    scope("CH1:COUP AC")
    assert np.mean(scope.trace(1)[1]) == pytest.approx(0, abs=0.11)
    scope("CH1:COUP GND")
    assert np.ptp(scope.trace(1)[1]) < 0.2


@pytest.mark.parametrize(
    ("encoding", "width", "kind"),
    [("RIB", 1, ">i1"), ("RPB", 1, ">u1"), ("RIB", 2, ">i2"), ("RPB", 2, ">u2"), ("SRI", 2, "<i2"), ("SRP", 2, "<u2")],
)
def test_every_encoding_says_the_same_volts(scope, encoding, width, kind):
    scope("ACQ:STATE STOP;:CH1:POS 1;:ACQ:STATE RUN;STATE STOP")
    _, volts = scope.trace(1)
    scope(f"DATA:ENCDG {encoding};WIDTH {width}")
    answer = scope("CURVE?").encode("latin-1")
    head = f"#4{2500 * width}".encode()
    assert answer.startswith(head)
    levels = np.frombuffer(answer[len(head) :], kind).astype(float)
    step, offset = (float(word) for word in scope("WFMPRE:YMULT?;YOFF?").split(";"))
    np.testing.assert_allclose((levels - offset) * step, volts, atol=1e-9)


def test_preamble_and_curve_come_in_one(scope):
    scope("DATA:ENCDG RPB;WIDTH 2;START 11;STOP 20")
    parts = scope("WFMPre?").split(";")
    assert parts[:6] == ["2", "16", "BIN", "RP", "MSB", "10"]
    assert parts[6] == '"Ch1, DC coupling, 1.0E0 V/div, 5.0E-4 s/div, 2500 points, Sample mode"'
    assert parts[7:12] == ["Y", "2.0E-6", "0", "-2.48E-3", '"s"']
    assert scope("WAVFrm?").startswith(";".join(parts) + ";#220")


def test_a_channel_that_is_not_shown_has_no_waveform(scope):
    scope("SEL:CH2 OFF;:DATA:SOU CH2")
    assert scope("CURVE?") is None
    assert scope.event() == '2244,"Waveform requested is not ACTIVE"'


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("FREQ", 1000), ("PERI", 1e-3), ("PK2", 4 * FOUND), ("MEAN", 0.5 * FOUND), ("CRM", 1.5 * FOUND),
     ("MAXI", 2.5 * FOUND), ("MINI", -1.5 * FOUND), ("PWI", 5e-4), ("NWI", 5e-4), ("RIS", 2.95e-4), ("FALL", 2.95e-4)],
)  # fmt: skip
def test_measurements_are_those_of_the_sine(scope, kind, expected):
    """An offset may be 0.1 divisions, of 1 V, and the highest and lowest level a step of the screen beside it."""
    scope(f"MEASU:IMM:SOU CH1;TYP {kind}")
    assert scope.number("MEASU:IMM:VAL?") == pytest.approx(expected, rel=0.06, abs=0.19)
    if 0 < expected < 1e-2:
        assert scope.number("MEASU:IMM:VAL?") == pytest.approx(expected, rel=0.06)


def test_a_measurement_that_cannot_be_made_is_a_word(scope):
    scope("MEASU:IMM:TYP FREQ;:HOR:SCA 10e-6")  # a tenth of a period
    assert scope.number("MEASU:IMM:VAL?") == 9.9e37


def test_a_single_record_stops_and_stays(scope):
    scope("ACQ:STATE STOP;STOPA SEQ;STATE RUN")
    assert scope("ACQ:NUMAC?") == "0"
    began = scope.world.time
    assert scope("BUSY?") == "1"
    assert scope("BUSY?;:TRIG:STATE?") == "0;SAVE"  # whoever polls imagined time waits
    assert 5e-3 <= scope.world.time - began < 7e-3
    _, before = scope.trace(1)
    scope("OUTP 0", "generator")
    scope.world.sleep(1.0)
    np.testing.assert_array_equal(scope.trace(1)[1], before)


def test_a_normal_trigger_that_does_not_come_is_awaited_until_forced(scope):
    scope("OUTP 0", "generator")
    scope("TRIG:MAI:MOD NORM;:ACQ:STATE STOP;STOPA SEQ;STATE RUN")
    scope.world.sleep(100.0)
    assert scope("ACQ:STATE?;:TRIG:STATE?") == "1;READY"
    scope("TRIGGER FORCE;*WAI")
    assert scope("ACQ:STATE?") == "0"
    assert np.ptp(scope.trace(1)[1]) < 0.3


def test_a_normal_trigger_that_comes_late_ends_the_wait(scope):
    scope("OUTP 0", "generator")
    scope("TRIG:MAI:MOD NORM;:ACQ:STATE STOP;STOPA SEQ;STATE RUN;*OPC")
    scope.world.sleep(1.0)
    scope(SINE, "generator")
    scope.world.sleep(20.0)
    assert int(scope("*ESR?")) & 1
    assert fitted(*scope.trace(1))[0] == pytest.approx(2 * FOUND, rel=0.03)


def test_averaging_makes_noise_smaller(scope):
    scope("OUTP 0", "generator")
    noisy = np.std(scope.trace(1)[1])
    scope("ACQ:MOD AVE;NUMAV 128")
    assert np.std(scope.trace(1)[1]) < 0.6 * noisy


def test_same_seed_same_record(make_bench):
    traces = []
    for _ in range(2):
        scope = Scope(make_bench(MORE))
        scope(SINE, "generator")
        traces.append(scope.trace(1)[1])
    np.testing.assert_array_equal(*traces)


def test_every_header_is_one_command():
    assert CommandTree(TektronixTPS2012.commands)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["CH1", ":SCA", "DATA:", "CURV", "?", " ", "1", ",", ";", "-9E9", "MEASU:IMM", "é"]),
                max_size=9))  # fmt: skip
def test_nothing_that_is_sent_breaks_it(scope, parts):
    scope("".join(parts))
    assert scope("*IDN?").startswith("TEKTRONIX")
    assert "310" not in scope.event()
