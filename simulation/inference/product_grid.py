"""Readings of a multiplier over a grid of V_in1 and y, folded to one a cell, and where its lines are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.multiplier_circuit import Encoding

from .errors import InferenceError

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

FEWEST = 3
"""Different values of each factor that a map needs: a line, and something that deviates from it."""
_SAME = 1e-9
"""Settings closer than this share of their range are one."""


@dataclass(frozen=True)
class ProductGrid:
    """`n` readings of a multiplier's output; arrays of shape (n,), SI units. Cells may be read more than once."""

    x: Floats
    """V_in1 in V."""
    y: Floats
    """The other factor in V: V_2 of a single-ended circuit, v_2 = V_G - V_mid of a differential one."""
    out: Floats
    """V."""
    scatter: Floats
    """Standard deviation of each output, independent of the others, in V."""
    encoding: Encoding
    common: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    """By quantity (`x`, `y`, `out`), name of a common error to what its +1 sigma adds to what was really
    there at each reading, in V: an output read too high was really lower."""
    noise: Floats | None = None
    """Standard deviation of a single reading in V, in the bandwidth of the reading; None where it is `scatter`."""
    noise_dof: int = 0
    """Degrees of freedom of all these together; 0 where they are stated and not measured."""
    x_setting: Floats | None = None
    """What was asked for, where `x` is read back and differs from reading to reading."""
    y_setting: Floats | None = None


@dataclass(frozen=True)
class FoldedGrid:
    """One output a cell; arrays (c,) of `c` cells, `p` values of x and `q` of y."""

    x: Floats
    y: Floats
    out: Floats
    scatter: Floats
    common: Mapping[str, Mapping[str, Floats]]
    cell: Places
    """Shape (p, q): which of the c is at the pair, -1 where there is none."""
    x_levels: Floats
    """Mean x of each row, shape (p,), rising."""
    y_levels: Floats
    """Mean y of each column, shape (q,), rising."""

    def along_x(self) -> Places:
        """Return the cells along x at y = full scale: the column of largest |y|, the positive one of two."""
        return _filled(self.cell[:, _full_scale(self.y_levels)], "x", "y")

    def along_y(self) -> Places:
        """Return the cells along y at x = full scale: the row of largest |x|, the positive one of two."""
        return _filled(self.cell[_full_scale(self.x_levels), :], "y", "x")

    def at_zero_y(self) -> Floats | None:
        """Return the weights (l, c) by which cells make the outputs at y = 0 of `l` values of x; None outside y."""
        return _weights_at_zero(self.cell, self.y_levels, len(self.out))

    def at_zero_x(self) -> Floats | None:
        """Return the weights (l, c) by which cells make the outputs at x = 0 of `l` values of y; None outside x."""
        return _weights_at_zero(self.cell.T, self.x_levels, len(self.out))

    def spread(self, values: Floats) -> Floats:
        """Return what is of the cells (c,) as a map (p, q), nan where there is no reading."""
        return np.where(self.cell >= 0, values[self.cell], np.nan)


def folded(grid: ProductGrid) -> FoldedGrid:
    """Return one output a cell: the mean of its readings. Raises InferenceError."""
    _check(grid)
    row, rows = _levels(grid.x if grid.x_setting is None else grid.x_setting)
    column, columns = _levels(grid.y if grid.y_setting is None else grid.y_setting)
    if min(rows, columns) < FEWEST:
        raise InferenceError(
            f"A map must take {FEWEST} different values of x and of y at the least, but takes {rows} of x and "
            f"{columns} of y."
        )
    pairs, where = np.unique(row * columns + column, return_inverse=True)
    count = np.bincount(where)

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(where, values) / count, float)

    cell = np.full(rows * columns, -1)
    cell[pairs] = np.arange(len(pairs))
    x, y, out = mean(grid.x), mean(grid.y), mean(grid.out)
    _check_product(x, y, out)
    return FoldedGrid(
        x,
        y,
        out,
        np.sqrt(np.bincount(where, grid.scatter**2)) / count,
        {q: {name: mean(one) for name, one in told.items()} for q, told in grid.common.items()},
        cell.reshape(rows, columns),
        np.bincount(row, grid.x) / np.bincount(row),
        np.bincount(column, grid.y) / np.bincount(column),
    )


def _check(grid: ProductGrid) -> None:
    arrays = {"x": grid.x, "y": grid.y, "out": grid.out, "scatter": grid.scatter}
    if any(one.shape != (len(grid.x),) for one in arrays.values()):
        raise InferenceError("`x`, `y`, `out` and `scatter` must be lists of one length, but are not.")
    for name, one in arrays.items():
        if not np.isfinite(one).all():
            raise InferenceError(f"`{name}` must be finite, but {int((~np.isfinite(one)).sum())} readings are not.")
    if (grid.scatter < 0).any():
        raise InferenceError(f"`scatter` must be at least 0 V, but is {grid.scatter.min():g} V somewhere.")
    unknown = set(grid.common) - {"x", "y", "out"}
    if unknown:
        raise InferenceError(f"A common error must act on `x`, `y` or `out`, but one acts on `{min(unknown)}`.")
    if len(grid.out) and np.ptp(grid.out) <= 1e-12 * np.abs(grid.out).max():
        raise InferenceError("The output must change over the map, but is the same everywhere.")


def _check_product(x: Floats, y: Floats, out: Floats) -> None:
    """Raise InferenceError where a bilinear fit has no answer, or one without a product in it."""
    u, v = (2 * (one - one.mean()) / np.ptp(one) for one in (x, y))
    found, _, rank, _ = np.linalg.lstsq(np.stack([np.ones_like(u), u, v, u * v], axis=1), out, rcond=1e-9)
    if rank < 4:
        raise InferenceError("Readings must tell the product from its offsets, but lie on one line or edge of the map.")
    if abs(found[3]) <= _SAME * np.ptp(out):
        raise InferenceError("The output must depend on the product of x and y, but does not.")


def _levels(setting: Floats) -> tuple[Places, int]:
    """Return which of the different settings each one is, by rising setting, and how many there are."""
    if len(setting) == 0:
        return np.zeros(0, np.intp), 0
    order = np.argsort(setting, kind="stable")
    step = np.diff(setting[order]) > _SAME * max(float(np.ptp(setting)), 1e-12 * float(np.abs(setting).max()))
    level = np.empty(len(setting), np.intp)
    level[order] = np.concatenate([[0], np.cumsum(step)])
    return level, int(step.sum()) + 1


def _full_scale(levels: Floats) -> int:
    size = np.abs(levels)
    return int(np.flatnonzero(size >= size.max() * (1 - _SAME))[-1])


def _filled(cells: Places, along: str, other: str) -> Places:
    found = cells[cells >= 0]
    if len(found) < FEWEST:
        raise InferenceError(
            f"A map must have {FEWEST} readings along {along} at the full scale of {other}, but has {len(found)}."
        )
    return found


def _weights_at_zero(cell: Places, levels: Floats, count: int) -> Floats | None:
    """Return the linear interpolation to level 0, a row for each line that has its cells."""
    if not levels[0] <= 0 <= levels[-1]:
        return None
    above = max(int(np.searchsorted(levels, 0.0)), 1)
    share = -levels[above - 1] / (levels[above] - levels[above - 1])
    rows = []
    for low, high in cell[:, above - 1 : above + 1]:
        needed = [(low, 1 - share), (high, share)]
        if all(place >= 0 or weight < _SAME for place, weight in needed):
            row = np.zeros(count)
            for place, weight in needed:
                row[place] += weight if place >= 0 else 0.0
            rows.append(row)
    return np.array(rows) if rows else None
