"""The catalogue of a runs folder: one row a run, in SQLite, rebuilt from the journals whenever asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Integer, String, create_engine, delete, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from .errors import JournalFault
from .run import Run, run_folders
from .status import State

CATALOGUE = "catalogue.sqlite"


class _Base(DeclarativeBase):
    pass


class RunRow(_Base):
    """What is known of a run without opening its journal."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    procedure: Mapped[str]
    status: Mapped[str]
    points_taken: Mapped[int] = mapped_column(Integer)
    points_planned: Mapped[int] = mapped_column(Integer)
    start: Mapped[str]
    end: Mapped[str | None]
    verdict: Mapped[str | None]
    simulated: Mapped[bool | None] = mapped_column(Boolean)
    folder: Mapped[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {column.name: getattr(self, column.name) for column in self.__table__.columns}


class Catalogue:
    """An index over journals; the journals alone are the record."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._path = runs / CATALOGUE

    def rows(self) -> list[dict[str, Any]]:
        """Return every run, oldest first; runs that are new or had not ended are read from their journals again."""
        folders = run_folders(self._runs) if self._runs.is_dir() else []
        if not folders and not self._path.exists():
            return []
        try:
            return self._indexed(folders)
        except OperationalError:  # a full disk or a read-only folder keeps nobody from reading the journals
            return [Run(folder).summary() for folder in folders]

    def _indexed(self, folders: Sequence[Path]) -> list[dict[str, Any]]:
        engine = self._open()
        try:
            with Session(engine) as session:
                _refresh(session, folders)
                session.commit()
                ordered = session.scalars(select(RunRow).order_by(RunRow.start, RunRow.id)).all()
                return [row.to_dict() for row in ordered]
        finally:
            engine.dispose()

    def rebuild(self) -> list[dict[str, Any]]:
        """Make the catalogue anew from the journals alone."""
        self._path.unlink(missing_ok=True)
        return self.rows()

    def _open(self) -> Engine:
        engine = create_engine(f"sqlite:///{self._path}")
        try:
            _Base.metadata.create_all(engine)
        except OperationalError:
            engine.dispose()
            raise
        except DatabaseError as error:
            engine.dispose()
            raise JournalFault(
                f"The catalogue {self._path} cannot be used: {error.orig}. Delete it; it is rebuilt."
            ) from error
        return engine


def _refresh(session: Session, folders: Sequence[Path]) -> None:
    known = {row.folder: row for row in session.scalars(select(RunRow))}
    gone = set(known) - {str(folder) for folder in folders}
    session.execute(delete(RunRow).where(RunRow.folder.in_(gone)))
    for folder in folders:
        row = known.get(str(folder))
        if row is None or not State(row.status).ended or row.verdict is None:
            session.merge(RunRow(**Run(folder).summary()))
