"""What is extracted, scored against the hidden truth of virtual dies that are measured through the wire.

python benchmarks/dies.py [--dies 200] [--first 1000] [--processes 2] [--only transfer-curve ...] [--save FILE]

Each die is a bench `two_axis` of its own seed: junction parameters that differ by 3 %, instruments with hidden errors
within their specifications, noise. It is characterised as `smtjlab characterise` does it, each step's procedure with
its own ranges, but fewer points and one raw reading a point (COMPACT); prepared and measured point by point with the
real drivers over the in-process wire, the bench made safe after it. Only the engine's processes, journals and shadows
are left out. Nobody but the last line of `score_die` looks
at the truth.

Printed for every parameter of every step, and for the fields of the junction file at the end: pull (found - true)/sigma
with its mean and width, mean error and standard error, and how often the 95 % interval holds the truth, by the coverage
factor of `smtjlab.simulation.inference.coverage`. The last lines give the coverage over all pairs of die and field, and
the chance that right intervals leave 95 +- 2 % (exact binomial, pairs taken as independent).
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

BENCH = "two_axis"
JUNCTION = "fig5-die"
FLICKER = 1e-21
"""Hooge parameter in m^2 (1e-9 um^2, the usual size), as the bench file has it."""
COMPACT: Mapping[str, Mapping[str, Any]] = {
    "field-loop": {"points": 21, "averaging": 1},
    "minor-loop": {"points": 21, "averaging": 1},
    "transverse-loop": {"points": 17, "averaging": 1},
    "transfer-curve": {"points": 31, "averaging": 1},
    "gated-field-loops": {"points": 13, "averaging": 1},
    "gate-step": {"averaging": 1},
    "bias-curve": {"points": 6, "averaging": 1},
    "noise-spectrum": {},
}
"""The steps that are taken, and how they differ from those of `smtjlab characterise`: by fewer readings."""
NOISY = "flicker_noise = 1e-21"
LEVEL = 0.95
TOLERANCE = 0.02
FILE = "junction file"


@dataclass(frozen=True)
class Score:
    """One parameter of one die."""

    die: int
    step: str
    """Step of the characterisation; `junction file` for what all of them tell together."""
    name: str
    true: float
    found: float
    sigma: float
    half_width: float
    """Of the 95 % interval."""


@dataclass(frozen=True)
class Silence:
    """A step or a parameter that told nothing of a die, and why."""

    die: int
    step: str
    name: str
    reason: str


def score_die(seed: int, only: Sequence[str] = (), flicker: float = FLICKER) -> list[Score | Silence]:
    """Return the scores of one die, its bench switched on with this seed; `flicker` is its Hooge parameter in m^2."""
    from smtjlab.instruments.bench import find_bench
    from smtjlab.instruments.private_bench import InProcessBench, read_once, with_settings
    from smtjlab.simulation.belief import Belief

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{BENCH}.toml"
        text = find_bench(BENCH).read_text(encoding="utf-8")
        assert NOISY in text
        path.write_text(text.replace(NOISY, f"flicker_noise = {flicker}"), encoding="utf-8")
        bench = with_settings(read_once(path, in_process=True), seed=seed, clock="virtual", factor=None)
    with InProcessBench(bench) as private:
        station = private.open()
        together, silent = _characterised(station, private.bench.device_limits, Belief.load(JUNCTION), only)
        sources = [one.to_dict() for one in station.device.errors.sources(station.device.conditions.around())]
        truth = private.virtual.truth.devices["device"]
    return [*_scores(seed, together, truth, sources), *[Silence(seed, *one) for one in silent]]


def _characterised(station: Any, limits: Any, before: Any, only: Sequence[str]) -> tuple[Any, Any]:
    """Return what the steps have told together, and which step or parameter told nothing, with the reason."""
    from smtjlab.procedures.characterise_steps import STEPS, StepImpossible, opened
    from smtjlab.procedures.errors import MISTAKES
    from smtjlab.procedures.noise_of_readings import noise_density
    from smtjlab.procedures.put_together import Taken, joined, told_again, told_by

    before = opened(before, limits)
    taken: list[Taken] = []
    silent: list[tuple[str, str, str]] = []
    answers: dict[str, Any] = {}
    belief = before
    for name, step in STEPS.items():
        if name not in (only or COMPACT):
            continue
        try:
            procedure = replace(step.make(belief, limits), **COMPACT.get(name, {}))
            taken.append(Taken(name, name, procedure, _readings(station, procedure), limits["gate"].slew))
        except (StepImpossible, *MISTAKES) as problem:
            silent.append((name, "", str(problem)))
            continue
        answers[name] = told_by(taken[-1], belief, taken[:-1])
        belief = joined(answers, before, "preset").estimate.after
    density = noise_density(taken, answers, before)
    together = joined(told_again(taken, answers, before, "preset", density), before, "preset")
    silent += [(name, "", reason) for name, reason in together.silent.items()]
    for name, one in together.told.items():
        silent += [(name, parameter, reason) for parameter, reason in one.extraction.reasons.items()]
    return together, silent


def _readings(station: Any, procedure: Any) -> list[Any]:
    """Return the readings of a procedure, taken as the engine takes them, the bench made safe after them."""
    device = station.device
    setpoints = procedure.setpoints()
    device.check(setpoints)
    try:
        procedure.prepare(device)
        return [procedure.measure(device, setpoint) for setpoint in setpoints]
    finally:
        report = station.make_safe()
        assert report.safe, str(report)


def _scores(die: int, together: Any, truth: Any, sources: Any) -> Iterator[Score]:
    from smtjlab.simulation.inference.transport import TRANSPORT, transport_of
    from smtjlab.simulation.inference.transport_estimate import SIGNLESS

    for step, one in together.told.items():
        for name in one.extraction.names:
            true = _true(name, truth, one)
            if true is not None:
                found = one.extraction.estimate(name)
                effects = one.extraction.contributions.get(name, {})
                half = _half(found.uncertainty, effects, sources)
                yield Score(die, step, name, true, found.value, found.uncertainty, half)
    estimate = together.estimate.transport
    for name in estimate.names if estimate is not None else ():
        found = estimate.estimate(name)
        true = float(transport_of(truth.junction)[TRANSPORT.index(name)])
        half = _half(found.uncertainty, estimate.contributions[name], sources)
        value = found.value
        if name == "transverse_field" and SIGNLESS in estimate.remarks:
            value, true = abs(value), abs(true)
        yield Score(die, FILE, name, true, value, found.uncertainty, half)


def _true(name: str, truth: Any, told: Any) -> float | None:
    """Return what a parameter really is, at the bias at which it was told; None where nobody knows."""
    from smtjlab.simulation.inference.transport import PREDICTED, predicted, transport_of

    beside = {
        "leakage_resistance": truth.leakage_resistance,
        "piezo_creep": truth.junction.piezo_creep,
        "hooge": truth.disturbances.flicker_noise,
        "flicker_exponent": 1.0,
    }
    if name not in PREDICTED:
        return beside.get(name)
    [true] = predicted([name], transport_of(truth.junction), [told.bias], int(truth.junction.gate_sign))
    return abs(float(true)) if name.startswith("transverse") and not told.tells_signs else float(true)


def _half(sigma: float, effects: Mapping[str, float], sources: Any) -> float:
    """Return half the width of the 95 % interval: rectangular limits of data sheets end, normal errors do not."""
    from smtjlab.simulation.inference.coverage import expanded_uncertainty, rectangular

    flat = [abs(effects[one]) for one in rectangular(sources) if one in effects]
    rest = math.sqrt(max(sigma**2 - math.fsum(effect**2 for effect in flat), 0.0))
    return expanded_uncertainty(rest, [math.sqrt(3) * effect for effect in flat], LEVEL)


def table(scores: Sequence[Score]) -> list[str]:
    """Return the lines of the table: one a parameter of a step, in their order."""
    lines = [
        f"{'step':<20} {'parameter':<26} {'dies':>4} {'pull mean':>10} {'width':>6} {'mean error':>11} "
        f"{'in its s.e.':>11} {'sigma':>10} {'95 %':>6}"
    ]
    for step, name in dict.fromkeys((one.step, one.name) for one in scores):
        mine = [one for one in scores if (one.step, one.name) == (step, name)]
        errors = np.array([one.found - one.true for one in mine])
        pulls = errors / np.array([one.sigma for one in mine])
        inside = np.mean([abs(one.found - one.true) <= one.half_width for one in mine])
        standard = np.std(errors, ddof=1) / math.sqrt(len(errors)) if len(errors) > 1 else math.nan
        width = np.std(pulls, ddof=1) if len(pulls) > 1 else math.nan
        good = abs(np.mean(pulls)) <= 0.2 and abs(width - 1) <= 0.15
        lines.append(
            f"{step:<20} {name:<26} {len(mine):>4} {np.mean(pulls):>+10.2f} {width:>6.2f} {np.mean(errors):>+11.3g} "
            f"{np.mean(errors) / standard:>+11.1f} {np.median([one.sigma for one in mine]):>10.3g} {100 * inside:>6.1f}"
            + ("" if good else "  *")
        )
    return lines


def coverage_line(scores: Sequence[Score], what: str) -> str:
    """Return how many intervals hold the truth, and the false-alarm rate of asking for 95 +- 2 %."""
    from scipy.stats import binom

    n = len(scores)
    inside = sum(abs(one.found - one.true) <= one.half_width for one in scores)
    low, high = math.ceil((LEVEL - TOLERANCE) * n), math.floor((LEVEL + TOLERANCE) * n)
    alarm = float(binom.cdf(low - 1, n, LEVEL) + binom.sf(high, n, LEVEL))
    return (
        f"{what}: {inside} of {n} 95 % intervals hold the truth, {100 * inside / max(n, 1):.2f} % (95 +- 2 %; right "
        f"intervals leave it with a chance of {alarm:.1e})."
    )


def silences(found: Sequence[Silence]) -> list[str]:
    """Return what was not told, by reason, with the number of dies."""
    counted: dict[tuple[str, str, str], int] = {}
    for one in found:
        key = (one.step, one.name, re.sub(r"\d[\d.]*", "#", one.reason)[:110])
        counted[key] = counted.get(key, 0) + 1
    return [
        f"{count:>4} dies, {step}{f', {name}' if name else ''}: {why}" for (step, name, why), count in counted.items()
    ]


def read(path: Path) -> list[Score | Silence]:
    """Return what a file of `--save` holds."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [Silence(**row) if "reason" in row else Score(**row) for row in rows]
    print(f"{len({one.die for one in found})} dies of {path}")
    return found


