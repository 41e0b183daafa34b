import json

import h5py
import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet
from pymeasure.experiment.results import Results

from smtjlab.instruments.reading import Flag
from smtjlab.procedures.errors import JournalFault
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.export import export

from .conftest import sweep


@pytest.fixture
def run(make_run, belief, flag):
    readings = sweep(belief.junction, points=5)
    readings[2] = flag(readings[2], Flag.OVERFLOW, Flag.COMPLIANCE)
    return make_run(readings, expected=8)


def same(read, run):
    table = run.frame()
    for name in ("gate", "conductance", "median", "high95", "time"):
        np.testing.assert_array_equal(read[name], table[name])
    return True


def test_csv_keeps_every_digit_and_names_its_units(run, tmp_path):
    path = export(run, "csv", tmp_path / "a.csv")
    table = pd.read_csv(path, comment="#")
    assert list(table.columns[:5]) == ["index", "branch", "part", "gate_V", "conductance_S"]
    assert same(table.rename(columns=lambda name: name.rpartition("_")[0] or name), run)
    assert table["flags"][2] == "compliance; overflow"
    assert "# status: done" in path.read_text("utf-8")


def test_parquet_carries_units_and_status(run):
    table = parquet.read_table(export(run, "parquet"))
    about = json.loads(table.schema.metadata[b"smtjlab"])
    assert (about["status"], about["units"]["gate"]) == ("done", "V")
    assert table.schema.field("median").metadata == {b"unit": b"S"}
    assert same(table.to_pandas(), run)


def test_hdf5_carries_units_and_status(run):
    with h5py.File(export(run, "hdf5")) as file:
        group = file["readings"]
        assert (file.attrs["status"], group["bias"].attrs["unit"]) == ("done", "V")
        assert group["flags"].asstr()[2] == "compliance; overflow"
        assert same({name: group[name][:] for name in group if name not in ("branch", "flags")}, run)


def test_pymeasure_reads_its_own_dialect_back(run):
    loaded = Results.load(str(export(run, "pymeasure")))
    assert loaded.data["Conductance (S)"].to_numpy() == pytest.approx(
        run.frame()["conductance"].to_numpy(), nan_ok=True
    )
    assert loaded.data["Branch"][0] == "up"
    assert len(loaded.data) == 10


@pytest.mark.parametrize("to", ["csv", "parquet", "hdf5", "pymeasure"])
def test_a_run_without_readings_is_exported_as_an_empty_table(make_run, to):
    assert export(make_run([]), to).stat().st_size > 0


def test_a_journal_that_cannot_be_read_is_told_as_that(run, tmp_path, monkeypatch):
    monkeypatch.setattr("smtjlab.procedures.journal_reader.FORMAT", 1)
    with pytest.raises(JournalFault, match=r"journal\.sqlite must be a journal of format 1, but is of 2\.$"):
        export(run, "csv", tmp_path)


def test_an_unknown_format_and_a_missing_folder_are_refused(run, tmp_path):
    with pytest.raises(ReportMistake, match="must be csv, parquet, hdf5, pymeasure, but 'xls'"):
        export(run, "xls")
    with pytest.raises(ReportMistake, match=r"must exist, but .*nowhere does not"):
        export(run, "csv", tmp_path / "nowhere" / "a.csv")
