"""From the readings of a synapse to its figures: cycles, hold, energy of updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.gate_energy import gate_capacitance, gilbert_loss
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.synapses.metrics import SMALLER_IS_BETTER, SynapseFigures, synapse_figures
from smtjlab.simulation.synapses.pulse_cycles import PulseCycles

from .errors import ProcedureMistake
from .observed import Floats, floats
from .synapse_holds import held_changes

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief

    from .synapse import Synapse


def figures_of(
    procedure: Synapse, readings: Sequence[Reading], belief: Belief | None, rng: np.random.Generator
) -> SynapseFigures:
    """Return the figures. Raises ProcedureMistake where no cycle is whole, ModelError where it shows no synapse."""
    found = synapse_figures(cycles_of(procedure, readings, belief), rng)
    holds = held_changes(procedure, readings, found.span.value)
    return replace(found, holds=holds, retention=holds[-1].drift) if holds else found


def cycles_of(procedure: Synapse, readings: Sequence[Reading], belief: Belief | None = None) -> PulseCycles:
    """Return the whole cycles of a run, every reading of them usable. Raises ProcedureMistake where there is none."""
    rows: dict[str, list[Reading]] = {}
    for reading in readings:
        rows.setdefault(reading.setpoint.branch, []).append(reading)
    whole = [
        number
        for number in range(1, procedure.cycles + 1)
        if all(_usable(rows.get(f"{name} {number}", []), procedure.steps + 1) for name in ("up", "down"))
    ]
    if not whole:
        raise ProcedureMistake(
            f"A synapse must be read over one whole cycle of {procedure.steps} updates up and down without a flag, but "
            f"{len(readings)} readings hold none."
        )
    up, down = ([rows[f"{name} {number}"] for number in whole] for name in ("up", "down"))
    return PulseCycles(
        up=_values(up),
        down=_values(down),
        up_standard=_standards(up),
        down_standard=_standards(down),
        energy=update_energies(procedure, belief),
    )


def update_energies(procedure: Synapse, belief: Belief | None) -> Floats:
    """Return the energy in J of the updates up of one cycle, (n,), by the model of each device; assumptions included.

    Of an s-MTJ it is C (dV)^2/2 and the Gilbert loss of each gate step, of the rivals that of a pulse of their models:
    what the bench's own slow pulses burnt is of no interest to anybody.
    """
    if procedure.pulsed:
        device = procedure.believed_rival
        states = np.linspace(device.lowest, device.highest, procedure.steps)
        return np.asarray(device.energy(states, 1.0), dtype=np.float64)
    if belief is None:
        return np.empty(0)
    gates = np.linspace(procedure.start, procedure.stop, procedure.steps + 1)
    charging = gate_capacitance() / 2 * np.diff(gates) ** 2
    return np.asarray(charging + gilbert_loss(belief.junction, gates[:-1], gates[1:]))


def as_extraction(figures: SynapseFigures, points: int) -> Extraction:
    """Return the figures with their uncertainties as independent estimates; those that are not known have a reason."""
    known = {name: getattr(figures, name) for name in ("span", *SMALLER_IS_BETTER)}
    names = tuple(
        name for name, one in known.items() if one is not None and np.isfinite([one.value, one.uncertainty]).all()
    )
    values = np.array([known[name].value for name in names])
    covariance = np.diag([known[name].uncertainty ** 2 for name in names])
    reasons = {name: "not told by these readings" for name in known if name not in names}
    return Extraction(names, values, covariance, covariance, points=points, reasons=reasons, remarks=figures.remarks)


def _usable(row: Sequence[Reading], count: int) -> bool:
    return len(row) == count and all(one.value is not None and not one.flags for one in row)


def _values(rows: Sequence[Sequence[Reading]]) -> Floats:
    return np.array([floats([one.value for one in row]) for row in rows])


def _standards(rows: Sequence[Sequence[Reading]]) -> Floats:
    return np.array([floats([one.uncertainty.independent for one in row]) for row in rows])
