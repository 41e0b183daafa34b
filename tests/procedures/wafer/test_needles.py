"""Needles are worn by every wafer: the latest touch or cleaning of all runs with the same prober tells."""

import pytest

from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.needles import CLEANED, TOUCHED, since_cleaning
from smtjlab.procedures.wafer.outcome import COLUMNS


@pytest.fixture
def make(tmp_path):
    def make(number, *events, prober="Sentio 1", columns=COLUMNS):
        folder = tmp_path / f"2026-11-27-0000000{number}"
        folder.mkdir()
        facts = {"id": f"0000000{number}", "created": f"2026-11-27T1{number}:00:00.000+00:00", "columns": columns}
        facts |= {"procedure_name": "wafer-walk", "planned": 1, "engine": this_process()}
        facts |= {"identities": {"prober": prober}}
        with Journal.create(folder / JOURNAL, facts) as journal:
            for kind, payload in events:
                journal.note(kind, **payload)
        return Run(folder)

    return make


def touched(count):
    return TOUCHED, {"column": 0, "row": 0, "site": "a1", "since_cleaning": count}


def test_a_new_wafer_knows_of_the_touches_of_the_last(make):
    make(1, touched(7), touched(8))
    assert since_cleaning(make(2), "prober") == 8
    assert since_cleaning(make(3, touched(9)), "prober") == 9


def test_the_latest_event_tells_whichever_run_it_stands_in(make):
    make(2, touched(8), (CLEANED, {"contacts": 8}))
    assert since_cleaning(make(1, ("warning", {"text": "resumed"})), "prober") == 0


def test_other_probers_other_runs_and_what_cannot_be_read_do_not_count(make, tmp_path):
    make(1, touched(5), prober="Sentio 2")
    make(2, touched(5), columns={"x": ""})
    make(3, touched(3))
    (tmp_path / "2026-11-27-00000009").mkdir()
    (tmp_path / "2026-11-27-00000009" / JOURNAL).write_bytes(b"no journal")
    assert since_cleaning(make(4), "prober") == 3
