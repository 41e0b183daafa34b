"""A run as a file for another program: CSV, Parquet, HDF5, PyMeasure's CSV. The journal stays the record."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtjlab.procedures.frame import title

from .errors import ReportFault, ReportMistake

if TYPE_CHECKING:
    import pandas as pd

    from smtjlab.procedures.run import Run


class Format(StrEnum):
    """What a run can be exported to."""

    CSV = "csv"
    PARQUET = "parquet"
    HDF5 = "hdf5"
    PYMEASURE = "pymeasure"


_NAMES = {
    Format.CSV: "readings.csv",
    Format.PARQUET: "readings.parquet",
    Format.HDF5: "readings.h5",
    Format.PYMEASURE: "pymeasure.csv",
}


def export(run: Run, to: str = "csv", destination: Path | None = None) -> Path:
    """Write the readings, the band beside them, and return the file's path.

    `destination` is a file or a folder; the run's folder where none is given. Units and the facts of the run stand in
    the file's metadata. Raises ReportMistake or ReportFault with one sentence.
    """
    try:
        form = Format(to)
    except ValueError:
        raise ReportMistake(f"An export must be {', '.join(Format)}, but '{to}' was asked for.") from None
    folder = run.folder if destination is None else destination
    path = folder / _NAMES[form] if folder.is_dir() else folder
    if not path.parent.is_dir():
        raise ReportMistake(f"The folder of an export must exist, but {path.parent} does not.")
    frame, told = run.frame(), facts(run)  # a journal that cannot be read is told as that
    try:
        _WRITERS[form](frame, told, path)
    except OSError as error:
        raise ReportFault(f"{path} must be written, but cannot be: {error.strerror or error}.") from error
    return path


def facts(run: Run) -> dict[str, Any]:
    """Return what a reader of an export must know of the run, as plain JSON values; the status above all."""
    meta = run.meta
    names = (
        "id", "procedure", "procedure_name", "created", "parameters", "bench", "junction", "model", "seed",
        "simulated", "identities", "limits", "versions", "hashes",
    )  # fmt: skip
    return {
        "status": str(run.status),
        "points_taken": run.points_taken,
        "points_planned": run.points_planned,
        **{name: meta.get(name) for name in names},
        "verdict": run.verdict_sentence(),
    }


def labels(frame: pd.DataFrame) -> list[str]:
    """Return the column names with their units: `gate_V`, `conductance_S`, `branch`."""
    units = frame.attrs["units"]
    return [f"{name}_{units[name]}" if units[name] else name for name in frame.columns]


def _write_csv(frame: pd.DataFrame, about: dict[str, Any], path: Path) -> None:
    """Write lines of facts that begin with `#`, one header line with units, and the readings with every digit."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for name, value in about.items():
            file.write(f"# {name}: {_text(value)}\n")
        frame.set_axis(labels(frame), axis=1).to_csv(file, index=False, lineterminator="\n")


def _write_parquet(frame: pd.DataFrame, about: dict[str, Any], path: Path) -> None:
    """Write one table; units and facts are JSON under `smtjlab` in the schema, a unit also with its column."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_pandas(frame, preserve_index=False)
    units = frame.attrs["units"]
    fields = [table.schema.field(name).with_metadata({"unit": units[name]}) for name in frame.columns]
    metadata = dict(table.schema.metadata or {}) | {b"smtjlab": json.dumps({**about, "units": units}).encode()}
    parquet.write_table(table.cast(pa.schema(fields, metadata=metadata)), path)


def _write_hdf5(frame: pd.DataFrame, about: dict[str, Any], path: Path) -> None:
    """Write a group `readings` with a data set a column, its unit in `unit`; the facts are attributes of the file."""
    import h5py

    with h5py.File(path, "w") as file:
        for name, value in about.items():
            file.attrs[name] = value if isinstance(value, str | bool | int | float) else json.dumps(value)
        group = file.create_group("readings")
        for name, unit in frame.attrs["units"].items():
            texts = frame[name].dtype.kind not in "if"
            values = frame[name].astype(object).to_numpy() if texts else frame[name].to_numpy()
            kind = h5py.string_dtype() if texts else None
            group.create_dataset(name, data=values, dtype=kind).attrs["unit"] = unit


def _write_pymeasure(frame: pd.DataFrame, about: dict[str, Any], path: Path) -> None:
    """Write what `pymeasure.experiment.results.Results.load` reads: facts after `#`, then columns `Name (unit)`.

    The header names PyMeasure's own base class, which every PyMeasure can import: it fails on a procedure that it does
    not know (0.16, `UnknownProcedure`). The parameters stand in the header for a reader's eyes.
    """
    lines = ["Procedure: <pymeasure.experiment.procedure.Procedure>", "Parameters:"]
    for name, declared in (about["parameters"] or {}).items():
        unit = f" {declared['unit']}" if declared["unit"] else ""
        lines.append(f"\t{title(name)}: {_text(declared['value'])}{unit}")
    lines.append("Metadata:")
    lines += [f"\t{name}: {_text(value)}" for name, value in about.items() if name != "parameters"]
    units = frame.attrs["units"]
    header = [title(name, units[name]) for name in frame.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"#{line}\n" for line in [*lines, "Data:"])
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        rows = frame.astype(object).where(frame.notna(), "nan")
        writer.writerows(rows.itertuples(index=False))


def _text(value: Any) -> str:
    """Return a value on one line; a text with line breaks is quoted."""
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, ensure_ascii=False)


_WRITERS: dict[Format, Callable[[pd.DataFrame, dict[str, Any], Path], None]] = {
    Format.CSV: _write_csv,
    Format.PARQUET: _write_parquet,
    Format.HDF5: _write_hdf5,
    Format.PYMEASURE: _write_pymeasure,
}
