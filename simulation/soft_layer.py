"""Soft layers: junctions with optional terms of the effective field, turned into what the kernel takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .errors import ModelError
from .forces import FOLLOWING, Forces, Gain
from .junction import BOLTZMANN_CONSTANT, Junction
from .landscape import FloatArray, JunctionArrays, Landscape
from .terms import Term, column, polarization

_SHARED_ROWS = ("polarizer_x", "polarizer_y", "polarizer_z", "asymmetry")
"""Rows of which a soft layer has one only: two torques that depend on the angle cannot be added."""


class SoftLayers:
    """The soft layers of `n` junctions with the same optional terms.

    Shape, stress along an axis of the ellipse, dipole and stray field are the junctions' own; whatever else acts
    is a term. Raises ModelError where no junction is given or two terms cannot act together.
    """

    def __init__(self, junctions: Sequence[Junction], terms: Sequence[Term] = ()) -> None:
        self.junctions = _several("junctions", junctions)
        self.terms = _several("terms", terms)
        for term in self.terms:
            if not callable(getattr(term, "contribution", None)):
                raise ModelError(f"`terms` must be terms of the effective field, but one of them is {term!r}.")
        self._arrays = JunctionArrays(self.junctions)
        self._contributions = [term.contribution(self.junctions) for term in self.terms]
        self._check()

    def __len__(self) -> int:
        return len(self.junctions)

    def forces(
        self, *, gate: ArrayLike = 0.0, bias: float = 0.0, field: float = 0.0, temperature: float | None = None
    ) -> Forces:
        """Return what acts at a resting gate in V (one, or one a junction), bias in V and field along x in A/m.

        A drive's signals come on top of these, so a signal that is driven should rest at 0. Resistances are
        those at the resting bias. A temperature in K stands for the junctions' own where it is given.

        Raises ModelError.
        """
        landscape = self._arrays.landscape(gate, bias=bias, field=field, temperature=temperature)
        rows = _sums([*self._resting(), *self._at_bias(bias)])
        planar = {name: getattr(landscape, name) + values for name, values in rows.items() if name in FOLLOWING}
        torques = {name: values for name, values in rows.items() if name not in FOLLOWING}
        return Forces(replace(landscape, **planar), torques, self._gains(landscape))

    def _resting(self) -> Iterator[Mapping[str, FloatArray]]:
        return (contribution.rows for contribution in self._contributions)

    def _at_bias(self, bias: float) -> Iterator[Mapping[str, FloatArray]]:
        gains = (gain for contribution in self._contributions for gain in contribution.gains)
        return ({gain.row: gain.values * bias} for gain in gains if gain.signal == "bias" and bias != 0)

    def _gains(self, landscape: Landscape) -> tuple[Gain, ...]:
        one = np.ones(len(self))
        own = {
            "in_plane": ("gate", landscape.in_plane_slope),
            "out_of_plane": ("gate", landscape.out_of_plane_slope),
            "field_x": ("field_x", one),
            "field_y": ("field_y", one),
            "field_z": ("field_z", one),
            "noise": ("temperature", self._thermal_field_per_kelvin()),
        }
        gains = [Gain(row, signal, values) for row, (signal, values) in own.items() if values.any()]
        return (*gains, *(gain for contribution in self._contributions for gain in contribution.gains))

    def _thermal_field_per_kelvin(self) -> FloatArray:
        """Return k_B/(mu0 M_s Vol) in A/(m K)."""
        return BOLTZMANN_CONSTANT / (polarization(self.junctions) * column(self.junctions, "volume"))

    def _check(self) -> None:
        for name in _SHARED_ROWS:
            owners = [
                type(term).__name__
                for term, contribution in zip(self.terms, self._contributions, strict=True)
                if name in contribution.rows
            ]
            if len(owners) > 1:
                raise ModelError(
                    "A soft layer must have at most one torque whose efficiency depends on the angle, "
                    f"but has {len(owners)}: {', '.join(owners)}."
                )


def _several(name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    try:
        return tuple(values)
    except TypeError:
        raise ModelError(f"`{name}` must be a sequence of {name}, but is {values!r}.") from None


def _sums(rows: Sequence[Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
    """Return the sum of each row over all that add to it."""
    total: dict[str, FloatArray] = {}
    for some in rows:
        for name, values in some.items():
            total[name] = total[name] + values if name in total else values
    return total
