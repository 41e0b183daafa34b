"""The junction of the paper as a belief, and a process that spreads one thing."""

import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.populations.process_spread import ProcessSpread, Variation


@pytest.fixture
def exact() -> Belief:
    """Fig. 5 as if it were known exactly."""
    return Belief(Junction.preset("fig5"))


@pytest.fixture
def rough() -> ProcessSpread:
    """Several things at once, some of them foretold by the place."""
    return ProcessSpread(
        {
            "resistance_parallel": Variation(random=0.05, radial=0.04),
            "dipole_field": Variation(random=0.02, reticle=0.01),
        },
        {("dipole_field", "resistance_parallel"): 0.5},
    )
