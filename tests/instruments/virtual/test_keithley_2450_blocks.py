"""The trigger model of a virtual 2450: blocks, templates, events, timers, digital lines, configuration lists."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import BenchFileError
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.predict import predict

from .conftest import Twin

READY = ":SOUR:VOLT 0.1;:SOUR:VOLT:ILIM 1e-3;:SENS:CURR:RSEN ON;:OUTP ON"


def blocks(smu, *commands):
    smu(":TRIG:LOAD 'Empty'")
    for number, command in enumerate(commands, start=1):
        header, _, rest = command.partition(" ")
        smu(f":TRIG:BLOC:{header} {number}{', ' if rest else ''}{rest}")
    assert smu.error() == 0


def test_nested_counters_loop_as_the_manuals_example_says(smu):
    blocks(smu, "BUFF:CLE", "MEAS", "BRAN:COUN 5, 2", "DEL:CONS 1", "BRAN:COUN 3, 2")
    smu(":INIT;*WAI")
    assert smu(":TRAC:ACT?;:TRIG:BLOC:BRAN:COUN:COUN? 5") == "15;3"
    times = np.array(smu.numbers(":TRAC:DATA? 1,15,'defbuffer1',REL"))
    assert np.diff(times)[[4, 9]] == pytest.approx(1.06, abs=0.1)


def test_blocks_switch_the_output_and_can_be_listed(smu):
    blocks(smu, "SOUR:STAT ON", "MEAS 'defbuffer1', 2", "SOUR:STAT OFF", "NOP")
    smu(":SOUR:VOLT 0.1;:INIT;*WAI")
    assert smu(":TRAC:ACT?;:OUTP?") == "2;0"
    assert (smu(":TRIG:BLOC:LIST?") or "").splitlines()[0] == " 1) SOURCE_OUTPUT         OUTPUT: ON"


@pytest.mark.parametrize(("limit", "readings"), [("ABOV, 0, 1e-9", "1"), ("BEL, 0, 1", "2"), ("INSIDE, -1, 1", "1")])
def test_a_branch_on_a_limit_leaves_where_the_reading_says(smu, limit, readings):
    smu(READY)
    blocks(smu, "BUFF:CLE", "MEAS", f"BRAN:LIM:CONS {limit}, 5", "MEAS", "NOP")
    smu(":INIT;*WAI")
    assert smu(":TRAC:ACT?") == readings


def test_a_branch_is_taken_once_or_every_time_but_once(smu):
    blocks(smu, "BUFF:CLE", "BRAN:ONCE 4", "MEAS", "NOP", "BRAN:COUN 3, 2")
    smu(":INIT;*WAI")
    assert smu(":TRAC:ACT?") == "2"
    blocks(smu, "BUFF:CLE", "BRAN:ONCE:EXCL 4", "MEAS", "NOP", "BRAN:COUN 3, 2")
    smu(":INIT;*WAI")
    assert smu(":TRAC:ACT?") == "1"


def test_a_wait_block_waits_for_a_trigger_of_the_bus(smu):
    blocks(smu, "BUFF:CLE", "WAIT COMM", "MEAS", "BRAN:COUN 2, 2")
    smu("*TRG")
    assert smu.error() == -211
    smu(":INIT")
    assert smu(":TRIG:STAT?;:TRAC:ACT?") == "WAITING;WAITING;2;0"
    smu("*TRG")
    assert smu(":TRIG:STAT?;:TRIG:STAT?;:TRAC:ACT?") == "RUNNING;RUNNING;3;WAITING;WAITING;2;1"
    smu("*TRG;*OPC?")
    assert smu(":TRIG:STAT?;:TRAC:ACT?") == "IDLE;IDLE;0;2"


def test_a_model_that_waits_can_be_aborted_and_cannot_be_changed(smu):
    blocks(smu, "WAIT DIG1")
    smu(":INIT;:TRIG:BLOC:NOP 2;:INIT;:TRIG:LOAD 'Empty';:READ?")
    assert [smu.error() for _ in range(4)] == [-221, -213, -221, -221]
    smu(":ABOR")
    assert smu(":TRIG:STAT?") == "ABORTED;ABORTED;0"


def test_a_timer_spaces_readings(smu):
    smu(":SENS:CURR:RANG 1e-4;:TRIG:TIM1:DEL 0.25;COUN 10;:TRIG:TIM1:STAT ON")
    blocks(smu, "BUFF:CLE", "WAIT TIM1", "MEAS", "BRAN:COUN 4, 2")
    smu(":INIT;*WAI")
    times = smu.numbers(":TRAC:DATA? 1,4,'defbuffer1',REL")
    np.testing.assert_allclose(np.diff(times), 0.25, atol=2e-3)


def test_sweeps_leave_a_list_that_blocks_can_step_through(smu):
    smu(":SOUR:SWE:VOLT:LIN 0,0.1,5,0,1,AUTO,ON,ON;:SOUR:SWE:VOLT:LOG 0.01,0.1,3;:SOUR:LIST:VOLT 0.1,0.05")
    assert smu(":SOUR:CONF:LIST:SIZE? 'VoltLinearSweepList';SIZE? 'VoltLogSweepList'") == "9;3"
    blocks(smu, "BUFF:CLE", "CONF:REC 'VoltCustomSweepList'", "SOUR:STAT ON", "MEAS", "CONF:NEXT 'VoltCustomSweepList'",
           "BRAN:COUN 4, 4", "SOUR:STAT OFF", "BRAN:ALW 0", "MEAS")  # fmt: skip
    smu(":INIT;*WAI")
    levels = smu.numbers(":TRAC:DATA? 1,4,'defbuffer1',SOUR")
    np.testing.assert_allclose(levels, [0.1, 0.05, 0.1, 0.05], atol=3e-4)
    assert smu(":TRAC:ACT?") == "4"


def test_lists_of_both_sides_are_recalled_together(smu):
    smu(":SENS:CONF:LIST:CRE 'm';:SENS:FUNC 'VOLT';NPLC 5;:SENS:CONF:LIST:STOR 'm'")
    smu(":SOUR:CONF:LIST:CRE 's';:SOUR:VOLT 0.05;:SOUR:CONF:LIST:STOR 's';:SENS:FUNC 'CURR';:SOUR:VOLT 0")
    smu(":SOUR:CONF:LIST:REC 's', 1, 'm', 1")
    assert smu(":SOUR:VOLT?;:SENS:FUNC?;:SENS:VOLT:NPLC?") == '0.05;"VOLT:DC";5'


def test_templates_loop_for_a_count_or_a_duration(smu):
    smu(READY + ";:TRIG:LOAD 'SimpleLoop', 4, 0.1;:INIT;*WAI;:TRIG:LOAD 'SimpleLoop', 3;:INIT;*WAI")
    assert smu(":TRAC:ACT?;:OUTP?") == "3;1"
    smu(":TRIG:LOAD 'DurationLoop', 1, 0.1;:INIT;*WAI")
    assert 5 <= smu.number(":TRAC:ACT?") <= 8
    assert smu(":OUTP?") == "0"


def test_settings_kept_in_lists_are_stepped_through(smu):
    smu(":SOUR:CONF:LIST:CRE 'levels';:SENS:CONF:LIST:CRE 'ways';:SENS:CURR:RSEN ON;:SENS:CONF:LIST:STOR 'ways'")
    for level in (0.05, -0.05, 0.1):
        smu(f":SOUR:VOLT {level};:SOUR:VOLT:ILIM 1e-3;:SOUR:CONF:LIST:STOR 'levels'")
    smu(":TRIG:LOAD 'ConfigList','ways','levels',0.01;:INIT;*WAI")
    np.testing.assert_allclose(smu.numbers(":TRAC:DATA? 1,3,'defbuffer1',SOUR"), [0.05, -0.05, 0.1], atol=3e-4)
    smu(":SOUR:CONF:LIST:REC 'levels', 2")
    assert smu(":SOUR:VOLT?;:SOUR:CONF:LIST:SIZE? 'levels';CAT?;CAT?;:OUTP?") == "-0.05;3;levels;;0"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (":SOUR:CONF:LIST:REC 'none'", 1133), (":SOUR:CONF:LIST:CRE 'a';CRE 'a'", 1133),
        (":SOUR:CONF:LIST:CRE 'a';REC 'a', 1", -222), (":SOUR:CONF:LIST:CRE 'a';STOR 'a', 3", -222),
        (":TRIG:LOAD 'ConfigList','a','b'", 1133), (":TRIG:LOAD 'DurationLoop'", -109),
        (":TRIG:LOAD 'SimpleLoop', 1, 0, 'nobuffer'", 1133), (":TRIG:BLOC:MEAS 64", -222),
        (":TRIG:BLOC:WAIT 1, FOO", -224), (":TRIG:BLOC:WAIT 1, DIG7", -222), (":TRIG:BLOC:BRAN:COUN 1, 5", -109),
        (":DIG:LINE7:MODE DIG,IN", -114), (":DIG:LINE1:MODE SYNC,IN", -221),
        (":DIG:LINE1:MODE TRIG,IN;:DIG:LINE1:STAT 1", -221), (":DIG:LINE1:MODE TRIG,IN;:DIG:WRIT 1", -221),
        (":SOUR:LIST:VOLT 1,2,300", -222), (":SOUR:VOLT:RANG 2;:SOUR:LIST:VOLT 1,5;:SOUR:SWE:VOLT:LIST", -222),
        (":SOUR:LIST:VOLT " + ",".join("1" * 101), -223),
    ],
)  # fmt: skip
def test_mistakes_in_triggers_lists_and_lines_have_their_codes(smu, command, code):
    smu(command)
    assert smu.error() == code
    assert smu.error() == 0


def test_a_block_without_what_it_needs_ends_the_model_with_its_error(smu):
    blocks(smu, "BRAN:LIM:CONS ABOV, 0, 1, 1")
    smu(":INIT;*WAI")
    assert smu.error() == -230
    assert smu(":TRIG:STAT?") == "IDLE;IDLE;0"


# Digital lines


@pytest.fixture
def two(write_bench):
    path = write_bench()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[wiring]", '[wiring]\n"gate.digital" = "junction"'), encoding="utf-8")
    with VirtualBench(Bench.load(path)) as bench:
        yield Twin(bench, "gate"), Twin(bench, "junction")


def test_a_line_is_low_where_anybody_on_the_cable_pulls_it_down(two):
    gate, junction = two
    gate(":DIG:LINE1:MODE DIG,OUT;:DIG:LINE2:MODE DIG,OPEN;:DIG:LINE2:STAT 1")
    assert junction(":DIG:LINE1:STAT?;:DIG:LINE2:STAT?;:DIG:READ?") == "0;1;62"
    junction(":DIG:LINE2:MODE DIG,OPEN;:DIG:LINE2:STAT 0")
    gate(":DIG:LINE1:STAT 1")
    assert gate(":DIG:READ?") == junction(":DIG:READ?") == "61"


def test_a_cable_must_end_at_an_instrument_with_such_lines(write_bench):
    path = write_bench()
    text = path.read_text(encoding="utf-8").replace("[wiring]", '[wiring]\n"gate.digital" = "junction"')
    head, _, tail = text.partition("[instruments.junction]")
    tail = tail.replace("keithley_2450:Keithley2450", "keithley_2400:Keithley2400", 1)
    path.write_text(f"{head}[instruments.junction]{tail}", encoding="utf-8")
    with pytest.raises(BenchFileError, match=r"must end at a Keithley2450, but 'junction' is a Keithley2400 \(.*line"):
        VirtualBench(Bench.load(path))


def test_without_a_cable_a_line_is_ones_own(pair):
    gate, junction = pair()
    gate(":DIG:LINE1:MODE DIG,OUT")
    assert gate(":DIG:LINE1:STAT?") == "0"
    assert junction(":DIG:LINE1:STAT?") == "1"


def test_two_instruments_measure_hand_in_hand_over_their_lines(two):
    gate, junction = two
    junction(":TRIG:LOAD 'LogicTrigger', 1, 2, 3")
    gate(":DIG:LINE1:MODE TRIG,OUT;:DIG:LINE2:MODE TRIG,IN;:TRIG:DIG1:OUT:STIM NOT1")
    blocks(gate, "BUFF:CLE", "NOT 1", "WAIT DIG2", "MEAS", "BRAN:COUN 3, 2")
    junction(":INIT")
    assert junction(":TRIG:STAT?") == "WAITING;WAITING;2"
    gate(":INIT;*OPC?")
    gate.bench.world.sleep(1.0)
    assert gate(":TRAC:ACT?;:TRIG:STAT?") == junction(":TRAC:ACT?;:TRIG:STAT?") == "3;IDLE;IDLE;0"
    theirs = junction.numbers(":TRAC:DATA? 1,3,'defbuffer1',SEC,FRAC")
    mine = gate.numbers(":TRAC:DATA? 1,3,'defbuffer1',SEC,FRAC")
    assert sum(theirs[:2]) < sum(mine[:2]) < sum(theirs[2:4]) < sum(mine[2:4])


def test_a_blender_needs_all_or_any(two):
    gate, junction = two
    gate(":DIG:LINE1:MODE DIG,OUT;:DIG:LINE1:STAT 1;:DIG:LINE2:MODE DIG,OUT;:DIG:LINE2:STAT 1")
    junction(":DIG:LINE1:MODE TRIG,IN;:DIG:LINE2:MODE TRIG,IN;:TRIG:DIG2:IN:EDGE RIS;"
             ":TRIG:BLEN1:MODE AND;STIM1 DIG1;STIM2 DIG2")  # fmt: skip
    blocks(junction, "WAIT BLEN1", "MEAS")
    junction(":INIT")
    gate(":DIG:LINE1:STAT 0;:DIG:LINE2:STAT 0")
    assert junction(":TRIG:STAT?") == "WAITING;WAITING;1"
    gate(":DIG:LINE2:STAT 1")
    assert junction(":TRIG:STAT?") == "RUNNING;RUNNING;2"


def test_writing_to_an_input_is_a_warning_in_the_log(smu):
    smu(":DIG:LINE3:STAT 0")
    assert smu.error() == 0
    assert smu(":SYST:EVEN:COUN? WARN;:DIG:LINE3:STAT?") == "1;1"
    assert "is an input" in (smu(":SYST:EVEN:NEXT? WARN") or "")


def test_the_log_keeps_the_time_of_each_event(smu):
    smu("FOO")
    smu(":SENS:COUN 1;:OUTP ON;:READ?;:SYST:EVEN:POST 'half way'")
    assert smu(":SYST:EVEN:NEXT?") == '-113,"Undefined header;1;2026/01/01 00:00:00.000"'
    assert (smu(":SYST:EVEN:NEXT?") or "").startswith('1002,"half way;4;2026/01/01 00:00:00.0')
    assert smu(":SYST:EVEN:NEXT?;COUN?") == '0,"No error;0;0 0";0'


def test_a_family_of_curves_is_taken_by_a_stepper_and_a_sweeper(two):
    """As the maker's example for transistors: two lists, two lines, no computer between the points."""
    stepper, sweeper = two
    for smu, name, levels in ((stepper, "steps", (0.0, 0.2, 0.4)), (sweeper, "sweep", (0.02, 0.04, 0.06, 0.08))):
        smu(f':SENS:FUNC "CURR";:SOUR:FUNC VOLT;:SOUR:CONF:LIST:CRE "{name}"')
        for level in levels:
            smu(f":SOUR:VOLT {level};:SOUR:VOLT:ILIM 1e-3;:SOUR:CONF:LIST:STORE '{name}'")
    stepper("DIG:LINE1:MODE TRIG, OUT;:TRIG:DIG1:OUT:STIM NOT1;LOG POS;:DIG:LINE2:MODE TRIG, IN;:TRIG:DIG2:IN:EDGE RIS")
    sweeper("DIG:LINE1:MODE TRIG, IN;:TRIG:DIG1:IN:EDGE RIS;:DIG:LINE2:MODE TRIG, OUT;:TRIG:DIG2:OUT:STIM NOT2")
    blocks(stepper, "CONF:RECALL 'steps'", "SOUR:STAT ON", "MEAS", "NOT 1", "WAIT DIG2", "CONF:NEXT 'steps'",
           "BRAN:COUN 3, 3", "SOUR:STAT OFF")  # fmt: skip
    blocks(sweeper, "CONF:RECALL 'sweep'", "SOUR:STAT ON", "WAIT DIG1", "DEL:CONS 0.01", "MEAS", "CONF:NEXT 'sweep'",
           "BRAN:COUN 4, 4", "NOT 2", "BRAN:COUN 3, 3", "SOUR:STAT OFF")  # fmt: skip
    sweeper("INIT")
    stepper("INIT")
    sweeper.bench.world.sleep(10)
    assert stepper(":TRIG:STAT?;:TRAC:ACT?;:OUTP?") == "IDLE;IDLE;0;3;0"
    assert sweeper(":TRIG:STAT?;:TRAC:ACT?;:OUTP?") == "IDLE;IDLE;0;12;0"
    levels = np.reshape(sweeper.numbers(":TRAC:DATA? 1,12,'defbuffer1',SOUR"), (3, 4))
    np.testing.assert_allclose(levels, np.broadcast_to([0.02, 0.04, 0.06, 0.08], (3, 4)), atol=3e-4)
    currents = np.reshape(sweeper.numbers(":TRAC:DATA? 1,12"), (3, 4))
    truth = predict(Junction.preset("fig5"), "boltzmann", np.array([0.0, 0.2, 0.4])).conductance
    np.testing.assert_allclose((currents / levels)[:, 3], truth, rtol=0.01)


