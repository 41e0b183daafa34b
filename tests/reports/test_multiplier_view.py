"""What the page of a multiplier shows, by its encoding: in words, figures and tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.reading import Reading
from smtjlab.procedures.multiplier import Multiplier
from smtjlab.procedures.run import Run
from smtjlab.reports.circuit_page import CircuitView, Table
from smtjlab.reports.circuit_readings import CircuitReadings
from smtjlab.reports.multiplier_tables import drawn_predictions, value_of
from smtjlab.reports.multiplier_view import view
from smtjlab.reports.page import page
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.measured_circuit import MeasuredCircuit

from .conftest import write_run

BELIEF = Belief.load("fig5-die")


def recorded(folder: Path, procedure: Multiplier) -> Run:
    """Return the record of a run on the packaged bench, in this process."""
    bench = read_once("multiplier", in_process=True)
    with InProcessBench(bench) as private:
        circuit = private.open().circuit
        circuit.check(procedure.setpoints())
        procedure.prepare(circuit)
        readings: list[Reading] = []
        while (wanted := procedure.propose(readings, BELIEF).setpoint) is not None:
            readings.append(procedure.measure(circuit, wanted))
    values = {name: {"value": one, "unit": ""} for name, one in procedure.parameter_values().items()}
    facts = {
        "procedure": "smtjlab.procedures.multiplier:Multiplier",
        "procedure_name": "multiplier",
        "parameters": values,
        "circuit": circuit_of(bench).to_dict(),
        "planned": len(readings),
    }
    return write_run(folder / "2026-11-23-abcd0123", BELIEF, readings, expected=0, facts=facts)


@pytest.fixture(scope="module")
def run_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return a function: the run of an encoding, measured once."""

    @cache
    def run(encoding: str) -> Run:
        procedure = Multiplier(encoding=encoding, input_points=3, gate_points=9, averaging=1)
        return recorded(tmp_path_factory.mktemp(encoding), procedure)

    return run


@pytest.fixture(scope="module")
def shown(run_of: Callable[[str], Run]) -> Callable[[str], CircuitView]:
    """Return a function: the view of that run, made once."""

    @cache
    def shown(encoding: str) -> CircuitView:
        readings = run_of(encoding).readings()
        return view(run_of(encoding), readings, CircuitReadings.of(readings, {}), BELIEF, "mark")

    return shown


def table(shown: CircuitView, title: str) -> Table:
    return next(one for one in shown.tables if one.title == title)


def test_the_page_is_whole(run_of: Callable[[str], Run]) -> None:
    text = page(run_of("junction"))
    for words in (
        "Error over both inputs",
        "Residuals",
        "Datasheet",
        "AD633",
        "Effective bits",
        "Energy",
        "Gilbert loss",
    ):
        assert words in text
    assert not re.search(r"\b(nan|inf|None)\b", re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL))


def test_a_single_ended_circuit_says_that_it_is_no_multiplier(shown: Callable[[str], CircuitView]) -> None:
    alone = shown("single")
    assert "no multiplier of signed operands" in alone.finding
    assert any("cannot multiply by zero or by signed numbers" in text for text in alone.remarks)
    assert not any("cannot multiply by zero" in text for text in shown("junction").remarks)


def test_a_measured_trim_is_told_with_what_it_has_taken_away(shown: Callable[[str], CircuitView]) -> None:
    trimmed = shown("junction")
    assert any("the gate of the reference was moved by 11" in text for text in trimmed.remarks)
    rows = {row[0]: row for row in next(one for one in trimmed.tables if one.title.startswith("Trim by 11")).rows}
    error, before = (float(rows["product error"][k].partition(" ±")[0].lstrip("(")) for k in (1, 2))
    assert error < 3
    assert before > 20
    assert rows["gate of the reference junction"][2] == "285 mV"


