"""What acts on soft layers: an energy landscape, torques, and how both follow the signals of a drive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .landscape import FloatArray, Landscape

FOLLOWING = ("field_x", "field_y", "in_plane", "out_of_plane", "noise")
"""Rows of the landscape that may follow a signal: fields and anisotropies in A/m; `noise` is the thermal field."""
TORQUES = ("field_z", "tensor_xy", "tensor_xz", "tensor_yz", "spin_x", "spin_y", "spin_z",
           "polarizer_x", "polarizer_y", "polarizer_z", "slonczewski", "slonczewski_field", "asymmetry")  # fmt: skip
"""Rows beyond the landscape. With S the symmetric tensor, D the spin vector, p the polarizer (a unit vector), a and
b the Slonczewski fields in A/m and chi the asymmetry, the field on m gains

    field_z z - S m + m x D + (a m x p + b p)/(1 + chi m.p)
"""
SIGNALS = {
    "gate": "V",
    "gate_1": "V",
    "gate_2": "V",
    "bias": "V",
    "field_x": "A/m",
    "field_y": "A/m",
    "field_z": "A/m",
    "current": "A/m^2",
    "spin_current": "A/m^2",
    "temperature": "K",
}
"""What a drive may change, with units: `gate_1` and `gate_2` are gate pairs beside the junction's own gate, `current`
flows through the junction, `spin_current` in the heavy metal below it."""


@dataclass(frozen=True)
class Gain:
    """How one row follows one signal: row += values * signal(t)."""

    row: str
    signal: str
    values: FloatArray
    """Shape (n,), in A/m per unit of the signal."""

    def __post_init__(self) -> None:
        rows = (*FOLLOWING, *TORQUES)
        if self.row not in rows:
            raise ModelError(f"`row` of a gain must be one of {', '.join(rows)}, but is '{self.row}'.")
        if self.signal not in SIGNALS:
            raise ModelError(f"`signal` of a gain must be one of {', '.join(SIGNALS)}, but is '{self.signal}'.")


@dataclass(frozen=True)
class Forces:
    """What acts on `n` soft layers while all signals are 0, and how it follows them."""

    landscape: Landscape
    torques: Mapping[str, FloatArray] = field(default_factory=dict)
    """Rows of `TORQUES` that are there, each (n,); those left out are 0."""
    gains: tuple[Gain, ...] = ()

    def __post_init__(self) -> None:
        for name, values in self.torques.items():
            if name not in TORQUES:
                raise ModelError(f"A torque must be one of {', '.join(TORQUES)}, but is '{name}'.")
            self._check_length(f"`{name}`", values)
        for gain in self.gains:
            self._check_length(f"The gain of `{gain.row}` by `{gain.signal}`", gain.values)

    def _check_length(self, what: str, values: FloatArray) -> None:
        shape, n = np.shape(values), len(self.landscape)
        if shape != (n,):
            found = shape[0] if len(shape) == 1 else f"shape {shape}" if shape else repr(values)
            raise ModelError(f"{what} must have one value for each of {n} layers, but has {found}.")

    def __len__(self) -> int:
        return len(self.landscape)

    @classmethod
    def joined(cls, parts: Sequence[Forces]) -> Forces:
        """Return the members of all parts, one part after the other; how they follow signals is left out."""
        rows = Landscape.__dataclass_fields__
        landscape = Landscape(*(np.concatenate([getattr(part.landscape, name) for part in parts]) for name in rows))
        names = sorted({name for part in parts for name in part.torques})
        none = [np.zeros(len(part)) for part in parts]
        torques = {
            name: np.concatenate([part.torques.get(name, zero) for part, zero in zip(parts, none, strict=True)])
            for name in names
        }
        return cls(landscape, torques)

    @classmethod
    def of(cls, forces: Forces | Landscape) -> Forces:
        """Return forces as they are, or those of a landscape alone."""
        return forces if isinstance(forces, Forces) else cls(forces)

    def under(self, signals: Mapping[str, float]) -> Forces:
        """Return the forces while signals have constant values, in the units of `SIGNALS`."""
        landscape, torques = self.landscape, dict(self.torques)
        if "temperature" in signals:
            hot = [gain.values for gain in self.gains if gain.signal == "temperature"]
            with np.errstate(divide="ignore"):
                scale = 1 / (hot[0] * signals["temperature"]) if hot else landscape.energy_scale
            landscape = replace(landscape, energy_scale=scale)
        for gain in self.gains:
            if gain.signal not in signals or gain.row == "noise":
                continue
            added = gain.values * signals[gain.signal]
            if gain.row in FOLLOWING:
                landscape = replace(landscape, **{gain.row: getattr(landscape, gain.row) + added})
            else:
                torques[gain.row] = torques.get(gain.row, 0.0) + added
        return Forces(landscape, torques, self.gains)

    def distinct(self) -> tuple[Forces, NDArray[np.intp]]:
        """Return the forces without copies that stand in a row, and for each member the number of its original."""
        landscape = self.landscape
        rows = [getattr(landscape, name) for name in landscape.__dataclass_fields__]
        rows += [*self.torques.values(), *(gain.values for gain in self.gains)]
        changes = np.any([row[1:] != row[:-1] for row in rows], axis=0)
        return self.at(np.flatnonzero(np.append(True, changes))), np.append(0, np.cumsum(changes))

    def repeated(self, times: int) -> Forces:
        """Return the forces with every member `times` times in a row."""
        return Forces(
            self.landscape.repeated(times),
            {name: np.repeat(values, times) for name, values in self.torques.items()},
            tuple(Gain(gain.row, gain.signal, np.repeat(gain.values, times)) for gain in self.gains),
        )

    def at(self, where: slice | NDArray[np.bool_] | NDArray[np.intp]) -> Forces:
        """Return the forces on some members."""
        return Forces(
            self.landscape.at(where),
            {name: values[where] for name, values in self.torques.items()},
            tuple(Gain(gain.row, gain.signal, gain.values[where]) for gain in self.gains),
        )