def test_an_endless_list_on_a_timer_goes_on_until_it_is_aborted(smu):
    smu(":SOUR:FUNC CURR;:SOUR:CURR:RANG 0.001;:SOUR:CURR:VLIM 5;:SENS:FUNC 'VOLT';:SOUR:CONF:LIST:CRE 'LIST'")
    for current in (1e-6, 2e-6, 3e-6):
        smu(f":SOUR:CURR {current};:SOUR:CONF:LIST:STOR 'LIST'")
    smu(":TRIG:TIM1:STAT 0;CLE;DEL 0.001;COUN 0;STAR:STIM NOT1")
    blocks(smu, "SOUR:STAT ON", "CONF:RECALL 'LIST', 1", "NOT 1", "WAIT TIM1", "CONF:NEXT 'LIST'", "BRAN:ALW 4")
    smu(":TRIG:TIM1:STAT 1;:OUTP ON;:INIT")
    seen = set()
    for _ in range(7):
        smu.bench.world.sleep(0.001)
        seen.add(round(smu.bench.world.seen_by("junction").current * 1e6))
    assert seen == {1, 2, 3}
    smu(":ABORT")
    assert smu(":TRIG:STAT?;:SYST:ERR?") == 'ABORTED;ABORTED;0;0,"No error"'
