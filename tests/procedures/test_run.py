import pytest

from smtjlab.procedures.errors import JournalFault, UnknownRun
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import why
from smtjlab.procedures.status import State, this_process

DEAD = this_process() | {"started": 1.0}


def test_a_run_is_found_by_id_prefix_last_and_folder(make_run, tmp_path):
    first = make_run("aaaa0001", "done", day="2026-11-22")
    second = make_run("bbbb0002", "done")
    runs = tmp_path / "runs"
    assert Run.find(runs, "aaaa0001") == Run.find(runs, "aa") == first
    assert Run.find(runs, "last") == Run.find(runs, str(second.folder)) == second


@pytest.mark.parametrize(("key", "sentence"), [("aa", "several do"), ("zz", "none does"), ("", "none does")])
def test_a_name_that_means_no_run_or_two_is_refused(make_run, tmp_path, key, sentence):
    make_run("aaaa0001", "done")
    make_run("aaaa0002", "done")
    with pytest.raises(UnknownRun, match=sentence):
        Run.find(tmp_path / "runs", key)


def test_there_is_no_last_run_in_an_empty_folder(tmp_path):
    with pytest.raises(UnknownRun, match="no run in"):
        Run.find(tmp_path, "last")


def test_a_run_tells_what_it_holds(make_run):
    run = make_run("aaaa0001", "running", "making_safe", "done", readings=3)
    summary = run.summary()
    assert (summary["status"], summary["points_taken"], summary["points_planned"]) == ("done", 3, 5)
    assert summary["end"] is not None
    assert [r.gate for r in run.readings(after=0)] == pytest.approx([0.1, 0.2])


def test_a_running_run_has_no_end(make_run):
    assert make_run("aaaa0001", "running").summary()["end"] is None


def test_a_run_whose_engine_died_is_interrupted_and_says_what_the_guardian_found(make_run):
    run = make_run("aaaa0001", "running", readings=2, engine=DEAD, safe=True)
    assert run.status is State.INTERRUPTED
    assert why(run, run.status) == (
        "The engine died after 2 of 5 points. The guardian made the bench safe and read it back."
    )


def test_a_bench_that_the_guardian_could_not_make_safe_is_unsafe(make_run):
    assert make_run("aaaa0001", "running", engine=DEAD, safe=False).status is State.UNSAFE


def test_a_folder_without_a_journal_is_no_run(tmp_path):
    with pytest.raises(JournalFault, match="must stand at"):
        Run(tmp_path).meta  # noqa: B018 - looking is the point


def test_an_engine_that_died_before_the_first_volt_left_nothing_on(make_run):
    run = make_run("aaaa0001", "checking", engine=DEAD)
    assert why(run, run.status) == "The engine died after 0 of 5 points. Nothing had been switched on."
