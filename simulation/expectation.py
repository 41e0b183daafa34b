"""The distribution expected of one reading: what the band beside a measured point is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from .constants import VACUUM_PERMEABILITY
from .junction import Junction
from .landscape import FloatArray
from .replicas import Response

LEVELS = (0.5, 0.158655253931457, 0.841344746068543, 0.025, 0.975)
"""Median, central 68.27 % and central 95 %."""
GATE_HISTORY = ("piezo_hysteresis", "piezo_creep")
"""Fields of the junction that move the effective gate alone, by what the gate has lived through."""


@dataclass(frozen=True)
class Expectation:
    """Median and bands of the reading that a belief about the junction makes one expect, in S."""

    median: float
    low68: float
    high68: float
    low95: float
    high95: float
    parts: Mapping[str, float] = field(default_factory=dict)
    """Standard uncertainties in S by origin: `parameters` of the junction, `thermal` motion within this reading,
    `model` (statistical error of the trajectories), `instrument`, `flicker`, 1/f noise, `read back`, that gate and
    fields scatter as they are read back, which is in `instrument` too (both not in older records), and
    `well`, that the soft layer may be in the less favoured one (only where it may)."""
    gate_slopes: Mapping[str, float] = field(default_factory=dict)
    """Change of the effective gate in V per unit of each uncertain field of GATE_HISTORY; not in older records."""
    slope: float = 0.0
    """dG/dV_G in S/V, mean over the replicas."""
    effective_gate: float = 0.0
    """Gate voltage in V that the strain answered to, mean over the replicas."""
    correction: float = 0.0
    """What the trajectories found beyond the reference model, mean over the replicas, in S; 0 unless `sllg`."""
    field: float = 0.0
    """Applied field along the easy axis in A/m while the reading integrated."""
    transverse_field: float = 0.0
    """The same along the minor axis."""
    temperature: float | None = None
    """Temperature in K; None: the junction's own."""
    hard_layer: int = 1
    """1 where the hard layer points as it was made, -1 where it is reversed."""
    well: int = 0
    """Side 1 or -1 of the well in which the soft layer was, 0 where no well matters, 2 (`FAVOURED`) for the one that
    each replica's own field along y favours."""
    decided: bool = True
    """Whether all replicas were in that state, or those in another add less than the reading's own scatter; where not,
    the junction may or may not have switched."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self) | {"parts": dict(self.parts), "gate_slopes": dict(self.gate_slopes)}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Expectation:
        """Return the expectation that `to_dict` described."""
        return cls(**fields)


def expect(
    response: Response,
    *,
    independent: float,
    common: Mapping[str, float],
    gate: Mapping[str, float],
    fields: tuple[Mapping[str, float], Mapping[str, float]] = ({}, {}),
    flicker: float = 0.0,
    read_back: Mapping[str, float] = MappingProxyType({}),
    histories: Mapping[str, FloatArray] = MappingProxyType({}),
) -> Expectation:
    """Return the distribution expected of a reading with that uncertainty.

    `independent` is the instrument's scatter in S, `common` the effects of its common errors in S, `gate` those on
    the gate voltage in V, `fields` those on the flux densities along both axes in T; `flicker` is the relative standard
    deviation by 1/f noise, `read_back` the scatter of gate in V and fields in T as read back, `histories`
    the fields of GATE_HISTORY by replica. Each replica contributes a normal distribution about its reference, moved by
    what the trajectories found beyond it on the average; quantiles are those of the mixture.
    """
    correction = float(np.mean(response.mean - response.reference))
    by_reading = _by_read_back(response, read_back)
    fixed = independent**2 + sum(effect**2 for effect in common.values()) + _by_fields(response, fields) + by_reading
    by_gate = response.slope**2 * sum(effect**2 for effect in gate.values())
    by_flicker = (flicker * response.reference) ** 2
    spread = np.sqrt(response.thermal**2 + response.standard_error**2 + fixed + by_gate + by_flicker)
    parts = {
        "parameters": float(np.std(response.reference)),
        "thermal": float(np.sqrt(np.mean(response.thermal**2))),
        "model": response.standard_error,
        "instrument": float(np.sqrt(fixed + np.mean(by_gate))),
        "flicker": float(np.sqrt(np.mean(by_flicker))),
        "read_back": float(np.sqrt(by_reading)),
    }
    median, low68, high68, low95, high95 = mixture_quantiles(response.reference + correction, spread, LEVELS)
    return Expectation(
        *(median, low68, high68, low95, high95),
        parts=parts | ({"well": response.other_wells} if response.other_wells else {}),
        slope=float(np.mean(response.slope)),
        effective_gate=float(np.mean(response.effective_gate)),
        correction=correction,
        field=response.field,
        transverse_field=response.transverse_field,
        temperature=response.temperature,
        hard_layer=response.hard_layer or 1,
        well=response.well or 0,
        decided=response.hard_layer is not None and response.well is not None and response.other_wells <= independent,
        gate_slopes=gate_slopes(response.effective_gate, histories),
    )


def _by_fields(response: Response, fields: tuple[Mapping[str, float], Mapping[str, float]]) -> float:
    """Return the variance in S^2 by common errors of the flux densities along both axes, in T."""
    slopes = response.field_slope, response.transverse_field_slope
    return sum(
        (slope * effect / VACUUM_PERMEABILITY) ** 2
        for slope, effects in zip(slopes, fields, strict=True)
        for effect in effects.values()
    )


def _by_read_back(response: Response, read_back: Mapping[str, float]) -> float:
    """Return the variance in S^2 by the scatter of gate in V and fields in T as they are read back."""
    by_gate = float(np.mean(response.slope**2)) * read_back.get("gate", 0.0) ** 2
    slopes = {"field": response.field_slope, "transverse_field": response.transverse_field_slope}
    return by_gate + sum(
        (slope * read_back.get(axis, 0.0) / VACUUM_PERMEABILITY) ** 2 for axis, slope in slopes.items()
    )


def histories_of(junctions: Sequence[Junction]) -> dict[str, FloatArray]:
    """Return the fields of GATE_HISTORY that differ among the replicas, each (n,), SI."""
    drawn = {name: np.array([getattr(junction, name) for junction in junctions]) for name in GATE_HISTORY}
    return {name: values for name, values in drawn.items() if np.ptp(values) > 0}


def gate_slopes(effective_gate: FloatArray, histories: Mapping[str, FloatArray]) -> dict[str, float]:
    """Return the change of the effective gate in V per unit of each field, by least squares over the replicas (n,)."""
    if not histories or len(effective_gate) <= len(histories):
        return {}
    columns = np.stack([(values - values.mean()) / values.std() for values in histories.values()], axis=1)
    found = np.linalg.lstsq(columns, effective_gate - np.mean(effective_gate), rcond=None)[0]
    return {name: float(slope / histories[name].std()) for name, slope in zip(histories, found, strict=True)}


def mixture_quantiles(centres: FloatArray, spread: FloatArray, levels: tuple[float, ...]) -> list[float]:
    """Return quantiles of an equal mixture of normal distributions, by bisection of its distribution function."""
    if not np.any(spread > 0):
        return [float(q) for q in np.quantile(centres, levels)]
    from scipy.special import ndtr

    spread = np.maximum(spread, 1e-9 * np.max(spread))
    low = np.full(len(levels), float(np.min(centres - 9 * spread)))
    high = np.full(len(levels), float(np.max(centres + 9 * spread)))
    wanted = np.asarray(levels)
    for _ in range(48):
        middle = (low + high) / 2
        below = ndtr((middle[:, None] - centres) / spread).mean(axis=1) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return [float(q) for q in (low + high) / 2]
