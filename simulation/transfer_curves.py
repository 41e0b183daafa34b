"""Transfer curves of many different junctions in one call, with their thermal spread.

A wafer of 10 000 junctions drawn from a belief about their process, on all cores:

    from smtjlab.simulation.transfer_curves import transfer_curves
    wafer = transfer_curves(Belief.load("fig5-die").draw(10_000, seed=1), np.linspace(0.2, 0.4, 41))
    wafer.conductance.std(axis=0)  # S, from junction to junction; wafer.spread is that of one junction in time

Work is cut into tiles of junctions and replicas, whose size depends on neither threads nor scheduler; trajectories are
numbered through the whole call. So the numbers are bit for bit those of one thread, wherever they come from.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .arguments import checked_count, checked_gates, checked_number
from .errors import Cancelled, ModelError
from .expectation_cache import ExpectationCache, content_key
from .gate_walk import Conditions, planned, walked
from .junction import Junction
from .landscape import FloatArray, JunctionArrays
from .models import Model, checked_well
from .scheduler import Progress, gathered
from .static import static_angle, static_conductance

if TYPE_CHECKING:
    from distributed import Client

    from .models import Well

_MODELS = (Model.STATIC, Model.BOLTZMANN, Model.SLLG)
_LANES = 1024
"""Most trajectories of a tile: enough to fill vectors and L1 blocks, few enough to share out and to cancel."""
_ROWS = {Model.STATIC: 2048, Model.BOLTZMANN: 32}
"""Junctions of a tile without trajectories; so few integrals `boltzmann` leaves to one thread, which is what it has."""
_SAMPLE = 16
"""Junctions whose plan stands for all where only the work is estimated."""
_SECONDS = {Model.STATIC: 5e-6, Model.BOLTZMANN: 2e-4, Model.SLLG: 4e-9}
"""Estimated work in s for one junction and gate, for `sllg` for one trajectory and step."""


@dataclass(frozen=True)
class TransferCurves:
    """Conductance over the gate of `j` junctions at `g` gates."""

    gate: FloatArray
    """Gates in V, shape (g,)."""
    conductance: FloatArray
    """<G> in S, shape (j, g)."""
    spread: FloatArray
    """Thermal standard deviation sigma_G in S at full bandwidth, shape (j, g); 0 for `static`. A reading of length T
    scatters by sigma_G (2 tau/T)^(1/2) only."""
    standard_error: FloatArray | None
    """Standard error of `conductance` in S from independent replicas, shape (j, g); None without two of them."""
    m_x: FloatArray
    """<m_x>, shape (j, g)."""
    burn_in: FloatArray
    """Time in s that trajectories lived at each gate before being averaged, the longest of all tiles, shape (g,)."""
    average: FloatArray
    """Time in s that trajectories were averaged over at each gate, the shortest of all tiles, shape (g,)."""


def transfer_curves(
    junctions: Sequence[Junction],
    gate: ArrayLike,
    *,
    model: Model | str = Model.BOLTZMANN,
    replicas: int = 1,
    seed: int = 0,
    average: float | None = None,
    burn_in: float | None = None,
    well: Well | str | int = "global",
    bias: float = 0.0,
    field: float = 0.0,
    step: float | None = None,
    threads: int | None = None,
    scheduler: Client | str | None = None,
    cache: ExpectationCache | None = None,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> TransferCurves:
    """Return the transfer curves at gates in V, a bias in V and a field along the major axis in A/m.

    For `sllg`, `replicas` trajectories of each junction walk along the gates in the given order with a time `step` in
    s; at each gate they are averaged over `average` s after `burn_in` s, both chosen from the relaxation times where
    None. One replica has no standard error: its samples in time are correlated. `threads` (None: all cores) or a
    Dask `scheduler` (see `gathered`) do the work; `progress` is told the fraction done. Raises ModelError, and
    Cancelled within 50 ms of `cancel`.
    """
    kind = Model.named(model)
    conditions = Conditions(
        checked_gates(gate),
        checked_count("replicas", replicas, 1),
        checked_count("seed", seed, 0),
        average,
        burn_in,
        checked_well(well),
        checked_number("bias", bias, "V"),
        checked_number("field", field, "A/m"),
        step,
    )
    _check(kind, junctions, conditions)

    compute = partial(
        _computed,
        kind,
        junctions,
        conditions,
        threads=threads,
        scheduler=scheduler,
        progress=progress,
        cancel=cancel,
    )
    if cache is None:
        return _curves(compute())
    key = content_key("transfer_curves", junctions=tuple(junctions), model=kind, conditions=conditions)
    return _curves(cache.recall(key, compute))


def _computed(
    kind: Model, junctions: Sequence[Junction], conditions: Conditions, **place: Any
) -> dict[str, FloatArray]:
    """Return the fields of `TransferCurves` that there are; `place` says where and how the work is gathered."""
    tiles = _tiles(junctions, kind, conditions.replicas)
    work = partial(_answered, kind, conditions)
    planning = place["scheduler"] is not None
    parts = gathered(work, tiles, seconds=_estimated(tiles, kind, conditions, planning=planning), **place)
    return _joined(tiles, parts, kind, conditions)


@dataclass(frozen=True)
class _Tile:
    """Some replicas of some junctions: what is done in one go."""

    first_junction: int
    junctions: tuple[Junction, ...]
    first: int
    """Number of the first trajectory in the whole call."""
    replicas: int


@dataclass(frozen=True)
class _Part:
    """What a tile answers: means (4, g, j) as `walked` returns them, and the times lived, (2, g)."""

    means: FloatArray
    times: FloatArray


def _tiles(junctions: Sequence[Junction], model: Model, replicas: int) -> list[_Tile]:
    if model is not Model.SLLG:
        rows = _ROWS[model]
        return [_Tile(k, tuple(junctions[k : k + rows]), k, 1) for k in range(0, len(junctions), rows)]
    together = max(1, _LANES // replicas)
    return [
        _Tile(k, tuple(junctions[k : k + together]), k * replicas + r, min(_LANES, replicas - r))
        for k in range(0, len(junctions), together)
        for r in range(0, replicas, _LANES)
    ]


def _estimated(tiles: Sequence[_Tile], model: Model, conditions: Conditions, *, planning: bool) -> list[float]:
    """Return the work of each tile in s on one core, from the plan of a few junctions; in proportion without one."""
    each = _SECONDS[model] * len(conditions.gate)
    if model is Model.SLLG and planning:
        each = _SECONDS[model] * planned(JunctionArrays(tiles[0].junctions[:_SAMPLE]), conditions).steps
    return [each * len(tile.junctions) * tile.replicas for tile in tiles]


def _answered(
    model: Model, conditions: Conditions, tile: _Tile, threads: int, progress: Progress, stop: threading.Event
) -> _Part:
    """Answer a tile, on a thread of this process or on a worker."""
    arrays = JunctionArrays(tile.junctions)
    if model is not Model.SLLG:
        return _without_trajectories(model, conditions, arrays, progress, stop)
    plan = planned(arrays, conditions, stop)
    means = walked(
        arrays,
        conditions,
        plan,
        first=tile.first,
        replicas=tile.replicas,
        threads=threads,
        progress=progress,
        cancel=stop,
    )
    return _Part(means, np.stack([plan.burn_in, plan.average]))


def _without_trajectories(
    model: Model, conditions: Conditions, arrays: JunctionArrays, progress: Progress, stop: threading.Event
) -> _Part:
    """Answer by the energy alone; <G^2> - <G>^2 would lose the variance to rounding, so it goes in their place."""
    means = np.zeros((4, len(conditions.gate), len(arrays)))
    for i, landscape in enumerate(conditions.landscapes(arrays)):
        if stop.is_set():
            raise Cancelled("The calculation was cancelled.")
        if model is Model.STATIC:
            angle = static_angle(landscape, conditions.well)
            means[0, i], means[2, i] = static_conductance(landscape, angle), np.cos(angle)
        else:
            from .boltzmann import boltzmann

            moments = boltzmann(landscape, conditions.well)
            means[0, i], means[1, i], means[2, i] = moments.conductance, moments.variance, moments.m_x
        progress((i + 1) / len(conditions.gate))
    return _Part(means, np.zeros((2, len(conditions.gate))))


def _joined(
    tiles: Sequence[_Tile], parts: Sequence[_Part], model: Model, conditions: Conditions
) -> dict[str, FloatArray]:
    """Return the fields of `TransferCurves`, those that are None left out."""
    by_junctions: dict[int, list[int]] = {}
    for number, tile in enumerate(tiles):
        by_junctions.setdefault(tile.first_junction, []).append(number)
    merged = [
        _merged([parts[k].means for k in group], [tiles[k].replicas for k in group]) for group in by_junctions.values()
    ]
    mean, square, m_x, scatter = np.concatenate(merged, axis=2).transpose(0, 2, 1)
    variance = square - mean**2 if model is Model.SLLG else square
    times = np.stack([part.times for part in parts])
    out = {
        "gate": conditions.gate,
        "conductance": mean,
        "spread": np.sqrt(np.maximum(variance, 0)),
        "m_x": m_x,
        "burn_in": times[:, 0].max(axis=0),
        "average": times[:, 1].min(axis=0),
    }
    if model is Model.SLLG and conditions.replicas > 1:
        out["standard_error"] = np.sqrt(scatter / (conditions.replicas - 1) / conditions.replicas)
    return {name: np.ascontiguousarray(values) for name, values in out.items()}


def _merged(means: Sequence[FloatArray], replicas: Sequence[int]) -> FloatArray:
    """Return the means of one junction's tiles together: sums of squared deviations add about the common mean."""
    if len(means) == 1:
        return means[0]
    weights = np.array(replicas, dtype=np.float64)[:, None, None]
    parts = np.stack(means)
    together: FloatArray = (parts * (weights / weights.sum())[:, None]).sum(axis=0)
    together[3] = parts[:, 3].sum(axis=0) + (weights * (parts[:, 0] - together[0]) ** 2).sum(axis=0)
    return together


def _curves(arrays: dict[str, FloatArray]) -> TransferCurves:
    return TransferCurves(**{field.name: arrays.get(field.name) for field in fields(TransferCurves)})  # type: ignore[arg-type]


def _check(model: Model, junctions: Sequence[Junction], conditions: Conditions) -> None:
    if model not in _MODELS:
        raise ModelError(f"`model` must be `static`, `boltzmann` or `sllg`, but is `{model}`.")
    if not junctions:
        raise ModelError("`junctions` must be one or more, but none was given.")
    if conditions.average is not None and not 0 < conditions.average < np.inf:
        raise ModelError(f"`average` must be a time above 0 s, but is {conditions.average} s.")
    if conditions.burn_in is not None and not 0 <= conditions.burn_in < np.inf:
        raise ModelError(f"`burn_in` must be a time of at least 0 s, but is {conditions.burn_in} s.")
