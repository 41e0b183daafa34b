"""The page and the table of a run on a circuit, through engine, record and model."""

from __future__ import annotations

import re

import numpy as np
import pytest

from smtjlab.procedures.divider import Divider
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import measure
from smtjlab.reports.circuit_readings import CircuitReadings
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.page import page
from smtjlab.reports.relived import refuse_other_than_junctions, relive
from smtjlab.reports.run_energy import energy_of_circuit
from smtjlab.simulation.gate_energy import gate_capacitance
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.measured_circuit import MeasuredCircuit

GATES = 5


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("circuits")
    return measure(Divider(points=GATES, averaging=1), bench="virtual", model="boltzmann", out=out)


def test_the_model_of_the_whole_circuit_agrees(run: Run) -> None:
    verdict = run.verdict()
    assert verdict is not None
    assert verdict["agrees"], verdict["sentence"]
    assert verdict["dof"] == len(run.readings())


def test_every_reading_lies_where_it_was_expected(run: Run) -> None:
    found = CircuitReadings.of(run.readings(), run.expectations())
    assert np.isfinite(found.sigmas).all()
    assert np.abs(found.sigmas).max() < 4
    assert set(found.unit) == {"V"}


def test_the_page_tells_finding_figures_energy_and_the_model(run: Run) -> None:
    text = page(run)
    for words in ("Ratio error", "Datasheet", "Measured against expected", "Energy", "Gilbert loss", "SIMULATED"):
        assert words in text
    assert text.count("<svg") == 3
    assert not re.search(r"\bnan\b", text)
    assert page(run) == text


def test_the_table_has_levels_currents_and_units(run: Run) -> None:
    frame = run.frame()
    assert {"level_gate", "level_forced", "value", "median", "meter"} <= set(frame.columns)
    assert frame.attrs["units"]["level_forced"] == "A"
    assert frame.attrs["units"]["value"] == "V"
    assert frame["meter"].unique().tolist() == ["output"]


def test_a_gate_step_is_one_of_the_run_and_not_the_way_from_zero(run: Run) -> None:
    circuit = MeasuredCircuit.from_dict(run.meta["circuit"])
    energy = energy_of_circuit(run.readings(), circuit, Junction.preset("fig5"))
    half, step = gate_capacitance() / 2, 0.15 / (GATES - 1)
    assert energy["per gate step"].charging == pytest.approx(half * step**2)
    assert energy["switching on"].charging == pytest.approx(half * 0.27**2)
    assert energy["whole run"].charging == pytest.approx(half * (0.27**2 + (GATES - 1) * step**2))


def test_reading_is_voltage_times_forced_current_over_the_time_of_the_readings(run: Run) -> None:
    circuit = MeasuredCircuit.from_dict(run.meta["circuit"])
    energy = energy_of_circuit(run.readings(), circuit, Junction.preset("fig5"))
    wanted = sum((one.value or 0.0) * one.levels["forced"] * one.duration for one in run.readings())
    assert energy["whole run"].read == pytest.approx(wanted, rel=1e-3)


def test_a_circuit_is_neither_relived_as_one_junction_nor_compared_like_one(run: Run) -> None:
    with pytest.raises(ReportMistake, match=r"lives anew through runs of one junction, but run \w+ is of a circuit"):
        relive(run, "static")
    with pytest.raises(ReportMistake, match="must be of one junction each"):
        refuse_other_than_junctions(run, "Runs that are compared must be of one junction each")
