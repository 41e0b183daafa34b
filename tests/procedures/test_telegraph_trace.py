import pytest

from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.telegraph_trace import TelegraphTrace, _barrier_per_volt
from smtjlab.simulation.barrier import barrier
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.landscape import landscape_over_gates

TRUTH = 'preset = "fig5"\ntelegraph_noise = 2e-3\ntelegraph_rate = 20.0'


def test_a_trace_stays_where_it_is_and_settles_once():
    setpoints = TelegraphTrace(gate=0.27, readings=10, settle=2.0).setpoints()
    assert {(one.gate, one.field) for one in setpoints} == {(0.27, None)}
    assert [one.dwell for one in setpoints] == [2.0] + [0.0] * 9


def test_a_field_is_applied_where_it_is_asked_for():
    assert TelegraphTrace(apply_field=True, field=1e-3).setpoints()[0].field == 1e-3


def test_zero_bias_cannot_measure_a_conductance():
    with pytest.raises(ParameterError, match="`bias` must not be 0 V"):
        TelegraphTrace(bias=0.0)


def test_the_gate_adds_to_the_barrier_what_the_energy_in_plane_says():
    junction = Belief.preset("fig5").junction
    low, high = (float(barrier(landscape_over_gates(junction, [gate]), 1)[0]) for gate in (0.2995, 0.3005))
    assert _barrier_per_volt(Belief(junction), 0.3, 0.0) == pytest.approx((high - low) / 1e-3, rel=1e-3)
    assert _barrier_per_volt(Belief(junction), 0.1, 0.0) == 0


def test_the_hidden_telegraph_noise_is_found_through_the_wire(through_the_wire):
    """Four figures within 4 standard uncertainties: false alarm below 3e-4, and fixed by the seed."""
    procedure = TelegraphTrace(gate=0.35, readings=600)
    readings = through_the_wire(TRUTH, procedure)
    found = procedure.extraction(readings, Belief.preset("fig5"))
    truth = {"dwell_low": 0.05, "dwell_high": 0.05, "telegraph_step": 2e-3 * readings[0].value, "transverse_field": 0}
    for name, value in truth.items():
        estimate = found.estimate(name)
        assert estimate.value == pytest.approx(value, abs=4 * estimate.uncertainty)
    assert procedure.view(readings).levels is not None


def test_a_junction_that_rests_gives_a_bound(through_the_wire):
    procedure = TelegraphTrace(gate=0.1, readings=200)
    found = procedure.extraction(through_the_wire('preset = "fig5"', procedure), Belief.preset("fig5"))
    assert "one-sided 95 %" in found.reasons["dwell_low"]


def test_below_the_threshold_no_field_is_told_from_the_ratio(through_the_wire):
    procedure = TelegraphTrace(gate=0.1, readings=400)
    found = procedure.extraction(through_the_wire(TRUTH, procedure), Belief.preset("fig5"))
    assert "does not surely rotate" in found.reasons["transverse_field"]


def test_a_soft_layer_that_hops_by_itself_tells_barriers_and_the_stray_field(through_the_wire):
    """Against escape rates of 19.8 and 1.11 /s at 0.2755 V and 20 A/m; 4 standard uncertainties, seed fixed."""
    procedure = TelegraphTrace(gate=0.2755, readings=1500, nplc=0.1)
    readings = through_the_wire('preset = "fig5"\ntransverse_field = 20.0', procedure)
    found = procedure.extraction(readings, Belief.preset("fig5"))
    for name, value in {"dwell_low": 1 / 19.79, "dwell_high": 1 / 1.113, "transverse_field": 20.0}.items():
        estimate = found.estimate(name)
        assert estimate.value == pytest.approx(value, abs=4 * estimate.uncertainty)
