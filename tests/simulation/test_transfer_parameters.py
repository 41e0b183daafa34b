import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.inference.static_fit import believed, fit_transfer
from smtjlab.simulation.transfer_parameters import NAMES, TransferParameters, believed_parameters

BELIEF = Belief.preset("fig5-die")
JUNCTION = BELIEF.junction


def test_believed_parameters_are_those_of_the_junction():
    found = believed_parameters(BELIEF)
    assert found.threshold.value == JUNCTION.threshold_voltage
    assert found.conductance_antiparallel.value == 1 / JUNCTION.resistance_antiparallel
    assert found.slope.value == pytest.approx(4.7647e-4, rel=1e-4)
    assert found.transverse_ratio.value == 0


def test_they_are_as_uncertain_as_the_belief():
    found = believed_parameters(BELIEF)
    assert found.conductance_antiparallel.uncertainty == pytest.approx(0.03 * 5e-4, rel=0.05)
    # Gamma goes as M_s H_d/lambda_s, each known to 3 %.
    assert found.rotation_voltage.uncertainty == pytest.approx(3**0.5 * 0.03 * JUNCTION.rotation_voltage, rel=0.05)
    assert believed_parameters(Belief(JUNCTION)).threshold.uncertainty == 0


def test_a_belief_at_the_edge_of_what_can_be_is_as_uncertain_the_other_way():
    edge = Belief(JUNCTION.changed(resistance_parallel=1990.0), {"resistance_parallel": 20.0})
    assert believed_parameters(edge).slope.uncertainty > 0


def test_those_of_an_extraction_keep_their_reasons():
    gate = np.linspace(0.1, 0.5, 41)
    data = Observations(gate, static_curve(gate, curve_parameters(JUNCTION)), np.full(41, 1e-8), {}, {})
    found = TransferParameters.of(fit_transfer(data, believed(BELIEF)))
    assert found.threshold.value == pytest.approx(JUNCTION.threshold_voltage, rel=1e-4)
    assert found.transverse_ratio is None
    assert set(found.reasons) == {"transverse_ratio"}
    assert set(NAMES) <= set(found.to_dict())
