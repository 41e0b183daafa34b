"""The line language that the 475 and the 336 share."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.virtual.command_tree import Command, setting
from smtjlab.instruments.virtual.lakeshore import (
    COMMON,
    LONGEST_MESSAGE,
    LakeShoreInstrument,
    Letter,
    Name,
    Whole,
)
from smtjlab.instruments.virtual.line_language import Real, table


class Thermometer(LakeShoreInstrument):
    identity = "LSCI,MODEL001,SMTJ0001,1.0"
    range, setpoint, label = 1, 0.0, ""
    commands = (
        *COMMON,
        setting("RANGE", "range", Whole(1, 5)),
        setting("CSETP", "setpoint", Real(-350, 350, "+.3f")),
        setting("INNAME", "label", Name(6)),
        Command(header="KRDG", query=lambda twin, channel: f"{ord(channel)}", asks=(Letter("AB"),), ask_needed=1),
        Command(header="BROKEN", query=lambda twin: str(1 / 0)),
    )


@pytest.fixture
def lakeshore() -> LakeShoreInstrument:
    world: Any = None
    return Thermometer("stage", world, 0, 1)


def test_units_between_semicolons_are_answered_together(lakeshore):
    assert lakeshore.execute(" range 3; RANGE? ;csetp -1.5;CSETP?;KRDG? b;") == "3;-1.500;66"


def test_a_name_in_quotes_may_hold_separators_and_is_answered_padded(lakeshore):
    assert lakeshore.execute('INNAME "a;b,";INNAME?') == "a;b,  "


@pytest.mark.parametrize(
    ("message", "bit"),
    [
        ("FOO 1", 32), ("FOO?", 32), ("RANGE3", 32), ("RANGE", 32), ("RANGE 1,2", 32), ("RANGE x", 32), ("KRDG?", 32),
        ("KRDG 1", 32), (":RANGE 1", 32), ("RANGE 1.5", 32), ("CSETP nan", 32), ("RANGE 7", 16), ("CSETP 1e9", 16),
        ("KRDG? C", 16), ("BROKEN?", 8), ("*WAI", 32), ("X" * (LONGEST_MESSAGE + 1), 8),
    ],
)  # fmt: skip
def test_a_mistake_is_ignored_in_silence_but_for_a_bit(lakeshore, message, bit):
    lakeshore.execute("*CLS")
    assert lakeshore.execute(message) is None
    assert lakeshore.execute("*ESR?;*ESR?;RANGE?") == f"{bit:03d};000;1"


def test_what_follows_a_mistake_is_still_carried_out(lakeshore):
    assert lakeshore.execute("FOO;RANGE 2;RANGE 9;RANGE?") == "2"


def test_an_event_that_is_enabled_shows_in_the_status_byte(lakeshore):
    assert lakeshore.execute("*CLS;*ESE 32;*SRE 32;*STB?;FOO;*STB?") == "000;096"


def test_the_nonce_of_a_session_comes_back(lakeshore):
    assert int(lakeshore.execute("*ESE 77;*ESE?") or 0) == 77


def test_power_on_shows_in_the_event_register(lakeshore):
    lakeshore.execute("*CLS")
    lakeshore.power_cycle()
    assert lakeshore.execute("*ESR?;*OPC?") == "128;1"


def test_two_commands_of_one_mnemonic_are_refused():
    with pytest.raises(ValueError, match=r"must be one command, but \*CLS is two"):
        table([*COMMON, Command(header="*CLS")])


def test_the_table_of_commands_tells_their_forms():
    forms = {line.command: line.forms for line in Thermometer.supported()}
    assert (forms["RANGE"], forms["KRDG"], forms["*CLS"]) == ("write query", "query", "write")


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    world: Any = None
    thermometer = Thermometer("stage", world, 0, 1)
    thermometer.execute(text)
    assert thermometer.execute("*IDN?") == Thermometer.identity
