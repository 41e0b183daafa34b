"""The fields of a file say what the numbers say, and lose nothing of what was known of the fields behind them."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief, belief_from_table
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.junction_estimate import junction_estimate
from smtjlab.simulation.inference.static_fit import believed
from smtjlab.simulation.inference.told import Told
from smtjlab.simulation.inference.transport import TRANSPORT, transport_of, transport_prior
from smtjlab.simulation.toml_file import TomlFile

RESISTANCES = ("resistance_parallel", "resistance_antiparallel")
PRODUCTS = ("stress_field_per_volt", "shape_field")


def beliefs():
    """Return a die, one whose axes and stress are uncertain too, and one that is round."""
    die = Belief.preset("fig5-die")
    sizes = {"major_axis": 8e-9, "minor_axis": 8e-9, "youngs_modulus": 6e9, "temperature": 3.0}
    return [die, replace(die, uncertainty=die.uncertainty | sizes)]


def told(junction, names, relative=1e-3):
    values = np.array([getattr(junction, name) for name in names])
    sigma = relative * values
    correlation = np.eye(len(names)) + 0.4 * (1 - np.eye(len(names)))
    covariance = np.outer(sigma, sigma) * correlation
    return Told("run x", Extraction(tuple(names), values, covariance, covariance))


@pytest.mark.parametrize("belief", beliefs(), ids=["die", "wide"])
@pytest.mark.parametrize("names", [PRODUCTS, PRODUCTS[:1], PRODUCTS[1:], (*RESISTANCES, "dipole_field", *PRODUCTS)])
def test_the_file_gives_every_number_back_as_the_runs_told_it(belief, names):
    truth = belief.draw(1, seed=7)[0]
    found = junction_estimate([told(truth, names)], belief, "x")
    read = belief_from_table(TomlFile.parse(found.after.to_toml(), "j.toml"))
    places = [TRANSPORT.index(name) for name in found.transport.names]
    centre, covariance = transport_of(read.junction), transport_prior(read)[1]
    assert centre[places] == pytest.approx(found.transport.values, rel=1e-9)
    sigma = np.sqrt(np.diag(found.transport.covariance))
    again = covariance[np.ix_(places, places)] / np.outer(sigma, sigma)
    assert again == pytest.approx(found.transport.covariance / np.outer(sigma, sigma), abs=1e-5)


@pytest.mark.parametrize("belief", beliefs(), ids=["die", "wide"])
@pytest.mark.parametrize("relative", [1e-4, 0.02, 0.039, 0.041, 0.05, 1.0])
@pytest.mark.parametrize("names", [PRODUCTS, PRODUCTS[1:], ("dipole_field", "stress_field_per_volt")])
def test_nothing_is_less_certain_than_it_was_before(belief, relative, names):
    """The thickness was, where a minor loop told H_k a little better than M_s and thickness together."""
    after = junction_estimate([told(belief.junction, names, relative)], belief, "x").after
    for name in set(after.uncertainty) - {"stress_per_volt"}:
        assert after.uncertainty[name] <= belief.uncertainty[name] * (1 + 1e-9), name
    product = np.linalg.norm([belief.uncertainty.get("youngs_modulus", 0.0) / 120e9, 0.03])
    assert after.uncertainty.get("stress_per_volt", 0.0) <= product * after.junction.stress_coefficient * (1 + 1e-9)
    for quantity in ("thermal_energy", "resistance_parallel"):
        assert believed(after)[quantity].uncertainty <= believed(belief)[quantity].uncertainty * (1 + 1e-6)
    assert after.draw(2, seed=1)


def test_the_thermal_energy_keeps_what_is_unknown_of_the_magnetization():
    """With the stress certain, H_s leaves 3 %/sqrt(2) of M_s; the thickness has 3 % beside it."""
    die = Belief.preset("fig5-die")
    runs = [told(die.junction, (*RESISTANCES, "dipole_field", "stress_field_per_volt"))]
    energy = believed(junction_estimate(runs, die, "x").after)["thermal_energy"]
    assert energy.uncertainty / energy.value == pytest.approx(0.03 * 1.5**0.5, rel=2e-3)


def test_fields_are_those_of_the_dies_within_what_the_file_says():
    """300 dies: mean pull beyond 0.29 or width beyond 1 +- 0.2 (5 standard errors) for any of three: once in 2e5."""
    die, rng, pulls = Belief.preset("fig5-die"), np.random.default_rng(3), []
    for truth in die.draw(300, seed=11):
        values = np.array([getattr(truth, name) for name in PRODUCTS])
        sigma = np.array([0.002, 0.02]) * values
        spread = np.diag(sigma**2)
        run = Told("run x", Extraction(PRODUCTS, values + sigma * rng.standard_normal(2), spread, spread))
        after = junction_estimate([run], die, "x").after
        names = ("saturation_magnetization", "magnetostriction", "thickness")
        pulls.append([(getattr(after.junction, n) - getattr(truth, n)) / after.uncertainty[n] for n in names])
    assert np.mean(pulls, axis=0) == pytest.approx(np.zeros(3), abs=0.29)
    assert np.std(pulls, axis=0) == pytest.approx(np.ones(3), abs=0.2)


def test_a_belief_that_the_runs_contradict_moves_nothing_and_the_file_says_so():
    die = Belief.preset("fig5-die")
    found = junction_estimate([told(die.junction.changed(magnetostriction=1.2e-3), PRODUCTS[:1])], die, "x")
    assert found.remarks[0].startswith("The stress field per volt that runs tell cannot well be that of the belief")
    assert found.after.junction.magnetostriction == die.junction.magnetostriction
    assert found.after.uncertainty["magnetostriction"] == pytest.approx(die.uncertainty["magnetostriction"])
    assert found.after.junction.stress_field_per_volt == pytest.approx(2 * die.junction.stress_field_per_volt)


def test_axes_are_part_of_what_is_unknown_of_the_shape_field():
    junction = Belief.preset("fig5-die").junction
    _, covariance = transport_prior(Belief(junction, {"minor_axis": 7e-9}))
    step = junction.changed(minor_axis=7.07e-7).shape_field - junction.shape_field
    shape = TRANSPORT.index("shape_field")
    assert covariance[shape, shape] ** 0.5 == pytest.approx(abs(step), rel=0.05)


def test_fields_that_would_move_to_what_no_junction_has_stay_and_the_file_says_why():
    strong = Belief.preset("fig5-die").junction.changed(saturation_magnetization=9.9e6)
    belief = Belief(strong, {"saturation_magnetization": 3e5, "magnetostriction": 1.8e-5})
    found = junction_estimate([told(strong.changed(magnetostriction=5.6e-4), PRODUCTS[:1])], belief, "x")
    assert found.after.junction.saturation_magnetization == 9.9e6
    assert found.remarks[0].startswith("What runs tell would move fields too far, which stay as believed")
    assert found.after.junction.stress_field_per_volt == pytest.approx(5.6 / 6 * strong.stress_field_per_volt)


def test_the_shape_field_of_a_layer_that_is_nearly_round_moves_the_axis_that_was_uncertain():
    nearly_round = Belief.preset("fig5-die").junction.changed(major_axis=7.02e-7)
    truth = nearly_round.changed(minor_axis=7.009e-7)
    found = junction_estimate([told(truth, PRODUCTS[1:])], Belief(nearly_round, {"minor_axis": 3e-9}), "x")
    assert found.after.junction.minor_axis == pytest.approx(truth.minor_axis, abs=1e-11)
    assert found.after.junction.thickness == pytest.approx(truth.thickness, rel=0.02)


def test_a_field_that_was_only_correlated_with_a_product_moves_but_is_not_said_to_be_measured():
    die = Belief.preset("fig5-die")
    tied = replace(die, correlation={("magnetostriction", "resistance_parallel"): 0.8})
    truth = die.junction.changed(magnetostriction=6.2e-4)
    found = junction_estimate([told(truth, PRODUCTS[:1])], tied, "x")
    assert found.measured == ("saturation_magnetization", "magnetostriction")
    assert found.after.junction.resistance_parallel > die.junction.resistance_parallel
    assert found.after.uncertainty["resistance_parallel"] < die.uncertainty["resistance_parallel"]
    assert found.after.provenance["resistance_parallel"].startswith("as believed before (x), moved by what runs tell")
