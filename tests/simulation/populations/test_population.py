"""Populations against closed forms, and against themselves by other ways."""

import numpy as np
import pytest
from scipy import stats

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.expectation_cache import ExpectationCache
from smtjlab.simulation.multiplier_circuit import MultiplierCircuit
from smtjlab.simulation.multiplier_prediction import multiplier_prediction
from smtjlab.simulation.populations import population as room
from smtjlab.simulation.populations.curve_figures import MultiplierDesign, multiplier_errors, ramp
from smtjlab.simulation.populations.population import UNITS, population
from smtjlab.simulation.populations.process_spread import ProcessSpread, Variation

GATES = np.linspace(0.24, 0.5, 53)
NOTHING = ProcessSpread()


def same(one, other, n=None):
    named = [(one.figures[name], other.figures[name]) for name in UNITS]
    named += [(one.read[name], other.read[name]) for name in one.read]
    named.append((one.conductance, other.conductance))
    return all(np.array_equal(a[:n], b[:n], equal_nan=True) for a, b in named)


def test_a_spread_of_r_p_alone_is_its_distribution_and_moves_nothing_else(exact):
    """2000 devices against the normal law they are drawn from: Kolmogorov and Smirnov, false alarm 1e-4."""
    found = population(
        exact, ProcessSpread({"resistance_parallel": Variation(random=0.05)}), 2000, [0.2, 0.4], model="static", seed=1
    ).figures
    low = exact.junction.resistance_parallel
    assert stats.kstest(found["resistance_parallel"], stats.norm(low, 0.05 * low).cdf).pvalue > 1e-4
    assert found["resistance_area"] == pytest.approx(found["resistance_parallel"] * exact.junction.area, rel=1e-14)
    assert found["tmr"] == pytest.approx(exact.junction.resistance_antiparallel / found["resistance_parallel"] - 1)
    assert np.unique(found["threshold"]).tolist() == [exact.junction.threshold_voltage]


def test_the_threshold_is_gamma_and_nu(exact):
    """V_th = (H_d + H_k)/H_s: a normal H_d makes it normal about Gamma + nu. False alarm 1e-4."""
    spread = ProcessSpread({"dipole_field": Variation(random=0.03)})
    found = population(exact, spread, 2000, [0.2, 0.4], model="static", seed=2).figures["threshold"]
    gamma, nu = exact.junction.rotation_voltage, exact.junction.shape_voltage
    assert stats.kstest(found, stats.norm(gamma + nu, 0.03 * gamma).cdf).pvalue > 1e-4


def test_ignorance_of_the_kind_and_spread_of_the_process_add_in_quadrature(exact):
    """2000 devices know a standard deviation to 1.6 %, the bound is four times that (false alarm 6e-5)."""
    low = exact.junction.resistance_parallel
    belief = Belief(exact.junction, {"resistance_parallel": 0.03 * low})
    spread = ProcessSpread({"resistance_parallel": Variation(random=0.03, reticle=0.02)})
    found = population(belief, spread, 2000, [0.2, 0.4], model="static", seed=3).figures["resistance_parallel"]
    assert found.std() == pytest.approx(low * np.sqrt(0.03**2 + 0.03**2 + 0.02**2), rel=0.065)


def test_devices_have_the_places_that_are_told(exact):
    spread = ProcessSpread({"resistance_parallel": Variation(radial=0.1)})
    found = population(exact, spread, 200, [0.2, 0.4], model="static", places=[[0, 0], [0.6, 0.8]])
    low = exact.junction.resistance_parallel
    assert np.unique(found.figures["resistance_parallel"]) == pytest.approx([low, 1.1 * low], rel=1e-14)


def test_devices_all_over_the_wafer_have_the_moments_of_a_disc(exact):
    """r^2 is even from 0 to 1: false alarm 1e-4."""
    spread = ProcessSpread({"resistance_parallel": Variation(radial=0.1)})
    found = population(exact, spread, 2000, [0.2, 0.4], model="static", seed=4).figures["resistance_parallel"]
    square = (found / exact.junction.resistance_parallel - 1) / 0.1
    assert stats.kstest(square, stats.uniform.cdf).pvalue > 1e-4


@pytest.mark.parametrize("model", ["static", "boltzmann"])
def test_the_first_devices_do_not_depend_on_how_many_are_asked_for(exact, rough, model):
    few, many = (population(exact, rough, n, GATES, model=model, seed=5) for n in (70, 130))
    assert same(few, many, 70)


