"""One visit after another, with a prober and runs as the test wants them: when needles move, and when they must not."""

from dataclasses import replace

import pytest

from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.wafer import DieType, Site, SubSite
from smtjlab.procedures.control import StopNow
from smtjlab.procedures.journal_reader import Event
from smtjlab.procedures.pre_test import PreTest
from smtjlab.procedures.wafer.conditions import Condition
from smtjlab.procedures.wafer.needles import CLEANED, TOUCHED
from smtjlab.procedures.wafer.outcome import Outcome, SiteState
from smtjlab.procedures.wafer.recipe import DeviceBin, Step
from smtjlab.procedures.wafer.way import _Count

from .scripted import GOOD, NO_CONTACT, OPEN, Scene
from .test_route import MTJ, WAFER

ONE, TWO = Site(0, 0, "j1"), Site(1, 0, "j1")
BY_HAND = ContactLimits(cleaning_interval=1)
BEHIND = (SubSite("l", 0.0, 0.0, MTJ, "left"), SubSite("r", 0.0, 0.0, MTJ, "right"))
SHARED = replace(WAFER, types={"A": DieType("A", BEHIND)})
LEFT, RIGHT = Site(0, 0, "l"), Site(0, 0, "r")
AT_A_PLACE = ContactLimits(cleaning_interval=1, cleaning=(30e-3, 0.0))


def test_needles_move_only_after_every_output_was_read_back_as_off():
    scene = Scene(GOOD)
    assert scene.visitor.visit(ONE).state is SiteState.DONE
    assert scene.happened == ["off", "go", "off", TOUCHED, "down", "run", "off", "up"]


def test_a_stop_during_travel_leaves_the_needles_up():
    scene = Scene(GOOD)
    scene.prober.check_ready = scene.control.stop
    with pytest.raises(StopNow):
        scene.visitor.visit(ONE)
    assert scene.happened == ["off", "go"]
    with pytest.raises(StopNow):
        scene.visitor.visit(TWO)
    assert scene.happened == ["off", "go"]


def test_a_stop_between_two_steps_begins_no_other_one():
    def stopping():
        scene.control.stop()
        return GOOD

    scene = Scene(stopping, GOOD, pretest=Step(name="first", procedure=PreTest()))
    with pytest.raises(StopNow):
        scene.visitor.visit(ONE)
    assert scene.happened.count("run") == 1


def test_needles_that_nobody_has_cleaned_are_not_clean():
    scene = Scene(GOOD, GOOD, limits=BY_HAND, between=lambda: scene.control.stop())
    scene.visitor.visit(ONE)
    before = len(scene.happened)
    with pytest.raises(StopNow):
        scene.visitor.visit(TWO)
    assert scene.prober.needs_cleaning
    assert "down" not in scene.happened[before:]
    assert not scene.of(CLEANED)


def test_needles_that_a_person_has_cleaned_go_back_to_the_site_and_down():
    scene = Scene(GOOD, GOOD, limits=BY_HAND, between=lambda: scene.control.resume())
    scene.visitor.visit(ONE)
    assert scene.visitor.visit(TWO).state is SiteState.DONE
    assert scene.asked == ["Needles must be cleaned by hand; the wafer waits until it is resumed."]
    assert [one["text"] for one in scene.of("warning")] == scene.asked
    assert scene.prober.place == pytest.approx((10e-3, 0))


def test_cleaning_that_is_due_within_a_visit_is_done_there():
    scene = Scene(NO_CONTACT, GOOD, limits=AT_A_PLACE)
    outcome = scene.visitor.visit(TWO)
    assert outcome.state is SiteState.DONE
    assert (outcome.figures["touchdowns"], scene.prober.since_cleaning) == (2, 1)
    assert scene.happened.count("down") == 2 + 3, "three of them where needles are cleaned"
    assert scene.prober.place == pytest.approx((10e-3, 0))


def test_worn_pads_are_an_outcome_and_the_wafer_goes_on():
    rest = (DeviceBin(number=9, name="rest"),)
    scene = Scene(GOOD, GOOD, limits=ContactLimits(contacts_per_pad=1), bins=rest)
    assert scene.visitor.visit(ONE).bin == 9
    again = scene.visitor.visit(ONE)
    assert (again.state, again.bin, again.figures["touchdowns"]) == (SiteState.FAILED, None, 1)
    assert "must touch down at most 1 times on the same pads" in again.reason
    assert scene.visitor.visit(TWO).state is SiteState.DONE


def test_pads_that_wear_out_within_a_visit_keep_what_was_found():
    scene = Scene(NO_CONTACT, GOOD, limits=ContactLimits(contacts_per_pad=1))
    outcome = scene.visitor.visit(ONE)
    assert (outcome.state, outcome.reason) == (SiteState.NO_CONTACT, NO_CONTACT.tripped)
    assert "is not touched again" in scene.of("warning")[0]["text"]


