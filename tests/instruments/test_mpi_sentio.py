"""The driver of the SENTIO: by transcript where an answer must be wrong, else on the twin."""

from __future__ import annotations

import re
from functools import partial

import pytest

from smtjlab.instruments.errors import ForeignIdentity, InstrumentReported, SessionPoisoned, UnsafeError
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.mpi_sentio import MpiSentio
from smtjlab.instruments.virtual.mpi_sentio import MpiSentio as Twin

from .scripted import scripted


@pytest.fixture
def model():
    return MpiSentio, Twin


@pytest.mark.parametrize(
    ("message", "what"),
    [("clear_contact", "contact height"), ("set_vacuum Wafer, 0", "vacuum"), ("loader:unload_wafer", "vacuum")],
)
def test_what_an_operator_must_set_is_asked_for(prober, message, what):
    prober.ask(message)
    with pytest.raises(UnsafeError, match=f"The {what} of `gate` must be set at the prober"):
        prober.configure(ContactLimits())


def test_an_error_in_an_answer_is_told_with_what_was_sent(ready):
    with pytest.raises(InstrumentReported, match=r"reported 8, .* after 'map:step_die 40, 0, 0'") as caught:
        ready.go_to_die(40, 0)
    assert caught.value.code == 8


transcript = partial(scripted, MpiSentio, "needles")


def test_constructing_sends_nothing():
    with transcript([]):
        pass


def test_another_command_set_is_refused():
    pairs = [("*RCS 1", None), ("status:get_version", "3,0,No handler")]
    with transcript(pairs) as prober, pytest.raises(ForeignIdentity, match="native command set"):
        prober.verify_language()


def test_an_answer_that_is_no_answer_poisons_the_session():
    with transcript([("move_chuck_separation", "hello")]) as prober:
        with pytest.raises(InstrumentReported, match="in three fields, but answered 'hello'"):
            prober.separate()
        with pytest.raises(SessionPoisoned, match="must be healed"):
            prober.separate()


def test_a_chuck_that_does_not_come_down_is_unsafe():
    heights = ("get_chuck_site_heights Wafer", "0,0,16000,250,40,50")
    pairs = [("move_chuck_separation", "0,0,15750"), ("get_chuck_z Z", "0,0,16040.000"), heights]
    with transcript(pairs) as prober, pytest.raises(UnsafeError, match="must read separation"):
        prober.separate()


@pytest.mark.parametrize(
    ("answer", "up"),
    [("0,0,-250.0", True), ("0,0,-10.0", True), ("0,0,-0.0", False), ("0,0,-1.1", False), ("0,0,-9.999", False),
     ("0,0,0.0", False), ("0,0,40.0", False), ("8,0,-250.0", False)],
)  # fmt: skip
def test_needles_at_contact_height_are_not_lifted_in_the_safe_state(answer, up):
    [pattern] = MpiSentio.separated.values()
    assert (re.search(pattern, answer) is not None) is up


def test_another_die_than_asked_for_is_reported():
    pairs = [
        ("move_chuck_separation", "0,0,15750"),
        ("get_chuck_z Z", "0,0,15750"),
        ("get_chuck_site_heights Wafer", "0,0,16000,250,40,50"),
        ("map:step_die 1, 2, 0", "1024,0,1,3,0"),
    ]
    with (
        transcript(pairs) as prober,
        pytest.raises(InstrumentReported, match="die 1,2, but is at 1,3"),
    ):
        prober.go_to_die(1, 2)
