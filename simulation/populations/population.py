"""What the devices of a wafer are expected to be, before one is measured: thousands of draws and their distributions.

A device differs from what is believed of its kind for two reasons: nobody knows the kind exactly (the uncertainties of
the belief), and a process spreads (`ProcessSpread`). Each device of a population is drawn anew in both, at a place of
its own and under a place of the mask of its own: a population foretells any one device, not how two hang together.

Work is cut into chunks of `DEVICES`. The numbers of a chunk depend on seed, condition and the number of the chunk, on
nothing else: not on workers, their number, or which of them was lost.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.arguments import checked_count, checked_gates, checked_number
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.expectation_cache import ExpectationCache, content_key
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.linear_window import LinearWindowError, linear_window
from smtjlab.simulation.models import Model
from smtjlab.simulation.scheduler import Progress, gathered
from smtjlab.simulation.transfer_curves import transfer_curves

from .curve_figures import MultiplierDesign, figures_read, multiplier_errors, window_widths
from .process_spread import ProcessSpread

if TYPE_CHECKING:
    from distributed import Client

Floats = NDArray[np.float64]

DEVICES = 64
"""Devices of a chunk."""
MOST_DEVICES = 1_000_000
UNITS = {
    "resistance_parallel": "ohm",
    "resistance_antiparallel": "ohm",
    "tmr": "",
    "resistance_area": "ohm m^2",
    "threshold": "V",
    "slope": "S/V",
    "window": "V",
    "multiplier_error": "",
}
"""Figures of a population with their units: R_P, R_AP and TMR at the bias of reading, R_P times the area that was
drawn, V_th = +-(Gamma + nu), slope of the curve's middle (`ramp`), width of its own linear window, and product error on
the window of the device that is believed (see `multiplier_errors`)."""
_READ = "read_"
_SECONDS = {Model.STATIC: 2e-3, Model.BOLTZMANN: 1e-2, Model.SLLG: 1.0 / DEVICES}
"""Estimated work in s for one device; a chunk of `sllg` travels alone."""


@dataclass(frozen=True)
class Population:
    """Devices as they may come, `n` of them."""

    figures: Mapping[str, Floats]
    """Figures of `UNITS`, each (n,), SI; nan where a device has none (no linear window)."""
    read: Mapping[str, Floats]
    """What a recipe would read of them at its own gates, without noise, by the names of its figures, each (n,)."""
    gate: Floats
    """Gates in V, (g,)."""
    conductance: Floats
    """<G> in S, (n, g)."""
    window: tuple[float, float] | None
    """Linear window in V of the device that is believed; None where it has none, and so no multiplier error."""


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How devices of a population are read."""

    gate: Floats
    """Gates in V in the order of the walk, (g,)."""
    read: tuple[int, ...]
    """Those at which a recipe reads, by their numbers in `gate`."""
    model: Model = Model.BOLTZMANN
    bias: float = 0.0
    """V."""
    tolerance: float = 0.01
    """Integral nonlinearity of a linear window."""
    design: MultiplierDesign = field(default_factory=MultiplierDesign)
    replicas: int = 1
    """Trajectories of each device, `sllg` only."""
    average: float | None = None
    """Time in s that trajectories are averaged over at each gate; chosen from the relaxation where None."""


@dataclass(frozen=True)
class _Kind:
    """What chunks are drawn from."""

    belief: Belief
    process: ProcessSpread
    places: Floats | None
    """Places of devices in units of the radius, (m, 2); None for all over the wafer."""
    seed: int
    condition: str
    window: tuple[float, float] | None


