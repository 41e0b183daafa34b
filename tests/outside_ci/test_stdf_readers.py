"""STDF exports are read by programs that nobody here wrote, where somebody has them; `.ci/run` skips these.

`pip install --no-deps --target FOLDER pystdf stdfast`, FOLDER on the path (stdfast needs pydantic as well).
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smtjlab.instruments.wafer import Site, read_wafer
from smtjlab.procedures.wafer.figures import FIGURES
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import Outcome, SiteState
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.reports.wafer_bins import WaferBins

pytest.importorskip("Semi_ATE.STDF", reason="writes the other records of an export")
DEVICES = 200


@pytest.fixture
def told() -> WaferBins:
    wafer, rng = read_wafer(wafer_path("200mm")), np.random.default_rng(1)
    outcomes = []
    for site, (tmr, ohm) in zip(wafer.all_sites, rng.random((DEVICES, 2)), strict=False):
        figures = {"tmr": float(tmr), "resistance_parallel": 1e4 * float(ohm), "leakage": None}
        state: Any = {"bin": 1, "bin_name": "good", "good": True} if tmr > 0.5 else {"bin": 9, "bin_name": "rest"}
        outcomes.append(Outcome(site=site, die_type="A", device="d800", state=SiteState.DONE, figures=figures, **state))
    return WaferBins(
        run="0123abcd",
        created=datetime(2026, 11, 27, tzinfo=UTC),
        simulated=True,
        bench="station",
        wafer=wafer,
        recipe=read_recipe(recipe_path("quick")),
        outcomes=tuple(outcomes),
        visits=Counter(one.site for one in outcomes),
    )


@pytest.fixture
def file(told: WaferBins, tmp_path: Path) -> Path:
    from smtjlab.reports.wafer_stdf import stdf

    path = tmp_path / "wafer.stdf"
    path.write_bytes(stdf(told))
    return path


class Heard:
    """A sink of pystdf: every record, its fields by name."""

    def __init__(self) -> None:
        self.records: list[tuple[str, dict[str, Any]]] = []

    def after_begin(self, *_: object) -> None:
        pass

    after_complete = after_begin

    def after_send(self, _: object, data: Any) -> None:
        kind, fields = data
        self.records.append((type(kind).__name__.upper(), dict(zip(kind.fieldNames, fields, strict=True))))


def test_pystdf_reads_every_device(told: WaferBins, file: Path) -> None:
    reader = pytest.importorskip("pystdf.IO", reason="pystdf (GPL) is no dependency of ours")
    heard = Heard()
    with file.open("rb") as stream:
        parser = reader.Parser(inp=stream)
        parser.addSink(heard)
        parser.parse()
    compare(told, heard.records)


def test_stdfast_reads_every_device(told: WaferBins, file: Path) -> None:
    reader = pytest.importorskip("stdfast", reason="stdfast is no dependency of ours")
    compare(told, [(type(one).__name__, upper(one)) for one in reader.iter_records(str(file))])


def upper(record: Any) -> dict[str, Any]:
    return {name.upper(): value for name, value in record.model_dump().items()}


def compare(told: WaferBins, records: list[tuple[str, dict[str, Any]]]) -> None:
    """Hold what a reader has heard against what was told: places, bins, figures to single precision."""
    counts = Counter(kind for kind, _ in records)
    assert (counts["PIR"], counts["PRR"], counts["PTR"], counts["TSR"]) == (DEVICES, DEVICES, 2 * DEVICES, 2)
    assert [records[0][0], records[1][0], records[-1][0]] == ["FAR", "MIR", "MRR"]
    parts = [fields for kind, fields in records if kind == "PRR"]
    found = [(Site(one["X_COORD"], one["Y_COORD"], one["PART_ID"].split("/")[1]), one["HARD_BIN"]) for one in parts]
    assert found == [(one.site, one.bin) for one in told.outcomes]
    tests = [fields for kind, fields in records if kind == "PTR"]
    for name in ("tmr", "resistance_parallel"):
        values = [one["RESULT"] for one in tests if one["TEST_TXT"] == name]
        assert values == pytest.approx([one.figures[name] for one in told.outcomes], rel=1e-6)
        assert {one["UNITS"] for one in tests if one["TEST_TXT"] == name} == {FIGURES[name].unit}
    [wafer] = [fields for kind, fields in records if kind == "WRR"]
    assert (wafer["PART_CNT"], wafer["GOOD_CNT"]) == (DEVICES, sum(one.good for one in told.outcomes))
