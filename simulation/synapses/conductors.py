"""The other conductors that the paper names: ladders where one is honest, words where not.

    grains      each pulse switches every grain left with probability p: mean n (1 - (1 - p)^P), which saturates
    skyrmions   each pulse makes one with probability p: mean p P up to n, which does not
    exchange-biased grains   a pulse of height J turns all grains whose threshold is below it: a sigmoid of J

Of arXiv:2411.02636, refs. [18] (antiferromagnet), [19] (granular), [20] (skyrmions), [27] (CMOS). Numbers, thresholds
and probabilities are assumptions; what is fixed is how they make ladders. All three stay when pulses end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.arguments import checked_count
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.landscape import FloatArray

from .checks import check_within, checked_array, checked_states


@dataclass(frozen=True, kw_only=True)
class _Ladder:
    """A conductance that counts `elements` alike. The state is how many are on, from 0 to `elements`."""

    elements: int
    """How many grains or skyrmions there can be."""
    probability: float
    """Chance of one to be switched, made or removed by one pulse."""
    conductance_min: float = 0.5e-3
    """S, none on."""
    conductance_max: float = 1e-3
    """S, all on."""
    energy_per_pulse: float = math.nan
    """J; nan: nobody knows."""

    def __post_init__(self) -> None:
        checked_count("elements", self.elements, 1)
        check_within("probability", self.probability, 0, 1, "", above=True)
        check_within("conductance_min", self.conductance_min, 0, math.inf, "S")
        if not self.conductance_min < self.conductance_max < math.inf:
            raise ModelError(
                f"`conductance_max` must be finite and above `conductance_min`, but they are {self.conductance_max:g} "
                f"and {self.conductance_min:g} S."
            )

    @property
    def span(self) -> float:
        """Conductance in S from none to all."""
        return self.conductance_max - self.conductance_min

    @property
    def lowest(self) -> float:
        """The state of least conductance: none."""
        return 0.0

    @property
    def highest(self) -> float:
        """The state of greatest conductance: all."""
        return float(self.elements)

    def conductance(self, count: ArrayLike) -> FloatArray:
        """Return the conductance in S of counts, whole or mean ones. Raises ModelError outside of 0..`elements`."""
        share = checked_states("count", count, 0.0, self.elements, "elements") / self.elements
        return self.conductance_min + self.span * share

    def energy(self, count: ArrayLike, pulses: ArrayLike) -> FloatArray:
        """Return what pulses burn in J; nan where `energy_per_pulse` is not known."""
        each = self.energy_per_pulse * np.abs(checked_array("pulses", pulses))
        return np.asarray(each + 0 * np.asarray(count, dtype=np.float64))

    def _asked(self, count: ArrayLike, pulses: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return counts and signed numbers of pulses as whole numbers of one shape."""
        at = checked_states("count", count, 0.0, self.elements, "elements")
        signed = checked_array("pulses", pulses)
        for name, values in (("count", at), ("pulses", signed)):
            if (values != np.rint(values)).any():
                raise ModelError(f"`{name}` must be whole, but holds {values[values != np.rint(values)].ravel()[0]:g}.")
        whole, steps = np.broadcast_arrays(at.astype(np.int64), signed.astype(np.int64))
        return whole, steps


