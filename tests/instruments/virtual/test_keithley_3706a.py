"""A virtual 3706A and 707B: lists of channels, relays that really move, rules, patterns, labels, what they refuse."""

from __future__ import annotations

import random
import time

import pytest

from smtjlab.instruments.virtual.keithley_3706a import Keithley707B, Keithley3706A
from smtjlab.instruments.virtual.tsp_texts import TEXTS

PARTS = """
[instruments.switch]
driver = "keithley_3706a:{model}"
role = "switch"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.meter]
driver = "keithley_2450:Keithley2450"
role = "source_meter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.load]
resistance = "1 kohm"
between = ["load.hi", "load.lo"]

[limits.meter]
voltage = ["-10 V", "10 V"]
current = "1 A"
"""

WIRES = """"device.gate"
"meter.hi" = "bus.one"
"meter.lo" = "bus.two"
"switch.1.r1" = "bus.one"
"switch.1.r2" = "bus.two"
"switch.1.c3" = "load.hi"
"switch.1.c4" = "load.lo\""""


class Instrument:
    """One instrument without any transport."""

    def __init__(self, bench, name):
        self.bench, self.twin = bench, bench.instruments[name]

    def __call__(self, *messages):
        answer = None
        for message in messages:
            with self.bench.held():
                answer = self.twin.execute(message)
        return answer

    def closed(self):
        return self("print(channel.getclose('allslots'))")

    def error(self):
        code, text = self("print(errorqueue.next())").split("\t")[:2]
        return int(float(code)), text

    def takes(self, message):
        """Return the seconds of bench time that a message takes."""
        before = self.bench.world.now()
        self(message)
        return self.bench.world.now() - before


@pytest.fixture
def make_switch(make_bench):
    def make(model="Keithley3706A"):
        bench = make_bench(PARTS.format(model=model), **{'"gate.hi"': WIRES})
        return Instrument(bench, "switch")

    return make


@pytest.fixture
def switch(make_switch):
    return make_switch()


@pytest.fixture
def smu(switch):
    """A source meter between row 1 and row 2, at 0.1 V."""
    made = Instrument(switch.bench, "meter")
    made(":SOUR:VOLT 0.1", ":SOUR:VOLT:ILIM 1", ":SENS:CURR:RANG:AUTO ON", ":OUTP ON")
    return made


def test_it_says_who_it_is_and_what_it_holds(switch):
    assert switch("*IDN?") == "KEITHLEY INSTRUMENTS INC.,MODEL 3706A-S,SMTJ0003,01.56a"
    assert switch("print(slot[1].idn)") == "3730,6x16 High Density Matrix,01.40h,SMTJ0003-1"
    assert switch("print(slot[6].idn, slot[7])") == "Empty Slot\tnil"


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("slot[1].rows.matrix, slot[1].columns.matrix", "6.00000e+00\t1.60000e+01"),
        ("slot[1].interlock.state, slot[1].maxvoltage", "1.00000e+00\t3.00000e+02"),
        ("slot[1].poles.two, slot[1].poles.four, slot[1].commonsideohms", "1.00000e+00\tnil\tnil"),
        ("slot[2].rows.matrix, slot[2].interlock.state", "nil\tnil"),
        ("channel.connectrule, channel.connectsequential", "1.00000e+00\t0.00000e+00"),
        ("channel.BREAK_BEFORE_MAKE, channel.MAKE_BEFORE_BREAK, channel.OFF", "1.00000e+00\t2.00000e+00\t0.00000e+00"),
        ("channel.getclose('allslots')", "nil"), ("channel.getforbidden('allslots')", "nil"),
        ("channel.getlabel('1101,1911')", "1101,1911"), ("channel.getpole('1101:1103')", "2,2,2"),
        ("channel.getdelay('1101')", "0.000e+00"), ("channel.getbackplane('slot1')", "nil"),
        ("channel.getimage('1101,1102')", "1101;1102"), ("channel.getcount('1101,1911')", "0,0"),
        ("channel.gettype('1101,1911')", "1,2"), ("channel.createspecifier(1, 2, 11)", "1211"),
        ("memory.available()", "99.50, 100.00, 100.00, 100.00"), ("memory.used()", "0.50, 0.00, 0.00, 0.00"),
        ("comm.gpib.enable, comm.lan.enable, gpib.address", "true\ttrue\t1.60000e+01"),
        ("lan.status.ipaddress", "127.0.0.1"), ("localnode.model", "3706A-S"), ("localnode.serialno", "SMTJ0003"),
        ("eventlog.count, eventlog.next()", "0.00000e+00\tnil"), ("errorqueue.count", "0.00000e+00"),
        ("dmm, scan", "nil\tnil"), ("node[1].channel.connectrule", "1.00000e+00"),
    ],
)  # fmt: skip
def test_a_fresh_one_reads_as_the_manual_says(switch, expression, answer):
    assert switch(f"print({expression})") == answer
    assert switch.error()[0] == 0


