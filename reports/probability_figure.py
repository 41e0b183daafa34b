"""The normal-probability plot: a straight line of slope 1 where residuals are what their uncertainties claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .looks import BLUE, MANY, marker_size
from .residual_tests import normal_scores
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def probability_figure(pulls: ArrayLike, mark: str = "") -> str:
    """Return sorted pulls (n,) against the normal scores expected of as many, and their histogram beside them."""
    scores, ordered = normal_scores(pulls)

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.0))
        reach = max(float(np.abs(scores).max()), float(np.abs(ordered).max())) * 1.08
        left.plot([-reach, reach], [-reach, reach], color="#555555", lw=0.9, label="normal, width 1")
        left.plot(
            scores, ordered, "o", color=BLUE, mfc="none", mew=0.8, ms=marker_size(len(ordered)),
            label="residuals", rasterized=len(ordered) > MANY,
        )  # fmt: skip
        left.set_xlabel("expected normal score (σ)")
        left.set_ylabel("residual, sorted (σ)")
        left.legend(loc="upper left")
        edges = np.linspace(-reach, reach, int(np.clip(np.sqrt(len(ordered)) * 2, 9, 41)))
        right.hist(ordered, edges, facecolor="#bfd3e4", edgecolor=BLUE, lw=0.6, label="residuals")
        x = np.linspace(-reach, reach, 200)
        expected = len(ordered) * (edges[1] - edges[0]) * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
        right.plot(x, expected, color="black", lw=1.0, ls=(0, (5, 2)), label="normal, width 1")
        right.set_xlabel("residual (σ)")
        right.set_ylabel("number of readings")
        right.set_ylim(0, 1.35 * max(float(expected.max()), float(np.histogram(ordered, edges)[0].max())))
        right.legend(loc="upper left")

    label = "Normal-probability plot and histogram of the residuals"
    return drawn("probability", label, draw, width=7.1, height=2.5, mark=mark)
