"""What may stand in a cell of the fault matrix: a few words for the page, and the test that they are true."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from smtjlab.instruments.reading import Flag
from smtjlab.procedures.status import State

from .evidence import Evidence


@dataclass(frozen=True)
class Cell:
    """What must hold; one without a test has a reason for words."""

    words: str
    holds: Callable[[Evidence], None] | None


# Safe state


def _off_and_read_back(evidence: Evidence, by: str) -> None:
    assert not any(evidence.outputs.values())
    found = [event.payload for event in evidence.events if event.kind == "safety"]
    assert [one["by"] for one in found if one["safe"]] == [by]
    verified = {one["instrument"] for one in found[-1]["findings"] if one["action"] == "verify" and one["ok"]}
    assert verified == evidence.parts


def _loud(evidence: Evidence) -> None:
    assert not evidence.outputs["gate"]
    last = [event.payload for event in evidence.events if event.kind == "safety"][-1]
    assert not last["safe"]
    assert {one["instrument"] for one in last["findings"] if not one["ok"]} == {"junction"}
    assert "SAFE" in evidence.sentence


def _off_unwritten(evidence: Evidence) -> None:
    assert not any(evidence.outputs.values())
    assert not [event for event in evidence.events if event.kind in ("safety", "guardian")]


BY_ENGINE = Cell("off, read back", lambda evidence: _off_and_read_back(evidence, "engine"))
BY_GUARDIAN = Cell("off, read back by the guardian", lambda evidence: _off_and_read_back(evidence, "guardian"))
LOUD = Cell("all others off; `unsafe`, loud: nothing is sent to a stranger", _loud)
UNWRITTEN = Cell("off; the disk has no room for what was read back", _off_unwritten)


# Points kept


def _kept(evidence: Evidence) -> None:
    assert len(evidence.seen) > 0
    assert list(evidence.numbers) == list(range(len(evidence.readings)))
    assert list(evidence.readings[: len(evidence.seen)]) == list(evidence.seen)


def _kept_before(evidence: Evidence) -> None:
    _kept(evidence)
    assert len(evidence.readings) < evidence.planned


def _kept_all(evidence: Evidence) -> None:
    _kept(evidence)
    assert len(evidence.readings) == evidence.planned


def _kept_all_set_back(evidence: Evidence) -> None:
    _kept_all(evidence)
    assert any(later - earlier < -3000 for earlier, later in pairwise(evidence.walls))
    assert all(later.time > earlier.time for earlier, later in pairwise(evidence.readings))


def all_flagged(flag: Flag) -> Cell:
    """Return what says that all points are kept, and that those from the fault on bear a flag."""

    def holds(evidence: Evidence) -> None:
        _kept_all(evidence)
        [first] = [event.payload["number"] for event in evidence.events if "number" in event.payload]
        assert {frozenset(one.flags) for one in evidence.readings[:first]} == {frozenset()}
        assert {frozenset(one.flags) for one in evidence.readings[first:]} == {frozenset({flag})}

    return Cell(f"all; flagged `{flag}` from there on", holds)


EVERY_POINT_BEFORE = Cell("every one before it", _kept_before)
ALL_POINTS = Cell("all", _kept_all)
ALL_SET_BACK = Cell("all, in their order", _kept_all_set_back)


# Status truthful


def ends(state: State) -> Cell:
    """Return what says that the run ends in that state, and is `done` only with all its points."""

    def holds(evidence: Evidence) -> None:
        assert evidence.state is state
        assert (state is State.DONE) == (len(evidence.readings) == evidence.planned)

    return Cell(f"`{state}`", holds)


# Message clear

OURS = re.compile(r"Traceback|\b[A-Z][a-z]+[A-Z]\w*|\b\w+(Error|Exception)\b|<\w+|\bNone\b")
"""What only somebody who has the source before him understands: class names and the like."""


def says(*parts: str) -> Cell:
    """Return what says that one sentence tells what has happened in these words, and no programmer's."""

    def holds(evidence: Evidence) -> None:
        pattern = ".*".join(re.escape(part) for part in parts)
        assert [sentence for sentence in evidence.told if re.search(pattern, sentence)], evidence.told
        for sentence in evidence.told:
            assert not OURS.search(re.sub(r"'[^']*'|\S*/\S*", "", sentence)), sentence
            assert sentence.endswith((".", "!")), sentence

    return Cell("“" + " … ".join(parts) + "”", holds)


def found_again(words: str) -> Cell:
    """Return what says that a window which is opened after the fault ends with the run in these words."""

    def holds(evidence: Evidence) -> None:
        assert evidence.told == [evidence.sentence]
        assert evidence.sentence.startswith(words)
        assert evidence.sentence.endswith(evidence.run.id[-8:])

    return Cell(f"“{words}”, in a window that is opened again", holds)


# Resume works


def _completed(evidence: Evidence) -> None:
    assert evidence.resumed is not None, evidence.failure or evidence.refusal
    run = evidence.resumed
    assert run.status is State.DONE
    assert run.points_taken == evidence.planned
    assert run.readings()[: len(evidence.readings)] == list(evidence.readings)
    [overlap] = [event.payload for event in run.events() if event.kind == "overlap"]
    assert overlap["agrees"]


def _complete_at_once(evidence: Evidence) -> None:
    assert not evidence.refusal
    _completed(evidence)


def _nothing_left(evidence: Evidence) -> None:
    assert evidence.resumed is None
    assert f"run {evidence.run.id} has all {evidence.planned}" in evidence.refusal


def completes_after(repair: str, refusal: str) -> Cell:
    """Return what says that the run is refused in words at first, and goes on to its end once that is put right."""

    def holds(evidence: Evidence) -> None:
        assert refusal in evidence.refusal
        _completed(evidence)

    return Cell(f"once {repair}; before that refused in words", holds)


COMPLETES = Cell("to the end", _complete_at_once)
NOTHING_LEFT = Cell("nothing is left to do, and `resume` says so", _nothing_left)