@dataclass(frozen=True, kw_only=True)
class GranularLayer(_Ladder):
    """A soft layer of grains that switch independently, all with the same chance by pulses of one height."""

    elements: int = 50
    probability: float = 0.05

    def mean(self, pulses: ArrayLike) -> FloatArray:
        """Return the mean number of switched grains after pulses from none: n (1 - (1 - p)^P).

        A memristor's exponential, with A = -1/ln(1 - p) pulses.
        """
        return np.asarray(self.elements * (1 - (1 - self.probability) ** checked_array("pulses", pulses)))

    def update(self, count: ArrayLike, pulses: ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Return how many grains are on after signed whole numbers of pulses: binomial numbers of those left."""
        at, signed = self._asked(count, pulses)
        chance = (
            -np.expm1(np.abs(signed) * np.log1p(-self.probability)) if self.probability < 1 else 1.0 * (signed != 0)
        )
        switched = rng.binomial(np.where(signed >= 0, self.elements - at, at), chance)
        return (at + np.sign(signed) * switched).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class SkyrmionLayer(_Ladder):
    """A soft layer in which each pulse makes, or removes, at most one skyrmion: alike, and without mutual repulsion."""

    elements: int = 16
    probability: float = 0.9

    def mean(self, pulses: ArrayLike) -> FloatArray:
        """Return the mean number of skyrmions after pulses from none while none meets the end: p P, n at most."""
        return np.asarray(np.minimum(self.probability * checked_array("pulses", pulses), self.elements))

    def update(self, count: ArrayLike, pulses: ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Return the number of skyrmions after signed whole numbers of pulses: up to one each, within 0..n."""
        at, signed = self._asked(count, pulses)
        made = rng.binomial(np.abs(signed), self.probability)
        return np.clip(at + np.sign(signed) * made, 0, self.elements).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class ExchangeBiasedLayer:
    """A ferromagnet on an antiferromagnet: grains with thresholds of a logistic law, turned by the height of pulses.

    The state is the direction of every grain, an array (..., n) of -1 and 1; a number of pulses means nothing, since
    the same pulse again turns nothing more. A Preisach model with symmetric loops.
    """

    grains: int = 200
    median: float = 1e11
    """Current density J_0 in A/m^2 that turns half of the grains."""
    width: float = 1e10
    """Width w of the law in A/m^2: a share 1/(1 + exp((J_0 - J)/w)) is turned by J."""
    conductance_min: float = 0.5e-3
    conductance_max: float = 1e-3

    def __post_init__(self) -> None:
        checked_count("grains", self.grains, 1)
        check_within("median", self.median, 0, math.inf, "A/m^2", above=True)
        check_within("width", self.width, 0, self.median, "A/m^2", above=True)
        check_within("conductance_min", self.conductance_min, 0, math.inf, "S")
        check_within("conductance_max", self.conductance_max, self.conductance_min, math.inf, "S", above=True)

    @property
    def thresholds(self) -> FloatArray:
        """Current density in A/m^2 that turns each grain, shape (n,), rising: quantiles of the law, 0 at least."""
        share = (np.arange(self.grains) + 0.5) / self.grains
        return np.maximum(self.median + self.width * np.log(share / (1 - share)), 0.0)

    @property
    def saturated(self) -> FloatArray:
        """All grains at -1, shape (n,): the state of least conductance."""
        return np.full(self.grains, -1.0)

    def pulsed(self, state: ArrayLike, current_density: ArrayLike) -> FloatArray:
        """Return states (..., n) after one pulse each of signed current densities in A/m^2, shape (...)."""
        height = checked_array("current_density", current_density)[..., None]
        turned = np.abs(height) > self.thresholds
        return np.where(turned, np.sign(height), np.asarray(state, dtype=np.float64))

    def conductance(self, state: ArrayLike) -> FloatArray:
        """Return the conductance in S of states (..., n), shape (...)."""
        share = (np.mean(np.asarray(state, dtype=np.float64), axis=-1) + 1) / 2
        return np.asarray(self.conductance_min + (self.conductance_max - self.conductance_min) * share)

    def sigmoid(self, current_density: ArrayLike) -> FloatArray:
        """Return the conductance in S after one pulse up of a height in A/m^2 on a saturated layer of many grains."""
        share = 1 / (1 + np.exp((self.median - checked_array("current_density", current_density)) / self.width))
        return np.asarray(self.conductance_min + (self.conductance_max - self.conductance_min) * share)


@dataclass(frozen=True)
class Conductor:
    """A row of the table: what a conductor is, and why it has or has no ladder here."""

    name: str
    states: str
    linearity: str
    volatile: str
    source: str
    why_not: str
    """What stands against a model, or against believing it too much."""


CONDUCTORS = (
    Conductor(
        "s-MTJ", "continuous", "a hyperbola; 1 % from straight over 20 to 30 mV", "yes: while the gate is held",
        "arXiv:2411.02636", "",
    ),
    Conductor(
        "memristor", "tens, with scatter", "exponential, asymmetric", "no", "[25], [26]; NeuroSim MLP V3.0",
        "One exponential for all devices; real ones differ from sample to sample and with the height of pulses.",
    ),
    Conductor(
        "grooved domain wall", "as many as grooves", "straight ladder", "no, but it creeps", "[16], [28], [29]",
        "One rigid wall that no groove deforms; grooves alike.",
    ),
    Conductor(
        "antiferromagnet under the soft layer", "as many as grains", "sigmoid of the height of a pulse", "no", "[18]",
        "The reference shows Hall resistance of a bilayer, not a tunnel junction; it has no equal pulses, so that "
        "potentiation by counting does not apply.",
    ),
    Conductor(
        "granular soft layer", "as many as grains", "saturates like a memristor", "no", "[19]",
        "The reference is, by its title, on the microstructure of FePt-C films; independent grains with one chance are "
        "assumed.",
    ),
    Conductor(
        "skyrmions", "as many as fit", "straight on average, binomial scatter", "no, within a field", "[20]",
        "The reference reads Hall resistance, not a tunnel junction; skyrmions that are alike and do not repel each "
        "other are assumed.",
    ),
    Conductor(
        "CMOS", "continuous", "of a transistor in its ohmic region: straight in its gate, bent by its own voltage",
        "yes: while the gate is held", "[27]",
        "No ladder: the conductors of the reference are memristors, which transistors select. A transistor by itself "
        "has no pulses to count, and its law belongs to a circuit simulator.",
    ),
)  # fmt: skip
"""All conductors that the paper names. References are those of arXiv:2411.02636."""
