"""1/f noise in the uncertainty of readings, and what is one error for all runs."""

import numpy as np
import pytest

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.instruments.virtual.disturbances import Flicker
from smtjlab.procedures.noise_of_readings import (
    NOISE,
    OF_ALL_RUNS,
    believed_density,
    noise_apart,
    noise_density,
    with_noise,
)
from smtjlab.procedures.observed import Observed
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.slow_noise import HELD, MODES, slow_noise
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.stimulus import Stimulus

EVERY, LENGTH, DENSITY = 0.12, 0.02, 2e-9
"""s from reading to reading, s of which a reading integrates the signal (autozero takes twice as long), K of K/f."""


def readings(gates, each):
    """Return readings of 1 S, `each` of them at every gate."""
    return [
        Reading(
            setpoint=Setpoint(gate=float(gate), bias=0.1, dwell=0.0, branch="up"),
            value=1.0,
            uncertainty=Uncertainty(independent=1e-6),
            stimuli=(Stimulus(duration=3 * LENGTH, read=True),),
            time=EVERY * (k + 1),
            gate=float(gate),
            gate_current=0.0,
            bias=0.1,
            current=0.1,
        )
        for k, gate in enumerate(np.repeat(gates, each))
    ]


def names(told):
    return {name for one in told for name in one.uncertainty.common}


def test_noise_slower_than_runs_is_one_error_of_all_of_them():
    first, second = (names(with_noise(readings([0.0], 12), DENSITY, source)) for source in ("run a", "run b"))
    assert first & second == {OF_ALL_RUNS}


def test_rounds_at_several_gates_have_an_error_for_every_bow():
    count = {k: len(names(with_noise(readings(np.arange(k), 24), DENSITY, "run"))) for k in (1, 3, 8)}
    assert count == {1: MODES + 1, 3: MODES + 1, 8: 2 * 8 + 3}
    swept = with_noise(readings(np.arange(72), 1), DENSITY, "run")
    assert len(names(swept)) == MODES + 1


@pytest.mark.parametrize("gates", [1, 3])
def test_the_mean_of_a_run_is_as_unsure_as_the_bench_makes_it(gates):
    """400 draws of a variance: 25 % are 3.5 standard errors, once in 2000. Noise of a run alone would be half."""
    told = with_noise(readings(np.arange(gates), 12), DENSITY, "run")
    shared = [np.mean([one.uncertainty.common[name] for one in told]) for name in names(told)]
    drawn = []
    for seed in range(400):
        flicker = Flicker(DENSITY, 1.0, np.random.default_rng((seed, gates)))
        mean = []
        for _ in told:
            flicker.over(EVERY - LENGTH)
            mean.append(flicker.over(LENGTH))
        drawn.append(np.mean(mean))
    assert np.sum(np.square(shared)) == pytest.approx(np.mean(np.square(drawn)), rel=0.25)


def test_what_is_slower_than_a_run_ends_at_a_month():
    noise = slow_noise(np.arange(1, 11) * 10.0, 1.0)
    assert noise.slower == pytest.approx(np.log(HELD / (1000 * 91)))
    assert slow_noise(np.arange(1, 11) * 864.0, 1.0).slower == 0


def test_only_what_integrates_the_signal_averages_noise():
    """Scatter of single readings: what is left beside the shared errors, of white-like noise over one aperture."""
    told = with_noise(readings([0.0], 12), DENSITY, "run")
    expected = slow_noise(np.arange(1, 13) * EVERY, LENGTH).scatter * DENSITY
    assert told[0].uncertainty.independent ** 2 - 1e-12 == pytest.approx(expected, rel=1e-6)


def test_noise_that_is_believed_is_known_before_anything_is_seen():
    believed = Belief(Junction.preset("fig5").changed(hooge_parameter=2e-21))
    assert noise_density([], {}, believed) == believed_density(believed) == 2e-21 / believed.junction.area
    assert noise_density([], {}, Belief.preset("fig5")) == 0


def test_noise_of_the_run_itself_is_taken_apart_from_errors_that_runs_share():
    observed = Observed.of(with_noise(readings([0.0], 12), DENSITY, "run"))
    rest, own = noise_apart(observed.observations(observed.valid))
    assert set(own) == {f"{NOISE} {k} of run" for k in range(1, len(own) + 1)}
    assert OF_ALL_RUNS in rest.common
    assert not set(own) & set(rest.common)
