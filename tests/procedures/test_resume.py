"""Going on with a run: as real processes on the served virtual bench, and what it is refused for."""

import os
import shutil
import signal

import numpy as np
import psutil
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.errors import EngineFault, ProcedureMistake
from smtjlab.procedures.journal import Journal, JournalReader
from smtjlab.procedures.rejoin import Rejoin
from smtjlab.procedures.resume import Resumption
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.start import RunFailed, measure, resume, submit
from smtjlab.procedures.status import State

CURVE = TransferCurve(points=40, averaging=1)
WISH = {"junction": "fig5", "model": "static"}


def logs_of(run):
    """Return the files beside a journal that somebody has open."""
    return list(run.folder.glob(f"{JOURNAL}-*"))


@pytest.fixture
def bench(tmp_path):
    """A bench file of our own, which may be changed."""
    path = tmp_path / "bench.toml"
    path.write_text((PACKAGED / "virtual.toml").read_text())
    return path


@pytest.fixture
def interrupted(out, bench, wait_until):
    """Return a run whose engine was killed after some points, in the middle of the way down."""

    def begin(points=55, procedure=CURVE):
        with submit(procedure, bench=str(bench), out=out, **WISH) as started:
            run = started.run
            wait_until(lambda: run.points_taken >= points)
            os.kill(run.meta["engine"]["pid"], signal.SIGKILL)
        wait_until(lambda: any(event.kind == "safety" for event in run.events()))
        assert run.status is State.INTERRUPTED
        wait_until(lambda: not logs_of(run))  # the guardian has closed the file, too
        return run

    return begin


def test_a_killed_run_goes_on_in_its_own_record_and_is_as_if_nothing_had_been(interrupted, out, bench):
    run = interrupted()
    kept = [record.payload for record in JournalReader(run.folder / JOURNAL).records()]
    assert resume(run).status is State.DONE
    records = JournalReader(run.folder / JOURNAL).records()
    assert [record.number for record in records] == list(range(80))
    assert [record.payload for record in records][: len(kept)] == kept
    whole = measure(CURVE, bench=str(bench), out=out, **WISH)
    difference = np.array([a.value - b.value for a, b in zip(run.readings(), whole.readings(), strict=True)])
    sigma = np.array([a.uncertainty.independent * 2**0.5 for a in run.readings()])
    # Truth, gain errors and history are the same: only the scatter differs. By chance one in 10^6 exceeds this.
    assert np.sum((difference / sigma) ** 2) < 157
    assert len(run.expectations()) == 80


def test_the_join_is_marked_in_the_data_and_the_repeated_point_agrees(interrupted):
    run = interrupted()
    taken = run.points_taken
    resume(run)
    (join,) = run.joins
    assert (join.first, join.after, join.agrees) == (taken, "interrupted", True)
    table = run.frame()
    assert table["part"].to_list() == [1] * taken + [2] * (80 - taken)


def test_the_way_back_goes_over_the_turning_point(interrupted):
    run = interrupted()
    last = run.readings()[-1].setpoint
    resume(run)
    overlap = next(event.payload for event in run.events() if event.kind == "overlap")
    gates = [stimulus["gate"] for stimulus in overlap["reading"]["stimuli"]]
    assert max(gates) == pytest.approx(0.4, abs=1e-3)
    assert gates[-1] == pytest.approx(last.gate, abs=1e-3)
    assert gates.index(max(gates)) > 0


def test_a_stopped_run_may_be_resumed_twice(out, bench, wait_until):
    with submit(TransferCurve(points=400, averaging=1), bench=str(bench), out=out, **WISH) as started:
        wait_until(lambda: started.run.points_taken >= 5)
        started.stop()
        wait_until(lambda: started.run.status.ended)
    run = started.run

    def stop_soon(run, state):
        if state is State.RUNNING and run.points_taken > taken:
            raise KeyboardInterrupt

    taken = run.points_taken
    assert resume(run, watch=stop_soon).status is State.STOPPED
    assert resume(run).status is State.DONE
    assert len(run.joins) == 2
    assert run.points_taken == 800


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [('"0 V", "0.6 V"', '"0 V", "0.7 V"', "the bench file is another one"), ("", "", "another version")],
)
def test_what_has_changed_is_named_and_goes_by_its_name_only(interrupted, bench, monkeypatch, old, new, named):
    run = interrupted(points=3)
    if old:
        assert old in bench.read_text()
        bench.write_text(bench.read_text().replace(old, new))
    else:
        monkeypatch.setattr("smtjlab.procedures.resume.code_hash", lambda: "another")
    with pytest.raises(ProcedureMistake, match=f"{named}.*--accept (bench|code)"):
        Resumption.of(run)
    with pytest.raises(ProcedureMistake, match=named):
        Resumption.of(run, ["junction"])
    assert Resumption.of(run, ["bench", "code"]).rejoin.taken == run.points_taken


def test_limits_are_checked_again(interrupted, bench):
    run = interrupted(points=3)
    bench.write_text(bench.read_text().replace('"0 V", "0.6 V"', '"0 V", "0.3 V"'))
    with pytest.raises(ValueError, match="must stay within 0 V and 300 mV"):
        Resumption.of(run, ["bench"])


