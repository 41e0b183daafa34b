from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.simulation.agreement import Agreement
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.expectation import Expectation, expect, histories_of
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus

GATES = np.concatenate([np.linspace(0, 0.4, 8), np.linspace(0.35, 0, 7)])
NOISE = 2e-8


def answers(junctions):
    replicas = Replicas(junctions, model="static", seed=1)
    return [replicas.respond([Stimulus(gate=v, duration=1.0, read=True)]) for v in GATES]


def expected(belief):
    """Return what 64 replicas make one expect of each reading of the sweep."""
    junctions = belief.draw(64, seed=2)
    options = {"independent": NOISE, "common": {}, "gate": {}, "histories": histories_of(junctions)}
    return [expect(response, **options) for response in answers(junctions)]


def verdict(belief, expectations, conductance, seed):
    agreement, random = Agreement(belief, "static"), np.random.default_rng(seed)
    uncertainty = SimpleNamespace(independent=NOISE, common={}, gate={})
    for one, g in zip(expectations, conductance, strict=True):
        agreement.add(float(g + NOISE * random.standard_normal()), one, uncertainty)
    return agreement.evaluate()


@pytest.fixture(scope="module")
def believed():
    junction = Belief.load("fig5-die").junction.changed(piezo_hysteresis=0.02, piezo_creep=0.01, hooge_parameter=0.0)
    return Belief(junction, {"piezo_hysteresis": 0.005, "piezo_creep": 0.002})


def test_a_hysteresis_that_is_off_is_found_where_the_belief_is_uncertain_of_it(believed):
    truth = [r.mean[0] for r in answers([believed.junction.changed(piezo_hysteresis=0.027)])]
    found = verdict(believed, expected(believed), truth, seed=3)
    assert found.agrees
    assert found.nuisance["piezo_hysteresis"] == pytest.approx(1.4, abs=0.3)
    certain = Belief(believed.junction)
    assert verdict(certain, expected(certain), truth, seed=3).agrees is False


def test_p_values_of_right_beliefs_are_uniform(believed):
    """200 runs, Kolmogorov and Smirnov: a false alarm of 0.1 %."""
    from scipy.stats import kstest

    expectations, dies = expected(believed), believed.draw(200, seed=4)
    truths = np.array([r.mean for r in answers(dies)]).T
    values = [verdict(believed, expectations, truth, seed=k).p_value for k, truth in enumerate(truths)]
    assert kstest(values, "uniform").pvalue > 0.001


def test_an_older_record_has_no_slopes(believed):
    fields = expected(believed)[3].to_dict()
    assert set(fields["gate_slopes"]) == {"piezo_hysteresis", "piezo_creep"}
    del fields["gate_slopes"]
    assert Expectation.from_dict(fields).gate_slopes == {}
