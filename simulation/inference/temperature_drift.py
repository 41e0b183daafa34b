"""How scale factor and offsets of a multiplier change with temperature, from maps at several temperatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .extraction import Extraction
from .least_squares import POOR, chance
from .parameters import Parameter

Floats = NDArray[np.float64]

DRIFT_FIGURES: Mapping[str, Parameter] = {
    "scale_drift": Parameter("(dk/dT)/k", "1/K", "relative slope of the scale factor at the mean temperature"),
    "x_offset_drift": Parameter("dx_0/dT", "V/K", "slope of the X offset"),
    "y_offset_drift": Parameter("dy_0/dT", "V/K", "slope of the Y offset"),
    "output_offset_drift": Parameter("do/dT", "V/K", "slope of the output offset"),
}
"""Name to symbol, unit and meaning."""


@dataclass(frozen=True)
class MapAtTemperature:
    """The extraction of a map (`product_map`) and the temperature in K at which it was measured, taken as exact."""

    temperature: float
    extraction: Extraction


def temperature_drift(maps: Sequence[MapAtTemperature]) -> Extraction:
    """Return the slopes of weighted lines over temperature. An error that maps share moves them together.

    Where chi-square says that a line is not enough, the scatter is widened and a remark says so. Raises InferenceError.
    """
    temperature = np.array([one.temperature for one in maps], float)
    _check(temperature)
    centred = temperature - temperature.mean()
    told = [_drift(name, maps, centred) for name in DRIFT_FIGURES]
    contributions = {name: one.contributions for name, one in zip(DRIFT_FIGURES, told, strict=True)}
    errors = sorted({error for one in contributions.values() for error in one})
    common = np.array([[one.get(error, 0.0) for error in errors] for one in contributions.values()])
    statistical = np.diag([one.scatter**2 for one in told])
    poor = [name for name, one in zip(DRIFT_FIGURES, told, strict=True) if one.poor]
    return Extraction(
        tuple(DRIFT_FIGURES),
        np.array([one.value for one in told]),
        statistical + common.reshape(len(told), len(errors)) @ common.reshape(len(told), len(errors)).T,
        statistical,
        remarks=tuple(
            f"`{name}`: a line over temperature does not describe the maps within their scatter." for name in poor
        ),
        contributions=contributions,
        points=len(maps),
    )


@dataclass(frozen=True)
class _Drift:
    value: float
    scatter: float
    contributions: Mapping[str, float]
    poor: bool


def _drift(name: str, maps: Sequence[MapAtTemperature], centred: Floats) -> _Drift:
    of = name.removesuffix("_drift")
    values, scatter = (np.array(both) for both in zip(*(_of(of, one) for one in maps), strict=True))
    # Without any scatter each map counts the same.
    width = scatter if (scatter > 0).all() else np.ones_like(scatter)
    design = np.stack([np.ones_like(centred), centred], axis=1) / width[:, None]
    inverse = np.linalg.pinv(design) / width
    level, slope = inverse @ values
    left = (values - level - slope * centred) / width
    dof = len(values) - 2
    chi_square = float(left @ left)
    poor = bool((scatter > 0).all() and chance(chi_square, dof) < POOR)
    if name == "scale_drift":  # relative: d(slope/level) = (d slope - value d level)/level
        row, value = (inverse[1] - slope / level * inverse[0]) / level, slope / level
    else:
        row, value = inverse[1], slope
    together = float(np.sqrt(np.sum((row * scatter) ** 2) * (chi_square / dof if poor else 1.0)))
    shared = [one.extraction.contributions.get(of, {}) for one in maps]
    errors = sorted({error for one in shared for error in one})
    effects = {error: float(row @ np.array([one.get(error, 0.0) for one in shared])) for error in errors}
    return _Drift(float(value), together, effects, poor)


def _of(name: str, one: MapAtTemperature) -> tuple[float, float]:
    extraction = one.extraction
    if name not in extraction.names:
        raise InferenceError(f"A map must tell `{name}`, but the one at {one.temperature:g} K does not.")
    k = extraction.names.index(name)
    return float(extraction.values[k]), float(extraction.statistical[k, k]) ** 0.5


def _check(temperature: Floats) -> None:
    if not np.isfinite(temperature).all() or (temperature <= 0).any():
        raise InferenceError("Temperatures must be finite and above 0 K, but are not everywhere.")
    if len(np.unique(temperature)) < 2:
        raise InferenceError(
            f"A drift must be of maps at 2 temperatures or more, but is of {len(np.unique(temperature))}."
        )
