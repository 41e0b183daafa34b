"""The transfer curve of one junction by one model, in equilibrium: no piezo history, no instrument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray, Landscape, landscape_over_gates
from .models import Model, Well, checked_well
from .static import static_angle, static_conductance
from .tangents import TANGENTS, implied_angle, tangent_conductance


@dataclass(frozen=True)
class Prediction:
    """Conductance over the gate; arrays of one shape (gates,)."""

    gate: FloatArray
    """Gate voltage in V."""
    conductance: FloatArray
    """Conductance in S."""
    angle: FloatArray
    """Angle phi of the soft layer in rad: with its sign for `static`, arccos <m_x> for the thermal models, for the
    linear ones the angle that their conductance implies (nan where none does)."""
    standard_error: FloatArray | None = None
    """Standard error of the conductance in S from independent trajectories; None unless `sllg`."""


def predict(
    junction: Junction,
    model: Model | str,
    gate: ArrayLike,
    *,
    replicas: int = 256,
    seed: int = 0,
    well: Well | str | int = "global",
    bias: float = 0.0,
    field: float = 0.0,
    average: float = 2e-9,
    step: float | None = None,
) -> Prediction:
    """Return the transfer curve at gates in V, a bias in V and a field along the easy axis in A/m.

    `replicas` trajectories from `seed`, each averaged over `average` s after its burn-in with a time `step` in s,
    matter to `sllg` only. Raises ModelError.
    """
    model, well = Model.named(model), checked_well(well)
    volts = np.atleast_1d(np.asarray(gate, dtype=np.float64))
    if volts.ndim != 1 or volts.size == 0 or not np.isfinite(volts).all():
        raise ModelError("`gate` must be one or more finite voltages, but is not.")
    if model in TANGENTS:
        conductance = tangent_conductance(junction, model, volts, bias=bias)
        return Prediction(volts, conductance, implied_angle(junction, conductance, bias=bias))
    landscape = landscape_over_gates(junction, volts, bias=bias, field=field)
    if model is Model.STATIC:
        angle = static_angle(landscape, well)
        return Prediction(volts, static_conductance(landscape, angle), angle)
    if model is Model.BOLTZMANN:
        from .boltzmann import boltzmann

        moments = boltzmann(landscape, well)
        return Prediction(volts, moments.conductance, _angle(moments.m_x))
    if replicas < 2:
        raise ModelError(f"`replicas` must be at least 2 for `sllg`, but is {replicas}.")
    rows = [
        _trajectories(landscape.at(slice(i, i + 1)).repeated(replicas), (seed, i), well, average, step)
        for i in range(len(volts))
    ]
    conductance, m_x, error = (np.array(column) for column in zip(*rows, strict=True))
    return Prediction(volts, conductance, _angle(m_x), error)


def _trajectories(
    landscape: Landscape, seed: tuple[int, ...], well: Well, average: float, step: float | None
) -> tuple[float, float, float]:
    """Return mean G, mean m_x and the standard error of mean G of independent trajectories."""
    from .ensemble import Ensemble

    ensemble = Ensemble(landscape, seed=seed, step=step, well=well)
    ensemble.relax()
    averages = ensemble.run(average)
    error = float(np.std(averages.conductance, ddof=1) / np.sqrt(len(landscape)))
    return float(np.mean(averages.conductance)), float(np.mean(averages.m_x)), error


def _angle(m_x: FloatArray) -> FloatArray:
    angle: FloatArray = np.arccos(np.clip(m_x, -1, 1))
    return angle
