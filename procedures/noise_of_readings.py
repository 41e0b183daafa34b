"""1/f noise in measurements: how much of it they show together, and what it does to the readings of each."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading

from .observed import Observed
from .procedure import Procedure

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.chi_square import Floats, Observations
    from smtjlab.simulation.inference.slow_noise import SlowNoise
    from smtjlab.simulation.inference.told import Told

MOST = 400
"""Readings of a run beyond which nobody computes their covariance: a noise spectrum is asked itself."""
MOST_ROUNDS = 8
ELSEWHERE = 2 / 3
"""Part of a raw reading in which a meter looks at its own zero and reference (autozero), not at the signal."""
FEWEST_HELD = 4
"""Readings at one gate that make a round."""
NOISE = "1/f noise"
"""How the names of its errors begin."""
OF_ALL_RUNS = f"{NOISE} slower than runs"
"""Name of the error that all runs of one sitting share."""


@dataclass(frozen=True)
class Taken:
    """A measurement that is whole."""

    step: str
    """Name of its step, one of STEPS."""
    source: str
    """How it is named in a provenance."""
    procedure: Procedure
    readings: Sequence[Reading]
    slew: float | None = None
    """Rate in V/s at which the gate goes to 0 V where its bench is made safe; None: at once."""


def believed_density(belief: Belief) -> float:
    """Return K of the relative 1/f noise K/f that a junction is believed to have; 0 where none is."""
    from smtjlab.simulation.inference.slow_noise import density_of

    return density_of(belief.junction.hooge_parameter, belief.junction.area)


def noisy_observations(
    readings: Sequence[Reading], belief: Belief
) -> tuple[Observations, Floats, Floats, float] | None:
    """Return valid readings, their ends and lengths in s, (n,) each, and K of the relative 1/f noise K/f believed.

    Their scatter holds what no covariance of whole readings does. None where no noise is believed, or nobody knows
    when they were read. See `smtjlab.simulation.shared_noise`.
    """
    from smtjlab.simulation.shared_noise import FEWEST, beside

    density = believed_density(belief)
    observed = Observed.of(readings)
    used = observed.valid
    found = observed.observations(used)
    duration = np.array([one.duration for one, fine in zip(readings, used, strict=True) if fine])
    if not density > 0 or used.sum() < FEWEST or not np.ptp(observed.time[used]) > 0 or not duration.min() > 0:
        return None
    made_of = [one.made_of for one, fine in zip(readings, used, strict=True) if fine]
    size = density**0.5 * np.abs(found.conductance)
    scatter = [beside(*row) for row in zip(found.scatter, size, duration, made_of, strict=True)]
    return replace(found, scatter=np.array(scatter)), observed.time[used], duration, density


def noise_density(taken: Sequence[Taken], answers: Mapping[str, Told | str | None], before: Belief) -> float:
    """Return K of the relative 1/f noise K/f that measurements of a junction show.

    That of a noise spectrum, where one has told it; else what was believed `before`; else the median of what scatters
    too much in each of them.
    """
    from smtjlab.simulation.inference.slow_noise import density_of, density_seen

    seen = []
    for one in taken:
        told = answers.get(one.step)
        if told is None or isinstance(told, str):
            continue
        if (hooge := told.extraction.estimate("hooge")) is not None:
            return density_of(hooge.value, before.junction.area)
        if (noise := _noise(one.readings)) is not None:
            observed = Observed.of(one.readings)
            relative = float(np.median((observed.scatter / observed.value)[observed.valid]))
            seen.append(density_seen(told.extraction, relative, noise))
    known = [density for density in seen if density is not None]
    return believed_density(before) or (statistics.median(known) if known else 0.0)


def with_noise(readings: Sequence[Reading], density: float, source: str) -> list[Reading]:
    """Return readings whose uncertainties hold relative 1/f noise K/f: errors that they share, and scatter.

    The errors bear the name of their `source`: noise of another run is another one. But what is slower by far than a
    run stands still from run to run: it is one error of all of them.
    """
    noise = _noise(readings) if density > 0 else None
    if noise is None:
        return list(readings)
    valid = np.flatnonzero(Observed.of(readings).valid).tolist()
    out = list(readings)
    for column, place in enumerate(valid):
        one = readings[place]
        assert one.value is not None
        size = one.value * density**0.5
        shared = {f"{NOISE} {k + 1} of {source}": size * float(mode[column]) for k, mode in enumerate(noise.modes)}
        shared[OF_ALL_RUNS] = size * noise.slower**0.5
        own = float(np.hypot(one.uncertainty.independent, size * noise.scatter**0.5))
        common = {**one.uncertainty.common, **shared}
        out[place] = replace(one, uncertainty=replace(one.uncertainty, independent=own, common=common))
    return out


def with_believed_noise(readings: Sequence[Reading], belief: Belief) -> list[Reading]:
    """Return the readings of a run by itself, with the 1/f noise of a belief in their uncertainties."""
    return with_noise(readings, believed_density(belief), "this run")


def noise_apart(observations: Observations) -> tuple[Observations, dict[str, Floats]]:
    """Return observations without the 1/f noise of their own run, and by name what +1 sigma of it does to each (n,)."""
    own = {name: one for name, one in observations.common.items() if name.startswith(f"{NOISE} ") and " of " in name}
    rest = {name: one for name, one in observations.common.items() if name not in own}
    return replace(observations, common=rest), own


def _noise(readings: Sequence[Reading]) -> SlowNoise | None:
    """Return the 1/f noise of the valid readings; None where there are too few of them, or too many."""
    from smtjlab.simulation.inference.slow_noise import MODES, slow_noise

    observed = Observed.of(readings)
    time = observed.time[observed.valid]
    lengths = [length for length in map(_aperture, readings) if length > 0]
    if not 3 <= len(time) <= MOST or not lengths or not np.ptp(time) > 0:
        return None
    return slow_noise(time, float(np.median(lengths)), max(MODES, 2 * _rounds(readings) + 2))


def _aperture(reading: Reading) -> float:
    """Return from the begin of a reading's first integration of the signal to the end of its last, in s."""
    span = sum(one.duration for one in reading.stimuli if one.read)
    return span * (1 - ELSEWHERE / reading.repeats)


def _rounds(readings: Sequence[Reading]) -> int:
    """Return how many gates, up to MOST_ROUNDS, are held for a while each, as all else goes the same way at each again.

    Noise with as many bows as there are such rounds is told from what the rounds measure only as an error of its own.
    """
    gates = [one.setpoint.gate for one in readings]
    held = 1 + sum(one != other for one, other in pairwise(gates))
    return min(held, MOST_ROUNDS) if held * FEWEST_HELD <= len(gates) else 1
