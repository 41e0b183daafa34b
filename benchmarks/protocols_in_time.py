"""Bias curve, telegraph trace, gate step and noise spectrum, scored against the hidden truth over the wire.

python benchmarks/protocols_in_time.py [--worlds 40] [--only CASE ...]

Each world is the packaged virtual bench with a seed of its own (instruments' hidden errors, noise) and the truth named
below; the belief is `fig5-die`. Printed: pull (found - true)/sigma of each parameter with mean and width, the median of
sigma over the true value, and in how many worlds it was told. The hopping soft layer is compared with the barriers at
the wished gate: hidden errors of the gate (0.2 mV, at 3 kT a mV) widen its pulls, and are not the extraction's.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from smtjlab.instruments.bench import find_bench
from smtjlab.instruments.private_bench import InProcessBench, read_once, with_settings
from smtjlab.procedures.bias_curve import BiasCurve
from smtjlab.procedures.gate_step import GateStep
from smtjlab.procedures.noise_spectrum import NoiseSpectrum
from smtjlab.procedures.procedure import Procedure
from smtjlab.procedures.telegraph_trace import TelegraphTrace
from smtjlab.simulation.belief import Belief

CASES: dict[str, tuple[Procedure, str, dict[str, float]]] = {
    "bias curve": (
        BiasCurve(),
        'bias_half_tmr = "0.35 V"\nthermal_emf = "20 uV"',
        {"bias_half_tmr": 0.35, "resistance_antiparallel": 2000.0, "resistance_parallel": 1000.0},
    ),
    "telegraph noise": (
        TelegraphTrace(gate=0.35, readings=1500),
        "telegraph_noise = 2e-3\ntelegraph_rate = 20.0",
        {"barrier_low": float(np.log(1e9 / 20)), "barrier_high": float(np.log(1e9 / 20))},
    ),
    "hopping soft layer": (
        TelegraphTrace(gate=0.2755, readings=1500, nplc=0.1),
        "transverse_field = 20.0",
        {"barrier_low": float(np.log(1e9 / 19.79)), "barrier_high": float(np.log(1e9 / 1.113))},
    ),
    "gate step": (
        GateStep(),
        'piezo_creep = 0.02\nleakage_resistance = "2 Gohm"\nflicker_noise = "1e-9 um^2"',
        {"piezo_creep": 0.02, "leakage_resistance": 2e9},
    ),
    "noise spectrum": (
        NoiseSpectrum(readings=2048, nplc=0.1),
        'flicker_noise = "1e-8 um^2"',
        {"hooge": 1e-20, "flicker_exponent": 1.0},
    ),
}
"""Name to procedure, truth beside the preset, and the true values."""


def main() -> None:
    """Score every case and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=40, help="number of seeds")
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES), help="cases to score")
    wanted = parser.parse_args()
    worlds: int = wanted.worlds
    print(f"{worlds} worlds each{'':31} pull: mean   width   sigma/true   told")
    for case in wanted.only:
        procedure, truth, exact = CASES[case]
        found = list(scores(procedure, truth, exact, worlds))
        for k, (name, value) in enumerate(exact.items()):
            rows = np.array([one[k] for one in found if one[k] is not None]).reshape(-1, 2)
            pulls, sigma = (
                (rows[:, 0] - value) / rows[:, 1],
                np.median(rows[:, 1]) / abs(value) if len(rows) else np.nan,
            )
            mean, width = (pulls.mean(), pulls.std()) if len(rows) else (np.nan, np.nan)
            print(f"{case:20}{name:26}{mean:8.2f}{width:8.2f}{sigma:12.2g}{len(rows):7}", flush=True)


def scores(
    procedure: Procedure, truth: str, exact: dict[str, float], worlds: int
) -> Iterator[list[tuple[float, float] | None]]:
    """Yield value and uncertainty of each parameter, None where it is not told, world by world."""
    belief = Belief.preset("fig5-die")
    packaged = find_bench("virtual").read_text(encoding="utf-8").partition("[truth.device]")[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.toml"
        path.write_text(f'{packaged}[truth.device]\npreset = "fig5"\n{truth}\n', encoding="utf-8")
        for seed in range(1, worlds + 1):
            bench = with_settings(read_once(path, in_process=True), seed=seed, clock=None, factor=None)
            with InProcessBench(bench) as private:
                device = private.open().device
                setpoints = procedure.setpoints()
                device.check(setpoints)
                procedure.prepare(device)
                told = procedure.extraction([procedure.measure(device, one) for one in setpoints], belief)
            assert told is not None
            found = [told.estimate(name) for name in exact]
            yield [None if one is None else (one.value, one.uncertainty) for one in found]


if __name__ == "__main__":
    main()
