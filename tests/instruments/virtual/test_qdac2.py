"""The virtual QDAC-II: its commands, its channels on loads of 1 MOhm, sweeps, lists, triggers, currents, mistakes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.qdac2_specification import SOURCE_VOLTAGE
from smtjlab.instruments.virtual import qdac2
from smtjlab.instruments.virtual.clock import VirtualClock
from smtjlab.instruments.virtual.netlist import Netlist
from smtjlab.instruments.virtual.nodal import Resistor
from smtjlab.instruments.virtual.surroundings import Surroundings
from smtjlab.instruments.virtual.truth import StageTruth, Truth
from smtjlab.instruments.virtual.world import World

WIRES = {"gates.ch1": "load.a", "gates.ch2": "load.c", "gates.lo": "load.b"}


class Spoken:
    """The twin, spoken to without any transport."""

    def __init__(self) -> None:
        around = Surroundings(Truth(devices={}, magnets={}, stage=StageTruth()), WIRES, 296.0)
        loads = [Resistor("load.a", "load.b", 1e-6), Resistor("load.c", "load.b", 1e-6)]
        self.world = World(Netlist(WIRES, loads, [], around), around, VirtualClock())
        self.twin = qdac2.QDAC2("gates", self.world, 1, 7)

    def __call__(self, message: str) -> str | None:
        with self.world.lock:
            return self.twin.execute(message)

    def number(self, message: str) -> float:
        return float(self(message) or "nothing")

    def numbers(self, message: str) -> list[float]:
        return [float(word) for word in (self(message) or "nothing").split(",")]

    def error(self) -> int:
        return int((self("syst:err?") or "").split(",")[0])

    def volts(self, number: int = 1) -> float:
        return self.world.seen_by(f"gates.ch{number}").voltage


@pytest.fixture
def gates():
    spoken = Spoken()
    yield spoken
    spoken.world.close()


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*IDN?", "QDevil, QDAC-II, SMTJ0007, 13-1.57"), ("syst:err:all?", '0, "No error"'), ("syst:err?",
                                                                                             '0, "No error"'),
        ("syst:err:coun?", "0"), ("sour1:volt?", "0"), ("sour24:volt:last?", "0"), ("sour3:rang?", "HIGH"),
        ("sour3:filt?", "HIGH"), ("sour3:rang:low:min?", "-2"), ("sour3:rang:high:max?", "10"),
        ("sour3:volt:slew?", "20000000"), ("sour3:volt:mode?", "FIX"), ("sens3:rang?", "HIGH"), ("sens3:nplc?", "1"),
        ("sens3:aper?", "0.02"), ("sens3:coun?", "1"), ("sens3:ncl?", "0"), ("sens3:data:poin?", "0"),
        ("sour3:swe:poin?", "2"), ("sour3:list:poin?", "1"), ("outp:trig4:widt?;pol?;del?", "1E-06;NORM;0"),
        ("syst:comm:lan:mac?", '"049162000007"'), ("sour:volt? (@1:3)", "0,0,0"), ("sour:rang? (@3,1)", "HIGH,HIGH"),
        ("sour2:squ:freq?;dcyc?;typ?;pol?", "1000;50;SYMM;NORM"), ("*stb?", "0"),
    ],
)  # fmt: skip
def test_a_fresh_qdac_answers(gates, query, answer):
    assert gates(query) == answer
    assert gates.error() == 0


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("sour2:volt 0.5", "sour2:volt?;volt:last?", "0.5;0.5"), ("sour:volt 1.5,(@4:6)", "sour:volt? (@3:7)",
                                                                 "0,1.5,1.5,1.5,0"),
        ("sour2:rang low", "sour2:rang?", "LOW"), ("sour:volt:mode fix,(@1:24)", "sour9:volt:mode?", "FIX"),
        ("sour2:filt dc", "sour2:filt?", "DC"), ("sour2:volt:slew inf", "sour2:volt:slew?", "20000000"),
        ("sens:rang low,(@1,2)", "sens:rang? (@1:3)", "LOW,LOW,HIGH"), ("sens2:nplc 2", "sens2:aper?", "0.04"),
        ("sour2:swe:star -1;stop 1;poin 5;dwel 0.1", "sour2:swe:star?;stop?;time?", "-1;1;0.5"),
        ("sour2:list:volt 0.1,0.2;volt:app 0.3", "sour2:list:volt?;:sour2:list:poin?", "0.1,0.2,0.3;3"),
        ("sour2:dc:trig:sour int5", "sour2:dc:trig:sour?", "INT5"), ("sour2:dc:mark:sst 3", "sour2:dc:mark:sst?", "3"),
        ("sour2:sine:per 0.01", "sour2:sine:freq?", "100"), ("outp:trig1:sour ext2", "outp:trig1:sour?", "EXT2"),
        ("sour2:volt:trig 0.7", "sour2:volt:trig?", "0.7"), ("SOURCE2:DC:VOLTAGE:LEVEL:IMMEDIATE:AMPLITUDE 1",
                                                            "SOUR2:VOLT?", "1"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered(gates, command, query, answer):
    gates(command)
    assert gates(query) == answer
    assert gates.error() == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("sour25:volt 1", -114), ("sour1:volt 11", -222), ("sour1:rang low;volt 3", -222), ("sour1:volt 3;rang low",
                                                                                           -221),
        ("sour1:volt? (@25)", -222), ("sour1:volt? (1)", -104), ("sour1:volt? (@a)", -171), ("trac:cat?", -113),
        ("sour1:awg:init", -113), ("*sav 1", -113), ("sour1:dc:trig:sour int17", -222), ("sour1:volt", -109),
        ("sour1:dc:trig:sour foo", -224), ("sour1:list:volt #13abc", -161), ("sour1:list:volt 11", -222),
        ("tint 17", -222),
    ],
)  # fmt: skip
def test_mistakes_have_codes(gates, command, code):
    gates(command)
    assert gates.error() == code


def test_errors_are_told_all_at_once_with_a_blank_after_the_comma(gates):
    gates("foo")
    gates("sour1:volt 11")
    assert gates("syst:err:all?") == '-113, "Undefined header",-222, "Data out of range"'


def test_channels_drive_what_is_wired_to_them(gates):
    gates("sour1:volt 1;:sour2:volt -2")
    assert (gates.volts(1), gates.volts(2)) == (pytest.approx(1, abs=6e-4), pytest.approx(-2, abs=7e-4))


@pytest.mark.parametrize("volts", [0.467, 0.677, 0.95])
def test_a_ramp_ends_at_its_level_to_the_last_bit(gates, volts):
    gates("sour1:volt:slew 50")
    for level in (0.3, volts, 0.0):
        gates(f"sour1:volt {level}")
        gates.world.sleep(1.0)
        assert gates.twin.channels[1].present == level
    assert not gates.twin.output_is_on


def test_every_channel_has_errors_of_its_own(gates):
    gates("sour1:volt 1;:sour2:volt 1")
    assert gates.volts(1) != gates.volts(2)
    assert (gates.volts(1), gates.volts(2)) == (pytest.approx(1, abs=6e-4), pytest.approx(1, abs=6e-4))


def test_a_level_scatters_from_measurement_to_measurement_as_specified(gates):
    """The standard deviation of 200 measurements is known to 5 %: four of these."""
    gates("sour1:rang low;:sour1:volt 0.1")
    found = []
    with gates.world.lock:
        for _ in range(200):
            integral = gates.world.begin("gates.ch1", 0.02)
            gates.world.wait(0.02)
            found.append(integral.mean().voltage)
    assert np.std(found) == pytest.approx(SOURCE_VOLTAGE["LOW"].noise, rel=0.2, abs=0)


def test_a_level_is_approached_at_the_slew_rate(gates):
    gates("sour1:volt:slew 2;:sour1:volt 1")
    gates.world.sleep(0.25)
    assert gates.number("sour1:volt:last?") == pytest.approx(0.5, abs=0.0101)
    assert gates.volts() == pytest.approx(0.5, abs=0.0115)
    assert gates("sour1:volt?") == "1"
    gates("sour1:volt 0")
    gates.world.sleep(0.26)
    assert gates("sour1:volt:last?") == "0"


def test_a_current_is_measured_in_the_range_that_was_chosen(gates):
    """The source may be 0.51 mV off at 0.1 V, the sensor 0.3 nA at 0.1 uA."""
    gates("sour1:volt 0.1;:sens1:rang low")
    assert gates.number("read1?") == pytest.approx(1e-7, rel=8.2e-3)
    gates("sour1:volt 1")
    assert gates("read1?") == "9.9E+37"
    gates("sens1:rang high")
    assert gates.number("read1?") == pytest.approx(1e-6, abs=1.1e-5)


def test_several_currents_are_measured_side_by_side(gates):
    gates("sour1:volt 0.1;:sour2:volt 0.05;:sens:rang low,(@1,2,3);nplc 5,(@1,2,3)")
    before = gates.world.time
    assert gates.numbers("read? (@2,1,3)") == pytest.approx([5e-8, 1e-7, 0], abs=1e-9)
    assert gates.world.time - before == pytest.approx(0.101)


def test_measurements_are_kept_until_they_are_taken(gates):
    gates("sens1:coun 3;:sens1:init")
    assert gates("sens1:data:poin?;:sens1:ncl?") == "3;0"
    assert len(gates.numbers("fetc1?")) == len(gates.numbers("sens1:data:rem?")) == 3
    assert gates("sens1:data:poin?") == "0"


def test_a_sweep_goes_from_step_to_step(gates):
    gates("sour1:volt:mode swe;:sour1:swe:star 0;stop 1;poin 11;dwel 0.01;:sour1:dc:init")
    gates.world.sleep(0.055)
    assert gates("sour1:volt?;:sour1:swe:ncl?") == "0.5;1"
    gates.world.sleep(1)
    assert gates("sour1:volt?;:sour1:swe:ncl?") == "1;0"
    assert gates.error() == 0


def test_a_list_may_come_in_binary_go_down_and_repeat(gates):
    data = struct.pack("<3f", 0.25, 0.5, 0.75).decode("latin-1")
    gates(f"sour1:list:volt #212{data};dwel 0.01;dir down;coun 2;:sour1:volt:mode list;:sour1:dc:init")
    assert gates("sour1:list:volt?") == "0.25,0.5,0.75"
    seen = []
    for _ in range(6):
        gates.world.sleep(0.005)
        seen.append(gates.number("sour1:volt?"))
        gates.world.sleep(0.005)
    assert seen == [0.75, 0.5, 0.25] * 2


def test_a_stepped_list_takes_one_step_a_trigger(gates):
    gates("sour1:list:volt 0.1,0.2;tmod step;:sour1:volt:mode list;:sour1:dc:trig:sour bus;:sour1:dc:init")
    seen = []
    for _ in range(3):
        gates("*trg")
        seen.append(gates("sour1:volt?"))
    assert seen == ["0.1", "0.2", "0.2"]


def test_a_marker_of_one_channel_starts_another_and_its_sensor(gates):
    gates("sour1:list:volt 0.1,0.2;dwel 0.01;:sour1:volt:mode list;:sour1:dc:mark:end 4")
    gates("sour1:dc:trig:sour bus;:sour1:dc:init;:outp:trig1:sour int4")
    gates("sour2:volt:trig 0.5;:sour2:dc:trig:sour int4;:sour2:dc:init;:sens2:trig:sour int4;:sens2:init")
    gates("*trg")
    gates.world.sleep(0.015)
    assert gates("sour2:volt?") == "0"
    gates.world.sleep(0.03)
    assert gates("sour2:volt?;:sens2:data:poin?") == "0.5;1"
    assert gates.twin.triggers[1].pulses == 1


def test_a_trigger_can_be_fired_by_hand_again_and_again(gates):
    gates("sens1:trig:sour int2;:sens1:init:cont on")
    for _ in range(2):
        gates("tint 2")
        gates.world.sleep(0.05)
    assert gates("sens1:data:poin?") == "2"


def test_a_waveform_is_driven_around_the_level(gates):
    gates("sour1:volt 1;:sour1:squ:freq 100;span 0.4;offs 0.1;typ pos;dcyc 25;coun 10;init")
    drive = gates.world.netlist.port("gates.ch1").drive
    assert (drive.wave.shape, drive.wave.frequency, drive.wave.amplitude, drive.wave.duty) == ("SQU", 100.0, 0.2, 0.25)
    assert drive.level == pytest.approx(1.3, abs=1e-3)
    gates("sour1:sine:init")
    assert gates.error() == -221
    gates.world.sleep(0.11)
    assert gates.world.netlist.port("gates.ch1").drive.wave is None
    assert gates("sour1:volt:last?") == "1"


def test_reset_and_abort_leave_every_channel_at_rest(gates):
    gates("sour1:volt:mode swe;:sour1:swe:stop 1;coun -1;:sour1:dc:init;:sour2:volt 1")
    assert gates.twin.output_is_on
    gates("abor")
    assert not gates.twin.channels[1].dc.running
    gates("*rst")
    assert gates("sour:volt? (@1,2)") == "0,0"
    assert not gates.twin.output_is_on


def test_a_level_is_refused_while_a_sweep_runs(gates):
    gates("sour1:volt:mode swe;:sour1:swe:stop 1;coun -1;:sour1:dc:init;:sour1:volt 0.3")
    assert gates.error() == -221


WORDS = [
    part for command in qdac2.COMMANDS for part in command.header.replace("[", ":").replace("]", "").split(":") if part
]
PIECE = st.one_of(
    st.sampled_from(WORDS).map(lambda word: word.split("<")[0]),
    st.sampled_from([":", ";", ",", " ", "?", "'", '"', "#", "#14", "1", "24", "(@1)", "(@1:3)", "ON", "INF", "\x00"]),
    st.text(st.characters(codec="latin-1", exclude_characters="\n"), max_size=8),
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_whatever_is_sent_it_still_answers_for_itself(gates, message):
    gates(message)
    gates("*CLS")
    assert (gates("*IDN?") or "").startswith("QDevil, QDAC-II, SMTJ")
