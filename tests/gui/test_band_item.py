"""A band that is not there yet draws no view towards the origin."""

import numpy as np
import pytest


@pytest.fixture
def band(qapp):
    from qtpy.QtGui import QColor

    from smtjlab.gui.views.band_item import BandItem

    return BandItem(QColor("black"))


def test_an_empty_band_lies_nowhere(band):
    assert (band.dataBounds(0), band.dataBounds(1)) == ((None, None), (None, None))


def test_a_band_lies_where_its_lines_lie(band):
    band.set_band(np.array([0.1, 0.4]), np.array([4.0, 5.0]), np.array([4.5, 7.0]))
    assert (band.dataBounds(0), band.dataBounds(1)) == ((0.1, 0.4), (4.0, 7.0))


def test_a_view_of_a_short_and_a_long_run_shows_points_and_not_the_origin(qapp):
    import pyqtgraph as pg

    from smtjlab.gui.models.curves import Curves
    from smtjlab.gui.models.points import Axis, Points
    from smtjlab.gui.views.branch_items import BranchItems

    for count in (20, 5000):
        points = Points()
        x = np.linspace(0.2, 0.4, count)
        points.columns.extend({"gate": x, "value": 5e-4 + 1e-5 * x, "sigma": 0 * x, "branch": 0 * x, "flagged": 0 * x})
        points.branches = [""]
        curves = Curves(points, Axis("gate", "Gate", "V"), points.value)
        curves.update(count, 0)
        canvas = pg.GraphicsLayoutWidget()
        plot, strip = canvas.addPlot(), canvas.addPlot()
        items = BranchItems(plot, strip, "")
        items.draw(curves.branches[0], points, -np.inf, np.inf)
        items.draw_model(curves.branches[0].band(), *curves.branches[0].residuals(-np.inf, np.inf))
        canvas.resize(900, 600)
        canvas.grab()
        plot.vb.updateAutoRange()
        (left, right), (low, high) = plot.viewRange()
        assert 0.15 < left < 0.2 < 0.4 < right < 0.45
        assert 4.9e-4 < low < high < 5.1e-4
        canvas.close()
