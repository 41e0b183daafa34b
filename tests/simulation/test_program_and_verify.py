"""Programming a conductance by its gate: a ruler both ways, and secants that arrive."""

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.program_and_verify import GateRuler
from smtjlab.simulation.transfer_curves import transfer_curves

DIE = Belief.preset("fig5-die")


@pytest.fixture(scope="module")
def ruler():
    return GateRuler.of(DIE.junction, 0.25, 1.2)


def test_the_ruler_is_the_static_law_both_ways(ruler):
    # s V_G = nu + Gamma' x/(1 - x) on the rotating branch; the curve itself is checked in test_static.py.
    gate = np.array([0.3, 0.5, 1.0])
    siemens = transfer_curves([DIE.junction], gate, model="static").conductance[0]
    assert [ruler.conductance_at(one) for one in gate] == pytest.approx(siemens.tolist(), rel=1e-5)
    assert [ruler.gate_at(one) for one in siemens] == pytest.approx(gate.tolist(), rel=1e-4)


def test_the_first_gate_is_what_is_believed_and_the_second_scales_it(ruler):
    first = ruler.next_gate([], 5.6e-4)
    assert ruler.conductance_at(first) == pytest.approx(5.6e-4)
    second = ruler.next_gate([(first, 5.6e-4 * 1.02)], 5.6e-4)
    assert ruler.conductance_at(second) == pytest.approx(5.6e-4 / 1.02)


@pytest.mark.parametrize(("secant", "taken"), [(0.0, 0.5), (0.8, 0.8), (10.0, 2.0)])
def test_a_secant_is_believed_within_a_factor_of_two(ruler, secant, taken):
    places = 5.5e-4, 5.52e-4
    found = 5.4e-4, 5.4e-4 + secant * 2e-6
    tried = [(ruler.gate_at(place), siemens) for place, siemens in zip(places, found, strict=True)]
    gate = ruler.next_gate(tried, 5.7e-4)
    assert ruler.conductance_at(gate) == pytest.approx(places[1] + (5.7e-4 - found[1]) / taken, rel=1e-6)


@pytest.mark.parametrize("target", [5.45e-4, 5.6e-4, 5.8e-4])
def test_other_junctions_arrive_within_five_rounds(ruler, target):
    for junction in DIE.draw(20, seed=3):
        ends = transfer_curves([junction], [0.25, 1.2], model="static").conductance[0]
        if not ends[0] < target < ends[1]:
            continue  # this one cannot be programmed to the target by any gate
        tried = []
        for _ in range(5):
            gate = ruler.next_gate(tried, target)
            tried.append((gate, float(transfer_curves([junction], [gate], model="static").conductance[0, 0])))
        assert tried[-1][1] == pytest.approx(target, abs=1.75e-7)


def test_a_target_out_of_reach_ends_at_the_last_gate(ruler):
    tried = []
    for _ in range(6):
        gate = ruler.next_gate(tried, 5.8e-4)
        tried.append((gate, 0.9 * ruler.conductance_at(gate)))
    assert tried[-1][0] == pytest.approx(1.2)


def test_a_reading_without_a_number_is_as_if_never_taken(ruler):
    assert ruler.next_gate([(0.5, float("nan"))], 5.6e-4) == ruler.next_gate([], 5.6e-4)


def test_gates_below_the_threshold_are_no_ruler():
    with pytest.raises(ModelError, match="must rise between gates"):
        GateRuler.of(DIE.junction, 0.0, 0.1)
