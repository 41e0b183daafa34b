"""A wish to send the chuck somewhere: looked ahead, asked, and carried out only after a yes."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smtjlab.gui.models.prober import Prober, Stage

RUN = Path("runs/2026-11-27-0123abcd")
TOLD = {"site": "3,-2/c4", "wafer": "W07", "x": 0.01, "y": 0.0, "needles": "up", "distance": 12.4e-3, "on": [],
        "touched": 2}  # fmt: skip


class Bench:
    """In the place of `smtjlab wafer goto`: keeps what it was asked and answers as it is told."""

    def __init__(self):
        self.asked, self.code = [], f"print({json.dumps(json.dumps(TOLD))})"

    def __call__(self, words):
        self.asked.append(list(words))
        return subprocess.Popen(
            [sys.executable, "-c", self.code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def prober(bench):
    return Prober(bench)


def until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def asked(prober):
    prober.wish(RUN, "3,-2/c4")
    until(lambda: prober.state.stage is not Stage.ASKING)
    return prober.state


def test_a_wish_is_only_looked_ahead_and_becomes_a_question(prober, bench):
    state = asked(prober)
    assert bench.asked == [[str(RUN), "--json", "--dry-run", "--", "3,-2/c4"]]
    assert (state.stage, state.touched, state.chuck.needles) == (Stage.QUESTION, 2, "up")
    assert state.sentence.startswith("Send the chuck 12.4 mm to 3,-2/c4 of W07? All outputs read off")


def test_what_is_on_is_said_in_the_question(prober, bench):
    bench.code = f"print({json.dumps(json.dumps(TOLD | {'on': ['gate']}))})"
    assert "On now: gate. They are ramped down, off and read back first." in asked(prober).sentence


@pytest.mark.parametrize(("contact", "words"), [(False, []), (True, ["--contact"])])
def test_a_yes_carries_it_out(prober, bench, contact, words):
    asked(prober)
    bench.code = f"print({json.dumps(json.dumps(TOLD | {'x': 0.02, 'needles': 'down'}))})"
    prober.go(contact=contact)
    until(lambda: prober.state.stage is Stage.IDLE)
    assert bench.asked[1] == [str(RUN), "--json", *words, "--", "3,-2/c4"]
    assert (prober.state.chuck.x, prober.state.chuck.needles) == (0.02, "down")
    assert [line.text for line in prober.lines()] == ["The chuck is at 3,-2/c4, needles down, as read back."]
    assert prober.lines() == []


def test_without_a_yes_nothing_is_carried_out(prober, bench):
    prober.go(contact=True)
    asked(prober)
    prober.cancel()
    prober.go(contact=True)
    assert len(bench.asked) == 1
    assert prober.state.sentence == ""


def test_a_refusal_is_told_as_it_is(prober, bench):
    bench.code = "import sys; sys.exit('`prober` must stay within 115 mm of home.')"
    state = asked(prober)
    assert (state.stage, state.failed, state.sentence) == (
        Stage.IDLE,
        True,
        "`prober` must stay within 115 mm of home.",
    )
    assert [line.text for line in prober.lines()] == [state.sentence]


def test_a_run_that_takes_the_bench_takes_the_question_back(prober, bench):
    asked(prober)
    prober.hold(True)
    assert prober.state.stage is Stage.IDLE
    prober.wish(RUN, "0,0/a1")
    assert len(bench.asked) == 1


def test_safe_now_ends_what_is_under_way_before_needles_go_down(prober, bench):
    asked(prober)
    bench.code = "import time; time.sleep(60)"
    prober.go(contact=True)
    until(lambda: prober._process is not None)
    process = prober._process
    prober.end()
    until(lambda: process.poll() is not None)
    assert (prober.state.stage, prober.state.failed, prober.state.chuck) == (Stage.IDLE, True, None)


def test_where_the_chuck_was_is_forgotten_once_something_else_may_have_moved_it(prober, bench):
    for moved in (prober.end, lambda: prober.hold(True)):
        asked(prober)
        assert prober.state.chuck is not None
        moved()
        assert (prober.state.chuck, prober.state.sentence) == (None, "")
    prober.hold(False)
    asked(prober)
    bench.code = "import sys; sys.exit('Chuck of `prober` must read separation.')"
    prober.go(contact=False)
    until(lambda: prober.state.failed)
    assert prober.state.chuck is None


def test_a_look_at_the_bench_tells_where_the_chuck_is(prober):
    prober.looked([{"instrument": "gate", "place": None}, {"instrument": "p", "place": [1e-3, 0], "needles": "down"}])
    assert (prober.state.chuck.x, prober.state.chuck.needles) == (1e-3, "down")
