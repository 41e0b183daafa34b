"""What a list of runs tells of the one that is chosen."""

import pytest

from smtjlab.gui.models.run_details import details_of
from smtjlab.reports.verdict import believed


def test_fitted_parameters_come_with_their_uncertainties(finished):
    found = dict(details_of(finished.folder).rows)
    fit = finished.procedure.extraction(finished.readings(), believed(finished))
    assert (found["points"], found["stop"]) == ("5", "0.4 V")
    assert sum("±" in text for text in found.values()) == len(fit.names) > 0


def test_a_folder_that_is_no_run_is_told_in_a_sentence(tmp_path):
    assert "must stand at" in details_of(tmp_path).remarks[0]


def test_a_strangers_procedure_is_not_executed_to_show_a_list(finished, monkeypatch):
    meta = dict(finished.meta) | {"procedure": "/tmp/evil.py:Evil"}
    monkeypatch.setattr(type(finished), "meta", property(lambda run: meta))
    monkeypatch.setattr("smtjlab.procedures.find._load_file", pytest.fail)
    assert all("±" not in text for _, text in details_of(finished.folder).rows)
