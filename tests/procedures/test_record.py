import pytest

from smtjlab.procedures import network_folder
from smtjlab.procedures.errors import JournalFault, ProcedureMistake
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.network_folder import Mount
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.record import open_record
from smtjlab.procedures.transfer_curve import TransferCurve


@pytest.fixture
def plan(tmp_path):
    return Plan.of(
        Request.of(TransferCurve(points=3), bench="virtual", junction="fig5", model="static", runs=tmp_path / "runs")
    )


def test_a_record_holds_bench_and_junction_as_its_hashes_say(plan):
    folder, journal = open_record(plan)
    journal.close()
    assert sorted(path.name for path in folder.iterdir()) == [
        "bench.toml", "journal.sqlite", "junction.toml", "request.json",
    ]  # fmt: skip
    assert (folder / "bench.toml").read_text(encoding="utf-8") == plan.bench.text


def test_a_runs_folder_on_another_computer_is_refused_before_anything_is_made(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(network_folder, "mounts_here", lambda: [Mount("/", "nfs4", "rw")])
    with pytest.raises(ProcedureMistake, match="must be on a disk of this computer"):
        open_record(plan)
    assert not (tmp_path / "runs").exists()


def test_one_writer_at_a_time_appends_records_and_anybody_may_note(plan):
    folder, engine = open_record(plan)
    with engine, Journal(folder / "journal.sqlite") as other:
        other.note("warning", text="A guardian, or another thread, may do this.")
        with pytest.raises(JournalFault, match="must have one writer, but another program appends"):
            other.append(0, {})
        engine.append(0, {})
    with Journal(folder / "journal.sqlite") as next_one:
        next_one.append(1, {})
