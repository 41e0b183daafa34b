"""What came of a run: the table of measured and predicted, the verdict, and where everything lies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .page import print_facts, print_table

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.reports.transfer import Side, TransferResult
    from smtjlab.simulation.linear_window import LinearWindow
    from smtjlab.simulation.transfer_parameters import Estimate

COMPARED = ("conductance_antiparallel", "threshold", "slope", "rotation_voltage")
"""The parameters of the short table; the report has all of them."""


def print_outcome(run: Run) -> None:
    """Print the outcome of a run and write its report; of a run that is no transfer curve, what its page says."""
    summary = run.summary()
    facts = [("Journal:", str(run.folder / "journal.sqlite")), ("Folder:", str(run.folder))]
    verdict = summary["verdict"] or "none; no model has judged this run."
    from smtjlab.reports.page import has_page, is_transfer_curve, write_page

    if is_transfer_curve(run):
        from smtjlab.reports.transfer import analyse

        result = analyse(run)
        print()
        print_table(("quantity", "measured", "predicted", "sigma"), rows_of(result), right=("sigma",))
        print()
        verdict = result.sentence
        facts.append(("Report:", str(write_page(run, result=result))))
    elif has_page(run):
        facts.append(("Report:", str(write_page(run))))
    print_facts([("Verdict:", verdict), *facts])


def prepare_outcome() -> None:
    """Do beforehand what every outcome needs: imports, the compiled kernel from its cache, a first figure.

    It takes more than a second; a thread can do it while the model still answers.
    """
    import io

    import numpy as np
    import scipy.optimize  # noqa: F401
    from matplotlib.figure import Figure

    import smtjlab.reports.page  # noqa: F401
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.belief_evaluator import BeliefEvaluator
    from smtjlab.simulation.models import Model

    evaluate = BeliefEvaluator(Belief.preset("fig5"), Model.BOLTZMANN)
    evaluate(np.zeros((1, len(evaluate.names))), np.zeros((1, 1)))
    figure = Figure()
    figure.add_subplot().set_title("$G$")
    figure.savefig(io.BytesIO(), format="svg")


def rows_of(result: TransferResult) -> list[tuple[str, str, str, str]]:
    """Return the short table: quantity, measured, predicted, and their difference in standard uncertainties."""
    rows = [_parameter_row(result, name) for name in COMPARED]
    rows.append(("linear window (1 %)", _window(result.measured.window), _window(result.predicted.window), ""))
    return [*rows, ("reduced chi-square", _chi_square(result), "1", "")]


def difference(measured: Estimate | None, predicted: Estimate | None) -> str:
    """Return measured minus predicted in standard uncertainties of that difference; empty where one is missing."""
    if measured is None or predicted is None:
        return ""
    uncertainty = math.hypot(measured.uncertainty, predicted.uncertainty)
    return f"{(measured.value - predicted.value) / uncertainty:+.1f}" if uncertainty > 0 else ""


def _parameter_row(result: TransferResult, name: str) -> tuple[str, str, str, str]:
    from smtjlab.reports.rounding import estimate
    from smtjlab.reports.transfer import PARAMETERS

    symbol, unit = PARAMETERS[name]
    measured, predicted = _found(result.measured, name), _found(result.predicted, name)
    return symbol, estimate(measured, unit), estimate(predicted, unit), difference(measured, predicted)


def _found(side: Side, name: str) -> Estimate | None:
    found: Estimate | None = None if side.parameters is None else getattr(side.parameters, name)
    return found


def _window(window: LinearWindow | None) -> str:
    from smtjlab.reports.rounding import MISSING, plain

    if window is None:
        return MISSING
    return f"{plain(window.start, 'V', digits=4)} to {plain(window.stop, 'V', digits=4)}"


def _chi_square(result: TransferResult) -> str:
    from smtjlab.reports.rounding import MISSING

    verdict = result.verdict
    if verdict is None or verdict.reduced is None or verdict.p_value is None:
        return MISSING
    return f"{verdict.reduced:.3g} (nu {verdict.dof}, p {verdict.p_value:.2g})"
