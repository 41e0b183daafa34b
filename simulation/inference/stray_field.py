"""The fit of a transfer curve with a stray transverse field, of which chi-square is no parabola.

The field rounds the kink in proportion to H_y^2 where temperature rounds it more, to H_y^(2/3) else, and shifts the
curve above in proportion to H_y, much as a threshold does. So chi-square can have two minima in H_y, and V_th found
without a field that is there is wrong by many of its own standard deviations. Where the field is not seen clearly, all
parameters are therefore averaged over it, with the weight exp(-chi^2/2) and each number H_y/H_d as likely as any other
beforehand; chi-square at each is the least one, to first order in all other parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .static_answer import Answer, Spread, fit_static
from .static_curve import static_curve
from .static_problem import Question

Floats = NDArray[np.float64]

RATIOS = np.array([1e-6, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3])
"""H_y/H_d at which the fit looks for a stray field."""
_SIGNED = np.concatenate([-RATIOS[::-1], RATIOS])
TRIES = 3
"""How often a fit is begun anew at a field that promises better."""
CLEAR = 36.0
"""Change of chi-square from which on a stray field is seen so clearly that chi-square is a parabola (6 sigma)."""
FAR = 16.0
"""Chi-square above its least value from which on a field has no weight."""
FINE = 19
"""Fields that the averages are taken over."""


def fit_with_field(question: Question, begin: Mapping[str, float]) -> Answer:
    """Return the fit, begun at the field that improves the aligned fit most, and anew while another promises better."""
    answer = fit_static(without_field(question), begin, rough=True)
    gains, _ = _profile(answer, RATIOS)
    for _ in range(TRIES):
        found = fit_static(question, answer.parameters | {"transverse_ratio": float(RATIOS[np.argmax(gains)])})
        if "transverse_ratio" in answer.question.free and found.chi_square >= answer.chi_square:
            break
        answer = found
        coarse, _ = _profile(answer, _SIGNED)
        gains = coarse[len(RATIOS) :]
        if gains.max() < 1:
            break
    return _averaged(answer, coarse)


def without_field(question: Question) -> Question:
    """Return the question with no stray field, or with the one taken."""
    return replace(question, free=tuple(name for name in question.free if name != "transverse_ratio"))


def _profile(answer: Answer, ratios: Floats) -> tuple[Floats, Floats]:
    """Return by how much chi-square is less at other fields (m,), and how far the fitted parameters move (m, f)."""
    question, p = answer.question, answer.parameters
    others = [k for k, name in enumerate(question.fitted) if name != "transverse_ratio"]
    rows = answer.rows[:, others]
    size = np.maximum(np.linalg.norm(rows, axis=0), 1e-300)
    left, values, right = np.linalg.svd(rows / size, full_matrices=False)
    changes = np.zeros((len(ratios), len(rows)))
    added = sum(
        (p[name] * addition for name, addition in question.additions.items()), np.zeros(len(answer.conductance))
    )
    changes[:, : len(added)] = (_curves(answer, ratios) + added - answer.conductance) * answer.over_scatter
    rest = answer.pulls - changes
    along = rest @ left
    chi_square = np.sum(rest**2, axis=1) - np.sum(along**2, axis=1)
    moves = np.zeros((len(ratios), len(question.fitted)))
    moves[:, others] = (along / values) @ right / size
    if "transverse_ratio" in question.fitted:
        moves[:, question.fitted.index("transverse_ratio")] = ratios - p["transverse_ratio"]
    return float(answer.pulls @ answer.pulls) - chi_square, moves


def _curves(answer: Answer, ratios: Floats) -> Floats:
    """Return the curves with other fields, (m, n), those below 0 as `curve_of` means them."""
    sizes, where = np.unique(np.abs(ratios), return_inverse=True)
    p, sign = answer.parameters, answer.question.gate_sign
    curves = [static_curve(answer.gate, p | {"transverse_ratio": float(one)}, gate_sign=sign) for one in (0.0, *sizes)]
    every = np.array(curves[1:])[where]
    return np.asarray(np.where(ratios[:, None] < 0, 2 * curves[0] - every, every), float)


def _averaged(answer: Answer, gains: Floats) -> Answer:
    """Return the answer averaged over the field, where that is not seen clearly; `gains` are those at `_SIGNED`."""
    if answer.parameters["hard_layer_angle"] != 0:
        return answer
    k = answer.question.fitted.index("transverse_ratio")
    without, _ = _profile(answer, np.zeros(1))
    if answer.theta[k] ** 2 > CLEAR * answer.inverse[k, k] and without[0] < -CLEAR:
        return answer
    ratios = _SIGNED
    for _ in range(4):
        near = np.flatnonzero(gains > gains.max() - FAR)
        if len(ratios) == FINE and len(near) >= FINE // 2:
            break
        ratios = np.linspace(ratios[max(near[0] - 1, 0)], ratios[min(near[-1] + 1, len(ratios) - 1)], FINE)
        gains, moves = _profile(answer, ratios)
    weight = np.exp((gains - gains.max()) / 2)
    weight /= weight.sum()
    mean = weight @ moves
    return replace(answer, spread=Spread(mean, (moves - mean).T @ ((moves - mean) * weight[:, None])))
