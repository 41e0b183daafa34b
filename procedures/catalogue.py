"""The catalogue of a runs folder: one row a run, in SQLite, rebuilt from the journals whenever asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Integer, String, create_engine, delete, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from .errors import JournalFault
from .run import EXPECTATION, JOURNAL, Run, has_begun, named_folders, run_id
from .run_notes import RunNotes
from .status import State

CATALOGUE = "catalogue.sqlite"
FORMAT = 2
"""Version of the table below, kept as the file's `user_version`; a catalogue of another one is made anew."""
UNREADABLE = "unreadable"
"""Status of a run whose journal cannot be read; whoever opens it is told why."""


class _Base(DeclarativeBase):
    pass


class RunRow(_Base):
    """What is known of a run without opening its journal."""

    __tablename__ = "runs"

    id: Mapped[str]
    procedure: Mapped[str]
    status: Mapped[str]
    points_taken: Mapped[int] = mapped_column(Integer)
    points_planned: Mapped[int] = mapped_column(Integer)
    start: Mapped[str]
    end: Mapped[str | None]
    verdict: Mapped[str | None]
    simulated: Mapped[bool | None] = mapped_column(Boolean)
    folder: Mapped[str] = mapped_column(String, primary_key=True)
    stamp: Mapped[str]
    """Sizes and times of the journals' files when they were read."""

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        names = (column.name for column in self.__table__.columns if column.name != "stamp")
        return {name: getattr(self, name) for name in names}


class Catalogue:
    """An index over journals; the journals alone are the record, and the notes beside them."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._path = runs / CATALOGUE

    def rows(self) -> list[dict[str, Any]]:
        """Return every run with its tags, oldest first.

        Runs that are new, had not ended or were resumed are read from their journals again, tags from their files
        always; tags are None where that file cannot be read.
        """
        folders = named_folders(self._runs) if self._runs.is_dir() else []
        if not folders and not self._path.exists():
            return []
        try:
            rows = self._indexed(folders)
        except OperationalError:  # a full disk or a read-only folder keeps nobody from reading the journals
            rows = sorted(map(_summary, filter(has_begun, folders)), key=lambda row: str(row["start"]))
        return [row | {"tags": _tags(Path(row["folder"]))} for row in rows]

    def rebuild(self) -> list[dict[str, Any]]:
        """Make the catalogue anew from the journals alone. Raises OSError where the old one cannot be removed."""
        for ending in ("", "-journal", "-wal", "-shm"):  # what is left of an old one must not be played into the new
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        return self.rows()

    def _indexed(self, folders: Sequence[Path]) -> list[dict[str, Any]]:
        engine = self._open()
        try:
            with Session(engine) as session:
                _refresh(session, folders)
                session.commit()
                ordered = session.scalars(select(RunRow).order_by(RunRow.start, RunRow.folder)).all()
                return [row.to_dict() for row in ordered]
        finally:
            engine.dispose()

    def _open(self) -> Engine:
        engine = create_engine(f"sqlite:///{self._path}")
        try:
            with engine.begin() as connection:
                if connection.scalar(text("PRAGMA user_version")) != FORMAT:
                    connection.execute(text("DROP TABLE IF EXISTS runs"))
                    connection.execute(text(f"PRAGMA user_version = {FORMAT}"))
                _Base.metadata.create_all(connection)
        except DatabaseError as error:
            engine.dispose()
            if isinstance(error, OperationalError):
                raise
            raise JournalFault(
                f"The catalogue {self._path} cannot be used: {error.orig}. `smtjlab runs --rebuild` makes it anew."
            ) from error
        return engine


def _refresh(session: Session, folders: Sequence[Path]) -> None:
    known = {row.folder: row for row in session.scalars(select(RunRow))}
    gone = set(known) - {str(folder) for folder in folders}
    session.execute(delete(RunRow).where(RunRow.folder.in_(gone)))
    for folder in folders:
        row, stamp = known.get(str(folder)), _stamp(folder)
        if row is not None and row.status in _ENDS and row.stamp == stamp:
            continue  # its journal need not be opened: a thousand of them take their time
        if has_begun(folder):
            session.merge(RunRow(**_summary(folder), stamp=stamp))


def _stamp(folder: Path) -> str:
    """Return what changes when a journal of the run is written."""
    found = []
    for name in (JOURNAL, EXPECTATION, f"{JOURNAL}-wal", f"{EXPECTATION}-wal"):
        with suppress(FileNotFoundError):
            told = (folder / name).stat()
            found.append(f"{told.st_size}@{told.st_mtime_ns}")
    return " ".join(found)


def _summary(folder: Path) -> dict[str, Any]:
    """Return what a journal tells of its run; that it cannot be read, where it cannot."""
    try:
        return Run(folder).summary()
    except JournalFault:
        told: dict[str, Any] = dict.fromkeys(("end", "verdict", "simulated"))
        told |= {"id": run_id(folder), "procedure": "", "status": UNREADABLE, "start": folder.name[:10]}
        return told | {"points_taken": 0, "points_planned": 0, "folder": str(folder)}


def _tags(folder: Path) -> list[str] | None:
    try:
        return list(RunNotes.read(folder).tags)
    except JournalFault:
        return None


_ENDS = {str(state) for state in State if state.ended}
