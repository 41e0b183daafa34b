"""Tags and notes of a run, in a file beside its journal: what people say of it later is not part of the record."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .errors import JournalFault, ProcedureMistake
from .file_lock import FileLock
from .journal_json import load
from .shape import misfit
from .synced import replace_text

NOTES = "notes.json"
"""Name of the file in the run's folder."""
LARGEST = 1 << 20
"""Most bytes of the file; a larger one is not read."""
MOST_TAGS = 100
LONGEST_NOTE = 10_000
"""Characters of one note."""
_WORD = re.compile(r"\w[\w.+:#-]{0,39}")


@dataclass(frozen=True)
class Note:
    """What somebody said of a run, and when (ISO 8601, UTC)."""

    at: str
    text: str


@dataclass(frozen=True)
class RunNotes:
    """Tags, each one word, and notes, oldest first."""

    tags: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> RunNotes:
        """Return what stands in a run's folder; nothing where there is no file. Raises JournalFault."""
        path = folder / NOTES
        if path.is_symlink():
            raise JournalFault(f"{path} must be a file of the run's folder itself, but is a link.")
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise JournalFault(f"The notes {path} cannot be read: {error.strerror}.") from error
        if len(content) > LARGEST:
            raise JournalFault(f"The notes {path} must be at most {LARGEST} bytes, but are more.")
        return _notes_of(content, path)

    def tagged(self, words: Iterable[str]) -> RunNotes:
        """Return these notes with more tags; raises ProcedureMistake for what is no tag."""
        tags = dict.fromkeys([*self.tags, *map(_tag, words)])
        if len(tags) > MOST_TAGS:
            raise ProcedureMistake(f"A run must have at most {MOST_TAGS} tags, but would have {len(tags)}.")
        return replace(self, tags=tuple(tags))

    def untagged(self, words: Iterable[str]) -> RunNotes:
        """Return these notes without some tags; raises ProcedureMistake where one is not there."""
        gone = set(words)
        if missing := sorted(gone - set(self.tags)):
            raise ProcedureMistake(f"A tag to remove must be one of the run's, but it has no `{missing[0]}`.")
        return replace(self, tags=tuple(tag for tag in self.tags if tag not in gone))

    def noted(self, text: str) -> RunNotes:
        """Return these notes with one more; raises ProcedureMistake where it says nothing or too much."""
        text = text.strip()
        if not 0 < len(text) <= LONGEST_NOTE:
            raise ProcedureMistake(f"A note must have 1 to {LONGEST_NOTE} characters, but has {len(text)}.")
        return replace(self, notes=(*self.notes, Note(datetime.now(UTC).isoformat(timespec="seconds"), text)))

    def to_json(self) -> str:
        """Return the text of the file."""
        return json.dumps({"tags": self.tags, "notes": [asdict(note) for note in self.notes]}, indent=1) + "\n"


def change(folder: Path, how: Callable[[RunNotes], RunNotes]) -> RunNotes:
    """Return the notes of a run as `how` makes them of what stands there; they are written whole or not at all.

    One program at a time changes them. Raises JournalFault where they cannot be written or would be too large.
    """
    right = FileLock(folder / f".{NOTES}.lock")
    try:
        held = right.acquire(patience=5.0)
        changed = how(RunNotes.read(folder)) if held else RunNotes()
        small = len(changed.to_json().encode()) <= LARGEST
        if held and small:
            replace_text(folder / NOTES, changed.to_json())
    except OSError as error:
        if isinstance(error, JournalFault):
            raise
        raise JournalFault(f"The notes {folder / NOTES} cannot be written: {error.strerror or error}.") from error
    finally:
        right.release()
    if not held:
        raise JournalFault(f"{folder / NOTES} must be changed by one program at a time, but another one does.")
    if not small:
        raise JournalFault(f"The notes {folder / NOTES} must be at most {LARGEST} bytes, but would be more.")
    return changed


def _notes_of(content: bytes, path: Path) -> RunNotes:
    try:
        found: Any = load(content.decode())
        wrong = misfit(found, dict[str, Any]) or misfit(found.get("tags", []), list[str])
        wrong = wrong or misfit(found.get("notes", []), list[dict[str, str]])
        notes = () if wrong else tuple(Note(note["at"], note["text"]) for note in found.get("notes", []))
    except (ValueError, KeyError) as error:
        raise JournalFault(f"The notes {path} must be JSON of tags and notes, but: {error}.") from error
    if wrong:
        raise JournalFault(f"The notes {path} must be tags and notes, but something in it {wrong.strip()}.")
    return RunNotes(tuple(found.get("tags", [])), notes)


def _tag(word: str) -> str:
    if not _WORD.fullmatch(word):
        raise ProcedureMistake(f"A tag must be one word of at most 40 letters, digits and .+:#-, but is '{word[:60]}'.")
    return word
