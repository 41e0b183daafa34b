"""1/f noise that a belief has is in the verdict: once."""

from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.instruments.virtual.disturbances import Flicker
from smtjlab.simulation.agreement import Agreement
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.expectation import Expectation
from smtjlab.simulation.inference.slow_noise import density_of, slow_covariance
from smtjlab.simulation.predict import predict
from smtjlab.simulation.repeats import Repeats
from smtjlab.simulation.shared_noise import noise_of_run
from smtjlab.simulation.whitening import Correlated, FewShared

GATE = np.concatenate([np.linspace(0, 0.4, 41), np.linspace(0.4, 0, 41)])
HOOGE, EVERY, LENGTH, OWN = 1e-21, 0.25, 0.08, 2e-5
"""m^2; s from reading to reading; s of a reading; relative scatter of the instrument."""


@pytest.fixture(scope="module")
def junction():
    return Belief.preset("fig5").junction


@pytest.fixture(scope="module")
def curve(junction):
    return predict(junction, "static", GATE, bias=0.1).conductance


def relived(curve, seed, junction, hooge=HOOGE):
    """Return readings of a junction whose noise is that of the virtual bench."""
    rng = np.random.default_rng(seed)
    flicker, slow = Flicker(hooge, junction.area, rng), []
    for _ in curve:
        flicker.over(EVERY - LENGTH)
        slow.append(flicker.over(LENGTH))
    return curve * (1 + np.array(slow) + OWN * rng.standard_normal(len(curve)))


def synthesised(curve, count, seed, junction):
    """Return `count` runs of readings cut out of one long record of 1/f noise, made from its spectrum."""
    rng, length, every, step = np.random.default_rng(seed), 16, 50, LENGTH / 16
    whole = every * len(curve) * count
    frequency = np.fft.rfftfreq(whole, step)
    size = np.sqrt(whole / (4 * step * np.maximum(frequency, frequency[1]))) * (frequency > 0)
    record = np.fft.irfft(size * (rng.standard_normal((2, len(size))).T @ [1, 1j]), whole)
    means = record.reshape(-1, every)[:, :length].mean(axis=1).reshape(count, -1)
    relative = density_of(HOOGE, junction.area) ** 0.5 * means
    return curve * (1 + relative + OWN * rng.standard_normal(relative.shape))


def after_zero(flicker):
    """Return the noise of an integration of 20 ms, after the 41 ms that a meter with autozero looks elsewhere."""
    flicker.over(0.041)
    return flicker.over(0.02)


def repeated(curve, seed, junction, hooge):
    """Return the verdict on readings of four repeats, each of 20 ms after 41 ms: those of a meter with autozero."""
    rng = np.random.default_rng(seed)
    flicker, specified = Flicker(hooge, junction.area, rng), OWN / 2
    agreement = Agreement(Belief(junction.changed(hooge_parameter=hooge)), "static")
    for k, (g, v) in enumerate(zip(curve.tolist(), GATE.tolist(), strict=True)):
        flicker.over(0.082)
        raw = g * (1 + np.array([after_zero(flicker) for _ in range(4)]))
        raw += OWN * g * rng.standard_normal(4)
        seen = float(np.std(raw, ddof=1)) / 2
        independent = seen if seen > 2 * specified * g else specified * g
        own = SimpleNamespace(independent=independent, common={"gain": 1e-2 * g}, gate={})
        made_of = Repeats(4, 4, 0.02, specified * g)
        expected = Expectation(g, 0, 0, 0, 0, effective_gate=v)
        when = {"time": 0.326 * (k + 1), "duration": 0.244}
        agreement.add(float(raw.mean()), expected, own, bias=0.1, gate=v, made_of=made_of, **when)
    return agreement.evaluate()