def measured(asked: argparse.Namespace) -> list[Score | Silence]:
    """Return what the dies have told, saved as they come."""
    begun = time.perf_counter()
    seeds = range(asked.first, asked.first + asked.dies)
    work = partial(score_die, only=asked.only, flicker=asked.flicker)
    every: list[Score | Silence] = []
    with ProcessPoolExecutor(asked.processes) as pool:
        for die in pool.map(work, seeds):
            every += die
            if asked.save:
                with asked.save.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(asdict(one)) + "\n" for one in die)
    print(f"{asked.dies} dies in {time.perf_counter() - begun:.0f} s, {asked.processes} processes")
    return every


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dies", type=int, default=200)
    parser.add_argument("--first", type=int, default=1000, help="seed of the first die")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", action="append", default=[], help="a step; repeatable")
    parser.add_argument("--flicker", type=float, default=FLICKER, help="Hooge parameter in m^2")
    parser.add_argument("--save", type=Path, help="append what each die has told to this file, one JSON line a score")
    parser.add_argument("--again", type=Path, help="measure nothing; print the tables of such a file")
    asked = parser.parse_args(arguments)
    every = read(asked.again) if asked.again else measured(asked)
    scores = [one for one in every if isinstance(one, Score)]
    print("\n".join(table(scores)))
    print("\n".join(silences([one for one in every if isinstance(one, Silence)])))
    final = [one for one in scores if one.step == FILE]
    print(coverage_line(scores, "every parameter of every step"))
    print(coverage_line(final, "fields of the junction file"))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