def population(
    belief: Belief,
    process: ProcessSpread,
    n: int,
    gate: ArrayLike,
    *,
    seed: int = 0,
    condition: str = "",
    places: ArrayLike | None = None,
    read: Sequence[int] | None = None,
    model: Model | str = Model.BOLTZMANN,
    bias: float = 0.0,
    tolerance: float = 0.01,
    design: MultiplierDesign | None = None,
    replicas: int = 1,
    average: float | None = None,
    threads: int | None = None,
    scheduler: Client | str | None = None,
    cache: ExpectationCache | None = None,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Population:
    """Return `n` devices of a kind with their curves at gates in V, a bias in V.

    `condition` tells populations of one run apart, such as kinds of device: others of the same seed share no number.
    `places` (m, 2) are those of such devices on the wafer in units of its radius, each as likely. `read` are numbers of
    gates at which a recipe reads, all where None. Raises ModelError, JunctionError where devices cannot be, Cancelled.
    """
    how = _conditions(gate, read, model, bias, tolerance, design, replicas, average)
    window = _believed_window(belief.junction, how)
    kind = _Kind(belief, process, _checked_places(places), checked_count("seed", seed, 0), condition, window)
    if checked_count("n", n, 1) > MOST_DEVICES:
        raise ModelError(f"A population must be of at most {MOST_DEVICES} devices, but {n} are asked for.")
    compute = partial(_computed, kind, how, n, threads, scheduler, progress, cancel)
    if cache is None:
        return _population(compute(), kind, how)
    key = content_key("population", n=n, chunk=DEVICES, drawn_from=kind, conditions=how)
    return _population(cache.recall(key, compute), kind, how)


def devices(
    belief: Belief, process: ProcessSpread, rng: np.random.Generator, count: int, places: Floats | None = None
) -> list[Junction]:
    """Return the first `count` of the `DEVICES` devices that a generator draws. Raises JunctionError."""
    believed = belief.draw(count, int(rng.integers(2**62)))
    if places is None:
        radius, angle = np.sqrt(rng.random(DEVICES)), rng.uniform(0, 2 * np.pi, DEVICES)
        x, y = radius * np.cos(angle), radius * np.sin(angle)
    else:
        x, y = places[rng.integers(len(places), size=DEVICES)].T
    foretold = process.systematic(x, y) + process.reticle(DEVICES, rng)
    return [process.device(one, parts, rng) for one, parts in zip(believed, foretold[:count], strict=True)]


def _computed(
    kind: _Kind,
    conditions: Conditions,
    n: int,
    threads: int | None,
    scheduler: Client | str | None,
    progress: Progress | None,
    cancel: threading.Event | None,
) -> dict[str, Floats]:
    """Return what chunks answer, one after another."""
    chunks = [(k, min(DEVICES, n - k * DEVICES)) for k in range(-(-n // DEVICES))]
    parts = gathered(
        partial(_chunk, kind, conditions),
        chunks,
        seconds=[_SECONDS[conditions.model] * count for _, count in chunks],
        threads=threads,
        scheduler=scheduler,
        progress=progress,
        cancel=cancel,
    )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _chunk(
    kind: _Kind, conditions: Conditions, chunk: tuple[int, int], threads: int, progress: Progress, stop: threading.Event
) -> dict[str, Floats]:
    """Answer one chunk, of a number and so many devices, on a thread of this process or on a worker."""
    number, count = chunk
    rng = np.random.default_rng([kind.seed, zlib.crc32(kind.condition.encode()), number])
    walk = int(rng.integers(2**31))
    drawn = devices(kind.belief, kind.process, rng, count, kind.places)
    curves = transfer_curves(
        drawn,
        conditions.gate,
        model=conditions.model,
        replicas=conditions.replicas,
        seed=walk,
        average=conditions.average,
        bias=conditions.bias,
        threads=threads,
        progress=progress,
        cancel=stop,
    )
    return _figures(kind, conditions, drawn, curves.conductance)


def _figures(kind: _Kind, conditions: Conditions, drawn: Sequence[Junction], conductance: Floats) -> dict[str, Floats]:
    low = np.array([one.resistance_parallel for one in drawn])
    high = np.array([one.antiparallel_at(conditions.bias) for one in drawn])
    volts, area = conditions.gate, kind.belief.junction.area
    half = np.array([one.bias_half_tmr for one in drawn])
    numbers = list(conditions.read)
    read = figures_read(volts[numbers], conductance[:, numbers], area)
    error = np.full(len(drawn), np.nan)
    if kind.window is not None:
        error = multiplier_errors(
            conditions.design, volts, conductance, kind.window, parallel=low, half_bias=half, bias=conditions.bias
        )
    return {
        "resistance_parallel": low,
        "resistance_antiparallel": high,
        "tmr": high / low - 1,
        "resistance_area": area * low,
        "threshold": np.array([one.threshold_voltage for one in drawn]),
        "slope": figures_read(volts, conductance, area)["slope"],
        "window": window_widths(volts, conductance, conditions.tolerance),
        "multiplier_error": error,
        "conductance": conductance,
        **{f"{_READ}{name}": values for name, values in read.items()},
    }


def _population(arrays: Mapping[str, Floats], kind: _Kind, conditions: Conditions) -> Population:
    return Population(
        figures={name: arrays[name] for name in UNITS},
        read={name.removeprefix(_READ): values for name, values in arrays.items() if name.startswith(_READ)},
        gate=conditions.gate,
        conductance=arrays["conductance"],
        window=kind.window,
    )


def _conditions(
    gate: ArrayLike,
    read: Sequence[int] | None,
    model: Model | str,
    bias: float,
    tolerance: float,
    design: MultiplierDesign | None,
    replicas: int,
    average: float | None,
) -> Conditions:
    volts = checked_gates(gate)
    return Conditions(
        gate=volts,
        read=_checked_numbers(read, len(volts)),
        model=Model.named(model),
        bias=checked_number("bias", bias, "V"),
        tolerance=checked_number("tolerance", tolerance, ""),
        design=design or MultiplierDesign(),
        replicas=checked_count("replicas", replicas, 1),
        average=average,
    )


def _believed_window(junction: Junction, conditions: Conditions) -> tuple[float, float] | None:
    """Return the linear window of the believed device, without noise: by Boltzmann where trajectories are asked for."""
    model = Model.BOLTZMANN if conditions.model is Model.SLLG else conditions.model
    curve = transfer_curves([junction], conditions.gate, model=model, bias=conditions.bias, threads=1)
    try:
        found = linear_window(conditions.gate, curve.conductance[0], tolerance=conditions.tolerance)
    except LinearWindowError:
        return None
    return found.start, found.stop


def _checked_numbers(read: Sequence[int] | None, gates: int) -> tuple[int, ...]:
    if read is None:
        return tuple(range(gates))
    numbers = tuple(map(int, read))
    if not numbers or not all(0 <= one < gates for one in numbers):
        raise ModelError(f"`read` must be numbers of gates, 0 to {gates - 1}, but is {read!r}.")
    return numbers


def _checked_places(places: ArrayLike | None) -> Floats | None:
    if places is None:
        return None
    found = np.asarray(places, float)
    if found.ndim != 2 or found.shape[1:] != (2,) or not len(found) or not np.isfinite(found).all():
        raise ModelError(f"`places` must be finite pairs (m, 2), but have shape {found.shape}.")
    return found
