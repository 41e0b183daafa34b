"""The study of learning: accuracy against epoch of one network whose weights live in different devices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.networks.training import Learning

from .energy_table import ASSUMED
from .looks import BLUE, DARK, GREEN, ORANGE, PURPLE, VERMILION
from .rounding import plain, with_p
from .study import Column, Rows, Study, StudyFigure
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOOKS = (
    ("black", "-"), (BLUE, "-"), (BLUE, "--"), (GREEN, "-"), (GREEN, "--"), (PURPLE, "-"), (ORANGE, "-"),
    (VERMILION, ":"), (VERMILION, "--"), (VERMILION, "-"), (DARK, "-."),
)  # fmt: skip
"""Colour and line of each device: no two have both alike."""
_CAPTION = (
    "Accuracy of the test examples against the epoch, mean over {seeds} seeds (split, initial weights, order, noise); "
    "bands: ± one standard deviation from seed to seed. All devices have the same tasks."
)
_FINAL = "Test accuracy after the last epoch: each seed (open), their mean with its standard error (filled)."


def learning_study(
    found: Sequence[Learning], belief: Belief, junction_name: str, command: str, *, data: str, epochs: int
) -> Study:
    """Return the study; every device has the same seeds and data."""
    seeds = len(found[0].records)
    return Study(
        name=f"learning-{data}-{junction_name}",
        title="Learning",
        finding=_finding(found, data),
        figures=(
            StudyFigure("course", "Accuracy against epoch", _course(found), _CAPTION.format(seeds=seeds)),
            StudyFigure("final", "After the last epoch", _last(found), _FINAL),
        ),
        columns=_columns(found),
        facts=_facts(found),
        remarks=_remarks(found),
        assumptions=_assumptions(data, epochs, seeds),
        junctions={junction_name: belief},
        about=f"junction {junction_name}, {data}",
        command=command,
        seed=None,
    )


def _finding(found: Sequence[Learning], data: str) -> str:
    ordered = sorted(found[1:], key=lambda one: -one.final[0])
    best, worst, ideal = ordered[0], ordered[-1], found[0]
    return (
        f"Of the {data}, {_share(ideal)} are told by {ideal.device}, {_share(best)} by the best device ({best.device}) "
        f"and {_share(worst)} by the worst ({worst.device})."
    )


def _share(one: Learning) -> str:
    mean, error = one.final
    return f"({100 * mean:.1f} ± {100 * error:.1f}) %"


def _facts(found: Sequence[Learning]) -> Rows:
    return tuple(
        (one.device, _share(one) if one is found[0] else f"{_share(one)}, {_behind(one, found[0])}") for one in found
    )


def _behind(one: Learning, ideal: Learning) -> str:
    """Return by how much a device differs from the ideal one, task by task: split and initial weights are the same."""
    from scipy.special import stdtr

    apart = np.array(
        [100 * (a.test_accuracy[-1] - b.test_accuracy[-1]) for a, b in zip(one.records, ideal.records, strict=True)]
    )
    mean, error = float(apart.mean()), float(apart.std(ddof=1)) / math.sqrt(len(apart))
    chance = f", {with_p(2 * float(stdtr(len(apart) - 1, -abs(mean) / error)))} (Student)," if error > 0 else ""
    return f"({mean:+.1f} ± {error:.1f}) points{chance} from {ideal.device} on the same tasks"


def _remarks(found: Sequence[Learning]) -> tuple[str, ...]:
    told = dict.fromkeys(f"{one.device}: {text}" for one in found for record in one.records for text in record.remarks)
    return (
        "The state of an s-MTJ lasts only while its gate is held: weights are stored gate voltages.",
        "Symmetric updates need no linear curve, only one without memory; a table or a loop makes up for what bends.",
        *told,
    )


def _assumptions(data: str, epochs: int, seeds: int) -> Rows:
    from smtjlab.simulation.gate_energy import gate_capacitance
    from smtjlab.simulation.networks.devices import LEAK_RESISTANCE, REFRESH, STEP_TIME
    from smtjlab.simulation.networks.training import Schedule

    plan = Schedule()
    return (
        ("data", f"{data} of scikit-learn, a quarter kept back for the test"),
        ("network", f"{plan.hidden} hidden neurons (tanh), softmax, batches of {plan.batch}, step {plan.rate:g}"),
        ("weights", f"differential pairs, cut off at ±{plan.limit:g}, all devices of a kind alike"),
        (
            "held gates",
            f"an update every {plain(STEP_TIME, 's')}, all written anew after {REFRESH}; R_leak "
            f"{plain(LEAK_RESISTANCE, 'Ω')} and {plain(gate_capacitance(), 'F', digits=3)}; each writing scatters by "
            "(kT/C)^½",
        ),
        (
            "rivals",
            "memristor and domain walls are read without noise; a memristor's pulses scatter, walls neither scatter "
            "nor creep",
        ),
        ("epochs, seeds", f"{epochs}, {seeds}"),
        ("energy of a gate step", ASSUMED),
        (
            "energy of an inference",
            f"V²(G⁺ + G⁻)t of all pairs, {plain(plan.reading_time, 's')} a reading, neurons apart",
        ),
    )


def _columns(found: Sequence[Learning]) -> tuple[Column, ...]:
    final = [one.final for one in found]
    spread = [float(one.test_spread[-1]) for one in found]
    update = [float(np.mean([record.update_energy.total for record in one.records])) for one in found]
    inference = [float(np.mean([record.inference_energy.total for record in one.records])) for one in found]
    saturated = [float(np.mean([record.saturated for record in one.records])) for one in found]
    train = [float(one.train_accuracy[-1]) for one in found]
    return (
        Column("device", "", [one.device for one in found], "device"),
        Column("test_accuracy", "", [mean for mean, _ in final], "test accuracy", 100, "%", ".1f"),
        Column("standard_error", "", [error for _, error in final], "standard error", 100, "%", ".1f"),
        Column("spread", "", spread, "spread over seeds", 100, "%", ".1f"),
        Column("train_accuracy", "", train, "training accuracy", 100, "%", ".1f"),
        Column("saturated", "", saturated, "devices at an end", 100, "%", ".0f"),
        Column("update_energy", "J", update, "energy of an update", 1e18, "aJ", ".3g"),
        Column("inference_energy", "J", inference, "energy of an inference", 1e12, "pJ", ".3g"),
    )


def _course(found: Sequence[Learning]) -> str:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for one, (colour, line) in zip(found, _LOOKS * len(found), strict=False):
            epochs = np.arange(len(one.test_accuracy))
            low, high = one.test_accuracy - one.test_spread, one.test_accuracy + one.test_spread
            axes.fill_between(epochs, 100 * low, 100 * high, color=colour, alpha=0.08, linewidth=0)
            axes.plot(epochs, 100 * one.test_accuracy, line, color=colour, linewidth=1.4, label=one.device)
        axes.set_xlabel("epoch")
        axes.set_ylabel("test accuracy (%)")
        figure.legend(loc="outside lower center", ncols=2)

    return drawn("course", "test accuracy against epoch for each device", draw, width=7.1, height=5.4)


def _last(found: Sequence[Learning]) -> str:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for place, (one, (colour, _)) in enumerate(zip(found, _LOOKS * len(found), strict=False)):
            each = [100 * float(record.test_accuracy[-1]) for record in one.records]
            axes.plot(each, [place] * len(each), "o", color=colour, mfc="none", ms=4, mew=0.8)
            mean, error = one.final
            axes.errorbar(100 * mean, place, xerr=100 * error, fmt="D", color=colour, ms=5, capsize=3)
        axes.set_yticks(range(len(found)), [one.device for one in found])
        axes.invert_yaxis()
        axes.set_xlabel("test accuracy (%)")

    return drawn("final", "test accuracy after the last epoch for each device", draw, width=7.1, height=3.9)
