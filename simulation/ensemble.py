"""Ensembles of trajectories: started in their wells, burnt in, driven, averaged."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import NDArray

from .arguments import checked_count
from .errors import ModelError
from .folding import FoldedDrive, extremes, kernel_parameters
from .forces import Forces, Gain
from .history import History, Recording, Watch
from .integration import Work, integrate
from .landscape import FloatArray, Landscape
from .macrospin import GROUP
from .models import Well, checked_well
from .scheduler import Progress, checked_threads
from .starts import started
from .step_size import checked_step, relaxation_time
from .streams import random_words

if TYPE_CHECKING:
    from .drive import Drive

SELDOM = 0x7FFFFFFF
"""Sampling interval in steps that no run reaches."""
_MOST_STEPS = 10**12
"""More than anybody waits for: an hour for one trajectory is some 10^10."""
_RAMPED = ("field_x", "field_y", "in_plane", "out_of_plane")


class Ensemble:
    """Trajectories of the stochastic LLG equation, one per member of a landscape or of forces.

    A trajectory depends on the seed, on its own number and on its own junction, never on how many there are, nor on
    the number of threads.
    """

    def __init__(
        self,
        forces: Forces | Landscape,
        *,
        seed: int | Sequence[int],
        step: float | None = None,
        well: Well = "global",
        dtype: Literal["float64", "float32"] = "float64",
        threads: int | None = 1,
        first: int = 0,
    ) -> None:
        """Start all trajectories with a small thermal tilt about their wells.

        `step` is in s; None takes the largest accurate one. With `global`, wells in plane are populated by their
        Boltzmann weights. `dtype` is that of the state (the noise is float32 in either case); `threads` = None takes
        all cores. `first` is the number of the first trajectory. Raises ModelError.
        """
        if dtype not in ("float64", "float32"):
            raise ModelError(f"`dtype` must be float64 or float32, but is {dtype}.")
        forces, well = Forces.of(forces), checked_well(well)
        if len(forces) == 0:
            raise ModelError("An ensemble must have at least one trajectory, but has none.")
        checked_count("first", first, 0)
        self._step_asked, self._threads = step, checked_threads(threads)
        self._real: type[np.floating] = np.float64 if dtype == "float64" else np.float32
        words = random_words(seed, np.arange(first, first + len(forces), dtype=np.uint64), 8)
        self._generators = np.ascontiguousarray(words[:4])
        self._set(forces)
        self.magnetization = started(forces, well, words[4:])

    @property
    def magnetization(self) -> FloatArray:
        """Unit vectors m of all trajectories, shape (3, n)."""
        scale = (1 / self._forces.landscape.damping).astype(self._real)
        return cast(FloatArray, scale * self._state)  # float32 where that was asked for

    @magnetization.setter
    def magnetization(self, m: FloatArray) -> None:
        length = np.sqrt(np.sum(np.asarray(m, dtype=np.float64) ** 2, axis=0))
        if np.shape(m) != (3, len(self._forces)) or not (np.abs(length - 1) < 1e-3).all():
            raise ModelError(
                f"`magnetization` must be {len(self._forces)} unit vectors, shape (3, {len(self._forces)}), "
                f"but has shape {np.shape(m)} and lengths from {length.min():.3g} to {length.max():.3g}."
            )
        self._state = np.ascontiguousarray(self._forces.landscape.damping * np.asarray(m) / length, dtype=self._real)

    def change(self, forces: Forces | Landscape) -> None:
        """Put the same magnetizations into other forces (another gate, bias, field or temperature)."""
        forces = Forces.of(forces)
        if len(forces) != len(self._forces):
            raise ModelError(f"`forces` must be on {len(self._forces)} layers as before, but are on {len(forces)}.")
        before = self._forces.landscape.damping
        self._set(forces)
        if not np.array_equal(before, forces.landscape.damping):
            self._state = np.ascontiguousarray(self._state * (forces.landscape.damping / before), dtype=self._real)

    def run(
        self,
        duration: float,
        *,
        every: int = 8,
        drive: Drive | None = None,
        store: int = 0,
        watch: Watch | None = None,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> History:
        """Live for a time in s and return averages over every `every`-th step.

        With a drive, which must last as long, its signals act from their time 0 on. The duration is lived to the end:
        steps are shortened until some multiple of 4 fills it. `store` keeps every so manyth step, `watch` looks for
        first passages at the sampled steps. `progress` is told the fraction done; Cancelled is raised within some 10
        ms of `cancel` being set. Raises ModelError.
        """
        checked_count("every", every, 1)
        checked_count("store", store, 0)
        if drive is not None and duration > drive.duration * (1 + 1e-9):
            raise ModelError(
                f"`duration` must be at most that of the drive, {drive.duration:g} s, but is {duration:g} s."
            )
        steps, step = _filled(duration, self.step if drive is None else self._step_under(drive))
        looked = np.array([*watch.direction, watch.level]) if watch is not None else np.empty(0)
        recording = Recording(len(self._forces), steps, min(every, steps), store, looked, self._real)
        folded = FoldedDrive.of(self._forces, drive, step) if drive is not None else None
        self._live(Work(self._forces, step, folded, None, self._real), recording, progress, cancel)
        return recording.history(step)

    def ramp(self, forces: Forces | Landscape, duration: float) -> History:
        """Live for a time in s while fields and anisotropies go linearly to those of others, as on a gate ramp.

        The averages are over every step. Bias, torques and temperature are those of the new forces at once.
        """
        from .drive import Drive, Waveform

        before = self._forces.landscape
        _filled(duration, self.step)  # a mistake changes nothing
        self.change(forces)
        steps, step = _filled(duration, self.step)
        after = self._forces.landscape
        # The signal goes from -1 to 0, so that the ramp ends at the new forces to the last bit.
        rises = {name: getattr(after, name) - getattr(before, name) for name in _RAMPED}
        gains = tuple(Gain(name, "gate", rise) for name, rise in rises.items())
        ramp = Drive(duration, {"gate": Waveform.piecewise([0.0, duration], [-1.0, 0.0])})
        ramped = Forces(after, self._forces.torques, gains)
        folded = FoldedDrive.of(ramped, ramp, step)
        recording = Recording(len(self._forces), steps, 1, 0, np.empty(0), self._real)
        self._live(Work(ramped, step, folded, None, self._real), recording, None, None)
        return recording.history(step)

    def follow(self, noise: FloatArray) -> NDArray[np.floating]:
        """Live through given normals (steps, 3, n) and return m after each step, same shape. Raises ModelError."""
        steps = len(noise)
        if noise.shape[1:] != (3, len(self._forces)):
            raise ModelError(f"`noise` must have shape (steps, 3, {len(self._forces)}), but has {noise.shape}.")
        recording = Recording(len(self._forces), steps, SELDOM, 1, np.empty(0), self._real)
        self._live(Work(self._forces, self.step, None, noise, self._real), recording, None, None)
        return recording.path

    def relax(self, *, times: float = 12.0, cancel: threading.Event | None = None) -> None:
        """Live for `times` relaxation times of the slowest member, so that the start is forgotten."""
        self.run(burn_in(self._distinct, times=times), every=SELDOM, cancel=cancel)

    def _set(self, forces: Forces) -> None:
        # The step depends on the hardest case only; copies of a layer, which most ensembles are, need one look.
        distinct, _ = forces.distinct()
        kernel_parameters(distinct, 1e-12)  # nothing that is not finite gets further
        self._forces, self._distinct = forces, distinct
        self._looked_at: tuple[Drive, float] | None = None  # the last drive, and the step it allows
        self.step = checked_step(distinct, self._step_asked)

    def _step_under(self, drive: Drive) -> float:
        """Return the step in s for all that a drive does; raises ModelError where the one asked for is unstable."""
        if self._looked_at is None or self._looked_at[0] is not drive:
            self._looked_at = (drive, checked_step(extremes(self._distinct, drive), self._step_asked))
        return self._looked_at[1]

    def _live(
        self, work: Work, recording: Recording, progress: Progress | None, cancel: threading.Event | None
    ) -> None:
        integrate(work, self._state, self._generators, recording, self._threads, progress, cancel)
        lost = int(np.count_nonzero(~np.isfinite(self._state).all(axis=0)))
        if lost:
            raise ModelError(
                f"Trajectories must stay finite, but {lost} of {recording.n} did not: take a smaller `step`."
            )


def burn_in(forces: Forces | Landscape, *, times: float = 12.0) -> float:
    """Return how long an ensemble must live to forget its start, in s: 1 ns to 100 ns, long near the threshold."""
    if not (math.isfinite(times) and times > 0):
        raise ModelError(f"`times` must be above 0, but is {times}.")
    return float(np.clip(times * np.max(relaxation_time(forces)), 1e-9, 100e-9))


def _filled(duration: float, longest: float) -> tuple[int, float]:
    """Return how many steps fill a duration in s, a multiple of 4, and their length in s, `longest` at most."""
    if not (math.isfinite(duration) and duration > 0):
        raise ModelError(f"`duration` must be above 0 s, but is {duration} s.")
    steps = GROUP * math.ceil(duration / longest / GROUP * (1 - 1e-9))
    if steps > _MOST_STEPS:
        raise ModelError(
            f"`duration` must be at most {_MOST_STEPS * longest:.3g} s in steps of {longest * 1e12:.3g} ps, "
            f"but is {duration:g} s."
        )
    return steps, duration / steps
