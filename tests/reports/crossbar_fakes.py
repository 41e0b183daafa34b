"""Readings of a crossbar that nobody built: believed junctions, ideal wires, noise put in."""

import numpy as np

from smtjlab.instruments.reading import Reading, Uncertainty
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.program_and_verify import GateRuler

BELIEF = Belief.preset("fig5")
NOISE = 2e-9


def readings_of(procedure, seed=1):
    """Return readings of a crossbar of believed junctions with ideal wires, NOISE in A in each."""
    ruler = GateRuler.of(BELIEF.junction, procedure.lowest_gate, procedure.highest_gate)
    rng, readings = np.random.default_rng(seed), []
    while (setpoint := procedure.propose(readings, BELIEF).setpoint) is not None:
        row, levels = int(setpoint.meter.removeprefix("row")) - 1, setpoint.levels
        amperes = -sum(
            ruler.conductance_at(levels[f"gates{1 + (8 * row + j) // 24}.ch{1 + (8 * row + j) % 24}"])
            * levels[f"columns.ch{j + 1}"]
            for j in range(procedure.size)
        )
        told = Uncertainty(independent=NOISE)
        readings.append(
            Reading(
                setpoint=setpoint, value=amperes + NOISE * rng.standard_normal(), uncertainty=told, stimuli=(),
                time=float(len(readings)), gate=0.0, gate_current=None, bias=None, current=None,
            )
        )  # fmt: skip
    return readings
