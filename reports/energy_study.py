"""The study of energy: what switching costs by each mechanism, against how often it fails, in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.mechanism import Mechanism
from smtjlab.simulation.switching import EnergyAgainstError

from .rounding import plain
from .study import Column, Rows, Study, StudyFigure
from .study_page import number
from .svg import drawn
from .switching_axes import quantity
from .switching_study import WORK, broken_down, mechanism_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REFERENCE_ERROR = 0.01
"""Error at which the mechanisms are compared."""
_LOOKS = {
    "STT": ("o", "#D55E00"),
    "SOT": ("s", "#E69F00"),
    "VCMA": ("^", "#009E73"),
    "strain": ("D", "#0072B2"),
    "two gate pairs": ("v", "#A0457D"),
}
"""Marker and colour of each mechanism, from Okabe and Ito's."""
_OTHER_LOOK = ("P", "#333333")
_COUNTED = {
    "STT": "I²Rt through the junction, R the mean of R_P and R_AP",
    "SOT": "I²Rt in the heavy metal",
    "VCMA": "CV² of the junction and V²t/R of its tunnel current",
    "strain": "CV² of the gate (half lost on charging, half on discharging)",
    "two gate pairs": "CV² of both gate pairs",
}
"""What the energy of the circuit is; the work of fields, gates and bias on the soft layer comes on top of each."""
_CHOICE = (
    "width and amplitude of strain are the best found among about 130 pairs; those of the other mechanisms are first "
    "estimates and might be bettered likewise; the resistance of the STT junction (2 Ω µm², which takes about 0.9 nm "
    "of MgO) is chosen to keep its pulses at 0.9 V and below, which is still close to what such a barrier bears"
)
_CAPTION = (
    "Each marker is one amplitude at the mechanism’s usual width, {replicas} replicas; bars are {confidence:g} % "
    "Wilson intervals of the error. Open markers with an arrow to the left: no pulse failed, the marker stands at the "
    "upper limit of the error. Energies are those of one attempt: of the circuit, and the work of fields, gates and "
    "bias on the soft layer. The dotted line is the error at which the mechanisms are compared."
)


def energy_study(curves: Sequence[EnergyAgainstError], command: str, *, seed: int) -> Study:
    """Return the study of energy against error for some mechanisms. Every curve has the same replicas."""
    first = curves[0]
    caption = _CAPTION.format(replicas=first.replicas, confidence=100 * first.confidence)
    return Study(
        name="energy",
        title="Energy of switching against its error",
        finding=_finding(curves),
        figures=(StudyFigure("figure", "Energy against error probability", energy_figure(curves), caption),),
        columns=_columns(curves),
        facts=_facts(curves),
        remarks=_remarks(curves),
        assumptions=_assumptions(curves),
        junctions={curve.mechanism.title: Belief(curve.mechanism.junction) for curve in curves},
        about=f"{len(curves)} mechanisms",
        command=command,
        seed=seed,
    )


