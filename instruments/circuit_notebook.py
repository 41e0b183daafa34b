"""What the junctions of a circuit see between two readings: one timeline, told device by device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.stimulus import Stimulus

from .stimulus_notebook import StimulusNotebook


@dataclass(frozen=True, slots=True)
class Interval:
    """A time in which nothing changed but what drifts."""

    duration: float
    """s."""
    levels: Mapping[str, float]
    """Level of each source, in V or A."""
    field: float
    """A/m."""
    transverse_field: float
    """A/m."""
    temperature: float | None
    """K."""
    read: bool


class CircuitNotebook(StimulusNotebook):
    """The notebook of a device, for many sources. The bias of a junction is the circuit's affair: it is told as 0 V."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.levels = {}
        self._intervals: list[Interval] = []

    def begin(self) -> None:
        """Forget everything; from this moment on all sources are at 0 and under our eyes."""
        super().begin()
        self.levels, self._intervals = {}, []

    def seen_by(self, gates: Mapping[str, str | None]) -> dict[str, tuple[Stimulus, ...]]:
        """Return the stimuli of each device since the last call; `gates` names the source of its gate, None: none."""
        intervals, self._intervals = self._intervals, []
        return {device: _told(intervals, gate) for device, gate in gates.items()}

    def _append(
        self, duration: float, *, gate: float | None = None, bias: float | None = None, read: bool = False
    ) -> None:
        self._intervals.append(
            Interval(
                duration,
                dict(self.levels),
                (self.field or 0.0) / VACUUM_PERMEABILITY,
                (self.transverse_field or 0.0) / VACUUM_PERMEABILITY,
                self.temperature,
                read,
            )
        )


def _told(intervals: list[Interval], gate: str | None) -> tuple[Stimulus, ...]:
    """Return the stimuli of one device; intervals in which nothing changed for it are one."""
    told: list[Stimulus] = []
    for one in intervals:
        stimulus = Stimulus(
            duration=one.duration,
            gate=one.levels.get(gate or "", 0.0),
            field=one.field,
            transverse_field=one.transverse_field,
            temperature=one.temperature,
            read=one.read,
        )
        if told and not one.read and _alike(told[-1], stimulus):
            stimulus = _joined(told.pop(), stimulus)
        told.append(stimulus)
    return tuple(told)


def _alike(first: Stimulus, second: Stimulus) -> bool:
    names = ("gate", "field", "transverse_field", "temperature", "read")
    return all(getattr(first, name) == getattr(second, name) for name in names)


def _joined(first: Stimulus, second: Stimulus) -> Stimulus:
    fields = second.to_dict() | {"duration": first.duration + second.duration}
    return Stimulus.from_dict(fields)
