"""What a multiply-accumulate of the all-spin multiplier costs: junctions, time, energy, beside two published figures.

The abstract of the journal version (IEEE Trans. Electron Devices 69, 7120) says 500 aJ for a multiply-accumulate, the
one of the preprint (arXiv 2211.06490) at most 60 N_max aJ; both about 5 ns (physics.md, sections 8 and 13).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import checked_count
from .errors import ModelError
from .gate_energy import OperationEnergy, gate_steps_energy
from .multiplier_circuit import MultiplierCircuit
from .predict import predict

Floats = NDArray[np.float64]

JOURNAL_ENERGY = 500e-18
"""J for each multiply-accumulate, as the journal version says."""
PREPRINT_ENERGY = 60e-18
"""J for each multiply-accumulate and unit of N_max, the largest that the preprint says."""
PUBLISHED_TIME = 5e-9
"""s for each multiply-accumulate, both versions."""
SETTLING = 4e-9
"""s for a gate step and the soft layer to come to rest before the pulse: an assumption, which with 1 ns makes 5."""


@dataclass(frozen=True)
class MacCost:
    """Mean cost of one multiply-accumulate."""

    junction: OperationEnergy
    """Gate steps, Gilbert loss and reading of the multiplying branch."""
    reference: float
    """J that the reference branch burns in the same pulse; 0 without one."""
    heavy_metal: float
    """J of the pulse in the heavy metal below the wall."""
    time: float
    """s, settling and pulse."""

    @property
    def total(self) -> float:
        """J burnt in devices; the amplifier between them is not counted."""
        return self.junction.total + self.reference + self.heavy_metal


def mac_cost(
    circuit: MultiplierCircuit,
    inputs: Floats,
    gates: Floats,
    *,
    heavy_metal: float,
    pulse: float,
    settling: float = SETTLING,
) -> MacCost:
    """Return the mean cost of N^3 multiply-accumulates of a product of N x N matrices.

    V_1 `inputs` (N, N) of a_ik and `gates` (N, N) of b_kj in V, `heavy_metal` in J for a pulse of the mean current
    squared, times in s. Gates go from V_mid through k in turn, in steps; V_1 is on during the pulse only. Raises
    ModelError.
    """
    if pulse <= 0 or settling < 0 or heavy_metal < 0:
        raise ModelError(
            f"`pulse` must be above 0 s, `settling` and `heavy_metal` at least 0, but are {pulse:g} s, {settling:g} s "
            f"and {heavy_metal:g} J."
        )
    size = len(gates)
    start = circuit.middle_gate if circuit.middle_gate is not None else 0.0
    steps = sum(
        (gate_steps_energy(circuit.junction, [start, *column], 0.0, bias=0.0) for column in gates.T), OperationEnergy()
    ).scaled(1 / size**2)
    branch = _branch_conductance(circuit, gates.ravel()).reshape(gates.shape)
    read = float(np.mean((inputs**2).mean(axis=0) * branch.mean(axis=1))) * pulse
    reference = 0.0
    if circuit.middle_gate is not None:
        middle = float(_branch_conductance(circuit, np.array([circuit.middle_gate]))[0])
        reference = float(np.mean(inputs**2)) * middle * pulse
    return MacCost(steps + OperationEnergy(read=read), reference, heavy_metal, settling + pulse)


def published_energies(size: int) -> tuple[float, float]:
    """Return J for each multiply-accumulate as journal and preprint give it, N_max being the size of the matrices."""
    return JOURNAL_ENERGY, PREPRINT_ENERGY * checked_count("size", size, 1)


def _branch_conductance(circuit: MultiplierCircuit, gates: ArrayLike) -> Floats:
    """Return G/(1 + R_s G) in S at small bias."""
    siemens = predict(circuit.junction, circuit.model, gates).conductance
    return np.asarray(siemens / (1 + circuit.series_resistance * siemens), float)
