"""Circuit files: the examples mean what they say, and mistakes are told with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtjlab.simulation.circuits.circuit_file import read_circuit
from smtjlab.simulation.circuits.elements import Junction, OpAmp, Resistor, VoltageSource
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.errors import TomlError

EXAMPLES = Path(__file__).parents[3] / "examples" / "circuits"
AT_300_MV = 515.7001e-6
DEVICE = {"device": TunnelBarrier.ohmic(AT_300_MV)}


def solved(name, barriers, levels):
    return CircuitSolver(read_circuit(EXAMPLES / f"{name}.toml")).solve(barriers, levels)


def test_the_multiplier_of_the_paper():
    circuit = read_circuit(EXAMPLES / "multiplier.toml")
    assert circuit.junction("device") == Junction(
        name="device", top="in", bottom="out", gate="gate", back="ground", gate_capacitance=1e-11, gate_resistance=1e11
    )
    [source, _] = circuit.all_of(VoltageSource)
    assert (source.compliance, circuit.all_of(Resistor)[0].resistance) == (1e-3, 50.0)
    point = CircuitSolver(circuit).solve(DEVICE, {"in1": 0.1})
    assert float(point.voltages["out"]) == pytest.approx(0.1 * 50 * AT_300_MV / (1 + 50 * AT_300_MV), rel=1e-6)
    assert float(point.gate("device")) == pytest.approx(0.3, rel=1e-6)


def test_the_differential_multiplier_is_0_at_the_middle_and_signed_around_it():
    other = {"reference": TunnelBarrier.ohmic(5.1e-4)}
    for siemens, sign in ((5.1e-4, 0), (5.2e-4, 1), (5.0e-4, -1)):
        point = solved("differential_multiplier", {"device": TunnelBarrier.ohmic(siemens)} | other, {"in1": 0.05})
        difference = float(point.across("out", "ref"))
        assert difference == pytest.approx(
            0.05 * (50 * siemens / (1 + 50 * siemens) - 50 * 5.1e-4 / (1 + 50 * 5.1e-4)), rel=1e-6, abs=1e-15
        )
        assert (difference > 1e-9) - (difference < -1e-9) == sign


def test_the_dividers_passive_and_active():
    passive = solved("divider", DEVICE, {"in1": 0.5})
    assert float(passive.voltages["out"]) == pytest.approx(0.5 / (1 + 1e6 * AT_300_MV), rel=1e-6)
    active = solved("active_divider", DEVICE, {"in1": 0.5})
    ratio = 1 / (1e5 * AT_300_MV)
    assert float(active.voltages["out"]) == pytest.approx(-0.5 * ratio / (1 + (1 + ratio) / 1e5), rel=1e-6)
    assert read_circuit(EXAMPLES / "active_divider.toml").all_of(OpAmp)[0].gain_bandwidth == 1e7


R = '[resistors.r]\nbetween = ["a", "0"]\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must have at least one element in .* but has none"),
        ("[resistor.r]\n", r"must have .* only, but has `resistor`; did you mean `resistors`\? \(c.toml, line 1\)"),
        ("resistors = 3\n", r"`resistors` must be a table, but is 3 \(c.toml, line 1\)"),
        (R, r"`resistance` of 'r' must be given, but is missing \(c.toml, line 1\)"),
        ('[resistors.r]\nbetween = ["a"]\nresistance = 1\n', r"must be a pair of nodes .*, but is \['a'\] .*line 2"),
        (R + 'resistance = "0 ohm"\n', r"must be finite and above 0 ohm, but is 0 \(c.toml, line 3\)"),
        (R + "resistance = nan\n", r"must be finite and above 0 ohm, but is nan .*line 3"),
        (R + 'resistance = "5 V"\n', r'such as "1 ohm", but is "5 V" \(c.toml, line 3\)'),
        (R + "resistance = true\n", r"`resistance` must be a number .*line 3"),
        (R + "resistance = 1\nresistence = 2\n", r"but has `resistence`; did you mean `resistance`.*line 4"),
        ('[op_amps.a]\nplus = "0"\nminus = 1\noutput = "o"\n', r"`minus` must be the name of a node, but is 1 .*3"),
        ('[capacitors.c]\nbetween = ["a", "0"]\ncapacitance = "1 nF"\n', r"but 'a' has none.*\(c.toml, line 1\)"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, text, sentence):
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TomlError, match=sentence):
        read_circuit(tmp_path / "c.toml")
