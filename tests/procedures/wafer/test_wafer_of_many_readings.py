"""The wafer run that the benchmark of reading writes in batches: journals like any other's."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.run import Run
from smtjlab.procedures.run_check import check_run
from smtjlab.procedures.wafer.named import wafer_path
from smtjlab.procedures.wafer.reading_back import outcomes_of
from smtjlab.procedures.wafer.results import Results

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "wafer_reading.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    described = importlib.util.spec_from_file_location("wafer_reading", BENCHMARK)
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def run(benchmark: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three devices of five readings."""
    wafer = read_wafer(wafer_path("200mm"))
    return Run(benchmark.write_run(tmp_path_factory.mktemp("runs"), wafer, list(wafer.all_sites)[:3], 5))


def test_readings_of_a_site_are_readings_and_their_journal_is_whole(run: Run) -> None:
    site = Run(run.folder / outcomes_of(run)[2].runs[0])
    readings = site.readings()
    assert [one.gate for one in readings] == pytest.approx([0.2, 0.275, 0.35, 0.425, 0.5])
    assert [one.value for one in readings] == pytest.approx([5e-4 + 1e-9 * (2 + k) for k in range(5)], rel=1e-9)
    told = " ".join(check_run(site).right)
    assert "every row is as it was written" in told
    assert "5 records" in told
    assert "its seal holds" in told


def test_results_take_it_in_with_what_the_model_found(run: Run, tmp_path: Path) -> None:
    with Results.open(f"sqlite:///{tmp_path}/w.sqlite") as results:
        assert results.index(run) == 3
        assert results.index(run) == 0
        assert len(results.table(run.id)) == 3
        fitted = results.table(run.id, source="fit")
        assert fitted["threshold"].tolist() == [one.figures["threshold"] for one in outcomes_of(run)]
