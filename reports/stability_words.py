"""What a study of stability says: its finding, its quantities and its remarks, all written from the numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from smtjlab.simulation.barrier import escapes
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.stability import SEVERAL_TENS, Stability, stability

from .curve import Floats
from .rounding import MISSING, plain
from .stability_figure import TEN_YEARS, Marks
from .study import Rows
from .study_page import number, span


@dataclass(frozen=True)
class Found:
    """The numbers that the sentences are made of."""

    asked: Stability
    fine: Stability
    marks: Marks

    @cached_property
    def inside(self) -> Stability | None:
        """The stability across the linear window."""
        window = self.fine.window
        if window is None:
            return None
        own = self.asked
        gates = np.linspace(window.start, window.stop, 121)
        return stability(own.junction, gates, averaging=own.averaging, bias=own.bias, field=own.field)

    def above(self, gate: float) -> float:
        """Return how far a gate is above the threshold in V, whichever way it rotates."""
        return abs(gate) - abs(self.marks.threshold)


def finding(found: Found) -> str:
    """Return in one sentence where the paper's "several tens of kT" holds, and what holds across the linear window."""
    low, high = found.marks.several_tens
    kt = f"{SEVERAL_TENS[0]:g} to {SEVERAL_TENS[1]:g} kT"
    if math.isnan(low) or math.isnan(high):
        return f"At no gate does the barrier between the wells reach {kt}, the paper’s “several tens of kT”."
    sentence = (
        f"The barrier between the wells is {kt}, the paper’s “several tens of kT”, only from "
        f"{_near(found.above(low))} to {_near(found.above(high))} above the threshold of "
        f"{_volts(found.marks.threshold)}, from which on there are two wells: nearer it is less"
    )
    inside = found.inside
    if inside is not None:
        heights = _heights(inside)
        sentence += (
            f", further up far more, and across the linear window ({_window(inside)}) it runs "
            f"from {number(min(heights), '.2g')} to {_kt(max(heights))}"
        )
    else:
        sentence += ", further up it is far more"
    return f"{sentence}."


def facts(found: Found) -> Rows:
    """Return the quantities that the finding rests on."""
    low, high = found.marks.several_tens
    rows = [
        ("threshold V_th (two wells from here on)", _volts(found.marks.threshold)),
        (f"gate at which the barrier is {SEVERAL_TENS[0]:g} kT", _placed(found, low)),
        (f"gate at which the barrier is {SEVERAL_TENS[1]:g} kT", _placed(found, high)),
        ("one hop in 10 years", _ten_years(found)),
        ("barrier at the gates asked for", _range_of_barriers(found.asked)),
    ]
    return (*rows, *_window_facts(found), ("change of G by a hop", _hop_step(found.asked)))


def _window_facts(found: Found) -> list[tuple[str, str]]:
    inside = found.inside
    if inside is None or inside.window is None:
        return [("linear window", "none in this range")]
    change, worst = abs(inside.window.change), int(np.argmax(inside.averaged))
    time = plain(inside.averaging, "s", digits=3)
    full, averaged = float(inside.sigma.max()), float(inside.averaged.max())
    share = float(np.mean(np.array(_heights(inside)) < SEVERAL_TENS[0]))
    return [
        ("linear window (static curve, 1 % of its own change)", f"{_window(inside)}, {plain(change, 'S', digits=3)}"),
        (f"share of that window with less than {SEVERAL_TENS[0]:g} kT", f"{100 * share:.0f} %"),
        (
            "largest σ_G there, full bandwidth",
            f"{plain(full, 'S', digits=3)}, {100 * full / change:.2g} % of the window",
        ),
        (
            f"largest σ_G there, averaged over {time}",
            f"{plain(averaged, 'S', digits=3)}, {100 * averaged / change:.2g} % of the window, "
            f"at {_volts(float(inside.gate[worst]))}",
        ),
        ("resolution at full bandwidth", _bits(inside, inside.sigma)),
        (f"resolution averaged over {time}", _bits(inside, inside.averaged)),
    ]


def _share(sigma: float, change: float) -> str:
    return f"{plain(sigma, 'S', digits=3)}, {100 * sigma / change:.2g} % of the window"


def _bits(inside: Stability, sigma: Floats) -> str:
    """Return worst and best of both definitions of a thermal floor, each by its name."""
    bits = inside.bits(sigma)
    pair, less = (float(bits.min()), float(bits.max())), math.log2(12) / 2
    plainly = f"{pair[0]:.1f} to {pair[1]:.1f} bits as log₂(window/σ_G)"
    return f"{plainly}, {pair[0] - less:.1f} to {pair[1] - less:.1f} bits as log₂(window/(√12 σ_G))"


