"""Our kernel as it competes: one ensemble, plain or with what may slow it down."""

from __future__ import annotations

from typing import Literal

import numpy as np
from peers.problem import GATE, STEP, junction, start

from smtjlab.simulation.anisotropies import UniaxialAnisotropy
from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import SELDOM, Ensemble
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.spin_torques import SpinOrbitTorque, SpinTransferTorque

SMALL_CURRENT = 1e7
"""Current density in A/m^2 whose damping-like torque changes the variances by some 1e-5 only: Boltzmann holds."""
TERMS = (
    UniaxialAnisotropy(constant=100.0, axis=(1.0, 1.0, 1.0)),
    SpinTransferTorque(asymmetry=1.5),
    SpinOrbitTorque(field_like=0.5),
)
"""Together with a field along z they fill all rows of the kernel; all of these cost the same whatever their size."""


class Engine:
    """2048 trajectories in the well with m_y > 0.

    `every` and `store` are those of `Ensemble.run`; `driven` lets the gate follow an array with a value for each step
    instead of resting; `torques` switches on every optional term.
    """

    trajectories = 2048

    def __init__(
        self,
        dtype: Literal["float64", "float32"] = "float64",
        *,
        every: int = SELDOM,
        store: int = 0,
        driven: bool = False,
        torques: bool = False,
    ) -> None:
        self._every, self._store, self._driven = every, store, driven
        resting = forces(0.0 if driven else GATE, torques=torques).repeated(self.trajectories)
        self._ensemble = Ensemble(resting, seed=1, step=STEP, dtype=dtype)
        self._ensemble.magnetization = start(self.trajectories)
        self._drive: Drive | None = None

    def advance(self, steps: int) -> None:
        self._ensemble.run(steps * STEP, every=self._every, store=self._store, drive=self._gate(steps))

    def magnetization(self) -> np.ndarray:
        return np.asarray(self._ensemble.magnetization, dtype=np.float64)

    def _gate(self, steps: int) -> Drive | None:
        """Return a gate that trembles by 0.1 mV, about 0.1 % of the variances at most, as an array of samples."""
        if self._driven and (self._drive is None or round(self._drive.duration / STEP) != steps):
            wave = GATE + 1e-4 * np.sin(0.05 * np.arange(steps + 1))
            self._drive = Drive(steps * STEP, {"gate": Waveform.sampled(wave, STEP)})
        return self._drive


def forces(gate: float, *, torques: bool) -> Forces:
    """Return what acts on one layer at a resting gate in V, without or with all optional terms."""
    if not torques:
        return SoftLayers([junction()]).forces(gate=gate)
    signals = {"current": SMALL_CURRENT, "spin_current": SMALL_CURRENT, "field_z": 100.0}
    return SoftLayers([junction()], TERMS).forces(gate=gate).under(signals)
