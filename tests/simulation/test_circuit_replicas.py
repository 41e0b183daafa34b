"""Copies of a circuit answer as the circuit of the paper does, solved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.circuit_replicas import CircuitReplicas
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.measured_circuit import AttachedSource, MeasuredCircuit
from smtjlab.simulation.predict import predict
from smtjlab.simulation.stimulus import Stimulus

SERIES = 50.0
CIRCUIT = MeasuredCircuit(
    resistors={"series": (SERIES, "device.bottom", "circuit.ground")},
    junctions={"device": ("device.top", "device.bottom")},
    gates={"device": "gate"},
    sources={
        "gate": AttachedSource(nodes=("device.gate", "device.back")),
        "input": AttachedSource(nodes=("device.top", "circuit.ground")),
    },
    meters={"output": ("device.bottom", "circuit.ground")},
)
SEEN = {"device": [Stimulus(duration=0.02, gate=0.3, read=True)]}
LEVELS = {"gate": 0.3, "input": 0.1}


def replicas(belief: Belief, copies: int = 1) -> CircuitReplicas:
    return CircuitReplicas(CIRCUIT, belief, copies=copies, model="boltzmann", seed=3)


@pytest.fixture
def exact() -> Belief:
    return Belief(Belief.load("fig5").junction)


def conductance(belief: Belief, gate: float = 0.3) -> float:
    return float(predict(belief.junction, "boltzmann", np.array([gate])).conductance[0])


def test_the_output_is_the_one_of_the_divider_with_its_load(exact: Belief) -> None:
    g = conductance(exact)
    found = replicas(exact).respond(SEEN, LEVELS, "output").values
    assert found == pytest.approx([0.1 * SERIES * g / (1 + SERIES * g)], rel=1e-9)


def test_a_source_reads_its_own_current(exact: Belief) -> None:
    g = conductance(exact)
    found = replicas(exact).respond(SEEN, LEVELS, "input").values
    assert found == pytest.approx([0.1 * g / (1 + SERIES * g)], rel=1e-9)


def test_the_tmr_falls_with_the_bias_that_the_circuit_lays_across_the_junction() -> None:
    """Section 7 of the physics: V_h = 0.4 V, R_s = 50 ohm, 0.30 V: 2.5819 mV at 0.1 V for the static curve."""
    belief = Belief(Belief.load("fig5").junction.changed(bias_half_tmr=0.4))
    bent = CircuitReplicas(CIRCUIT, belief, copies=1, model="static", seed=0)
    assert bent.respond(SEEN, LEVELS, "output").values == pytest.approx([2.5819e-3], rel=1e-4)
    assert bent.respond(SEEN, LEVELS | {"input": 0.5}, "output").values == pytest.approx([17.452e-3], rel=1e-4)


def test_slopes_are_the_derivatives_of_the_closed_form(exact: Belief) -> None:
    g = conductance(exact)
    steeper = (conductance(exact, 0.3 + 1e-5) - conductance(exact, 0.3 - 1e-5)) / 2e-5
    found = replicas(exact).respond(SEEN, LEVELS, "output")
    by_g = 0.1 * SERIES / (1 + SERIES * g) ** 2
    assert found.level_slopes["input"] == pytest.approx(SERIES * g / (1 + SERIES * g), rel=1e-6)
    assert found.level_slopes["gate"] == pytest.approx(by_g * steeper, rel=1e-4)
    assert found.conductance_slopes["device"] == pytest.approx(by_g * g, rel=1e-6)


def test_copies_scatter_as_their_junctions_do() -> None:
    many = replicas(Belief.load("fig5-die"), copies=64)
    values = many.respond(SEEN, LEVELS, "output").values
    g = np.array([conductance(Belief(one)) for one in many.junctions["device"]])
    assert values == pytest.approx(0.1 * SERIES * g / (1 + SERIES * g), rel=1e-9)


def test_a_meter_that_is_not_there_is_told(exact: Belief) -> None:
    with pytest.raises(ModelError, match="must be of a meter or a source of the circuit, but is of 'nothing'"):
        replicas(exact).respond(SEEN, LEVELS, "nothing")


def test_trajectories_scatter_about_the_averages_as_their_standard_errors_say() -> None:
    """Chi-square of 24 ensembles: within its central 99.98 %, and the seed is fixed."""
    from scipy.stats import chi2

    found = CircuitReplicas(CIRCUIT, Belief.load("fig5-die"), copies=64, model="sllg", seed=5)
    for gate in np.linspace(0.25, 0.33, 24):
        seen = {"device": [Stimulus(duration=0.02, gate=float(gate), read=True)]}
        found.respond(seen, {"gate": float(gate), "input": 0.1}, "output")
    assert len(found.deviations) == 24
    assert 1e-4 < chi2.sf(sum(one**2 for one in found.deviations), 24) < 1 - 1e-4
