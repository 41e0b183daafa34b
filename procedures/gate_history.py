"""What a junction has lived through before a run: the piezo remembers it, and what is extracted must know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.stimulus import Stimulus

ALIKE = 1e-4
"""Gates in V that differ by less are one interval of a history."""


def with_history(readings: Sequence[Reading], before: Sequence[Sequence[Reading]]) -> list[Reading]:
    """Return the readings of a run, the first with all that earlier runs on the same bench have done to the gate.

    `before` are the readings of the earlier runs, oldest first. Between runs the gate rests at 0 V. A bench's clock
    that stands earlier than before has been started anew since: what came before is not known, and is left out.
    """
    if not readings:
        return []
    lived: list[Stimulus] = []
    end: float | None = None
    for run in [*(one for one in before if one), readings]:
        begin = run[0].time - sum(stimulus.duration for stimulus in run[0].stimuli)
        if end is not None:
            lived = [*lived, Stimulus(duration=begin - end)] if begin >= end else []
        if run is not readings:
            lived += condensed([stimulus for reading in run for stimulus in reading.stimuli])
        end = run[-1].time
    first = replace(readings[0], stimuli=(*lived, *readings[0].stimuli))
    return [first, *readings[1:]]


def condensed(stimuli: Sequence[Stimulus]) -> list[Stimulus]:
    """Return the gates and durations of stimuli, neighbours at the same gate as one interval; none of them is read."""
    out: list[Stimulus] = []
    for one in stimuli:
        if out and abs(out[-1].gate - one.gate) < ALIKE:
            whole = out[-1].duration + one.duration
            gate = out[-1].gate if whole == 0 else (out[-1].gate * out[-1].duration + one.gate * one.duration) / whole
            out[-1] = Stimulus(duration=whole, gate=gate)
        else:
            out.append(Stimulus(duration=one.duration, gate=one.gate))
    return out
