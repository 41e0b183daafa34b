"""A bench file that names a circuit file: what the file becomes, and what is wrong with one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.circuit_on_bench import place
from smtjlab.instruments.errors import BenchFileError
from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.elements import Capacitor, Junction, OpAmp, Resistor, VoltageSource
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.measured_circuit import Amplifier, MeasuredCircuit


def edited(folder: Path, old: str, new: str, name: str = "multiplier.toml") -> Path:
    shutil.copytree(PACKAGED / "circuits", folder / "circuits")
    text = (PACKAGED / "multiplier.toml").read_text(encoding="utf-8")
    target = folder / name
    (folder / "multiplier.toml").write_text(text, encoding="utf-8")
    assert old in target.read_text(encoding="utf-8")
    target.write_text(target.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return folder / "multiplier.toml"


def test_junctions_are_devices_and_resistors_stand_between_their_pins() -> None:
    bench = Bench.load("multiplier")
    assert bench.devices == ("device", "reference")
    assert bench.components["series"].between == ("device.bottom", "circuit.ground")
    assert bench.components["reference_top"].between == ("device.top", "reference.top")
    assert bench.wiring["output.hi"] == "device.bottom"


def test_the_measured_circuit_knows_who_drives_what_and_survives_the_record() -> None:
    circuit = circuit_of(Bench.load("multiplier"))
    assert circuit.gates == {"device": "gate", "reference": "reference_gate"}
    assert circuit.meters["against_junction"] == ("device.bottom", "reference.bottom")
    assert circuit.resistors["series"][0] == 50
    assert MeasuredCircuit.from_dict(circuit.to_dict()) == circuit


def test_channels_reach_their_nodes_through_the_leads_that_are_stated() -> None:
    sources = circuit_of(Bench.load("crossbar")).sources
    assert sources["columns.ch8"].resistance == 2.0
    assert sources["row1"].resistance == sources["gates1.ch1"].resistance == 0.0


def test_the_record_holds_the_circuit_file_too() -> None:
    text = Bench.load("multiplier").text
    assert "# Circuit file multiplier.toml:" in text
    assert "# [resistors.series]" in text


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (
            "multiplier.toml",
            "circuits/multiplier.toml",
            "circuits/other.toml",
            "`circuit` must be a file, but there is no",
        ),
        (
            "multiplier.toml",
            '"circuit.in"',
            '"circuit.im"',
            r"Wiring of 'junction.hi' must be .*'circuit.im'.*line \d+",
        ),
        (
            "multiplier.toml",
            'circuit = "c',
            'devices = ["device"]\ncircuit = "c',
            "`devices` must be left to the circuit",
        ),
        ("circuits/multiplier.toml", '"50 ohm"', '"0 ohm"', r"must be .*above 0.*multiplier.toml, line \d+"),
        ("circuits/multiplier.toml", "resistance", "resitsance", r"resitsance.*multiplier.toml, line \d+"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(tmp_path: Path, name: str, old: str, new: str, words: str) -> None:
    with pytest.raises(BenchFileError, match=words):
        Bench.load(edited(tmp_path, old, new, name))


JUNCTION = Junction(name="device", top="sum", bottom="out", gate="gate", back="back")
AMPLIFIER = OpAmp(name="amp", plus="0", minus="sum", output="out", gain=1e5, largest_output=12.0)
SERIES = Resistor(name="series", between=("in", "sum"), resistance=1e6)
SOURCE = VoltageSource(name="junction", between=("in", "ground"))


def test_a_bench_needs_a_junction() -> None:
    with pytest.raises(ModelError, match="must have a junction, but has none"):
        place(Circuit((Resistor(name="r", between=("a", "ground"), resistance=1.0),)))


def test_amplifiers_and_capacitors_stand_between_the_nets_of_the_bench() -> None:
    """`0` and `ground` are one net, against which an output stands."""
    shunt = Capacitor(name="c", between=("in", "0"), capacitance=1e-9)
    placed = place(Circuit((JUNCTION, AMPLIFIER, SERIES, SOURCE, shunt)))
    assert placed.capacitors["c"].between == ("circuit.in", "circuit.ground")
    assert placed.amplifiers["amp"] == Amplifier(
        plus="circuit.ground", minus="device.top", output="device.bottom", ground="circuit.ground",
        gain=1e5, gain_bandwidth=None, largest_output=12.0,
    )  # fmt: skip
    assert placed.nets["circuit.0"] == placed.nets["circuit.ground"] == "circuit.ground"


def test_a_gate_at_the_output_of_an_amplifier_is_refused() -> None:
    gated = replace(JUNCTION, gate="out", back="0")
    with pytest.raises(ModelError, match=r"gate of 'device' must be driven by a source .* output of 'amp'"):
        place(Circuit((gated, AMPLIFIER, SERIES, SOURCE)))


def test_the_record_carries_capacitors_and_amplifiers_as_json() -> None:
    placed = place(Circuit((JUNCTION, AMPLIFIER, SERIES, SOURCE)))
    circuit = MeasuredCircuit(amplifiers=placed.amplifiers, capacitors={"c": (1e-9, "a", "b")})
    told = json.loads(json.dumps(circuit.to_dict(), allow_nan=False))
    assert MeasuredCircuit.from_dict(told) == circuit


def test_a_record_from_before_there_were_amplifiers_is_read() -> None:
    told = circuit_of(Bench.load("multiplier")).to_dict()
    old = {name: value for name, value in told.items() if name not in ("capacitors", "amplifiers")}
    assert MeasuredCircuit.from_dict(old) == circuit_of(Bench.load("multiplier"))
