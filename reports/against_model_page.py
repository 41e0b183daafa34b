"""The page of a run against a model that lived through its stimuli once more: measured against re-simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.procedures.observed import Observed
from smtjlab.simulation.inference.extraction import Estimate, Extraction, nothing

from .extraction_of import extracted
from .extraction_page import quantity_of, series_of
from .extraction_tables import named, tests_told
from .facts import belief_rows
from .frame import frame_of
from .markup import rendered, safe
from .page import is_transfer_curve
from .relived import Relived
from .residual_tests import residual_tests
from .rounding import MISSING, chance, estimate
from .sweep_figure import sweep_figure, swept
from .transfer import PARAMETERS, Side, TransferResult, analyse

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.transfer_parameters import TransferParameters

HEAD = ("quantity", "measured", "re-simulated", "difference (σ)", "p")


def against_model_page(found: Relived) -> str:
    """Return the page as text."""
    run, verdict = found.run, found.verdict
    frame = frame_of(run, found.readings, verdict.sentence, agrees=verdict.agrees, remarks=[_how(found)])
    frame["title"] = "Measured against re-simulated"
    mark = frame["banner"]["text"]
    pulls = np.array([np.nan if pull is None else pull for pull in verdict.pulls], dtype=np.float64)
    made = _transfer(found, mark) if is_transfer_curve(run) else _generic(found, pulls, mark)
    tests = residual_tests(pulls)
    context = {
        "model": str(found.model),
        "head": HEAD,
        "tests": tests_told(tests),
        "statistics": _statistics(found),
        "belief": belief_rows(found.belief),
        "junction": run.meta["junction"],
    }
    return rendered("against_model.html", {**frame, **context, **made})


def difference_texts(measured: Estimate | None, predicted: Estimate | None) -> tuple[str, str]:
    """Return measured less predicted in standard uncertainties of that, and the chance of so much or more."""
    from scipy.special import ndtr

    if measured is None or predicted is None:
        return MISSING, MISSING
    uncertainty = math.hypot(measured.uncertainty, predicted.uncertainty)
    if not uncertainty > 0:
        return MISSING, MISSING
    sigma = (measured.value - predicted.value) / uncertainty
    return f"{sigma:+.1f}".replace("-", "−"), chance(2 * float(ndtr(-abs(sigma))))


NOT_IN_IT = "Its piezo begins at rest: what was done to the gate before the run is not in its answers."
QUIET = " The belief has no 1/f noise, so neither band nor chi-square holds any."


def _how(found: Relived) -> str:
    count = sum(len(reading.stimuli) for reading in found.readings)
    quiet = "" if found.belief.junction.hooge_parameter > 0 else QUIET
    return (
        f"The model {found.model} lived through the {count} stimuli of the journal once more, with the run's own "
        f"belief and seed ({found.seed}); during the run it was {found.run.meta['model']}. "
        f"{NOT_IN_IT}{quiet}"
    )


def _statistics(found: Relived) -> list[tuple[str, str]]:
    verdict = found.verdict
    if verdict.p_value is None or verdict.reduced is None:
        return []
    return [
        ("chi-square χ² of the difference", f"{verdict.chi_square:.4g}"),
        ("degrees of freedom ν", str(verdict.dof)),
        ("χ²/ν", f"{verdict.reduced:.3g}"),
        ("p-value", chance(verdict.p_value)),
    ]


def _transfer(found: Relived, mark: str) -> dict[str, Any]:
    from .figures import residual_figure, transfer_figure

    result = analyse(found.run, found)
    judged = any(pull is not None for pull in found.verdict.pulls)
    return {
        "figures": [safe(figure(result, mark)) for figure in (transfer_figure, residual_figure)[: 1 + judged]],
        "rows": [_row(result, name, symbol, unit) for name, (symbol, unit) in PARAMETERS.items()],
        "note": "Measured values by the fit; those of the model are what is believed, and as uncertain.",
    }


def _row(result: TransferResult, name: str, symbol: str, unit: str) -> tuple[str, ...]:
    measured, predicted = (_of(side, name) for side in (result.measured, result.predicted))
    return symbol, estimate(measured, unit), estimate(predicted, unit), *difference_texts(measured, predicted)


def _of(side: Side, name: str) -> Estimate | None:
    parameters: TransferParameters | None = side.parameters
    found: Estimate | None = None if parameters is None else getattr(parameters, name)
    return found


def _generic(found: Relived, pulls: Any, mark: str) -> dict[str, Any]:
    """Return the figure with the model's medians as its line, and what is extracted from both."""
    readings, observed = found.readings, Observed.of(found.readings)
    along = swept(observed)
    medians = np.array([found.expectations[k].median for k in range(len(readings))])
    model = replace(nothing({}, len(readings)), fitted=medians, pulls=pulls)
    svg = sweep_figure(
        observed,
        along,
        quantity_of(readings),
        model,
        mark,
        series=series_of(readings, along),
        line=f"model {found.model}",
    )
    again = [replace(r, value=float(m)) if r.value is not None else r for r, m in zip(readings, medians, strict=True)]
    measured, simulated = (extracted(found.run, one, found.belief).extraction for one in (readings, again))
    return {
        "figures": [safe(svg)],
        "rows": _extraction_rows(measured, simulated, found.belief),
        "note": "Both by the same extraction. A re-simulated value is as uncertain as the belief where it is a field "
        "of it; of others the belief's uncertainty is in the verdict alone, and no difference in σ is told.",
    }


def _extraction_rows(
    measured: Extraction | None, simulated: Extraction | None, belief: Belief
) -> Sequence[tuple[str, ...]]:
    """Return what was extracted from readings and from the model's answers; σ where the belief tells how sure it is."""
    if measured is None or simulated is None:
        return []
    rows = []
    for name in measured.names:
        mine, again, about = measured.estimate(name), simulated.estimate(name), named(name)
        believed = belief.uncertainty.get(name, 0.0)
        theirs = None if again is None else Estimate(again.value, believed)
        told = difference_texts(mine, theirs if believed > 0 else None)
        rows.append((about.symbol, estimate(mine, about.unit), estimate(theirs, about.unit), *told))
    return rows
