"""The fields at which the layers of a junction reverse, from the transitions of its loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from smtjlab.simulation.junction import Junction

from .coercivity import ATTEMPT_FREQUENCY, anisotropy_from_coercivity, switching_scatter
from .errors import InferenceError
from .loop_readings import Floats, LoopReadings
from .transitions import Transition

_TOO_WIDE = 10.0
"""Half width over the believed anisotropy field beyond which a loop cannot be the soft layer's."""


@dataclass(frozen=True)
class SwitchingFields:
    """What the transitions of a loop tell, `k` parameters."""

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    """Shape (k, k): brackets of the grid and thermal scatter."""
    along: Floats
    """Field in A/m at each reading along the direction that the soft layer has there, shape (n,)."""
    reasons: Mapping[str, str]
    remarks: tuple[str, ...]
    dwell: float
    """Time in s from one reading of a branch to the next."""
    jumps: int
    """Most jumps in one transition."""

    @property
    def why_no_shape_field(self) -> str | None:
        """Why the coercive field tells no anisotropy field, None where it does."""
        k = self.names.index("coercive_field")
        if self.jumps > 1:
            return "the layer does not reverse as one domain"
        if not self.values[k] > 2 * float(np.sqrt(self.covariance[k, k])):
            return "the half width of the loop cannot be told from none: take a finer grid"
        return None

    def shape_field(self, energy_scale: float, attempts: float) -> tuple[float, float]:
        """Return the H_k in A/m that the coercive field stands for, and its derivative by the coercive field."""
        width = max(float(self.values[self.names.index("coercive_field")]), 0.0)
        step = 1e-4 * max(width, 1.0)
        value, above = (
            anisotropy_from_coercivity(one, self.dwell, energy_scale, attempts) for one in (width, width + step)
        )
        return value, (above - value) / step

    def about_shape_field(self, value: float, stress: float, energy_scale: float) -> str:
        """Return under what conditions that H_k is one; `stress` in A/m is what was added to it for the gate."""
        barrier = f"{energy_scale * value / 2:.3g} kT" if np.isfinite(energy_scale) else "infinite"
        return (
            f"H_k supposes one domain that reverses over its whole barrier ({barrier}) within {self.dwell:.3g} s of a "
            f"step, {ATTEMPT_FREQUENCY:.0e} attempts a second within a decade, no stray transverse field; with one, or "
            "with a nucleus that reverses first, it is a lower bound. "
            f"For the gate as read back {stress:.3g} A/m are in it."
        )


def switching_fields(readings: LoopReadings, found: list[Transition], junction: Junction) -> SwitchingFields:
    """Return what the transitions of a minor or a major loop tell.

    Raises InferenceError where they are those of neither.
    """
    by_branch = {name: [one for one in found if one.branch == name] for name in readings.branches}
    counts = {len(ones) for ones in by_branch.values()}
    if counts == {1}:
        return _minor(readings, [ones[0] for ones in by_branch.values()], junction)
    if counts == {2} and all(first.rises and not second.rises for first, second in by_branch.values()):
        return _major(readings, found)
    told = ", ".join(f"{len(ones)} on `{name}`" for name, ones in by_branch.items())
    raise InferenceError(
        "Every branch of a loop must start from saturation and cross one transition (a minor loop), or those of the "
        f"soft and then of the hard layer (a major loop), but there are {told}."
    )


def _minor(readings: LoopReadings, found: list[Transition], junction: Junction) -> SwitchingFields:
    rising = [one for one in found if _rising(readings, one)]
    falling = [one for one in found if not _rising(readings, one)]
    upright = found[0].rises == _rising(readings, found[0])
    orientation = 1 if upright else -1
    if any((one.rises == _rising(readings, one)) != upright for one in found):
        raise InferenceError("The branches of a minor loop must lie over each other, but one is the other's mirror.")
    centre = float(np.mean([np.mean([one.field for one in ones]) for ones in (rising, falling) if ones]))
    along = _along(readings, np.full(len(readings), centre), np.full(len(readings), orientation))
    remarks = [*_about_jumps(found), _squareness(readings, centre)]
    if orientation < 0:
        remarks.append("The hard layer points along +x: the junction is antiparallel in low fields.")
    dwell = _dwell(readings)
    jumps = max(one.jumps for one in found)
    if not rising or not falling:
        why = "the loop has one branch only: its centre and its width need both"
        return _nothing(along, dict.fromkeys(("dipole_field", "coercive_field"), why), tuple(remarks), dwell, jumps)
    up, down = (float(np.mean([one.field for one in ones])) for ones in (rising, falling))
    half = (up - down) / 2
    _refuse_hard_layer(half, found, junction)
    thermal = switching_scatter(max(half, 0.0), dwell, junction.energy_scale)
    errors = [_variance(ones) + thermal**2 / len(ones) for ones in (rising, falling)]
    rows = np.array([[-orientation / 2, -orientation / 2], [0.5, -0.5]])
    covariance = rows @ np.diag(errors) @ rows.T
    if abs(up - down) < min(one.width for one in found):  # between the same readings: both are off by the same
        covariance[0, 0] = sum(errors) / 2
    return SwitchingFields(
        names=("dipole_field", "coercive_field"),
        values=np.array([-orientation * centre, half]),
        covariance=covariance,
        along=along,
        reasons={"hard_layer_coercivity": "the hard layer keeps its direction in this loop"},
        remarks=tuple(remarks),
        dwell=dwell,
        jumps=jumps,
    )


