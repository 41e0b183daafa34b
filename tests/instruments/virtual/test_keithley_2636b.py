"""A virtual 2636B: who it is, what it reads after power-up, what it takes and what it refuses."""

from __future__ import annotations

import pytest

from smtjlab.instruments.virtual.keithley_2636b import Keithley2602B, Keithley2636B


def test_it_says_who_it_is_without_any_lua(dual):
    assert dual("*IDN?") == "Keithley Instruments Inc., Model 2636B, SMTJ0003, 3.3.5"
    assert not dual.twin.host.running
    assert dual("print(localnode.model, localnode.serialno)") == "2636B\tSMTJ0003"


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("smua.source.levelv", "0.00000e+00"), ("smub.source.limiti", "1.00000e-01"),
        ("smua.source.limitv", "2.00000e+01"), ("smua.source.output", "0.00000e+00"),
        ("smua.source.func", "1.00000e+00"), ("smua.source.offmode", "0.00000e+00"),
        ("smua.source.offlimiti", "1.00000e-03"), ("smua.source.offlimitv", "4.00000e+01"),
        ("smua.source.autorangev", "1.00000e+00"), ("smua.source.compliance", "false"),
        ("smua.measure.nplc", "1.00000e+00"), ("smua.measure.autozero", "2.00000e+00"),
        ("smua.measure.count", "1.00000e+00"), ("smua.measure.delay", "-1.00000e+00"),
        ("smua.sense", "0.00000e+00"), ("smua.OUTPUT_HIGH_Z", "2.00000e+00"), ("smua.AUTORANGE_ON", "1.00000e+00"),
        ("smua.nvbuffer1.n", "0.00000e+00"), ("smua.nvbuffer1.capacity", "1.40000e+05"),
        ("smua.trigger.count", "1.00000e+00"), ("smua.trigger.arm.stimulus", "0.00000e+00"),
        ("format.data", "1.00000e+00"), ("format.byteorder", "1.00000e+00"), ("format.asciiprecision", "6.00000e+00"),
        ("localnode.linefreq", "5.00000e+01"), ("localnode.prompts", "0.00000e+00"),
        ("errorqueue.count", "0.00000e+00"),
        ("status.standard.event", "1.28000e+02"), ("status.condition", "0.00000e+00"),
        ("status.measurement.instrument.smua.condition", "0.00000e+00"), ("status.MSB", "1.00000e+00"),
        ("display.screen", "2.00000e+00"), ("digio.readport()", "1.63830e+04"), ("tsplink.node", "1.00000e+00"),
        ("trigger.timer[1].delay", "1.00000e-05"), ("trigger.blender[2].orenable", "false"),
        ("trigger.EVENT_ID", "1.00000e+00"), ("node[1].smua.source.levelv", "0.00000e+00"), ("gettimezone()", "0"),
        ("eventlog.count", "0.00000e+00"), ("smua.nothing", "nil"), ("beeper.enable", "1.00000e+00"),
    ],
)  # fmt: skip
def test_a_fresh_one_reads_as_the_manual_says(dual, expression, answer):
    assert dual(f"print({expression})") == answer
    assert dual.error() == 0