def remarks(found: Found) -> tuple[str, ...]:
    """Return what a reader must know to read the figure right."""
    low, high = found.marks.several_tens
    said = [_hop_remark(found.asked)]
    if math.isfinite(low) and math.isfinite(high):
        said.append(
            f"Nearer than {_near(found.above(low))} above the threshold the paper’s statement does not hold. Further "
            f"than {_near(found.above(high))} above it the statement is far exceeded{_at_the_end(found)}."
        )
    said.append(
        "The rates are those of intermediate to high damping: where the barrier is below "
        f"{_kt(1 / found.asked.junction.damping)} (1/α) they are upper limits, since energy comes too slowly there."
    )
    if found.asked.along_axis.any():
        said.append(_axis_remark(found.asked))
    said.append(
        "The state is volatile: it is there only while the gate voltage is. A barrier keeps the side to which the soft "
        "layer has turned, not the angle."
    )
    return tuple(said)


def _hop_remark(asked: Stability) -> str:
    if asked.mirrored:
        return (
            "A hop between the wells leaves G alone, but for the passage itself: they are mirror images. "
            "Only a transverse field or a misaligned hard layer would break that symmetry; this junction has neither. "
            "What limits a reading here is the width σ_G of the well, not the hops."
        )
    causes = {
        "a transverse field": asked.junction.transverse_field,
        "a misaligned hard layer": asked.junction.hard_layer_angle,
    }
    cause = " and ".join(name for name, value in causes.items() if value)
    return (
        f"The wells are no mirror images here: {cause} breaks the symmetry, and a hop changes G by {_hop_step(asked)} "
        "(telegraph noise). The spread σ_G has these hops in it only where the deeper well is kept for a shorter time "
        "than a reading takes."
    )


def _axis_remark(asked: Stability) -> str:
    """Return what is known of wells along the easy axis, which the table has no numbers of."""
    landscape = landscape_over_gates(asked.junction, asked.gate[asked.along_axis], bias=asked.bias, field=asked.field)
    heights = escapes(MagneticEnergy.of(landscape)).barrier[1]
    least, most = number(float(heights.min()), ".3g"), _kt(float(heights.max()))
    between = most if most.startswith(f"{least} ") else f"{least} to {most}"
    return (
        f"At {len(heights)} of these gates there are two wells along the easy axis (φ = 0 and 180°), which the shape "
        f"keeps apart: {between} out of the shallower one. A hop between these would turn the layer over; the table "
        "has no numbers of it, and σ_G has both wells in it there."
    )


def _at_the_end(found: Found) -> str:
    barriers = np.where(np.isfinite(found.asked.barrier), found.asked.barrier, 0.0)
    top = int(np.argmax(barriers))
    if barriers[top] <= SEVERAL_TENS[1]:
        return ""
    return f" ({_kt(float(barriers[top]))} at {_volts(float(found.asked.gate[top]))})"


def _placed(found: Found, gate: float) -> str:
    return MISSING if math.isnan(gate) else f"{_volts(gate)}, {_near(found.above(gate))} above the threshold"


def _ten_years(found: Found) -> str:
    """Return from which gate on the shallower well is kept for ten years, read off the fine gates."""
    fine = found.fine
    kept = np.isfinite(fine.barrier) & (fine.retention > TEN_YEARS)
    if not kept.any():
        return "at none of these gates"
    first = np.flatnonzero(kept)[np.argmin(np.abs(fine.gate[kept]))]
    return f"from {_volts(float(fine.gate[first]))} on, where the barrier is {_kt(float(fine.barrier[first]))}"


def _range_of_barriers(asked: Stability) -> str:
    heights = asked.barrier[np.isfinite(asked.barrier)]
    if not heights.size:
        return "none: there is no other well across the easy axis"
    return f"{number(float(heights.min()), '.3g')} to {_kt(float(heights.max()))}"


def _hop_step(asked: Stability) -> str:
    steps = asked.hop_step[np.isfinite(asked.barrier)]
    if asked.mirrored or not steps.size:
        return (
            "none: the wells are mirror images"
            if asked.mirrored
            else "none: there is no other well across the easy axis"
        )
    return f"up to {plain(float(steps.max()), 'S', digits=3)}"


def _heights(inside: Stability) -> list[float]:
    """Return the barriers across the window; 0 below the threshold, where nothing is kept apart across the axis."""
    return [float(height) if math.isfinite(height) else 0.0 for height in inside.barrier]


def _window(inside: Stability) -> str:
    window = inside.window
    return MISSING if window is None else span(window.start, window.stop, "V")


def _near(distance: float) -> str:
    return plain(distance, "V", digits=3)


def _volts(gate: float) -> str:
    return plain(gate, "V", digits=4)


def _kt(height: float) -> str:
    return f"{number(height, '.3g')} kT"
