"""Whether a fitted curve describes its readings: one chi-square, one p-value, where it fails, and a first suspect."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.agreement import FALSE_ALARM_RATE, Largest, Verdict, chance, volts
from smtjlab.simulation.whitening import Whitening

from .errors import InferenceError
from .suspects import Alternative, Floats, suspicions

MOSTLY = 0.6
"""Part of the excess of chi-square from which on it is said to lie mostly at one place."""
NEAR = 0.1
"""Distance from the threshold, as a part of it, that counts as near the kink."""


def verdict_of_fit(
    residuals: Floats,
    white: Whitening,
    gate: Floats,
    *,
    fitted: int,
    taken: float = 0.0,
    alternatives: Callable[[], Sequence[Alternative]] = list,
    branch: Sequence[str] = (),
    threshold: float | None = None,
    false_alarm_rate: float = FALSE_ALARM_RATE,
) -> Verdict:
    """Return the verdict on a fit of `fitted` parameters to `n` readings.

    `residuals` (n,) in S have errors that `white` makes independent: pulls are what it makes of them. `gate` (n,) and
    `threshold` are in V; `taken` is the chi-square of values that the fit took from elsewhere. Chi-square
    alone decides: a right model with right uncertainties is called different at `false_alarm_rate`. Only where it
    differs, `alternatives` are asked for. Raises InferenceError where there are too few readings.
    """
    from scipy.special import chdtrc

    pulls = white(residuals)
    dof = len(pulls) - fitted
    if dof < 1:
        raise InferenceError(
            f"A verdict needs more than {fitted} usable readings (one a parameter), but has {len(pulls)}."
        )
    chi_square = float(pulls @ pulls) + taken
    p_value = float(chdtrc(dof, chi_square))
    worst = int(np.argmax(np.abs(pulls)))
    largest = Largest(abs(float(pulls[worst])), float(gate[worst]), worst)
    place = suspect = ""
    if p_value < false_alarm_rate:
        place = _place(pulls, gate, branch if len(branch) == len(pulls) else [], threshold)
        told = suspicions(pulls, fitted, alternatives(), rate=false_alarm_rate)
        suspect = str(told[0].suspect) if told else ""
    return Verdict(
        chi_square=chi_square,
        dof=dof,
        p_value=p_value,
        agrees=p_value >= false_alarm_rate,
        sentence=_sentence(chi_square, dof, p_value, largest, place, suspect, false_alarm_rate),
        largest=largest,
        pulls=tuple(pulls.tolist()),
        residuals=tuple(residuals.tolist()),
        false_alarm_rate=false_alarm_rate,
        place=place,
        suspect=suspect,
    )


def _place(pulls: Floats, gate: Floats, branch: Sequence[str], threshold: float | None) -> str:
    """Return where most of the excess of chi-square lies, in words; empty where it lies everywhere."""
    excess = pulls**2 - 1
    whole = float(excess.sum())
    named = list(dict.fromkeys(branch)) if len(set(branch)) > 1 else []
    parts = [(f"on the {name} branch", np.array(branch) == name) for name in named]
    if threshold is not None:
        parts += _regions(np.sign(threshold) * gate, abs(threshold))
    words = [text for text, here in parts if whole > 0 and float(excess[here].sum()) > MOSTLY * whole]
    return f"mostly {' '.join(words)}" if words else ""


def _regions(along: Floats, threshold: float) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the parts of a sweep in words, each with the readings in it."""
    near = np.abs(along - threshold) <= NEAR * threshold
    below = along < threshold
    return [("near the kink", near), ("below the kink", ~near & below), ("above the kink", ~near & ~below)]


def _sentence(
    chi_square: float,
    dof: int,
    p_value: float,
    largest: Largest,
    place: str,
    suspect: str,
    rate: float,
) -> str:
    agrees = p_value >= rate
    text = f"{'agrees' if agrees else 'differs'}: χ²/ν = {chi_square / dof:.3g} (ν = {dof}), {chance(p_value)}, "
    text += f"largest residual {largest.sigma:.1f} σ at {volts(largest.gate)}"
    if place:
        text += f", {place}"
    if suspect:
        text += f"; first suspect: {suspect}"
    elif not agrees:
        text += "; no known imperfection leaves such residuals"
    return f"{text} (false-alarm rate {100 * rate:g} %)."