@pytest.mark.parametrize(
    ("wished", "closed"),
    [
        ("1101", "1101"), ("1203,1101", "1101;1203"), ('1203;1101', "1101;1203"), (" 1101 , 1102 ", "1101;1102"),
        ("1101:1104", "1101;1102;1103;1104"), ("1115:1202", "1115;1116;1201;1202"), ("1911,1616", "1616;1911"),
        ("1911:1913", "1911;1912;1913"), ("1101,1101", "1101"), ("1101:1102,1102:1103", "1101;1102;1103"),
    ],
)  # fmt: skip
def test_lists_are_read_as_the_manual_writes_them(switch, wished, closed):
    switch(f'channel.close("{wished}")')
    assert switch.error()[0] == 0
    assert switch.closed() == closed


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("channel.close('')", "channel list is empty"), ("channel.close('slot1')", "slot1 not allowed"),
        ("channel.close('allslots')", "allslots not allowed"), ("channel.close('1701')", "invalid channel 1701"),
        ("channel.close('1117')", "invalid channel 1117"), ("channel.close('1101,1100')", "invalid channel 1100"),
        ("channel.close('2101')", "no card in slot 2"), ("channel.close('9101')", "invalid channel 9101"),
        ("channel.close('1104:1101')", "invalid channel range"), ("channel.close('1101:1911')", "channel range"),
        ("channel.close('1101,')", "invalid channel  in"), ("channel.close('1A01')", "invalid channel 1A01"),
        ("channel.open('slot3')", "no card in slot3"), ("channel.getclose('nothing')", "invalid channel nothing"),
        ("channel.exclusiveslotclose('')", "channel list is empty"),
        ("channel.setdelay('1911', 1)", "invalid channel type"), ("channel.getpole('1911')", "invalid channel type"),
        ("channel.setpole('1101', 4)", "pole setting not supported"),
        ("channel.setbackplane('1101', '1102')", "invalid channel type"), ("channel.createspecifier(2, 1, 1)", "inv"),
        ("channel.pattern.getimage('lost')", "unknown pattern"), ("channel.pattern.delete('lost')", "unknown"),
        ("channel.pattern.setimage('1101', '1path')", "invalid name"), ("channel.setlabel('1101:1102', 'a')", "one"),
        (f"channel.close('{'9' * 5000}')", "invalid channel"), (f"channel.open('slot{'9' * 5000}')", "invalid channel"),
    ],
)  # fmt: skip
def test_what_a_list_has_wrong_is_1115_and_nothing_moves(switch, message, text):
    switch("channel.close('1205')", message)
    code, said = switch.error()
    assert code == 1115
    assert said.startswith("Parameter error ")
    assert text in said
    assert switch.closed() == "1205"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("channel.close(nil)", -104), ("channel.close()", -286), ("channel.close({})", -104),
        ("channel.close('1101', 2)", -108), ("channel.connectrule = 3", 1102), ("channel.connectrule = 'x'", -104),
        ("channel.connectsequential = 0.5", -224), ("channel.setdelay('1101', -1)", 1101), ("channel.OFF = 2", 1107),
        ("slot[1].idn = 'mine'", 1107), ("channel.nothing()", -286), ("channel.close('1101'", -285),
        ("gpib.address = 31", 1102),
        ("scan.create('1101')", -286), ("*FOO", -285),
    ],
)  # fmt: skip
def test_mistakes_have_the_numbers_of_the_language(switch, message, code):
    switch(message)
    assert switch.error()[0] == code
    assert switch.closed() == "nil"


