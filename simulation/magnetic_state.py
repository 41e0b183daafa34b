"""The slow magnetic state of junctions: which way the hard layer points, and which of two wells the soft layer is in.

The hard layer reverses when the applied field along the easy axis, against it, exceeds its coercivity. The soft layer
falls into the well in whose basin it was when the wells appeared, and changes wells at the rates of thermal escape.
Wells that exchange often while a reading lasts, or that are mirror images, answer together: the average over both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .junction import Junction
from .landscape import FloatArray, JunctionArrays, Landscape
from .occupancy import TwoStates
from .static import static_angle
from .stimulus import Stimulus

if TYPE_CHECKING:
    from .well_pairs import WellPairs

MANY = 1e4
"""Expected changes of the well in a reading from which it is the average over both that is read."""
_RESTLESS = 1e-9
"""Escapes a second from which a well counts as one that may be left."""
_HOPS = 7919
"""Tells the random numbers of hops from those of other things with the same seed."""


@dataclass(frozen=True)
class Occupation:
    """How `n` junctions spent a time."""

    hard_layer: FloatArray | None
    """1 where the hard layer points as it was made, -1 where it is reversed, shape (n,); None: all as made."""
    share: FloatArray | None
    """Share of the time in the well of side 1, shape (n,), nan where there is one well or the average of both; None:
    nan everywhere."""

    def is_like(self, other: Occupation) -> bool:
        """Return whether both were spent with the same hard layers, by the same junctions in wells of their own."""
        if not (_equal(self.hard_layer, other.hard_layer) and (self.share is None) == (other.share is None)):
            return False
        return self.share is None or _equal(np.isnan(self.share), np.isnan(np.asarray(other.share)))

    def joined(self, other: Occupation, weight: float) -> Occupation:
        """Return both times as one, `weight` being the share of the other in it."""
        if self.share is None or other.share is None:
            return self
        return Occupation(self.hard_layer, self.share + weight * (other.share - self.share))


class MagneticState:
    """Hard layers and occupied wells of `n` junctions, which have rested at 0 V without a field for ever."""

    def __init__(self, junctions: Sequence[Junction], *, seed: int) -> None:
        self._count = len(junctions)
        alike = all(junction == junctions[0] for junction in junctions)
        self._arrays = JunctionArrays(junctions[:1] if alike else junctions)
        self._coercivity = np.array([junction.hard_layer_coercivity for junction in junctions[: len(self._arrays)]])
        self._softest = float(self._coercivity.min())
        self._rng = np.random.default_rng([seed, _HOPS])
        self._hard: FloatArray | None = None
        self._seen = Stimulus(duration=0.0)
        self._gate = np.zeros(len(self._arrays))
        self._pairs: WellPairs | None = None
        self._process = TwoStates(np.zeros((2, 1)))
        self._first = np.ones(self._count, dtype=bool)

    @property
    def restless(self) -> bool:
        """Whether a well may be left, by any of the junctions, while conditions stay as they are."""
        return self._pairs is not None and bool((self._process.leave > _RESTLESS).any())

    @property
    def in_wells(self) -> bool:
        """Whether any of the junctions had two unequal wells when they were looked at last: then time may matter."""
        return self._pairs is not None

    @property
    def signature(self) -> tuple[float | bool | None, ...]:
        """What the future of the first junction depends on: equal signatures and equal conditions lead to the same."""
        hard = None if self._hard is None else float(self._hard[0])
        if self._pairs is not None and self._pairs.exists[0]:
            return hard, bool(self._first[0])
        return hard, float(self._gate[0]), self._seen.field, self._seen.transverse_field

    def live(self, gate: FloatArray, stimulus: Stimulus) -> None:
        """Advance by one stimulus, at effective gates in V, shape (n,)."""
        if self._enter(gate, stimulus):
            self._first = self._process.after(self._first, stimulus.duration, self._rng)

    def read(self, gate: FloatArray, stimulus: Stimulus) -> Occupation:
        """Advance by one stimulus and return how it was spent."""
        if not self._enter(gate, stimulus):
            return Occupation(self._spread(self._hard), None)
        assert self._pairs is not None
        process = self._process
        share, self._first = process.spent(self._first, stimulus.duration, self._rng)
        alone = ~self._pairs.exists | (process.changes(stimulus.duration) >= MANY)
        return Occupation(self._spread(self._hard), np.where(alone, np.nan, share))

    # Getting there

    def _enter(self, gate: FloatArray, stimulus: Stimulus) -> bool:
        """Let the conditions of a stimulus act at once; return whether any junction then has two unequal wells."""
        gate = gate[: len(self._arrays)]
        if self._pairs is not None and self._is_as_before(gate, stimulus):
            return True
        before = self._seen, self._gate, self._hard, self._pairs
        self._reverse(stimulus.field)
        self._seen, self._gate = stimulus, gate
        self._pairs = None
        if self._one_well(gate, stimulus):
            return False
        from .well_pairs import WellPairs  # compiled code: only who needs it waits for it

        pairs = WellPairs.of(self._landscape(gate, stimulus, self._hard))
        if not pairs.exists.any():
            return False
        self._first = np.broadcast_to(pairs.holds_first(self._angle(*before)), (self._count,)).copy()
        self._pairs, self._process = pairs, TwoStates(pairs.rate)
        return True

    def _is_as_before(self, gate: FloatArray, stimulus: Stimulus) -> bool:
        seen = self._seen
        return (
            stimulus.field == seen.field
            and stimulus.transverse_field == seen.transverse_field
            and stimulus.temperature == seen.temperature
            and np.array_equal(gate, self._gate)
        )

    def _reverse(self, field: float) -> None:
        """Let the hard layers follow an applied field in A/m that is stronger than they can bear."""
        if abs(field) <= self._softest:
            return
        hard = np.ones(len(self._arrays)) if self._hard is None else self._hard
        self._hard = np.where(abs(field) > self._coercivity, -np.sign(field), hard)

    def _one_well(self, gate: FloatArray, stimulus: Stimulus) -> bool:
        """Return whether each soft layer surely has one well, or two that are mirror images. Takes microseconds."""
        if self._arrays.straight and self._hard is None and not (stimulus.field or stimulus.transverse_field):
            return self._arrays.stay_aligned(gate)
        stiffness, x, y = self._arrays.in_plane(gate, stimulus.field, stimulus.transverse_field, self._hard)
        inside = (np.abs(x) < np.abs(stiffness)) & (np.abs(y) < np.abs(stiffness))
        if not self._arrays.skewed:
            inside &= (stiffness > 0) | (y != 0)
        return not inside.any()

    def _landscape(self, gate: FloatArray, stimulus: Stimulus, hard: FloatArray | None) -> Landscape:
        return self._arrays.landscape(
            gate,
            field=stimulus.field,
            transverse_field=stimulus.transverse_field,
            temperature=stimulus.temperature,
            hard_layer=hard,
        )

    def _angle(self, seen: Stimulus, gate: FloatArray, hard: FloatArray | None, pairs: WellPairs | None) -> FloatArray:
        """Return the angles in rad at which the soft layers were, shape (n,); of mirror wells either."""
        landscape = self._landscape(gate, seen, hard)
        if pairs is None:
            angle = static_angle(landscape)
            either = np.where(self._rng.random(self._count) < 0.5, 1, -1)
            return np.asarray(np.where(landscape.field_y == 0, either * np.abs(angle), angle))
        alone = np.flatnonzero(~pairs.exists)
        angle = np.full(len(landscape), np.nan)
        if len(alone):
            angle[alone] = static_angle(landscape.at(alone))
        return np.where(pairs.exists, np.where(self._first, pairs.angle[0], pairs.angle[1]), angle)

    def _spread(self, values: FloatArray | None) -> FloatArray | None:
        return None if values is None else np.broadcast_to(values, (self._count,))


def _equal(one: NDArray[Any] | None, other: NDArray[Any] | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))
