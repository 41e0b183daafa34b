"""The figures of what happens in time: a telegraph trace, a gate that steps and holds, a noise spectrum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .looks import BLUE, DARK, GREEN, MANY, ORANGE, VERMILION
from .rounding import prefix_of
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from smtjlab.simulation.inference.gate_step import GateStepView
    from smtjlab.simulation.inference.noise_spectrum import Spectrum
    from smtjlab.simulation.inference.telegraph import TelegraphView

Floats = NDArray[np.float64]


def telegraph_figure(view: TelegraphView, mark: str = "") -> str:
    """Return the trace with the probability of the high state below it, and the histogram of the levels beside it."""
    factor, unit = prefix_of(_largest(view.conductance), "S")
    seconds, second = prefix_of(_largest(view.time), "s")
    two = bool(np.isfinite(view.high).any())

    def draw(figure: Figure) -> None:
        grid = figure.subplots(2 if two else 1, 2, width_ratios=(3.4, 1), height_ratios=(2.4, 1) if two else None)
        trace, levels = (grid[0, 0], grid[0, 1]) if two else grid
        look = {"color": BLUE, "ms": 1.8, "mew": 0.4, "mfc": "none", "rasterized": len(view.time) > MANY}
        trace.plot(view.time * seconds, view.conductance * factor, "o", **look)
        trace.set_ylabel(f"conductance ({unit})")
        levels.stairs(view.counts, view.edges * factor, orientation="horizontal", color=DARK, fill=True, alpha=0.35)
        levels.set_xlabel("number of readings")
        levels.sharey(trace)
        levels.tick_params(labelleft=False)
        last = trace
        if two:
            last = grid[1, 0]
            last.sharex(trace)
            last.plot(view.time * seconds, view.high, color=VERMILION, lw=0.7, rasterized=len(view.time) > MANY)
            last.set_ylabel("P(high state)")
            last.set_ylim(-0.05, 1.05)
            grid[1, 1].set_axis_off()
        last.set_xlabel(f"time since the first reading ({second})")

    name = "Conductance against time, and how often each level was read"
    return drawn("telegraph", name, draw, width=7.1, height=4.6 if two else 3.4, mark=mark)


def gate_step_figure(view: GateStepView, mark: str = "") -> str:
    """Return conductance and gate current against the time since the gate came to where it is, in decades."""
    factor, unit = prefix_of(_largest(view.conductance), "S")
    amperes, ampere = prefix_of(_largest(view.current), "A")

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.4, 1))
        _parts(upper, view, view.conductance * factor, view.fitted * factor)
        _parts(lower, view, view.current * amperes, view.fitted_current * amperes)
        upper.set_xscale("log")
        upper.set_ylabel(f"conductance $G$ ({unit})")
        lower.set_ylabel(f"gate current ({ampere})")
        lower.set_xlabel("time since the gate came to where it is (s)")
        figure.legend(*upper.get_legend_handles_labels(), loc="outside upper center", ncols=3)

    name = "Conductance and gate current against the time since the step"
    return drawn("gatestep", name, draw, width=7.1, height=4.6, mark=mark)


def spectrum_figure(spectrum: Spectrum, mark: str = "") -> str:
    """Return the relative power density with its fitted parts, on axes in decades."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        frequency, whole = spectrum.frequency, spectrum.flicker + spectrum.white
        error = spectrum.density * np.sqrt(2 / spectrum.degrees)
        low = np.minimum(error, 0.9 * spectrum.density)  # a bar must not reach zero, which has no place on this axis
        many = len(frequency) > MANY
        axes.errorbar(
            frequency, spectrum.density, (low, error), fmt="o", color=BLUE, mfc="none", ms=2.6, mew=0.6, lw=0.5,
            label="measured", rasterized=many,
        )  # fmt: skip
        axes.plot(frequency, whole, color="black", lw=1.3, label="fit")
        dashed, dotted = (0, (5, 2)), (0, (1, 1.5))
        parts = (spectrum.flicker, VERMILION, dashed, "1/f part"), (spectrum.white, GREEN, dotted, "white part")
        for part, colour, style, name in parts:
            if np.any(part > 0):
                axes.plot(frequency, part, color=colour, lw=1.2, ls=style, label=name)
        if spectrum.instrument > 0:
            axes.axhline(spectrum.instrument, color=ORANGE, lw=1.0, ls="-.", label="instrument, as specified")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("frequency (Hz)")
        axes.set_ylabel("$S_G/G^2$ (1/Hz)")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=5)

    return drawn("spectrum", "Power density of the noise against frequency", draw, width=7.1, height=4.2, mark=mark)


def _parts(axes: Axes, view: GateStepView, y: Floats, fitted: Floats) -> None:
    """Draw the readings while the gate was held, those after it, and the fit along each part."""
    shown = np.isfinite(y) & (view.age > 0)
    for part, marker, face, name in ((view.held, "o", BLUE, "held"), (~view.held, "s", "none", "before and after")):
        here = shown & part
        if here.any():
            axes.plot(view.age[here], y[here], marker, color=BLUE, mfc=face, ms=3.6, mew=0.8, label=name)
            label = "fit" if face == BLUE else "_fit"
            for order in _legs(view.age, here & np.isfinite(fitted)):
                axes.plot(view.age[order], fitted[order], color=VERMILION, lw=1.1, label=label)
                label = "_fit"


def _legs(age: Floats, shown: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Return the places shown, in pieces within which the gate stood still: where it moves, its age starts anew."""
    places = np.flatnonzero(shown)
    return np.split(places, np.flatnonzero(np.diff(age[places]) < 0) + 1)


def _largest(values: Floats) -> float:
    return float(np.max(np.abs(values[np.isfinite(values)]), initial=0.0))
