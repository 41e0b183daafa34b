"""What is told of an instrument: its own words, what a run reads with it, and how it stands."""

from dataclasses import replace

import pytest

from smtjlab.gui.models.bench_facts import facts_of
from smtjlab.gui.models.run_feed import RunFeed
from smtjlab.instruments.bench import Bench
from smtjlab.procedures.status import State

LOOK = {"identity": "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ1,1.7.12b", "output": "off", "taken": False, "fault": ""}


@pytest.fixture(scope="module")
def running(finished):
    return replace(RunFeed(finished.folder).look(), state=State.RUNNING)


def by_name(*arguments, **named):
    return {one.name: one for one in facts_of(*arguments, **named)}


def test_firmware_stands_apart_from_who_it_is():
    gate = by_name(Bench.load("virtual"), looks={"gate": LOOK})["gate"]
    assert (gate.identity, gate.firmware) == ("KEITHLEY INSTRUMENTS, MODEL 2450, SMTJ1", "1.7.12b")


def test_a_source_held_by_its_current_limit_is_in_compliance_and_no_other(running):
    found = by_name(Bench.load("virtual"), replace(running, compliance="gate"))
    assert [found[name].state for name in ("gate", "junction")] == ["compliance", "on"]


def test_both_channels_of_a_case_are_read_at_the_case(running):
    dual = by_name(Bench.load("two_channel"), replace(running, latest={"gate": "0.4 V", "junction": "20 mV"}))["dual"]
    assert (dual.reading, dual.state) == ("0.4 V; 20 mV", "on")


def test_field_and_temperature_are_read_at_whoever_holds_them(running):
    found = by_name(Bench.load("full"), replace(running, latest={"field": "10 mT", "temperature": "300 K"}))
    assert (found["field"].reading, found["thermometer"].reading) == ("10 mT", "300 K")
    assert (found["supply"].reading, found["supply"].state) == ("", "in use")


def test_what_was_asked_is_told_while_nothing_runs():
    looks = {"thermometer": LOOK | {"value": 295.1, "unit": "K"}, "dual": LOOK, "prober": LOOK | {
        "place": [0.001, 0.002], "needles": "up"}}  # fmt: skip
    found = by_name(Bench.load("full"), looks=looks)
    assert found["thermometer"].reading == "295.1 K"
    assert found["prober"].reading == "chuck at 1 mm, 2 mm, needles up"


def test_what_is_not_safe_is_told_before_that_it_is_out_of_use(running):
    finding = {"instrument": "gate", "action": "verify", "ok": False, "text": "", "read": None}
    ended = replace(running, state=State.UNSAFE, findings=(finding,))
    found = by_name(Bench.load("virtual"), ended, {}, {"gate", "junction"})
    assert [found[name].state for name in ("gate", "junction")] == ["not safe", "out of use"]
