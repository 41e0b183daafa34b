"""The transfer curve of one junction by one model, in equilibrium: no piezo history, no instrument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .arguments import checked_count, checked_gates, checked_number
from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray, landscape_over_gates
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

    `replicas` trajectories from `seed` walk along the gates in the order given, each averaged over `average` s after
    its burn-in with a time `step` in s (see `transfer_curves`); they matter to `sllg` only. Raises ModelError.
    """
    model, well = Model.named(model), checked_well(well)
    volts = checked_gates(gate)
    replicas, seed = checked_count("replicas", replicas, 1), checked_count("seed", seed, 0)
    bias, field = checked_number("bias", bias, "V"), checked_number("field", field, "A/m")
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
    from .transfer_curves import transfer_curves

    found = transfer_curves(
        [junction], volts, model=model, replicas=replicas, seed=seed, average=average, well=well, bias=bias,
        field=field, step=step,
    )  # fmt: skip
    assert found.standard_error is not None
    return Prediction(volts, found.conductance[0], _angle(found.m_x[0]), found.standard_error[0])


def _angle(m_x: FloatArray) -> FloatArray:
    angle: FloatArray = np.arccos(np.clip(m_x, -1, 1))
    return angle
