"""The verdict on a circuit: right beliefs are not called wrong, wrong ones are, with the unknown that is off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smtjlab.simulation.agreement import Verdict
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.circuit_agreement import CircuitAgreement, CircuitUncertainty, expect_circuit
from smtjlab.simulation.circuit_replicas import CircuitReplicas
from smtjlab.simulation.measured_circuit import AttachedSource, MeasuredCircuit
from smtjlab.simulation.stimulus import Stimulus

NOISE = 2e-8
CIRCUIT = MeasuredCircuit(
    resistors={"series": (50.0, "device.bottom", "circuit.ground")},
    junctions={"device": ("device.top", "device.bottom")},
    gates={"device": "gate"},
    sources={
        "gate": AttachedSource(nodes=("device.gate", "device.back")),
        "input": AttachedSource(nodes=("device.top", "circuit.ground")),
    },
    meters={"output": ("device.bottom", "circuit.ground")},
)
GATES = np.linspace(0.27, 0.33, 13)


def judged(
    belief: Belief,
    circuit: MeasuredCircuit = CIRCUIT,
    *,
    seed: int,
    noise: float = NOISE,
    repeats: int = 1,
    display: float = 0.0,
    model: str = "boltzmann",
    deviations: Sequence[float] = (),
) -> Verdict:
    """Return the verdict on readings of a circuit of a junction drawn from the belief, with errors as they are said.

    Each reading is the mean of `repeats` with a standard error of `noise` in V, each shown in steps of `display` in V.
    `deviations` of further trajectories are added to those of the model's own.
    """
    rng = np.random.default_rng(seed)
    truth = Belief(belief.draw(1, 1000 + seed)[0])
    real = CircuitReplicas(circuit, truth, copies=1, model="boltzmann", seed=seed)
    believed = CircuitReplicas(CIRCUIT, belief, copies=32, model=model, seed=seed)
    believed.deviations.extend(deviations)
    agreement = CircuitAgreement(belief, model, believed)
    offset, gain = 1e-4 * rng.standard_normal(), 1e-4 * rng.standard_normal()
    for gate in GATES:
        for volts in (0.05, 0.1):
            levels = {"gate": float(gate), "input": volts}
            seen = {"device": [Stimulus(duration=0.02, gate=float(gate), read=True)]}
            really = {"device": [Stimulus(duration=0.02, gate=float(gate) + offset, read=True)]}
            value = float(real.respond(really, levels, "output").values[0]) * (1 + gain)
            raw = value + noise * np.sqrt(repeats) * rng.standard_normal(repeats)
            raw = display * np.round(raw / display) if display else raw
            answer = believed.respond(seen, levels, "output")
            told = CircuitUncertainty.of(
                answer,
                independent=float(np.hypot(NOISE, display / 12**0.5)),
                common={"meter gain": 1e-4 * value},
                levels={"gate": {"gate offset": 1e-4}},
                level_scatter={},
                specified=float(np.hypot(NOISE, display / 12**0.5)),
                repeats=repeats,
                seen=float(np.std(raw, ddof=1)) if repeats > 1 else None,
                step=display / 12**0.5,
            )
            agreement.add(float(np.mean(raw)), answer, told, gate=float(gate), flicker=0.0)
    return agreement.evaluate()


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return [judged(Belief.load("fig5-die"), seed=seed) for seed in range(8)]


def test_right_beliefs_agree(verdicts: list[Verdict]) -> None:
    """Eight runs at a rate of 0.1 %: one false alarm among them in 125 tries of this test, and the seeds are fixed."""
    assert all(one.agrees for one in verdicts)


def test_chi_square_is_as_large_as_it_should_be(verdicts: list[Verdict]) -> None:
    """Its sum over 8 runs of 26 readings has a standard deviation of 10 %: four of them are 6e-5 of false alarms."""
    assert sum(one.chi_square for one in verdicts) / sum(one.dof for one in verdicts) == pytest.approx(1.0, abs=0.4)


def test_unknowns_are_pulled_as_far_as_chance_pulls_them(verdicts: list[Verdict]) -> None:
    assert all(one.belief_p_value is not None and one.belief_p_value > 1e-4 for one in verdicts)
    assert {"device.dipole_field", "gate offset", "meter gain"} <= set(verdicts[0].nuisance)


def test_a_resistor_that_is_not_what_was_stated_differs() -> None:
    wrong = replace(CIRCUIT, resistors={"series": (60.0, "device.bottom", "circuit.ground")})
    belief = Belief.load("fig5-die")
    certain = Belief(belief.junction, {name: 1e-3 * s for name, s in belief.uncertainty.items()})
    assert judged(certain, wrong, seed=1).agrees is False


def test_readings_noisier_than_their_meter_differ() -> None:
    assert judged(Belief.load("fig5-die"), seed=2, noise=4 * NOISE).agrees is False


@pytest.mark.parametrize("factor", [0.5, 4.0])
def test_repeats_are_believed_where_the_specification_is_wrong(factor: float) -> None:
    """A run of 26 readings, 78 degrees of freedom in its repeats: χ²/ν is 1.03 with a standard deviation of 0.33."""
    verdict = judged(Belief.load("fig5-die"), seed=2, noise=factor * NOISE, repeats=4)
    assert verdict.agrees
    assert verdict.chi_square / verdict.dof == pytest.approx(1.03, abs=1.1)
    told = re.search(r"Repeats of 'output' scatter ([\d.]+) times as much as specified", verdict.sentence)
    assert told is not None
    assert float(told[1]) == pytest.approx(factor, rel=0.33)  # 8 % of standard deviation


@pytest.mark.parametrize("seed", range(4))
def test_no_mean_lowers_the_step_of_a_display(seed: int) -> None:
    """Ten repeats in steps of 20 times their scatter: χ² of 26 above 52 is 0.2 % by chance, in four runs 0.8 %."""
    verdict = judged(Belief.load("fig5-die"), seed=20 + seed, repeats=10, display=20 * NOISE * 10**0.5)
    assert verdict.agrees
    assert verdict.chi_square < 2 * verdict.dof


def test_what_is_expected_holds_belief_instruments_and_heat() -> None:
    belief = Belief.load("fig5-die")
    answer = CircuitReplicas(CIRCUIT, belief, copies=64, model="boltzmann", seed=1).respond(
        {"device": [Stimulus(duration=0.02, gate=0.3, read=True)]}, {"gate": 0.3, "input": 0.1}, "output"
    )
    told = CircuitUncertainty.of(
        answer, independent=NOISE, common={"gain": 3e-8}, levels={}, level_scatter={"gate": 1e-5}
    )
    expectation = expect_circuit(answer, told, flicker=0.0)
    assert expectation.low95 < expectation.low68 < expectation.median < expectation.high68 < expectation.high95
    assert expectation.parts["parameters"] == pytest.approx(float(np.std(answer.values)))
    by_gate = abs(answer.level_slopes["gate"]) * 1e-5
    assert expectation.parts["instrument"] == pytest.approx(np.hypot(np.hypot(NOISE, 3e-8), by_gate))


def test_the_noise_of_a_source_is_expected_once_where_repeats_have_shown_it() -> None:
    answer = CircuitReplicas(CIRCUIT, Belief.load("fig5-die"), copies=4, model="boltzmann", seed=1).respond(
        {"device": [Stimulus(duration=0.02, gate=0.3, read=True)]}, {"gate": 0.3, "input": 0.1}, "output"
    )
    sources: dict[str, Any] = {
        "common": {}, "levels": {}, "level_scatter": {"gate": 1e-5, "input": 1e-5}, "level_noise": {"input": 1e-5}
    }  # fmt: skip
    by_gate, by_input = (abs(answer.level_slopes[name]) * 1e-5 for name in ("gate", "input"))
    stated = CircuitUncertainty.of(answer, independent=NOISE, specified=NOISE, **sources)
    seen = CircuitUncertainty.of(answer, independent=3 * NOISE, specified=NOISE, **sources)
    assert expect_circuit(answer, stated, 0.0).parts["read_back"] == pytest.approx(np.hypot(by_gate, by_input))
    assert expect_circuit(answer, seen, 0.0).parts["read_back"] == pytest.approx(by_gate)


def test_trajectories_blunt_no_verdict(verdicts: list[Verdict]) -> None:
    """Their standard error is ten times the meter's; readings are judged against the averages that they have."""
    found = judged(Belief.load("fig5-die"), seed=0, model="sllg")
    assert found.chi_square == pytest.approx(verdicts[0].chi_square, rel=1e-6)
    assert "trajectories" not in found.sentence


def test_trajectories_that_are_off_are_told() -> None:
    found = judged(Belief.load("fig5-die"), seed=0, deviations=[4.0, -4.0, 4.0])
    assert "The trajectories are off the Boltzmann averages" in found.sentence
