"""The verdict on runs of the analog circuits, scored on virtual benches whose truth and noise are drawn anew each time.

python benchmarks/circuit_verdicts.py [--seeds 40] [--first 1000] [--processes 1] [--only multiplier ...]
    [--model sllg] [--save FILE]

Each seed draws the junctions of a packaged bench, 3 % about those that are believed, the hidden errors of its
instruments within their specifications, and the noise. A small grid is measured with the real drivers over the
in-process wire, setpoint by setpoint as the procedure asks for them (a multiplier is trimmed first, a crossbar
programmed); engine and journal are left out. Then the model that `smtjlab run` lets live beside a run judges it, as
many copies and, unless --model says otherwise, trajectories. Junctions that no trim can null are told, not judged.

Where the belief is right (RIGHT) p should be uniform, the mean of chi-square over its degrees of freedom 1, and one run
in a thousand called different. Printed are mean and standard error; the p-value of Kolmogorov and Smirnov's test of the
p-values, which falls below 0.001 for one right case in a thousand; and the share of `differs` at 0.1 %, with the
interval of Clopper and Pearson, which holds the true share in 95 % of all cases or more. Where the bench differs from
what is believed in one respect (WRONG) the share is what is caught. `--wrong 10`: for how many seeds those are tried.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

BELIEF = "fig5-die"
MODEL = "sllg"
"""As of `smtjlab run`."""
LEVEL = 0.95


@dataclass(frozen=True)
class Case:
    """A run, and in what the bench differs from what is believed of it."""

    name: str
    bench: str
    procedure: str
    parameters: Mapping[str, Any]
    edits: tuple[tuple[str, str, str], ...] = ()
    """File of the bench, regular expression, and what really stands there."""


MULTIPLIER: Mapping[str, Any] = {"input_points": 5, "gate_points": 5}
ACTIVE: Mapping[str, Any] = {"points": 7}
PASSIVE: Mapping[str, Any] = {"points": 7, "form": "passive"}
PRODUCT: Mapping[str, Any] = {"size": 2}
SYNAPSE: Mapping[str, Any] = {"steps": 8, "cycles": 1, "hold": 10.0, "hold_points": 2}
TRUTH = r"preset = .fig5."
HYSTERESIS = 'preset = "fig5"\npiezo_hysteresis = 0.02\npiezo_hysteresis_voltage = 0.6'
FALLING = 'preset = "fig5"\nbias_half_tmr = "0.4 V"'
RIGHT = (
    Case("multiplier", "multiplier", "multiplier", MULTIPLIER),
    Case("divider, active", "divider", "divider", ACTIVE),
    Case("divider, passive", "divider", "divider", PASSIVE),
    Case("matrix-product", "crossbar", "matrix-product", PRODUCT),
    Case("synapse", "virtual", "synapse", SYNAPSE),
)
WRONG = (
    Case("multiplier, R_s 5 % low", "multiplier", "multiplier", MULTIPLIER,
         (("circuits/multiplier.toml", r'"50 ohm"', '"47.5 ohm"'),)),
    Case("multiplier, one R_s 5 % low", "multiplier", "multiplier", MULTIPLIER,
         (("circuits/multiplier.toml", r'(?s)(\[resistors\.series\].*?)"50 ohm"', r'\1"47.5 ohm"'),)),
    Case("divider, R_s 5 % low", "divider", "divider", PASSIVE,
         (("circuits/divider.toml", r'"1 Mohm"', '"0.95 Mohm"'),)),
    Case("multiplier, hysteresis", "multiplier", "multiplier", MULTIPLIER,
         (("multiplier.toml", TRUTH, HYSTERESIS),)),
    Case("divider, hysteresis", "divider", "divider", ACTIVE, (("divider.toml", TRUTH, HYSTERESIS),)),
    Case("synapse, hysteresis", "virtual", "synapse", SYNAPSE, (("virtual.toml", TRUTH, HYSTERESIS),)),
    Case("multiplier, falling TMR", "multiplier", "multiplier", MULTIPLIER, (("multiplier.toml", TRUTH, FALLING),)),
    Case("divider, falling TMR", "divider", "divider", ACTIVE, (("divider.toml", TRUTH, FALLING),)),
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """One run and its verdict."""

    case: str
    seed: int
    chi_square: float
    dof: int
    p: float
    belief_p: float
    differs: bool
    seconds: float


def judge(case: Case, seed: int, model: str = MODEL) -> Judged | None:
    """Measure one run on a bench of this seed, and return what the model beside it says; None where none was whole."""
    from smtjlab.procedures.errors import ProcedureMistake
    from smtjlab.procedures.find import find_procedure

    began = time.perf_counter()
    procedure = find_procedure(case.procedure).from_values(dict(case.parameters))
    try:
        readings, circuit = _measured(case, procedure, seed)
    except ProcedureMistake as error:
        print(f"{case.name}, seed {seed}: {error}", file=sys.stderr)
        return None
    beside = _beside(circuit, seed, model)
    for reading in readings:
        beside.answer(reading)
    found = beside.verdict()
    assert found.p_value is not None
    belief_p = 1.0 if found.belief_p_value is None else found.belief_p_value
    return Judged(
        case.name, seed, found.chi_square, found.dof, found.p_value, belief_p, not found.agrees,
        time.perf_counter() - began,
    )  # fmt: skip


def _measured(case: Case, procedure: Any, seed: int) -> tuple[list[Any], dict[str, Any] | None]:
    """Return the readings, and the circuit as its file says that it is; None of a single junction."""
    from smtjlab.instruments.bench import find_bench
    from smtjlab.instruments.bench_circuit import circuit_of
    from smtjlab.instruments.private_bench import InProcessBench, read_once, with_settings

    packaged = find_bench(case.bench)
    stated = read_once(packaged, in_process=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(packaged.parent / "circuits", folder / "circuits")
        shutil.copy(packaged, folder)
        for file, before, after in case.edits:
            text, count = re.subn(before, after, (folder / file).read_text(encoding="utf-8"))
            assert count, (case.name, file)
            (folder / file).write_text(text, encoding="utf-8")
        own = read_once(folder / packaged.name, in_process=True)
        with InProcessBench(with_settings(own, seed=seed, clock="virtual", factor=None)) as private:
            station = private.open()
            under_test = procedure.reached(station)
            under_test.check(procedure.setpoints())
            procedure.prepare(under_test)
            try:
                readings = _taken(procedure, under_test)
            finally:
                assert station.make_safe().safe
    return readings, circuit_of(stated).to_dict() if stated.has_circuit else None


def _taken(procedure: Any, under_test: Any) -> list[Any]:
    """Return the readings of a whole run: of a list of setpoints, or of those that the procedure proposes."""
    from smtjlab.procedures.adaptive import AdaptiveProcedure
    from smtjlab.simulation.belief import Belief

    if not isinstance(procedure, AdaptiveProcedure):
        return [procedure.measure(under_test, setpoint) for setpoint in procedure.setpoints()]
    belief, readings = Belief.load(BELIEF), []
    while (asked := procedure.propose(readings, belief).setpoint) is not None:
        readings.append(procedure.measure(under_test, asked))
    return readings


def _beside(circuit: dict[str, Any] | None, seed: int, model: str) -> Any:
    from smtjlab.procedures.beside import COPIES, BesideJunction
    from smtjlab.procedures.beside_circuit import BesideCircuit
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.models import Model

    if circuit is None:
        return BesideJunction(Belief.load(BELIEF), Model.named(model), seed)
    return BesideCircuit(circuit, Belief.load(BELIEF), Model.named(model), seed=seed, copies=COPIES)


def table(found: Sequence[Judged]) -> list[str]:
    """Return the lines of the table: one a case, in their order."""
    lines = [
        f"{'case':<28} {'runs':>4} {'χ²/ν':>14} {'KS p':>8} {'smallest p':>10} {'differ':>10} {'95 %':>16} {'s':>6}"
    ]
    for name in dict.fromkeys(one.case for one in found):
        mine = [one for one in found if one.case == name]
        ratios = np.array([one.chi_square / one.dof for one in mine])
        error = np.std(ratios, ddof=1) / math.sqrt(len(mine)) if len(mine) > 1 else math.nan
        differ = sum(one.differs for one in mine)
        low, high = share_interval(differ, len(mine))
        p = [one.p for one in mine]
        lines.append(
            f"{name:<28} {len(mine):>4} {np.mean(ratios):>7.3g} ± {error:<5.2g} {uniformity(p):>7.2g} {min(p):>10.2g} "
            f"{differ:>5} of {len(mine):<3} {100 * low:>5.1f} to {100 * high:>4.1f} % "
            f"{np.median([one.seconds for one in mine]):>6.1f}"
        )
    return lines


def uniformity(p: Sequence[float]) -> float:
    """Return the chance of numbers that are uniform between 0 and 1 to lie as far from it (Kolmogorov, Smirnov)."""
    from scipy.stats import kstest

    return float(kstest(p, "uniform").pvalue)


def share_interval(count: int, of: int) -> tuple[float, float]:
    """Return the interval of Clopper and Pearson for a share."""
    from scipy.stats import binomtest

    found = binomtest(count, of).proportion_ci(LEVEL, method="exact")
    return float(found.low), float(found.high)


def scored(asked: argparse.Namespace) -> list[Judged]:
    """Return the verdicts, saved as they come, one seed of all cases after another."""
    cases = [one for one in (*RIGHT, *WRONG) if not asked.only or one.name in asked.only]
    work = [
        (case, asked.first + number, asked.model)
        for number in range(asked.seeds)
        for case in cases
        if case in RIGHT or number < asked.wrong
    ]
    found = []
    with ProcessPoolExecutor(asked.processes) as pool:
        for one in pool.map(judge, *zip(*work, strict=True)):
            if one is None:
                continue
            found.append(one)
            if asked.save:
                with asked.save.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(one)) + "\n")
    return sorted(found, key=lambda one: [case.name for case in cases].index(one.case))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--wrong", type=int, default=10, help="seeds for each case of a wrong belief or circuit")
    parser.add_argument("--first", type=int, default=1000, help="the first seed")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--only", action="append", default=[], help="a case; repeatable")
    parser.add_argument("--save", type=Path, help="append each verdict to this file, one JSON line each")
    parser.add_argument("--again", type=Path, action="append", default=[], help="run nothing; the table of such files")
    asked = parser.parse_args(arguments)
    if asked.again:
        rows = [line for path in asked.again for line in path.read_text(encoding="utf-8").splitlines()]
        found = [Judged(**json.loads(line)) for line in rows]
    else:
        found = scored(asked)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
