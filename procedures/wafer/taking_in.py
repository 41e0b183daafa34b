"""How wafers, dies, sites, visits and figures come into the results of a lab; what is there already stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.instruments.wafer.wafer_file import read_wafer, wafer_of_text
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.run import Run

from .outcome import Outcome
from .recipe_file import read_recipe
from .schema import Base, DeviceRow, DieRow, ParameterRow, SiteRow, SiteRunRow, VisitRow, WaferRow, WaferRunRow
from .wafer_walk import RECIPE, WAFER

QUICK, FIT, MODEL = "quick", "fit", "model"
"""Sources of parameters."""
MISFIT = "misfit"
"""How far a fitted model misses its readings, in standard deviations; a parameter of the source `model`."""
BATCH = 500
"""Rows of one statement."""


class TakingIn:
    """One session that takes something in."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sites(self, run: Run) -> dict[Site, int]:
        """Return the sites of a run's wafer by their keys; the wafer, its dies and sites are here afterwards."""
        path = run.folder / WAFER
        wafer, recipe = read_wafer(path), read_recipe(run.folder / RECIPE, look=False)
        self.insert(WaferRow, [_wafer_values(wafer, path.read_text(encoding="utf-8"))])
        where = (WaferRow.name == wafer.name, WaferRow.lot == wafer.lot)
        wafer_id, text = self._session.execute(select(WaferRow.id, WaferRow.description).where(*where)).one()
        if wafer_of_text(text, path.name) != wafer:
            raise ProcedureMistake(
                f"Wafer {wafer.name!r} of lot {wafer.lot!r} must be drawn as it is in the results, but {path} draws it "
                "otherwise: another drawing needs another name or lot."
            )
        drawn = {site.device for kind in wafer.types.values() for site in kind.sites}
        self.insert(
            DeviceRow,
            [
                {
                    "wafer_id": wafer_id,
                    "name": one.name,
                    "major_axis": one.major_axis,
                    "minor_axis": one.minor_axis,
                    "junction": one.junction,
                }
                for one in sorted(drawn, key=lambda one: one.name)
            ],
        )
        devices = dict(
            self._session.execute(select(DeviceRow.name, DeviceRow.id).where(DeviceRow.wafer_id == wafer_id)).all()
        )
        self.insert(DieRow, [_die_values(wafer, die, wafer_id) for die in wafer.dies])
        dies = {
            (column, row): key
            for column, row, key in self._session.execute(
                select(DieRow.column, DieRow.row, DieRow.id).where(DieRow.wafer_id == wafer_id)
            )
        }
        self.insert(SiteRow, [_site_values(wafer, site, dies, devices) for site in wafer.all_sites])
        meta = run.meta
        self.insert(
            WaferRunRow,
            [
                {
                    "id": run.id,
                    "wafer_id": wafer_id,
                    "recipe": recipe.name,
                    "bench": str(meta["bench"]),
                    "simulated": meta.get("simulated"),
                    "started": str(meta["created"]),
                    "folder": str(run.folder.resolve()),
                }
            ],
        )
        self._session.commit()
        wanted = (
            select(DieRow.column, DieRow.row, SiteRow.name, SiteRow.id).join(DieRow).where(DieRow.wafer_id == wafer_id)
        )
        return {Site(column, row, name): key for column, row, name, key in self._session.execute(wanted)}

    def visits(self, run_id: str, sites: Mapping[Site, int], found: Mapping[int, Outcome]) -> None:
        """Take in visits by their numbers, with their runs and figures."""
        self.insert(VisitRow, [_visit_values(run_id, n, sites[one.site], one) for n, one in found.items()])
        keys = self._keys(run_id, found)
        runs = [
            {"id": f"{run_id}/{name}", "visit_id": keys[n], "folder": name}
            for n, one in found.items()
            for name in one.runs
        ]
        self.insert(SiteRunRow, runs)
        parameters = [
            {"visit_id": keys[n], "name": name, "source": QUICK, "value": value, "uncertainty": None, "flag": ""}
            for n, one in found.items()
            for name, value in one.figures.items()
            if value is not None
        ]
        self.insert(ParameterRow, parameters)

    def fits(self, run_id: str, records: Mapping[int, Mapping[str, Any]]) -> None:
        """Take in what the model beside a wafer has found of visits by their numbers."""
        keys = self._keys(run_id, records)
        rows = []
        for number, found in records.items():
            told = {"visit_id": keys[number], "uncertainty": None, "flag": ""}
            own = found.get("uncertainties") or {}
            for name, value in (found.get("values") or {}).items():
                rows.append(told | {"name": name, "source": FIT, "value": value, "uncertainty": own.get(name)})
            reason = str(found.get("reason") or "")
            rows.append(told | {"name": MISFIT, "source": MODEL, "value": found.get("misfit"), "flag": reason})
        self.insert(ParameterRow, rows)

    def _keys(self, run_id: str, numbers: Iterable[int]) -> dict[int, int]:
        """Return the keys of visits by their numbers."""
        wanted = select(VisitRow.number, VisitRow.id).where(
            VisitRow.wafer_run_id == run_id, VisitRow.number.in_(list(numbers))
        )
        return {int(number): int(key) for number, key in self._session.execute(wanted)}

    def insert(self, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows; one that is there already stays as it is, whoever was first."""
        dialect = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
        # Into the bare table: an insert of mapped rows is a statement of its own for each row that lacks a value.
        statement = dialect.insert(table.__table__).on_conflict_do_nothing()
        for begin in range(0, len(rows), BATCH):
            self._session.execute(statement, list(rows[begin : begin + BATCH]))


def _wafer_values(wafer: Wafer, text: str) -> dict[str, Any]:
    columns, rows = wafer.reticle.size
    told = {"name": wafer.name, "lot": wafer.lot, "diameter": wafer.diameter, "notch": str(wafer.notch)}
    return told | {"columns": columns, "rows": rows, "description": text}


def _die_values(wafer: Wafer, die: tuple[int, int], wafer_id: int) -> dict[str, Any]:
    x, y = wafer.position(die)
    told = {"wafer_id": wafer_id, "column": die[0], "row": die[1], "type": wafer.type_of(die).name}
    return told | {"x": x, "y": y}


def _site_values(
    wafer: Wafer, site: Site, dies: Mapping[tuple[int, int], int], devices: Mapping[str, int]
) -> dict[str, Any]:
    x, y = wafer.place(site)
    device = devices[wafer.sub_site(site).device.name]
    return {"die_id": dies[site.die], "device_id": device, "name": site.name, "x": x, "y": y}


def _visit_values(run_id: str, number: int, site_id: int, one: Outcome) -> dict[str, Any]:
    told = {"wafer_run_id": run_id, "number": number, "site_id": site_id, "state": str(one.state), "bin": one.bin}
    return told | {"bin_name": one.bin_name, "good": one.good, "reason": one.reason, "seconds": one.seconds}
