"""The trim of a multiplier: where the reference gate ends, what it takes away, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench as BenchFile
from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.reading import Flag, Reading
from smtjlab.procedures.course import check_within
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.multiplier import Multiplier
from smtjlab.procedures.multiplier_trim import ROUNDS, TRIM, tried_of, trim_of
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.models import Model
from smtjlab.simulation.multiplier_prediction import multiplier_prediction
from smtjlab.simulation.predict import predict

DIE = Belief.load("fig5-die")
SMALL = Multiplier(input_points=3, gate_points=9, averaging=2)
GATES = np.linspace(0.225, 0.345, 481)


class Bench:
    """The packaged bench in this process, and what its junctions really are."""

    def __init__(self) -> None:
        with InProcessBench(read_once("multiplier", in_process=True)) as private:
            self.truth = {name: one.junction for name, one in private.virtual.truth.devices.items()}

    def measured(self, procedure: Multiplier) -> Sequence[Reading]:
        with InProcessBench(read_once("multiplier", in_process=True)) as private:
            circuit = private.open().circuit
            circuit.check(procedure.setpoints())
            procedure.prepare(circuit)
            readings: list[Reading] = []
            while (wanted := procedure.propose(readings, DIE).setpoint) is not None:
                check_within(procedure.candidates(), wanted, len(readings))
                readings.append(procedure.measure(circuit, wanted))
            return readings


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def readings(bench: Bench) -> Sequence[Reading]:
    return bench.measured(SMALL)


def test_the_reference_gate_ends_where_both_junctions_conduct_alike(bench: Bench, readings: Sequence[Reading]) -> None:
    """By the thermal averages of the true junctions, within 4.5 times the offsets of two sources: 1e-5 by chance."""
    own = float(predict(bench.truth["device"], Model.BOLTZMANN, np.array([SMALL.middle])).conductance[0])
    curve = predict(bench.truth["reference"], Model.BOLTZMANN, GATES).conductance
    expected = np.interp(own, curve, GATES)
    assert tried_of(readings)[-1].gate == pytest.approx(expected, abs=4.5 * 2**0.5 * 0.173e-3)


def test_the_gate_rises_to_the_null_without_a_turn_and_is_held_for_the_map(readings: Sequence[Reading]) -> None:
    tried = tried_of(readings)
    assert np.all(np.diff([one.gate for one in tried]) > 0)
    held = {one.setpoint.levels["reference_gate"] for one in readings if one.setpoint.branch != TRIM}
    assert held == {tried[-1].gate}
    assert len(readings) == 2 * len(tried) + SMALL.input_points * SMALL.gate_points


def test_no_product_is_left_at_the_null(readings: Sequence[Reading]) -> None:
    """Of the map's own readings at V_in2 = 0: within the tolerance of the trim and 4.5 standard deviations."""
    sheet = SMALL.datasheet(readings, DIE)
    scale = sheet.extraction.estimate("scale")
    assert scale is not None
    zero = [one for one in readings if one.setpoint.branch != TRIM and one.setpoint.levels["gate"] == SMALL.middle]
    assert len(zero) == SMALL.input_points
    for one in zero:
        bound = scale.value * SMALL.input * SMALL.trim_tolerance + 4.5 * one.uncertainty.independent
        bound += abs(sum(one.uncertainty.common.values()))
        assert one.value == pytest.approx(0.0, abs=bound)


def test_the_offsets_of_the_sources_are_in_no_figure(readings: Sequence[Reading]) -> None:
    found = SMALL.extraction(readings, DIE).estimate("y_offset")
    assert found is not None
    assert found.uncertainty < 10e-6  # two sources of 0.17 mV each stand behind it


def test_the_untrimmed_figures_are_those_of_a_run_without(bench: Bench, readings: Sequence[Reading]) -> None:
    """Within 4.5 standard uncertainties of the run without, which has the offsets of both sources: 2e-5 by chance."""
    plain = replace(SMALL, trim="none")
    found, told = plain.datasheet(bench.measured(plain), DIE), SMALL.datasheet_untrimmed(readings, DIE)
    assert told is not None
    for name in ("y_offset", "product_error", "total_error"):
        one, other = told.extraction.estimate(name), found.extraction.estimate(name)
        assert one is not None
        assert other is not None
        assert one.value == pytest.approx(other.value, abs=4.5 * other.uncertainty), name
    trimmed = SMALL.extraction(readings, DIE).estimate("product_error")
    assert trimmed is not None
    untrimmed = told.extraction.estimate("product_error")
    assert untrimmed is not None
    assert trimmed.value < untrimmed.value / 10


def test_the_trim_leaves_the_errors_of_the_curve_alone(bench: Bench, readings: Sequence[Reading]) -> None:
    """As foretold of a circuit whose branches are alike, for the true junction; 4.5 sigma: 2e-5 by chance."""
    known = Belief(bench.truth["device"])
    circuit = replace(SMALL.circuit(circuit_of(BenchFile.load("multiplier")), known), mismatch=0.0)
    expected = multiplier_prediction(circuit, SMALL.inputs, SMALL.gates)
    sheet = SMALL.extraction(readings, DIE)
    for name, value in (
        ("product_error", expected.product_error),
        ("bilinear_error", expected.shifted_product_error),
        ("swing", expected.swing),
    ):
        found = sheet.estimate(name)
        assert found is not None
        assert found.value == pytest.approx(value, abs=4.5 * found.uncertainty), (name, found)


def test_a_run_that_is_resumed_goes_on_as_if_nothing_had_been(readings: Sequence[Reading]) -> None:
    for count in range(len(readings)):
        assert SMALL.propose(readings[:count], DIE).setpoint == readings[count].setpoint
    assert SMALL.propose(readings, DIE).setpoint is None


def test_only_a_second_junction_is_trimmed(readings: Sequence[Reading]) -> None:
    for other in (replace(SMALL, encoding="single"), replace(SMALL, encoding="resistor"), replace(SMALL, trim="1 mV")):
        assert other.most_points == len(other.candidates()) == SMALL.input_points * SMALL.gate_points
        assert not other.nulls


def test_a_null_beyond_the_reach_is_one_sentence(bench: Bench) -> None:
    with pytest.raises(
        ProcedureMistake, match=r"between 280 mV and 290 mV \(`trim_reach`\), but at 290 mV about 5.* m"
    ):
        bench.measured(replace(SMALL, trim_reach=5e-3))


def test_a_null_that_does_not_settle_is_one_sentence(readings: Sequence[Reading]) -> None:
    never = [*readings[:2]] * ROUNDS
    with pytest.raises(ProcedureMistake, match=r"after 24 steps, at 285 mV, .* a larger one accepts that"):
        trim_of(SMALL, never, DIE)


def test_a_reading_without_a_number_ends_the_trim_in_one_sentence(readings: Sequence[Reading]) -> None:
    lost = replace(readings[1], value=None, flags=frozenset({Flag.OVERFLOW}))
    with pytest.raises(ProcedureMistake, match=r"reference gate at 0.285 V says: .*overflow"):
        trim_of(SMALL, [readings[0], lost], DIE)


def test_a_record_of_when_the_trim_was_a_number_is_read() -> None:
    old = Multiplier.from_values({"trim": 0.01})
    assert not old.nulls
    assert old.reference_gates == pytest.approx((0.295, 0.295))
