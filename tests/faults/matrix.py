"""The fault matrix: what strikes, row by row, and what must hold then, column by column; suite and page stand on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from smtjlab.instruments.reading import Flag
from smtjlab.procedures.status import State

from .cells import (
    ALL_POINTS,
    ALL_SET_BACK,
    BY_ENGINE,
    BY_GUARDIAN,
    COMPLETES,
    EVERY_POINT_BEFORE,
    LOUD,
    NOTHING_LEFT,
    UNWRITTEN,
    Cell,
    all_flagged,
    completes_after,
    ends,
    found_again,
    says,
)
from .scenarios import (
    Player,
    clock_jump,
    faulty,
    full_disk,
    kill_engine,
    kill_guardian,
    kill_shadow,
    killed_face,
    killed_window,
    lose_contact,
    made_safe_by_hand,
    open_interlock,
    quench,
    right_instrument_back,
    starve_shadow,
    stop_engine,
    struck,
    without_faults,
)

COLUMNS = ("safe state", "points kept", "status truthful", "message clear", "resume works")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault, how it is played, and what must hold then. Most runs fail, safe, with every point before it."""

    fault: str
    player: Player
    message: Cell
    safe: Cell = BY_ENGINE
    points: Cell = EVERY_POINT_BEFORE
    status: Cell = field(default_factory=lambda: ends(State.FAILED))
    resume: Cell = COMPLETES
    repair: Callable[[Path], None] | None = None
    """What is done to the bench before the run can be resumed; None where nothing need be done."""
    accept: tuple[str, ...] = ("bench",)
    """Changes that are accepted when the run is resumed after that."""
    station: str = ""
    """Rows of one station are played one after the other by one engine; empty stands for a station of its own."""

    @property
    def cells(self) -> dict[str, Cell]:
        """Return its cells by column."""
        return dict(zip(COLUMNS, (self.safe, self.points, self.status, self.message, self.resume), strict=True))


def survived(fault: str, player: Player, message: Cell, points: Cell = ALL_POINTS, station: str = "") -> Row:
    """Return the row of a fault that a run survives: it takes every point and tells what has happened."""
    done, nothing = ends(State.DONE), NOTHING_LEFT
    return Row(fault=fault, player=player, message=message, points=points, status=done, resume=nothing, station=station)


ON_THE_WIRE = (
    Row(
        fault="no reply",
        station="first",
        player=faulty("junction timeout after=200"),
        message=says("`junction` must answer", "within", "but did not"),
    ),
    Row(
        fault="late reply",
        station="second",
        player=faulty("junction late after=200 delay=6.0"),
        message=says("`junction` must answer", "within", "but did not"),
    ),
    Row(
        fault="reply truncated",
        station="third",
        player=faulty("junction truncated after=200"),
        message=says("`junction` must answer", "within", "but did not"),
    ),
    Row(
        fault="reply garbled",
        station="first",
        player=faulty("junction garbled after=200"),
        message=says("`junction` must answer", "with 4 numbers, but answered"),
    ),
    Row(
        fault="reply duplicated",
        station="second",
        player=faulty("junction duplicated after=200"),
        message=says("`junction` must speak only when asked, but"),
    ),
    Row(
        fault="replies one behind",
        station="fourth",
        player=faulty("junction one_behind after=200"),
        message=says("`junction` must answer", "within", "but did not"),
    ),
    Row(
        fault="connection dropped",
        station="third",
        player=faulty("junction drop after=200"),
        message=says("`junction` must be reachable", "but is not"),
    ),
    Row(
        fault="power cycle",
        station="fourth",
        player=faulty("junction power_cycle after=200"),
        message=says("`junction` must be reachable", "but is not"),
    ),
    Row(
        fault="another instrument answers",
        player=faulty("junction wrong_identity after=199", "junction drop after=200"),
        safe=LOUD,
        status=ends(State.UNSAFE),
        message=says("SAFE", "`junction` must be an instrument that answers", "ACME"),
        resume=completes_after("the right instrument is back", "could not be read back as safe"),
        repair=right_instrument_back,
        accept=("bench", "unsafe"),
    ),
)
"""Faults between the engine and an instrument."""

ON_THE_BENCH = (
    survived(
        "reading stuck",
        faulty("junction stuck after=200"),
        says("`junction` reads the same to the last digit"),
        station="first",
    ),
    survived(
        "compliance storm",
        faulty("junction compliance_storm after=200"),
        says("`junction` is in compliance", "may have broken down"),
        all_flagged(Flag.COMPLIANCE),
        station="third",
    ),
    Row(
        fault="interlock open",
        player=open_interlock,
        message=says("Output of `gate` must be on", "interlock"),
        resume=completes_after("the interlock is closed", "Interlock of `gate` must be closed"),
        repair=without_faults,
    ),
    Row(
        fault="leakage step",
        station="second",
        player=faulty("gate leakage_step after=300"),
        message=says("Gate must draw at most 20 nA, but draws"),
        resume=completes_after("the gate is repaired", "Gate must draw at most 20 nA, but draws"),
        repair=without_faults,
    ),
    survived(
        "prober contact lost",
        lose_contact,
        says("`junction` reads no current", "may have lost contact"),
        all_flagged(Flag.CONTACT_SUSPECT),
    ),
    Row(
        fault="field supply quench",
        player=quench,
        message=says("`field` must"),
        resume=completes_after("the procedure of one's own is accepted", "the procedure is code of a file"),
        repair=without_faults,
        accept=("bench", "procedure"),
    ),
)
"""Faults of an instrument, or of what hangs on it."""

AROUND = (
    Row(
        fault="engine SIGKILL",
        player=struck(kill_engine, 400),
        safe=BY_GUARDIAN,
        status=ends(State.INTERRUPTED),
        message=says("The engine died after", "The guardian made the bench safe and read it back"),
    ),
    Row(
        fault="engine SIGSTOP",
        player=struck(stop_engine, 400),
        safe=BY_GUARDIAN,
        status=ends(State.INTERRUPTED),
        message=says("The engine died after", "The guardian made the bench safe and read it back"),
    ),
    survived("shadow SIGKILL", struck(kill_shadow, 400), says("The model beside the run has died")),
    Row(
        fault="guardian SIGKILL",
        player=struck(kill_guardian, 400),
        message=says("The guardian of this run has died", "nothing is left on without one"),
    ),
    survived("command line SIGKILL", killed_face, says("command line that watched this run has gone")),
    survived("window SIGKILL", killed_window, found_again("Done, bench safe")),
    Row(
        fault="disk full",
        player=full_disk,
        safe=UNWRITTEN,
        status=ends(State.INTERRUPTED),
        message=says("The journal", "cannot be used"),
        resume=completes_after("the bench was made safe by hand", "could not be read back as safe"),
        repair=made_safe_by_hand,
        accept=("unsafe",),
    ),
    survived("clock jump", clock_jump, says("The computer's clock was set back by"), ALL_SET_BACK),
    survived("shadow out of memory", struck(starve_shadow, 4000), says("The model beside the run has died")),
)
"""Faults of what surrounds a measurement: processes, disk, clock, memory."""

ROWS = (*ON_THE_WIRE, *ON_THE_BENCH, *AROUND)
