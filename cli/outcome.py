"""What came of a run: the table of measured and predicted, the verdict, and where everything lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .page import print_facts, print_table

if TYPE_CHECKING:
    from smtjlab.procedures.characterisation import Characterisation
    from smtjlab.procedures.run import Run
    from smtjlab.reports.extraction_of import Extracted
    from smtjlab.reports.transfer import Side, TransferResult
    from smtjlab.simulation.linear_window import LinearWindow
    from smtjlab.simulation.transfer_parameters import Estimate

COMPARED = ("conductance_antiparallel", "threshold", "slope", "rotation_voltage")
"""The parameters of the short table; the report has all of them."""


def print_outcome(run: Run, *, pdf: bool = False) -> None:
    """Print both verdicts of a run, that on the belief and that of the fit, and write its report."""
    from smtjlab.procedures.wafer.reading_back import is_wafer
    from smtjlab.reports.page import has_page, is_at_ac, is_transfer_curve, page, written

    if is_wafer(run):
        from .wafer_digest import print_wafer

        print_wafer(run)
        return
    summary = run.summary()
    facts = [("Journal:", str(run.folder / "journal.sqlite")), ("Folder:", str(run.folder))]
    verdict, result, found = summary["verdict"] or "none; no model has judged this run.", None, None
    if is_transfer_curve(run):
        from smtjlab.reports.transfer import analyse

        result = analyse(run)
        print()
        print_table(("quantity", "measured", "predicted", "σ"), rows_of(result), right=("σ",))
        print()
        verdict = result.sentence
    if is_at_ac(run):
        text = page(run)
        facts += _reports(text, written(run.folder / "report.html", text), pdf=pdf)
        print_facts([("Verdict:", _at_ac(run)), *facts])
        return
    if has_page(run):
        found = result.fit.extracted if result is not None else _extracted(run)
        text = page(run, result, found)
        facts += _reports(text, written(run.folder / "report.html", text), pdf=pdf)
    print_facts([("Verdict:", verdict), *_fit(run, result, found), *facts])


def _at_ac(run: Run) -> str:
    """Return the verdict on records at ac, or why there is none."""
    from smtjlab.reports.multiplier_at_ac import analyse_at_ac
    from smtjlab.simulation.errors import SimulationMistake

    try:
        return analyse_at_ac(run).sentence
    except SimulationMistake as mistake:
        return f"none: {mistake}"


def _extracted(run: Run) -> Extracted:
    from smtjlab.reports.extraction_of import extracted
    from smtjlab.reports.verdict import believed

    return extracted(run, run.readings(), believed(run))


def _fit(run: Run, result: TransferResult | None, found: Extracted | None) -> list[tuple[str, str]]:
    """Return the verdict of the fit, or what was extracted, or why nothing was; no line where nothing is extracted."""
    from smtjlab.reports.extraction_page import finding

    if result is not None and result.fit.verdict is not None:
        return [("Fit:", result.fit.verdict.sentence)]
    if found is None or (found.extraction is None and not found.reason):
        return []
    told = finding(found, run.points_taken).removeprefix("Found: ")
    if result is not None and found.extraction is not None and (why := found.extraction.reasons.get("threshold")):
        told = told if why in told else f"{told} No threshold: {why}."
    return [("Fit:", told)]


def print_comparison(runs: Sequence[Run], *, pdf: bool = False) -> None:
    """Compare runs, write the page beside the first one's folder and print what came of it."""
    from smtjlab.reports.circuit_comparison import are_circuits
    from smtjlab.reports.comparison import compare
    from smtjlab.reports.comparison_page import LEFT_OUT, comparison_page, verdict_sentence
    from smtjlab.reports.page import written
    from smtjlab.reports.synapse_comparison import are_synapses

    if are_synapses(runs):
        _print_synapses(runs, pdf=pdf)
        return
    if are_circuits(runs):
        _print_circuits(runs, pdf=pdf)
        return
    found = compare(runs)
    text = comparison_page(found)
    path = runs[0].folder.parent / f"comparison-{'-'.join(run.id for run in runs)}.html"
    alike = all(one.agrees for one in found.differences)
    notes = [] if alike else [("Note:", LEFT_OUT)]
    print_facts([("Verdict:", verdict_sentence(found)), *notes, *_reports(text, written(path, text), pdf=pdf)])


def _print_synapses(runs: Sequence[Run], *, pdf: bool) -> None:
    from smtjlab.reports.page import written
    from smtjlab.reports.synapse_comparison import compare_synapses
    from smtjlab.reports.synapse_comparison_page import (
        ranking_sentence,
        synapse_comparison_page,
        table_head,
        table_rows,
    )

    found = compare_synapses(runs)
    text = synapse_comparison_page(found)
    path = runs[0].folder.parent / f"synapses-{'-'.join(run.id for run in runs)}.html"
    print()
    print_table(table_head(found), table_rows(found), right=())
    print()
    print_facts([("Ranking:", ranking_sentence(found)), *_reports(text, written(path, text), pdf=pdf)])


def _print_circuits(runs: Sequence[Run], *, pdf: bool) -> None:
    from smtjlab.reports.circuit_comparison import compare_circuits
    from smtjlab.reports.circuit_comparison_page import (
        LEFT_OUT,
        circuit_comparison_page,
        remarks_of,
        table_head,
        table_rows,
        verdict_sentence,
    )
    from smtjlab.reports.page import written

    found = compare_circuits(runs)
    text = circuit_comparison_page(found)
    path = runs[0].folder.parent / f"comparison-{'-'.join(run.id for run in runs)}.html"
    print()
    print_table(table_head(found), table_rows(found), right=("σ",))
    print()
    alike = all(one.agrees for one in found.differences)
    notes = [("Note:", told) for told in (*remarks_of(found), *([] if alike else [LEFT_OUT]))]
    print_facts([("Verdict:", verdict_sentence(found)), *notes, *_reports(text, written(path, text), pdf=pdf)])


def print_against_model(run: Run, model: str, *, pdf: bool = False) -> None:
    """Let a model live through a run's stimuli, write the page into the run's folder and print what came of it."""
    from smtjlab.reports.against_model_page import NOT_IN_IT, against_model_page
    from smtjlab.reports.page import written
    from smtjlab.reports.relived import relive

    found = relive(run, model)
    text = against_model_page(found)
    path = run.folder / f"against-{found.model}.html"
    notes = [] if found.verdict.agrees else [("Note:", NOT_IN_IT)]
    print_facts([("Verdict:", found.verdict.sentence), *notes, *_reports(text, written(path, text), pdf=pdf)])


def print_characterisation(of: Characterisation, *, pdf: bool = False) -> None:
    """Write the page of a characterisation into its folder, from the journals of its runs."""
    from smtjlab.reports.characterisation_page import characterisation_page
    from smtjlab.reports.page import REPORT, written

    text = characterisation_page(of)
    print_facts(_reports(text, written(of.folder / REPORT, text), pdf=pdf))


def _reports(text: str, path: Path, *, pdf: bool) -> list[tuple[str, str]]:
    """Return where the page lies, and its print where that was asked for."""
    told = [("Report:", str(path))]
    if pdf:
        from smtjlab.reports.pdf import write_pdf

        told.append(("PDF:", str(write_pdf(text, path.with_suffix(".pdf")))))
    return told


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
    return [*rows, ("χ²/ν", _chi_square(result), "1", "")]


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
    from smtjlab.simulation.agreement import chance

    verdict = result.verdict
    if verdict is None or verdict.reduced is None or verdict.p_value is None:
        return MISSING
    return f"{verdict.reduced:.3g}, {chance(verdict.p_value)}"
