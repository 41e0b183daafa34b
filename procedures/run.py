"""One execution of a procedure, as its folder tells it. Reads, never writes."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.reading import Reading, Setpoint

from .errors import JournalFault, UnknownRun
from .join import Join, joins
from .journal import Event, JournalReader
from .payload import checked_event, checked_meta, expectation_of, reading_of, row_of, setpoint_of
from .row import Row, is_row
from .run_notes import RunNotes
from .status import State, status_of

if TYPE_CHECKING:
    import pandas as pd

    from smtjlab.simulation.expectation import Expectation

    from .procedure import Procedure

JOURNAL = "journal.sqlite"
EXPECTATION = "expectation.sqlite"
BENCH = "bench.toml"
JUNCTION = "junction.toml"
REQUEST = "request.json"
FOLDER_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-([0-9a-f]{8})")


@dataclass(frozen=True)
class Run:
    """A run folder: `<date>-<id>/` with the journal, the expectation journal, bench and junction as used."""

    folder: Path

    @classmethod
    def find(cls, runs: Path, key: str) -> Run:
        """Return the run that `key` means: `last`, an id, a unique prefix of one, or a folder."""
        if (Path(key) / JOURNAL).is_file():
            return cls(Path(key))
        named = named_folders(runs)
        if key == "last":
            return cls(_last(named, runs))
        alike = [folder for folder in named if key and (run_id(folder).startswith(key) or folder.name == key)]
        matches = [folder for folder in alike if has_begun(folder)]
        if len(matches) != 1:
            found = "several do" if matches else "none does"
            raise UnknownRun(f"One run in {runs} must answer to '{key}', but {found}. `smtjlab runs` lists them.")
        return cls(matches[0])

    @cached_property
    def id(self) -> str:
        """Eight hexadecimal digits, unique in the runs folder."""
        return str(self.meta["id"])

    @property
    def meta(self) -> dict[str, Any]:
        """The facts: procedure, parameters, versions, seeds, hashes; instruments as soon as they are identified."""
        return checked_meta(self._journal.meta(), self._journal.path)

    @property
    def procedure(self) -> Procedure:
        """The procedure with its parameters as they were. Raises ProcedureMistake where its class is gone."""
        from .find import find_procedure

        meta = self.meta
        values = {name: declared["value"] for name, declared in meta["parameters"].items()}
        return find_procedure(str(meta["procedure"])).from_values(values)

    @property
    def status(self) -> State:
        """The truth as it stands now."""
        return status_of(self.events(), self._engine, self.folder)

    @property
    def hazard(self) -> str:
        """The warning of a run above 42 V, as its engine noted it; empty for every other."""
        return next((str(event.payload.get("hazard") or "") for event in self.events() if event.kind == "banner"), "")

    @property
    def points_taken(self) -> int:
        """Number of readings, or rows, on disk."""
        return self._journal.count()

    @property
    def points_answered(self) -> int:
        """Number of readings that the model beside the run has answered."""
        reader = self.expectation_journal
        return 0 if reader is None else reader.count()

    @property
    def points_planned(self) -> int:
        """Number of setpoints; of an adaptive procedure the most there can be, and once it has enough, those it took.

        Of a loop that is the procedure's own, what its progress lets one expect.
        """
        if self._planned is not None:
            has_enough = self._adaptive and any(event.kind == "enough" for event in self.events())
            return self.points_taken if has_enough else self._planned
        told = [event.payload["percent"] for event in self.events() if event.kind == "progress"]
        return max(self.points_taken, round(self.points_taken * 100 / told[-1])) if told else self.points_taken

    def events(self, after: int = 0) -> list[Event]:
        """Return what happened, in order; reads what is new since the last look, for nothing goes from a journal."""
        seen = self._seen
        news = self._journal.events(seen[-1].number if seen else 0)
        seen += [checked_event(event, self._journal.path) for event in news]
        return seen[bisect_right(seen, after, key=lambda event: event.number) :]

    @property
    def joins(self) -> list[Join]:
        """Where the run was resumed, in order."""
        return joins(self.events())

    def readings(self, after: int = -1, at_most: int = -1) -> list[Reading]:
        """Return the readings numbered above `after`; of the first `at_most` records unless that is below 0."""
        records = self._journal.records(after, at_most)
        return [reading_of(record, self._journal.path) for record in records if not is_row(record.payload)]

    def setpoints(self, at_most: int = -1) -> list[Setpoint]:
        """Return what was wanted, in order; the first `at_most` of it unless that is below 0."""
        path = self._journal.path
        return [setpoint_of(n, payload, path) for n, payload in enumerate(self._journal.setpoints(at_most))]

    def rows(self, after: int = -1) -> list[Row]:
        """Return the rows numbered above `after`: what a procedure with a loop of its own emitted."""
        records = self._journal.records(after)
        return [row_of(record, self._journal.path) for record in records if is_row(record.payload)]

    def expectations(self) -> dict[int, Expectation]:
        """Return what the model expected, by number of the reading; empty where no model ran."""
        reader = self.expectation_journal
        if reader is None or self.meta.get("columns") is not None:  # of rows nobody expects anything
            return {}
        return {r.number: expectation_of(r, reader.path) for r in reader.records()}

    @property
    def expectation_journal(self) -> JournalReader | None:
        """The model's own journal; None before the model has begun."""
        path = self.file(EXPECTATION)
        reader = JournalReader(path) if path.is_file() else None
        return reader if reader is not None and reader.begun else None

    def model_events(self, after: int = 0) -> list[Event]:
        """Return what the model's process noted, in order."""
        reader = self.expectation_journal
        return [] if reader is None else [checked_event(event, reader.path) for event in reader.events(after)]

    def verdict(self) -> dict[str, Any] | None:
        """Return the last verdict of the model's process; None while there is none."""
        verdicts = [event.payload for event in self.model_events() if event.kind == "verdict"]
        return verdicts[-1] if verdicts else None

    def verdict_sentence(self) -> str | None:
        """Return the last verdict in words, and of how many readings it is where it is not of all; None while none."""
        noted = self.verdict()
        if noted is None:
            return None
        taken, answered = self.points_taken, noted.get("readings")
        return str(noted["sentence"]) + of_part(answered if isinstance(answered, int) else taken, taken)

    def frame(self) -> pd.DataFrame:
        """Return one row per reading with the band beside the data; units stand in `.attrs["units"]`.

        Of a procedure with a loop of its own: its rows as it emitted them, and the time of each.
        """
        from .frame import frame, row_frame

        if (columns := self.meta.get("columns")) is not None:
            return row_frame(self.rows(), columns)
        if (circuit := self.meta.get("circuit")) is not None:
            from .circuit_frame import circuit_frame

            units = {name: source["unit"] for name, source in circuit["sources"].items()}
            return circuit_frame(self.readings(), self.expectations(), self.joins, units)
        return frame(self.readings(), self.expectations(), self.joins)

    def summary(self) -> dict[str, Any]:
        """Return what `smtjlab runs` lists of a run."""
        events, meta = self.events(), self.meta
        status = status_of(events, meta["engine"], self.folder)
        return {
            "id": self.id,
            "procedure": meta["procedure_name"],
            "status": str(status),
            "points_taken": self.points_taken,
            "points_planned": self.points_planned,
            "start": meta["created"],
            "end": ended(events, status),
            "verdict": self.verdict_sentence(),
            "simulated": meta.get("simulated"),
            "folder": str(self.folder),
        }

    def file(self, name: str) -> Path:
        """Return a file of this run; raises JournalFault where it is a link, which could lead anywhere."""
        path = self.folder / name
        if path.is_symlink():
            raise JournalFault(f"{path} must be a file of the run's folder itself, but is a link.")
        return path

    @property
    def said(self) -> RunNotes:
        """What people said of the run later: tags and notes."""
        return RunNotes.read(self.folder)

    @cached_property
    def _planned(self) -> int | None:
        """The number of setpoints, looked up once; None where the procedure keeps its own loop."""
        planned: int | None = self.meta["planned"]
        return planned

    @cached_property
    def _adaptive(self) -> bool:
        """Whether its setpoints were proposed one by one."""
        return bool(self.meta.get("adaptive"))

    @cached_property
    def _engine(self) -> dict[str, Any]:
        """The process that executes the run: written at the start, and looked for at every glance at the status."""
        return dict(self.meta["engine"])

    @cached_property
    def _seen(self) -> list[Event]:
        """The events that were read so far."""
        return []

    @cached_property
    def _journal(self) -> JournalReader:
        return JournalReader(self.folder / JOURNAL)


