"""The figures of a synapse: updates, steps, hold; and several devices beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.synapse import Synapse
from smtjlab.procedures.synapse_figures import cycles_of

from .circuit_readings import CircuitReadings
from .looks import BLUE, DARK, GREEN, VERMILION
from .rounding import prefix_of
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from smtjlab.procedures.synapse_holds import ExpectedChange
    from smtjlab.simulation.synapses.holds import HeldChange
    from smtjlab.simulation.synapses.pulse_cycles import PulseCycles

BAND = "#c9d6e2"
DEVICE_LOOKS = (("o", BLUE), ("s", VERMILION), ("^", GREEN))


def updates_figure(procedure: Synapse, readings: Sequence[Reading], found: CircuitReadings, mark: str) -> str:
    """Return conductance against the number of the update, cycles over one another, with the 95 % band."""
    factor, unit = prefix_of(float(np.nanmax(np.abs(found.value), initial=0.0)), "S")
    panels = ("up", "down")

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, 2, sharey=True)
        for panel, name in zip(axes, panels, strict=True):
            for cycle in range(1, procedure.cycles + 1):
                here = np.array([one.setpoint.branch == f"{name} {cycle}" for one in readings], dtype=bool)
                number = np.arange(int(here.sum()))
                if cycle == 1 and np.isfinite(found.low95[here]).any():
                    panel.fill_between(
                        number,
                        factor * found.low95[here],
                        factor * found.high95[here],
                        color=BAND,
                        label="expected, 95 %",
                    )
                panel.plot(
                    number, factor * found.value[here], "^" if name == "up" else "v", ms=3.2, mew=0.8,
                    color=BLUE if name == "up" else VERMILION, mfc=BLUE if name == "up" else "none",
                    label=f"measured {name}" if cycle == 1 else None,
                )  # fmt: skip
            panel.set_xlabel(f"updates {name}")
            panel.legend(loc="best")
        axes[0].set_ylabel(f"conductance ({unit})")

    return drawn("updates", "conductance after each update", draw, width=7.1, height=3.4, mark=mark)


def steps_figure(procedure: Synapse, readings: Sequence[Reading], mark: str) -> str:
    """Return the mean step up and down against conductance."""
    cycles = cycles_of(procedure, readings)
    factor, unit = prefix_of(float(np.max(np.abs(cycles.up))), "S")
    small, small_unit = prefix_of(float(np.max(np.abs(np.diff(cycles.up)))), "S")

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for name, marker, colour, face in (("up", "^", BLUE, BLUE), ("down", "v", VERMILION, "none")):
            middle, step, error = steps_of(cycles, name)
            axes.errorbar(
                factor * middle, small * step, small * error, fmt=marker, color=colour, mfc=face, ms=4, mew=0.8,
                elinewidth=0.8, label=f"step {name}",
            )  # fmt: skip
        axes.axhline(0, color=DARK, linewidth=0.6)
        axes.set_xlabel(f"conductance ({unit})")
        axes.set_ylabel(f"size of the step ({small_unit})")
        axes.legend(loc="best")

    return drawn("steps", "step up and down against conductance", draw, width=7.1, height=3.2, mark=mark)


def steps_of(cycles: PulseCycles, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return middles, mean sizes and their standard uncertainties of the steps of one direction, (n,) each, in S."""
    rows = getattr(cycles, name)
    standard = getattr(cycles, f"{name}_standard")
    steps = np.diff(rows) * (1 if name == "up" else -1)
    claimed = np.sqrt(np.mean(standard[:, 1:] ** 2 + standard[:, :-1] ** 2, axis=0) / len(rows))
    seen = steps.std(axis=0, ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else claimed
    middles = (rows[:, 1:] + rows[:, :-1]) / 2
    return middles.mean(axis=0), steps.mean(axis=0), np.maximum(claimed, seen)


def hold_figure(held: Sequence[HeldChange], expected: Sequence[ExpectedChange], mark: str) -> str:
    """Return the change of the conductance against the time of the hold; empty where there is none."""
    if not held:
        return ""
    time, mean, error = np.array([(one.time, one.mean.value, one.mean.uncertainty) for one in held]).T

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        if expected:
            believed = np.array([(one.time, one.mean, one.low, one.high) for one in expected]).T
            believed[1:] *= 100
            axes.fill_between(believed[0], believed[2], believed[3], color=BAND, label="as believed, 95 %")
            axes.plot(believed[0], believed[1], "-", color=DARK, linewidth=0.9, label="as believed")
        axes.axhline(0, color=DARK, linewidth=0.6)
        axes.errorbar(time, 100 * mean, 100 * error, fmt="o", color=BLUE, ms=4.2, capsize=2.5, label="measured")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("time of the hold (s)")
        axes.set_ylabel("mean change (% of the span)")
        figure.legend(loc="outside upper center", ncols=3)

    return drawn(
        "hold", "change of the conductance against the time of the hold", draw, width=7.1, height=2.8, mark=mark
    )


def devices_figure(devices: Mapping[str, PulseCycles], mark: str) -> str:
    """Return several devices over one another: share of the span against share of the updates, up and down."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for (name, cycles), (marker, colour) in zip(devices.items(), DEVICE_LOOKS * len(devices), strict=False):
            low, span = float(cycles.up[:, 0].mean()), float((cycles.up[:, -1] - cycles.up[:, 0]).mean())
            for direction, face in (("up", colour), ("down", "none")):
                rows = getattr(cycles, direction)
                share = np.linspace(0, 1, rows.shape[1])
                axes.plot(
                    share if direction == "up" else 1 + share,
                    (rows.mean(axis=0) - low) / span, marker, color=colour, mfc=face, ms=3.6, mew=0.8,
                    label=name if direction == "up" else None,
                )  # fmt: skip
        axes.axvline(1, color=DARK, linewidth=0.6)
        axes.set_xlabel("updates: up (0 to 1), then down (1 to 2), as a share of a cycle’s")
        axes.set_ylabel("share of the span")
        figure.legend(loc="outside upper center", ncols=3)

    return drawn("devices", "three synapses beside each other", draw, width=7.1, height=3.4, mark=mark)
