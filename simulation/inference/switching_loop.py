"""Easy-axis loops with jumps: plateaus, and the fields at which the soft and the hard layer reverse.

A minor loop has one transition on each branch, the soft layer's: its centre is at -H_d for a hard layer along -x, its
half width is the coercive field. A major loop has two: on a branch that starts from saturation the soft layer reverses
first, to the antiparallel state, then the hard one. Which of them a loop is, its transitions say.

A switching field is known to lie between two readings: its uncertainty is that of a rectangle of this width, and what
chance adds to a thermally activated reversal.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.junction import Junction

from .coercivity import ATTEMPT_FREQUENCY
from .common_errors import effects_of
from .extraction import Extraction
from .loop_readings import LoopReadings
from .plateaus import fit_plateaus
from .ratios import extended, with_ratios
from .shared_errors import with_shared_errors
from .switching_fields import SwitchingFields, switching_fields
from .transitions import transitions

HELD = ("saturation_magnetization", "thickness", "major_axis", "minor_axis", "temperature", "magnetostriction")
"""Fields of the belief that area, volume, thermal motion and the stress of a small gate are taken from."""


def switching_loop(readings: LoopReadings, belief: Belief) -> Extraction:
    """Return what an easy-axis loop with jumps tells, minor or major. Raises InferenceError."""
    found = with_shared_errors(partial(_core, ATTEMPT_FREQUENCY), readings, belief, HELD)
    if "shape_field" not in found:
        return found

    def attempts(sign: int) -> dict[str, float]:
        other = _core(ATTEMPT_FREQUENCY * 10.0**sign, readings, belief.junction, found)
        return dict(zip(other.names, map(float, other.values), strict=True))

    nominal = dict(zip(found.names, map(float, found.values), strict=True))
    return effects_of(nominal, {"attempt frequency, a decade": attempts}).added_to(found)


def _core(attempts: float, readings: LoopReadings, junction: Junction, like: Extraction | None) -> Extraction:
    found = transitions(readings)
    fields = switching_fields(readings, found, junction)
    plateaus = fit_plateaus(
        readings,
        found,
        fields.along,
        energy_scale=junction.energy_scale,
        shape_field=junction.shape_field,
        canted=None if like is None else "transverse_field" in like,
    )
    base = Extraction(
        names=plateaus.fit.names,
        values=plateaus.fit.values,
        covariance=plateaus.fit.covariance,
        statistical=plateaus.fit.covariance,
        reasons=fields.reasons,
        remarks=(*fields.remarks, _about_plateaus(readings, plateaus.used)),
        chi_square=plateaus.fit.chi_square,
        dof=plateaus.fit.dof,
        points=int(plateaus.used.sum()),
        fitted=plateaus.fitted,
        pulls=plateaus.pulls,
    )
    stress = int(junction.gate_sign) * junction.stress_field_per_volt * float(readings.gate.mean())
    return _with_fields(with_ratios(base, junction), fields, junction.energy_scale, stress, attempts, like)


def _with_fields(
    base: Extraction,
    fields: SwitchingFields,
    energy_scale: float,
    stress: float,
    attempts: float,
    like: Extraction | None,
) -> Extraction:
    """Return the extraction with the fields at which the layers reverse.

    `stress` is the stress field in A/m of what little gate there is: by so much the loop's anisotropy field is lower.
    """
    none = np.zeros((len(fields.names), len(base.names)))
    told = extended(base, fields.names, list(fields.values), none, fields.covariance)
    if "coercive_field" not in told:
        return told
    reason = fields.why_no_shape_field if like is None else None
    if reason is not None or (like is not None and "shape_field" not in like):
        return replace(told, reasons={**told.reasons, "shape_field": reason or ""})
    value, slope = fields.shape_field(energy_scale, attempts)
    row = np.where(np.array(told.names) == "coercive_field", slope, 0.0)[None, :]
    with_shape = extended(told, ("shape_field",), [value + stress], row, np.zeros((1, 1)))
    return replace(with_shape, remarks=(*with_shape.remarks, fields.about_shape_field(value, stress, energy_scale)))


def _about_plateaus(readings: LoopReadings, used: np.ndarray) -> str:
    fields = readings.field[used]
    return (
        f"The resistances come from {used.sum()} of {len(readings)} readings, on plateaus between "
        f"{fields.min():.4g} and {fields.max():.4g} A/m."
    )