def of_part(answered: int, taken: int) -> str:
    """Return a sentence that follows a verdict on the first readings only; nothing where it is on all of them."""
    return "" if answered >= taken else f" Of {answered} of {taken} readings: the model has not answered the others."


def run_folders(runs: Path) -> list[Path]:
    """Return the run folders, oldest first; one whose journal has no tables (yet, or for want of space) is no run.

    A link leads out of the runs folder and is none either; a folder whose journal cannot be read is one.
    """
    return sorted(filter(has_begun, named_folders(runs)), key=_created)


def named_folders(runs: Path) -> list[Path]:
    """Return the folders that have the name of a run's and a journal, by date; nothing of them is opened."""
    found = [f for f in runs.glob("*/") if FOLDER_NAME.fullmatch(f.name) and (f / JOURNAL).is_file()]
    return sorted(f for f in found if not f.is_symlink())


def ended(events: list[Event], status: State) -> str | None:
    """Return the end in ISO 8601 (UTC), or None while the run goes on."""
    from datetime import UTC, datetime

    if not status.ended or not events:
        return None
    return datetime.fromtimestamp(events[-1].wall, UTC).isoformat(timespec="seconds")


def has_begun(folder: Path) -> bool:
    """Return whether a run's journal has tables, or something is wrong with it."""
    try:
        return JournalReader(folder / JOURNAL).begun
    except JournalFault:  # what is wrong with it is told by whoever reads it
        return True


def _last(named: list[Path], runs: Path) -> Path:
    """Return the newest run of the newest day: among a thousand runs only that day's journals are opened."""
    for _, day in groupby(reversed(named), key=lambda folder: folder.name[:10]):
        begun = [folder for folder in day if has_begun(folder)]
        if begun:
            return max(begun, key=_created)
    raise UnknownRun(f"There is no run in {runs} yet.")


def _created(folder: Path) -> str:
    try:
        return str(JournalReader(folder / JOURNAL).meta()["created"])
    except (JournalFault, KeyError):
        return folder.name


def run_id(folder: Path) -> str:
    """Return the id that a run folder has in its name; the whole name where there is none."""
    match = FOLDER_NAME.fullmatch(folder.name)
    return match[1] if match else folder.name
