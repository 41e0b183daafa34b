import subprocess
import sys

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


OPEN = """
import sys
from smtjlab.procedures.catalogue import Catalogue
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.record import open_record
from smtjlab.procedures.transfer_curve import TransferCurve
from pathlib import Path
runs = Path(sys.argv[1])
print(*[row["status"] for row in Catalogue(runs).rows()])
try:
    request = Request.of(TransferCurve(points=3), bench="virtual", junction="fig5", model="static", runs=runs)
    open_record(Plan.of(request))
except JournalFault as fault:
    print(fault)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's; others run tests as no root")
def test_in_a_runs_folder_that_cannot_be_written_runs_are_read_and_none_is_begun(make_run, tmp_path, as_nobody_else):
    with Journal(make_run("aaaa0001", "done", readings=2).folder / "journal.sqlite") as journal:
        journal.finish()
    (tmp_path / "runs").chmod(0o555)
    try:
        tried = subprocess.run(
            [sys.executable, "-c", OPEN, str(tmp_path / "runs")],
            capture_output=True, text=True, preexec_fn=as_nobody_else,
        )  # fmt: skip
    finally:
        (tmp_path / "runs").chmod(0o755)
    status, sentence = tried.stdout.splitlines()
    assert status == "done", tried.stderr
    assert sentence.endswith("cannot be written: Permission denied.")
