"""The score of a wafer run against the hidden truth of its bench, of a run that was written from that truth."""

import re
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.virtual.wafer_truth import Defect, read_wafer_truth
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.row import Row
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER
from smtjlab.simulation.toml_file import TomlFile

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "wafer_truth.py"
BAD = {Defect.SHORT: (7, "short"), Defect.OPEN: (8, "open"), Defect.BROKEN_BARRIER: (7, "short")}


@dataclass
class Written:
    """A run of one device a die, and how many of each defect it has met."""

    folder: Path
    defects: int = 0
    said: str = field(default="", repr=False)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Every device in the bin of its defect, but one whole device that is called open."""
    file = TomlFile.read(PACKAGED / "wafer.toml")
    truth = read_wafer_truth(file, file.data["truth"]["wafer"], ["device"], 1, {})
    folder = tmp_path_factory.mktemp("runs") / "2026-11-27-0123abcd"
    folder.mkdir()
    for name, source in ((WAFER, wafer_path("200mm")), (RECIPE, recipe_path("quick"))):
        (folder / name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "request.json").write_text('{"bench": "wafer"}', encoding="utf-8")
    facts = {"id": "0123abcd", "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk"}
    facts |= {"planned": 1, "columns": COLUMNS, "engine": this_process(), "bench": "b", "simulated": True}
    run = Written(folder)
    with Journal.create(folder / JOURNAL, facts) as journal:
        for number, site in enumerate(one for one in truth.wafer.all_sites if one.name == "a1"):
            real = truth.at(site)
            figures = {"tmr": 0.9, "resistance_parallel": real.junction.resistance_parallel}
            one = Outcome(site=site, die_type="A", device="d800", state=SiteState.DONE, figures=figures)
            number_of_bin, name = BAD.get(real.defect, (9, "rest")) if real.defect else (1, "good")
            one = replace(one, bin=number_of_bin, bin_name=name, good=real.defect is None)
            one = replace(one, bin=8, bin_name="open", good=False) if number == 0 else one
            journal.append(number, Row(values=one.values(), time=float(number)).to_dict())
            run.defects += real.defect is not None
        journal.note("state", state="done")
    words = [sys.executable, BENCHMARK, str(folder), "--out", str(folder.parent)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    run.said = done.stdout
    return run


def told(text: str, said: str) -> tuple[int, int]:
    found = re.search(rf"{text}\s+(\d+) of (\d+)", said)
    assert found is not None, said
    return int(found[1]), int(found[2])


def test_all_bins_but_one_are_right(written: Written) -> None:
    assert told("right:", written.said) == (508, 509)
    assert re.search(r"\ngood +\d+ +1 ", written.said)


def test_every_defect_is_found_and_one_whole_device_is_too(written: Written) -> None:
    assert told("not good: recall", written.said) == (written.defects, written.defects)
    assert told("precision", written.said) == (written.defects, written.defects + 1)


def test_yield_is_held_against_the_truth(written: Written) -> None:
    assert told("yield:", written.said) == (509 - written.defects - 1, 509)
    assert f"{100 * (509 - written.defects) / 509:.2f} %" in written.said


def test_visits_are_counted(written: Written) -> None:
    """The packaged recipe samples 40 dies of four devices."""
    assert "509 devices of 160 in 509 visits; 120 without an outcome, 0 visited more than once" in written.said
