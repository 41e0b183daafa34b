"""The driver of the Velox: by transcript where an answer must be wrong, else on the twin."""

from __future__ import annotations

from functools import partial

import pytest

from smtjlab.instruments.errors import ForeignIdentity, InstrumentReported, SessionPoisoned, UnsafeError
from smtjlab.instruments.formfactor_velox import FormfactorVelox
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.virtual.formfactor_velox import FormfactorVelox as Twin

from .scripted import scripted


@pytest.fixture
def model():
    return FormfactorVelox, Twin


@pytest.mark.parametrize(
    ("message", "error", "sentence"),
    [
        ("SetChuckHeight C R", UnsafeError, "The contact height of `gate` must be set at the prober"),
        ("home", InstrumentReported, "reported 6, 'Home is not set.' after 'ReadChuckPosition Y H'"),
        ("vacuum", UnsafeError, "The vacuum of `gate` must be set at the prober"),
    ],
)
def test_what_an_operator_must_set_is_asked_for(prober, twin, message, error, sentence):
    if message == "home":
        twin.station.home = None
    elif message == "vacuum":
        twin.station.vacuum = False
    else:
        prober.tell(message)
    with pytest.raises(error, match=sentence):
        prober.configure(ContactLimits())


def test_auto_z_and_interlock_go_on(prober, twin):
    twin.auto_z = twin.interlock = False
    prober.configure(ContactLimits())
    assert twin.auto_z
    assert twin.interlock


def test_an_error_in_an_answer_is_told_with_what_was_sent(ready):
    with pytest.raises(InstrumentReported, match=r"reported 701, .* after 'StepNextDie 40 0 0'") as caught:
        ready.go_to_die(40, 0)
    assert caught.value.code == 701


def test_sub_dies_are_no_dies(ready):
    ready.tell("SetSubDieData 1 500 0 edge")
    assert ready.step_first_die() == (0, 4)
    assert ready.step_next_die() == (2, 3)


def test_pymeasures_own_verbs_are_led_through_the_role(ready, twin):
    ready.chuck.move_contact()
    assert ready.contacts == 1
    ready.chuck.move_index(1, 0)
    assert not twin.station.chuck.contact
    ready.tell("SetSubDieData 1 500 0 edge")
    ready.wafermap.step_to_die(1, 1, 1)
    ready.wafermap.step_to_die(1, 1, 0)
    assert (ready.die(), twin.site) == ((1, 1), 0)
    assert ready.wafermap.enabled
    assert ready.wafermap.step_first_die() == [0, 4, 0, 1]
    assert ready.chuck.index == [10000, 10000]
    ready.chuck.index = (10000, 9000)
    assert ready.chuck.index == [10000, 9000]


transcript = partial(scripted, FormfactorVelox, "needles")


def test_constructing_sends_nothing():
    with transcript([]):
        pass


def test_a_prober_without_its_wafer_map_is_refused():
    pairs = [("IsAppRegistered WaferMap", "0: 0")]
    with transcript(pairs) as prober, pytest.raises(ForeignIdentity, match="application WaferMap"):
        prober.verify_language()


def test_an_answer_that_is_no_answer_poisons_the_session():
    with transcript([("MoveChuckSeparation 100", "hello")]) as prober:
        with pytest.raises(InstrumentReported, match="with a number and a colon, but answered 'hello'"):
            prober.separate()
        with pytest.raises(SessionPoisoned, match="must be healed"):
            prober.separate()


def test_a_chuck_that_does_not_come_down_is_unsafe():
    pairs = [
        ("MoveChuckSeparation 100", "0:"),
        ("ReadChuckPosition Y Z", "0: 0 0 16040"),
        ("ReadChuckHeights Y", "0: 16000 40 50 250 0"),
    ]
    with transcript(pairs) as prober, pytest.raises(UnsafeError, match="must read separation"):
        prober.separate()
