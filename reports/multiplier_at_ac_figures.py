"""Drawings of a multiplier at ac: response and residuals, distortion, the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from smtjlab.procedures.multiplier_ac import MultiplierAc

from .looks import BLUE, DARK, VERMILION
from .multiplier_at_ac import LEAST, AcResult
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RESPONSE = (
    "Output over input at each frequency, over its value at the lowest: measured, and by the small signals of the "
    "circuit with the junction as believed; the band holds 95 % of what is believed. Dotted: −3 dB."
)
RESIDUALS = (
    "The same, measured less believed, in standard uncertainties of both together. Neighbours share most of what is "
    "uncertain of the junction: they lie on one side together."
)
DISTORTION = (
    "Total harmonic distortion of the output against the peak of the input, one colour a frequency, what noise and the "
    "input’s own distortion make of it taken off; triangles are bounds, two standard uncertainties above what is "
    "found. Lines: the curves as believed, each harmonic weakened as its small signal is."
)
EDGE = (
    "The output after an edge of V_in1, mean of all records of it, over its final value; grey is the band within which "
    "it has settled, dashed when it has."
)


def response_figure(result: AcResult, mark: str) -> str:
    """Return the response, as SVG."""
    frequency = np.array([one.frequency for one in result.figures.largest]) / 1e6
    shown, scatter = result.relative

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        low, high = (_decibel(result.expected + side * 1.96 * result.spread) for side in (-1, 1))
        axes.fill_between(frequency, low, high, color=VERMILION, alpha=0.25, linewidth=0)
        axes.plot(frequency, _decibel(result.expected), color=VERMILION, label="as believed")
        axes.errorbar(frequency, _decibel(shown), 8.69 * scatter / shown, fmt="o", color=BLUE, ms=3.5, label="measured")
        axes.axhline(-20 * np.log10(2**0.5), color=DARK, linestyle=":", linewidth=0.8)
        axes.set_xscale("log")
        axes.set_xlabel("frequency (MHz)")
        axes.set_ylabel("response (dB)")
        axes.legend(loc="lower left")

    return drawn("response", "response against frequency", draw, width=7.1, height=3.0, mark=mark)


def residual_figure(result: AcResult, mark: str) -> str:
    """Return the residuals of the response in standard uncertainties, as SVG."""
    frequency = np.array([one.frequency for one in result.figures.largest])[1:] / 1e6

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axhspan(-1.96, 1.96, color=VERMILION, alpha=0.15, linewidth=0)
        axes.axhline(0, color=DARK, linewidth=0.8)
        axes.plot(frequency, result.sigmas, "o", color=BLUE, ms=4)
        axes.set_xscale("log")
        axes.set_xlabel("frequency (MHz)")
        axes.set_ylabel("residual (σ)")

    return drawn("beside", "measured against expected", draw, width=7.1, height=2.4, mark=mark)


def distortion_figure(result: AcResult, mark: str) -> str:
    """Return the distortion against the peak, as SVG."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        some = sorted({one.frequency for one in result.figures.sines[len(result.figures.largest) :]})
        for number, hertz in enumerate(some or [result.figures.largest[0].frequency]):
            _distortion_at(axes, result, hertz, f"C{number}")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("peak of the input (mV)")
        axes.set_ylabel("distortion (%)")
        axes.legend(loc="best")

    return drawn("distortion", "distortion against the peak", draw, width=7.1, height=3.0, mark=mark)


def edge_figure(procedure: MultiplierAc, result: AcResult, mark: str) -> str:
    """Return the output after the edge, as SVG; empty where there was none."""
    edge, settled = result.figures.edge, result.figures.settling
    if edge is None:
        return ""
    before, tail = edge.time < result.figures.step_time, edge.output[-len(edge.output) // 10 :].mean()
    rest = float(edge.output[before].mean()) if before.any() else 0.0
    relative = (edge.output - rest) / (tail - rest)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axhspan(100 * (1 - procedure.band), 100 * (1 + procedure.band), color=DARK, alpha=0.2, linewidth=0)
        axes.plot(1e9 * (edge.time - result.figures.step_time), 100 * relative, color=BLUE, linewidth=0.9)
        if settled is not None:
            axes.axvline(1e9 * settled.value, color=VERMILION, linestyle="--", linewidth=0.8)
        axes.set_xlabel("time after the edge (ns)")
        axes.set_ylabel("output (%)")

    return drawn("edge", "output after an edge", draw, width=7.1, height=2.7, mark=mark)


def _distortion_at(axes: Axes, result: AcResult, hertz: float, colour: str) -> None:
    places = [k for k, one in enumerate(result.figures.sines) if one.frequency == hertz]
    order = sorted(places, key=lambda k: result.figures.sines[k].peak)
    taken = [result.figures.sines[k] for k in order]
    expected = 100 * result.distortion[order]
    peaks = np.array([1e3 * one.peak for one in taken])
    value, error = (np.array([100 * getattr(one.distortion, n) for one in taken]) for n in ("value", "uncertainty"))
    seen = np.array([one.seen for one in taken])
    name, bound = f"{hertz / 1e6:.3g} MHz", 100 * np.array([one.bound for one in taken])[~seen]
    axes.errorbar(peaks[seen], value[seen], error[seen], fmt="o", color=colour, ms=4, label=name if seen.any() else "")
    axes.plot(peaks[~seen], bound, "v", color=colour, mfc="none", ms=5, label="" if seen.any() else f"{name}, bounds")
    if (expected > LEAST).all():
        axes.plot(peaks, expected, "-", color=colour, linewidth=0.8)


def _decibel(share: np.ndarray) -> np.ndarray:
    return np.asarray(20 * np.log10(np.maximum(share, 1e-6)))
