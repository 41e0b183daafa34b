"""A walk of trajectories along the gate: each gate warm-started from the one before, after a burn-in of its own.

How long a soft layer needs follows from tau: the relaxation time of small deviations or, near the threshold where
these say little, the correlation time of G, which shows the critical slowing and the hops between shallow wells. With
a thermal width s = (kT/H_1)^(1/2) in plane, a well that moved by d since the last gate leaves a memory d exp(-t/tau)
that falls below a twentieth of the standard error s/R^(1/2) of R replicas after

    t = tau (ln[(1 + d/s) R^(1/2)] + 3)

Where the well moved by more than a few widths, or unequal wells would have to exchange trajectories over a barrier,
the layer is populated anew from the Boltzmann weights of its wells instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import Cancelled
from .landscape import FloatArray, JunctionArrays, Landscape
from .models import Well
from .static import in_plane_stiffness, static_angle
from .step_size import accurate_step, checked_step, relaxation_time
from .wells import bistable, unequal_wells

if TYPE_CHECKING:
    from .ensemble import Ensemble

_WARM = 3.0
"""Relaxation times of a warm start beyond those that the formula counts: exp(-3) = 0.05."""
_ANEW = 12.0
"""Relaxation times after populating anew: the start is Gaussian, the well need not be."""
_FARTHEST = 2.0
"""Widths by which a well may move under warm trajectories; beyond, they would have to fall off a ridge first."""
_AVERAGED = 20.0
"""Relaxation times averaged over where nothing is asked: a trajectory's mean then scatters by 0.3 sigma_G."""
_SHORTEST, _LONGEST = 1e-10, 1e-6
"""Limits of a chosen time in s. A layer that needs more than 1 us (no field, no anisotropy) is no junction."""
_NEAR = 12.0
"""Near the threshold: stiffness H_1 in plane below so many (h_x kT)^(1/2), where the well is not yet parabolic."""
_RESOLVED = 1e-9
"""Smallest width in rad: where T = 0 leaves none, angles are told apart no finer."""
_ROWS = 1024
"""Landscapes looked at together, of several gates where the junctions are few: some 10 ms of work."""
_ASKED = 32
"""Most junctions of a tile whose correlation time is integrated; they stand for those with stiffnesses between."""
_HOPS = 8.0
"""Most relaxation times that tau may be: slower hops, over high barriers, are left to the Boltzmann weights."""


@dataclass(frozen=True)
class Conditions:
    """What is asked of every junction, by trajectories."""

    gate: FloatArray
    """Gates in V in the order of the walk, shape (g,)."""
    replicas: int
    seed: int
    average: float | None
    """Time in s averaged over at each gate; None: chosen from the relaxation time, as is `burn_in`."""
    burn_in: float | None
    well: Well
    bias: float
    """Bias in V."""
    field: float
    """Applied field along the major axis in A/m."""
    step: float | None
    """Time step in s; None: the largest accurate one."""

    def landscapes(self, arrays: JunctionArrays) -> Iterator[Landscape]:
        """Yield the landscapes of some junctions at each gate."""
        for volts in self.gate:
            yield arrays.landscape(volts, bias=self.bias, field=self.field)


@dataclass(frozen=True)
class Plan:
    """How some junctions walk together: all of them take the time that the slowest needs."""

    step: float
    """Time step in s."""
    burn_in: FloatArray
    """Time in s at each gate before averaging, shape (g,)."""
    average: FloatArray
    """Time in s averaged over at each gate, shape (g,)."""
    anew: NDArray[np.bool_]
    """Which junctions are populated anew at which gate, shape (g, j)."""

    @property
    def steps(self) -> float:
        """Number of time steps of the whole walk."""
        return float(np.sum(self.burn_in + self.average)) / self.step


@dataclass(frozen=True)
class Need:
    """What trajectories need that come from one gate to the next, arrays of shape (g, j)."""

    angle: FloatArray
    """Size of the static angle in rad."""
    tau: FloatArray
    """Time in s in which a layer forgets."""
    anew: NDArray[np.bool_]
    """Whether a layer must be populated anew."""
    wait: FloatArray
    """Time in s before averaging."""


def needed(
    landscape: Landscape, before: FloatArray | None, replicas: int, *, gates: int = 1, well: Well = "global"
) -> Need:
    """Return what `replicas` trajectories of each layer need at each of `gates`; the landscape is gate after gate.

    `before` are the static angles (1, j) in rad that they come from, None for the first time.
    """
    angle = np.abs(static_angle(landscape, well)).reshape(gates, -1)
    tau, thermal = _times(landscape, angle)
    widths = np.abs(np.diff(angle, axis=0, prepend=angle[:1] if before is None else before)) / thermal
    anew = _anew(landscape, well).reshape(angle.shape) | (widths > _FARTHEST)
    anew[0] |= before is None
    warm = _WARM + np.log((1 + np.minimum(widths, _FARTHEST)) * np.sqrt(replicas))
    return Need(angle, tau, anew, np.where(anew, np.maximum(_ANEW, warm), warm) * tau)


