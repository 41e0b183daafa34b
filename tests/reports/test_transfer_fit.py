"""What the page tells of the fit of a transfer curve."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.procedures.observed import Observed
from smtjlab.reports.transfer_fit import NOISE_NOT_IN_IT, fit_result

from .conftest import NOISE, sweep


@pytest.mark.parametrize(("hooge", "drift", "said"), [(1e-21, 6.0, True), (0.0, 6.0, False), (1e-21, 0.0, False)])
def test_a_fit_that_misses_names_the_noise_that_it_does_not_know(make_run, belief, hooge, drift, said):
    readings = sweep(belief.junction)
    slow = NOISE * drift * np.sin(np.linspace(0, 7, len(readings)))
    readings = [replace(one, value=one.value + more) for one, more in zip(readings, slow, strict=True)]
    noisy = replace(belief, junction=belief.junction.changed(hooge_parameter=hooge))
    run = make_run(readings, expected=0, facts={"parameters": {}})
    found = fit_result(run, readings, Observed.of(readings), noisy).verdict
    assert found.agrees is (drift == 0)
    assert (NOISE_NOT_IN_IT in found.sentence) is said
