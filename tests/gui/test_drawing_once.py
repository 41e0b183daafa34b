"""What is drawn costs once: a look is painted once, a mark made once, and what nobody sees is not drawn."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.gui.models.closer_look import CloserLook, Kind
from smtjlab.gui.models.run_feed import RunFeed

from .test_live_plot import live, made_up  # noqa: F401 - a fixture


@pytest.fixture
def glance(finished):
    return replace(RunFeed(finished.folder).look(), answered=0, closer=None)


def drawn(live, glance, points, **changes):  # noqa: F811
    live.update_run(replace(glance, taken=points.count, **changes), points)


def one_more(points):
    one, none = np.ones(1), np.zeros(1)
    points.take({"time": one, "gate": one, "value": one, "sigma": none, "branch": none})
    points.columns.fill(np.array([points.count - 1]), {"flagged": none})


def test_a_look_at_a_run_is_painted_once(qtbot, live, glance):  # noqa: F811
    from qtpy.QtCore import QEvent, QObject

    class Paints(QObject):
        count = 0

        def eventFilter(self, _, event):
            self.count += event.type() == QEvent.Type.Paint
            return False

    seen, view = Paints(), live.canvas.viewport()
    drawn(live, glance, made_up(3000))
    qtbot.wait(50)
    view.installEventFilter(seen)
    one_more(live.canvas.curves.points)
    drawn(live, glance, live.canvas.curves.points)
    qtbot.wait(50)
    assert seen.count == 1


def test_marks_that_are_drawn_stay_and_new_ones_come(live, glance):  # noqa: F811
    points = made_up(50)
    drawn(live, glance, points)
    marks = live.canvas.items[0]._marks
    marks.data["data"] = "known"
    one_more(points)
    drawn(live, glance, points)
    assert (len(marks.data), list(marks.data["data"][-2:])) == (51, ["known", None])
    assert np.array_equal(marks.data["y"], points.columns["value"])


def test_a_curve_behind_another_view_is_drawn_when_it_is_looked_at(live, glance):  # noqa: F811
    drawn(live, glance, made_up(50), closer=CloserLook(Kind.TELEGRAPH))
    points = live.canvas.curves.points
    one_more(points)
    drawn(live, glance, points, closer=CloserLook(Kind.TELEGRAPH))
    before = len(live.canvas.items[0]._marks.data)
    live.closer_button.setChecked(False)
    assert (before, len(live.canvas.items[0]._marks.data)) == (50, 51)


def test_dots_are_drawn_where_a_curve_would_lie(qapp):
    import pyqtgraph as pg

    from smtjlab.gui.views.dots_item import DotsItem

    view = pg.PlotWidget(background="w")
    dots = DotsItem(pen=pg.mkPen("k", width=3))
    view.addItem(dots)
    dots.setData(np.array([1.0, 2.0]), np.array([5.0, 5.0]))
    view.grab()
    picture = view.grab().toImage()
    place = view.mapFromScene(view.plotItem.vb.mapViewToScene(pg.Point(2.0, 5.0)))
    assert dots.dataBounds(0) == (1.0, 2.0)
    assert picture.pixelColor(place).lightness() < 50
    view.close()


def test_crosses_are_added_and_the_oldest_go_when_they_are_too_many(live, glance, monkeypatch):  # noqa: F811
    from smtjlab.gui.views import branch_items

    monkeypatch.setattr(branch_items, "FLAGS", 4)
    points, seen = made_up(20), []
    for row in range(10):
        one_more(points)
        points.columns.fill(np.array([points.count - 1]), {"flagged": np.ones(1), "value": np.array([float(row)])})
        drawn(live, glance, points)
        seen.append(live.canvas.items[0]._flagged.data["y"].tolist())
    assert seen[7] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert seen[9] == [7, 8, 9]
