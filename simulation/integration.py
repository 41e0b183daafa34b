"""How the kernel is set to work on an ensemble: part by part in threads, in pieces of time that can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .errors import Cancelled
from .folding import FoldedDrive, kernel_parameters, resistance_rows, rows_wanted
from .forces import Forces
from .history import Recording
from .landscape import FloatArray
from .macrospin import BLOCK, CONSTANT, GROUP, PLANAR, ROWS, evolve
from .scheduler import Progress

Words = NDArray[np.uint64]
Real = NDArray[np.floating]

_PATIENCE = 2_000_000
"""Trajectories times steps of one call of the kernel: about 10 ms, after which somebody may cancel."""
_BLOCKS = 4
"""Most blocks of one call: large enough that Python costs nothing, small enough to share out among threads."""


@dataclass(frozen=True)
class Work:
    """What the kernel does to all trajectories."""

    forces: Forces
    step: float
    """Time step in s."""
    drive: FoldedDrive | None
    given: FloatArray | None
    """Normals (steps, 3, n) instead of the generators'."""
    real: type[np.floating]
    """Type of the state."""

    def live(self, part: slice, m: Real, generators: Words, recording: Recording, course: _Course) -> None:
        """Advance some trajectories to the end, in pieces of time; their columns of `m`, alpha times m, are updated."""
        course.check()
        forces = self.forces.at(part)
        parameters, resistance = self._parameters(forces), resistance_rows(forces.landscape)
        torques = True if len(parameters) > PLANAR else None
        slonczewski = True if len(parameters) > CONSTANT else None
        scale = parameters[ROWS.index("per_damping")]
        state, words = np.ascontiguousarray(m[:, part]), np.ascontiguousarray(generators[:, part])
        sums, passage = np.ascontiguousarray(recording.sums[:, part]), np.ascontiguousarray(recording.passage[:, part])
        normals = np.zeros((GROUP, 3 * BLOCK), dtype=np.float32 if self.given is None else np.float64)
        lanes = state.shape[1]
        piece = GROUP * max(1, _PATIENCE // (GROUP * max(lanes, BLOCK)))
        for done in range(0, recording.steps, piece):
            course.check()
            steps = min(piece, recording.steps - done)
            stored = slice(recording.stored(done), recording.stored(done + steps))
            path = np.empty((stored.stop - stored.start, 3, lanes), dtype=self.real)
            given = None if self.given is None else np.ascontiguousarray(self.given[done : done + steps, :, part])
            drive = self._driven(part, done, steps, recording.steps)
            evolve(
                parameters, resistance, state, words, normals, done, steps, torques, slonczewski, drive, given,
                recording.every, sums, recording.store, path, recording.watch, passage,
            )  # fmt: skip
            np.multiply(path, scale, out=recording.path[stored, :, part])
            course.advance(steps * lanes)
        m[:, part], generators[:, part] = state, words
        recording.sums[:, part], recording.passage[:, part] = sums, passage

    def _parameters(self, forces: Forces) -> Real:
        names = rows_wanted(self.forces, self.drive.names if self.drive is not None else ())
        parameters = kernel_parameters(forces, self.step, names=names)
        if self.drive is not None and "temperature" in self.drive.signals:
            parameters[ROWS.index("noise")] = 0.0  # all of it comes from the signal
        return np.ascontiguousarray(parameters, dtype=self.real)

    def _driven(self, part: slice, done: int, steps: int, whole: int) -> tuple[NDArray[np.int64], Real, Real] | None:
        if self.drive is None:
            return None
        times = np.arange(done, done + steps + 1) * self.step
        gains = np.ascontiguousarray(self.drive.gains[:, part], dtype=self.real)
        signals = self.drive.sampled(times, begins=done == 0, ends=done + steps == whole)
        return self.drive.rows, gains, np.ascontiguousarray(signals, dtype=self.real)


def integrate(
    work: Work,
    m: Real,
    generators: Words,
    recording: Recording,
    threads: int,
    progress: Progress | None,
    cancel: threading.Event | None,
) -> None:
    """Do the work on all trajectories; `m` (3, n), `generators` (4, n) and the recording are updated in place.

    `m` is the kernel's state: alpha times the unit vectors.

    Raises Cancelled, after which the trajectories stand somewhere between beginning and end.
    """
    n = recording.n
    lanes = BLOCK * max(1, min(_BLOCKS, n // (2 * threads * BLOCK)))
    parts = [slice(start, min(start + lanes, n)) for start in range(0, n, lanes)]
    alone = threads == 1 or len(parts) == 1
    course = _Course(n * recording.steps, cancel, progress if alone else None)
    if alone:
        for part in parts:
            work.live(part, m, generators, recording, course)
        return
    with ThreadPoolExecutor(min(threads, len(parts)), thread_name_prefix="trajectories") as workers:
        futures = [workers.submit(work.live, part, m, generators, recording, course) for part in parts]
        _await(futures, course, progress)


@dataclass
class _Course:
    """How far the work is, and whether somebody wants it to stop."""

    whole: int
    cancel: threading.Event | None
    progress: Progress | None
    """Told at once; None where threads must not call back."""
    done: int = 0
    broken: threading.Event = field(default_factory=threading.Event)
    """Set where another part has failed."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        if self.broken.is_set() or (self.cancel is not None and self.cancel.is_set()):
            raise Cancelled("The calculation was cancelled.")

    def advance(self, amount: int) -> None:
        with self._lock:
            self.done += amount
        if self.progress is not None:
            self.progress(self.fraction)

    @property
    def fraction(self) -> float:
        return self.done / self.whole


def _await(futures: Sequence[Future[None]], course: _Course, progress: Progress | None) -> None:
    """Wait for all parts and tell how far they are; the first that fails stops the others."""
    waiting = set(futures)
    try:
        while waiting:
            course.check()
            ended, waiting = wait(waiting, timeout=0.02, return_when=FIRST_EXCEPTION)
            for future in ended:
                future.result()
            if progress is not None:
                progress(course.fraction)
    except BaseException:
        course.broken.set()
        for future in waiting:
            future.cancel()
        raise
