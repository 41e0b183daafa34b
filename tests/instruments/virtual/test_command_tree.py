from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.virtual.command_tree import Command, CommandTree
from smtjlab.instruments.virtual.scpi import ScpiError, units

TREE = CommandTree(
    Command(header=header, query=lambda twin: "")
    for header in (":SOURce[1]:VOLTage[:LEVel][:AMPLitude]", ":SOURce[1]:VOLTage:RANGe:AUTO", ":SOURce[1]:FUNCtion",
                   "[:SENSe[1]]:CURRent[:DC]:NPLCycles", "[:SENSe[1]]:CURRent[:DC]:DELay:USER<1..5>", ":*RST")
)  # fmt: skip


def headers(message):
    """Return the headers found for the units of a message, following the path rule."""
    path, found = TREE.root, []
    for unit in units(message):
        one = TREE.find(unit, path)
        path = one.parent
        found.append((one.command.header, one.suffixes))
    return found


def code_of(message):
    with pytest.raises(ScpiError) as problem:
        headers(message)
    return problem.value.code


@given(st.sampled_from(["SOUR", "SOURCE", "sour1", "Source1"]), st.sampled_from(["VOLT", "voltage"]),
       st.sampled_from(["", ":lev", ":LEVEL"]), st.sampled_from(["", ":ampl", ":AMPLitude"]))  # fmt: skip
def test_every_way_of_writing_a_header_is_one_command(source, volt, level, amplitude):
    expected = [(":SOURce[1]:VOLTage[:LEVel][:AMPLitude]", ())]
    assert headers(f":{source}:{volt}{level}{amplitude}?") == expected


@pytest.mark.parametrize("header", ["SOU:VOLT", "SOURC:VOLT", "SOUR:VOL", "SOUR", "FOO", "SOUR:VOLT:RANG", "*XYZ"])
def test_what_is_not_in_the_table_is_undefined(header):
    assert code_of(f"{header}?") == -113


def test_a_suffix_out_of_range_has_its_own_code():
    assert code_of("SOUR2:VOLT?") == -114
    assert code_of("CURR:DEL:USER6?") == -114


def test_a_suffix_is_handed_on_where_the_table_asks_for_it():
    assert headers("SENS:CURR:DC:DEL:USER3?")[0][1] == (3,)


def test_a_unit_without_a_colon_goes_on_where_the_last_one_was():
    assert len(headers(":SOUR:VOLT:RANG:AUTO?;:SENS:CURR:NPLC?;DEL:USER1?")) == 3
    assert len(headers("SOUR:VOLT?;FUNC?")) == 2


def test_a_common_command_leaves_the_path_alone():
    assert len(headers("SOUR:VOLT?;*RST?;FUNC?")) == 3


def test_the_path_does_not_climb_back():
    assert code_of("SOUR:VOLT:RANG:AUTO?;FUNC?") == -113


def test_two_commands_of_one_header_are_refused():
    with pytest.raises(ValueError, match="must be one command"):
        CommandTree([Command(header=":A[:B]"), Command(header=":A")])


def test_a_header_is_written_as_in_a_manual():
    with pytest.raises(ValueError, match="as in a manual"):
        CommandTree([Command(header=":A B")])


def test_the_tables_of_the_2450_hold_no_header_twice():
    from smtjlab.instruments.virtual.keithley_2450 import COMMANDS

    written = [command.header for command in COMMANDS]
    assert sorted(written) == sorted(set(written))
    assert not any(one == other for one, other in itertools.pairwise(sorted(written)))
