"""Forces folded with a time step into what the kernel takes: dimensionless rows, gains and signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .forces import Forces, Gain
from .junction import GYROMAGNETIC_CONSTANT
from .landscape import FloatArray, Landscape
from .macrospin import PLANAR, ROWS

if TYPE_CHECKING:
    from .drive import Drive

_ROUNDING = 1e-21
"""Time in s that is nothing to a waveform, but more than the rounding of times up to a microsecond."""
_BARE = ("damping", "polarizer_x", "polarizer_y", "polarizer_z", "asymmetry")
"""Rows without a unit, which are not folded."""


def fold(landscape: Landscape, step: float) -> FloatArray:
    """Return gamma0 dt/(1 + alpha^2) in m/A for a step in s, shape (n,)."""
    factor: FloatArray = GYROMAGNETIC_CONSTANT * step / (1 + landscape.damping**2)
    return factor


def kernel_parameters(forces: Forces | Landscape, step: float, *, torques: bool | None = None) -> FloatArray:
    """Return the rows of the kernel for a step in s: (6, n), or all of them with `torques`.

    None for those of a layer at rest. Raises ModelError where one is not finite.
    """
    forces = Forces.of(forces)
    landscape, n = forces.landscape, len(forces)
    values = {name: getattr(landscape, name) for name in ("field_x", "field_y", "in_plane", "out_of_plane", "damping")}
    values["noise"] = thermal_field(landscape.damping, 1 / landscape.energy_scale, step)
    values |= forces.torques
    wanted = bool(forces.torques) if torques is None else torques
    names = ROWS if wanted else ROWS[:PLANAR]
    rows = np.stack([np.broadcast_to(np.asarray(values.get(name, 0.0), dtype=np.float64), (n,)) for name in names])
    for name, row in zip(names, rows, strict=True):
        if not np.isfinite(row).all():
            raise ModelError(f"`{name}` of a soft layer must be finite, but is {row[~np.isfinite(row)][0]}.")
    factor = fold(landscape, step)
    for i, name in enumerate(names):
        if name not in _BARE:
            rows[i] *= factor
    return rows


def thermal_field(damping: FloatArray, energy: FloatArray, step: float) -> FloatArray:
    """Return sigma_h = (2 alpha kT/(gamma0 mu0 M_s Vol dt))^(1/2) in A/m, `energy` being kT/(mu0 M_s Vol) in A/m.

    1903 A/m for the junction of Fig. 5 at 300 K and 1 ps (Brown, Phys. Rev. 130, 1677 (1963)).
    """
    field: FloatArray = np.sqrt(2 * damping * energy / (GYROMAGNETIC_CONSTANT * step))
    return field


def resistance_rows(landscape: Landscape) -> FloatArray:
    """Return R_0, R_1, R_2 in ohm of Eq. (1), R = R_0 + R_1 m_x + R_2 m_y, shape (3, n)."""
    half = landscape.resistance_difference / 2
    parallel = landscape.resistance_parallel + half
    return np.stack([parallel, half * landscape.cos_hard, half * landscape.sin_hard])


@dataclass(frozen=True)
class FoldedDrive:
    """How rows of the kernel follow the signals of a drive."""

    drive: Drive
    rows: NDArray[np.int64]
    """Row of each gain, never falling, shape (k,)."""
    gains: FloatArray
    """Folded gains, shape (k, n)."""
    signals: tuple[str, ...]
    """Signal of each gain."""

    @classmethod
    def of(cls, forces: Forces, drive: Drive, step: float) -> FoldedDrive | None:
        """Return the gains that a drive asks for; None where it changes nothing. Raises ModelError."""
        wanted = [gain for gain in forces.gains if gain.signal in drive.signals]
        deaf = set(drive.signals) - {gain.signal for gain in wanted}
        if deaf:
            raise ModelError(
                f"A driven signal must act on the soft layers, but nothing there follows `{min(deaf)}`: "
                "add the term that does."
            )
        if not wanted:
            return None
        wanted.sort(key=lambda gain: ROWS.index(gain.row))
        factor = fold(forces.landscape, step)
        gains = np.stack([cls._folded(gain, forces, factor, step) for gain in wanted])
        rows = np.array([ROWS.index(gain.row) for gain in wanted], dtype=np.int64)
        return cls(drive, rows, gains, tuple(gain.signal for gain in wanted))

    @staticmethod
    def _folded(gain: Gain, forces: Forces, factor: FloatArray, step: float) -> FloatArray:
        if gain.row == "noise":
            # The thermal field grows with the square root of the temperature, and so does its signal.
            return factor * thermal_field(forces.landscape.damping, gain.values, step)
        return gain.values if gain.row in _BARE else factor * gain.values

    def sampled(self, times: NDArray[np.floating]) -> FloatArray:
        """Return the signals of the gains at times in s, shape (k, times)."""
        waves = self.drive.signals
        # An edge counts as passed although the last bit of a sum of times may say otherwise.
        at = {name: waves[name].at(times + _ROUNDING) for name in dict.fromkeys(self.signals)}
        return np.stack([np.sqrt(at[name]) if name == "temperature" else at[name] for name in self.signals])


def extremes(forces: Forces, drive: Drive) -> list[Forces]:
    """Return the forces at rest and at the times at which a signal of a drive is largest or smallest."""
    waves = drive.signals
    times = {float(wave.times[i]) for wave in waves.values() for i in (wave.values.argmax(), wave.values.argmin())}
    at = [{name: float(wave.at(time)) for name, wave in waves.items()} for time in sorted(times)]
    return [forces, *(forces.under(signals) for signals in at)]
