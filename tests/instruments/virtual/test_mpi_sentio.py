"""A virtual SENTIO spoken to line by line, with no transport."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.virtual.mpi_sentio import COMMANDS, MpiSentio, command_table
from smtjlab.instruments.virtual.mpi_sentio_language import LAST_DIE, LAST_SITE


@pytest.fixture
def sentio(make_bench):
    bench = make_bench()
    with bench.held():
        yield MpiSentio("needles", bench.world, 1, 7)


def ask(twin, message):
    """Return error number, status bits, number of the command, and text."""
    answer = twin.execute(message)
    number, identifier, text = answer.split(",", 2)
    return int(number) & 1023, int(number) & ~1023, int(identifier), text


def text(twin, message):
    error, _, _, said = ask(twin, message)
    assert error == 0, said
    return said


def code(twin, message):
    return ask(twin, message)[0]


def test_who_it_is_comes_as_plain_text(sentio):
    assert sentio.execute("*IDN?") == "MPI Corporation,SENTIO,SMTJ0007,24.0.0"
    assert sentio.execute("*RCS 1") is None
    assert text(sentio, "status:get_version") == "Version: 24.0.0"


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("get_chuck_xy", "160000.000,160000.000"),
        ("get_chuck_xy Wafer, H", "0.000,0.000"),
        ("get_chuck_z S", "0.000"),
        ("get_chuck_site_heights Wafer", "16000.000,250.000,40.000,50.000"),
        ("get_chuck_site_status Wafer", "1,1,1,1"),
        ("get_vacuum_status", "1"),
        ("get_project Name", "smtj"),
        ("map:get_num_dies Selected", "49"),
        ("map:get_home_die", "0,0"),
        ("map:get_routing", "UL,WR"),
        ("map:get_axis_orient", "UR"),
        ("map:get_index_size", "10000.000,10000.000"),
        ("map:die:get_status 0, 0", "1"),
        ("map:subsite:get_num ", "1"),
        ("map:bins:get_bin", "-1"),
        ("status:get_machine_status", "Ready"),
        ("loader:query_wafer_status chuck, 1", "Cassette1,1,100,0,0"),
    ],
)
def test_as_an_operator_has_left_it(sentio, message, answer):
    assert text(sentio, message) == answer


def test_going_into_contact_closes_the_needles_and_takes_bench_time(sentio):
    before = sentio.world.time
    assert text(sentio, "move_chuck_contact") == "16040.000"
    assert sentio.station.chuck.made
    assert sentio.world.time > before
    assert text(sentio, "move_chuck_separation ") == "15750.000"
    assert not sentio.station.chuck.contact


def test_more_overtravel_presses_the_needles_harder(sentio):
    text(sentio, "enable_chuck_overtravel False")
    text(sentio, "move_chuck_contact")
    light = sentio.station.chuck.resistance_factor
    text(sentio, "enable_chuck_overtravel True")
    text(sentio, "move_chuck_contact")
    assert sentio.station.chuck.resistance_factor < light


def test_the_chuck_separates_before_it_travels_and_stays_there(sentio):
    text(sentio, "move_chuck_contact")
    text(sentio, "move_chuck_xy R, 10000, 0")
    assert text(sentio, "get_chuck_z S") == "0.000"
    assert sentio.station.chuck.touchdowns == 1


def test_a_step_by_index_goes_back_into_contact(sentio):
    text(sentio, "move_chuck_contact")
    text(sentio, "move_chuck_index Home, 1, 0")
    assert (sentio.station.chuck.column, sentio.station.chuck.touchdowns) == (1, 2)
    assert sentio.station.chuck.made


def test_needles_beside_the_pads_touch_nothing(sentio):
    text(sentio, "move_chuck_xy H, 100, 0")
    text(sentio, "move_chuck_contact")
    assert sentio.station.chuck.contact
    assert not sentio.station.chuck.made


def test_a_turned_wafer_is_missed_far_from_its_middle(sentio):
    text(sentio, "move_chuck_theta R, 0.2")
    text(sentio, "move_chuck_contact")
    assert sentio.station.chuck.made
    text(sentio, "map:step_die 3, 0")
    assert not sentio.station.chuck.made


def test_the_route_ends_with_a_bit_and_then_with_an_error(sentio):
    error, status, _, said = ask(sentio, "map:step_first_die")
    assert (error, status, said) == (0, LAST_SITE, "0,4,0")
    for _ in range(47):
        assert ask(sentio, "map:step_next_die")[:2] == (0, LAST_SITE)
    assert ask(sentio, "map:step_next_die")[:2] == (0, LAST_DIE | LAST_SITE)
    assert code(sentio, "map:step_next_die") == 11


def test_a_step_tells_the_world_which_die_is_under_the_needles(sentio):
    assert text(sentio, "map:step_die -2, 3") == "-2,3,0"
    assert (sentio.station.chuck.column, sentio.station.chuck.row) == (-2, 3)


@pytest.mark.parametrize(
    ("mode", "touchdowns", "height"), [("BackToContact", 2, "16040.000"), ("StepToSeparation", 1, "15750.000")]
)
def test_the_stepping_mode_decides_where_a_step_ends(sentio, mode, touchdowns, height):
    text(sentio, f"set_stepping_contact_mode {mode}")
    text(sentio, "move_chuck_contact")
    text(sentio, "map:step_die 1, 1")
    assert text(sentio, "get_chuck_z") == height
    assert sentio.station.chuck.touchdowns == touchdowns


def test_a_chuck_locked_in_contact_does_not_step(sentio):
    text(sentio, "set_stepping_contact_mode LockContact")
    text(sentio, "move_chuck_contact")
    assert code(sentio, "map:step_die 1, 1") == 38
    text(sentio, "move_chuck_separation")
    assert code(sentio, "map:step_die 1, 1") == 0


def test_a_coordinate_system_of_ones_own(sentio):
    text(sentio, "map:set_axis_orient DR")
    text(sentio, "map:set_grid_origin 0, 4")
    assert text(sentio, "map:step_first_die") == "0,0,0"
    assert text(sentio, "map:step_die 0, 4") == "0,4,0"
    assert (sentio.station.chuck.column, sentio.station.chuck.row) == (0, 0)


def test_a_map_with_the_wrong_pitch_leads_the_needles_astray(sentio):
    text(sentio, "map:set_index_size 10100, 10000")
    text(sentio, "map:step_die 2, 0")
    text(sentio, "move_chuck_contact")
    assert not sentio.station.chuck.made


def test_sub_sites_lie_on_every_die_and_the_last_one_is_told(sentio):
    assert text(sentio, "map:subsite:add edge, 500, -200") == "1"
    assert text(sentio, "map:subsite:get 1") == "edge,500.000,-200.000"
    assert ask(sentio, "map:step_die 1, 0, 0")[1] == 0
    assert ask(sentio, "map:subsite:step_next") == (0, LAST_SITE, 0, "1,0,1")
    assert code(sentio, "map:subsite:step_next") == 16
    assert text(sentio, "map:step_next_die") == "2,0,1"
    assert text(sentio, "get_chuck_xy Wafer, H") == "20500.000,-200.000"


def test_bins_are_kept_by_die_and_site(sentio):
    text(sentio, "map:step_die 1, 0")
    text(sentio, "map:bins:set_bin 3")
    assert text(sentio, "map:bins:get_bin 1, 0") == "3"
    text(sentio, "map:bins:set_all 2, a")
    assert text(sentio, "map:bins:get_bin 2, 2") == "2"
    text(sentio, "map:bins:clear_all")
    assert text(sentio, "map:bins:get_bin 1, 0, 0") == "-1"


@pytest.mark.parametrize(
    ("before", "message", "number"),
    [
        ("", "no_such_command", 3), ("", "vision:align_wafer", 13), ("", "get_scope_xy", 13), ("", "chuck:get_xy", 3),
        ("", "move_chuck_contact 1", 7), ("", "move_chuck_xy R, x, 0", 6), ("", "move_chuck_xy Q, 0, 0", 6),
        ("", "move_chuck_xy H, 200000, 0", 8), ("", "move_chuck_z Z, 16100", 8), ("", "move_chuck_theta Z, 30", 8),
        ("", "map:step_die 40, 0", 8), ("", "map:step_die 0, 0, 1", 8), ("", "open_project nobody", 9),
        ("", "get_chuck_theta AuxLeft", 13), ("", "query_command_status 9", 32), ("", "move_chuck_xy R, nan, 0", 6),
        ("clear_contact", "move_chuck_contact", 23), ("clear_contact", "map:step_first_die", 23),
        ("clear_contact", "move_chuck_separation", 23), ("set_vacuum Wafer, 0", "map:step_first_die", 68),
        ("loader:unload_wafer", "loader:unload_wafer", 65), ("", "loader:load_wafer cas1, 2", 64),
        ("loader:unload_wafer", "loader:load_wafer cas1, 9", 65), ("move_chuck_contact", "set_vacuum Wafer, 0", 12),
        ("loader:unload_wafer", "set_vacuum Wafer, 1", 68), ("", "map:create_rect 0, 3", 8),
        ("", "map:set_grid_params 1, 1, 0, 0, 0", 8), ("", "map:bins:set_bin 999", 8),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_by_number(sentio, before, message, number):
    if before:
        text(sentio, before)
    assert code(sentio, message) == number


def test_another_wafer_lies_elsewhere_and_needs_a_home(sentio):
    before = sentio.station.misalignment
    text(sentio, "loader:unload_wafer")
    text(sentio, "move_chuck_contact")
    assert not sentio.station.chuck.contact
    text(sentio, "loader:load_wafer cas1, 2")
    assert sentio.station.misalignment != before
    assert code(sentio, "map:step_first_die") == 18
    text(sentio, "set_chuck_site_pos 160000, 160000, 0")
    assert code(sentio, "map:step_first_die") == 0


def test_after_a_power_cycle_it_wants_to_be_initialised_and_a_project(sentio):
    sentio.power_cycle()
    assert text(sentio, "status:get_machine_status") == "NotReady"
    assert code(sentio, "map:step_first_die") == 15
    assert code(sentio, "move_chuck_xy Z, 1, 1") == 12
    _, _, identifier, _ = ask(sentio, "start_initialization")
    assert code(sentio, f"wait_complete {identifier}, 180") == 0
    text(sentio, "open_project smtj, True")
    assert code(sentio, "map:step_first_die") == 0


def test_an_asynchronous_command_is_pending_until_it_is_done(sentio):
    _, _, identifier, _ = ask(sentio, "start_initialization")
    assert identifier == 1
    assert code(sentio, "move_chuck_contact") == 12
    assert code(sentio, "query_command_status 1") == 30
    assert code(sentio, "query_command_status 1") == 0
    assert sentio.world.time > 20


def test_waiting_for_too_short_a_time_is_told(sentio):
    text(sentio, "start_initialization")
    assert code(sentio, "wait_complete 1, 2") == 19
    assert code(sentio, "wait_all 60") == 0


def test_an_aborted_command_says_so_and_leaves_the_chuck_free(sentio):
    text(sentio, "loader:start_prepare_station cas1")
    text(sentio, "abort_command 1")
    assert code(sentio, "query_command_status 1") == 31
    assert code(sentio, "move_chuck_contact") == 0


def test_each_command_is_in_the_table_once():
    assert len(command_table()) == len(COMMANDS)
    assert {line.command for line in MpiSentio.supported()} >= set(command_table())


WORDS = st.sampled_from([*command_table(), "vision:x", "*GET? x", "?", "map:"])
PARAMETERS = st.lists(
    st.sampled_from(["0", "1", "-3", "Wafer", "R", "H", "C", "1e300", "nan", '"a,b"', "", "True", "é"])
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=WORDS, parameters=PARAMETERS, tail=st.text(max_size=5))
def test_whatever_is_sent_it_still_says_who_it_is(sentio, word, parameters, tail):
    answer = sentio.execute(f"{word} {','.join(parameters)}{tail}")
    assert answer is None or "," in answer or answer == "Unknown command"
    assert "SMTJ0007" in sentio.execute("*IDN?")