def test_a_differential_circuit_that_is_off_balance_says_what_would_balance_it(
    tmp_path: Path, shown: Callable[[str], CircuitView]
) -> None:
    run = recorded(tmp_path, Multiplier(trim="none", input_points=3, gate_points=9, averaging=1))
    readings = run.readings()
    plain = view(run, readings, CircuitReadings.of(readings, {}), BELIEF, "mark")
    assert any("With `trim=measured` they would be" in text for text in plain.remarks)
    assert not any(one.title.startswith("Trim") for one in (*plain.tables, *plain.drawings))
    assert any("With `middle` at about" in text for text in shown("resistor").remarks)


def test_both_errors_stand_with_their_definitions(shown: Callable[[str], CircuitView]) -> None:
    rows = {row[0]: row for row in table(shown("junction"), "Product error and bilinear error").rows}
    assert rows["product error"][2] == "max|residual| of k x y, over V_pp"
    assert rows["bilinear error"][2] == "max|residual| of k x (y − d), over V_pp"


def test_bits_of_linearity_and_of_noise_stand_apart(shown: Callable[[str], CircuitView]) -> None:
    rows = table(shown("junction"), "Effective bits").rows
    assert [row[0] for row in rows] == ["bits from INL", "bits from noise, whole swing", "bits from noise, along y"]


def test_the_claim_of_the_paper_is_off_by_its_factor(shown: Callable[[str], CircuitView]) -> None:
    """κ R_s = R_s/(2 R_AP Γ): 50 ohm/(2 · 2 kohm · 0.26235 V); R_P/R_AP = 1/2 takes half of it off; 2 Γ = 0.525 V."""
    rows = table(shown("single"), "The claim of the paper").rows
    assert "47.6" in rows[0][1]
    assert rows[1][2].startswith("0.5 at the threshold")
    assert "525 mV" in rows[2][2]


def test_a_board_without_a_thermometer_is_told_in_words(shown: Callable[[str], CircuitView]) -> None:
    assert any("no thermometer is on this bench" in text for text in shown("junction").remarks)


def test_a_branch_whose_resistance_no_bias_changes_distorts_nothing_and_no_rounding_is_shown(
    shown: Callable[[str], CircuitView],
) -> None:
    rows = {row[0]: row for row in table(shown("junction"), "At ac, by the model").rows}
    assert rows["distortion at full range"][1] == "none"
    assert rows["distortion at full range"][2].endswith("%")


def test_prediction_and_measurement_stand_side_by_side(shown: Callable[[str], CircuitView]) -> None:
    rows = {row[0]: row for row in table(shown("single"), "Predicted before the run, and measured").rows}
    assert rows["scale factor"][1].endswith("mV/V²")
    assert " to " in rows["scale factor"][2]
    assert "±" in rows["scale factor"][3]
    assert rows["loading by R_s, on the scale factor R_s dG/dV_G"][1] == "−4.9 %"
    assert rows["loading by R_s, on the output V_in1 R_s G of the junction"][1] == "−2.5 %"
    assert "fall of the TMR with bias, on the output" in rows


def test_the_range_of_a_prediction_is_that_of_the_belief(run_of: Callable[[str], Run]) -> None:
    """Where nothing is uncertain every circuit drawn is the one believed, and the reference takes all of it off."""
    procedure, circuit = Multiplier(trim="none"), MeasuredCircuit.from_dict(run_of("junction").meta["circuit"])
    exact = Belief(BELIEF.junction)
    central = procedure.prediction(circuit, exact)
    for one in drawn_predictions(procedure, circuit, exact, count=2):
        assert one.product_error == pytest.approx(central.product_error, rel=1e-9)
    swings = [one.swing for one in drawn_predictions(procedure, circuit, BELIEF, count=6)]
    assert np.std(swings) > 0.1 * central.swing


def test_figures_carry_units_and_no_digit_too_many(run_of: Callable[[str], Run]) -> None:
    run = run_of("junction")
    sheet = run.procedure.datasheet(run.readings(), BELIEF)
    assert re.fullmatch(r"\(\d\d\.\d+ ± 0\.\d+\) mV/V²", value_of(sheet, "scale"))
    assert value_of(sheet, "y_offset").endswith(" mV")
    assert value_of(sheet, "noise").endswith("nV")
    assert value_of(sheet, "scale_error") == "–"
