"""A plan: every change can be taken back."""

from hypothesis import given
from hypothesis import strategies as st

from smtjlab.gui.models.desk import Wish
from smtjlab.gui.models.plan_list import PlanList, Planned
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.wafer.wafer_walk import WaferWalk


def line(points, seconds=None):
    return Planned("transfer-curve", Wish(TransferCurve(points=points), "fig5", "static"), seconds)


def points(plan):
    return [one.wish.procedure.points for one in plan.lines]


def test_lines_are_moved_and_taken_away():
    plan = PlanList()
    for count in (2, 3, 4):
        plan.add(line(count, seconds=1.5))
    assert plan.move(2, -1) == 1
    assert points(plan) == [2, 4, 3]
    plan.remove(0)
    assert points(plan) == [4, 3]
    assert plan.seconds == 3


def test_nothing_is_moved_beyond_the_ends():
    plan = PlanList()
    plan.add(line(2))
    assert (plan.move(0, -1), plan.move(0, 1)) == (0, 0)


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "up", "clear"]), st.integers(0, 5)), max_size=12))
def test_what_is_undone_is_as_it_was_and_can_be_done_again(steps):
    plan, stands = PlanList(), [()]
    for act, place in steps:
        before = plan.lines
        if act == "add":
            plan.add(line(2 + place))
        elif act == "clear":
            plan.clear()
        elif place < len(plan.lines):
            plan.remove(place) if act == "remove" else plan.move(place, -1)
        if plan.lines != before:
            stands.append(plan.lines)
    last = plan.lines
    while plan.can_undo:
        plan.undo()
    assert plan.lines == ()
    while plan.can_redo:
        plan.redo()
    assert plan.lines == last


def test_a_line_tells_what_is_asked_for_otherwise_than_declared():
    assert line(3).fields == ("Points: 3",)
    assert line(TransferCurve().points).fields == ()


def test_of_a_wafer_neither_belief_nor_model_of_the_wish_count():
    assert line(3).asks_belief
    assert not Planned("wafer-walk", Wish(WaferWalk(), "fig5", "static")).asks_belief
