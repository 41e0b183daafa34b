"""What the page tells of the fit of a transfer curve."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.procedures.noise_of_readings import noisy_observations
from smtjlab.procedures.observed import Observed
from smtjlab.reports.transfer_fit import HeldOut, fit_result
from smtjlab.simulation.shared_noise import noisy_covariance
from smtjlab.simulation.stimulus import Stimulus

from .conftest import NOISE, sweep

HOOGE = 1e-19
"""m^2, with which a reading wanders by many times its own scatter."""


def timed(reading, number):
    """Return a reading that was read for 0.2 s, one after another."""
    stimulus = Stimulus(duration=0.2, gate=reading.gate, bias=0.1, read=True)
    return replace(reading, time=0.26 * (number + 1), stimuli=(stimulus,))


@pytest.fixture
def told(make_run, belief):
    """Return what is told of readings with so much drift and 1/f noise, of which so much is believed."""

    run = make_run(expected=0, facts={"parameters": {}})

    def tell(*, drift=0.0, noise=0.0, believed=0.0, seed=1):
        readings = [timed(one, k) for k, one in enumerate(sweep(belief.junction))]
        rng = np.random.default_rng(seed)
        more = NOISE * drift * np.sin(np.linspace(0, 7, len(readings)))
        if noise:
            noisy = replace(belief, junction=belief.junction.changed(hooge_parameter=noise))
            covariance = noisy_covariance(*noisy_observations(readings, noisy))
            more += rng.multivariate_normal(np.zeros(len(readings)), covariance - NOISE**2 * np.eye(len(readings)))
        readings = [replace(one, value=one.value + off) for one, off in zip(readings, more.tolist(), strict=True)]
        known = replace(belief, junction=belief.junction.changed(hooge_parameter=believed))
        return fit_result(run, readings, Observed.of(readings), known)

    return tell


def test_noise_that_wanders_is_no_fault_of_the_fit_where_it_is_believed(told):
    ignorant, knowing = (told(noise=HOOGE, believed=believed) for believed in (0.0, HOOGE))
    assert (ignorant.verdict.agrees, knowing.verdict.agrees) == (False, True)
    assert ignorant.held_out.p_value < 1e-3 < knowing.held_out.p_value


def test_noise_that_is_believed_hides_no_drift_beyond_it(told):
    found = told(drift=300.0, believed=HOOGE / 100)
    assert not found.verdict.agrees
    assert isinstance(found.held_out, HeldOut)


def test_chi_square_of_noise_that_is_believed_is_as_chance_has_it(told):
    """Means of 40 runs leave 1 +- 0.1, four of their standard deviations, in 1e-4 of all cases."""
    found = [told(noise=HOOGE, believed=HOOGE, seed=seed) for seed in range(40)]
    assert np.mean([one.verdict.chi_square / one.verdict.dof for one in found]) == pytest.approx(1.0, abs=0.1)
    assert np.mean([one.held_out.chi_square / one.held_out.predicted for one in found]) == pytest.approx(1.0, abs=0.15)
