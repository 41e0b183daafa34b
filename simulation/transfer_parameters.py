"""The chief parameters of a transfer curve, measured or believed, side by side in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from .belief import Belief
from .errors import JunctionError
from .inference.extraction import Estimate as Estimate
from .inference.extraction import Extraction
from .junction import Junction

NAMES = ("conductance_antiparallel", "threshold", "slope", "rotation_voltage", "transverse_ratio")


@dataclass(frozen=True)
class TransferParameters:
    """What a transfer curve tells; None where it does not tell, with the reason under the same name."""

    conductance_antiparallel: Estimate | None = None
    """G_AP, the flat foot, in S."""
    threshold: Estimate | None = None
    """V_th with its sign, in V."""
    slope: Estimate | None = None
    """dG/dV_G just above the threshold with its sign, in S/V, were there neither temperature nor stray field."""
    rotation_voltage: Estimate | None = None
    """Gamma in V, from the curvature."""
    transverse_ratio: Estimate | None = None
    """H_y/H_d, from the rounding of the kink beyond that by temperature."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why a parameter is None."""
    remarks: tuple[str, ...] = ()
    """What to think of the values, one sentence each."""
    chi_square: float = float("nan")
    """Of the fit, before any widening; nan where there is none."""
    dof: int = 0
    points: int = 0

    @classmethod
    def of(cls, extraction: Extraction) -> TransferParameters:
        """Return the chief parameters of an extraction."""
        found: dict[str, Any] = {name: extraction.estimate(name) for name in NAMES}
        return cls(
            **found,
            reasons={name: extraction.reasons[name] for name in NAMES if name in extraction.reasons},
            remarks=extraction.remarks,
            chi_square=extraction.chi_square,
            dof=extraction.dof,
            points=extraction.points,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self) | {"reasons": dict(self.reasons)}


def believed_parameters(belief: Belief, *, bias: float = 0.0) -> TransferParameters:
    """Return the parameters that a belief gives a transfer curve at a bias in V, uncertain as far as the belief is."""
    central = _parameters(belief.junction, bias)
    squares = dict.fromkeys(NAMES, 0.0)
    fields = belief.uncertain
    for step in belief.root(fields).T:
        moved = _moved(belief.junction, dict(zip(fields, step, strict=True)), bias)
        for name in NAMES:
            squares[name] += (moved[name] - central[name]) ** 2
    found: dict[str, Any] = {name: Estimate(central[name], float(np.sqrt(squares[name]))) for name in NAMES}
    return TransferParameters(**found)


def _moved(junction: Junction, step: Mapping[str, float], bias: float) -> dict[str, float]:
    """Return the parameters of a junction that is off by a step, or by its opposite where that cannot be."""
    for sign in (1, -1):
        try:
            return _parameters(
                junction.changed(**{n: getattr(junction, n) + sign * by for n, by in step.items()}), bias
            )
        except JunctionError:
            continue
    return _parameters(junction, bias)


def _parameters(junction: Junction, bias: float) -> dict[str, float]:
    conductance = 1 / junction.antiparallel_at(bias)
    slope = conductance * (1 - junction.resistance_parallel * conductance) / (2 * junction.rotation_voltage)
    return {
        "conductance_antiparallel": conductance,
        "threshold": junction.threshold_voltage,
        "slope": junction.gate_sign * slope,
        "rotation_voltage": junction.rotation_voltage,
        "transverse_ratio": junction.transverse_field / junction.dipole_field if junction.dipole_field else 0.0,
    }
