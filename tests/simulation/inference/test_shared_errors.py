"""What a loop holds of a belief moves what it tells by field, also where the belief's fields are correlated."""

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.loop_readings import LoopReadings
from smtjlab.simulation.inference.shared_errors import root_in_turn, with_shared_errors
from smtjlab.simulation.inference.told import Stack, Told
from smtjlab.simulation.inference.transport import TRANSPORT, transport_of
from smtjlab.simulation.junction import Junction

JUNCTION = Junction.preset("fig5")
HELD = ("resistance_parallel", "resistance_antiparallel", "temperature")
PAIRS = {HELD[:2]: 0.9, (HELD[0], HELD[2]): 0.5, HELD[1:]: 0.4}
BELIEF = Belief(JUNCTION, {HELD[0]: 30.0, HELD[1]: 60.0, HELD[2]: 3.0}, PAIRS)
READINGS = LoopReadings(
    np.arange(20.0), np.zeros(20), np.full(20, 5e-4), np.full(20, 1e-8), np.ones(20), ("up",) * 20, {}
)


def loop(weights):
    """Return what a loop tells that takes so much of the dipole field in A/m per unit of three held fields."""

    def core(readings, junction, found):
        off = sum(w * (getattr(junction, n) - getattr(JUNCTION, n)) for n, w in zip(HELD, weights, strict=True))
        own = np.array([[100.0]])
        return Extraction(("dipole_field",), np.array([JUNCTION.dipole_field + off]), own, own)

    return with_shared_errors(core, READINGS, BELIEF, HELD)


def test_the_covariance_that_held_fields_add_is_that_of_the_belief():
    weights = np.array([2.0, -0.5, 9.0])
    assert loop(weights).covariance[0, 0] == pytest.approx(100 + weights @ BELIEF.covariance(HELD) @ weights)


@pytest.mark.parametrize("weights", [(2.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, -0.5, 0.0)])
def test_a_held_field_that_proves_wrong_moves_the_result_by_what_it_does_and_no_other(weights):
    stack = Stack.of([Told("run a, loop", loop(weights))], 1)
    right, off = transport_of(JUNCTION), transport_of(JUNCTION.changed(resistance_parallel=1030.0))
    assert stack.model(off) - stack.model(right) == pytest.approx([-30.0 * weights[0]], abs=1e-9)
    slopes = stack.slopes(right)[0, [TRANSPORT.index(name) for name in HELD[:2]]]
    assert slopes == pytest.approx([-weights[0], -weights[1]], abs=1e-6)
    assert stack.covariance[0, 0] == pytest.approx(100.0)


def test_what_is_left_of_a_field_beside_the_measured_ones_stays_an_error():
    stack = Stack.of([Told("run a, loop", loop((0.0, 0.0, 9.0)))], 1)
    whole = BELIEF.covariance(HELD)
    left = whole[2, 2] - whole[2, :2] @ np.linalg.inv(whole[:2, :2]) @ whole[:2, 2]
    assert stack.covariance[0, 0] == pytest.approx(100.0 + 81.0 * left)


def test_a_root_in_turn_is_a_root_and_leaves_the_first_alone():
    matrix = np.array([[1.0, 0.9, 0.5], [0.9, 1.0, 0.4], [0.5, 0.4, 1.0]])
    root = root_in_turn(matrix, 2)
    assert root @ root.T == pytest.approx(matrix)
    assert not np.any(root[:2, 2])


def test_a_stress_that_is_uncertain_beside_its_magnetostriction_is_held_with_it():
    belief = Belief(JUNCTION, {"magnetostriction": 6e-6, "youngs_modulus": 1.2e9})

    def core(readings, junction, found):
        field, own = junction.stress_field_per_volt, np.array([[100.0]])
        return Extraction(("anisotropy_and_dipole",), np.array([field]), own, own)

    found = with_shared_errors(core, READINGS, belief, ("magnetostriction",))
    assert found.covariance[0, 0] ** 0.5 == pytest.approx(0.01 * 2**0.5 * JUNCTION.stress_field_per_volt, rel=0.01)


def test_a_thickness_that_is_held_acts_through_the_shape_field_that_others_tell():
    """What a loop makes of a believed H_k is no second belief in H_k: with the true one, nothing is left of it."""
    belief = Belief.preset("fig5-die")

    def core(readings, junction, found):
        own = np.array([[1.0]])
        return Extraction(("dipole_field",), np.array([80e3 - 0.5 * junction.shape_field]), own, own)

    held = ("saturation_magnetization", "thickness", "magnetostriction")
    found = with_shared_errors(core, READINGS, belief, held)
    stack = Stack.of([Told("run a, field-loop", found)], 1)
    assert found.covariance[0, 0] > 50
    assert found.taken["shape_field"].uncertainty == pytest.approx(0.03 * 2**0.5 * JUNCTION.shape_field, rel=0.01)
    assert stack.covariance[0, 0] == pytest.approx(1.0, abs=0.01)
    thick = JUNCTION.changed(thickness=1.01 * JUNCTION.thickness)
    step = thick.shape_field - JUNCTION.shape_field
    assert stack.model(transport_of(thick)) - stack.model(transport_of(JUNCTION)) == pytest.approx(
        [0.5 * step], rel=0.02
    )
