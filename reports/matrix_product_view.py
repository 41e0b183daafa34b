"""What the page of a vector-matrix product shows: product, conductances, figures, and what size and wires cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.matrix_product import WHOLE, MatrixProduct
from smtjlab.simulation.crossbar_reading import ways_of_reading
from smtjlab.simulation.crossbar_scaling import device_counts
from smtjlab.simulation.inference.matrix_product import MATRIX_FIGURES, ProductFigures

from .circuit_page import CircuitView, Drawing, Table
from .circuit_readings import CircuitReadings
from .crossbar_figures import PRODUCT, PROGRAMMING, SCALING, product_figure, programming_figure, scaling_figure
from .other_conductors import other_conductors
from .rounding import estimate, plain

if TYPE_CHECKING:
    from smtjlab.procedures.matrix_course import Crossing
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction

_PERCENT = ("relative_rmse", "unexplained_rmse", "programming_error", "verification_noise", "read_noise")
_KEY = ("relative_rmse", "effective_bits", "programming_error", "common_mode_ratio")
SUPERPOSED = (
    "Each conductance was verified through its own row, with its column driven and the others at 0 V. By superposition "
    "that is the entry of the whole crossbar, its wires included: what wires lose is made up for by the gates, as long "
    "as they have range left, and errors of gain of meters and columns cancel. What the figure of sizes and wires "
    "shows is the price where conductances are set one by one, outside the crossbar."
)


def view(run: Run, readings: Sequence[Reading], found: CircuitReadings, belief: Belief, mark: str) -> CircuitView:
    """Return the view of a run. Raises InferenceError where the readings cannot tell anything."""
    procedure = cast(MatrixProduct, run.procedure)
    figures, course = procedure.figures(readings, belief), procedure.course(readings, belief)
    told = figures.extraction
    rows, columns = figures.exact.shape
    text = (
        f"Relative RMSE {_value(told, 'relative_rmse')} of a signed {rows} × {rows} matrix times {columns} vectors, "
        f"{_value(told, 'effective_bits')} effective bits; {_rounds(course.crossings)}"
    )
    programming = _share(told, "programming_error")
    return CircuitView(
        finding=text,
        key=[(MATRIX_FIGURES[name].symbol, _value(told, name)) for name in _KEY],
        drawings=[
            Drawing(title="Product", svg=product_figure(figures, mark), caption=PRODUCT),
            Drawing(title="Conductances", svg=programming_figure(procedure, course, mark), caption=PROGRAMMING),
            Drawing(
                title="Size and wires",
                svg=scaling_figure(procedure, programming, _share(told, "relative_rmse"), mark),
                caption=SCALING,
            ),
        ],
        tables=[
            _figures(told),
            _ways(procedure, figures),
            _elsewhere(procedure, told),
            _counts(rows),
            other_conductors(),
        ],
        remarks=[SUPERPOSED],
    )


def _rounds(crossings: Sequence[Crossing]) -> str:
    counts = np.concatenate([one.rounds.ravel() for one in crossings])
    return f"{counts.size} conductances took {counts.mean():.1f} rounds on average, {counts.max()} at most."


def _share(told: Extraction, name: str) -> float:
    found = told.estimate(name)
    return 0.0 if found is None else found.value


def _value(told: Extraction, name: str) -> str:
    found = told.estimate(name)
    if found is None:
        return "unknown"
    if name in _PERCENT:
        scatter = f" ± {100 * found.uncertainty:.2g}" if found.uncertainty > 1e-9 else ""
        return f"({100 * found.value:.3g}{scatter}) %" if scatter else f"{100 * found.value:.3g} %"
    if found.uncertainty <= 1e-9:
        return plain(found.value, digits=3)
    return estimate(found, "")


def _figures(told: Extraction) -> Table:
    rows = [(MATRIX_FIGURES[name].symbol, _value(told, name), MATRIX_FIGURES[name].meaning) for name in told.names]
    return Table(
        title="Figures",
        head=("figure", "value ± standard uncertainty", "meaning"),
        rows=rows,
        note="Uncertainties by scatter and by which entries there are (bootstrap over the entries of the product).",
    )


def _ways(procedure: MatrixProduct, figures: ProductFigures) -> Table:
    """Return the model of both ways of applying a vector, with what this run found in its own."""
    size, vectors = procedure.inputs.shape
    ways = ways_of_reading(size, vectors, procedure.highest, procedure.read_voltage)
    here = next(one for one in ways if one.whole == (procedure.driven == WHOLE))
    told = figures.extraction
    reading, verified = _share(told, "read_noise") / here.scatter, _share(told, "verification_noise")
    length = float(np.sqrt(np.mean((procedure.inputs**2).sum(axis=0))))
    exact = float(np.sqrt(np.mean(figures.exact**2)))
    rows = [
        (
            "all columns at once" if one.whole else "one column at a time",
            str(one.readings),
            plain(one.largest_current, "A", digits=3),
            plain(one.scatter, digits=3),
            f"{100 * one.product_scatter(reading, verified, procedure.full_scale, length) / exact:.2g} %",
            _value(told, "unexplained_rmse") if one is here else "not measured in this run",
        )
        for one in ways
    ]
    return Table(
        title="All columns at once, or one at a time",
        head=(
            "a vector drives",
            "readings",
            "largest current",
            "scatter of a row's sum",
            "E_v, model",
            "E_v, measured",
        ),
        rows=rows,
        note="Model: scatter in that of one reading as this run shows it; E_v by scatter of readings and of verified "
        "conductances alone. One column at a time the sum is made in numbers, and the reading with all columns at 0 V "
        "is taken off each of its terms. By superposition wires lose the same in both.",
    )


def _elsewhere(procedure: MatrixProduct, told: Extraction) -> Table:
    """Return programming error and read noise as two simulators of crossbars take them."""
    span, most = procedure.highest - procedure.lowest, procedure.highest
    programming, reading = _share(told, "programming_error"), _share(told, "read_noise")
    siemens = plain(programming * span * 1e6, "µS", digits=3)
    noise = f"{math.sqrt(2) * reading * procedure.full_scale:.3g}"
    rows = [
        (
            "programming error",
            "`programming_error`, σ_prog (G_max − G_min)/G_max",
            f"{100 * programming * span / most:.3g} %",
        ),
        ("", "constant of `prog_coeff` in µS, which `prog_noise_scale` (1) multiplies", siemens),
        ("read noise", "`read_noise`, σ_read (G_max − G_min)/G_max", f"{100 * reading * span / most:.3g} %"),
        ("", "`out_noise`, √2 σ_read × full scale, inputs within ±1", noise),
    ]
    return Table(
        title="The same in CrossSim and in aihwkit",
        head=("", "there", "this run"),
        rows=[
            (name, f"{'CrossSim' if number % 2 == 0 else 'aihwkit'}: {text}", value)
            for number, (name, text, value) in enumerate(rows)
        ],
        note="CrossSim states errors as fractions of the largest conductance, here of the range. Its `Rp_col` and "
        "`Rp_row` are the resistance of a segment of wire in Ω; aihwkit's `ir_drop` is relative to a wire of its own.",
    )


def _counts(size: int) -> Table:
    rows = [
        (one.scheme, str(one.junctions), str(one.steps), f"{other.junctions:,}".replace(",", " "))
        for one, other in zip(device_counts(size), device_counts(256), strict=True)
    ]
    return Table(
        title="Junctions for a product of two matrices",
        head=("scheme", f"junctions, N = {size}", f"steps, N = {size}", "junctions, N = 256"),
        rows=rows,
        note="Signed weights: two conductances each in a crossbar, 2N³ or 2N², and a reference junction for each "
        "multiplier of the all-spin scheme, 3N². The N³ of the paper buys a product in "
        "one step; the same crossbar used for one column after the other needs N² and N steps.",
    )
