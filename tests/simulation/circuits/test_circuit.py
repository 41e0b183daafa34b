"""What a circuit may be: one sentence for each mistake, before anything is solved."""

from __future__ import annotations

import math

import pytest

from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.elements import Capacitor, CurrentSource, Junction, OpAmp, Resistor, VoltageSource
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.errors import ModelError

SOURCE = VoltageSource(name="in1", between=("in", "0"))
LOAD = Resistor(name="r_s", between=("out", "ground"), resistance=50.0)
DEVICE = Junction(name="device", top="in", bottom="out", gate="gate", back="0")
GATE = VoltageSource(name="in2", between=("gate", "0"))


def test_nodes_stand_in_their_order_and_ground_is_none_of_them():
    circuit = Circuit((SOURCE, DEVICE, LOAD, GATE))
    assert circuit.nodes == ("in", "out", "gate")
    assert circuit.junction("device") is DEVICE
    assert [one.name for one in circuit.sources] == ["in1", "in2"]


@pytest.mark.parametrize("ohm", [0.0, -1.0, math.nan, math.inf])
def test_a_resistance_is_above_0(ohm):
    with pytest.raises(ModelError, match="`resistance` of 'r_s' must be finite and above 0 ohm, but is"):
        Resistor(name="r_s", between=("out", "0"), resistance=ohm)


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (Capacitor, {"between": ("a", "0"), "capacitance": 0.0}, "`capacitance` of 'x' must be finite and above 0 F"),
        (VoltageSource, {"between": ("a", "0"), "level": math.nan}, "`level` of 'x' must be finite, but is nan V"),
        (
            VoltageSource,
            {"between": ("a", "0"), "output_resistance": -1.0},
            "`output_resistance` of 'x' must be",
        ),
        (VoltageSource, {"between": ("a", "0"), "compliance": 0.0}, "`compliance` of 'x' must be above 0 A"),
        (CurrentSource, {"between": ("a", "0"), "compliance": math.nan}, "`compliance` of 'x' must be above 0 V"),
        (Resistor, {"between": ("0", "ground"), "resistance": 1.0}, "'x' must stand between two nodes"),
        (Resistor, {"between": ("a", ""), "resistance": 1.0}, "Nodes of 'x' must have names"),
        (Junction, {"top": "a", "bottom": "b", "gate": "g"}, "`gate` and `back` of 'x' must be given together"),
        (OpAmp, {"plus": "a", "minus": "b", "output": "0"}, "`output` of 'x' must be a node of its own"),
        (OpAmp, {"plus": "a", "minus": "b", "output": "c", "gain": 0.0}, "`gain` of 'x' must be above 0"),
    ],
)
def test_an_impossible_element_is_refused(kind, fields, sentence):
    with pytest.raises(ModelError, match=sentence):
        kind(name="x", **fields)


def test_two_elements_of_one_name_are_refused():
    with pytest.raises(ModelError, match="must have a name of its own, but two are called 'in1'"):
        Circuit((SOURCE, LOAD, CurrentSource(name="in1", between=("out", "0"))))


def test_a_circuit_without_ground_is_refused():
    with pytest.raises(ModelError, match="must have a reference node, '0' or 'ground', but has none"):
        Circuit((Resistor(name="r", between=("a", "b"), resistance=1.0),))


@pytest.mark.parametrize(
    "elements",
    [
        (LOAD, CurrentSource(name="i", between=("gate", "0"))),
        (LOAD, Capacitor(name="c", between=("out", "gate"), capacitance=1e-9)),
        (LOAD, OpAmp(name="a", plus="out", minus="gate", output="far")),
    ],
)
def test_a_floating_node_is_named(elements):
    with pytest.raises(ModelError, match="must have a path for direct current to ground, but 'gate' has none"):
        Circuit(elements)


def test_a_gate_may_wait_for_its_instrument_until_the_circuit_is_solved():
    circuit = Circuit((SOURCE, LOAD, DEVICE))
    with pytest.raises(ModelError, match="must have a path for direct current to ground, but 'gate' has none"):
        CircuitSolver(circuit)


def test_a_leaking_gate_does_not_float():
    leaky = Junction(name="device", top="out", bottom="0", gate="gate", back="0", gate_resistance=1e9)
    assert Circuit((LOAD, leaky)).nodes == ("out", "gate")


def test_voltages_in_a_loop_are_refused():
    again = VoltageSource(name="again", between=("in", "0"), level=1.0)
    with pytest.raises(ModelError, match="must not form a loop, but 'again' closes one"):
        Circuit((SOURCE, again))
    Circuit((SOURCE, VoltageSource(name="again", between=("in", "0"), output_resistance=1.0)))


def test_nodes_and_junctions_that_are_not_there_are_named():
    circuit = Circuit((SOURCE, DEVICE, LOAD, GATE))
    with pytest.raises(ModelError, match="A junction must be one of device, but is 'other'"):
        circuit.junction("other")
    with pytest.raises(ModelError, match="A node must be one of in, out, gate, ground, but is 'far'"):
        circuit.require_node("far")
