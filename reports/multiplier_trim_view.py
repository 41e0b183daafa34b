"""What the page of a multiplier shows of its trim: how the null was reached, and what it has taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.multiplier_trim import tried_of

from .circuit_page import Drawing, Table
from .looks import BLUE, DARK, VERMILION
from .multiplier_tables import WORDS, value_of
from .rounding import plain, rounded
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from smtjlab.procedures.multiplier import Multiplier
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.product_map import MultiplierDatasheet
    from smtjlab.simulation.nulling import Tried

COMPARED = ("y_offset", "total_error", "x_feedthrough", "product_error", "bilinear_error")
"""Figures that a trim changes, and one that it leaves."""
STEPS = (
    "The trim before the map, step by step: at which V_in2 the product would be zero, from both signs of V_in1, by the "
    "scale factor of the map. Left: against the gate of the reference junction; every step is meant to stop short of "
    "the null. Right: what is left after each, with its standard uncertainty, and the stated tolerance (dashed)."
)
NOTE = (
    "All figures of this page are of the trimmed multiplier; those of the untrimmed one are the same map with what the "
    "first step read, the reference gate at V_mid, put back. V_mid is what the meter of the gate read during the trim: "
    "its offset is in no figure."
)


def trim_parts(
    procedure: Multiplier, readings: Sequence[Reading], sheet: MultiplierDatasheet, belief: Belief, mark: str
) -> tuple[list[Drawing], list[Table], list[str]]:
    """Return drawing, table and sentence of a measured trim; nothing where there was none."""
    tried = tried_of(readings)
    before = procedure.datasheet_untrimmed(readings, belief)
    if before is None:
        return [], [], []
    moved = tried[-1].gate - tried[0].gate
    title = f"Trim by {plain(moved, 'V', digits=4)}"
    rows = [
        ("gate of the reference junction", plain(tried[-1].gate, "V"), plain(tried[0].gate, "V")),
        ("zero of the product in V_in2", _zero(tried[-1], sheet), _zero(tried[0], sheet)),
        *((WORDS[name], value_of(sheet, name), value_of(before, name)) for name in COMPARED),
    ]
    told = (
        f"The two junctions are not alike: before the map the gate of the reference was moved by "
        f"{plain(moved, 'V', digits=4)} from V_mid in {len(tried)} steps, until the product with zero was zero within "
        f"{plain(procedure.trim_tolerance, 'V', digits=3)} of V_in2, and held there. Untrimmed, it is zero at V_in2 = "
        f"{_zero(tried[0], sheet)}, and the product error is {value_of(before, 'product_error')}."
    )
    figure = Drawing(title=title, svg=trim_figure(procedure, tried, _scale(sheet), mark), caption=STEPS)
    return [figure], [Table(title=title, head=("figure", "trimmed", "untrimmed"), rows=rows, note=NOTE)], [told]


def trim_figure(procedure: Multiplier, tried: Sequence[Tried], scale: float, mark: str) -> str:
    """Return V_in2 of the product's zero against the reference gate and against the step, as SVG.

    `scale` in 1/V is that of the map.
    """
    gates = 1e3 * np.array([one.gate for one in tried])
    zero, error = (1e3 / scale * np.array(values) for values in zip(*((-t.difference, t.standard) for t in tried),
                                                                    strict=True))  # fmt: skip

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        left.axhline(0, color=DARK, linewidth=0.8)
        left.plot(gates, zero, "o-", color=BLUE, ms=4.2, linewidth=0.7)
        left.set_xlabel("gate of the reference (mV)")
        left.set_ylabel("zero of the product in $V_{in2}$ (mV)")
        _closing(right, np.abs(zero), np.abs(error), 1e3 * procedure.trim_tolerance)

    return drawn("trim", "the trim of the reference gate", draw, width=7.1, height=2.7, mark=mark)


def _closing(axes: Axes, left: np.ndarray, error: np.ndarray, tolerance: float) -> None:
    axes.axhline(tolerance, color=DARK, linewidth=0.8, linestyle="--")
    step = np.arange(1, len(left) + 1)
    axes.errorbar(step, left, error, fmt="s-", color=VERMILION, ms=4.2, linewidth=0.7, capsize=2)
    axes.set_yscale("log")
    axes.set_xticks(step if len(step) <= 12 else step[::4])
    axes.set_xlabel("step")
    axes.set_ylabel("distance from 0 (mV)")


def _scale(sheet: MultiplierDatasheet) -> float:
    return float(sheet.extraction.values[sheet.extraction.names.index("scale")])


def _zero(tried: Tried, sheet: MultiplierDatasheet) -> str:
    """Return V_in2 of the product's zero with its standard uncertainty by scatter and scale factor."""
    scale = sheet.extraction.estimate("scale")
    assert scale is not None
    value = -tried.difference / scale.value
    return rounded(value, float(np.hypot(tried.standard, value * scale.uncertainty) / abs(scale.value)), "V")
