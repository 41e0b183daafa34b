import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from smtjlab.procedures.observed import Observed
from smtjlab.reports import characterisation_figures, loop_figures, sweep_figure, time_figures
from smtjlab.simulation.expectation import Expectation
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.gate_step import GateStepView
from smtjlab.simulation.inference.gated_ramps import RampLadder
from smtjlab.simulation.inference.noise_spectrum import Spectrum
from smtjlab.simulation.inference.telegraph import TelegraphView

EXPECTED = Expectation(5e-4, 4.9e-4, 5.1e-4, 4.8e-4, 5.2e-4)
UP = np.linspace(0.1, 1.0, 8)
UNITLESS = ("number of readings", "P(high state)")
"""Labels of what has no unit."""


def observed():
    count = len(UP)
    names = ("bias", "field", "transverse_field", "temperature", "current", "gate_current", "time")
    return Observed(
        branch=("up",) * 4 + ("down",) * 4, gate=UP, value=5e-4 + 1e-5 * UP, scatter=np.full(count, 1e-7), effects={},
        flags=((),) * count, **dict.fromkeys(names, UP),
    )  # fmt: skip


def extraction():
    return Extraction(
        names=(), values=np.zeros(0), covariance=np.zeros((0, 0)), statistical=np.zeros((0, 0)), reasons={}, taken={},
        contributions={}, chi_square=1.0, dof=1, points=8, fitted=5e-4 + 1e-5 * UP, pulls=UP,
    )  # fmt: skip


def step():
    held = UP > 0.5
    return GateStepView(UP, held, 5e-4 * UP, 5e-4 * UP, 0 * UP, 1e-11 * UP, 1e-11 * UP)


def telegraph():
    return TelegraphView(UP, 5e-4 * UP, UP, np.linspace(0, 5e-4, 5), np.arange(4.0), None, 1.0)


def ladder():
    fields = {"gate": np.r_[UP[::-1], UP], "half_width": 1e4 * np.r_[UP, UP], "fitted": 1e4 * np.r_[UP, UP]}
    return RampLadder(**fields, effective_gate=fields["gate"], uncertainty=np.full(16, 10.0))


DRAWINGS = {
    "sweep": lambda: sweep_figure.sweep_figure(
        observed(), sweep_figure.swept(observed()), ("conductance $G$", "S"), extraction()
    ),
    "small": lambda: characterisation_figures.small_figure(
        "step", observed(), None, ("conductance $G$", "S"), extraction(), observed().branch, {0: EXPECTED, 1: EXPECTED}
    ),
    "loop": lambda: loop_figures.loop_figure(observed(), sweep_figure.swept(observed(), "field"), extraction()),
    "ladder": lambda: loop_figures.ladder_figure(ladder()),
    "step": lambda: time_figures.gate_step_figure(step()),
    "telegraph": lambda: time_figures.telegraph_figure(telegraph()),
    "spectrum": lambda: time_figures.spectrum_figure(Spectrum(1 + UP, UP, UP, UP, 1.0, 8.0, 0.1, 8)),
}


@pytest.fixture
def figure(monkeypatch):
    """Return the figure that is drawn last, before it becomes text."""
    kept = Figure(layout="constrained")
    for room in (sweep_figure, loop_figures, time_figures, characterisation_figures):
        monkeypatch.setattr(room, "drawn", lambda _name, _label, draw, **_: draw(kept) or "")
    return kept


def labels_of(figure):
    every = [*figure.axes, *(child for axes in figure.axes for child in axes.child_axes)]
    return [axis.get_label_text() for axes in every for axis in (axes.xaxis, axes.yaxis) if axis.get_label_text()]


@pytest.mark.parametrize("kind", DRAWINGS)
def test_every_axis_has_its_unit(kind, figure):
    DRAWINGS[kind]()
    labels = [label for label in labels_of(figure) if label not in UNITLESS]
    assert len(labels) >= 2
    assert not [label for label in labels if not re.search(r" \((1/)?[µmnpfkM]?(V|S|s|A|T|Ω|Hz|σ)\)$", label)]


def test_a_fit_is_not_joined_across_a_step_of_the_gate(figure):
    age = np.r_[UP, UP]
    view = step()
    time_figures.gate_step_figure(
        GateStepView(age, age > 0, *(np.r_[part, part] for part in (
            view.conductance, view.fitted, view.effective, view.current, view.fitted_current
        )))
    )  # fmt: skip
    ages = [line.get_xdata() for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert len(ages) == 2
    assert all(np.all(np.diff(one) > 0) for one in ages)


@pytest.mark.parametrize("kind", ["sweep", "small", "loop", "ladder", "step"])
def test_series_differ_by_marker_or_filling_and_not_by_colour_alone(kind, figure):
    DRAWINGS[kind]()
    lines = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", "")]
    looks = {(line.get_marker(), line.get_markerfacecolor() == "none") for line in lines}
    assert len(lines) >= 2
    assert len(looks) == len(lines)
