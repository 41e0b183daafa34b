"""Measured minus expected in standard deviations, reading by reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .circuit_readings import CircuitReadings
from .looks import DARK, OTHER_LOOKS, marker_size
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FEW = 6
"""Meters shown apart; of more, all alike."""


def sigma_figure(found: CircuitReadings, mark: str = "") -> str:
    """Return the figure as SVG, empty where nothing was expected of any reading."""
    sigmas = np.where(found.valid, found.sigmas, np.nan)
    if not np.isfinite(sigmas).any():
        return ""
    meters = list(dict.fromkeys(found.meter))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for level, style in ((0, "-"), (-2, ":"), (2, ":")):
            axes.axhline(level, color=DARK, linestyle=style, linewidth=0.8)
        for number, meter in enumerate(meters if len(meters) <= _FEW else [""]):
            here = np.array([not meter or name == meter for name in found.meter])
            marker, colour, face = OTHER_LOOKS[number % len(OTHER_LOOKS)]
            axes.plot(
                np.flatnonzero(here), sigmas[here], marker, color=colour, mfc=face, mew=0.8, ms=marker_size(len(found)),
                label=meter.replace("_", " ") or "all meters", rasterized=len(found) > 2000,
            )  # fmt: skip
        axes.set_xlabel("reading")
        axes.set_ylabel("measured − expected (σ)")
        if len(meters) > 1:
            figure.legend(loc="outside upper center", ncols=4)

    return drawn("sigmas", "measured minus expected, by reading", draw, width=7.1, height=2.6, mark=mark)
