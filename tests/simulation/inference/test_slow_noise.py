"""1/f noise becomes errors that readings share."""

import numpy as np
import pytest

from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.slow_noise import (
    MODES,
    SLOWER,
    density_of,
    density_seen,
    gapped_variance,
    slow_covariance,
    slow_noise,
    whole_variance,
)

TIME = np.arange(1, 61) * 0.3


def drawn(noise, density, count, seed):
    """Return relative noise (count, n) made of the modes and the scatter."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((count, len(noise.modes))) @ noise.modes
    return density**0.5 * (shared + noise.scatter**0.5 * rng.standard_normal(shared.shape))


def test_the_first_modes_are_an_offset_and_a_drift():
    noise = slow_noise(TIME, 0.06)
    assert noise.modes.shape == (MODES, 60)
    offset, drift = noise.modes[0], noise.modes[1]
    assert np.ptp(offset) < 0.2 * abs(offset.mean())
    assert abs(np.corrcoef(drift, TIME)[0, 1]) > 0.95


def test_all_parts_together_are_the_variance_of_a_reading():
    noise = slow_noise(TIME, 0.06)
    whole = noise.scatter + np.sum(noise.modes**2) / 60
    assert whole == pytest.approx(whole_variance(TIME[-1] - TIME[0] + 0.06, 0.06), rel=1e-9)


def test_the_covariance_is_the_integral_of_the_spectrum_over_both_apertures():
    from scipy.integrate import quad

    time, aperture = np.array([0.06, 0.5, 1.0]), np.array([0.06, 0.06, 0.2])
    found = slow_covariance(time, aperture)
    for one, other in ((0, 0), (0, 1), (0, 2), (2, 2)):
        apart = abs((time - aperture / 2)[one] - (time - aperture / 2)[other])

        def density(u, a=aperture[one], b=aperture[other], apart=apart):
            f = np.exp(u)  # over the logarithm of the frequency
            return np.sinc(f * a) * np.sinc(f * b) * np.cos(2 * np.pi * f * apart)

        expected = quad(density, np.log(1 / (SLOWER * 1.0)), np.log(100.0), limit=2000)[0]
        assert found[one, other] == pytest.approx(expected, abs=2e-3)


def test_modes_and_scatter_have_the_structure_function_of_1_over_f_noise():
    """2 K (ln ratio) between differences over 0.6 s and 6 s; 2000 draws: 6 standard errors, once in 1e8."""
    noise = drawn(slow_noise(TIME, 0.06), 1.0, 2000, seed=1)
    near, far = (np.mean((noise[:, lag:] - noise[:, :-lag]) ** 2) for lag in (2, 20))
    assert far - near == pytest.approx(2 * np.log(10), rel=0.15)


def test_the_density_is_seen_in_what_scatters_too_much():
    """The mean over 200 runs; a single run tells it to some 40 %: 5 standard errors are 0.14."""
    noise, claimed, density = slow_noise(TIME, 0.06), 1e-5, 1e-9
    found = []
    for row, own in zip(
        drawn(noise, density, 200, 2), np.random.default_rng(3).standard_normal((200, 60)), strict=True
    ):
        readings = row + claimed * own
        chi_square = float(np.sum((readings - readings.mean()) ** 2)) / claimed**2
        one = Extraction(("a",), np.zeros(1), np.eye(1), np.eye(1), chi_square=chi_square, dof=59)
        found.append(density_seen(one, claimed, noise))
    assert np.mean(found) == pytest.approx(density, rel=0.14)


def test_a_calm_run_has_none_and_a_short_one_cannot_tell():
    noise = slow_noise(TIME, 0.06)
    calm = Extraction(("a",), np.zeros(1), np.eye(1), np.eye(1), chi_square=62.0, dof=59)
    assert density_seen(calm, 1e-5, noise) == 0.0
    short = Extraction(("a",), np.zeros(1), np.eye(1), np.eye(1), chi_square=62.0, dof=2)
    assert density_seen(short, 1e-5, noise) is None


def test_a_hooge_parameter_is_a_density_times_the_area():
    assert density_of(1e-20, 4e-13) == pytest.approx(2.5e-8)
    assert density_of(-1e-22, 4e-13) == 0


def test_a_mean_over_integrations_with_gaps_has_the_variance_that_their_covariance_gives():
    end = 0.061 * np.arange(4) + 0.02
    pairs = slow_covariance(end, 0.02).mean()
    level = whole_variance(end[-1], 0.02) - (1.5 - np.log(0.02))
    assert gapped_variance(4, 0.02, 0.061) == pytest.approx(pairs - level, rel=1e-9)