def test_a_question_with_a_wrong_list_is_answered_nil(switch):
    assert switch("print(channel.getclose('1999'))") == "nil"
    assert switch.error()[0] == 1115


def test_closing_adds_and_opening_takes_away(switch):
    switch("channel.close('1101')", "channel.close('1202')", "channel.open('1101')")
    assert switch.closed() == "1202"
    assert switch("print(channel.getstate('1101,1202'), channel.getstate('1202', 2))") == "0,1\t0"
    assert switch("print(channel.getclose('1101:1116'), channel.getclose('slot1'))") == "nil\t1202"
    switch("channel.open('allslots')")
    assert switch.closed() == "nil"
    assert switch("print(channel.getcount('1101,1202,1203'))") == "1,1,0"


def test_an_exclusive_close_leaves_nothing_else(switch):
    switch("channel.close('1101:1103,1911')", "channel.exclusiveclose('1102,1204')")
    assert switch.closed() == "1102;1204"
    assert switch("print(channel.getcount('1101,1102'))") == "1,1"
    switch("channel.exclusiveslotclose('1303')")
    assert switch.closed() == "1303"
    switch("channel.exclusiveclose('')")
    assert switch.closed() == "nil"


@pytest.mark.parametrize(("rule", "seconds"), [("OFF", 4e-3), ("BREAK_BEFORE_MAKE", 8e-3), ("MAKE_BEFORE_BREAK", 8e-3)])
def test_relays_take_their_time(switch, rule, seconds):
    assert switch.takes("channel.close('1101,1102')") == pytest.approx(4e-3)
    switch(f"channel.connectrule = channel.{rule}")
    assert switch.takes("channel.exclusiveclose('1201')") == pytest.approx(seconds)
    switch("channel.setdelay('1301', 0.5)")
    assert switch.takes("channel.close('1301')") == pytest.approx(0.504)
    switch("channel.connectsequential = channel.ON")
    assert switch.takes("channel.close('1302,1303,1304')") == pytest.approx(12e-3)
    assert switch.takes("print(channel.getclose('allslots'))") == 0


@pytest.mark.parametrize(("rule", "most"), [("OFF", 1), ("BREAK_BEFORE_MAKE", 1), ("MAKE_BEFORE_BREAK", 2)])
def test_the_rule_decides_whether_two_paths_meet(switch, rule, most, monkeypatch):
    seen = []
    joined = switch.bench.world.set_relays
    switch("channel.close('1101')", f"channel.connectrule = channel.{rule}")
    monkeypatch.setattr(
        switch.bench.world, "set_relays", lambda name, pairs: (seen.append(len(pairs)), joined(name, pairs))
    )
    switch("channel.exclusiveclose('1201')")
    assert max(seen) == most


def test_forbidden_channels_stay_open_and_say_so(switch):
    switch("channel.pattern.setimage('1101,1102', 'path')", "channel.setforbidden('1102; 1301')")
    assert switch("print(channel.getforbidden('allslots'))") == "1102,1301"
    assert switch("print(channel.pattern.getimage('path'))") == "nil"
    assert switch.error()[1] == "Parameter error unknown pattern path"
    switch("channel.close('1101,1102')")
    assert switch.error() == (1115, "Parameter error channel 1102 is forbidden to close")
    assert switch.closed() == "nil"
    switch("channel.clearforbidden('slot1')", "channel.close('1101,1102')")
    assert switch("print(channel.getforbidden('allslots'))") == "nil"
    assert switch.closed() == "1101;1102"


