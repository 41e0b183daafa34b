"""Points and time to a given uncertainty: an adaptive transfer curve against uniform sweeps, on virtual junctions.

python benchmarks/adaptive.py [--junctions 200] [--first SEED] [--targets threshold,slope] [--minutes M]

Each junction is that of Fig. 5 with 3 % of spread, behind instruments with hidden errors of their own; the belief is
`fig5-die`. Every reading goes through the drivers and the wire to a bench in this process, on its virtual clock. The
uniform sweeps go from start to stop as the adaptive one does, with 9, 13, 18, ... points (times root 2) until one
reaches the wanted uncertainty by the same fit. What is wanted is fixed before, by a rule: what a uniform sweep of 41
points reaches by that fit, the median over 20 pilot junctions of other seeds, rounded to two digits. Times include the
way of the gate at 0.5 V/s, not the way back to 0 V.

Printed for each target: medians and quartiles of points and times, and of their ratios within a junction; then the
error of the adaptive result. `scatter` is its distance from a fit of all uniform sweeps on that bench, which has the
same hidden errors, over the stated uncertainty; `truth` its distance from the true value over the stated uncertainty
and the specified errors of gate and meter together. Both should have width 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from machine import machine

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.device import DeviceUnderTest
from smtjlab.instruments.open_bench import OpenBench, open_bench
from smtjlab.instruments.reading import Reading
from smtjlab.procedures.adaptive_transfer_curve import UNITS, AdaptiveTransferCurve
from smtjlab.procedures.observed import Observed
from smtjlab.procedures.transfer_curve import TransferCurve
from smtjlab.simulation.belief import SPREAD_FIELDS, Belief, spread
from smtjlab.simulation.inference.curve_model import CurveModel
from smtjlab.simulation.inference.curve_posterior import Mode, Read, modes
from smtjlab.simulation.inference.next_point import Design, Target
from smtjlab.simulation.junction import Junction

TARGETS = ("threshold", "slope", "rotation_voltage", "window_stop")
PILOTS = range(90_000, 90_020)
"""Seeds of the junctions by which what is wanted is fixed; none of them is measured again."""
PILOT_POINTS = 41
EVERY = 25
"""Junctions after which the figures so far are printed."""
SPREAD = 0.03
SIZES = (9, 13, 18, 25, 36, 51, 72, 102, 144, 204, 288, 407, 576, 815)
START, STOP = 0.0, 0.4
BELIEF = Belief.preset("fig5-die")
MODEL = CurveModel(BELIEF, 0.1)
GRID = np.linspace(START, STOP, 401)


@dataclass
class Found:
    """What one way of measuring gave for one target."""

    points: int
    seconds: float
    value: float
    uncertainty: float
    common: float = 0.0
    """Standard uncertainty by the errors that all readings share."""


@dataclass
class Row:
    """Both ways for one target on one junction, with what the value should be."""

    adaptive: Found
    uniform: Found | None
    truth: float
    reference: Found
    """The fit of all uniform sweeps."""


@dataclass
class Rows:
    """All junctions of one target."""

    rows: list[Row] = field(default_factory=list)

    def report(self, target: str, wanted: str) -> None:
        """Print the lines of one target."""
        both = [(row.adaptive, row.uniform) for row in self.rows if row.uniform is not None]
        print(f"\n{target}, {wanted} wanted, {len(self.rows)} junctions:")
        for what, unit in (("points", ""), ("seconds", " s")):
            quick, slow = ([getattr(pair[k], what) for pair in both] for k in (0, 1))
            ratio = [long / short for short, long in zip(quick, slow, strict=True)]
            print(f"  {what:8} adaptive {quartiles(quick)}{unit}, uniform {quartiles(slow)}{unit}, "
                  f"ratio {quartiles(ratio)}")  # fmt: skip
        most = AdaptiveTransferCurve(target=target, wanted=wanted).at_most
        missed = sum(row.adaptive.points >= most for row in self.rows)
        print(f"  not reached: {len(self.rows) - len(both)} by a uniform sweep of {SIZES[-1]} points, {missed} by an "
              f"adaptive one of {most}")  # fmt: skip
        found = [row.adaptive for row in self.rows]
        error = [row.adaptive.value - row.truth for row in self.rows]
        scatter = [(row.adaptive.value - row.reference.value)
                   / np.hypot(row.adaptive.uncertainty, row.reference.uncertainty) for row in self.rows]  # fmt: skip
        truth = [off / np.hypot(one.uncertainty, one.common) for off, one in zip(error, found, strict=True)]
        own, shared = (np.median([getattr(one, name) for one in found]) for name in ("uncertainty", "common"))
        print(f"  stated   scatter {own:.3g}, common errors {shared:.3g} (medians); off the truth by "
              f"{np.sqrt(np.mean(np.square(error))):.3g} (rms)")  # fmt: skip
        print(f"  pulls    scatter {pulls(scatter)}, truth {pulls(truth)}")


def quartiles(values: Sequence[float]) -> str:
    """Return median and quartiles."""
    low, middle, high = np.percentile(values, [25, 50, 75]) if len(values) else [np.nan] * 3
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def pulls(values: Sequence[float]) -> str:
    """Return mean and width, and how many lie beyond 3."""
    return f"{np.mean(values):+.2f} ± {np.std(values):.2f} (beyond 3: {np.sum(np.abs(values) > 3)} of {len(values)})"


def a_bench(seed: int, folder: Path) -> tuple[str, Junction]:
    """Return the name of a bench in this process and the junction that lies behind it."""
    true = spread(BELIEF.junction, SPREAD, seed)
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    fields = "".join(f"{name} = {getattr(true, name)!r}\n" for name in SPREAD_FIELDS)
    for old, new in (("seed = 1 ", f"seed = {seed} "), ("spread = 0.03 ", f"{fields}spread = 0.0 ")):
        assert old in text, old
        text = text.replace(old, new)
    path = folder / f"bench-{seed}.toml"
    path.write_text(text, encoding="utf-8")
    return f"{path}@smtj", true


def arrays(readings: Sequence[Reading]) -> tuple[Read, Observed]:
    """Return the readings as arrays; none of a virtual junction is flagged."""
    seen = Observed.of(readings)
    return Read(seen.gate, seen.value, seen.scatter), seen


def told(readings: Sequence[Reading], targets: Sequence[str], seconds: float) -> dict[str, Found]:
    """Return what some readings tell of each target, with the effect of the errors they share."""
    read, seen = arrays(readings)
    found = modes(MODEL, read, (START, STOP))
    answers = {}
    for target in targets:
        if not found:
            answers[target] = Found(len(read), seconds, np.nan, np.inf)
            continue
        design = Design(MODEL, found, Target(target), GRID)
        reached = design.reached()
        shared = common(design, found[0], read, seen)
        answers[target] = Found(len(read), seconds, reached.value, reached.uncertainty, shared)
    return answers


def common(design: Design, mode: Mode, read: Read, seen: Observed) -> float:
    """Return the standard uncertainty that errors common to all readings leave in the target, to first order."""
    by = MODEL.derivatives(mode.theta, read.gate)[1]
    slope = -MODEL.sign * by[:, 1]  # moving the gate up is moving the threshold down
    effects = [*seen.effects["common"].values(), *(-slope * shift for shift in seen.effects["gate"].values())]
    weights = mode.told @ (by / read.scatter[:, None] ** 2).T / mode.widening
    return float(np.sqrt(sum((design.gradients[0] @ weights @ effect) ** 2 for effect in effects)))


def adaptive(bench: OpenBench, target: str, wanted: str) -> Found:
    """Measure adaptively."""
    procedure = AdaptiveTransferCurve(target=target, wanted=wanted, start=START, stop=STOP)
    device: DeviceUnderTest = bench.device
    readings: list[Reading] = []
    device.check(procedure.candidates())
    procedure.prepare(device)
    begin = bench.clock.now()
    while len(readings) < procedure.at_most:
        wish = procedure.propose(readings, BELIEF).setpoint
        if wish is None:
            break
        readings.append(procedure.measure(device, wish))
    return told(readings, [target], bench.clock.now() - begin)[target]


def sweep(bench: OpenBench, points: int) -> tuple[list[Reading], float]:
    """Measure a uniform sweep; return its readings and its time in s."""
    procedure = TransferCurve(start=START, stop=STOP, points=points, direction="up")
    bench.device.check(procedure.setpoints())
    procedure.prepare(bench.device)
    begin = bench.clock.now()
    readings = [procedure.measure(bench.device, setpoint) for setpoint in procedure.setpoints()]
    return readings, bench.clock.now() - begin


def uniform(bench: OpenBench, wanted: Mapping[str, str]) -> tuple[dict[str, Found | None], list[Reading]]:
    """Return the first sweep that reaches what is wanted of each target, and the readings of all."""
    found: dict[str, Found | None] = dict.fromkeys(wanted)
    every: list[Reading] = []
    for points in SIZES:
        readings, seconds = sweep(bench, points)
        every += readings
        answers = told(readings, [name for name in wanted if found[name] is None], seconds)
        for target, one in answers.items():
            limit = AdaptiveTransferCurve(target=target, wanted=wanted[target]).wanted_in(one.value)
            found[target] = one if one.uncertainty <= limit else None
        if all(found.values()):
            break
    return found, every


def true_value(true: Junction, target: str) -> float:
    """Return what a target is in truth, thermally rounded as the junction is."""
    model = CurveModel(Belief(true), 0.1)
    exact = Mode(model.believed, np.eye(6) * 1e-20, np.eye(6) * 1e-20, 1.0, 0.0, 1.0)
    return Design(model, [exact], Target(target), GRID).reached().value


def pilot(targets: Sequence[str], seeds: Sequence[int], folder: Path) -> dict[str, str]:
    """Return what is wanted of each target: the median of what a uniform sweep reaches on these junctions."""
    reached: dict[str, list[float]] = {target: [] for target in targets}
    for seed in seeds:
        with open_bench(a_bench(seed, folder)[0]) as bench:
            readings, seconds = sweep(bench, PILOT_POINTS)
        for target, one in told(readings, targets, seconds).items():
            reached[target].append(one.uncertainty)
    return {target: f"{np.median(every):.2g} {UNITS[target]}" for target, every in reached.items()}


def one_junction(seed: int, wanted: Mapping[str, str], folder: Path) -> dict[str, Row]:
    """Return both ways for each target on one junction."""
    name, true = a_bench(seed, folder)
    with open_bench(name) as bench:
        quick = {target: adaptive(bench, target, limit) for target, limit in wanted.items()}
        slow, every = uniform(bench, wanted)
    reference = told(every, list(wanted), 0.0)
    return {name: Row(quick[name], slow[name], true_value(true, name), reference[name]) for name in wanted}


def printed(found: Mapping[str, Rows], wanted: Mapping[str, str], done: int, cpu: float) -> None:
    """Print what all junctions so far have shown."""
    print(machine())
    print(f"{done} junctions through the wire, {cpu:.0f} s of CPU time:")
    for target, rows in found.items():
        rows.report(target, wanted[target])
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--junctions", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="seed of the first junction")
    parser.add_argument("--pilots", type=int, default=len(PILOTS), help="how many fix what is wanted")
    parser.add_argument("--minutes", type=float, default=60.0, help="after which no further junction is begun")
    parser.add_argument("--targets", default=",".join(TARGETS))
    asked = parser.parse_args(arguments)
    targets = asked.targets.split(",")
    found = {target: Rows() for target in targets}
    seeds, pilots = range(asked.first, asked.first + asked.junctions), PILOTS[: asked.pilots]
    if set(seeds) & set(pilots):
        parser.error(f"No junction may be one of the pilots, whose seeds are {pilots[0]} to {pilots[-1]}.")
    begin, cpu, done = time.monotonic(), time.process_time(), 0
    with tempfile.TemporaryDirectory() as folder:
        wanted = pilot(targets, pilots, Path(folder))
        print(f"wanted, by {len(pilots)} pilots with uniform sweeps of {PILOT_POINTS} points: {wanted}", flush=True)
        while done < asked.junctions and time.monotonic() - begin < 60 * asked.minutes:
            for target, row in one_junction(seeds[done], wanted, Path(folder)).items():
                found[target].rows.append(row)
            done += 1
            if done % EVERY == 0 or done == asked.junctions:
                printed(found, wanted, done, time.process_time() - cpu)
        if done % EVERY and done < asked.junctions:
            printed(found, wanted, done, time.process_time() - cpu)


if __name__ == "__main__":
    main()
