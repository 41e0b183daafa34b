from smtjlab.procedures.join import joins, part_of
from smtjlab.procedures.journal import Event
from smtjlab.procedures.rejoin import compared

from .conftest import reading


def resumed(taken, number=1, accepted=()):
    return Event(number, 0.0, "resumed", {"taken": taken, "after": "interrupted", "accepted": list(accepted)})


def overlap(number, difference, allowed):
    told = {"difference": difference, "allowed": allowed, "agrees": difference is None or abs(difference) <= allowed}
    return Event(number, 0.0, "overlap", {"number": 0, "reading": {"unit": "S"}, **told})


def test_a_run_that_was_never_resumed_has_no_joins():
    assert joins([Event(1, 0.0, "state", {"state": "done"})]) == []


def test_a_join_tells_where_it_is_what_was_accepted_and_how_well_the_repeated_point_agreed():
    (join,) = joins([resumed(12, accepted=["code"]), overlap(2, 1.23456e-8, 5e-8)])
    assert (join.first, join.agrees) == (12, True)
    assert join.sentence == (
        "Resumed before reading 12 (the run had ended interrupted), with code accepted; the repeated point differed by "
        "12.3 nS (at most 50 nS)."
    )


def test_a_join_without_a_point_before_it_says_so():
    (join,) = joins([resumed(0)])
    assert join.sentence.endswith("no point was compared.")


def test_readings_are_counted_by_part():
    found = joins([resumed(3), overlap(2, 0.0, 1.0), resumed(7, 3), overlap(4, 0.0, 1.0)])
    assert [part_of(number, found) for number in (0, 2, 3, 6, 7, 9)] == [1, 1, 2, 2, 3, 3]


def test_a_repeated_point_may_differ_by_five_combined_deviations_and_a_hundredth():
    difference, allowed = compared(reading(0.1, 5.00e-4), reading(0.1, 5.01e-4))
    assert abs(difference - 1e-6) < 1e-12
    assert abs(allowed - (5 * 2**0.5 * 1e-9 + 5e-6)) < 1e-12


def test_where_no_number_came_nothing_is_compared():
    assert compared(reading(0.1, None), reading(0.1)) == (None, None)