def test_patterns_stand_for_their_channels(switch):
    switch(
        "channel.pattern.setimage('1101, 1202', 'Path_1')", "channel.close('1305')", "channel.pattern.snapshot('seen')"
    )
    switch("channel.exclusiveclose('Path_1,1401')")
    assert switch.closed() == "1101;1202;1401"
    assert switch("print(channel.pattern.getimage('seen'), channel.getclose('Path_1'))") == "1305\t1101;1202"
    assert switch("for name in channel.pattern.catalog() do print(name) end") == "Path_1\nseen"
    switch("channel.pattern.delete('seen')", "channel.reset('1101')")
    assert switch.closed() == "1202;1401"
    assert switch("for name in channel.pattern.catalog() do print(name) end") is None
    assert switch.error()[0] == 0


def test_labels_name_channels_once(switch):
    switch("channel.setlabel('1101', 'start')", "channel.close('start')")
    assert switch.closed() == "1101"
    switch("channel.setlabel('1102', 'start')")
    assert switch.error() == (1115, "Parameter error label already used with channel 1101")
    switch("channel.pattern.setimage('1101', 'start')")
    assert switch.error()[0] == 1115
    switch("channel.setlabel('1101', ' ')")
    assert switch("print(channel.getlabel('1101'))") == "1101"


def test_relays_of_the_backplane_go_with_their_channel_while_the_interlock_is_closed(switch):
    switch("channel.setbackplane('1202', '1913,1914')", "channel.close('1202')")
    assert switch.closed() == "1202;1913;1914"
    assert switch("print(channel.getimage('1202'), channel.getbackplane('1202'))") == "1202,1913,1914\t1913,1914"
    with switch.bench.held():
        switch.twin.open_interlock()
    assert switch.closed() == "1202"
    switch("channel.close('1911')")
    assert "interlock" in switch.error()[1]
    assert switch("print(slot[1].interlock.state)") == "0.00000e+00"


def test_a_reset_opens_and_forgets_all_but_the_life_of_the_relays(switch):
    switch("channel.close('1101')", "channel.setlabel('1102', 'b')", "channel.setforbidden('1103')")
    switch("channel.connectrule = 0", "gpib.address = 7", "reset()")
    assert switch("print(channel.getclose('allslots'), channel.getforbidden('allslots'))") == "nil\tnil"
    assert (
        switch("print(channel.getlabel('1102'), channel.getcount('1101'), channel.connectrule)")
        == "1102\t1\t1.00000e+00"
    )
    assert switch("print(gpib.address)") == "7.00000e+00"
    switch("channel.close('1101')")
    with switch.bench.held():
        switch.twin.power_cycle()
    assert switch.closed() == "nil"


def test_a_source_meter_sees_the_loop_through_a_column_close_and_open(switch, smu):
    assert abs(float(smu(":READ?"))) < 1e-6
    switch("channel.close('1101,1201')")
    # Two leads of 1 ohm each and two relays of 0.5 ohm.
    assert float(smu(":READ?")) == pytest.approx(0.1 / 3, rel=0.02)
    switch("channel.exclusiveclose('1103,1204')")
    assert float(smu(":READ?")) == pytest.approx(0.1 / 1003, rel=0.01)
    switch("channel.open('1204')")
    assert abs(float(smu(":READ?"))) < 1e-6


def test_rows_meet_on_the_backplane_of_nobody_else(switch, smu):
    switch("channel.close('1911,1912')")
    assert abs(float(smu(":READ?"))) < 1e-6


