"""What a measured product of a matrix with vectors is worth: errors, bits and noise, each with its uncertainty.

Weights are pairs of conductances, G+ - G- = k W (physics.md section 8); each was read one column at a time through its
own row, and corrected. By superposition these conductances are the entries of the crossbar with its wires, and errors
of gain of a row's meter or of a column's source, being the same in both, cancel in the product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.circuits.differential import common_mode_ratio

from .effective_bits import bits_of_noise
from .errors import InferenceError
from .extraction import Extraction
from .parameters import Parameter

Floats = NDArray[np.float64]

DRAWS = 400
"""Draws of scatter and of entries: an uncertainty is then known to 3.5 %."""
ROUNDING = 1e-9
"""Differences between draws below this part of a figure are rounding."""

MATRIX_FIGURES: Mapping[str, Parameter] = {
    "relative_rmse": Parameter("E_r", "", "rms of measured less exact product, over the rms of the exact one"),
    "unexplained_rmse": Parameter("E_v", "", "the same against the product with the conductances as verified"),
    "effective_bits": Parameter("B", "", "log₂ of the range of the exact product over √12 rms error"),
    "noise_bits": Parameter("B_n", "", "log₂ of the same range over √12 scatter of the product"),
    "gain": Parameter("g", "", "slope of measured against exact product, through 0"),
    "programming_error": Parameter("σ_prog", "", "rms of conductance less target, over the range of conductances"),
    "verification_noise": Parameter("σ_G", "", "rms scatter of a verified conductance, over the same range"),
    "read_noise": Parameter(
        "σ_read", "", "rms scatter of an output current, over range of conductances × read voltage"
    ),
    "common_mode_ratio": Parameter("CMR", "", "rms of the mean current of pairs, over rms of their difference"),
}
"""Name to symbol, unit and meaning."""


@dataclass(frozen=True, eq=False)
class MatrixReadings:
    """Readings of N rows and M vectors of length N; pairs stand along the first axis, plus then minus."""

    weights: Floats
    """W, shape (N, N)."""
    inputs: Floats
    """Vectors as columns within ±1, shape (N, M)."""
    scale: float
    """k in S per unit of weight."""
    range: float
    """Range of conductances in S."""
    read_voltage: float
    """V of a column that stands for 1."""
    targets: Floats
    """S, shape (2, N, N)."""
    conductances: Floats
    """S as verified last, shape (2, N, N)."""
    conductance_scatter: Floats
    """Standard deviation in S, shape (2, N, N)."""
    currents: Floats
    """A into the rows' ends, less those with all columns at 0 V, shape (2, N, M)."""
    current_scatter: Floats
    """Standard deviation in A, shape (2, N, M)."""
    tolerance: float
    """S to which conductances were to be programmed."""


@dataclass(frozen=True, eq=False)
class ProductFigures:
    """Figures of a product, and the products that they stand on, each of shape (N, M)."""

    extraction: Extraction
    """Names, symbols and units: MATRIX_FIGURES."""
    exact: Floats
    """W X."""
    measured: Floats
    verified: Floats
    """The product with the conductances as they were verified."""
    scatter: Floats
    """Standard deviation of measured less verified: of currents and of verified conductances."""
    uncertainty: Floats
    """Standard uncertainty of measured less exact: scatter, and what the tolerance of programming leaves (uniform)."""


def product_figures(data: MatrixReadings, seed: int = 7) -> ProductFigures:
    """Return the figures of a product. Raises InferenceError where a reading is missing or the exact product is 0."""
    _check(data)
    exact = data.weights @ data.inputs
    measured, verified = _product(data, data.currents), _verified(data, data.conductances)
    squares = data.inputs**2
    read = np.sqrt((data.current_scatter**2).sum(axis=0)) / (data.scale * data.read_voltage)
    known = (data.conductance_scatter**2).sum(axis=0) @ squares / data.scale**2
    scatter = np.sqrt(read**2 + known)
    left = 2 * (data.tolerance / data.scale) ** 2 / 3 * squares.sum(axis=0)
    values = _figures(data, data.conductances, data.currents, np.arange(exact.size))
    drawn = _drawn(data, np.random.default_rng(seed)) - values
    # What no draw changes has no uncertainty here: not that of rounding either.
    drawn[:, np.ptp(drawn, axis=0) <= ROUNDING * np.abs(values)] = 0.0
    covariance = np.atleast_2d(np.cov(drawn, rowvar=False))
    told = Extraction(tuple(MATRIX_FIGURES), values, covariance, covariance, points=2 * exact.size)
    return ProductFigures(told, exact, measured, verified, scatter, np.sqrt(scatter**2 + left))


def _figures(data: MatrixReadings, conductances: Floats, currents: Floats, entries: NDArray[np.intp]) -> Floats:
    """Return the figures in their order, of some entries of the product."""
    exact = (data.weights @ data.inputs).ravel()[entries]
    measured = _product(data, currents).ravel()[entries]
    verified = _verified(data, conductances).ravel()[entries]
    read = np.sqrt((data.current_scatter**2).sum(axis=0)).ravel()[entries]
    error, span = _rms(measured - exact), float(np.ptp(data.weights @ data.inputs)) or 2 * _rms(exact)
    pairs = currents.reshape(2, -1)[:, entries]
    off = (conductances - data.targets).ravel()
    return np.array(
        [
            error / _rms(exact),
            _rms(measured - verified) / _rms(exact),
            bits_of_noise(span, error),
            bits_of_noise(span, _rms(read) / (data.scale * data.read_voltage)),
            float(measured @ exact / (exact @ exact)),
            _rms(off) / data.range,
            _rms(data.conductance_scatter.ravel()) / data.range,
            _rms(data.current_scatter.ravel()) / (data.range * data.read_voltage),
            common_mode_ratio(pairs[0], pairs[1]),
        ]
    )


def _drawn(data: MatrixReadings, rng: np.random.Generator) -> Floats:
    """Return figures (draws, k) of entries drawn with replacement, with scatter added once more."""
    count = data.currents[0].size
    found = []
    for _ in range(DRAWS):
        conductances = data.conductances + data.conductance_scatter * rng.standard_normal(data.conductances.shape)
        currents = data.currents + data.current_scatter * rng.standard_normal(data.currents.shape)
        entries = rng.integers(count, size=count)
        if not (data.weights @ data.inputs).ravel()[entries].any():
            continue
        found.append(_figures(data, conductances, currents, entries))
    return np.array(found)


def _product(data: MatrixReadings, currents: Floats) -> Floats:
    return np.asarray((currents[0] - currents[1]) / (data.scale * data.read_voltage))


def _verified(data: MatrixReadings, conductances: Floats) -> Floats:
    return np.asarray((conductances[0] - conductances[1]) @ data.inputs / data.scale)


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _check(data: MatrixReadings) -> None:
    for name in ("conductances", "currents"):
        missing = int((~np.isfinite(getattr(data, name))).sum())
        if missing:
            raise InferenceError(f"All `{name}` must be measured before a product is told, but {missing} are missing.")
    if not (data.weights @ data.inputs).any():
        raise InferenceError("The exact product must have an entry that is not 0 for a relative error to be told.")
