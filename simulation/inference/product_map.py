"""From a map of outputs over V_in1 and y to the datasheet of a multiplier: every figure with its uncertainty.

Scatter is drawn anew many times and the work done again; common errors are carried in as `common_errors` does. A
largest deviation is never below what noise alone makes it: `floors` tells what a perfect multiplier of the same k and
offsets, read with the same scatter, would show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.bilinear import product_scale
from smtjlab.simulation.multiplier_circuit import Encoding

from .common_errors import common_errors
from .effective_bits import bits_of_noise
from .errors import InferenceError
from .extraction import Extraction
from .multiplier_figures import LARGEST, LEAST_POINTS, MULTIPLIER_FIGURES, MapFigures, residual_map
from .product_grid import FoldedGrid, ProductGrid, folded

Floats = NDArray[np.float64]

DRAWS = 400
"""Draws of the scatter: an uncertainty is then known to 3.5 %."""
_AT_ONCE = 2_000_000
"""Outputs that are worked on together."""


@dataclass(frozen=True)
class MultiplierDatasheet:
    """What a circuit designer wants to know of a multiplier at dc. Names, units, meanings: MULTIPLIER_FIGURES."""

    extraction: Extraction
    floors: Mapping[str, float]
    """What noise adds to each figure that is a largest deviation, if the multiplier is perfect but for its offsets."""
    nominal: float | None
    """Scale factor in 1/V that errors are counted from; None where it is the map's own."""
    x_levels: Floats
    """Shape (p,), V."""
    y_levels: Floats
    """Shape (q,), V."""
    error_map: Floats
    """(out - k_r x y)/FS, shape (p, q); nan where there is no reading."""
    error_map_scatter: Floats
    """Its standard deviation by scatter, shape (p, q)."""
    four_quadrant: bool
    """Whether both factors took both signs and the output followed in all four quadrants."""
    quadrants: str
    """Which products this circuit makes, in one sentence."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; nan of the maps as None."""
        maps = {"error_map": self.error_map, "error_map_scatter": self.error_map_scatter}
        return {
            **self.extraction.to_dict(),
            "floors": dict(self.floors),
            "nominal": self.nominal,
            "x_levels": self.x_levels.tolist(),
            "y_levels": self.y_levels.tolist(),
            **{name: [[None if np.isnan(v) else v for v in row] for row in one.tolist()] for name, one in maps.items()},
            "four_quadrant": self.four_quadrant,
            "quadrants": self.quadrants,
        }


def product_map(
    grid: ProductGrid, rng: np.random.Generator, nominal: float | None = None, draws: int = DRAWS
) -> MultiplierDatasheet:
    """Return the datasheet of a map; `nominal` is the k in 1/V that it should have. Raises InferenceError."""
    if nominal is not None and not (np.isfinite(nominal) and nominal != 0):
        raise InferenceError(f"The nominal scale factor must be finite and not 0 1/V, but is {nominal:g} 1/V.")
    if draws < 2:
        raise InferenceError(f"`draws` must be at least 2, but is {draws}.")
    cells = folded(grid)
    figures = MapFigures(cells, nominal)
    values = {name: float(one) for name, one in figures(cells.x, cells.y, cells.out).items()}
    statistical = _scatter_of(figures, cells.out, cells.scatter, rng, draws)
    extraction = Extraction(
        tuple(values), np.array(list(values.values())), statistical, statistical, points=len(grid.out)
    )
    told = common_errors(_extract(figures), {"x": cells.x, "y": cells.y, "out": cells.out}, cells.common, values)
    extraction = _with_noise(told.added_to(extraction), grid)
    extraction = replace(extraction, reasons={**_reasons(cells, nominal), **extraction.reasons})
    reference = float(product_scale(cells.x, cells.y, cells.out)) if nominal is None else nominal
    four = _four_quadrant(cells, values["scale"])
    return MultiplierDatasheet(
        extraction,
        _floors(figures, values, rng, draws),
        nominal,
        cells.x_levels,
        cells.y_levels,
        residual_map(cells, reference, values["full_scale"]),
        cells.spread(cells.scatter) / values["full_scale"],
        four,
        _quadrants(grid.encoding, cells, four),
    )


def _extract(figures: MapFigures) -> Any:
    def extract(quantities: Mapping[str, Floats]) -> dict[str, float]:
        found = figures(quantities["x"], quantities["y"], quantities["out"])
        return {name: float(one) for name, one in found.items()}

    return extract


