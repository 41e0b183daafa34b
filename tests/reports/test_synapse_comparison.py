"""One table, three devices: the figures are those of closed forms, the order follows from them, whatever it is."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.reading import Flag, Reading, Setpoint, Uncertainty
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.synapse import Synapse
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.synapse_comparison import compare_synapses
from smtjlab.reports.synapse_comparison_page import (
    order_words,
    ranking_sentence,
    synapse_comparison_page,
    table_rows,
)
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.synapses.memristor import Memristor
from smtjlab.simulation.synapses.metrics import Ranking
from smtjlab.simulation.synapses.pulse_cycles import PulseCycles, pulse_cycles

NOISE = 2e-9
STEPS = 16
MEMRISTOR = Memristor(levels=STEPS, decay=0.3 * STEPS, scatter=0.0, conductance_min=5e-7, conductance_max=1e-5)
BENT = Memristor(levels=STEPS, decay=10.0 * STEPS, scatter=0.0, conductance_min=4.8e-4, conductance_max=5.0e-4)
WALL = DomainWall(states=STEPS + 1)


def readings(cycles: PulseCycles, *, bias: float = 0.1) -> list[Reading]:
    """Return the readings of cycles, noise and all."""
    found = []
    for number, (up, down) in enumerate(zip(cycles.up, cycles.down, strict=True), 1):
        for branch, values in ((f"up {number}", up), (f"down {number}", down)):
            for value in values:
                at = Setpoint(gate=0.0, bias=bias, branch=branch)
                found.append(
                    Reading(
                        setpoint=at, value=float(value), uncertainty=Uncertainty(independent=NOISE, common={}, gate={}),
                        stimuli=(), time=float(len(found)), gate=0.0, gate_current=1e-12, bias=bias, current=None,
                    )
                )  # fmt: skip
    return found


@pytest.fixture
def synapse_run(make_run):
    """Return a function that makes a run of a device as a model, measured with noise."""

    def make(device, model, *, change=lambda taken: taken, **facts):
        cycles = pulse_cycles(model, STEPS, 4, np.random.default_rng(20270103), read_noise=NOISE)
        values = Synapse(device=device, steps=STEPS).parameter_values()
        number = f"{len(device):08d}"
        told = {
            "id": number,
            "procedure": "smtjlab.procedures.synapse:Synapse",
            "procedure_name": "synapse",
            "parameters": {name: {"value": value, "unit": ""} for name, value in values.items()},
        }
        return make_run(change(readings(cycles)), expected=0, name=f"2026-11-23-{number}", facts=told | facts)

    return make


@pytest.fixture
def three(synapse_run):
    """Return a function that compares the devices, made of these models."""

    def make(s_mtj=BENT, wall=WALL, memristor=MEMRISTOR):
        models = {"s-mtj": s_mtj, "domain-wall": wall, "memristor": memristor}
        return compare_synapses([synapse_run(device, model) for device, model in models.items()])

    return make


def test_a_table_has_the_closed_forms_of_its_devices(three):
    """Limits of 4 standard uncertainties: one false alarm in 16 000 for each of three."""
    bent, wall, memristor = (one.figures for one in three().members)
    share = np.linspace(0, 1, STEPS + 1)
    for found, device in ((bent, BENT), (memristor, MEMRISTOR)):
        curve = np.expm1(-share * STEPS / device.decay) / math.expm1(-STEPS / device.decay)
        assert abs(found.nonlinearity_up.value - np.max(curve - share)) < 4 * found.nonlinearity_up.uncertainty
    assert abs(wall.nonlinearity_up.value) < 4 * wall.nonlinearity_up.uncertainty


def test_the_order_is_what_the_readings_say_and_contradicts_the_paper_where_they_do(three):
    found = three()
    straightness = next(one for one in found.rankings if one.metric == "nonlinearity_up")
    assert straightness.devices == ("domain wall", "s-MTJ", "memristor")
    assert min(straightness.leads) > 3
    assert found.answers["nonlinearity_up"] == "contradicted"


def test_the_order_of_the_paper_is_confirmed_by_devices_that_have_it(three):
    smooth = DomainWall(states=STEPS + 1, conductance_parallel=5.1e-4, conductance_antiparallel=4.9e-4)
    found = three(s_mtj=smooth, wall=replace(BENT, decay=2.0 * STEPS))
    assert found.answers["nonlinearity_up"] == "confirmed"
    assert "confirmed at 3 σ by nonlinearity up" in ranking_sentence(found)


def test_devices_within_three_sigma_are_level():
    estimates = (Estimate(0.0, 0.1), Estimate(0.2, 0.1), Estimate(1.0, 0.1))
    told = order_words(Ranking("asymmetry", ("a", "b", "c"), estimates))
    assert told == "a level with b (1.4 σ), before c (5.7 σ)"


def test_the_asymmetry_of_a_memristor_is_that_of_its_closed_form(synapse_run):
    found = compare_synapses([synapse_run("memristor", MEMRISTOR), synapse_run("domain-wall", WALL)])
    memristor, wall = (one.figures.asymmetry for one in found.members)
    assert memristor.value == pytest.approx(math.tanh(1 / 0.6), rel=0.03)  # steps count whole: see metrics.py
    assert abs(wall.value) < 4 * wall.uncertainty
    assert found.answers == {}


def test_energies_are_told_as_assumptions_and_ranked_by_nobody(three):
    """The devices differ by decades in it, by models alone: no reading confirms the paper's order."""
    found = three()
    assert all(one.figures.energy is not None for one in found.members)
    assert "energy" not in {one.metric for one in found.rankings} | set(found.answers)
    row = next(one for one in table_rows(found) if one[0] == "energy of an update")
    assert row[4:] == ("none: by assumption, not measured", "–")
    assert "energy" not in ranking_sentence(found)


def test_levels_that_are_all_there_are_are_no_order_of_devices(three):
    found = three()
    full = [one.label for one in found.members if one.figures.levels.value == STEPS + 1]
    assert "domain wall" in full
    told = re.sub("<[^>]*>", "", synapse_comparison_page(found))
    assert f"All levels there are were told apart ({', '.join(full)})" in told


def test_every_figure_has_a_row_and_what_is_unknown_a_dash(three):
    rows = table_rows(three())
    assert {len(row) for row in rows} == {6}
    assert next(row for row in rows if row[0] == "change, longest hold")[1:4] == ("–", "–", "–")


def test_the_page_stands_alone_and_is_the_same_each_time(three):
    found = three()
    page = synapse_comparison_page(found)
    assert page == synapse_comparison_page(found)
    assert "One table, three devices" in page
    assert "http" not in page


def test_runs_of_one_device_go_by_their_ids(synapse_run):
    first = synapse_run("memristor", MEMRISTOR)
    found = compare_synapses([first, first])
    assert [one.label for one in found.members] == ["memristor 00000009"] * 2


def test_another_procedure_is_refused(make_run):
    with pytest.raises(ReportMistake, match="run abcd0123 is one of transfer-curve"):
        compare_synapses([make_run(expected=0)])


def test_a_run_without_a_whole_cycle_is_refused(synapse_run):
    def flagged(taken):
        return [replace(one, flags=frozenset({Flag.OVERFLOW})) for one in taken]

    with pytest.raises(ProcedureMistake, match="one whole cycle"):
        compare_synapses([synapse_run("memristor", MEMRISTOR, change=flagged)])
