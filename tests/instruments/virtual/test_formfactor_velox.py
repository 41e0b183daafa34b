"""A virtual Velox spoken to line by line, with no transport."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.virtual.formfactor_velox import COMMANDS, FormfactorVelox, command_table


@pytest.fixture
def velox(make_bench):
    bench = make_bench()
    with bench.held():
        yield FormfactorVelox("needles", bench.world, 1, 8)


def test_who_it_is_comes_as_plain_text(velox):
    assert velox.execute("*IDN?") == "FormFactor,Velox,SMTJ0008,3.2.1"
    assert velox.execute("ReportSoftwareVersion") == "0: 3.2.1"
    assert velox.execute("IsAppRegistered WaferMap") == "0: 1"


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("ReadChuckHeights Y", "0: 16000.000 40.000 50.000 250.000 0.000"),
        ("ReadChuckPosition Y H", "0: 0.000 0.000 15750.000"),
        ("ReadChuckPosition Y Z", "0: 160000.000 160000.000 15750.000"),
        ("ReadChuckStatus", "0: 15 23 0 0 D 1 S N 0 A 0"),
        ("ReadChuckIndex Y", "0: 10000.000 10000.000"),
        ("ReadMapPosition2", "0: 0 0 0.000 0.000 0 0 25 49 0 0"),
        ("ReadMapPosition", "0: 0 0 0.000 0.000 1 1 25 49 0 0"),
        ("GetMapDims", "0: W 10000.000 10000.000 9 9"),
        ("GetNumSelectedDies", "0: 49"),
        ("GetDieStatus 0 0", "0: S"),
        ("GetSubDieData 0", "0: 0 0.000 0.000 0"),
        ("ReadThetaPosition D H", "0: 0.0000"),
    ],
)
def test_as_an_operator_has_left_it(velox, message, answer):
    assert velox.execute(message) == answer


def test_the_message_server_speaks_in_numbered_commands(velox):
    assert velox.execute("FCN=1:RegisterProberApp:script.py script.py 0") == "FCN=1:0:"
    assert velox.execute("Cmd=2:ReadChuckIndex:Y") == "Rsp=2:0:10000.000 10000.000"
    assert velox.execute("Cmd=3:StepNextDie:9 9 0") == "Rsp=3:701:There is no die 9 9."
    assert "StepNextDie" in velox.execute("FCN=1:GetCommands:")


def test_going_into_contact_closes_the_needles_and_takes_bench_time(velox):
    before = velox.world.time
    assert velox.execute("MoveChuckContact 100") == "0:"
    assert velox.station.chuck.made
    assert velox.execute("ReadChuckStatus").split()[7] == "O"
    assert velox.world.time > before
    velox.execute("MoveChuckSeparation 100")
    assert not velox.station.chuck.contact


def test_with_auto_z_the_chuck_separates_before_it_travels(velox):
    velox.execute("MoveChuckContact")
    assert velox.execute("MoveChuck 10000 0 R Y 100") == "0:"
    assert velox.execute("ReadChuckStatus").split()[7] == "S"
    assert velox.station.chuck.touchdowns == 1


def test_without_auto_z_the_interlock_refuses_to_travel_in_contact(velox):
    velox.execute("SetChuckMode 2 0 1 2 2 2")
    velox.execute("MoveChuckContact")
    assert velox.execute("MoveChuckIndex 1 0 R 100").startswith("7:")
    assert velox.station.chuck.made


def test_without_both_the_needles_are_dragged_and_land_again(velox):
    velox.execute("SetChuckMode 2 0 0")
    velox.execute("MoveChuckContact")
    assert velox.execute("MoveChuckIndex 1 0 R 100") == "0:"
    assert velox.station.chuck.made
    assert (velox.station.chuck.column, velox.station.chuck.touchdowns) == (1, 2)


def test_the_route_ends_with_703(velox):
    assert velox.execute("StepFirstDie") == "0: 0 4 0 0"
    for _ in range(48):
        assert velox.execute("StepNextDie").startswith("0: ")
    assert velox.execute("StepNextDie") == "703: End of wafer."


def test_a_die_is_stepped_to_by_its_coordinates(velox):
    assert velox.execute("StepNextDie 2 -1 0") == "0: 2 -1 0 0"
    assert (velox.station.chuck.column, velox.station.chuck.row) == (2, -1)
    assert velox.execute("ReadMapPosition2").startswith("0: 2 -1 20000.000 -10000.000 0 0 ")


def test_sub_dies_are_stepped_through_before_the_next_die(velox):
    velox.execute("SetSubDieData 1 500 -200 edge")
    velox.execute("StepNextDie 0 0 0")
    assert velox.execute("StepNextDie") == "0: 0 0 1 1"
    velox.execute("MoveChuckContact")
    assert not velox.station.chuck.made  # nobody has put a device there
    assert velox.execute("StepNextDie").startswith("0: 1 0 0 1")
    assert velox.execute("StepNextSubDie 1") == "0: 1 1"


def test_what_is_left_out_of_a_step_is_0(velox):
    velox.execute("SetSubDieData 1 500 -200 edge")
    velox.execute("StepNextDie 1 1 1")
    assert velox.execute("StepNextDie 1 1") == "0: 1 1 0 1"


def test_a_contact_height_set_too_low_leaves_the_needles_in_the_air(velox):
    velox.execute("SetChuckHeight C V Y 15900")
    assert velox.execute("MoveChuckContact") == "0:"
    assert velox.execute("ReadChuckStatus").split()[7] == "O"
    assert not velox.station.chuck.contact


@pytest.mark.parametrize(
    ("before", "message", "number"),
    [
        ("", "NoSuchCommand", 1), ("", "MoveChuck 1", 2), ("", "MoveChuck x 0", 2), ("", "MoveChuck 0 0 Q", 2),
        ("", "MoveChuckContact 0", 2), ("", "MoveChuck 9e9 0 H Y", 3), ("", "MoveChuckZ 16100 Z Y", 3),
        ("", "MoveTheta 30", 3), ("", "StepNextDie 40 0 0", 701), ("", "StepNextDie 0 0 4", 702),
        ("SetChuckHeight C R", "MoveChuckContact", 5), ("SetChuckHeight C R", "MoveChuckAlign", 5),
        ("", "SetChuckMode 5", 2), ("", "SetWaferMapParams 100 0 0", 3), ("", "GetSubDieData 5", 702),
        ("", "SetChuckHeight S 0", 2), ("", "ReadChuckIndex Q", 2), ("", "StepToDie 50", 701),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_by_number(velox, before, message, number):
    if before:
        assert velox.execute(before) == "0:"
    assert velox.execute(message).startswith(f"{number}: ")


def test_after_a_power_cycle_home_and_contact_must_be_set_again(velox):
    velox.power_cycle()
    assert velox.execute("ReadChuckHeights").startswith("0: -1 ")
    assert velox.execute("StepFirstDie").startswith("6:")
    velox.execute("SetMapHome")
    velox.execute("SetChuckHeight C V Y 16000")
    assert velox.execute("StepFirstDie") == "0: 0 4 0 0"


def test_each_command_is_in_the_table_once():
    assert len(command_table()) == len(COMMANDS)
    assert {line.command for line in FormfactorVelox.supported()} >= {command.name for command in COMMANDS}


WORDS = st.sampled_from([*(command.name for command in COMMANDS), "Cmd=1:StepNextDie:", "FCN=", "Cmd=", '"'])
PARAMETERS = st.lists(st.sampled_from(["0", "1", "-3", "R", "H", "Y", "1e300", "nan", '"a b"', '"', "é"]))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=WORDS, parameters=PARAMETERS, tail=st.text(max_size=5))
def test_whatever_is_sent_it_still_says_who_it_is(velox, word, parameters, tail):
    answer = velox.execute(f"{word} {' '.join(parameters)}{tail}")
    assert answer is None or ":" in answer
    assert "SMTJ0008" in velox.execute("*IDN?")