def energy_figure(curves: Sequence[EnergyAgainstError]) -> str:
    """Return energy against error of every mechanism, both logarithmic; where nothing failed, as upper limits."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.set_yscale("log")
        for curve in curves:
            _draw_curve(axes, curve)
        axes.axvline(REFERENCE_ERROR, color="#333333", lw=0.8, ls=(0, (1, 2)), zorder=0.6)
        least = min(float(np.min(np.where(curve.error > 0, curve.error, curve.high))) for curve in curves)
        axes.set_xlim(0.35 * least, 1.5)
        axes.set_xlabel("error probability of a pulse")
        axes.set_ylabel("energy of a pulse (J)")
        if any((curve.error == 0).any() for curve in curves):
            limit = f"no pulse failed: {100 * curves[0].confidence:g} % limit"
            # An empty error bar, not a line: a legend puts lines before error bars, and this belongs last.
            axes.errorbar([], [], ls="", marker="$\\leftarrow$", ms=11, color="#333333", label=limit)
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0.2}
        axes.legend(ncols=3, **place)

    return drawn("energy", "Energy of a pulse against its error probability", draw, width=7.1, height=5.2)


def _draw_curve(axes: Axes, curve: EnergyAgainstError) -> None:
    marker, colour = _LOOKS.get(curve.mechanism.title, _OTHER_LOOK)
    seen = curve.error > 0
    x = np.where(seen, curve.error, curve.high)
    axes.plot(x, curve.energy, color=colour, lw=0.8, alpha=0.45, zorder=1.5)
    bars = np.maximum(np.stack([curve.error - curve.low, curve.high - curve.error])[:, seen], 0.0)
    look: dict[str, Any] = {"color": colour, "marker": marker, "ls": "", "ms": 5.5, "mew": 1.1}
    axes.errorbar(x[seen], curve.energy[seen], xerr=bars, elinewidth=0.9, label=_named(curve.mechanism), **look)
    if (~seen).any():
        limits = 0.45 * x[~seen]
        axes.errorbar(x[~seen], curve.energy[~seen], xerr=limits, xuplims=True, mfc="white", elinewidth=0.9, **look)


def _named(mechanism: Mechanism) -> str:
    return f"{mechanism.title}, {plain(mechanism.width, 's', digits=3)}"


def _cheapest(curve: EnergyAgainstError) -> int | None:
    """Return the place of the least energy whose error is at most the reference; None where it is never reached."""
    good = curve.error <= REFERENCE_ERROR
    return int(np.argmin(np.where(good, curve.energy, np.inf))) if good.any() else None


def _finding(curves: Sequence[EnergyAgainstError]) -> str:
    reached = [(curve, k) for curve in curves if (k := _cheapest(curve)) is not None]
    missed = [curve for curve in curves if _cheapest(curve) is None]
    if not reached:
        return f"None of these mechanisms errs in at most {100 * REFERENCE_ERROR:g} % of its pulses."
    ranked = sorted(reached, key=lambda pair: float(pair[0].energy[pair[1]]))
    costs = [f"{plain(float(curve.energy[k]), 'J', digits=3)} by {curve.mechanism.title}" for curve, k in ranked]
    sentence = f"Where at most {100 * REFERENCE_ERROR:g} % of the pulses fail, one takes at least {_listed(costs)}"
    if len(ranked) > 1:
        (cheap, a), (dear, b) = ranked[0], ranked[-1]
        factor = number(float(dear.energy[b] / cheap.energy[a]), ".2g")
        sentence += f", a factor of {factor} from the cheapest to the dearest"
    if missed:
        names = [f"{curve.mechanism.title} ({_percent(float(curve.error.min()))} at best)" for curve in missed]
        sentence += f"; that is not reached by {_listed(names)}"
    return f"{sentence}."


def _facts(curves: Sequence[EnergyAgainstError]) -> Rows:
    rows = []
    for curve in curves:
        k = _cheapest(curve)
        best = int(np.argmin(np.where(curve.error == curve.error.min(), curve.energy, np.inf)))
        name = f"{curve.mechanism.title}, pulses of {plain(curve.mechanism.width, 's', digits=3)}"
        if k is not None:
            rows.append((f"{name}: at most {100 * REFERENCE_ERROR:g} % error", _point(curve, k)))
        rows.append((f"{name}: least error", _point(curve, best)))
    return tuple(rows)


def _point(curve: EnergyAgainstError, k: int) -> str:
    energy = plain(float(curve.energy[k]), "J", digits=3)
    at = quantity(float(curve.amplitudes[k]), curve.mechanism.unit)
    if curve.error[k] == 0:
        return f"{energy} at {at}, error below {_percent(float(curve.high[k]))}"
    interval = f"{_percent(float(curve.low[k]))} to {_percent(float(curve.high[k]))}"
    return f"{energy} at {at}, error {_percent(float(curve.error[k]))} ({interval})"


def _remarks(curves: Sequence[EnergyAgainstError]) -> tuple[str, ...]:
    """Return what must be known to compare the mechanisms; the judgement of the paper by the numbers at hand."""
    limit = float(np.min([curve.high.min() for curve in curves]))
    return (
        _judged(curves),
        "Each mechanism has the soft layer that suits it (below), with barriers of about the same height; the "
        "comparison is one of these examples, each at one width, not of what could be reached by design.",
        *broken_down([(curve.mechanism, curve.amplitudes) for curve in curves]),
        WORK,
        f"With {curves[0].replicas} replicas an error below {_percent(limit)} cannot be told from none: memories ask "
        "for far less, which this figure cannot show.",
    )


def _judged(curves: Sequence[EnergyAgainstError]) -> str:
    """Return whether the mechanisms driven by voltage are cheaper and less reliable, as the paper says."""
    groups = {volts: [c for c in curves if (c.mechanism.unit == "V") is volts] for volts in (True, False)}
    if not (groups[True] and groups[False]):
        return "The paper compares mechanisms driven by voltage with those driven by current; here is only one kind."
    energies = {volts: [float(c.energy[np.argmin(c.error)]) for c in group] for volts, group in groups.items()}
    errors = {volts: [float(c.error.min()) for c in group] for volts, group in groups.items()}
    cheaper = max(energies[True]) < min(energies[False])
    worse = min(errors[True]) > max(errors[False])
    return (
        "The paper calls the mechanisms driven by voltage more energy-efficient and more error-prone than those driven "
        f"by current. At their least errors the first is {'so' if cheaper else 'not so for all of them'} here, the "
        f"second {'too' if worse else 'not for all of them'}."
    )


def _assumptions(curves: Sequence[EnergyAgainstError]) -> Rows:
    rows: list[tuple[str, str]] = []
    for curve in curves:
        title = curve.mechanism.title
        rows.append((f"{title}, energy of the circuit", _COUNTED.get(title, "as the mechanism says")))
        rows.append((title, "; ".join(f"{name} {value}" for name, value in mechanism_rows(curve.mechanism)[2:])))
    pulse = ("pulse", "rectangular, from a layer in thermal equilibrium")
    return (pulse, ("choice of the examples", _CHOICE), *rows)


def _columns(curves: Sequence[EnergyAgainstError]) -> tuple[Column, ...]:
    def every(name: str) -> list[float]:
        return [float(value) for curve in curves for value in getattr(curve, name)]

    repeated = [curve for curve in curves for _ in curve.amplitudes]
    return (
        Column("mechanism", "", [curve.mechanism.title for curve in repeated], "mechanism"),
        Column("width", "s", [curve.mechanism.width for curve in repeated], "pulse width", 1e9, "ns"),
        Column("amplitude", "", every("amplitudes"), "amplitude", form=".4g"),
        Column("amplitude_unit", "", [curve.mechanism.unit.replace("^2", "²") for curve in repeated], "unit"),
        Column("barrier_voltage", "V", _barrier_voltages(curves), "voltage across the barrier", 1, "V", ".3g"),
        Column("energy", "J", every("energy"), "energy", 1e15, "fJ", ".4g"),
        Column("error", "", every("error"), "error", form=".3g"),
        Column("error_low", "", every("low"), "from", form=".2g"),
        Column("error_high", "", every("high"), "to", form=".2g"),
        Column("replicas", "", [curve.replicas for curve in repeated], "replicas", form=".0f", on_page=False),
    )


def _barrier_voltages(curves: Sequence[EnergyAgainstError]) -> list[float]:
    """Return the voltage in V across the tunnel barrier at each amplitude; nan where none is put there."""
    found = [curve.mechanism.barrier_voltage(float(amplitude)) for curve in curves for amplitude in curve.amplitudes]
    return [volts if volts > 0 else float("nan") for volts in found]


def _percent(share: float) -> str:
    return f"{number(100 * share, '.2g')} %"


def _listed(texts: Sequence[str]) -> str:
    """Return "A, B and C"."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
