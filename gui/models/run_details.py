"""What a list of runs tells of the one that is chosen: verdict, fitted parameters with uncertainties, notes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.run import Run

OWN = "smtjlab."
"""How the procedures of this house are named; a stranger's is not executed to show a list."""


@dataclass(frozen=True)
class RunDetails:
    """Names and texts, and remarks."""

    folder: Path
    rows: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()


def details_of(folder: Path) -> RunDetails:
    """Return what is known of a run; raises nothing. A fit may take seconds."""
    try:
        run = Run(folder)
        rows = [(name, _told(value)) for name, value in _parameters(run)]
        said = run.said
        fitted, remarks = _fitted(run)
        verdict = run.verdict_sentence()
        return RunDetails(
            folder,
            (*fitted, *rows),
            (*([verdict] if verdict else []), *remarks, *(note.text for note in said.notes)),
        )
    except (*MISTAKES, OSError) as error:
        return RunDetails(folder, remarks=(str(error),))
    except Exception as error:  # noqa: BLE001 - a fit may fail in as many ways as there are data
        return RunDetails(folder, remarks=(f"{type(error).__name__}: {error}",))


def _parameters(run: Run) -> list[tuple[str, object]]:
    return [(name, declared) for name, declared in run.meta["parameters"].items()]


def _told(declared: object) -> str:
    if not isinstance(declared, dict):
        return str(declared)
    return (
        f"{declared['value']:g} {declared['unit']}".rstrip()
        if isinstance(declared["value"], float)
        else (f"{declared['value']} {declared['unit']}".rstrip())
    )


def _fitted(run: Run) -> tuple[list[tuple[str, str]], list[str]]:
    """Return fitted parameters, and why there are none."""
    if not str(run.meta["procedure"]).startswith(OWN) or run.meta.get("columns") is not None:
        return [], []
    from smtjlab.reports.extraction_of import extracted
    from smtjlab.reports.extraction_tables import named, value_of
    from smtjlab.reports.verdict import believed

    found = extracted(run, run.readings(), believed(run))
    if found.extraction is None:
        return [], [found.reason] if found.reason else []
    one = found.extraction
    return [(named(name).symbol, value_of(one, name)) for name in one.names], []
