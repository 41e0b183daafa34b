"""A few vectors through a crossbar by conjugate gradients: the currents that its factors give."""

import numpy as np
import pytest

from smtjlab.simulation.circuits.crossbar import Crossbar
from smtjlab.simulation.circuits.uniform_crossbar import FewVectors


@pytest.mark.parametrize("wire", [1e-3, 1.0, 30.0])
@pytest.mark.parametrize(("shape", "sense"), [((12, 7), 0.0), ((5, 16), 10.0), ((1, 1), 0.0)])
def test_currents_are_those_by_factors(shape, sense, wire):
    rng = np.random.default_rng(1)
    crossbar = Crossbar.of(rng.uniform(4e-4, 7e-4, shape), wire, sense)
    volts = rng.uniform(-0.1, 0.1, (3, shape[1]))
    assert FewVectors(crossbar).currents(volts) == pytest.approx(crossbar.currents(volts), rel=1e-8, abs=1e-16)


def test_an_even_crossbar_of_one_row_is_a_ladder():
    """Two columns: the far one's current passes two segments of the row, so solved by hand."""
    siemens, wire = 5e-4, 10.0
    far, near, end = 1 / (1 / siemens + 2 * wire), 1 / (1 / siemens + wire), 1 / wire
    node = (0.1 * far + 0.1 * near) / (far + near + end)  # at the near crossing of the row
    found = FewVectors(Crossbar.of([[siemens, siemens]], wire)).currents([[0.1, 0.1]])
    assert found[0, 0] == pytest.approx(node * end, rel=1e-12, abs=0)
