"""The prober as the window uses it: where its chuck was read last, and a person's wish to send it to a device.

    idle -> asking -> question -> going -> idle

A wish is looked ahead at first (`smtjlab wafer goto --dry-run`: nothing moves), then put as a question, and carried out
only once somebody has said yes. Each is a process of its own with the lease of the bench, so that a run which begins
meanwhile, and a window that hangs, change nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from smtjlab.gui import wafer_texts as texts
from smtjlab.instruments.child_environment import child_environment

from .log_line import Line, Severity

Begin = Callable[[Sequence[str]], "subprocess.Popen[str]"]
"""Begins `smtjlab wafer goto` with these words."""


class Stage(StrEnum):
    """How far a wish has come."""

    IDLE = "idle"
    ASKING = "asking"
    QUESTION = "question"
    GOING = "going"


@dataclass(frozen=True)
class ChuckRead:
    """Where a chuck was read, and how the needles stood."""

    x: float
    """m from home."""
    y: float
    needles: str
    """`up`, `down` or `between`."""


@dataclass(frozen=True)
class ProberState:
    """What a view shows."""

    stage: Stage = Stage.IDLE
    site: str = ""
    sentence: str = ""
    """The question, what goes on, or what came of it."""
    failed: bool = False
    touched: int = 0
    """Of a question, how often the pads were touched before."""
    chuck: ChuckRead | None = None
    """None where nobody has read it since it may have moved last."""


class Prober:
    """Sends the prober of a wafer run's bench. Every call returns at once; `state` is what there is to show."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self.held = False
        """Whether a run holds the bench, so that nobody is asked and nothing is sent."""
        self._lock = threading.Lock()
        self._lines: list[Line] = []
        self._run: Path | None = None
        self._process: subprocess.Popen[str] | None = None
        self._ended = 0  # counts what was ended: an answer of before is stale
        self.state = ProberState()

    def wish(self, run: Path, site: str) -> None:
        """Look ahead to a device of a wafer run; nothing moves."""
        if self.state.stage is not Stage.GOING and not self.held:
            self._run = run
            self.state = replace(
                self.state, stage=Stage.ASKING, site=site, sentence=texts.LOOKING_AHEAD.format(site=site), failed=False
            )
            self._send(self._foreseen, "--dry-run")

    def go(self, *, contact: bool) -> None:
        """Carry out what was asked, with the needles down at its end where `contact` says so."""
        if self.state.stage is Stage.QUESTION and not self.held:
            sentence = texts.TRAVELLING.format(site=self.state.site)
            self.state = replace(self.state, stage=Stage.GOING, sentence=sentence, failed=False)
            self._send(self._reached, *(["--contact"] if contact else []))

    def cancel(self) -> None:
        """Take a wish back that is not being carried out."""
        if self.state.stage in (Stage.ASKING, Stage.QUESTION):
            self._ended += 1
            self.state = replace(self.state, stage=Stage.IDLE, sentence="", failed=False)

    def hold(self, held: bool) -> None:
        """Take it whether a run holds the bench: it moves the chuck, and what was read before is not so any more."""
        if held and not self.held:
            self.cancel()
            self.state = replace(self.state, chuck=None, sentence="", failed=False)
        self.held = held

    def end(self) -> bool:
        """End at once what is under way: the bench is being made safe, and no needle may go down after it.

        Return whether the chuck was on its way.
        """
        self._ended += 1
        process, going = self._process, self.state.stage is Stage.GOING
        if process is not None:
            with suppress(OSError):
                process.kill()
        sentence = texts.TRAVEL_ENDED if going else ""
        self.state = replace(self.state, stage=Stage.IDLE, sentence=sentence, failed=going, chuck=None)
        return going

    def looked(self, looks: Sequence[Mapping[str, Any]]) -> None:
        """Take in what a look at the bench has told of its prober."""
        for look in looks:
            if look.get("place"):
                x, y = look["place"]
                self._know(x, y, str(look["needles"]))

    def lines(self) -> list[Line]:
        """Return what came of wishes since the last call."""
        with self._lock:
            found, self._lines = self._lines, []
        return found

    def _send(self, take: Callable[[Mapping[str, Any]], None], *options: str) -> None:
        words = (str(self._run), "--json", *options, "--", self.state.site)
        arguments = (take, words, self._ended)
        threading.Thread(target=self._carry_out, args=arguments, name="errand", daemon=True).start()

    def _carry_out(self, take: Callable[[Mapping[str, Any]], None], words: Sequence[str], ended: int) -> None:
        try:
            with self._begin(words) as process:
                self._process = process
                if ended != self._ended:
                    process.kill()
                out, error = process.communicate()
            if ended != self._ended:
                return
            if process.returncode:
                self._fail((error or out).strip())
            else:
                take(json.loads(out))
        except Exception as problem:  # noqa: BLE001 - whatever it is, somebody must be told that nothing has answered
            self._fail(f"{type(problem).__name__}: {problem}")
        finally:
            self._process = None

    def _foreseen(self, told: Mapping[str, Any]) -> None:
        self._know(told["x"], told["y"], told["needles"])
        on = [str(name) for name in told["on"]]
        outputs = texts.OUTPUTS_ON.format(which=", ".join(on)) if on else texts.OUTPUTS_OFF
        sentence = texts.TRAVEL_QUESTION.format(
            site=told["site"], wafer=told["wafer"], distance=f"{1e3 * told['distance']:.3g} mm", outputs=outputs
        )  # fmt: skip
        self.state = replace(
            self.state, stage=Stage.QUESTION, site=str(told["site"]), sentence=sentence, touched=int(told["touched"])
        )

    def _reached(self, told: Mapping[str, Any]) -> None:
        self._know(told["x"], told["y"], told["needles"])
        sentence = texts.REACHED.format(site=told["site"], needles=told["needles"])
        self.state = replace(self.state, stage=Stage.IDLE, sentence=sentence)
        self._tell(Severity.NOTE, sentence)

    def _know(self, x: float, y: float, needles: str) -> None:
        self.state = replace(self.state, chuck=ChuckRead(float(x), float(y), needles))

    def _fail(self, sentence: str) -> None:
        chuck = None if self.state.stage is Stage.GOING else self.state.chuck  # wherever it has come to
        self.state = replace(self.state, stage=Stage.IDLE, sentence=sentence, failed=True, chuck=chuck)
        self._tell(Severity.ALARM, sentence)

    def _tell(self, severity: Severity, sentence: str) -> None:
        with self._lock:
            self._lines.append(Line(time.time(), severity, sentence))


def begin_goto(runs: Path) -> Begin:
    """Return what begins `smtjlab wafer goto` for a runs folder, in a process of its own."""

    def begin(words: Sequence[str]) -> subprocess.Popen[str]:
        command = [sys.executable, "-P", "-m", "smtjlab.cli.main", "wafer", "goto", "--out", str(runs), *words]
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=child_environment(),
            start_new_session=True,
        )

    return begin
