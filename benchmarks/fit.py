"""How long a fit of a transfer curve takes beside a plain one, and whether its pulls are standard normal.

python benchmarks/fit.py [--points 401] [--repeats 20] [--curves 200]

The peer is `scipy.optimize.curve_fit` of the same thermal curve in the four parameters of an aligned junction, from a
good start, without derivatives, common errors or reasons, in the same run. The default fit also looks for a stray field
and averages over it where it is not seen. Pulls are those of dies of `fig5-die` (3 % of spread) with 50 nS of scatter,
3e-4 of gain in the conductance and 2e-4 in the gate, all of them drawn anew for each curve.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from machine import machine
from scipy.optimize import curve_fit
from scipy.special import chdtrc

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.inference.static_fit import believed, fit_transfer

BELIEF = Belief.preset("fig5-die")
FIG5 = curve_parameters(BELIEF.junction)
HELD = believed(BELIEF)
FOUR = ("conductance_antiparallel", "threshold", "rotation_voltage", "resistance_parallel")
SCATTER = 5e-8


def readings(true: dict[str, float], points: int, rng: np.random.Generator) -> Observations:
    gate = np.linspace(0.0, 0.5, points)
    z_gain, z_gate = rng.standard_normal(2)
    curve = static_curve(gate * (1 + 2e-4 * z_gate), true) * (1 + 3e-4 * z_gain)
    read = curve + SCATTER * rng.standard_normal(points)
    return Observations(gate, read, np.full(points, SCATTER), {"gain": 3e-4 * read}, {"gate gain": 2e-4 * gate})


def plain(data: Observations) -> None:
    def model(gate: np.ndarray, *values: float) -> np.ndarray:
        return static_curve(gate, FIG5 | dict(zip(FOUR, values, strict=True)))

    start = [1.01 * FIG5[name] for name in FOUR]
    curve_fit(model, data.gate, data.conductance, start, data.scatter, absolute_sigma=True)


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    work()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return 1e3 * float(np.median(times))


def speed(points: int, repeats: int) -> None:
    rng = np.random.default_rng(1)
    print(f"{points} points, medians of {repeats}:")
    for ratio in (0.0, 0.001, 0.02):
        data = readings(FIG5 | {"transverse_ratio": ratio}, points, rng)
        own = milliseconds(lambda data=data: fit_transfer(data, HELD), repeats)
        four = milliseconds(lambda data=data: fit_transfer(data, HELD, free=FOUR, gate_sign=1), repeats)
        peer = milliseconds(lambda data=data: plain(data), repeats)
        print(
            f"  H_y/H_d = {ratio:<5g}: {own:5.1f} ms by default, {four:5.1f} ms aligned, curve_fit {peer:5.1f} ms; "
            f"ratios {own / peer:.2f} and {four / peer:.2f}"
        )


def pulls(curves: int) -> None:
    for ratio in (0.0, 0.001, 0.02):
        found: dict[str, list[float]] = {}
        chances = []
        for k in range(curves):
            true = curve_parameters(BELIEF.draw(1, k)[0]) | {"transverse_ratio": ratio}
            told = fit_transfer(readings(true, 101, np.random.default_rng((2, k))), HELD)
            for name in (*FOUR, "transverse_ratio"):
                one = told.estimate(name)
                if one is not None:
                    found.setdefault(name, []).append((one.value - true[name]) / one.uncertainty)
            chances.append(chdtrc(told.dof, told.chi_square))
        alarms = 100 * np.mean(np.array(chances) < 0.01)
        print(f"pulls of {curves} curves with H_y/H_d = {ratio:g}; p < 0.01 in {alarms:.1f} %:")
        for name, values in found.items():
            print(f"  {name:25} {len(values):4} told, mean {np.mean(values):+.2f}, width {np.std(values):.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=401)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--curves", type=int, default=200)
    asked = parser.parse_args()
    print(machine())
    speed(asked.points, asked.repeats)
    pulls(asked.curves)