@pytest.mark.parametrize(
    ("command", "expression", "value"),
    [
        ("smua.source.levelv = 1.5", "smua.source.levelv", 1.5),
        ("smub.source.leveli = 1e-3", "smub.source.leveli", 1e-3),
        ("smua.source.rangev = 3", "smua.source.rangev", 20), ("smua.source.rangev = 3", "smua.source.autorangev", 0),
        ("smua.source.limiti = 1e-6", "smua.source.limiti", 1e-6), ("smua.source.func = 0", "smua.source.func", 0),
        ("smua.source.output = smua.OUTPUT_HIGH_Z", "smua.source.output", 2),
        ("smua.source.offmode = smua.OUTPUT_HIGH_Z", "smua.source.offmode", 2),
        ("smua.source.lowrangei = 1e-7", "smua.source.lowrangei", 1e-7),
        ("smua.source.sink = 1", "smua.source.sink", 1),
        ("smua.source.delay = smua.DELAY_AUTO", "smua.source.delay", -1), ("smua.sense = 1", "smua.sense", 1),
        ("smua.measure.nplc = 0.001", "smua.measure.nplc", 1e-3),
        ("smua.measure.rangei = 5e-5", "smua.measure.rangei", 1e-4),
        ("smua.measure.rangei = 5e-5", "smua.measure.autorangei", 0),
        ("smua.measure.lowrangei = 1e-6", "smua.measure.lowrangei", 1e-6),
        ("smua.measure.filter.count = 5", "smua.measure.filter.count", 5),
        ("smua.measure.rel.leveli = 1", "smua.measure.rel.leveli", 1),
        ("smua.measure.interval = 0.5", "smua.measure.interval", 0.5),
        ("smua.trigger.count = 7", "smua.trigger.count", 7),
        ("smua.trigger.source.stimulus = smua.trigger.ARMED_EVENT_ID", "smua.trigger.source.stimulus", 11),
        ("trigger.timer[3].delay = 0.2", "trigger.timer[3].delay", 0.2),
        ("trigger.blender[1].stimulus[2] = 5", "trigger.blender[1].stimulus[2]", 5),
        ("display.smua.digits = 6", "display.smua.digits", 6), ("digio.writebit(1, 0)", "digio.readbit(1)", 0),
        ("smua.nvbuffer2.appendmode = 1", "smua.nvbuffer2.appendmode", 1),
        ("status.operation.enable = 8", "status.operation.enable", 8),
        ("status.request_enable = 4", "status.request_enable", 4), ("format.data = format.REAL64", "format.data", 3),
    ],
)  # fmt: skip
def test_what_is_written_is_read_back(dual, command, expression, value):
    dual(command)
    assert dual.value(expression) == pytest.approx(value)
    assert dual.error() == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("smua.source.levelv = 203", 1102), ("smua.source.levelv = -203", 1101), ("smua.source.leveli = 1.6", 1102),
        ("smua.source.limiti = 0", 1101), ("smua.source.limiti = 0.000000", 1101), ("smua.source.limitv = 300", 1102),
        ("smua.measure.nplc = 26", 1102), ("smua.measure.nplc = 0", 1101), ("smua.source.func = 2", 1102),
        ("smua.sense = 2", -224), ("smua.source.levelv = 'high'", -104), ("smua.source.levelv = 0/0", 1102),
        ("printbuffer(1/0, 0/0, smua.nvbuffer1)", 1102), ("smua.source.levelv = {}", -104),
        ("smua.source.levelv = nil", -104), ("smua.source.rangev = 2 smua.source.levelv = 3", 5005),
        ("smua.source.levelv = 3 smua.source.rangev = 2", 5005),
        ("smua.source.limiti = 1 smua.source.levelv = 100", -221),
        ("smua.source.levelv = 100 smua.source.limiti = 1", -221), ("smua.source.compliance = true", 1107),
        ("smua.OUTPUT_ON = 5", 1107), ("smua.source = 5", 1107), ("smua.makebuffer(1e9)", 1102),
        ("smua.trigger.source.linearv(0, 300, 5)", 1102), ("smua.trigger.source.logv(0, 1, 5)", -220),
        ("printbuffer(1, 5, smua.nvbuffer1)", 4900), ("printbuffer(1, 1, {})", -104), ("delay(-1)", 1101),
        ("print(smua.nvbuffer1.timestamps[1])", 4900), ("smua.source.foo = 1", -286), ("print(smua.foo.bar)", -286),
        ("smua.source.levelv(1)", -286), ("delay()", -286), ("x = = 1", -285), ("smua.source.levelv", -285),
        (":SOUR:VOLT 1", -285), ("*FOO", -285), ("*ESE 300", -222), ("trigger.blender[1].stimulus[9] = 1", -222),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_reported(dual, command, code):
    dual(command)
    assert dual.error() == code
    assert dual("print(errorqueue.count, smua.source.output)") == "0.00000e+00\t0.00000e+00"


def test_an_error_tells_text_severity_and_node_and_does_not_end_a_script(dual):
    assert dual("smua.source.levelv = 999 print('on')") == "on"
    assert dual("print(errorqueue.next())") == "1.10200e+03\tParameter too big\t2.00000e+01\t1.00000e+00"
    assert dual("print(errorqueue.next())") == "0.00000e+00\tQueue Is Empty\t0.00000e+00\t1.00000e+00"
    assert dual("foo.bar = 1 print('never')") is None
    assert "TSP Runtime error at line 1: attempt to index global `foo' (a nil value)" in dual(
        "print(errorqueue.next())"
    )


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("*OPC?", "1"), ("*ESR?", "128"), ("*ESE 36;*ESE?", "36"), ("*SRE 4;*SRE?", "4"), ("*TST?", "0"),
        ("*STB?", "0"),
        ("*CLS;*ESR?", "0"), ("*RST", None), ("*WAI", None), ("*TRG", None),
        ("*idn?;*opc?", "Keithley Instruments Inc., "
         "Model 2636B, SMTJ0003, 3.3.5;1"), ("*CLS;print(1)", "1.00000e+00"), ("", None), ("  ", None),
    ],
)  # fmt: skip
def test_common_commands_stand_outside_lua(dual, message, answer):
    assert dual(message) == answer
    assert dual.error() == 0


def test_numbers_are_printed_in_the_format_that_is_set(dual):
    assert dual("format.asciiprecision = 3 print(1/3)") == "3.33e-01"
    assert dual("printnumber(1, 2.5)") == "1.00e+00, 2.50e+00"
    dual("reset()")
    assert dual("print(1/3)") == "3.33333e-01"


def test_the_table_of_commands_names_what_is_there_and_what_is_missing():
    commands = {line.command for line in Keithley2636B.supported()}
    assert {"smuX.source.levelv", "smuX.measure.i()", "*IDN?", "trigger.blender[N].orenable", "bufferVar.n"} <= commands
    assert "smuX.savebuffer()" in Keithley2636B.missing
    assert all("smua" not in command for command in commands)


def test_a_2602b_has_other_ranges(make_dual):
    dual = make_dual("Keithley2602B")
    assert dual("print(localnode.model, smua.source.limiti)") == "2602B\t1.00000e+00"
    dual("smua.source.levelv = 50")
    assert dual.error() == 1102
    dual("smua.source.rangev = 5")
    assert dual.value("smua.source.rangev") == 6
    assert {line.command for line in Keithley2602B.supported()} == {one.command for one in Keithley2636B.supported()}
