"""A domain wall in a track below a tunnel junction: its position is the weight, grooves hold it, heat makes it creep.

    conductance   G = G_P x/L + G_AP (1 - x/L)          (the width of the wall is neglected)
    a pulse       dx = mu (|J| - J_c)+ sign(J) t, with scatter, clipped to 0..L, then to the nearest groove
    grooves       n of them, both ends included, L/(n - 1) apart; a push of at most half of that is lost (dead zone)
    creep         hops of one groove, each way at f_0 exp(-Delta)

Sources: physics.md sections 8 and 9; grooves as in refs. [16] and [29] of arXiv:2411.02636. All defaults are
assumptions, chosen so that a nanosecond at some 5e10 A/m^2 moves the wall by one groove.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from smtjlab.simulation.arguments import checked_count
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.landscape import FloatArray

from .checks import check_within, checked_array, checked_states

_MOST_HOPS = 1e15
"""Mean number of hops beyond which their count has no exact difference left."""
_ROUNDING = 1e-9
"""Fraction of a pitch by which a push may miss half a pitch and still be one half."""


@dataclass(frozen=True, kw_only=True)
class DomainWall:
    """A track with one wall in it. Its state is the position x of the wall in m, from 0 (G_AP) to L (G_P)."""

    length: float = 320e-9
    """L in m."""
    states: int | None = 17
    """Number n of grooves, both ends included; None: the track is smooth, and the wall stops anywhere."""
    conductance_parallel: float = 1e-3
    """G_P in S, the wall at L."""
    conductance_antiparallel: float = 0.5e-3
    """G_AP in S, the wall at 0."""
    mobility: float = 5e-10
    """mu in m^3/(A s): speed of the wall per current density above the threshold."""
    threshold: float = 1e10
    """J_c in A/m^2, below which a wall stays."""
    scatter: float = 0.0
    """Standard deviation sigma_x in m of the displacement by one pulse above the threshold."""
    barrier: float = 40.0
    """Delta in kT between grooves."""
    attempt_frequency: float = 1e9
    """f_0 in 1/s."""
    pulse_step: float | None = None
    """Displacement in m that the pulses of `update` are meant to give; None: from one groove to the next."""
    pulse_duration: float = 1e-9
    """Length in s of the pulses of `update`."""
    cross_section: float = 5e-16
    """Cross-section in m^2 of the heavy metal that carries the current (100 nm by 5 nm)."""
    resistivity: float = 2e-6
    """Resistivity in ohm m of the heavy metal."""

    def __post_init__(self) -> None:
        for name, unit in (("length", "m"), ("mobility", "m^3/(A s)"), ("cross_section", "m^2"),
                           ("resistivity", "ohm m"), ("conductance_parallel", "S"), ("pulse_duration", "s"),
                           ("attempt_frequency", "1/s")):  # fmt: skip
            check_within(name, getattr(self, name), 0, math.inf, unit, above=True)
        for name, unit in (("threshold", "A/m^2"), ("scatter", "m"), ("barrier", "kT"),
                           ("conductance_antiparallel", "S")):  # fmt: skip
            check_within(name, getattr(self, name), 0, math.inf, unit)
        if self.states is not None:
            checked_count("states", self.states, 2)
        if self.pulse_step is not None:
            check_within("pulse_step", self.pulse_step, 0, self.length, "m", above=True)
        if self.conductance_parallel <= self.conductance_antiparallel:
            raise ModelError(
                "`conductance_parallel` must be above `conductance_antiparallel`, but they are "
                f"{self.conductance_parallel:g} and {self.conductance_antiparallel:g} S."
            )

    @property
    def span(self) -> float:
        """G_P - G_AP in S."""
        return self.conductance_parallel - self.conductance_antiparallel

    @property
    def lowest(self) -> float:
        """The state of least conductance: 0 m."""
        return 0.0

    @property
    def highest(self) -> float:
        """The state of greatest conductance: L in m."""
        return self.length

    @property
    def pitch(self) -> float:
        """Distance of neighbouring grooves in m. Raises ModelError for a smooth track."""
        if self.states is None:
            raise ModelError("The pitch must be that of grooves, but this track is smooth.")
        return self.length / (self.states - 1)

    @property
    def quantisation_error(self) -> float:
        """Largest distance in S of a conductance from the nearest groove's: (G_P - G_AP)/(2 (n - 1)); 0 if smooth."""
        return 0.0 if self.states is None else self.span / (2 * (self.states - 1))

    @property
    def hop_rate(self) -> float:
        """Hops a second to one neighbouring groove: f_0 exp(-Delta). The other way it is the same."""
        return self.attempt_frequency * math.exp(-self.barrier)

    @property
    def track_resistance(self) -> float:
        """Resistance in ohm of the heavy metal along the track."""
        return self.resistivity * self.length / self.cross_section

    def conductance(self, position: ArrayLike) -> FloatArray:
        """Return the conductance in S of walls at positions in m. Raises ModelError outside of 0..L."""
        share = checked_states("position", position, 0.0, self.length, "m") / self.length
        return self.conductance_parallel * share + self.conductance_antiparallel * (1 - share)

    def position(self, conductance: ArrayLike) -> FloatArray:
        """Return where in m walls have conductances in S, grooves or none. Raises ModelError outside of G_AP..G_P."""
        low, high = self.conductance_antiparallel, self.conductance_parallel
        return (checked_states("conductance", conductance, low, high, "S") - low) / self.span * self.length

    def snapped(self, position: ArrayLike) -> FloatArray:
        """Return the nearest groove in m of positions in m; the positions themselves on a smooth track."""
        at = checked_states("position", position, 0.0, self.length, "m")
        return at if self.states is None else self.pitch * np.rint(at / self.pitch)

    def displacement(self, current_density: ArrayLike, duration: ArrayLike) -> FloatArray:
        """Return dx in m by current densities in A/m^2 over durations in s: without scatter, ends and grooves."""
        density, time = checked_array("current_density", current_density), checked_array("duration", duration)
        if (time < 0).any():
            raise ModelError(f"`duration` must be 0 s or more, but holds {time[time < 0].ravel()[0]:g}.")
        driven = np.maximum(np.abs(density) - self.threshold, 0.0)
        return np.asarray(self.mobility * driven * np.sign(density) * time)

    def density_for(self, displacement: ArrayLike, duration: float) -> FloatArray:
        """Return the current density in A/m^2 that moves a wall by dx in m within a duration in s; 0 for 0."""
        check_within("duration", duration, 0, math.inf, "s", above=True)
        wanted = checked_array("displacement", displacement)
        needed = np.abs(wanted) / (self.mobility * duration) + self.threshold
        return np.asarray(np.sign(wanted) * needed)

    def moved(
        self, position: ArrayLike, current_density: ArrayLike, duration: ArrayLike, rng: np.random.Generator
    ) -> FloatArray:
        """Return where in m walls rest after one pulse each: densities in A/m^2, durations in s, broadcast.

        Scatter belongs to pulses above the threshold only. Raises ModelError where a position lies outside of 0..L.
        """
        at = checked_states("position", position, 0.0, self.length, "m")
        at, push = np.broadcast_arrays(at, self.displacement(current_density, duration))
        push = push + np.where(push != 0, self.scatter * rng.standard_normal(push.shape), 0.0)
        return self._rest(np.clip(at + push, 0.0, self.length), push)

    def update(self, position: ArrayLike, pulses: ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Return positions in m after signed whole numbers of equal pulses, each meant to give `pulse_step`.

        Raises ModelError where a number is not whole, or a smooth track has no `pulse_step`.
        """
        signed = checked_array("pulses", pulses)
        if (signed != np.rint(signed)).any():
            raise ModelError(
                f"`pulses` must be whole numbers, but hold {signed[signed != np.rint(signed)].ravel()[0]:g}."
            )
        at, signed = np.broadcast_arrays(np.asarray(position, dtype=np.float64), signed)
        density = self._pulse_density()
        for done in range(int(np.abs(signed).max(initial=0))):
            active = np.where(np.abs(signed) > done, np.sign(signed), 0.0)
            at = self.moved(at, density * active, self.pulse_duration, rng)
        return checked_states("position", at, 0.0, self.length, "m")

    def crept(self, position: ArrayLike, time: float, rng: np.random.Generator) -> FloatArray:
        """Return where in m walls in grooves are after a time in s without current.

        Hops each way are Poisson numbers of mean f_0 exp(-Delta) t, their difference is folded back at the ends: a
        wall at an end does not hop beyond it. Exact for any time. Raises ModelError for a smooth track, whose walls
        this picture does not hold.
        """
        check_within("time", time, 0, math.inf, "s")
        mean = self.hop_rate * time
        if mean > _MOST_HOPS:
            raise ModelError(f"Hops within `time` must be at most {_MOST_HOPS:g} on average, but are {mean:g}.")
        pitch, grooves = self.pitch, self.states
        assert grooves is not None
        at = np.rint(checked_states("position", position, 0.0, self.length, "m") / pitch).astype(np.int64)
        free = at + rng.poisson(mean, at.shape) - rng.poisson(mean, at.shape)
        folded = np.mod(free, 2 * grooves)
        return np.asarray(pitch * np.where(folded < grooves, folded, 2 * grooves - 1 - folded))

    def pulse_energy(self, current_density: ArrayLike, duration: ArrayLike) -> FloatArray:
        """Return I^2 R t in J of pulses: densities in A/m^2 through the cross-section, durations in s."""
        current = checked_array("current_density", current_density) * self.cross_section
        return np.asarray(current**2 * self.track_resistance * checked_array("duration", duration))

    def energy(self, position: ArrayLike, pulses: ArrayLike) -> FloatArray:
        """Return what the pulses of `update` burn in J; where the wall is does not matter to it."""
        one = self.pulse_energy(self._pulse_density(), self.pulse_duration)
        return np.asarray(one * np.abs(checked_array("pulses", pulses)) + 0 * np.asarray(position, dtype=np.float64))

    def _pulse_density(self) -> float:
        if self.pulse_step is None and self.states is None:
            raise ModelError("A smooth track must have a `pulse_step` to be updated by pulses, but has none.")
        step = self.pitch if self.pulse_step is None else self.pulse_step
        return float(self.density_for(step, self.pulse_duration))

    def _rest(self, at: FloatArray, push: FloatArray) -> FloatArray:
        """Return the nearest groove; half way between two, the one that the wall came from."""
        if self.states is None:
            return at
        along = at / self.pitch
        half = 0.5 - _ROUNDING
        return np.asarray(self.pitch * np.where(push > 0, np.ceil(along - 1 + half), np.floor(along + 1 - half)))