def test_a_device_that_is_not_as_it_was_left_is_told_and_may_be_accepted(interrupted):
    run = interrupted(points=3)
    with Journal(run.folder / JOURNAL) as journal:  # as if another device lay there now
        journal.claim(patience=20)
        journal.append(run.points_taken, run.readings()[-1].to_dict() | {"value": 1e-3, "setpoint": setpoint(run)})
    with pytest.raises(RunFailed, match=r"the device is not as it was left\. `--accept overlap` goes on"):
        resume(run)
    assert run.status is State.FAILED
    assert resume(run, accept=["overlap"]).status is State.DONE
    assert run.joins[-1].agrees is False


def setpoint(run):
    return CURVE.setpoints()[run.points_taken].to_dict()


@pytest.mark.parametrize(
    ("states", "readings", "sentence"),
    [
        (("running", "making_safe", "done"), 5, "must lack points, but run 0000aaaa has all 5"),
        (("running",), 2, "must have ended, but run 0000aaaa is running"),
        (("running", "making_safe", "failed"), 5, "must lack points"),
    ],
)
def test_a_run_that_has_nothing_to_go_on_with_is_refused(make_run, states, readings, sentence):
    with pytest.raises(ProcedureMistake, match=sentence):
        Resumption.of(make_run("0000aaaa", *states, readings=readings))


def test_an_unknown_name_to_accept_is_refused(make_run):
    with pytest.raises(ProcedureMistake, match=r"accepted must be bench, junction, .*, but is 'all'"):
        Resumption.of(make_run("0000aaaa", "running", "making_safe", "failed"), ["all"])


def test_the_code_of_a_file_is_run_only_where_somebody_accepts_it(interrupted, tmp_path):
    from smtjlab.procedures.find import find_procedure

    path = tmp_path / "mine.py"
    path.write_text(
        "from smtjlab.procedures import TransferCurve\n\n\nclass Mine(TransferCurve):\n    '''Of my own.'''\n"
    )
    mine = find_procedure(f"{path}:Mine")
    run = interrupted(points=3, procedure=mine(points=40, averaging=1))
    path.write_text("raise SystemExit('this must not run')\n")
    with pytest.raises(ProcedureMistake, match="the procedure is code of a file, which is run as it stands"):
        Resumption.of(run)


def test_a_bench_file_that_was_never_used_here_is_run_only_where_somebody_accepts_it(interrupted, bench, tmp_path):
    run = interrupted(points=3)
    moved = tmp_path / "elsewhere" / run.folder.name
    shutil.copytree(run.folder, moved)
    with pytest.raises(ProcedureMistake, match=r"bench.toml, which was never used from here.*--accept bench"):
        Resumption.of(Run(moved))
    assert Resumption.of(Run(moved), ["bench"]).rejoin.taken == run.points_taken


def test_a_folder_that_no_run_has_made_is_not_resumed(make_run):
    run = make_run("0000aaaa", "running", "making_safe", "failed", readings=2)
    renamed = run.folder.rename(run.folder.parent / "copy of a run")
    with pytest.raises(ProcedureMistake, match="must be in its own folder"):
        Resumption.of(Run(renamed))


@pytest.mark.parametrize("identities", [{}, {"gate": "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001,1.7.12b"}])
def test_a_run_of_imitations_never_goes_on_with_metal(identities):
    rejoin = Rejoin(
        state=State.FAILED, taken=0, last=None, setpoints=[], identities=identities, simulated=True,
        accepted=frozenset({"instruments"}),
    )  # fmt: skip
    rejoin.check_instruments({"gate": "whatever"}, simulated=True)
    with pytest.raises(EngineFault, match=r"must go on with simulated instruments.*but the bench is of metal"):
        rejoin.check_instruments(identities, simulated=False)


def test_another_instrument_is_named_and_may_be_accepted():
    before = {"gate": "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001,1.7.12b"}
    wish = {"state": State.FAILED, "taken": 0, "last": None, "setpoints": [], "identities": before}
    with pytest.raises(EngineFault, match=r"`gate` must be the instrument .*--accept instruments"):
        Rejoin(**wish).check_instruments({"gate": "another"}, simulated=True)
    Rejoin(**wish, accepted=frozenset({"instruments"})).check_instruments({"gate": "another"}, simulated=True)


def test_a_person_who_takes_the_bench_as_it_is_need_not_wait_for_a_guardian_that_died_as_well(out, bench, wait_until):
    with submit(CURVE, bench=str(bench), out=out, **WISH) as started:
        run = started.run
        wait_until(lambda: run.points_taken >= 5)
        engine = psutil.Process(run.meta["engine"]["pid"])
        for one in (*engine.children(), engine):
            one.kill()
    wait_until(lambda: run.status is State.INTERRUPTED)
    with pytest.raises(ProcedureMistake, match=r"could not be read back as safe.*--accept unsafe"):
        Resumption.of(run)
    assert resume(run, accept=["unsafe"]).status is State.DONE
