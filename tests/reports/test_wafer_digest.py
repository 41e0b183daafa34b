"""What a measured wafer says, of tables whose parts are known."""

import math

import numpy as np
import pandas as pd
import pytest

from smtjlab.instruments.wafer import Site, read_wafer
from smtjlab.procedures.wafer.named import wafer_path
from smtjlab.reports.wafer_digest import Digest, digest, sites_of
from smtjlab.reports.wafer_digest_page import sentence
from smtjlab.reports.wafer_map import bin_map, limits, places_of, value_map
from smtjlab.reports.wafer_parameters import column_of

WAFER = read_wafer(wafer_path("200mm"))
SITES = [site for site in WAFER.all_sites if site.name == "a1"]


def table(seed: int = 1) -> pd.DataFrame:
    """R_P rises by 100 ohm to the rim, with 10 ohm of scatter; R_AP has 20 ohm of its own; ten devices are bad."""
    rng = np.random.default_rng(seed)
    x, y = np.array([WAFER.place(site) for site in SITES]).T
    scatter = rng.standard_normal(len(SITES))
    frame = pd.DataFrame(
        {
            "column": [site.column for site in SITES],
            "row": [site.row for site in SITES],
            "site": [site.name for site in SITES],
            "device": "d800",
            "x": x,
            "y": y,
            "state": "done",
            "bin": 1.0,
            "bin_name": "good",
            "good": True,
            "resistance_parallel": 1000 + 100 * (x**2 + y**2) / 0.1**2 + 10 * scatter,
            "slope": 1e-3 * (1 + 0.01 * scatter),
            "threshold": 0.3 + 0.01 * (scatter + rng.standard_normal(len(SITES))) / math.sqrt(2),
            "resistance_antiparallel": 2000 + 20 * rng.standard_normal(len(SITES)),
        }
    )
    frame["tmr"] = frame["resistance_antiparallel"] / frame["resistance_parallel"] - 1
    frame.loc[:8, ["bin", "bin_name", "good"]] = [7.0, "short", False]
    frame.loc[9, ["state", "bin", "bin_name", "good"]] = ["no contact", np.nan, "", False]
    frame.loc[20, "resistance_parallel"] = 3000.0
    return frame


@pytest.fixture(scope="module")
def found() -> Digest:
    return digest(WAFER, table())


def test_yield_has_confidence_limits(found: Digest) -> None:
    """499 of 509: Wilson's interval at 95 %, by hand."""
    z, n, p = 1.959964, 509, 499 / 509
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert (found.good.low, found.good.high) == pytest.approx((middle - half, middle + half), rel=1e-6)
    assert sentence(found).startswith("499 of 509 devices are good: a yield of 98.0 % (95 %: 96.4 to 98.9 %).")


def test_bins_are_counted_good_ones_first(found: Digest) -> None:
    assert [(one.number, one.name, one.count) for one in found.bins] == [
        (1, "good", 499),
        (7, "short", 9),
        (None, "no contact", 1),
    ]


def test_a_map_is_taken_apart(found: Digest) -> None:
    [parted] = [one for one in found.parted if one.parameter == "resistance_parallel"]
    parts, errors = parted.parts, parted.parts.errors
    assert parts.mean == pytest.approx(1000, abs=5 * errors["mean"])
    assert parts.radial == pytest.approx(100, abs=5 * errors["radial"])
    assert parts.sigma == pytest.approx(10, rel=0.2)


def test_what_is_odd_wants_another_look(found: Digest) -> None:
    assert dict(found.again) == {str(SITES[9]): "no contact", str(SITES[20]): "R_P is an outlier"}


def test_fitted_parameters_are_shown_where_nearly_every_good_device_has_one() -> None:
    frame = table().assign(fitted_tmr=0.9, misfit=0.5)
    frame.loc[30, "misfit"] = 7.25
    assert column_of(frame, "tmr") == "fitted_tmr"
    assert column_of(frame, "resistance_parallel") == "resistance_parallel"
    assert column_of(frame.assign(fitted_tmr=np.where(frame.index % 2, 0.9, np.nan)), "tmr") == "tmr"
    assert dict(digest(WAFER, frame).again)[str(SITES[30])] == "the model misses its readings by 7.2 σ"


def test_what_is_left_over_goes_together(found: Digest) -> None:
    """A normal correlation of 1/sqrt(2) is Spearman's 6/pi asin(1/(2 sqrt 2)) = 0.690."""
    [(rho, sigma)] = [(one[3], one[4]) for one in found.correlations if one[1:3] == ("threshold", "slope")]
    assert rho == pytest.approx(6 / math.pi * math.asin(1 / (2 * math.sqrt(2))), abs=5 * sigma)


def test_resistances_that_are_independent_go_together_nowhere(found: Digest) -> None:
    """R_P and TMR of them have a coefficient near -0.7 by algebra alone. Known to 0.045, false alarm 6e-5."""
    pair = ("resistance_parallel", "resistance_antiparallel")
    [(rho, sigma)] = [(one[3], one[4]) for one in found.correlations if one[1:3] == pair]
    assert abs(rho) < 4 * sigma
    assert sigma == pytest.approx(1 / math.sqrt(499), rel=0.05)
    assert not any("tmr" in one[1:3] for one in found.correlations)


def test_patches_fill_the_dies_that_are_shown() -> None:
    alone = places_of(WAFER, [Site(0, 0, "a1")])[0]
    assert np.ptp(alone, axis=0) == pytest.approx([7.1, 7.1])
    assert alone.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    both = places_of(WAFER, [Site(0, 0, "a1"), Site(0, 0, "a2")])
    assert np.ptp(both[0], axis=0) == pytest.approx([3.55, 7.1])
    assert both[1].mean(axis=0)[0] - both[0].mean(axis=0)[0] == pytest.approx(3.55)


def test_the_scale_leaves_out_what_would_flatten_it() -> None:
    values = np.append(np.linspace(1, 2, 99), 1e6)
    low, high = limits(values)
    assert (low, high) == (pytest.approx(1.02, abs=0.02), pytest.approx(2, abs=0.02))
    assert limits(np.array([-2.0, 10.0]), signed=True) == (pytest.approx(-9.76), pytest.approx(9.76))
    assert limits(np.array([-1.0, 1.0]), signed=True) == (-3, 3)  # standard deviations that are none to look at
    assert limits(np.full(3, np.nan)) == (0.0, 1.0)
    assert limits(np.ones(5)) == (0.99, 1.01)


def test_maps_are_drawn_alike_each_time() -> None:
    frame = table()
    sites = sites_of(frame)
    values = list(frame["tmr"])
    drawn = [value_map(WAFER, sites, values, title="TMR", unit="", name="tmr").svg for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert 'aria-label="map of TMR"' in drawn[0]
    assert "map of bins" in bin_map(WAFER, sites, list(frame["bin_name"]), {"good": 499, "short": 9, "": 1}).svg
