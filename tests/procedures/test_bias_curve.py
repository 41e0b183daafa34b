from dataclasses import replace

import pytest

from smtjlab.instruments.errors import LimitError
from smtjlab.procedures.bias_curve import BiasCurve
from smtjlab.procedures.errors import ParameterError
from smtjlab.simulation.belief import Belief

TRUTH = 'preset = "fig5"\nbias_half_tmr = "0.35 V"\nthermal_emf = "20 uV"'


def test_biases_of_both_signs_are_taken_at_each_gate_and_none_is_zero():
    setpoints = BiasCurve(gate_stop=0.3, gates=2, bias=0.2, points=2).setpoints()
    assert [one.bias for one in setpoints] == pytest.approx([-0.2, -0.1, 0.1, 0.2] * 2)
    assert [one.gate for one in setpoints] == [0.0] * 4 + [0.3] * 4


def test_several_gates_need_two_ends():
    with pytest.raises(ParameterError, match="`gate_stop` must differ"):
        BiasCurve(gate_start=0.3, gate_stop=0.3)


def test_a_bias_beyond_the_limits_of_the_bench_is_refused(through_the_wire):
    with pytest.raises(LimitError, match="-300 mV and 300 mV"):
        through_the_wire(TRUTH, BiasCurve(bias=0.4))


def test_the_hidden_fall_of_the_tmr_is_found_through_the_wire(through_the_wire):
    """Four figures within 4 standard uncertainties: false alarm below 3e-4, and fixed by the seed."""
    procedure = BiasCurve()
    found = procedure.extraction(through_the_wire(TRUTH, procedure), Belief.load("fig5-die"))
    truth = {"bias_half_tmr": 0.35, "resistance_antiparallel": 2000, "resistance_parallel": 1000}
    for name, value in truth.items():
        estimate = found.estimate(name)
        assert estimate.value == pytest.approx(value, abs=4 * estimate.uncertainty)
    assert found.chi_square < found.dof + 4 * (2 * found.dof) ** 0.5
    assert found.estimate("bias_half_tmr").uncertainty < 1e-3


def test_creep_that_is_believed_is_not_blamed_on_the_bias(through_the_wire):
    """Chi-square of 57 degrees within 4 of its standard deviations: false alarm below 1e-3, and fixed by the seed."""
    procedure, die = BiasCurve(), Belief.load("fig5-die")
    readings = through_the_wire(f"{TRUTH}\npiezo_creep = 0.005", procedure)
    knowing = replace(die, junction=die.junction.changed(piezo_creep=0.005, bias_half_tmr=0.35))
    blind, known = (procedure.extraction(readings, belief) for belief in (die, knowing))
    assert known.chi_square < known.dof + 4 * (2 * known.dof) ** 0.5 < blind.chi_square
    assert known.estimate("bias_half_tmr").value == pytest.approx(0.35, abs=4e-4)


def test_a_junction_without_a_fall_gives_a_bound(through_the_wire):
    procedure = BiasCurve(gates=1, points=4)
    found = procedure.extraction(through_the_wire('preset = "fig5"', procedure), Belief.load("fig5-die"))
    assert "V_h is above" in found.reasons["bias_half_tmr"]
