"""What surrounded each of many readings, beside the gate: fields, temperature, and the magnetic state they left."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .bias_dependence import tmr_divisor
from .constants import VACUUM_PERMEABILITY
from .junction import Junction
from .landscape import FloatArray, JunctionArrays, Landscape
from .well_answers import FAVOURED, favoured


@dataclass(frozen=True)
class ReadingConditions:
    """Arrays of shape (n,), one place a reading."""

    field: FloatArray
    """Applied field along the easy axis in A/m."""
    transverse_field: FloatArray
    """Applied field along the minor axis in A/m."""
    temperature: FloatArray
    """Temperature in K; nan where it is the junction's own."""
    hard_layer: FloatArray
    """1 where the hard layer points as it was made, -1 where it is reversed."""
    well: FloatArray
    """Side 1 or -1 of the well in which the soft layer was; 0 where none matters, FAVOURED for that of a junction's own
    field along y."""

    @property
    def trivial(self) -> bool:
        """Whether there was nothing but a gate."""
        moved = np.any([self.field, self.transverse_field, self.hard_layer - 1, self.well])
        return not (moved or np.isfinite(self.temperature).any())

    def share(self, landscape: Landscape) -> FloatArray | None:
        """Return the share of the time in the well of side 1, for each reading of each junction, row after row.

        nan where no well matters; None where it nowhere does. `landscape` is what `around` has returned.
        """
        if not self.well.any():
            return None
        well = np.tile(self.well, len(landscape) // len(self.well))
        sides = np.where(well == FAVOURED, favoured(np.ones(len(well)), landscape.field_y), (1 + well) / 2)
        return np.where(well == 0, np.nan, sides)

    def around(self, rest: Landscape, junctions: list[Junction], **shifts: FloatArray) -> Landscape:
        """Return landscapes at rest, those of each junction at each reading, row after row, under these conditions.

        `shifts` of `field` and `transverse_field` in T, and of `temperature` in K, have the shape (junctions, n).
        """
        times, readings = len(junctions), len(self.field)

        def row(name: str, per_unit: float = 1.0) -> FloatArray:
            level = np.tile(getattr(self, name), times)
            return level + np.ravel(shifts[name]) * per_unit if name in shifts else level

        stray, own = (np.repeat([getattr(j, name) for j in junctions], readings) for name in _OWN)
        turned, kelvin = row("hard_layer"), row("temperature")
        with np.errstate(divide="ignore", invalid="ignore"):
            warmer = np.where(np.isnan(kelvin), 1.0, own / np.maximum(kelvin, 0.0))
        return replace(
            rest,
            field_x=turned * rest.field_x + row("field", 1 / VACUUM_PERMEABILITY),
            field_y=turned * (rest.field_y - stray) + stray + row("transverse_field", 1 / VACUUM_PERMEABILITY),
            energy_scale=np.where(warmer == 1, rest.energy_scale, rest.energy_scale * warmer),
            cos_hard=turned * rest.cos_hard,
            sin_hard=turned * rest.sin_hard,
        )


_OWN = ("transverse_field", "temperature")


def at_rest(junctions: list[Junction], gate: FloatArray, bias: FloatArray) -> Landscape:
    """Return the landscapes of each junction at each of its gates (m, n) in V and biases in V, row after row."""
    rest = JunctionArrays(junctions).landscape(0.0).repeated(gate.shape[1])
    volts = gate.ravel()
    half = np.repeat(np.array([junction.bias_half_tmr for junction in junctions]), gate.shape[1])
    reduced = tmr_divisor(np.broadcast_to(bias, gate.shape).ravel(), half)
    return replace(
        rest,
        in_plane=rest.in_plane + rest.in_plane_slope * volts,
        out_of_plane=rest.out_of_plane + rest.out_of_plane_slope * volts,
        resistance_difference=rest.resistance_difference / reduced,
    )
