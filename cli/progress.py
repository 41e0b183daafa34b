"""What a person sees while a run goes on: a bar on a screen, two plain lines in a pipe."""

from __future__ import annotations

import math
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from .options import bench_of, bench_words, smtjlab_command
from .page import console
from .show import banner

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.status import State

FIRST_STOP = "Stopping: this point is finished, then the bench is made safe. Ctrl+C again does not wait for the point."
WITHDRAWING = "Taking the run out of the queue: it has not begun."
SECOND_STOP = "Stopping now: the bench is made safe."
WAITS = "Run {} has not begun yet; `{}` tells what it waits for."
PATIENT_WAIT = 3.0
"""Seconds that a run may take to begin, or its model to end, before somebody is told of the wait."""
CATCHES_UP = (
    "The model beside the run has answered {} of {} readings, and the verdict waits for it. "
    "Ctrl+C ends the waiting; the model goes on."
)
WEIGHS = "The model beside the run has answered all {1} readings and weighs them against what was believed."
PATIENT_MODEL = 30.0
"""Seconds between two words on a model that is still at work."""
PATIENT_STOPS = 2
"""A third Ctrl+C leaves the run to its engine and guardian, should the engine not answer."""


class Progress:
    """Watches a run: call it with the run and its state, as `measure` does, inside a `with`.

    It counts the Ctrl+C's and raises each as KeyboardInterrupt from its own call, where `measure` turns it into a
    stop: one that came in the middle of a message to the engine would leave the run without a word. SIGINT is heard
    also where a shell has switched it off, as it does for a command in the background.
    """

    def __init__(self, on_done: Callable[[], None] = lambda: None) -> None:
        """`on_done` is called once, when all is measured and the model may still be at work."""
        self.interrupts = 0
        self._on_done = on_done
        self.run: Run | None = None
        self._passed_on = 0
        self._told_events = 0
        self._before_us = 0
        """Points that the run had when we began to look: of a resumed one, those from before."""
        self._waits = False
        self._standing = ""
        """How far an adaptive procedure has come."""
        self._banner = False
        self._begun = time.monotonic()
        self._over = False
        self._next_word = 0.0
        self._last: State | None = None
        self._bar = _Bar() if sys.stdout.isatty() else None
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop("" if self._last is None else str(self._last))
        signal.signal(signal.SIGINT, self._before)

    def __call__(self, run: Run, state: State) -> None:
        """Show where the run stands."""
        if self.run is None:
            self._come_in(run)
        self.run, self._last = run, state
        self._tell_waiting(run, state)
        self._tell_banner(run, state)
        self._tell_warnings(run)
        taken, planned = run.points_taken, run.points_planned
        if self._bar is not None and self._banner:
            shown = (run.points_answered, taken) if self._over else (taken, planned)
            self._bar.show(*shown, _word(state), self._standing)
        if self._over:
            self._tell_model(run, taken)
        if state.ended and not self._over:
            self._over, self._next_word = True, time.monotonic() + PATIENT_WAIT
            if state == "done":
                self._on_done()
            if self._bar is None and not 0 < planned <= self._before_us:
                self._say(self._last_line(taken, planned))
        self._pass_on_interrupts()

    def _come_in(self, run: Run) -> None:
        """Begin where this execution of the run begins: of a resumed one the rest has been told before."""
        from smtjlab.procedures.status import executions

        now = executions(run.events())[-1]
        self._told_events = now[0].number - 1 if now else 0
        self._before_us = run.points_taken

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        self.interrupts += 1
        if self._over or self.interrupts > PATIENT_STOPS:
            raise KeyboardInterrupt

    def _pass_on_interrupts(self) -> None:
        if self.interrupts > self._passed_on:
            self._passed_on += 1
            if self._last == "waiting":
                print(WITHDRAWING, file=sys.stderr, flush=True)
            else:
                self._say(FIRST_STOP if self._passed_on == 1 else SECOND_STOP)
            raise KeyboardInterrupt

    def _tell_waiting(self, run: Run, state: State) -> None:
        """Say that a run waits, and why, beside its own output: that begins with whether it is simulated."""
        if state != "waiting" or time.monotonic() - self._begun < PATIENT_WAIT:
            return
        if not self._waits:
            self._waits = True
            print(WAITS.format(run.id, _queue_of(run)), file=sys.stderr, flush=True)
        for event in run.events(after=self._told_events):
            self._told_events = event.number
            if event.kind == "warning":
                print(event.payload["text"], file=sys.stderr, flush=True)

    def _tell_banner(self, run: Run, state: State) -> None:
        if self._banner:
            return
        told = any(event.kind == "banner" for event in run.events(after=self._told_events))
        if not told and not state.ended:
            return
        self._banner = True
        self._begun = time.monotonic()
        # Read again: the facts of the instruments are written after the run's record was opened.
        simulated = type(run)(run.folder).meta.get("simulated") if told else None
        self._say(f"{banner(simulated)}: run {run.id}, {run.meta['procedure_name']}, bench `{run.meta['bench']}`")
        for text in (*([run.hazard] if run.hazard else []), *run.meta.get("foretold", ())):
            self._say(text)
        if self._before_us:
            whole = self._before_us >= run.points_planned
            going_on = f"Going on after {self._before_us} of {run.points_planned} points."
            self._say(f"All {self._before_us} points had been taken before." if whole else going_on)

    def _tell_warnings(self, run: Run) -> None:
        if not self._banner:  # whether this is simulated comes before everything else
            return
        for event in run.events(after=self._told_events):
            self._told_events = event.number
            if event.kind == "warning":
                self._say(f"Note: {event.payload['text']}")
            elif event.kind == "standing":
                self._standing = str(event.payload["text"])

    def _tell_model(self, run: Run, taken: int) -> None:
        """Say once in a while that only the model is still at work, and how far it is."""
        if time.monotonic() >= self._next_word:
            self._next_word = time.monotonic() + PATIENT_MODEL if self._bar is None else math.inf  # a bar goes on
            answered = run.points_answered
            self._say((CATCHES_UP if answered < taken else WEIGHS).format(answered, taken))

    def _say(self, text: str) -> None:
        if self._bar is None:
            print(text, flush=True)
        else:
            self._bar.say(text)

    def _last_line(self, taken: int, planned: int) -> str:
        spent = max(time.monotonic() - self._begun, 1e-3)
        new = taken - self._before_us
        rate = f" ({new / spent:.1f} points/s)" if new else ""
        told = f"{new} more points, {taken} of {planned}" if self._before_us else f"{taken} of {planned} points"
        reached = f": {self._standing}" if self._standing else ""
        return f"{told} in {spent:.1f} s{rate}{reached}"