def test_a_touch_is_noted_before_the_needles_move_and_known_when_the_run_goes_on():
    def dying():
        raise KeyboardInterrupt

    scene = Scene(GOOD, dying, limits=ContactLimits(cleaning_interval=5, contacts_per_pad=3))
    scene.visitor.visit(TWO)
    with pytest.raises(KeyboardInterrupt):
        scene.visitor.visit(ONE)
    events = [Event(number, 0.0, kind, payload) for number, (kind, payload) in enumerate(scene.notes)]
    later = Scene(limits=scene.prober.limits)
    later.visitor.know([], events)
    assert later.prober.since_cleaning == 2
    assert (later.prober.pads[0.0, 0.0], later.prober.pads[10e-3, 0.0]) == (1, 1)
    later.visitor.know([], [Event(9, 0.0, CLEANED, {})])
    assert later.prober.since_cleaning == 0


def test_records_without_such_events_tell_by_their_outcomes():
    scene = Scene(limits=ContactLimits(contacts_per_pad=3))
    scene.visitor.know([Outcome(site=ONE, die_type="A", device="mtj", state="done", figures={"touchdowns": 2.0})], [])
    assert scene.prober.pads[0.0, 0.0] == 2


def test_an_open_device_is_touched_once_more_before_it_is_called_open():
    scene = Scene(OPEN, GOOD)
    outcome = scene.visitor.visit(ONE)
    assert (outcome.reason, outcome.figures["touchdowns"], outcome.figures.get("slope")) == ("", 2, None)
    assert not outcome.is_missed
    scene = Scene(OPEN, OPEN, GOOD)
    outcome = scene.visitor.visit(ONE)
    assert outcome.is_missed
    assert (outcome.state, outcome.figures["touchdowns"]) == (SiteState.DONE, 2)
    assert Outcome.of(outcome.values()).is_missed


def test_a_wafer_that_lies_beside_its_place_counts_as_missed():
    count, scene = _Count(), Scene(*[OPEN] * 6)
    for site in (ONE, TWO, ONE):
        count.add(scene.visitor.visit(site))
    assert count.missed == 3


def test_retests_and_touches_are_counted_apart():
    flagged = Step(name="read", procedure=PreTest(), retest=1, retest_when=Condition("flags > 0"))
    noisy = GOOD.__class__("noisy", {"flags": 2.0})
    scene = Scene(NO_CONTACT, noisy, noisy, GOOD, step=flagged)
    assert scene.visitor.visit(ONE).figures["flags"] == 2
    assert scene.happened.count("run") == 3


def test_needles_stay_down_between_devices_behind_the_same_pads():
    scene = Scene(GOOD, GOOD, wafer=SHARED)
    counts = [scene.visitor.visit(*pair).figures["touchdowns"] for pair in ((LEFT, RIGHT), (RIGHT, Site(1, 0, "l")))]
    assert counts == [1, 1]
    assert scene.happened == ["off", "go", "off", TOUCHED, "down", "left", "run", "right", "run", "off", "up"]


def test_needles_that_were_left_down_are_lifted_for_another_site_than_the_one_foretold():
    scene = Scene(GOOD, GOOD, wafer=SHARED)
    scene.visitor.visit(LEFT, RIGHT)
    scene.visitor.visit(Site(1, 0, "r"))
    assert scene.happened[6:] == ["run", "off", "up", "go", "off", TOUCHED, "down", "right", "run", "off", "up"]


@pytest.mark.parametrize("result", [NO_CONTACT, OPEN])
def test_needles_that_may_have_touched_nothing_are_set_down_anew_for_the_next_device(result):
    scene = Scene(result, GOOD, wafer=SHARED, again=0)
    scene.visitor.visit(LEFT, RIGHT)
    assert scene.happened[-2:] == ["off", "up"]
    assert scene.visitor.visit(RIGHT).figures["touchdowns"] == 2


def test_a_pause_between_devices_behind_the_same_pads_holds_with_needles_up():
    def pausing():
        scene.control.pause()
        return GOOD

    scene = Scene(pausing, wafer=SHARED)
    scene.visitor.visit(LEFT, RIGHT)
    assert scene.happened[-2:] == ["off", "up"]


def test_touches_count_by_pads_whichever_device_they_were_for():
    scene = Scene(limits=ContactLimits(contacts_per_pad=3), wafer=SHARED)
    touched = [
        Event(k, 0.0, TOUCHED, {"column": 0, "row": 0, "site": one, "since_cleaning": 1}) for k, one in enumerate("lr")
    ]
    scene.visitor.know(
        [Outcome(site=RIGHT, die_type="A", device="mtj", state="done", figures={"touchdowns": 2.0})], touched
    )
    assert scene.prober.pads[0.0, 0.0] == 2
