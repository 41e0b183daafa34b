"""What the junction sees between two readings, as read back and timed on the bench's clock."""

from __future__ import annotations

import math
from collections.abc import Callable

from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.stimulus import Stimulus

COURSE_STEPS = 20
"""Stimuli that stand for one ramp of field or temperature."""


class StimulusNotebook:
    """Levels of the moment, and the stimuli since the last reading: they tile the time without gap or overlap."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` returns the bench's time in s."""
        self._now = now
        self.levels = {"gate": 0.0, "junction": 0.0}
        """Voltages in V as read back: an instrument rounds to its own steps."""
        self.field: float | None = None
        """Flux density along the easy axis in T as read back; None where nobody applies any."""
        self.transverse_field: float | None = None
        """The same along the minor axis."""
        self.temperature: float | None = None
        """Temperature in K as read back; None where nobody reads any."""
        self.since = 0.0
        """Bench time in s of the last note."""
        self._stimuli: list[Stimulus] = []

    def begin(self) -> None:
        """Forget everything; from this moment on the junction is at rest and under our eyes."""
        self.levels = {"gate": 0.0, "junction": 0.0}
        self.field = self.transverse_field = self.temperature = None
        self._stimuli, self.since = [], self._now()

    def note(self, *, gate: float | None = None, bias: float | None = None, read: bool = False) -> None:
        """End the interval that began at the last note, with the levels in V that held in it."""
        now = self._now()
        if now > self.since or read:
            self._append(max(0.0, now - self.since), gate=gate, bias=bias, read=read)
        self.since = now

    def note_course(self, name: str, reached: float, ramp_time: float) -> None:
        """End an interval in which a quantity went to `reached`, in `ramp_time` s, and stayed.

        It is `field` or `transverse_field` in T, or `temperature` in K. Where the level before is not known, `reached`
        stands for it.
        """
        now = self._now()
        span = max(0.0, now - self.since)
        before = getattr(self, name)
        start = reached if before is None else before
        ramp = min(span, ramp_time) if start != reached else 0.0
        steps = COURSE_STEPS if ramp > 0 else 0
        for step in range(steps):
            setattr(self, name, start + (reached - start) * (step + 0.5) / steps)
            self._append(ramp / steps)
        setattr(self, name, reached)
        if span > ramp:
            self._append(span - ramp)
        self.since = now

    def take(self) -> tuple[Stimulus, ...]:
        """Return the stimuli since the last `take`."""
        stimuli, self._stimuli = tuple(self._stimuli), []
        return stimuli

    def _append(
        self, duration: float, *, gate: float | None = None, bias: float | None = None, read: bool = False
    ) -> None:
        """Append an interval with the levels of the moment, but for those that are given."""
        self._stimuli.append(
            Stimulus(
                duration=duration,
                gate=self.levels["gate"] if gate is None else gate,
                bias=self.levels["junction"] if bias is None else bias,
                field=(self.field or 0.0) / VACUUM_PERMEABILITY,
                transverse_field=(self.transverse_field or 0.0) / VACUUM_PERMEABILITY,
                temperature=self.temperature,
                read=read,
            )
        )


def ramp_time(way: float, slew: float | None) -> float:
    """Return the time in s that a way takes at a slew limit; inf where there is none, and nobody knows."""
    return math.inf if slew is None else abs(way) / slew
