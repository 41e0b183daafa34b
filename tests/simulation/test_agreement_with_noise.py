"""1/f noise that a belief has is in the verdict: once."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import chdtrc

from smtjlab.instruments.virtual.disturbances import Flicker
from smtjlab.simulation.agreement import Agreement
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.expectation import Expectation
from smtjlab.simulation.inference.slow_noise import density_of, slow_noise
from smtjlab.simulation.predict import predict
from smtjlab.simulation.shared_noise import noise_of_run

GATE = np.concatenate([np.linspace(0, 0.4, 41), np.linspace(0.4, 0, 41)])
HOOGE, EVERY, LENGTH, OWN = 1e-21, 0.25, 0.08, 2e-5
"""m^2; s from reading to reading; s of a reading; relative scatter of the instrument."""


@pytest.fixture(scope="module")
def junction():
    return Belief.preset("fig5").junction


@pytest.fixture(scope="module")
def curve(junction):
    return predict(junction, "static", GATE, bias=0.1).conductance


def relived(curve, seed, junction):
    """Return readings of a junction whose noise is that of the virtual bench."""
    rng = np.random.default_rng(seed)
    flicker, slow = Flicker(HOOGE, junction.area, rng), []
    for _ in curve:
        flicker.over(EVERY - LENGTH)
        slow.append(flicker.over(LENGTH))
    return curve * (1 + np.array(slow) + OWN * rng.standard_normal(len(curve)))


def drawn(curve, seed, junction):
    """Return readings whose noise has the covariance K (Ci(2 pi f_2 tau) - Ci(2 pi f_1 tau))."""
    rng, count = np.random.default_rng(seed), len(curve)
    root = slow_noise(np.arange(1, count + 1) * EVERY, LENGTH, modes=count - 1)
    slow = rng.standard_normal(count - 1) @ root.modes + root.scatter**0.5 * rng.standard_normal(count)
    relative = density_of(HOOGE, junction.area) ** 0.5 * slow + OWN * rng.standard_normal(count)
    return curve * (1 + relative)


def verdict(values, curve, junction, hooge):
    agreement = Agreement(Belief(junction.changed(hooge_parameter=hooge)), "static")
    gates = np.resize(GATE, len(values))
    for k, (value, g, v) in enumerate(zip(values, curve, gates, strict=True)):
        own = SimpleNamespace(independent=OWN * g, common={"gain": 2e-4 * g}, gate={})
        expected = Expectation(float(g), 0, 0, 0, 0, effective_gate=float(v))
        agreement.add(float(value), expected, own, bias=0.1, gate=float(v), time=(k + 1) * EVERY, duration=LENGTH)
    return agreement.evaluate()


def test_p_values_are_uniform_where_the_belief_has_the_noise(curve, junction):
    """60 runs: Kolmogorov-Smirnov below 1e-3, or any run that differs: a false alarm of 6 % + 0.1 %."""
    from scipy.stats import kstest

    found = [verdict(drawn(curve, seed, junction), curve, junction, HOOGE) for seed in range(60)]
    assert kstest([one.p_value for one in found], "uniform").pvalue > 1e-3
    assert all(one.agrees for one in found)


def test_the_virtual_bench_agrees_with_a_belief_that_has_its_noise_and_differs_from_one_without(curve, junction):
    """20 runs each; the bench's readings average a little more of the fast noise: false alarms below 2 %."""
    runs = [relived(curve, seed, junction) for seed in range(20)]
    assert all(verdict(run, curve, junction, HOOGE).agrees for run in runs)
    assert not any(verdict(run, curve, junction, 0.0).agrees for run in runs)


def test_noise_is_no_belief_that_is_pulled(curve, junction):
    found = verdict(relived(curve, 1, junction), curve, junction, HOOGE)
    assert sum(name.startswith("1/f noise") for name in found.nuisance) == 41
    gain = found.nuisance["gain"]
    assert found.belief_p_value == pytest.approx(chdtrc(1, gain**2))


def test_a_reading_without_a_time_does_not_count_beside_noise(curve, junction):
    agreement = Agreement(Belief(junction.changed(hooge_parameter=HOOGE)), "static")
    own = SimpleNamespace(independent=1e-8, common={}, gate={})
    agreement.add(5e-4, Expectation(5e-4, 0, 0, 0, 0), own)
    assert agreement.evaluate().agrees is None


def test_noise_of_600_readings_is_nearly_that_of_400_of_them(junction):
    """Chi-square of the same 600 readings, errors of all of them against those of 400 drawn between: within 5 %."""
    curve = np.full(600, 5e-4)
    values = drawn(curve, 3, junction)
    when, lasting, own = np.arange(1, 601) * EVERY, np.full(600, LENGTH), OWN * curve
    found = []
    for most in (600, 400):
        noise, size = noise_of_run(when, lasting, most), density_of(HOOGE, junction.area) ** 0.5 * curve
        covariance = np.diag(own**2 + noise.scatter * size**2) + (noise.modes * size).T @ (noise.modes * size)
        found.append(float((values - curve) @ np.linalg.solve(covariance, values - curve)))
    assert 480 < found[0] < 720
    assert found[1] == pytest.approx(found[0], rel=0.05)
