"""What runs of a million readings need: nobody looks at all of them again and again, nobody holds all of them."""

from smtjlab.procedures import shadow
from smtjlab.procedures.journal import Journal, JournalReader
from smtjlab.procedures.run import Run
from smtjlab.procedures.shadow import Follower
from smtjlab.procedures.status import State


def test_only_what_is_new_is_counted(tmp_path, monkeypatch):
    with Journal.create(tmp_path / "journal.sqlite", {}) as journal:
        reader, asked = JournalReader(journal.path), []
        rows = reader._rows
        monkeypatch.setattr(reader, "_rows", lambda query, after: asked.append(after) or rows(query, after))
        for number in range(4):
            assert reader.count() == number
            journal.append(number, {})
    assert asked == [-1, -1, 0, 1]


def test_records_come_in_batches(tmp_path):
    with Journal.create(tmp_path / "journal.sqlite", {}) as journal:
        for number in range(5):
            journal.append(number, {})
        reader = JournalReader(journal.path)
    assert [record.number for record in reader.records(0, at_most=2)] == [1, 2]
    assert [record.number for record in reader.records(3)] == [4]


def test_a_shadow_that_is_far_behind_takes_one_batch_after_another(make_run, tmp_path, monkeypatch):
    run, taken = make_run("0a0a0a0a", "running", "done", readings=5), []
    follower = Follower.__new__(Follower)
    monkeypatch.setattr(shadow, "BATCH", 2)
    monkeypatch.setattr(follower, "_conclude", lambda: None, raising=False)

    def answer(reading):
        taken.append(reading.gate)
        follower._next += 1

    monkeypatch.setattr(follower, "_answer", answer, raising=False)
    readings, sizes = Run.readings, []
    monkeypatch.setattr(Run, "readings", lambda *a, **k: sizes.append(len(found := readings(*a, **k))) or found)
    follower._run, follower._next, follower._seen = run, 0, 0
    follower._journal = Journal.create(tmp_path / "expectation.sqlite", {})
    follower.follow()
    assert (len(taken), sizes) == (5, [2, 2, 1, 0])


def test_a_look_at_the_status_reads_new_events_only(make_run, monkeypatch):
    run, asked = make_run("0a0a0a0a", "checking", "running"), []
    events = run._journal.events
    monkeypatch.setattr(run._journal, "events", lambda after: asked.append(after) or events(after))
    assert run.status is State.RUNNING
    with Journal(run._journal.path) as journal:
        journal.note("state", state="done")
    assert run.status is State.DONE
    assert asked == [0, 2]
    assert [event.number for event in run.events(after=1)] == [2, 3]