def verdict(values, curve, junction, hooge):
    agreement = Agreement(Belief(junction.changed(hooge_parameter=hooge)), "static")
    gates = np.resize(GATE, len(values))
    for k, (value, g, v) in enumerate(zip(values, curve, gates, strict=True)):
        own = SimpleNamespace(independent=OWN * g, common={"gain": 2e-4 * g}, gate={})
        expected = Expectation(float(g), 0, 0, 0, 0, effective_gate=float(v))
        agreement.add(float(value), expected, own, bias=0.1, gate=float(v), time=(k + 1) * EVERY, duration=LENGTH)
    return agreement.evaluate()


@pytest.mark.parametrize("source", ["virtual bench", "synthesis"])
def test_p_values_are_uniform_where_the_belief_has_the_noise(source, curve, junction):
    """60 runs each: Kolmogorov-Smirnov below 1e-3, or any run that differs: a false alarm of 6 % + 0.1 %."""
    from scipy.stats import kstest

    if source == "synthesis":
        runs = synthesised(curve, 60, 1, junction)
    else:
        runs = [relived(curve, seed, junction) for seed in range(60)]
    gains = 1 + 2e-4 * np.random.default_rng(2).standard_normal(60)
    found = [verdict(run * gain, curve, junction, HOOGE) for run, gain in zip(runs, gains, strict=True)]
    assert kstest([one.p_value for one in found], "uniform").pvalue > 1e-3
    assert all(one.agrees for one in found)


def test_the_virtual_bench_differs_from_a_belief_without_its_noise(curve, junction):
    runs = [relived(curve, seed, junction) for seed in range(20)]
    assert not any(verdict(run, curve, junction, 0.0).agrees for run in runs)


def test_pulls_of_single_readings_are_normal_beside_noise(curve, junction):
    """Each reading against what the others foretell: variance 1 within 6 standard errors of 20 runs, some 20 %."""
    found = [verdict(relived(curve, seed, junction), curve, junction, HOOGE) for seed in range(20)]
    assert np.var([one.pulls for one in found]) == pytest.approx(1, abs=0.2)
    assert set(found[0].nuisance) == {"gain"}


def test_a_reading_without_a_time_does_not_count_beside_noise(curve, junction):
    agreement = Agreement(Belief(junction.changed(hooge_parameter=HOOGE)), "static")
    own = SimpleNamespace(independent=1e-8, common={}, gate={})
    agreement.add(5e-4, Expectation(5e-4, 0, 0, 0, 0), own)
    assert agreement.evaluate().agrees is None


@pytest.mark.parametrize("density", [HOOGE, 30 * HOOGE])
def test_noise_that_repeats_show_too_is_counted_once(density, curve, junction):
    """60 runs of four repeats with gaps: chi-square/nu within 4.2 standard errors of 1, a false alarm of 3e-5 each."""
    found = [repeated(curve, seed, junction, density) for seed in range(60)]
    whole, dof = sum(one.chi_square for one in found), sum(one.dof for one in found)
    assert whole / dof == pytest.approx(1, abs=4.2 * (2 / dof) ** 0.5)


def test_noise_of_600_readings_is_nearly_that_of_400_of_them(junction):
    """Chi-square of the same 600 readings, errors of all of them against those of 400 drawn between: within 5 %."""
    curve = np.full(600, 5e-4)
    values, own = relived(curve, 3, junction), OWN * curve
    when, lasting, size = (
        np.arange(1, 601) * EVERY,
        np.full(600, LENGTH),
        density_of(HOOGE, junction.area) ** 0.5 * curve,
    )
    whole = Correlated(np.diag(own**2) + slow_covariance(when, lasting) * np.outer(size, size))
    noise = noise_of_run(when, lasting)
    few = FewShared(np.hypot(own, noise.scatter**0.5 * size), noise.modes * size)
    found = [float(np.sum(one(values - curve) ** 2)) for one in (whole, few)]
    assert 480 < found[0] < 720
    assert found[1] == pytest.approx(found[0], rel=0.05)
