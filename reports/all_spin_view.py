"""What the page of an all-spin product shows: product, walls, what is lost where, junctions, time and energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.all_spin_product import AllSpinProduct
from smtjlab.simulation.all_spin import error_budget, exact_terms
from smtjlab.simulation.all_spin_cost import PUBLISHED_TIME, MacCost, mac_cost, published_energies
from smtjlab.simulation.crossbar_scaling import device_counts
from smtjlab.simulation.inference.all_spin import ALL_SPIN_FIGURES, AllSpinFigures

from . import all_spin_figures as figures
from .circuit_page import CircuitView, Drawing, Table
from .circuit_readings import CircuitReadings
from .rounding import estimate, plain, rounded

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.wall_accumulator import WallAccumulator

_PERCENT = ("relative_rmse", "terms_rmse", "wall_rmse", "term_error")
_KEY = ("relative_rmse", "terms_rmse", "wall_rmse", "effective_bits")
MODELLED = (
    "The walls are a model: the bench has no instrument for them. Measured through the wire is every term a_ik b_kj, "
    "by one multiplier, one after the other; the pulses, the walls and their read-out are computed from these outputs."
)
THIRD = (
    "The paper counts 2N² junctions, a multiplier and a wall for each element. A single s-MTJ has a pedestal and "
    "cannot multiply by zero or by negative numbers; with the reference junction that this takes there are 3N²."
)
BENT = 3
"""Times the tolerance of the believed curve from which on measured terms say that the junction is another one."""
PARTS = {
    "multiplier": "measured terms instead of exact ones",
    "threshold": "J_c takes the same off every pulse; pre-current included",
    "grooves": "a wall comes to rest in the nearest groove",
    "scatter": "steps of the wall differ from pulse to pulse",
    "ends": "a wall at the end of its track goes no further",
    "creep": "hops between grooves from pulse to pulse and until the read-out",
}


def view(run: Run, readings: Sequence[Reading], found: CircuitReadings, belief: Belief, mark: str) -> CircuitView:
    """Return the view of a run. Raises InferenceError where the readings cannot tell anything."""
    procedure = cast(AllSpinProduct, run.procedure)
    told, held = procedure.figures(readings), procedure.accumulator()
    unit, size = procedure.full_scale**2, procedure.size
    extraction = told.extraction
    cost = _cost(procedure, told, held, belief)
    text = (
        f"Relative RMSE {_value(told, 'relative_rmse')} of the product of two {size} × {size} matrices; the measured "
        f"terms, added exactly, are {_value(told, 'terms_rmse')} off. {_dead(told, held)}"
    )
    error = extraction.estimate("relative_rmse")
    return CircuitView(
        finding=text,
        key=[(ALL_SPIN_FIGURES[name].symbol, _value(told, name)) for name in _KEY],
        drawings=[
            Drawing(title="Product", svg=figures.product_figure(told, unit, mark), caption=figures.PRODUCT),
            Drawing(
                title="Walls, pulse by pulse",
                svg=figures.walls_figure(told, held, *procedure.factors, mark),
                caption=figures.WALLS + _shown(size),
            ),
            Drawing(title="One pulse", svg=figures.pulse_figure(told, held, mark), caption=figures.PULSE),
            Drawing(
                title="Larger matrices",
                svg=figures.scaling_figure(held, size, error.value if error else np.nan, mark),
                caption=figures.SCALING,
            ),
        ],
        tables=[
            _budget(procedure, told, held),
            _figures(told),
            _drive(procedure, told, held),
            _energy(cost, size),
            _junctions(size, cost.time),
        ],
        remarks=[MODELLED, THIRD, _amplifier(procedure, told, held), *_bent(procedure, told)],
    )


def _bent(procedure: AllSpinProduct, told: AllSpinFigures) -> list[str]:
    """Return what to think of terms that are off by far more than the believed curve bends."""
    found = told.extraction.estimate("terms_rmse")
    if found is None or found.value <= BENT * procedure.tolerance:
        return []
    low, high = (plain(procedure.middle + sign * procedure.swing, "V", digits=3) for sign in (-1, 1))
    return [
        f"The measured terms are {_value(told, 'terms_rmse')} off, far more than the {100 * procedure.tolerance:g} % "
        f"by which the believed curve may bend from {low} to {high}: the junction that there is has its window "
        "elsewhere. "
        "Below its threshold it does not multiply. A transfer curve finds that, and `middle` moves the window."
    ]


def _value(told: AllSpinFigures, name: str) -> str:
    found = told.extraction.estimate(name)
    if found is None:
        return "unknown"
    if name in _PERCENT:
        return f"({rounded(100 * found.value, 100 * found.uncertainty)}) %"
    return estimate(found, ALL_SPIN_FIGURES[name].unit)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %" if share > 1e-9 else "0"


def _shown(size: int) -> str:
    most = figures.MOST
    return "" if size <= most else f" The first {most} rows and columns of {size}."


def _dead(told: AllSpinFigures, held: WallAccumulator) -> str:
    terms = np.abs(told.result.terms)
    dead = int(np.count_nonzero((terms <= held.lost_to_grooves) & (terms > 0)))
    return f"{dead} of {terms.size} pulses were too small to move a wall."


def _budget(procedure: AllSpinProduct, told: AllSpinFigures, held: WallAccumulator) -> Table:
    rng = np.random.default_rng(procedure.seed)
    lines = error_budget(told.result.terms, told.result.exact, exact_terms(*procedure.factors), held, rng)
    rows = [("everything", "", _percent(lines["all"].without), _percent(lines["all"].without))]
    rows += [(name, PARTS[name], _percent(lines[name].without), _percent(lines[name].alone)) for name in PARTS]
    return Table(
        title="Where the error comes from",
        head=("part", "what it is", "relative RMSE without it", "with it alone"),
        rows=rows,
        note="Model walls with one part switched off, and with all others off, over 200 draws of chance. Parts do not "
        "add: a threshold hides what grooves would lose, and scatter lifts some pulses out of a dead zone. Without "
        "grooves there is no creep either; creep alone is with grooves. Each wall is calibrated again: the product 1 "
        "moves it by the same distance.",
    )


def _figures(told: AllSpinFigures) -> Table:
    names = told.extraction.names
    rows = [(ALL_SPIN_FIGURES[name].symbol, _value(told, name), ALL_SPIN_FIGURES[name].meaning) for name in names]
    return Table(
        title="Figures",
        head=("figure", "value ± standard uncertainty", "meaning"),
        rows=rows,
        note="Uncertainties by the readings, with what they have in common, and by the chance of pulses and hops. V_f "
        "is there because the two junctions differ; the terms are what is left once V_f and V_o are taken off.",
    )


def _drive(procedure: AllSpinProduct, told: AllSpinFigures, held: WallAccumulator) -> Table:
    wall, unit = held.wall, abs(told.scale.unit)
    current = held.unit_density * wall.cross_section
    pitch = "smooth" if wall.states is None else plain(wall.pitch, "m", digits=3)
    rows = [
        ("track; pitch of grooves", f"{plain(wall.length, 'm', digits=3)}; {pitch}"),
        ("sums that fit the track", f"up to ±{plain(wall.length / 2 / held.unit_displacement, digits=3)}"),
        ("step of a product of 1", plain(held.unit_displacement, "m", digits=3)),
        ("current density J₁ of a product of 1", f"{plain(held.unit_density, digits=3)} A/m²"),
        ("its current through the heavy metal", plain(current, "A", digits=3)),
        ("threshold J_c less pre-current J_b", f"{plain(wall.threshold - held.pre_current, digits=3)} A/m²"),
        ("terms lost to the threshold", f"up to {_percent(held.lost_to_threshold)} of full scale"),
        ("terms lost to threshold and grooves", f"up to {_percent(held.lost_to_grooves)} of full scale"),
        ("transconductance between output and wall", f"{plain(held.transconductance(unit), digits=3)} A/V"),
        ("conductance of a step of 1", plain(wall.span * held.unit_displacement / wall.length, "S", digits=3)),
    ]
    return Table(
        title="What drives a wall",
        head=("", "value"),
        rows=rows,
        note="A pre-current has the sign of its product, which "
        "whoever encodes the factors knows; with J_b = J_c the threshold costs nothing.",
    )


def _amplifier(procedure: AllSpinProduct, told: AllSpinFigures, held: WallAccumulator) -> str:
    unit, wall = abs(told.scale.unit), held.wall
    direct = unit / procedure.series / wall.cross_section
    against = f", {_percent(direct / wall.threshold)} of the threshold" if wall.threshold > 0 else ""
    return (
        f"A product of 1 is {plain(unit, 'V', digits=3)} at the output, and its pulse "
        f"{plain(held.unit_density * wall.cross_section, 'A', digits=3)}: an amplifier of "
        f"{plain(held.transconductance(unit), digits=3)} A/V stands between them, whose energy is not in the tables. "
        f"Without it the difference of the branches' currents is {plain(direct, digits=2)} A/m²{against}."
    )


def _cost(procedure: AllSpinProduct, told: AllSpinFigures, held: WallAccumulator, belief: Belief) -> MacCost:
    first, second = procedure.factors
    burnt = held.wall.pulse_energy(held.densities(told.result.terms), held.pulse)
    return mac_cost(
        procedure.circuit(belief),
        procedure.input * first,
        procedure.middle + procedure.swing * second,
        heavy_metal=float(np.mean(burnt)),
        pulse=held.pulse,
        settling=held.interval,
    )


def _energy(cost: MacCost, size: int) -> Table:
    journal, preprint = published_energies(size)
    parts = {
        "gate steps, C (ΔV)²/2": cost.junction.charging,
        "Gilbert loss of the soft layer": cost.junction.gilbert,
        "multiplying branch, V_in1 I t_p": cost.junction.read,
        "reference branch": cost.reference,
        "heavy metal below the wall, I²R t_p": cost.heavy_metal,
        "this run, amplifier not counted": cost.total,
    }
    rows = [(name, plain(joules, "J", digits=3), _times(joules, journal)) for name, joules in parts.items()]
    rows += [
        ("journal version [13]", plain(journal, "J", digits=3), "1"),
        (
            f"preprint [14], at most 60 N_max aJ, N_max = {size}",
            plain(preprint, "J", digits=3),
            _times(preprint, journal),
        ),
        ("time: this run, settling and pulse", plain(cost.time, "s", digits=3), ""),
        ("time: both versions", f"about {plain(PUBLISHED_TIME, 's', digits=3)}", ""),
    ]
    return Table(
        title="Energy and time of a multiply-accumulate",
        head=("", "per multiply-accumulate", "in units of 500 aJ"),
        rows=rows,
        note="Mean over the terms of this run as devices of its own would make them: one gate step and one pulse each. "
        "V_in1 is on during the pulse only. The abstracts of the two versions give different figures. "
        "The settling time is a parameter, not a result.",
    )


def _times(joules: float, journal: float) -> str:
    return plain(joules / journal, digits=2)


def _junctions(size: int, time: float) -> Table:
    rows = []
    for plainly, signed in zip(device_counts(size, signed=False), device_counts(size), strict=True):
        rows.append((plainly.scheme, str(plainly.junctions), str(signed.junctions), str(plainly.steps)))
    return Table(
        title="Junctions for a product of two matrices",
        head=("scheme", f"as counted in the paper, N = {size}", "with signs", "steps"),
        rows=rows,
        note="With signs: two conductances for each weight in a crossbar, a reference junction for each multiplier. "
        f"The all-spin multiplier takes N pulses for an element, here {plain(size * time, 's', digits=3)}; the one "
        "multiplier of the bench took N³ readings.",
    )
