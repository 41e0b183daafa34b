"""The verdict on a circuit of many junctions: right beliefs agree, a junction that is another one is found."""

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.circuit_agreement import CircuitAgreement, CircuitUncertainty
from smtjlab.simulation.circuit_replicas import CircuitReplicas
from smtjlab.simulation.measured_circuit import AttachedSource, MeasuredCircuit
from smtjlab.simulation.stimulus import Stimulus

NOISE = 2e-9
DEVICES = [f"d{number}" for number in range(6)]
CIRCUIT = MeasuredCircuit(
    resistors={f"wire{name}": (1.0, f"{name}.bottom", "end") for name in DEVICES},
    junctions={name: (f"{name}.top", f"{name}.bottom") for name in DEVICES},
    gates={name: f"gate_{name}" for name in DEVICES},
    sources={
        **{f"gate_{name}": AttachedSource(nodes=(f"{name}.gate", f"{name}.back")) for name in DEVICES},
        **{f"drive_{name}": AttachedSource(nodes=(f"{name}.top", "circuit.ground")) for name in DEVICES},
        "row": AttachedSource(nodes=("end", "circuit.ground")),
    },
)
BELIEF = Belief.preset("fig5-die")


def judged(seed, *, far=None):
    """Return the verdict on readings of each junction at three gates; of one of them a field is `far` sigma off."""
    rng = np.random.default_rng(seed)
    truths = {name: BELIEF.draw(1, 100 * seed + number)[0] for number, name in enumerate(DEVICES)}
    if far is not None:
        value = BELIEF.junction.resistance_antiparallel + far * BELIEF.uncertainty["resistance_antiparallel"]
        truths["d3"] = truths["d3"].changed(resistance_antiparallel=value)
    real = CircuitReplicas(CIRCUIT, Belief(BELIEF.junction), copies=1, model="boltzmann", seed=seed)
    for name, junction in truths.items():
        real.junctions[name] = [junction]
        real._replicas[name] = type(real._replicas[name])([junction], model="boltzmann", seed=1)
    believed = CircuitReplicas(CIRCUIT, BELIEF, copies=16, model="boltzmann", seed=seed)
    agreement = CircuitAgreement(BELIEF, "boltzmann", believed)
    offset = 1e-7 * rng.standard_normal()
    for gate in (0.35, 0.5, 0.7):
        seen = {name: [Stimulus(duration=0.02, gate=gate, read=True)] for name in DEVICES}
        for driven in DEVICES:
            levels = {f"gate_{name}": gate for name in DEVICES} | {"row": 0.0}
            levels |= {f"drive_{name}": 0.1 * (name == driven) for name in DEVICES}
            value = float(real.respond(seen, levels, "row").values[0]) + offset + NOISE * rng.standard_normal()
            answer = believed.respond(seen, levels, "row")
            told = CircuitUncertainty.of(
                answer, independent=NOISE, common={"row offset": 1e-7}, levels={}, level_scatter={}
            )
            agreement.add(value, answer, told, gate=gate, flicker=0.0)
    return agreement.evaluate()


def test_right_beliefs_agree():
    """Four runs at a false-alarm rate of 0.1 %, and the seeds are fixed."""
    verdicts = [judged(seed) for seed in range(1, 5)]
    assert all(one.agrees for one in verdicts)
    # 72 readings in all: chi-square over its degrees of freedom has a standard deviation of 17 %.
    assert sum(one.chi_square for one in verdicts) / sum(one.dof for one in verdicts) == pytest.approx(1, abs=0.68)


def test_every_field_of_every_junction_is_an_unknown():
    names = set(judged(1).nuisance)
    assert {f"{device}.{name}" for device in DEVICES for name in BELIEF.uncertain} | {"row offset"} == names


def test_a_junction_far_from_its_belief_is_found():
    found = judged(1, far=8.0)
    assert not found.agrees
    assert max(found.nuisance, key=lambda name: abs(found.nuisance[name])).startswith("d3.")