def test_hot_switching_is_noted_in_the_event_log_only(switch, smu):
    switch("channel.close('1101,1201')", "channel.open('1201')")
    assert float(switch("print(eventlog.count)")) == 3
    first, second, third = switch("print(eventlog.all())").splitlines()
    assert "HOT SWITCHING, 1101, 3.3" in first
    assert "HOT SWITCHING, 1201, 3.3" in second
    assert "HOT SWITCHING, 1201, 3.3" in third
    assert switch.error()[0] == 0


def test_cold_switching_is_not_noted(switch, smu):
    smu(":SOUR:VOLT 0", ":OUTP OFF")
    switch("channel.close('1101,1201')", "channel.open('allslots')")
    assert switch("print(eventlog.next())") == "nil"


def test_a_707b_names_rows_by_letters(make_switch):
    switch = make_switch("Keithley707B")
    assert switch("*IDN?") == "KEITHLEY INSTRUMENTS INC.,MODEL 707B,SMTJ0003,01.12a"
    switch("channel.close('1A03;1h12')", "channel.close('1B01:1B03')")
    assert switch.closed() == "1A03;1B01;1B02;1B03;1H12"
    assert switch.takes("channel.open('slot1')") == pytest.approx(2e-3)
    switch("channel.close('1101')")
    assert switch.error()[0] == 1115
    assert switch("print(channel.setbackplane, channel.getpole)") == "nil\tnil"


def test_scripts_and_loops_switch_too(switch):
    for line in (
        "loadscript path",
        "for row = 1, 6 do",
        " channel.close(channel.createspecifier(1, row, row))",
        "end",
        "endscript",
    ):
        switch(line)
    switch("path()")
    assert switch.closed() == "1101;1202;1303;1404;1505;1606"
    assert switch("print(table.getn({channel.getclose('slot1')}))") == "1.00000e+00"


@pytest.mark.parametrize("model", [Keithley3706A, Keithley707B])
def test_the_table_of_commands_lists_what_is_there(model):
    commands = {one.command for one in model.supported()}
    assert {"channel.close()", "channel.getclose()", "channel.pattern.catalog()", "slot[N].idn", "*IDN?"} <= commands
    assert not any(command.startswith(("smu", "Sweep")) for command in commands)
    assert "scan.*" in model.missing
    assert 1115 not in TEXTS


WORDS = (
    "channel", ".close", ".open", ".exclusiveclose", ".exclusiveslotclose", ".getclose", ".setforbidden", ".reset",
    ".clearforbidden", ".pattern.setimage", ".pattern.snapshot", ".setlabel", ".getlabel", ".getcount", ".connectrule",
    "=", "(", ")", "'1101'", "'1101:1204'", "'slot1'", "'allslots'", "'1911'", "'x'", "''", ",", ";", "nil", "{}",
    "1e99", "-1", "print", "slot[1]", ".idn", "memory.available()", "*IDN?", "*RST", "errorqueue.next()", "\x00",
    "\xe9", "..", "for i = 1, 3 do", "end", "'", '"', "loadscript", "endscript", "eventlog.all()", "setbackplane",
)  # fmt: skip


def mutated(rng):
    """Return a random message: words in any order, or a good one with some characters changed."""
    if rng.random() < 0.5:
        return "".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 9)))
    good = list(rng.choice(("print(channel.getclose('allslots'))", "channel.close('1101:1104,1911')",
                            "channel.pattern.setimage('1101', 'path')", "channel.connectrule = 2")))  # fmt: skip
    for _ in range(rng.randrange(1, 4)):
        good[rng.randrange(len(good))] = chr(rng.randrange(1, 256))
    return "".join(good).replace("\n", " ")


def test_2000_random_and_mutated_messages_leave_it_sane(switch):
    rng = random.Random(7)
    begun = time.monotonic()
    for _ in range(2000):
        switch(mutated(rng), "endscript")  # one of them may have begun to load a script
    switch("endscript", "errorqueue.clear()", "reset()")
    assert time.monotonic() - begun < 60
    assert switch("*IDN?").startswith("KEITHLEY")
    assert switch.error()[0] == 0
    assert switch.closed() == "nil"
