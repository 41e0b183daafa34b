"""A wafer run for another program: the results of its devices as STDF, the bins of its dies as a map."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from smtjlab.instruments.wafer.csv_map import write_csv
from smtjlab.instruments.wafer.semi_xml import write_e142, write_g85

from .errors import ReportFault, ReportMistake
from .wafer_bins import WaferBins
from .wafer_stdf import stdf

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run


class WaferFormat(StrEnum):
    """What a wafer run can be exported to."""

    STDF = "stdf"
    CSV = "csv"
    G85 = "g85"
    E142 = "e142"


_NAMES = {
    WaferFormat.STDF: "wafer.stdf",
    WaferFormat.CSV: "bins.csv",
    WaferFormat.G85: "bins.g85.xml",
    WaferFormat.E142: "bins.e142.xml",
}
_WRITERS: dict[WaferFormat, Callable[[WaferBins], bytes]] = {
    WaferFormat.STDF: stdf,
    WaferFormat.CSV: lambda told: write_csv(told.wafer, told.dies).encode(),
    WaferFormat.G85: lambda told: write_g85(told.map, told.created).encode(),
    WaferFormat.E142: lambda told: write_e142(told.map).encode(),
}


def export_wafer(run: Run, to: str, destination: Path | None = None) -> Path:
    """Write a wafer run for another program, and return the file's path.

    `destination` is a file or a folder; the run's folder where none is given. Raises ReportMistake or ReportFault, and
    the mistake of the room that finds the run, its wafer or its recipe to be none.
    """
    try:
        form = WaferFormat(to)
    except ValueError:
        raise ReportMistake(
            f"An export of a wafer must be {', '.join(WaferFormat)}, but '{to}' was asked for."
        ) from None
    folder = run.folder if destination is None else destination
    path = folder / _NAMES[form] if folder.is_dir() else folder
    if not path.parent.is_dir():
        raise ReportMistake(f"The folder of an export must exist, but {path.parent} does not.")
    content = _WRITERS[form](WaferBins.of(run))
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ReportFault(f"{path} must be written, but cannot be: {error.strerror or error}.") from error
    return path
