"""A bench file that names a circuit file: what the file becomes, and what is wrong with one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.circuit_on_bench import place
from smtjlab.instruments.errors import BenchFileError
from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.elements import Capacitor, Junction, Resistor
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.measured_circuit import MeasuredCircuit


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


def test_a_bench_has_no_capacitors_and_needs_a_junction() -> None:
    resistor = Resistor(name="r", between=("a", "ground"), resistance=1.0)
    with pytest.raises(ModelError, match="must have a junction, but has none"):
        place(Circuit((resistor,)))
    device = Junction(name="device", top="a", bottom="ground")
    with pytest.raises(ModelError, match="but 'c' is a capacitor"):
        place(Circuit((resistor, device, Capacitor(name="c", between=("a", "ground"), capacitance=1e-12))))
