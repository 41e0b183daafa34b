"""Distortion of a multiplier over amplitude and frequency of its input, from a record at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .sine_fit import HARMONICS, SineFit, sine_fit

Floats = NDArray[np.float64]

SEEN = 2.0
"""Times its noise floor that a distortion must be to be called seen."""


@dataclass(frozen=True)
class SineRecord:
    """The output of a multiplier while one of its inputs is a sine."""

    amplitude: float
    """Peak value of that input in V."""
    frequency: float
    """Hz."""
    time: Floats
    """Shape (n,), s; the input is a cosine about t = 0 where phases are to mean something."""
    output: Floats
    """Shape (n,), V."""


@dataclass(frozen=True)
class Distortion:
    """Figures of `r` records; arrays of shape (r,)."""

    amplitude: Floats
    """Peak value of the input in V."""
    frequency: Floats
    """Hz."""
    gain: Floats
    """Fundamental of the output over the input."""
    gain_uncertainty: Floats
    phase: Floats
    """Of the fundamental against a cosine at t = 0, in rad."""
    phase_uncertainty: Floats
    thd: Floats
    """Root of the sum of the squares of the harmonics over the fundamental."""
    thd_uncertainty: Floats
    thd_floor: Floats
    """What noise alone makes of it."""
    harmonics: Floats
    """Amplitudes over the fundamental's, shape (r, h), the fundamental first; nan above half the sampling rate."""
    remarks: tuple[str, ...]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whether the distortion stands out of its noise; elsewhere `thd` is a bound."""
        return np.asarray(self.thd > SEEN * self.thd_floor)

    def clean_amplitude(self, limit: float) -> dict[float, float]:
        """Return by frequency the largest input up to which every record has a THD of at most `limit`; nan for none."""
        found = {}
        for frequency in np.unique(self.frequency):
            at = self.frequency == frequency
            order = np.argsort(self.amplitude[at])
            inside = np.logical_and.accumulate(self.thd[at][order] <= limit)
            amplitudes = self.amplitude[at][order][inside]
            found[float(frequency)] = float(amplitudes[-1]) if len(amplitudes) else float("nan")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        lists = {k: v.tolist() for k, v in vars(self).items() if isinstance(v, np.ndarray) and k != "harmonics"}
        rows = [[None if np.isnan(one) else one for one in row] for row in self.harmonics.tolist()]
        return {**lists, "harmonics": rows, "seen": self.seen.tolist(), "remarks": list(self.remarks)}


def distortion(records: Sequence[SineRecord], harmonics: int = HARMONICS) -> Distortion:
    """Return gain, phase and distortion of each record, with harmonics up to a number. Raises InferenceError."""
    if not records:
        raise InferenceError("Distortion must be of one record or more, but there is none.")
    for one in records:
        if not (np.isfinite(one.amplitude) and one.amplitude > 0):
            raise InferenceError(f"The amplitude of an input must be above 0 V, but is {one.amplitude:g} V.")
    fits = [sine_fit(one.time, one.output, one.frequency, harmonics=harmonics) for one in records]
    driven = np.array([one.amplitude for one in records])
    return Distortion(
        driven,
        np.array([one.frequency for one in records]),
        np.array([fit.amplitude.value for fit in fits]) / driven,
        np.array([fit.amplitude.uncertainty for fit in fits]) / driven,
        np.array([fit.phases[0] for fit in fits]),
        np.array([fit.phase_uncertainties[0] for fit in fits]),
        np.array([fit.thd.value for fit in fits]),
        np.array([fit.thd.uncertainty for fit in fits]),
        np.array([fit.thd_floor for fit in fits]),
        np.array([_relative(fit, harmonics) for fit in fits]),
        _remarks(fits, harmonics),
    )


def _relative(fit: SineFit, harmonics: int) -> Floats:
    whole = np.full(harmonics, np.nan)
    whole[: len(fit.amplitudes)] = fit.amplitudes / fit.amplitudes[0]
    return whole


def _remarks(fits: Sequence[SineFit], harmonics: int) -> tuple[str, ...]:
    fewest = min(len(fit.amplitudes) for fit in fits)
    told = []
    if fewest < harmonics:
        told.append(
            f"Some records are sampled too slowly for {harmonics} harmonics: their distortion is of {fewest} or more."
        )
    hidden = sum(fit.thd.value <= SEEN * fit.thd_floor for fit in fits)
    if hidden:
        told.append(f"In {hidden} of {len(fits)} records noise covers the distortion: what is given is a bound.")
    return tuple(told)