def planned(arrays: JunctionArrays, conditions: Conditions, cancel: threading.Event | None = None) -> Plan:
    """Return how junctions walk along the gates. Raises Cancelled, and ModelError for a step that is unstable."""
    steps, waits, averages, anew = [], [], [], []
    before: FloatArray | None = None
    together = max(1, _ROWS // len(arrays))
    for start in range(0, len(conditions.gate), together):
        if cancel is not None and cancel.is_set():
            raise Cancelled("The calculation was cancelled.")
        volts = conditions.gate[start : start + together]
        landscape = _over_gates(arrays, conditions, volts)
        asked = conditions.step
        steps.append(accurate_step(landscape) if asked is None else checked_step(landscape, asked))
        need = needed(landscape, before, conditions.replicas, gates=len(volts), well=conditions.well)
        waits.append(_chosen(conditions.burn_in, need.wait))
        averages.append(_chosen(conditions.average, _AVERAGED * need.tau))
        anew.append(need.anew)
        before = need.angle[-1:]
    return Plan(min(steps), np.concatenate(waits), np.concatenate(averages), np.concatenate(anew))


def walked(
    arrays: JunctionArrays,
    conditions: Conditions,
    plan: Plan,
    *,
    first: int,
    replicas: int,
    threads: int,
    progress: Callable[[float], object],
    cancel: threading.Event,
) -> FloatArray:
    """Return <G> (S), <G^2> (S^2), <m_x> and the replicas' summed squared deviations (S^2), shape (4, g, j).

    `replicas` trajectories of each junction live here, numbered from `first`. Raises Cancelled.
    """
    from .ensemble import SELDOM, Ensemble

    out = np.empty((4, len(conditions.gate), len(arrays)))
    spent, whole = 0.0, float(np.sum(plan.burn_in + plan.average))
    ensemble: Ensemble | None = None
    for i, landscape in enumerate(conditions.landscapes(arrays)):
        lanes = landscape.repeated(replicas)
        seed = (conditions.seed, i)
        start = partial(Ensemble, lanes, seed=seed, step=plan.step, well=conditions.well, threads=threads, first=first)
        ensemble = placed(ensemble, lanes, np.repeat(plan.anew[i], replicas), start)
        ensemble.run(float(plan.burn_in[i]), every=SELDOM, cancel=cancel)
        history = ensemble.run(float(plan.average[i]), cancel=cancel)
        out[:, i] = _over_replicas(history.conductance, history.conductance_squared, history.m_x, replicas)
        spent += float(plan.burn_in[i] + plan.average[i])
        progress(spent / whole)
    return out


def placed(
    ensemble: Ensemble | None, lanes: Landscape, anew: NDArray[np.bool_], start: Callable[[], Ensemble]
) -> Ensemble:
    """Return an ensemble in a landscape: warm from the one before, or started `anew` where it must be, shape (n,)."""
    if ensemble is None:
        return start()
    if not anew.any():
        ensemble.change(lanes)
        return ensemble
    fresh = start()
    fresh.magnetization = np.where(anew, fresh.magnetization, ensemble.magnetization)
    return fresh


def _anew(landscape: Landscape, well: Well) -> NDArray[np.bool_]:
    return unequal_wells(landscape) if well == "global" else bistable(landscape)


def _chosen(asked: float | None, needed: FloatArray) -> FloatArray:
    """Return the time in s for all junctions at each gate, from what each needs, shape (g, j)."""
    longest = np.clip(np.max(needed, axis=1), _SHORTEST, _LONGEST)
    return longest if asked is None else np.full_like(longest, asked)


def _over_gates(arrays: JunctionArrays, conditions: Conditions, volts: FloatArray) -> Landscape:
    """Return the landscapes of all junctions at the first gate, then at the second, and so on."""
    rest = arrays.landscape(0.0, bias=conditions.bias, field=conditions.field)
    rest = rest.at(np.tile(np.arange(len(arrays)), len(volts)))
    gate = np.repeat(volts, len(arrays))
    return replace(
        rest,
        in_plane=rest.in_plane + rest.in_plane_slope * gate,
        out_of_plane=rest.out_of_plane + rest.out_of_plane_slope * gate,
    )


def _times(landscape: Landscape, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return tau in s and the thermal width in rad of wells at an angle, shapes (g, j) as the angle's."""
    # At the threshold the well is quartic: see `relaxation_time` for the stiffness of (h_x kT)^(1/2).
    quartic = np.sqrt((np.hypot(landscape.field_x, landscape.field_y) + 1.0) / landscape.energy_scale)
    stiffness = in_plane_stiffness(landscape, angle.ravel())
    tau = relaxation_time(landscape)
    near = stiffness < _NEAR * quartic
    if near.any():
        from .boltzmann import boltzmann

        ratio = np.divide(stiffness, quartic, out=np.full_like(quartic, np.inf), where=near)
        some = np.flatnonzero(_spread_out(ratio.reshape(angle.shape)))
        tau[some] = np.clip(boltzmann(landscape.at(some)).correlation_time, tau[some], _HOPS * tau[some])
    width = 1 / np.sqrt(landscape.energy_scale * np.maximum(stiffness, quartic / 2 + 1e-12))
    return tau.reshape(angle.shape), np.maximum(width, _RESOLVED).reshape(angle.shape)


def _spread_out(values: FloatArray) -> NDArray[np.bool_]:
    """Return which values to look at: in each row a few finite ones, from the smallest to the largest."""
    order = np.argsort(values, axis=1, kind="stable")
    last = np.maximum(np.isfinite(values).sum(axis=1) - 1, 0)
    ranks = np.linspace(0, last, _ASKED, axis=1).astype(np.intp)
    chosen = np.zeros(values.shape, dtype=np.bool_)
    np.put_along_axis(chosen, np.take_along_axis(order, ranks, axis=1), True, axis=1)
    return chosen & np.isfinite(values)


def _over_replicas(conductance: FloatArray, squared: FloatArray, m_x: FloatArray, replicas: int) -> FloatArray:
    by_junction = conductance.reshape(-1, replicas)
    mean = by_junction.mean(axis=1)
    scatter = ((by_junction - mean[:, None]) ** 2).sum(axis=1)
    return np.stack([mean, squared.reshape(-1, replicas).mean(axis=1), m_x.reshape(-1, replicas).mean(axis=1), scatter])
