import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.models import Model, checked_well
from smtjlab.simulation.predict import predict
from smtjlab.simulation.tangents import exact_slope, implied_angle, mirrored, paper_kappa


def test_the_printed_equation_counts_the_antiparallel_conductance_twice(fig5):
    paper = fig5.changed(gate_sign=-1)
    assert predict(paper, "paper_eq2_printed", paper.threshold_voltage).conductance[0] == pytest.approx(1e-3)
    assert predict(paper, "paper_tangent", paper.threshold_voltage).conductance[0] == pytest.approx(0.5e-3)


def test_the_papers_line_is_too_steep_by_two_and_too_high_at_its_end(fig5):
    assert paper_kappa(fig5) == pytest.approx(-9.5294e-4, rel=1e-5)
    assert exact_slope(fig5) == pytest.approx(4.7647e-4, rel=1e-5)
    paper = fig5.changed(gate_sign=-1)
    tangent, static = (predict(paper, model, -0.4).conductance[0] for model in ("paper_tangent", "static"))
    assert tangent / static == pytest.approx(1.152, abs=5e-4)


def test_the_true_tangent_touches_the_static_curve(shaped):
    gates = shaped.threshold_voltage * np.array([0.5, 1.0, 1.001])
    tangent, static = (predict(shaped, model, gates).conductance for model in ("tangent_exact", "static"))
    assert tangent == pytest.approx(static, rel=1e-6)


def test_for_another_shape_pole_and_threshold_lie_far_apart(shaped):
    assert shaped.shape_voltage == pytest.approx(shaped.rotation_voltage, rel=0.3)
    line = predict(shaped, "paper_tangent", [shaped.rotation_voltage - shaped.shape_voltage])
    assert line.conductance[0] == 0
    paper = mirrored(shaped, shaped.threshold_voltage)
    assert predict(shaped, "paper_tangent", paper).conductance[0] == pytest.approx(1 / 2000)


def test_an_angle_that_no_magnetization_has_is_not_a_number(fig5):
    found = implied_angle(fig5, np.array([1 / 2000, 1 / 1500, 1 / 1000, 2e-3]))
    assert found[:3] == pytest.approx([0, np.pi / 2, np.pi])
    assert np.isnan(found[3])


def test_lines_need_a_dipole_field(fig5):
    with pytest.raises(ModelError, match="A linear model must have a `dipole_field` above 0 A/m, but it is 0"):
        predict(fig5.changed(dipole_field=0), "tangent_exact", [0.3])


def test_unknown_names_are_refused():
    with pytest.raises(ModelError, match=r"A model must be one of .*`sllg`, but `llg` was asked for"):
        Model.named("llg")
    with pytest.raises(ModelError, match="`well` must be `global`, 1 or -1, but is 2"):
        checked_well(2)
