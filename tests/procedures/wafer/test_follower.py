"""The model beside a wafer: misfits as standard deviations, and what is said where nothing can be fitted."""

import pytest
from scipy.stats import chi2, norm

from smtjlab.instruments.wafer import Site
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.row import Row
from smtjlab.procedures.run import EXPECTATION, JOURNAL, Run
from smtjlab.procedures.shadow import main
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.follower import misfit
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState


@pytest.mark.parametrize("dof", [1, 3, 40])
@pytest.mark.parametrize("sigma", [-2.0, 0.0, 1.0, 5.0, 8.0])
def test_a_misfit_has_the_chance_of_so_many_standard_deviations(dof: int, sigma: float) -> None:
    assert misfit(float(chi2.isf(norm.sf(sigma), dof)), dof) == pytest.approx(sigma, abs=1e-6)


def test_a_chi_square_beyond_all_chance_is_still_a_number() -> None:
    assert 30 < (misfit(1e6, 3) or 0) < 40
    assert misfit(1.0, 0) is None
    assert misfit(float("nan"), 3) is None


def test_a_visit_without_a_run_that_tells_anything_has_a_record_all_the_same(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "2026-11-27-0123abcd"
    folder.mkdir()
    facts = {"id": "0123abcd", "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk", "seed": 1}
    facts |= {"planned": 1, "columns": COLUMNS, "engine": this_process(), "model": "boltzmann"}
    one = Outcome(site=Site(0, 0, "a1"), die_type="A", device="d", state=SiteState.NO_CONTACT, runs=("sites/none",))
    with Journal.create(folder / JOURNAL, facts) as journal:
        journal.append(0, Row(values=one.values(), time=1.0).to_dict())
        journal.note("state", state="stopped")
    monkeypatch.setattr("sys.stdin", [f"{folder}\n"])
    main()
    reader = Run(folder).expectation_journal
    assert reader is not None
    [record] = reader.records()
    assert record.payload["fit"]["run"] == ""
    assert Run(folder).points_answered == 1
    assert (folder / EXPECTATION).is_file()
    assert Run(folder).expectations() == {}
