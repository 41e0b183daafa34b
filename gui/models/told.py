"""What comes of an errand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .points import Points


@dataclass(frozen=True)
class PaceTold:
    """How time passes on a virtual bench and how much noise there is: in words, and as a command line spells them."""

    text: str
    speed: str = ""
    noise: str = ""


@dataclass(frozen=True)
class Told:
    """What came of an errand: the run that was begun, lines to show, or what went wrong."""

    errand: str
    run: Path | None = None
    text: str = ""
    fault: str = ""
    bench: str = ""
    """Of `look` and `left`, which bench it is about."""
    truth: str = ""
    """Of `truth`, what the junctions really are."""
    points: Points | None = None
    """Of `read`, the readings of a run."""
    pace: PaceTold | None = None
    """Of `pace`, how it is now."""
    looks: tuple[Mapping[str, Any], ...] = ()
    """Of `look` and `connect`, what each instrument said."""
    findings: tuple[Mapping[str, Any], ...] = ()
    """Of `left`, what was read back of a bench that was left unsafe."""
    safe: bool = False
    """Of `left`, whether it was read back as safe."""
