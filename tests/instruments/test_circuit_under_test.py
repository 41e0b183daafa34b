"""A circuit is measured by the names of its sources and meters, within limits, and everything it saw is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from smtjlab.instruments.circuit_under_test import CircuitUnderTest
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake, LimitError
from smtjlab.instruments.open_bench import OpenBench, open_bench
from smtjlab.instruments.reading import Reading, Setpoint

LEVELS = {"gate": 0.3, "reference_gate": 0.28, "junction": 0.05}
AT = Setpoint(levels=LEVELS, meter="output")


@pytest.fixture(scope="module")
def bench() -> Iterator[OpenBench]:
    with open_bench("multiplier@smtj") as opened:
        yield opened


@pytest.fixture
def circuit(bench: OpenBench) -> CircuitUnderTest:
    found = bench.circuit
    found.check([AT, replace(AT, levels=dict.fromkeys(LEVELS, 0.0))])
    found.prepare(largest_outputs={"output": 0.01})
    return found


def test_the_output_is_the_share_of_the_series_resistor(circuit: CircuitUnderTest) -> None:
    circuit.apply(AT)
    reading = circuit.read(4)
    current = reading.currents["junction"]
    assert (reading.quantity, reading.unit) == ("voltage", "V")
    assert reading.value is not None
    conductance = 1 / (50 * (0.05 / reading.value - 1))
    assert 450e-6 < conductance < 700e-6
    assert abs(current) > 2 * reading.value / 50  # three branches share it


def test_levels_are_those_read_back_and_within_what_is_said_of_them(circuit: CircuitUnderTest) -> None:
    circuit.apply(AT)
    reading = circuit.read()
    for name, level in LEVELS.items():
        allowed = sum(abs(one) for one in reading.uncertainty.levels[name].values())
        assert reading.levels[name] == pytest.approx(level, abs=6 * allowed + 1e-3 * abs(level))


def test_every_junction_has_stimuli_of_its_own_over_the_same_time(circuit: CircuitUnderTest) -> None:
    circuit.apply(AT)
    reading = circuit.read()
    [(name, seen)] = reading.others.items()
    assert name == "reference"
    assert sum(one.duration for one in seen) == pytest.approx(sum(one.duration for one in reading.stimuli))
    assert reading.stimuli[-1].gate == pytest.approx(0.3, abs=2e-3)
    assert seen[-1].gate == pytest.approx(0.28, abs=2e-3)
    assert reading.stimuli[-1].read
    assert seen[-1].read


def test_a_reading_survives_the_record(circuit: CircuitUnderTest) -> None:
    circuit.apply(AT)
    reading = circuit.read()
    assert Reading.from_dict(reading.to_dict()) == reading


@pytest.mark.parametrize(
    ("setpoint", "error", "words"),
    [
        (Setpoint(levels={"gate": 0.7}, meter="output"), LimitError, "`gate` must stay within 0 V and 600 mV"),
        (Setpoint(levels={"gates": 0.1}, meter="output"), InstrumentMistake, "A level must be of a source"),
        (Setpoint(levels={"gate": 0.1}, meter="outputs"), InstrumentMistake, "A reading must be of a meter"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_moves(
    bench: OpenBench, setpoint: Setpoint, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        bench.circuit.check([setpoint])


def test_a_source_that_nobody_checked_does_not_move(circuit: CircuitUnderTest) -> None:
    circuit.check([Setpoint(levels={"gate": 0.3}, meter="output")])
    circuit.prepare(largest_outputs={"output": 0.01})
    with pytest.raises(InstrumentMistake, match="must be among the checked setpoints"):
        circuit.apply(AT)


def test_a_circuit_is_no_single_junction_and_the_other_way_round(bench: OpenBench) -> None:
    with pytest.raises(BenchFileError, match="must be measured on a bench without a `circuit` file"):
        _ = bench.device
    with open_bench("virtual@smtj") as plain, pytest.raises(BenchFileError, match="names its `circuit` file"):
        _ = plain.circuit


def test_making_safe_ends_every_source(bench: OpenBench, circuit: CircuitUnderTest) -> None:
    circuit.apply(AT)
    sources = [bench.drivers[name] for name in LEVELS]
    assert all(one.output_is_on() for one in sources)
    assert bench.make_safe().safe
    assert not any(one.output_is_on() for one in sources)
    assert not circuit.prepared


def test_the_scatter_of_the_repeats_is_told_and_comes_back_from_the_record(circuit: CircuitUnderTest) -> None:
    """Of 12 repeats: within a factor of three of the specification, which 1e-5 of right ones are not."""
    circuit.apply(AT)
    reading, alone = circuit.read(12), circuit.read(1)
    assert reading.uncertainty.seen is not None
    assert reading.uncertainty.specified is not None
    assert 1 / 3 < reading.uncertainty.seen / (12**0.5 * reading.uncertainty.specified) < 3
    assert alone.uncertainty.seen is None
    assert reading.uncertainty.step == alone.uncertainty.step
    assert reading.uncertainty.step is not None
    assert 0 < reading.uncertainty.step < reading.uncertainty.specified
    assert Reading.from_dict(reading.to_dict()) == reading
