"""Faults of what hangs on an instrument: a gate that leaks, a device that breaks down, a magnet that quenches."""

from __future__ import annotations

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.virtual.message_exchange import Answerer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

ON = ":SOUR:VOLT:RANG 2;:SOUR:VOLT:ILIM 1e-7;:SENS:CURR:RANG 1e-7;:SOUR:VOLT 0.01;:OUTP ON"
ACROSS = ":SOUR:VOLT:RANG 0.2;:SOUR:VOLT:ILIM 2e-4;:SENS:CURR:RANG 1e-4;RSEN ON;:SOUR:VOLT 0.1;:OUTP ON"
TRIPPED = ":SOUR:VOLT:ILIM:TRIP?"


@pytest.fixture
def asked(make_bench):
    """Ask an instrument of a bench in this process."""
    bench = make_bench()

    def ask(name, message):
        answer = Answerer(bench, name).answer(message.encode())
        return None if answer is None else answer[0].decode().strip()

    ask.fail = bench.fail
    return ask


@pytest.fixture
def full(tmp_path):
    """The full bench; its 475 drives the magnet in whose gap it measures."""
    probe = '"gaussmeter.probe" = "spare"\n'
    text = (PACKAGED / "full.toml").read_text().replace(probe, f'{probe}"gaussmeter.output" = "spare"\n')
    (tmp_path / "full.toml").write_text(text)
    with VirtualBench(Bench.load(tmp_path / "full.toml")) as bench:
        yield bench


def test_a_gate_leaks_more_from_a_leakage_step_on(asked):
    asked("gate", ON)
    before = abs(float(asked("gate", ":READ?")))
    asked.fail("gate", "leakage_step", at=0.0, size=1e-6)
    asked("gate", "*OPC?")
    assert before < 1e-9
    assert float(asked("gate", ":READ?")) == pytest.approx(0.01 * 1e-6, rel=0.05)


def test_two_leakage_steps_add_up(asked):
    asked("gate", ON)
    asked.fail("gate", "leakage_step", after=1, size=1e-6, count=2)
    asked("gate", "*OPC?")
    asked("gate", "*OPC?")
    assert float(asked("gate", ":READ?")) == pytest.approx(0.01 * 2e-6, rel=0.05)


def test_every_reading_of_a_broken_junction_is_in_compliance(asked):
    asked("junction", ACROSS)
    assert asked("junction", f":READ?;{TRIPPED}").endswith(";0")
    asked.fail("junction", "compliance_storm", at=0.0)
    assert {asked("junction", f":READ?;{TRIPPED}")[-2:] for _ in range(3)} == {";1"}


def test_a_broken_gate_is_in_compliance_and_spares_the_junction(asked):
    asked("gate", ON)
    asked("junction", ACROSS)
    asked.fail("gate", "compliance_storm", at=0.0)
    asked("gate", "*OPC?")
    assert asked("gate", f":READ?;{TRIPPED}").endswith(";1")
    assert asked("junction", f":READ?;{TRIPPED}").endswith(";0")


def test_a_fault_of_a_part_injures_only_what_its_channel_is_wired_to():
    with VirtualBench(Bench.load("two_channel")) as bench:
        bench.fail("gate", "compliance_storm", at=0.0)
        bench.world.sleep(1.0)
        [device] = bench.world.netlist.devices.values()
        assert (device.gate_broken, device.broken) == (True, False)
        bench.fail("dual", "compliance_storm", at=0.0)
        bench.world.sleep(1.0)
        assert device.broken


@pytest.mark.parametrize(
    ("name", "magnet", "setting", "state"),
    [
        ("supply", "spare", "FUNC:MODE CURR;:VOLT 10;:CURR 2;:OUTP ON", "OUTP?"),
        ("field", "main", "SOUR:FIEL:CLL:SETP 0.05;:SOUR:FIEL:STAT ON", "SOUR:FIEL:STAT?"),
        ("gaussmeter", "spare", "UNIT 2;CPARAM 1,1,6,60;CSETP 0.05;CMODE 1", "CMODE?"),
    ],
)
def test_a_quench_takes_the_field_away_and_switches_the_output_off(full, name, magnet, setting, state):
    answerer = Answerer(full, name)
    answerer.answer(setting.encode())
    full.world.sleep(60.0)
    before = full.world.surroundings.magnets[magnet].field(full.world.time)
    full.fail(name, "quench", at=0.0)
    full.world.sleep(1e-9)
    assert abs(before) > 0.02
    assert full.world.surroundings.magnets[magnet].field(full.world.time) == 0.0
    assert not full.outputs()[name]
    assert answerer.answer(state.encode())[0].decode().strip() == "0"


@pytest.mark.parametrize(
    ("name", "kind", "needed"),
    [
        ("voltmeter", "compliance_storm", "device behind its source"),
        ("junction", "leakage_step", "gate behind its source"),
        ("prober", "compliance_storm", "device behind its source"),
        ("lockin", "quench", "magnet at its output"),
    ],
)
def test_what_would_injure_nothing_is_refused(full, name, kind, needed):
    with pytest.raises(InstrumentMistake, match=f"{kind} must be of an instrument with a {needed}, but '{name}'"):
        full.fail(name, kind, at=1.0)
