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
from .macrospin import CONSTANT, PLANAR, ROWS

if TYPE_CHECKING:
    from .drive import Drive, Waveform

_ROUNDING = 1e-21
"""Time in s that is nothing to a waveform, but more than the rounding of times up to a microsecond."""
_BARE = ("polarizer_x", "polarizer_y", "polarizer_z", "asymmetry")
"""Rows without a unit, which are not folded."""
_ON_STATE = ("in_plane", "out_of_plane", "tensor_xy", "tensor_xz", "tensor_yz", "spin_x", "spin_y", "spin_z",
             "slonczewski", "asymmetry")  # fmt: skip
"""Rows that multiply the kernel's state alpha m, so they are divided by alpha."""


def fold(landscape: Landscape, step: float) -> FloatArray:
    """Return gamma0 dt/(1 + alpha^2) in m/A for a step in s, shape (n,)."""
    factor: FloatArray = GYROMAGNETIC_CONSTANT * step / (1 + landscape.damping**2)
    return factor


def rows_wanted(forces: Forces, driven: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the kernel's rows that layers need, `driven` rows included; those of torques only where there are any."""
    used = {*forces.torques, *driven}
    count = next(n for n in (PLANAR, CONSTANT, len(ROWS)) if used <= set(ROWS[:n]))
    return ROWS[:count]


def kernel_parameters(forces: Forces | Landscape, step: float, *, names: tuple[str, ...] | None = None) -> FloatArray:
    """Return the rows of the kernel for a step in s, shape (rows, n): those of `names`, None for `rows_wanted`.

    Raises ModelError where one is not finite.
    """
    forces = Forces.of(forces)
    landscape, n = forces.landscape, len(forces)
    _check_positive("damping", landscape.damping)
    _check_positive("energy_scale", landscape.energy_scale)
    values = {name: getattr(landscape, name) for name in ("field_x", "field_y", "in_plane", "out_of_plane")}
    values["noise"] = thermal_field(landscape.damping, 1 / landscape.energy_scale, step)
    values |= forces.torques
    factor = fold(landscape, step)
    rows = {"per_damping": 1 / landscape.damping, "per_length": (0.5 / landscape.damping) ** 2}
    for name, array in values.items():
        if not np.isfinite(array).all():
            raise ModelError(f"`{name}` of a soft layer must be finite, but is {array[~np.isfinite(array)][0]}.")
        rows[name] = _folded(name, array, factor, landscape.damping)
    return np.stack([np.broadcast_to(rows.get(name, np.zeros(n)), (n,)) for name in names or rows_wanted(forces)])


def _check_positive(name: str, values: FloatArray) -> None:
    wrong = values[~(values > 0)]  # nan is not above 0 either
    if len(wrong):
        raise ModelError(f"`{name}` of a soft layer must be above 0, but is {wrong[0]:g}.")


def _folded(name: str, values: FloatArray, factor: FloatArray, damping: FloatArray) -> FloatArray:
    folded = values if name in _BARE else factor * values
    return folded / damping if name in _ON_STATE else folded


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
        gains = np.stack([cls._gain(gain, forces.landscape, factor, step) for gain in wanted])
        rows = np.array([ROWS.index(gain.row) for gain in wanted], dtype=np.int64)
        return cls(drive, rows, gains, tuple(gain.signal for gain in wanted))

    @staticmethod
    def _gain(gain: Gain, landscape: Landscape, factor: FloatArray, step: float) -> FloatArray:
        # The thermal field grows with the square root of the temperature, and so does its signal.
        values = thermal_field(landscape.damping, gain.values, step) if gain.row == "noise" else gain.values
        return _folded(gain.row, values, factor, landscape.damping)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the driven rows."""
        return tuple(ROWS[row] for row in self.rows)

    def sampled(self, times: NDArray[np.floating], *, begins: bool = True, ends: bool = True) -> FloatArray:
        """Return the signals of the gains at times in s, shape (k, times).

        At an ideal edge it is the mean of both sides, so that a pulse is as long as it should be; the first time, where
        the drive `begins`, has the value after an edge, the last, where it `ends`, the one before.
        """
        waves = {name: self.drive.signals[name] for name in dict.fromkeys(self.signals)}
        at = {name: _edged(wave, times, begins, ends) for name, wave in waves.items()}
        return np.stack([np.sqrt(at[name]) if name == "temperature" else at[name] for name in self.signals])


def _edged(wave: Waveform, times: NDArray[np.floating], begins: bool, ends: bool) -> FloatArray:
    if not wave.has_edges:
        return wave.at(times)
    # An edge counts as reached although the last bit of a sum of times may say otherwise.
    after, before = wave.at(times + _ROUNDING), wave.before(times - _ROUNDING)
    values = (after + before) / 2
    if begins:
        values[0] = after[0]
    if ends:
        values[-1] = before[-1]
    return np.asarray(values)


def extremes(forces: Forces, drive: Drive) -> Forces:
    """Return the forces at rest, and as further members those when a signal of a drive is largest or smallest."""
    waves = drive.signals
    times = {float(wave.times[i]) for wave in waves.values() for i in (wave.values.argmax(), wave.values.argmin())}
    at = [{name: float(wave.at(time)) for name, wave in waves.items()} for time in sorted(times)]
    return Forces.joined([forces, *(forces.under(signals) for signals in at)])