@pytest.mark.parametrize("model", ["static", "boltzmann", "sllg"])
def test_threads_and_a_cluster_give_the_same_bits(exact, rough, model, client):
    ways = [{"threads": 1}, {"threads": 3}, {"scheduler": client}]
    one, *others = (
        population(exact, rough, 100, GATES[::13], model=model, seed=6, average=2e-10, **way) for way in ways
    )
    assert all(same(one, other) for other in others)


def test_other_seeds_and_other_conditions_share_no_device(exact, rough):
    asked = [{"seed": 7}, {"seed": 8}, {"seed": 7, "condition": "d800"}, {"seed": 7, "condition": "d600"}]
    found = [
        set(population(exact, rough, 50, [0.3], model="static", **one).figures["resistance_parallel"]) for one in asked
    ]
    assert len(set.union(*found)) == 200


def test_what_was_drawn_once_is_read_from_the_cache(exact, rough, tmp_path, monkeypatch):
    asked = {"model": "static", "seed": 9, "cache": ExpectationCache(tmp_path)}
    first = population(exact, rough, 50, GATES, **asked)
    monkeypatch.setattr(room, "gathered", None)
    assert same(population(exact, rough, 50, GATES, **asked), first)
    for other in ({"seed": 1}, {"condition": "d"}, {"places": [[0, 0]]}, {"design": MultiplierDesign(inputs=5)}):
        with pytest.raises(TypeError, match="not callable"):
            population(exact, rough, 50, GATES, **(asked | other))


@pytest.mark.parametrize("bias", [0.0, 0.1])
def test_the_multiplier_error_is_that_of_the_circuit(exact, bias):
    """Along another way: the circuit asks the model itself, at no bias."""
    junction = exact.junction.changed(bias_half_tmr=0.5)
    found = population(Belief(junction), NOTHING, 1, GATES, model="static", bias=bias)
    start, stop = found.window
    inside = GATES[(start <= GATES) & (stop >= GATES)]
    circuit = MultiplierCircuit(
        junction=junction, series_resistance=50.0, middle_gate=inside[len(inside) // 2], model="static"
    )
    expected = multiplier_prediction(circuit, np.linspace(-0.1, 0.1, 9), inside).product_error
    assert found.figures["multiplier_error"][0] == pytest.approx(expected, rel=1e-9)


def test_a_straight_conductance_multiplies_without_error_where_r_s_is_nothing():
    found = multiplier_errors(
        MultiplierDesign(series_resistance=1e-6),
        GATES,
        (5e-4 + 1e-3 * (GATES - 0.24))[None, :],
        (0.3, 0.4),
        parallel=np.array([1000.0]),
        half_bias=np.array([np.inf]),
    )
    assert found[0] < 1e-7


def test_a_ramp_of_two_pieces_has_its_knee_as_threshold():
    found = ramp([0.0, 0.1, 0.2, 0.3], [[1.0, 1.0, 2.0, 3.0], [1.0, 1.0, 1.0, 1.0]])
    assert found[0] == pytest.approx([10, 0])
    assert found[1][0] == pytest.approx(0.1)
    assert np.isnan(found[1][1])


def test_a_recipe_reads_the_extremes_of_its_own_gates(exact):
    found = population(exact, NOTHING, 3, GATES, model="boltzmann", read=[0, 20, 40])
    ohm = 1 / found.conductance[:, [0, 20, 40]]
    assert np.array_equal(found.read["resistance_parallel"], ohm.min(axis=1))
    assert (found.read["resistance_parallel"] > found.figures["resistance_parallel"]).all()


def test_where_the_believed_device_has_no_window_there_is_no_multiplier(exact):
    found = population(exact, NOTHING, 3, [0.2, 0.3, 0.4], model="static")
    assert found.window is None
    assert np.isnan(found.figures["multiplier_error"]).all()
    assert np.isnan(found.figures["window"]).all()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"n": 0}, "`n` must be at least 1, but is 0"),
        ({"n": 2_000_000}, "at most 1000000 devices, but 2000000"),
        ({"seed": -1}, "`seed` must be at least 0"),
        ({"read": [5]}, "`read` must be numbers of gates, 0 to 1"),
        ({"places": [0.0, 1.0]}, "`places` must be finite pairs"),
        ({"model": "tangent_exact"}, "`model` must be"),
    ],
)
def test_what_cannot_be_asked_is_refused(exact, more, sentence):
    asked = {"n": 2, "gate": [0.2, 0.4]} | more
    with pytest.raises(ModelError, match=sentence):
        population(exact, NOTHING, **asked)