def _drawn(figures: MapFigures, out: Floats, scatter: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return figures (draws, k) of outputs with scatter drawn anew."""
    rows, each = [], max(1, _AT_ONCE // len(out))
    for first in range(0, draws, each):
        many = out + scatter * rng.standard_normal((min(each, draws - first), len(out)))
        rows.append(np.stack(list(figures(figures.grid.x, figures.grid.y, many).values()), axis=-1))
    return np.concatenate(rows)


def _scatter_of(figures: MapFigures, out: Floats, scatter: Floats, rng: np.random.Generator, draws: int) -> Floats:
    return np.atleast_2d(np.cov(_drawn(figures, out, scatter, rng, draws), rowvar=False))


def _floors(figures: MapFigures, values: Mapping[str, float], rng: np.random.Generator, draws: int) -> dict[str, float]:
    cells = figures.grid
    perfect = values["scale"] * (cells.x - values["x_offset"]) * (cells.y - values["y_offset"])
    found = _drawn(figures, perfect + values["output_offset"], cells.scatter, rng, draws).mean(axis=0)
    # Offsets are no noise: what they do to these figures without any is taken off, but not below zero.
    still = figures(cells.x, cells.y, perfect + values["output_offset"])
    excess = dict(zip(values, found, strict=True))
    return {name: max(float(excess[name] - still[name]), 0.0) for name in LARGEST if name in values}


def _with_noise(extraction: Extraction, grid: ProductGrid) -> Extraction:
    noise = float(np.sqrt(np.mean((grid.scatter if grid.noise is None else grid.noise) ** 2)))
    swings = [extraction.estimate(name) for name in ("swing", "swing_along_y")]
    names = ("noise", "bits_noise", "bits_noise_along_y")
    if not noise > 0:
        reason = "nobody says how much the readings scatter"
        return replace(extraction, reasons={**extraction.reasons, **dict.fromkeys(names, reason)})
    relative = (2 * grid.noise_dof) ** -0.5 if grid.noise_dof > 0 else 0.0
    values, effects = [noise], [[noise * relative, 0.0, 0.0]]
    for k, swing in enumerate(one for one in swings if one is not None):
        values.append(float(bits_of_noise(swing.value, noise)))
        of_swing = swing.uncertainty / swing.value / np.log(2)
        effects.append([-relative / np.log(2), *(of_swing * (np.arange(2) == k))])
    added = np.array(effects) @ np.array(effects).T
    stated = "The noise is what its readings are stated to scatter, not a measured one: its uncertainty is not known."
    return replace(
        extraction,
        names=(*extraction.names, *names),
        values=np.append(extraction.values, values),
        covariance=_blocks(extraction.covariance, added),
        statistical=_blocks(extraction.statistical, added),
        remarks=extraction.remarks if grid.noise_dof > 0 else (*extraction.remarks, stated),
        contributions={**extraction.contributions, **{name: {} for name in names}},
    )


def _blocks(first: Floats, second: Floats) -> Floats:
    from scipy.linalg import block_diag

    return np.asarray(block_diag(first, second), float)


def _reasons(cells: FoldedGrid, nominal: float | None) -> dict[str, str]:
    told = {}
    if nominal is None:
        told["scale_error"] = "nobody says what the scale factor should be"
    for name, other, levels, there in (
        ("x", "y", cells.y_levels, cells.at_zero_y()),
        ("y", "x", cells.x_levels, cells.at_zero_x()),
    ):
        if there is None:
            reason = f"{other} = 0 is not in the map: {other} runs from {levels[0]:.4g} V to {levels[-1]:.4g} V"
            told |= dict.fromkeys((f"{name}_feedthrough", f"{name}_feedthrough_nulled"), reason)
    steps = len(cells.along_y())
    if steps < LEAST_POINTS:
        reason = f"it must be of {LEAST_POINTS} values of y or more, but is of {steps}"
        told |= dict.fromkeys(("inl", "dnl", "bits_inl"), reason)
    return {name: told[name] for name in MULTIPLIER_FIGURES if name in told}


def _four_quadrant(cells: FoldedGrid, scale: float) -> bool:
    """Return whether every quadrant has a reading and at its outermost one the output has the sign of the product."""
    product = cells.x * cells.y * np.sign(scale)
    for sign_x in (-1, 1):
        for sign_y in (-1, 1):
            inside = (sign_x * cells.x > 0) & (sign_y * cells.y > 0)
            if not inside.any():
                return False
            farthest = np.flatnonzero(inside)[np.argmax(np.abs(product[inside]))]
            if cells.out[farthest] * product[farthest] <= 0:
                return False
    return True


def _quadrants(encoding: Encoding, cells: FoldedGrid, four: bool) -> str:
    x, y = cells.x_levels, cells.y_levels
    if four:
        return f"This {encoding} circuit multiplies in all four quadrants: x and y take both signs, zero between them."
    if y[0] <= 0 <= y[-1]:
        return f"This {encoding} circuit was not seen to multiply in all four quadrants."
    middle = abs(y[0] + y[-1]) / 2
    ridden = f"{100 * (y[-1] - y[0]) / 2 / middle:.2g} % of modulation on a pedestal of {middle:.4g} V"
    signs = "x of both signs" if x[0] < 0 < x[-1] else "x of one sign"
    cannot = "cannot reach zero or negative y" if encoding is Encoding.SINGLE_ENDED else "was not asked for y = 0"
    return (
        f"This {encoding} circuit {cannot}: y runs from {y[0]:.4g} V to {y[-1]:.4g} V, {ridden}, with {signs}; it is "
        "no multiplier of signed operands."
    )
