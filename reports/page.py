"""The page of a run: one HTML file that stands alone, made from its journals; its kind follows from its procedure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ReportFault, ReportMistake

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

    from .extraction_of import Extracted
    from .transfer import TransferResult

REPORT = "report.html"
"""Name of the page in the run's folder."""
PDF = "report.pdf"
"""Name of its print."""
FIELD_LOOPS = ("field-loop", "gated-field-loops", "transverse-loop")
"""Procedures whose page is that of a loop."""


def write_page(run: Run, destination: Path | None = None, *, result: TransferResult | None = None) -> Path:
    """Write the page, into the run's folder unless told otherwise, and return its path.

    `result` is the analysis of a transfer curve where it has been done already. Raises ReportFault, and ReportMistake
    for a run that has no page.
    """
    path = run.folder / REPORT if destination is None else destination
    return written(path, page(run, result))


def written(path: Path, text: str) -> Path:
    """Write a page and return its path. Raises ReportFault."""
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ReportFault(f"The report must be written to {path}, but cannot be: {error.strerror}.") from error
    return path


def page(run: Run, result: TransferResult | None = None, found: Extracted | None = None) -> str:
    """Return the page as text; the same journals give the same bytes. Raises ReportMistake.

    `result` and `found` are the analysis and the extraction where they have been made already.
    """
    if result is not None or is_transfer_curve(run):
        from .transfer_page import transfer_page

        return transfer_page(run, result)
    if is_at_ac(run):
        from .multiplier_at_ac_page import multiplier_at_ac_page

        return multiplier_at_ac_page(run)
    if not has_page(run):
        raise ReportMistake(
            f"A report is made of readings, but run {run.id} ({run.meta['procedure_name']}) kept a loop of its own and "
            "has rows; `smtjlab export` writes them."
        )
    if run.meta["procedure_name"] == "synapse":
        from .synapse_page import synapse_page

        return synapse_page(run)
    if "circuit" in run.meta:
        from .circuit_page import circuit_page

        return circuit_page(run)
    if is_field_loop(run):
        from .loops_page import loops_page

        return loops_page(run, found)
    from .extraction_page import extraction_page

    return extraction_page(run, found)


def has_page(run: Run) -> bool:
    """Return whether a run is made of readings, or of records at ac; another loop of its own has rows, and no page."""
    return run.meta.get("columns") is None or is_at_ac(run)


def is_at_ac(run: Run) -> bool:
    """Return whether a run is made of records of an oscilloscope."""
    return str(run.meta["procedure_name"]) == "multiplier-ac"


def is_transfer_curve(run: Run) -> bool:
    """Return whether a run is one by name, or has conductances at more than one gate voltage and no page of its own.

    A procedure of this house that is none says so by what it extracts.
    """
    name = str(run.meta["procedure_name"])
    if name.endswith("transfer-curve"):
        return True
    if is_field_loop(run) or _is_ours(run.meta):
        return False
    gates = {reading.setpoint.gate for reading in run.readings() if reading.unit == "S"}
    return len(gates) > 1


def is_field_loop(run: Run) -> bool:
    """Return whether a run is a loop against a magnetic field."""
    return run.meta["procedure_name"] in FIELD_LOOPS


def _is_ours(meta: dict[str, Any]) -> bool:
    return str(meta.get("procedure", "")).partition(":")[0].startswith("smtjlab.procedures.")
