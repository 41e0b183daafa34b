"""The queue at one moment, and its file."""

import errno
import json
import os
import subprocess
import sys
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.queue_commands import changed
from smtjlab.procedures.run_queue import (
    FILE,
    Cause,
    OnFailure,
    Place,
    Queue,
    QueueFault,
    read_queue,
    waits_in,
    write_queue,
)

A, B, C = (f"2026-11-23-0000000{digit}" for digit in "abc")


def queue_of(*runs, on_failure=OnFailure.PAUSE):
    return Queue(on_failure, waiting=tuple(Place(run) for run in runs))


def names(queue):
    return [place.run for place in queue.waiting]


@pytest.mark.parametrize("end", ["failed", "interrupted"])
def test_a_failure_holds_what_waits(end):
    queue = queue_of(A, B).begun().ended(end)
    assert (queue.next, names(queue), queue.pause.run) == (None, [B], A)
    assert queue.going().next == Place(B)


@pytest.mark.parametrize("end", ["failed", "interrupted"])
def test_a_failure_with_nothing_waiting_holds_nobody(end):
    assert queue_of(A).begun().ended(end) == Queue()


def test_a_failure_is_passed_over_or_empties_the_queue_as_the_policy_says():
    assert queue_of(A, B, on_failure=OnFailure.CONTINUE).begun().ended("failed").next == Place(B)
    stopped = queue_of(A, B, on_failure=OnFailure.STOP).begun().ended("failed")
    assert (stopped.waiting, stopped.pause) == ((), None)


@pytest.mark.parametrize("on_failure", OnFailure)
def test_an_unsafe_bench_holds_everything_whatever_the_policy(on_failure):
    queue = queue_of(A, B, on_failure=on_failure).begun().ended("unsafe")
    assert (names(queue), queue.pause.cause, queue.next) == ([B], Cause.UNSAFE, None)
    assert queue_of(A).begun().ended("unsafe").added(Place(B)).next is None


@pytest.mark.parametrize("end", ["done", "stopped"])
def test_a_good_end_is_followed_by_the_next_run(end):
    assert queue_of(A, B).begun().ended(end).next == Place(B)


def test_a_pause_for_the_sake_of_those_that_wait_ends_with_the_last_of_them():
    held = queue_of(A, B).begun().ended("failed")
    assert held.without(B).pause is None
    assert changed(queue_of(A), "pause").without(A).pause is not None


def test_a_bench_made_safe_by_hand_still_waits_for_a_word_where_runs_wait():
    unsafe = queue_of(A, B).begun().ended("unsafe")
    assert changed(unsafe, "safe").next is None
    assert changed(changed(unsafe, "safe"), "go").next == Place(B)
    assert changed(queue_of(A).begun().ended("unsafe"), "safe") == Queue()


def test_an_unsafe_bench_stays_the_reason_when_somebody_pauses_as_well():
    unsafe = queue_of(A, B).begun().ended("unsafe")
    assert changed(unsafe, "pause") == unsafe


def test_runs_are_moved_and_removed_by_name():
    assert names(changed(queue_of(A, B, C), "first", C)) == [C, A, B]
    assert names(changed(queue_of(A, B, C), "remove", B)) == [A, C]
    assert changed(queue_of(A), "policy", "stop").on_failure is OnFailure.STOP


@pytest.mark.parametrize(
    ("act", "word", "sentence"),
    [
        ("remove", B, f"must wait in the queue, but {B} does not"),
        ("first", "", "must wait in the queue"),
        ("policy", "panic", "must be pause, continue, stop, but is 'panic'"),
        ("dance", "", "takes go, pause, policy, remove, first, but not 'dance'"),
    ],
)
def test_what_cannot_be_done_with_a_queue_is_said(act, word, sentence):
    with pytest.raises(ProcedureMistake, match=sentence):
        changed(queue_of(A), act, word)


def test_a_queue_comes_back_from_its_file_as_it_went(tmp_path):
    queue = queue_of(A, B, C, on_failure=OnFailure.CONTINUE).begun().ended("unsafe").added(Place(A, "0123abcd"))
    write_queue(tmp_path, queue.begun())
    assert read_queue(tmp_path) == queue.begun()
    assert [waits_in(tmp_path, run) for run in (A, B, "2026-11-23-0000000d")] == [True, True, False]


def test_where_nothing_was_ever_queued_the_queue_is_empty(tmp_path):
    assert read_queue(tmp_path) == Queue()


WHOLE = json.dumps(queue_of(A, B).begun().to_dict())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "{}",
        "[" * 100_000,
        WHOLE.replace(A, "../../etc"),
        WHOLE.replace('"format": 1', '"format": 2'),
        WHOLE.replace('"on_failure": "pause"', '"on_failure": "panic"'),
        WHOLE[:-20],
    ],
)
def test_a_queue_that_is_none_is_refused_in_one_sentence(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(QueueFault, match="must be as an engine wrote it, but is not") as refused:
        read_queue(tmp_path)
    assert "\n" not in str(refused.value)
    assert not waits_in(tmp_path, A)


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text(), st.lists).map(lambda x: json.dumps(x).encode()))
def test_no_bytes_make_a_queue_that_breaks_its_reader(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("station")
    (folder / FILE).write_bytes(content)
    with pytest.raises(QueueFault, match="must be as an engine wrote it"):
        read_queue(folder)


def test_a_full_disk_leaves_the_queue_that_was(tmp_path, monkeypatch):
    write_queue(tmp_path, queue_of(A))
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(os, "fsync", Mock(side_effect=full))
    with pytest.raises(QueueFault, match=r"queue.json cannot be written: No space left on device"):
        write_queue(tmp_path, queue_of(A, B))
    assert read_queue(tmp_path) == queue_of(A)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


WRITER = """
import sys
from pathlib import Path
from smtjlab.procedures.run_queue import Place, Queue, write_queue
while True:
    for length in range(1, 300, 30):
        waiting = tuple(Place(f"2026-11-23-{number:08x}") for number in range(length))
        write_queue(Path(sys.argv[1]), Queue(waiting=waiting))
        print(length, flush=True)
"""


@pytest.mark.parametrize("writes", [1, 3, 8])
def test_a_writer_killed_at_any_moment_leaves_a_whole_queue(tmp_path, writes):
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
        for _ in range(writes):
            writer.stdout.readline()
        writer.kill()
    assert len(read_queue(tmp_path).waiting) in range(1, 300, 30)
