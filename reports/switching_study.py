"""The study of switching: how often a pulse turns the soft layer over, against its width, its amplitude and a field."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.mechanism import Mechanism
from smtjlab.simulation.switching import SwitchingProbability
from smtjlab.simulation.wilson import wilson_interval

from .curve import Floats
from .rounding import plain
from .study import Column, Rows, Study, StudyFigure
from .study_page import number
from .switching_axes import Axis, axes_of, quantity
from .switching_figure import MOST_LINES, line_figure, map_figure, varied_axes

MOSTLY = 0.5
"""Probability from which on a pulse is said to switch more often than not."""
SAFE_VOLTAGE = 1.0
"""Voltage in V above which barriers of 1 to 1.7 nm of MgO begin to break down, the thinnest first."""
_NEAR = 0.8
"""Part of the anisotropy field from which on a field turns layers by itself, helped by temperature."""
_NOTICEABLE = 0.01
"""Share of replicas that may turn before the pulse without a word."""
WORK = (
    "The energy is that of the circuit and the work of fields, gates and bias on the soft layer. The work of the "
    "damping-like torque of a current is left out: with the usual values it is below 1 aJ, against more than 10 fJ in "
    "the circuit."
)


def switching_study(found: SwitchingProbability, junction_name: str, command: str, *, seed: int, key: str) -> Study:
    """Return the study of a switching probability; `key` is what its files are called by, after `switching-`."""
    along, across = varied_axes(found)
    lines = StudyFigure("lines", f"Probability against {along.title}", line_figure(found), _line_caption(found))
    figures, drawn = [lines], map_figure(found)
    if drawn is not None and across is not None:
        caption = (
            f"Each cell is one ensemble of {found.replicas} replicas; the white line is where half of them switch."
        )
        figures.append(StudyFigure("map", f"Probability over {along.title} and {across.title}", drawn, caption))
    return Study(
        name=f"switching-{key}",
        title=f"Switching by {found.mechanism.title}",
        finding=_finding(found),
        figures=tuple(figures),
        columns=_columns(found),
        facts=_facts(found),
        remarks=_remarks(found),
        assumptions=mechanism_rows(found.mechanism),
        junctions={junction_name: Belief(found.mechanism.junction)},
        about=f"{found.mechanism.title} · {junction_name}",
        command=command,
        seed=seed,
    )


def _finding(found: SwitchingProbability) -> str:
    best, points = _best(found), found.probability.size
    along, _ = varied_axes(found)
    where = f"at the best of {points} points" if points > 1 else "at the one point asked for"
    alone = " of that point alone" if points > 1 else ""
    sentence = (
        f"Of {found.replicas} replicas, {_percent(found.probability[best])} switch {where} "
        f"({100 * found.confidence:g} % interval{alone} {_percent(found.low[best])} to {_percent(found.high[best])}), "
        f"by {_conditions(found, best)}, for {plain(float(found.energy[best]), 'J', digits=3)} a pulse"
    )
    return f"{sentence}{_range(found, along, best)}."


def _range(found: SwitchingProbability, along: Axis, best: tuple[int, ...]) -> str:
    """Return in words where along the axis, through the best point, pulses switch more often than not."""
    if not along.varied or found.probability[best] < MOSTLY:
        return ""
    axis = [one.name for one in axes_of(found)].index(along.name)
    others = [k for n, k in enumerate(best) if n != axis]
    line = np.moveaxis(found.probability, axis, -1)[others[0], others[1]]
    order = np.argsort(along.values)
    often, place = line[order] >= MOSTLY, int(np.flatnonzero(order == best[axis])[0])
    first = place - int(np.argmin(np.append(often[place::-1], False))) + 1
    last = place + int(np.argmin(np.append(often[place:], False))) - 1
    low, high = (along.text(float(along.values[order[k]])) for k in (first, last))
    if first == 0 and last == len(order) - 1:
        return f"; more often than not they switch at every {along.title} from {low} to {high}"
    if last == len(order) - 1:
        return f"; more often than not they switch from a {along.title} of {low} on"
    again = ", and again outside it" if often[:first].any() or often[last + 1 :].any() else " only"
    return f"; more often than not they switch at a {along.title} from {low} to {high}{again}"


def _facts(found: SwitchingProbability) -> Rows:
    best = _best(found)
    rows = [(axis.title, _span(axis)) for axis in axes_of(found)]
    rows += [
        ("replicas at each point", str(found.replicas)),
        ("best point", _conditions(found, best)),
        ("probability there", f"{number(float(found.probability[best]), '.4g')} {_interval(found, best)}"),
        ("energy of a pulse there", plain(float(found.energy[best]), "J", digits=3)),
    ]
    volts = found.mechanism.barrier_voltage(float(found.amplitudes[best[1]]))
    if volts > 0:
        rows.append(("voltage across the barrier there", quantity(volts, "V")))
    if found.probability[best] == 1:
        rows.append(("error there", f"none seen: below {1 - found.low[best]:.2g}"))
    return tuple(rows)


def _remarks(found: SwitchingProbability) -> tuple[str, ...]:
    none = wilson_interval(0, found.replicas, found.confidence)
    said = [
        f"Bars and intervals are Wilson’s, {100 * found.confidence:g} %: of {found.replicas} replicas none may switch, "
        f"and the probability still be {_percent(float(none[1]))}.",
        "A replica has switched if it ends on the other side of the hard plane than the pulse found it on.",
    ]
    if found.probability.size > 1:
        said.append(
            f"The best of {found.probability.size} points is the luckiest of them too: that interval does not allow "
            "for the choice."
        )
    said += [*turned_by_field(found), *broken_down([(found.mechanism, found.amplitudes)]), WORK]
    dipole = found.mechanism.junction.dipole_field
    if dipole:
        said.append(
            f"The dipole field of {quantity(dipole, 'A/m')} of the hard layer is not compensated here: it favours one "
            "of the two directions, and may pull the soft layer back after the pulse."
        )
    return tuple(said)


def turned_by_field(found: SwitchingProbability) -> tuple[str, ...]:
    """Return what must be said of fields that turn layers before the pulse does; nothing where there are none."""
    limit = found.mechanism.anisotropy_field
    strong = [float(field) for field in found.fields if field != 0 and abs(field) >= _NEAR * limit]
    astray = found.astray.max(axis=(0, 1))
    worst = int(np.argmax(astray))
    if not strong and astray[worst] <= _NOTICEABLE:
        return ()
    said = ""
    if strong:
        strongest = quantity(max(strong, key=abs), "A/m")
        said = f"Fields up to {strongest} are near or above the anisotropy field H_k of {quantity(limit, 'A/m')}. "
    if found.mechanism.junction.temperature == 0:
        return (f"{said}They turn the layer by themselves; at 0 K, where nothing waits for the pulse, during it.",)
    return (
        f"{said}A field may turn the layer by itself: before the pulse came, up to {_percent(astray[worst])} of the "
        f"replicas had left the side on which they started, in a field of "
        f"{quantity(float(found.fields[worst]), 'A/m')}. Switching is counted from where the pulse found them.",
    )


def broken_down(pulses: Sequence[tuple[Mechanism, Floats]]) -> tuple[str, ...]:
    """Return a remark on voltages across the barriers of mechanisms, each with its amplitudes; none if all are low."""
    highest = {m.title: max(m.barrier_voltage(float(amplitude)) for amplitude in all_of) for m, all_of in pulses}
    high = [f"{quantity(volts, 'V')} by {title}" for title, volts in highest.items() if volts > SAFE_VOLTAGE]
    if not high:
        return ()
    return (
        f"Voltages across the barrier go up to {', '.join(high)}: barriers of 1 to 1.7 nm of MgO break down at about "
        "1.0 to 1.7 V, so that not every barrier would bear the strongest of these pulses, or bear them often.",
    )


def mechanism_rows(mechanism: Mechanism) -> Rows:
    """Return what is assumed of a mechanism: its pulse, its terms and its circuit, with units."""
    rows: list[tuple[str, str]] = [
        ("pulse", "rectangular, from a layer in thermal equilibrium"),
        ("temperature T", plain(mechanism.junction.temperature, "K")),
    ]
    if mechanism.equilibration is None:
        wait = quantity(mechanism.settling_time(), "s")
        rows.append(("equilibration", f"{wait}, eight decay times of the slowest mode"))
    volts = mechanism.barrier_voltage(mechanism.amplitude)
    if volts > 0:
        rows.append(("voltage across the barrier at the usual amplitude", quantity(volts, "V")))
    return (*rows, *_rows_of(mechanism, ""))


def _rows_of(some: Any, prefix: str) -> list[tuple[str, str]]:
    rows = []
    for spec in dataclasses.fields(some):
        value, name = getattr(some, spec.name), prefix + spec.name.replace("_", " ")
        if isinstance(value, Junction) or value is None:
            continue
        if dataclasses.is_dataclass(value):
            rows += _rows_of(value, f"{name}: ")
        elif isinstance(value, tuple):
            rows.append((name, "(" + ", ".join(f"{part:.4g}" for part in value) + ")"))
        elif isinstance(value, float):
            unit = some.unit if spec.name == "amplitude" else spec.metadata.get("unit", "")
            rows.append((f"usual {name}" if name in ("width", "amplitude") else name, quantity(value, unit)))
        else:
            rows.append((name, str(value)))
    return rows


def _columns(found: SwitchingProbability) -> tuple[Column, ...]:
    """Return one row a point of the grid."""
    places = list(product(*(range(len(axis.values)) for axis in axes_of(found))))
    columns = [_axis_column(axis, [p[n] for p in places]) for n, axis in enumerate(axes_of(found))]
    for name, title, values in (
        ("probability", "probability", found.probability),
        ("probability_low", "from", found.low),
        ("probability_high", "to", found.high),
    ):
        columns.append(Column(name, "", _flat(values), title, form=".4f"))
    columns.append(Column("energy", "J", _flat(found.energy), "energy", 1e15, "fJ", ".4g"))
    columns.append(
        Column("astray", "", _flat(found.astray), "turned before", form=".4f", on_page=bool(found.astray.any()))
    )
    return (*columns, Column("replicas", "", [found.replicas] * len(places), "replicas", form=".0f", on_page=False))


def _axis_column(axis: Axis, places: list[int]) -> Column:
    values = [float(axis.values[place]) for place in places]
    shown = axis.varied or axis.name != "field" or bool(axis.values.any())
    return Column(axis.name, axis.si_unit, values, axis.title, axis.factor, axis.unit, ".5g", on_page=shown)


def _flat(values: Floats) -> list[float]:
    return [float(value) for value in values.reshape(-1)]


def _best(found: SwitchingProbability) -> tuple[int, ...]:
    """Return the place of the highest probability; of several, the one that takes least energy."""
    highest = found.probability == found.probability.max()
    flat = int(np.argmin(np.where(highest, found.energy, np.inf)))
    return tuple(int(k) for k in np.unravel_index(flat, found.probability.shape))


def _conditions(found: SwitchingProbability, place: tuple[int, ...]) -> str:
    width, amplitude, field = (axis.text(float(axis.values[k])) for axis, k in zip(axes_of(found), place, strict=True))
    at = f"pulses of {width} and {amplitude}"
    return f"{at} in a field of {field}" if found.fields.any() else at


def _interval(found: SwitchingProbability, place: tuple[int, ...]) -> str:
    return f"({number(float(found.low[place]), '.4g')} to {number(float(found.high[place]), '.4g')})"


def _span(axis: Axis) -> str:
    low, high = float(axis.values.min()), float(axis.values.max())
    return f"{axis.text(low)} to {axis.text(high)}, {len(axis.values)} values" if axis.varied else axis.text(low)


def _percent(share: float) -> str:
    return f"{number(100 * float(share), '.3g')} %"


def _line_caption(found: SwitchingProbability) -> str:
    _, across = varied_axes(found)
    text = (
        f"Share of {found.replicas} replicas that a pulse turns over; bars are {100 * found.confidence:g} % Wilson "
        "intervals, the dotted line is one half."
    )
    if across is not None and len(across.values) > MOST_LINES:
        text += f" {MOST_LINES} of {len(across.values)} lines are drawn; the table has all of them."
    return text
