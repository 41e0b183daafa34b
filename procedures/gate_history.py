"""What a junction has lived through before a run: the piezo remembers it, and what is extracted must know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.stimulus import Stimulus

ALIKE = 1e-4
"""Gates in V that differ by less are one interval of a history."""


RAMP_STEPS = 20
"""Intervals that stand for the ramp with which a bench is made safe."""


def with_history(
    readings: Sequence[Reading], before: Sequence[Sequence[Reading]], slew: float | None = None
) -> list[Reading]:
    """Return the readings of a run, the first with all that earlier runs on the same bench have done to the gate.

    `before` are the readings of the earlier runs, oldest first. After each the bench was made safe: the gate went to
    0 V at `slew` in V/s (None: at once) and rested there. A bench's clock that stands earlier than before has been
    started anew since: what came before is not known, and is left out.
    """
    if not readings:
        return []
    lived: list[Stimulus] = []
    end: float | None = None
    for run in [*(one for one in before if one), readings]:
        begin = run[0].time - sum(stimulus.duration for stimulus in run[0].stimuli)
        if end is not None:
            gate = lived[-1].gate if lived else 0.0
            lived = [*lived, *_rest(gate, begin - end, slew)] if begin >= end else []
        if run is not readings:
            lived += condensed([stimulus for reading in run for stimulus in reading.stimuli])
        end = run[-1].time
    first = replace(readings[0], stimuli=(*lived, *readings[0].stimuli))
    return [first, *readings[1:]]


def _rest(gate: float, duration: float, slew: float | None) -> list[Stimulus]:
    """Return the way of a gate to 0 V and its rest there, `duration` s together."""
    way = 0.0 if not slew else min(abs(gate) / slew, duration)
    levels = gate * (1 - (np.arange(RAMP_STEPS) + 0.5) / RAMP_STEPS) if way > 0 else np.zeros(0)
    ramp = [Stimulus(duration=way / RAMP_STEPS, gate=level) for level in levels.tolist()]
    return [*ramp, Stimulus(duration=duration - way)]


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
