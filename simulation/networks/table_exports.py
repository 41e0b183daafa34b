"""Device tables in the words of aihwkit 1.1 and CrossSim 3.2, as plain values that JSON holds.

A pair of gates that move in opposite directions is one weight, w = (G+ - G-)/k within -limit ... limit. What neither
program can express is left out, and said below.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from smtjlab.simulation.arguments import checked_count
from smtjlab.simulation.errors import ModelError

from .device_table import DeviceTable
from .two_layer import FloatArray
from .weight_store import pair_scale

_MICRO = 1e6
_LEAST = 1e-3
"""Share of the least conductance of a table below which none is believed to droop."""
_MOST_NODES = 63
"""The GPU kernel of aihwkit takes fewer than 64 nodes."""


def aihwkit_step_device(
    table: DeviceTable, steps: int, *, nodes: int = 21, limit: float = 1.0, step_time: float = 0.0
) -> dict[str, Any]:
    """Return the fields of `aihwkit.simulator.configs.devices.PiecewiseStepDevice` for `steps` gate steps.

    One pulse moves one gate of the pair up and the other one down by a step. The nodes are steps of the weight at
    equally spaced weights, over their mean `dw_min`. Spreads between devices follow from the scatter of the table,
    and `lifetime` from the droop in `step_time` s between updates: aihwkit lets weights decay towards 0, which is what
    the droop of both gates does where the curve is straight. Raises ModelError.
    """
    checked_count("steps", steps, 1)
    if not 2 <= checked_count("nodes", nodes, 2) <= _MOST_NODES:
        raise ModelError(f"`nodes` must be from 2 to {_MOST_NODES}, but is {nodes}.")
    scale = pair_scale(float(table.conductance[0]), float(table.conductance[-1]), limit)
    pair = _pair_gates(table, nodes)
    step = float(table.gate[-1] - table.gate[0]) / steps
    up = _moved(table, pair, step) / scale
    down = -_moved(table, pair, -step) / scale
    mean = float(np.mean([up, down]))
    spread = np.gradient(table.scatter, table.gate)
    uneven = np.hypot(*(table.at(gates, np.asarray(spread)) for gates in pair)) * abs(step) / scale
    ends = float(np.hypot(table.scatter[0], table.scatter[-1])) / scale / limit
    return {
        "w_min": -limit, "w_max": limit, "w_min_dtod": ends, "w_max_dtod": ends,
        "dw_min": mean, "dw_min_dtod": float(np.mean(uneven)) / mean, "dw_min_std": 0.0,
        "up_down": 0.0, "up_down_dtod": 0.0,
        "piecewise_up": (up / mean).tolist(), "piecewise_down": (down / mean).tolist(),
        "lifetime": table.droop_time / step_time if step_time > 0 and math.isfinite(table.droop_time) else 0.0,
        "lifetime_dtod": 0.0, "reset_std": 0.0,
    }  # fmt: skip


def aihwkit_read_noise(table: DeviceTable, *, limit: float = 1.0) -> dict[str, Any]:
    """Return the fields of aihwkit's `IOParameters` for the noise of readings: one size for all weights.

    It is the root of the mean square over the table, of two devices.
    """
    scale = pair_scale(float(table.conductance[0]), float(table.conductance[-1]), limit)
    noise = math.sqrt(2) * _root_mean_square(table.read_noise) / scale
    return {"w_noise": noise, "w_noise_type": "AdditiveConstant" if noise else "None"}


def aihwkit_noise_model(table: DeviceTable, steps: int, time: float, *, first_time: float = 1e-6) -> dict[str, Any]:
    """Return the fields of `aihwkit.inference.StateIndependentNoiseModel` for an inference at `time` in s.

    `g_min` and `g_max`, for its `SinglePairConductanceConverter`, and the errors of programming are in uS: scatter
    and half steps of the gate, a parabola in G/G_max. aihwkit drifts by the power law (t/t_0)^-nu: the mean of nu
    over the table gives the droop at `time` after `first_time` = t_0, and no other time. Its spread is that between
    devices; how droop depends on G is left out, since aihwkit would make noise of it, device by device. Gates that
    droop out of the table go on along the slope at its end. Read noise grows there with G; its scale is right in the
    mean over the table, at `time`. Raises ModelError.
    """
    checked_count("steps", steps, 1)
    if not (0 < time < math.inf and 0 < first_time < math.inf):
        raise ModelError(f"`time` and `first_time` must be above 0 s, but are {time:g} and {first_time:g} s.")
    largest = float(table.conductance[-1])
    share = table.conductance / largest
    step = float(table.gate[-1] - table.gate[0]) / steps
    programming = np.hypot(table.scatter, table.slope * step / math.sqrt(12))
    gates, logarithm = table.gate * math.exp(-time / table.droop_time), math.log1p(time / first_time)
    drooped = _beyond(table, gates)
    exponents = np.log(table.conductance / drooped) / logarithm
    uneven = (table.scatter / table.conductance - table.at(gates, table.scatter) / drooped) / logarithm
    reading = 250e-9
    growth = math.sqrt(math.log((time + first_time + reading) / (2 * reading))) if time + first_time > reading else 1.0
    parabola = np.polynomial.Polynomial.fit(share, programming * _MICRO, 2).convert().coef
    return {
        "g_min": float(table.conductance[0]) * _MICRO, "g_max": largest * _MICRO,
        "prog_coeff": [float(one) for one in np.pad(parabola, (0, 3 - len(parabola)))],
        "drift_nu_mean": float(np.mean(exponents)), "drift_nu_std": _root_mean_square(uneven),
        "t_0": first_time, "t_read": reading,
        "read_noise_scale": _root_mean_square(table.read_noise / share) * _MICRO / growth,
    }  # fmt: skip


def crosssim_parameters(table: DeviceTable, steps: int) -> dict[str, Any]:
    """Return what `CrossSimParameters.from_json` of CrossSim 3.2 reads: two-sided pairs of generic normal devices.

    Magnitudes are fractions of G_max, roots of mean squares over the table. The generic devices have levels equally
    far apart, 2^bits of them, and no drift: droop is left out, and so is the curve, which programming corrects.
    """
    checked_count("steps", steps, 1)
    largest = float(table.conductance[-1])

    def normal(size: float) -> dict[str, Any]:
        return {
            "enable": size > 0,
            "model": "NormalIndependentDevice" if size > 0 else "IdealDevice",
            "magnitude": size,
        }

    device = {
        "Rmin": 1 / largest,
        "Rmax": 1 / float(table.conductance[0]),
        "cell_bits": int(math.log2(steps + 1)),
        "clip_conductance": False,
        "read_noise": normal(_root_mean_square(table.read_noise) / largest),
        "programming_error": normal(_root_mean_square(table.scatter) / largest),
    }
    return {"core": {"style": "BALANCED", "balanced": {"style": "TWO_SIDED"}}, "xbar": {"device": device}}


def _pair_gates(table: DeviceTable, nodes: int) -> FloatArray:
    """Return the gates in V of G+ and G-, shape (2, nodes), for weights from -limit to limit."""
    plus = np.linspace(table.conductance[0], table.conductance[-1], nodes)
    return np.asarray(np.stack([table.gate_at(plus), table.gate_at(plus[::-1])]))


def _beyond(table: DeviceTable, gates: FloatArray) -> FloatArray:
    """Return conductances in S at gates in V that may lie outside of a table: there along the slope at its end.

    Where a table ends, the device does not: its last conductance would hide what gates near the end lose.
    """
    inside = np.clip(gates, min(table.gate[[0, -1]]), max(table.gate[[0, -1]]))
    slope = np.where(table.sign * (gates - inside) < 0, table.slope[0], table.slope[-1])
    return np.asarray(
        np.maximum(table.conductance_at(inside) + slope * (gates - inside), _LEAST * table.conductance[0])
    )


def _moved(table: DeviceTable, pair: FloatArray, step: float) -> FloatArray:
    """Return the change of G+ - G- in S, shape (nodes,), by one step of both gates in opposite directions.

    The ends of the table are not in the way: aihwkit cuts off at w_min and w_max itself. A local slope stands for a
    step that leads out.
    """
    low, high = sorted((float(table.gate[0]), float(table.gate[-1])))
    change = np.zeros(pair.shape[1])
    for gates, sign in ((pair[0], 1.0), (pair[1], -1.0)):
        target = gates + sign * step
        inside = (target >= low) & (target <= high)
        whole = table.conductance_at(target) - table.conductance_at(gates)
        change += sign * np.where(inside, whole, table.at(gates, table.slope) * sign * step)
    return change


def _root_mean_square(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))
