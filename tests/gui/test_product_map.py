"""The map of a multiplier while it is measured."""

import numpy as np
import pytest

from smtjlab.gui.models.curves import Curves
from smtjlab.gui.models.points import LEVEL, Axis, Points
from smtjlab.gui.models.product_map import product_map


def points(value, *, flagged=(), third=0.0, trim=0):
    x, y = (one.ravel() for one in np.meshgrid(np.linspace(-0.1, 0.1, 9), np.linspace(-0.05, 0.05, 7)))
    made = Points()
    made.sources = {"junction": "V", "gate": "V", "reference": "V"}
    z = np.asarray(value(x, y), float)
    marks = np.isin(np.arange(len(x)), flagged).astype(float)
    sources = {LEVEL + "junction": x, LEVEL + "gate": y, LEVEL + "reference": 0.3 + third * x}
    sought = {name: np.linspace(0.1, 0.5, trim) for name in sources}
    levels = {name: np.concatenate([sought[name], levels]) for name, levels in sources.items()}
    before = {"value": np.full(trim, 9.0), "flagged": np.zeros(trim)}
    own = {name: np.concatenate([before[name], column]) for name, column in (("value", z), ("flagged", marks))}
    made.take(levels | own, beforehand=trim)
    return made, made.count


def test_a_bilinear_product_has_no_error_whatever_its_offsets():
    found = product_map(*points(lambda x, y: 0.2 + 3 * x - y + 7 * x * y))
    assert found.names == ("junction", "gate")
    assert found.error == pytest.approx(np.zeros(63), abs=1e-10)


def test_the_error_of_a_bend_is_in_percent_of_the_span():
    bent = product_map(*points(lambda x, y: 7 * x * y + 0.4 * x**2))
    plain = 7 * bent.x * bent.y + 0.4 * bent.x**2
    best = 0.4 * (bent.x**2 - np.mean(bent.x**2))
    assert bent.error == pytest.approx(100 * best / np.ptp(plain), abs=1e-9)


def test_what_is_flagged_is_left_out_and_a_third_source_makes_no_map():
    assert len(product_map(*points(lambda x, y: x * y, flagged=(3, 4))).x) == 61
    assert product_map(*points(lambda x, y: x * y, third=1.0)) is None


def test_what_a_trim_has_moved_beforehand_is_no_part_of_the_map():
    made, taken = points(lambda x, y: x * y, trim=8)
    found = product_map(made, taken)
    assert (found.names, len(found.x)) == (("junction", "gate"), 63)
    assert np.abs(found.value).max() < 1
    assert len(product_map(made, 8).x) == 0


def test_a_few_readings_have_no_error_yet():
    made, _ = points(lambda x, y: x * y + x)
    assert np.isnan(product_map(made, 19).error).sum() == 0
    short = product_map(made, 5)
    assert short is None or np.isnan(short.error).all()


def test_over_a_grid_no_line_is_drawn_through_what_the_model_expects():
    made, count = points(lambda x, y: x * y)
    for name in ("median", "low68", "high68", "low95", "high95"):
        made.columns[name][:] = 1.0
    made.columns["branch"][:], made.branches = 0.0, [""]
    curves = Curves(made, Axis(LEVEL + "gate", "gate", "V"), made.value)
    curves.update(count, count)
    assert len(curves.branches[0].band().x) == 0
    assert curves.branches[0].residuals(-1, 1)[0].size == count
