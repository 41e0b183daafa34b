"""Several wafers over each other, from tables of devices that were drawn at random around known parts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.wafer.named import wafer_path
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.wafer_stack import Layer, WaferStack, names_of, stack_of
from smtjlab.reports.wafer_stack_maps import stack_figures
from smtjlab.reports.wafer_stack_page import sentence

WAFER = read_wafer(wafer_path("200mm"))
SITES = [site for site in WAFER.all_sites if site.name in ("a1", "a2")]
PLACE = np.array([WAFER.place(site) for site in SITES]).T
MASK = 15 * np.random.default_rng(99).standard_normal(len(SITES))
LEVELS = (1000.0, 1020.0, 990.0)
DEAD = SITES[400].die
"""Both devices of this die fail on every wafer."""


def layer(number: int) -> Layer:
    """R_P: 80 ohm more at the rim, a common part of 15 ohm, 10 ohm of its own; 2 % fail, one has no contact."""
    rng = np.random.default_rng(number)
    x, y = PLACE
    values = LEVELS[number] + 80 * (x**2 + y**2) / 0.1**2 + MASK + 10 * rng.standard_normal(len(SITES))
    values[100 * (number + 1)] += 200
    bad = rng.random(len(SITES)) < 0.02
    bad |= np.array([site.die == DEAD for site in SITES])
    bad[100 * (number + 1)] = bad[10 + number] = False
    frame = pd.DataFrame(
        {"column": [one.column for one in SITES], "row": [one.row for one in SITES], "site": [s.name for s in SITES],
         "device": "d800", "x": x, "y": y, "state": "done", "good": ~bad, "resistance_parallel": values}
    )  # fmt: skip
    frame.loc[10 + number, ["state", "good", "resistance_parallel"]] = ["no contact", False, np.nan]
    return Layer(f"run{number}", "2026-11-27T20:00:00.000+00:00", replace(WAFER, name=f"W{number}"), frame)


LAYERS = [layer(number) for number in range(3)]


@pytest.fixture(scope="module")
def found() -> WaferStack:
    return stack_of(LAYERS)


def test_common_and_own_parts_and_levels_are_told_apart(found: WaferStack) -> None:
    [one] = found.stacks
    off, errors = one.stack.differences
    assert (np.abs(off - (np.array(LEVELS) - np.mean(LEVELS))) < 5 * errors).all()
    assert one.stack.sigma == pytest.approx(10, abs=5 * one.stack.sigma_error)
    truly = np.std(80 * (PLACE**2).sum(axis=0) / 0.1**2 + MASK)
    assert one.stack.spread == pytest.approx(truly, abs=5 * one.stack.spread_error)


def test_what_is_common_is_taken_apart(found: WaferStack) -> None:
    parts = found.stacks[0].parts
    assert parts is not None
    assert parts.radial == pytest.approx(80, abs=5 * parts.errors["radial"])


def test_a_die_that_fails_on_every_wafer_is_told_and_others_are_not(found: WaferStack) -> None:
    """Six of six at 2 %: 2e-10; a site three of three: 2e-5, which of a thousand chance does once in fifty."""
    assert [(one.name, one.failed, one.of) for one in found.failing] == [(f"die {DEAD[0]},{DEAD[1]}", 6, 6)]
    assert found.failures[DEAD] == (6, 6)


def test_devices_unlike_the_others_and_those_without_contact_are_probed_again(found: WaferStack) -> None:
    """20 own standard deviations; what takes part in the common part of three is told as a little less."""
    again = {(wafer, site): why for wafer, site, why in found.again}
    for number in range(3):
        assert again.pop((f"W{number}", str(SITES[10 + number]))) == "no contact"
        why = again.pop((f"W{number}", str(SITES[100 * (number + 1)])))
        assert why.startswith("R_P is +")
        assert why.endswith("σ from the other wafers'")
    assert not again


def test_yields_of_one_process_are_alike_and_others_are_not(found: WaferStack) -> None:
    assert found.alike > 1e-3
    worse = replace(LAYERS[1], frame=LAYERS[1].frame.assign(good=LAYERS[1].frame.index % 5 > 0))
    assert stack_of([LAYERS[0], worse]).alike < 1e-20


def test_wafers_that_cannot_be_stacked_are_a_mistake() -> None:
    with pytest.raises(ReportMistake, match="two wafers or more, but is of 1"):
        stack_of(LAYERS[:1])
    with pytest.raises(ReportMistake, match="run0 is named again"):
        stack_of([LAYERS[0], LAYERS[0]])
    other = replace(LAYERS[1], wafer=replace(WAFER, name="W9", edge=WAFER.edge + 5e-3))
    with pytest.raises(ReportMistake, match=r"'W9' \(run run1\) is drawn otherwise than 'W0' \(run run0\)"):
        stack_of([LAYERS[0], other])


def test_wafers_are_called_by_what_tells_them_apart() -> None:
    alike = [replace(one, wafer=replace(WAFER, lot="L1")) for one in LAYERS[:2]]
    assert names_of(LAYERS) == ["W0", "W1", "W2"]
    assert names_of(alike) == [f"{WAFER.name} (run0)", f"{WAFER.name} (run1)"]
    assert names_of([alike[0], replace(alike[1], wafer=replace(WAFER, lot="L2"))]) == [
        f"{WAFER.name} (L1)",
        f"{WAFER.name} (L2)",
    ]


def test_nothing_in_common_is_a_sentence_and_figures_are_files(found: WaferStack, tmp_path: Path) -> None:
    bare = [replace(one, frame=one.frame.drop(columns="resistance_parallel")) for one in LAYERS]
    told = stack_of(bare)
    assert not told.stacks
    assert stack_figures(told, "").levels is None
    assert sentence(told).endswith("1 die fails again and again. 3 devices want another look.")
    names = [path.name for path in stack_figures(found, "").save(tmp_path)]
    assert names[:4] == ["failures.svg", "failures.png", "resistance_parallel-d800-stacked.svg",
                         "resistance_parallel-d800-stacked.png"]  # fmt: skip
    assert len(names) == 2 * (1 + 1 + 3 + 1)
