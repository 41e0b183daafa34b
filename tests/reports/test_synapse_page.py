"""The page of one synapse: its holds beside those of the device as believed, and nothing of a junction for a rival."""

from __future__ import annotations

import re

import numpy as np
import pytest

from smtjlab.procedures.run import Run
from smtjlab.procedures.start import measure
from smtjlab.procedures.synapse import Synapse
from smtjlab.procedures.synapse_holds import ExpectedChange
from smtjlab.reports.page import page
from smtjlab.reports.synapse_energy import energies_of_gates, synapse_energy
from smtjlab.reports.synapse_page import holds_table
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.gate_energy import gate_capacitance, gilbert_loss
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.synapses.holds import HeldChange

WALL = Synapse(device="domain-wall", cycles=2, hold=10.0, hold_points=2, hold_repeats=2)
GATES = Synapse(steps=4, cycles=2, stop=0.3, hold=0.0)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    out = tmp_path_factory.mktemp("synapses")
    return {one.device: measure(one, bench="virtual", model="boltzmann", out=out) for one in (WALL, GATES)}


@pytest.mark.parametrize(("device", "drawn"), [("domain-wall", 4), ("s-mtj", 3)])
def test_a_page_has_all_its_figures_and_is_the_same_each_time(runs: dict[str, Run], device: str, drawn: int) -> None:
    text = page(runs[device])
    assert text.count("<svg") == drawn
    assert not re.search(r"\bnan\b", text)
    assert page(runs[device]) == text


def test_the_page_of_a_rival_says_nothing_of_junctions(runs: dict[str, Run]) -> None:
    text = page(runs["domain-wall"])
    assert "What was believed of the device" in text
    assert "one pulse is one update" in text
    assert "macrospin" not in text
    assert "What the paper says" not in text


def test_the_page_of_an_s_mtj_without_holds_says_so(runs: dict[str, Run]) -> None:
    text = page(runs["s-mtj"])
    assert "The run has no hold." in text
    assert "macrospin" in text
    assert "Retention" not in text


def test_a_row_of_the_holds_has_both_changes_in_per_cent() -> None:
    holds = [HeldChange(time, Estimate(0.01, 1e-3), Estimate(0.02, 2e-3)) for time in (1.0, 100.0)]
    expected = [ExpectedChange(time, 0.005, 0.0, 0.01, 0.007) for time in (1.0, 100.0)]
    table = holds_table(Synapse(), holds, expected)
    assert table.rows[0] == ("1 s", "(1.00 ± 0.10) %", "0.5 %", "(2.00 ± 0.20) %", "0.7 %")
    assert table.note.startswith("The mean change grows by (0.000 ± 0.071) % of the span per decade of time.")
    assert "18 ms at 1 TΩ" in table.note  # of 17.7 fF


def test_an_update_of_an_s_mtj_burns_charging_gilbert_loss_and_its_reading(runs: dict[str, Run]) -> None:
    readings, belief = runs["s-mtj"].readings(), Belief.load("fig5-die")
    one = energies_of_gates(GATES, readings, belief)["per update"]
    ladder = np.linspace(GATES.start, GATES.stop, GATES.steps + 1)
    up, down = (
        gilbert_loss(belief.junction, ladder[:-1], ladder[1:]),
        gilbert_loss(belief.junction, ladder[1:], ladder[:-1]),
    )
    assert one.charging == pytest.approx(gate_capacitance() / 2 * (0.03 / 4) ** 2, rel=1e-9)
    assert one.gilbert == pytest.approx(np.mean([up, down]), rel=1e-6)
    taken = [reading for reading in readings if reading.setpoint.branch[0] in "ud"]
    per_reading = np.mean([reading.current * reading.bias * reading.duration for reading in taken])
    assert one.read == pytest.approx(per_reading * len(taken) / (2 * GATES.cycles * GATES.steps), rel=0.01)


def test_a_page_splits_the_energy_of_a_pulse_from_that_of_reading(runs: dict[str, Run]) -> None:
    head, rows, note = synapse_energy(WALL, runs["domain-wall"].readings(), Belief.load("fig5-die"))
    assert head == ("part", "per update", "per operation", "whole run")
    assert [row[0] for row in rows] == ["pulse of the model", "reading V²G t", "leakage V²t/R", "total burnt"]
    assert rows[0][1].endswith("aJ")
    assert "assumptions" in note
