"""Terms of the effective field: what each optional one must offer, and how its constants are checked.

A term is a frozen dataclass of material constants. It knows its equation, and turns it for given junctions into
rows of the kernel: values while all signals are 0, and gains that follow signals.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from .errors import JunctionError
from .forces import Gain
from .junction import VACUUM_PERMEABILITY, Junction
from .landscape import FloatArray

Vector = tuple[float, float, float]
"""Components along the major axis, the minor axis and out of plane."""


@dataclass(frozen=True)
class Contribution:
    """What one term adds to the forces on `n` soft layers."""

    rows: Mapping[str, FloatArray] = field(default_factory=dict)
    """Values while all signals are 0, shape (n,), in A/m (`asymmetry` and polarizer are plain numbers)."""
    gains: tuple[Gain, ...] = ()


class Term(Protocol):
    """An optional part of the effective field."""

    def contribution(self, junctions: Sequence[Junction]) -> Contribution:
        """Return the rows and gains for these junctions."""
        ...


def column(junctions: Sequence[Junction], name: str) -> FloatArray:
    """Return one parameter of all junctions, shape (n,)."""
    return np.array([getattr(junction, name) for junction in junctions], dtype=np.float64)


def polarization(junctions: Sequence[Junction]) -> FloatArray:
    """Return mu0 M_s in T, shape (n,): an energy density in J/m^3 divided by it is a field in A/m."""
    return VACUUM_PERMEABILITY * column(junctions, "saturation_magnetization")


def stiffness_rows(strength: FloatArray, axis: Vector) -> dict[str, FloatArray]:
    """Return the rows of the energy e = strength (m.u)^2/2 in A/m, u the unit axis.

    The planar rows are relative to m_x: m_x^2 = 1 - m_y^2 - m_z^2 leaves A = S_yy - S_xx and B = S_zz - S_xx.
    """
    x, y, z = axis
    rows = {"in_plane": y * y - x * x, "out_of_plane": z * z - x * x}
    rows |= {"tensor_xy": x * y, "tensor_xz": x * z, "tensor_yz": y * z}
    return {name: strength * share for name, share in rows.items() if share != 0}


def gains_of(signal: str, rows: Mapping[str, FloatArray]) -> tuple[Gain, ...]:
    """Return gains that follow one signal, from values per unit of it."""
    return tuple(Gain(name, signal, values) for name, values in rows.items())


# Checks on construction.


DIRECTION = {"unit": "", "direction": True}
"""Metadata of a dataclass field that holds a direction; `check_constants` normalises it."""


def check_constants(term: Any) -> None:
    """Put a term's fields into their declared types, directions normalised. Raises JunctionError."""
    for spec in dataclasses.fields(term):
        value = getattr(term, spec.name)
        if value is None and spec.default is None:
            continue
        if "direction" in spec.metadata:
            object.__setattr__(term, spec.name, _unit_vector(spec.name, value))
        elif "limits" in spec.metadata:
            object.__setattr__(term, spec.name, _number(spec, value))


def _number(spec: dataclasses.Field[Any], value: Any) -> float:
    unit = f" {spec.metadata['unit']}".rstrip()
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise JunctionError(f"`{spec.name}` must be a number{' in' if unit else ''}{unit}, but is {value!r}.")
    number = float(value)
    low, high = spec.metadata["limits"]
    above = spec.metadata["above"]
    if not (low < number <= high if above else low <= number <= high):
        lower = f"above {low:g}" if above else f"at least {low:g}"
        upper = f" and at most {high:g}" if math.isfinite(high) else ""
        raise JunctionError(f"`{spec.name}` must be {lower}{upper}{unit}, but is {number:g}{unit}.")
    return number


def _unit_vector(name: str, value: Any) -> Vector:
    try:
        vector = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        vector = np.empty(0)
    length = float(np.linalg.norm(vector))
    if vector.shape != (3,) or not 0 < length < math.inf:
        raise JunctionError(f"`{name}` must be a direction of three finite numbers, not all 0, but is {value!r}.")
    x, y, z = (vector / length).tolist()
    return x, y, z
