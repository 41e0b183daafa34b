import time

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.models import Model
from smtjlab.simulation.predict import predict
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus


def read(gate, duration=20e-3, **conditions):
    return Stimulus(duration=duration, gate=gate, read=True, **conditions)


def wait(gate, duration=1.0):
    return Stimulus(duration=duration, gate=gate)


@pytest.mark.parametrize("model", [m for m in Model if m is not Model.SLLG])
def test_one_ideal_replica_answers_as_predicted(fig5, model):
    for gate in (0.1, 0.3):
        response = Replicas([fig5], model=model, seed=1).respond([wait(0.2), read(gate)])
        assert response.mean == pytest.approx(predict(fig5, model, gate).conductance, rel=1e-12)
        assert response.effective_gate == pytest.approx([gate])
        assert response.standard_error == 0


@pytest.mark.parametrize("name", ["fig5", "soft", "restless"])
def test_warm_trajectories_follow_the_thermal_average(name, request):
    # 15 scores, each beyond 4 once in 15 000: a false alarm in 1000 seeds.
    junction = request.getfixturevalue(name)
    replicas = Replicas([junction] * 256, model="sllg", seed=7)
    for gate in junction.threshold_voltage * np.array([0.0, 0.97, 1.02, 1.2, 0.9]):
        response = replicas.respond([read(gate)])
        deviation = np.mean(response.mean - response.reference)
        assert response.reference[0] == pytest.approx(predict(junction, "boltzmann", gate).conductance[0], rel=1e-12)
        assert abs(deviation) < 4 * response.standard_error


def test_few_replicas_share_the_trajectories(soft):
    response = Replicas([soft], model="sllg", seed=1, members=64).respond([read(0.3)])
    assert response.mean.shape == (1,)
    assert abs(response.mean - response.reference)[0] < 5 * response.standard_error


def test_more_replicas_than_members_share_the_mean_deviation(soft):
    response = Replicas(Belief(soft, {"thickness": 1e-11}).draw(20, 1), model="sllg", seed=1, members=8).respond(
        [read(0.3)]
    )
    deviation = response.mean - response.reference
    assert deviation[8:] == pytest.approx(np.full(12, deviation[:8].mean()))


def test_hysteresis_parts_the_branches(fig5):
    replicas = Replicas([fig5.changed(piezo_hysteresis=0.05)], model="boltzmann", seed=1)
    up, _, down = (replicas.respond([read(gate)]).mean[0] for gate in (0.3, 0.5, 0.3))
    assert down > up + 1e-6


def test_creep_makes_the_answer_depend_on_the_time_since_the_step(fig5):
    creeping = fig5.changed(piezo_creep=0.02)
    soon = Replicas([creeping], model="boltzmann", seed=1).respond([read(0.3)])
    late = Replicas([creeping], model="boltzmann", seed=1).respond([wait(0.3, 1000.0), read(0.3)])
    assert late.effective_gate[0] == pytest.approx(0.3 * 1.08, abs=5e-4)
    assert late.mean[0] > soon.mean[0] + 1e-6


def test_what_was_not_read_has_been_lived_through(fig5):
    slow = fig5.changed(piezo_hysteresis=0.05, piezo_creep=0.02)
    told, lived = (Replicas([slow], model="boltzmann", seed=1) for _ in range(2))
    past = [wait(0.1, 3.0), wait(0.4, 2.0), wait(0.2, 0.1)]
    for stimulus in past:
        lived.live(stimulus)
    assert told.respond([*past, read(0.3)]).mean == lived.respond([read(0.3)]).mean


def test_a_reading_is_the_mean_over_its_intervals(fig5):
    replicas = Replicas([fig5], model="boltzmann", seed=1)
    one, other = (replicas.respond([read(gate)]) for gate in (0.3, 0.4))
    both = replicas.respond([read(0.3, 1.0), wait(0.1), read(0.4, 3.0)])
    assert both.mean == pytest.approx(0.25 * one.mean + 0.75 * other.mean)
    assert both.effective_gate == pytest.approx([0.375])


def test_repeats_at_one_gate_are_one_longer_reading(fig5):
    replicas = Replicas([fig5], model="boltzmann", seed=1)
    once, often = replicas.respond([read(0.3, 0.2)]), replicas.respond([read(0.3), wait(0.3)] * 10)
    assert often.thermal == pytest.approx(once.thermal)


def test_conditions_of_the_reading_reach_the_model(fig5):
    replicas = Replicas([fig5.changed(bias_half_tmr=0.4)], model="boltzmann", seed=1)
    assert replicas.respond([read(0.0, bias=0.4)]).mean == pytest.approx(1 / 1500, rel=1e-4)
    assert replicas.respond([read(0.3, field=5e3)]).mean < replicas.respond([read(0.3)]).mean
    cold = replicas.respond([read(0.3, temperature=0.0)])
    assert cold.mean * 1e6 == pytest.approx(515.7001, abs=1e-4)
    assert cold.thermal == 0


def test_thermal_scatter_is_invisible_at_fig5_and_visible_in_a_soft_volume(fig5, soft):
    thermal = [Replicas([j], model="boltzmann", seed=1).respond([read(0.3)]).thermal[0] for j in (fig5, soft)]
    assert thermal[0] / 515e-6 == pytest.approx(1e-7, rel=0.3)
    assert thermal[1] > 5 * thermal[0]


def test_samples_scatter_by_the_thermal_part(soft):
    # Standard deviation of 1000 numbers, right to 2.2 %; 5 sigma is never reached by chance.
    response = Replicas([soft] * 1000, model="boltzmann", seed=1).respond([read(0.3)])
    assert np.std(response.sample(np.random.default_rng(1))) == pytest.approx(response.thermal[0], rel=0.11)


def test_a_response_needs_something_read(fig5):
    with pytest.raises(ModelError, match="must have at least one stimulus with `read`, but has none"):
        Replicas([fig5], model="static", seed=1).respond([wait(0.3)])
    with pytest.raises(ModelError, match="Replicas must be at least one junction, but none was given"):
        Replicas([], model="static", seed=1)
    with pytest.raises(ModelError, match="`members` must be at least 2, but is 1"):
        Replicas([fig5], model="static", seed=1, members=1)


def test_a_long_ramp_costs_little_and_a_reading_by_trajectories_not_much():
    creeping = Belief.load("fig5-die").junction.changed(piezo_hysteresis=0.05, piezo_creep=0.01)
    replicas = Replicas(Belief(creeping, {"thickness": 1e-11}).draw(256, 1), model="sllg", seed=1)
    replicas.respond([read(0.29)])
    begin = time.process_time()
    replicas.respond([*(wait(gate, 0.01) for gate in np.linspace(0.29, 0.3, 50)), read(0.3)])
    # 20 ms on an idle core; the bound only catches a wrong order of magnitude.
    assert time.process_time() - begin < 0.25
