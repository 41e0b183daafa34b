"""The runs that wait at a station, as a window lists them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smtjlab.gui.texts import NAME_OF_RUN
from smtjlab.procedures.errors import EngineFault, JournalFault
from smtjlab.procedures.run import Run
from smtjlab.procedures.run_queue import read_queue
from smtjlab.procedures.station import Station

from .words import id_of


@dataclass(frozen=True)
class QueueLook:
    """What waits, in order."""

    runs: tuple[str, ...] = ()
    """Names of run folders."""
    words: tuple[str, ...] = ()
    """Of each what it is."""
    pause: str = ""
    """Why nothing is started; empty where runs are."""


def look_at_queue(station: Station, runs: Path, before: QueueLook) -> QueueLook:
    """Return what waits; of runs that waited `before` nothing is read again."""
    try:
        queue = read_queue(station.folder)
    except (EngineFault, OSError) as fault:
        return QueueLook(pause=str(fault))
    known = dict(zip(before.runs, before.words, strict=True))
    names = tuple(place.run for place in queue.waiting)
    words = tuple(known.get(name) or _words(runs / name) for name in names)
    return QueueLook(names, words, "" if queue.pause is None else queue.pause.why)


def _words(folder: Path) -> str:
    try:
        return NAME_OF_RUN.format(procedure=Run(folder).meta["procedure_name"], run=id_of(folder))
    except JournalFault:
        return folder.name
