"""What a closer look has found, drawn: nothing of another run stays, and words are read on a dark ground as well."""

import numpy as np
import pytest
from qtpy.QtGui import QColor

from smtjlab.gui.models.closer_look import CloserLook, Kind
from smtjlab.gui.views.spectrum_view import SpectrumView
from smtjlab.gui.views.telegraph_view import TelegraphView
from smtjlab.gui.views.theme import DARK
from smtjlab.simulation.inference.telegraph import TelegraphView as Telegraph


@pytest.mark.parametrize("view", [TelegraphView, SpectrumView])
def test_words_above_a_plot_take_the_colour_of_a_theme_that_comes_later(qtbot, view):
    shown = view()
    qtbot.addWidget(shown)
    plot = shown.trace if view is TelegraphView else shown.plot
    shown.show_look(CloserLook(Kind.TELEGRAPH, reason="too few"))
    shown.set_theme(DARK)
    assert QColor(DARK.faint).name() in plot.titleLabel.item.toHtml()
    assert plot.titleLabel.text == "too few"


def test_a_run_with_too_few_readings_does_not_show_those_of_the_run_before(qtbot):
    view, at = TelegraphView(), np.arange(100.0)
    qtbot.addWidget(view)
    trace = Telegraph(time=at, conductance=at, high=at / 100, levels=None, evidence=0.0, edges=at[:5], counts=at[:4])
    view.show_look(CloserLook(Kind.TELEGRAPH, telegraph=trace, readings=100))
    assert len(view._read.getData()[0]) == 100
    view.show_look(CloserLook(Kind.TELEGRAPH, reason="too few"))
    assert view._read.getData()[0] is None or len(view._read.getData()[0]) == 0


def test_long_words_make_nothing_wider_than_the_view(qtbot):
    view = TelegraphView()
    qtbot.addWidget(view)
    view.resize(560, 500)
    view.show()
    view.show_look(CloserLook(Kind.TELEGRAPH, reason="A trace needs at least 50 valid readings, but there are 41."))
    view.set_theme(DARK)
    qtbot.wait(50)
    assert view.ci.boundingRect().width() <= view.width()
