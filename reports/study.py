"""A study of the model: what was found, drawn and listed, and the files that keep it. Nothing is measured for it."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtjlab.simulation.belief import Belief

from .errors import ReportFault, ReportMistake

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """One column of a study's table: SI values, and how a reader's page shows them."""

    name: str
    """Name in the files, without its unit: `hop_rate`."""
    unit: str
    """Unit of the values; empty for texts and bare numbers."""
    values: Sequence[float | int | str]
    title: str
    """Heading on the page, with the symbol."""
    factor: float = 1.0
    """Factor from the values to the numbers of the page."""
    shown_unit: str = ""
    """Unit of the numbers of the page."""
    form: str = ".4g"
    """Format of the numbers of the page."""
    on_page: bool = True
    """Whether the page shows it; the files have every column."""

    @property
    def label(self) -> str:
        """Name with the unit: `gate_V`, `hop_rate_1/s`."""
        return f"{self.name}_{self.unit}" if self.unit else self.name


@dataclass(frozen=True)
class StudyFigure:
    """A figure of a study."""

    name: str
    title: str
    svg: str
    """The `<svg>` element, as `drawn` returns it."""
    caption: str


@dataclass(frozen=True)
class Study:
    """What a study found: everything its page, its table and its figures hold."""

    name: str
    """Name of its files, such as `stability-fig5`."""
    title: str
    finding: str
    """One sentence, written from the numbers."""
    figures: tuple[StudyFigure, ...]
    columns: tuple[Column, ...]
    facts: Rows
    """Quantities that the finding rests on, with units."""
    remarks: tuple[str, ...]
    """What a reader must know to read the figures right."""
    assumptions: Rows
    """What the numbers hold for, with units, apart from the junction itself."""
    junctions: Mapping[str, Belief]
    """The junctions that were studied, by name."""
    about: str
    """Whose study it is, for the head of the page."""
    command: str
    """The command line that makes the same study again."""
    seed: int | None = None
    """Seed of the noise; None where none was drawn."""

    @property
    def version(self) -> str:
        """Version of the package that made it."""
        from importlib.metadata import version

        return version("smtjlab")

    def to_dict(self) -> dict[str, Any]:
        """Return finding, facts and columns as plain JSON values."""
        return {
            "study": self.name,
            "finding": self.finding,
            "facts": dict(self.facts),
            "columns": {column.label: list(column.values) for column in self.columns},
            "junctions": list(self.junctions),
            "seed": self.seed,
            "version": self.version,
            "command": self.command,
        }


@dataclass(frozen=True)
class StudyFiles:
    """Where the files of a study lie."""

    page: Path
    table: Path
    figures: tuple[Path, ...]


def try_folder(folder: Path) -> None:
    """See that the folder of a study can be made and written to, and leave everything as it was.

    Nobody computes for a minute to be told then. Raises ReportMistake where the folder is a file, ReportFault where
    nothing can be written.
    """
    from tempfile import TemporaryFile

    if folder.exists() and not folder.is_dir():
        raise ReportMistake(f"The folder of a study must be a folder, but {folder} is a file.")
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
        for one in new:
            one.rmdir()
    except OSError as error:
        raise _unwritten(folder, error) from error


def _unwritten(folder: Path, error: OSError) -> ReportFault:
    return ReportFault(f"The study must be written to {folder}, but cannot be: {error.strerror}.")


def write_study(study: Study, folder: Path) -> StudyFiles:
    """Write page, table and figures into a folder, which is made where it is not there; the same study replaces itself.

    Raises ReportMistake where the folder is a file, ReportFault where nothing can be written.
    """
    from .study_page import standalone_svg, study_page

    try_folder(folder)
    files = StudyFiles(
        folder / f"{study.name}.html",
        folder / f"{study.name}.csv",
        tuple(folder / f"{study.name}-{figure.name}.svg" for figure in study.figures),
    )
    page = study_page(study)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.page.write_text(page, encoding="utf-8")
        _write_table(study, files.table)
        for figure, path in zip(study.figures, files.figures, strict=True):
            path.write_text(standalone_svg(figure.svg), encoding="utf-8")
    except OSError as error:
        raise _unwritten(folder, error) from error
    return files


def _write_table(study: Study, path: Path) -> None:
    """Write lines of facts that begin with `#`, one header line with units, and every digit of the numbers."""
    about = [("study", study.title), ("finding", study.finding), ("junction", ", ".join(study.junctions))]
    about += [("seed", "none" if study.seed is None else str(study.seed)), ("smtjlab", study.version)]
    about += [("command", study.command), *study.assumptions]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {name}: {' '.join(text.split())}\n" for name, text in about)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(column.label for column in study.columns)
        writer.writerows(zip(*([_cell(value) for value in column.values] for column in study.columns), strict=True))


def _cell(value: float | int | str) -> float | int | str:
    """Return a number as it is, and nothing for one that does not exist."""
    return "" if isinstance(value, float) and math.isnan(value) else value
