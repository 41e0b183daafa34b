"""The results of a lab: wafer runs indexed into one database, and tables drawn from it. Journals stay the record.

SQLite beside the runs by default, PostgreSQL by its URL for stations that share one. What is indexed twice is there
once, whoever does it; a database can be made anew from the journals at any time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from smtjlab.procedures.errors import JournalFault, ProcedureMistake
from smtjlab.procedures.run import Run

from .figures import FIGURES
from .follower import FIT as FIT_KEY
from .reading_back import outcomes_of
from .schema import DeviceRow, DieRow, ParameterRow, SiteRow, VisitRow, WaferRow, WaferRunRow
from .taking_in import BATCH, MODEL, QUICK, TakingIn

if TYPE_CHECKING:
    import pandas as pd

FILE = "wafers.sqlite"
URL_VARIABLE = "SMTJLAB_RESULTS"
WRITING = {"writing": True}
"""Option of a connection that will write."""
PATIENCE = 30.0
"""Seconds that SQLite waits for another station's turn to end."""


class Results:
    """One database of results, its schema brought up to date when it is opened."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator[Self]:
        """Yield the database at a URL, `sqlite:///runs/wafers.sqlite` or `postgresql+psycopg://host/lab`.

        Raises ProcedureMistake where there is no such database, JournalFault where it cannot be used.
        """
        try:
            engine = create_engine(url)
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            raise ProcedureMistake(
                f"Results must be at the URL of a database, but {url!r} is none: {error}."
            ) from error
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _careful)
            event.listen(engine, "begin", _begin)
        try:
            _migrate(engine)
            yield cls(engine)
        except CommandError as error:
            raise JournalFault(
                f"The results at {engine.url} must have a schema that this smtjlab knows, but have not: {error}."
            ) from error
        except DBAPIError as error:
            raise JournalFault(f"The results at {engine.url} cannot be used: {error.orig}.") from error
        finally:
            engine.dispose()

    def index(self, run: Run) -> int:
        """Take in the visits of a wafer run that are not here yet, and return how many they were."""
        with Session(self._engine.execution_options(**WRITING)) as session:
            known = session.scalar(select(func.count()).where(VisitRow.wafer_run_id == run.id)) or 0
            taking = TakingIn(session)
            if known and known == run.points_taken:  # ten thousand outcomes need not be read to know that
                self._take_fits(session, taking, run, known)
                return 0
            outcomes = outcomes_of(run)
            sites = taking.sites(run) if known < len(outcomes) else {}
            for begin in range(known, len(outcomes), BATCH):
                part = range(begin, min(begin + BATCH, len(outcomes)))
                taking.visits(run.id, sites, {number: outcomes[number] for number in part})
                session.commit()
            self._take_fits(session, taking, run, len(outcomes))
        return max(0, len(outcomes) - known)

    def _take_fits(self, session: Session, taking: TakingIn, run: Run, visits: int) -> None:
        """Take in what the model beside the run has found of visits since the last time."""
        wanted = select(func.max(VisitRow.number)).join(ParameterRow, ParameterRow.visit_id == VisitRow.id)
        last = session.scalar(wanted.where(VisitRow.wafer_run_id == run.id, ParameterRow.source == MODEL))
        reader = run.expectation_journal
        news = [] if reader is None else reader.records(-1 if last is None else last)
        found = {one.number: one.payload[FIT_KEY] for one in news if one.number < visits and FIT_KEY in one.payload}
        numbers = sorted(found)
        for begin in range(0, len(numbers), BATCH):
            taking.fits(run.id, {number: found[number] for number in numbers[begin : begin + BATCH]})
            session.commit()

    def add_parameters(self, run_id: str, number: int, source: str, found: Sequence[Mapping[str, Any]]) -> None:
        """Add what was found at a visit: name, value, uncertainty, flag of each. What is there already stays."""
        with Session(self._engine.execution_options(**WRITING)) as session:
            wanted = select(VisitRow.id).where(VisitRow.wafer_run_id == run_id, VisitRow.number == number)
            visit = session.scalar(wanted)
            if visit is None:
                raise JournalFault(f"Visit {number} of wafer run {run_id} must be indexed first, but is not.")
            rows = [{"visit_id": visit, "source": source, "uncertainty": None, "flag": "", **one} for one in found]
            TakingIn(session).insert(ParameterRow, rows)
            session.commit()

    def table(self, wafer_run: str | None = None, *, source: str = QUICK) -> pd.DataFrame:
        """Return one line per device, its last visit: wafer, die, site, place, bin, and a column for each parameter.

        Of one wafer run, or of all. Units stand in `.attrs["units"]`.
        """
        import pandas as pd

        with self._engine.connect() as connection:
            visits = pd.read_sql(_visits(wafer_run), connection)
            wanted = select(ParameterRow.visit_id, ParameterRow.name, ParameterRow.value).where(
                ParameterRow.source == source
            )
            if wafer_run is not None:
                wanted = wanted.join(VisitRow).where(VisitRow.wafer_run_id == wafer_run)
            found = pd.read_sql(wanted, connection)
        values = (
            found.pivot(index="visit_id", columns="name", values="value") if len(found) else found.set_index("visit_id")
        )
        last = visits.sort_values("number").drop_duplicates(["wafer_run", "column", "row", "site"], keep="last")
        frame = last.merge(values, left_on="visit_id", right_index=True, how="left").sort_values(
            ["wafer_run", "number"]
        )
        frame.attrs["units"] = {name: figure.unit for name, figure in FIGURES.items()} | {"x": "m", "y": "m"}
        return frame.drop(columns="visit_id").reset_index(drop=True)

    def wafer_runs(self) -> list[dict[str, Any]]:
        """Return every wafer run that is indexed, oldest first."""
        wanted = (
            select(WaferRunRow, WaferRow.name, WaferRow.lot, func.count(VisitRow.id))
            .join(WaferRow)
            .outerjoin(VisitRow)
            .group_by(WaferRunRow.id, WaferRow.name, WaferRow.lot)
            .order_by(WaferRunRow.started)
        )
        with Session(self._engine) as session:
            return [
                {
                    "id": run.id,
                    "wafer": name,
                    "lot": lot,
                    "recipe": run.recipe,
                    "started": run.started,
                    "visits": visits,
                }
                for run, name, lot, visits in session.execute(wanted)
            ]


def results_url(runs: Path) -> str:
    """Return the URL of the results of a runs folder: $SMTJLAB_RESULTS, else a file in it."""
    return os.environ.get(URL_VARIABLE) or f"sqlite:///{runs.resolve() / FILE}"


def _migrate(engine: Engine) -> None:
    """Bring a database to the schema of today; two stations that do so at once take turns."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "smtjlab.procedures.wafer:migrations")
    config.set_main_option("path_separator", "os")
    with engine.execution_options(**WRITING).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7351)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that will write takes its turn at once, for it could not wait later on."""
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _careful(connection: Any, _: object) -> None:
    """Let SQLite keep its promises: all in a transaction or nothing, foreign keys hold, writers wait for each other."""
    connection.isolation_level = None  # Python's own idea of transactions leaves tables out of them
    cursor = connection.cursor()
    for word in ("foreign_keys=ON", "journal_mode=WAL", f"busy_timeout={int(1000 * PATIENCE)}"):
        cursor.execute(f"PRAGMA {word}")
    cursor.close()


def _visits(wafer_run: str | None) -> Any:
    wanted = (
        select(
            VisitRow.id.label("visit_id"),
            VisitRow.wafer_run_id.label("wafer_run"),
            VisitRow.number,
            WaferRow.name.label("wafer"),
            DieRow.column,
            DieRow.row,
            DieRow.type,
            SiteRow.name.label("site"),
            DeviceRow.name.label("device"),
            SiteRow.x,
            SiteRow.y,
            VisitRow.state,
            VisitRow.bin,
            VisitRow.bin_name,
            VisitRow.good,
            VisitRow.seconds,
        )
        .join(SiteRow, VisitRow.site_id == SiteRow.id)
        .join(DieRow, SiteRow.die_id == DieRow.id)
        .join(DeviceRow, SiteRow.device_id == DeviceRow.id)
        .join(WaferRow, DieRow.wafer_id == WaferRow.id)
    )
    return wanted if wafer_run is None else wanted.where(VisitRow.wafer_run_id == wafer_run)