def _refuse_hard_layer(half: float, found: list[Transition], junction: Junction) -> None:
    """Raise InferenceError where a soft layer alone cannot have a loop so wide: none is wider than its anisotropy."""
    if half - max(one.width for one in found) > _TOO_WIDE * junction.shape_field:
        raise InferenceError(
            "A minor loop must be narrower than the anisotropy field of the soft layer (as believed "
            f"{junction.shape_field:.4g} A/m), but its half width is {half:.4g} A/m: one of its transitions is the "
            "hard layer's."
        )


def _major(readings: LoopReadings, found: list[Transition]) -> SwitchingFields:
    soft, hard = ([one for one in found if one.rises == rises] for rises in (True, False))
    sides = {_rising(readings, one) for one in hard}
    along = _along(readings, *_centres(readings, soft, hard))
    remarks = [*_about_jumps(found), _squareness(readings, 0.0), _left(readings, hard[-1])]
    signs = np.array([1 if _rising(readings, one) else -1 for one in soft])
    lower = float(np.mean(-signs * [one.field for one in soft]))
    why = f"a major loop tells only H_d less H_c, {lower:.4g} A/m: take a minor loop"
    reasons = dict.fromkeys(("dipole_field", "coercive_field", "shape_field"), why)
    dwell, jumps = _dwell(readings), max(one.jumps for one in found)
    if sides != {True, False}:
        why = "the loop has one branch only: what is field and what is offset needs both"
        return _nothing(along, {**reasons, "hard_layer_coercivity": why}, tuple(remarks), dwell, jumps)
    up, down = ([one for one in hard if _rising(readings, one) is side] for side in (True, False))
    middles = [float(np.mean([one.field for one in ones])) for ones in (up, down)]
    variance = (_variance(up) + _variance(down)) / 4
    if abs(sum(middles)) / 2 > 3 * variance**0.5:
        remarks.append(f"The hard layer's loop is shifted by {sum(middles) / 2:.4g} A/m: an offset field, or pinning.")
    return SwitchingFields(
        names=("hard_layer_coercivity",),
        values=np.array([(middles[0] - middles[1]) / 2]),
        covariance=np.array([[variance]]),
        along=along,
        reasons=reasons,
        remarks=tuple(remarks),
        dwell=dwell,
        jumps=jumps,
    )


def _nothing(
    along: Floats, reasons: Mapping[str, str], remarks: tuple[str, ...], dwell: float, jumps: int
) -> SwitchingFields:
    return SwitchingFields((), np.zeros(0), np.zeros((0, 0)), along, reasons, remarks, dwell, jumps)


def _rising(readings: LoopReadings, one: Transition) -> bool:
    """Return whether the field rises on the branch of a transition."""
    return bool(readings.field[one.after] > readings.field[one.before])


def _variance(found: list[Transition]) -> float:
    """Return the variance of the mean field of some transitions: rectangles between the readings around each."""
    return sum(one.width**2 / 12 for one in found) / len(found) ** 2


def _dwell(readings: LoopReadings) -> float:
    gaps = [np.diff(readings.time[readings.on(name)]) for name in readings.branches]
    return float(np.median(np.concatenate(gaps)))


def _centres(readings: LoopReadings, soft: list[Transition], hard: list[Transition]) -> tuple[Floats, Floats]:
    """Return for each reading of a major loop where the soft layer sees no field, and the orientation, -1 for +x."""
    reversals = {one.branch: one for one in hard}
    rising = {one.branch: _rising(readings, one) for one in hard}
    turned = [rising[name] == (k >= reversals[name].after) for k, name in enumerate(readings.branch)]
    hard_along = np.where(turned, 1, -1)  # a branch that rises starts from -x
    distance = float(np.mean([-one.field if rising[one.branch] else one.field for one in soft]))
    return hard_along * distance, -hard_along


def _along(readings: LoopReadings, centre: Floats, orientation: Floats) -> Floats:
    """Return the field along the soft layer: it points along `orientation` where the resistance is high."""
    low, high = readings.levels()
    direction = np.where(readings.resistance > (low + high) / 2, 1, -1) * orientation
    return np.asarray(direction * (readings.field - centre), float)


def _squareness(readings: LoopReadings, centre: float) -> str:
    low, high = readings.levels()
    nearest = [
        numbers[np.argmin(np.abs(readings.field[numbers] - centre))]
        for numbers in (np.flatnonzero(readings.on(name)) for name in readings.branches)
    ]
    square = np.mean(np.abs(2 * (readings.resistance[nearest] - low) / (high - low) - 1))
    return f"Squareness at {centre:.4g} A/m: {square:.2f}."


def _about_jumps(found: list[Transition]) -> list[str]:
    return [
        f"{one.jumps} jumps between {one.field - one.width / 2:.4g} and {one.field + one.width / 2:.4g} A/m on "
        f"`{one.branch}` (Barkhausen)."
        for one in found
        if one.jumps > 1
    ]


def _left(readings: LoopReadings, last: Transition) -> str:
    along = "+x" if _rising(readings, last) else "-x"
    return f"The loop leaves the hard layer along {along}."