def _queue_of(run: Run) -> str:
    """Return the command that lists what is in the queue of a run's bench."""
    from smtjlab.procedures.start import runs_folder

    here = run.folder.resolve().parent
    out = None if here == runs_folder().resolve() else here
    return smtjlab_command("queue", *bench_words(bench_of(run)), out=out)


def _word(state: State) -> str:
    """Return what is going on, for the bar: after the end of the measurement the model still answers."""
    return "model catches up" if state.ended else state.replace("_", " ")


class _Bar:
    """Rich's progress bar with points, rate and time left."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._progress = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[standing]}", markup=False),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console(),
            expand=True,
        )
        self._task: Any = None
        self._begun = 0.0

    def show(self, taken: int, planned: int, word: str, standing: str = "") -> None:
        """Set the bar to this many points; `standing` says how far an adaptive procedure has come."""
        if self._task is None:
            self._progress.start()
            self._task = self._progress.add_task(word, total=planned, rate="", standing="")
            self._begun = time.monotonic()
        rate = taken / max(time.monotonic() - self._begun, 1e-3)
        fields = {"description": word, "rate": f"{rate:.1f} points/s", "standing": standing}
        self._progress.update(self._task, total=planned, completed=taken, **fields)  # type: ignore[arg-type]

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, soft_wrap=True)

    def stop(self, word: str) -> None:
        """Leave the bar as it stands, with a last word."""
        if self._task is not None:
            self._progress.update(self._task, description=word)
            self._progress.stop()
