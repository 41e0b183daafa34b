"""A wafer that was measured on the virtual probe station, scored against what its devices really are.

    python benchmarks/wafer_truth.py RUN [--out DIR]

RUN is a finished wafer run. Nobody but this looks at the truth of its bench. Printed are: every device measured once or
not; the confusion of bins, and how many are right; yield against the true one of the same devices and of the whole
wafer; recall and precision of bins for defects, and of robust outliers of the maps, which know no limits; figures as
read against those of the true junction at the gates of the recipe, without noise (rank correlation, bias and rms over
the spread of the wafer); fitted parameters against the true ones in their own uncertainties; parts of the maps against
those of the true map, by the same estimator, in standard uncertainties.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.virtual.living_device import BROKEN, OPEN, SHORT
from smtjlab.instruments.virtual.truth import read_truth
from smtjlab.instruments.virtual.wafer_truth import LEAK, Defect, SiteTruth, WaferTruth
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import runs_folder
from smtjlab.procedures.wafer.follower import FIT
from smtjlab.procedures.wafer.outcome import Outcome, SiteState
from smtjlab.procedures.wafer.prediction import sweeps
from smtjlab.procedures.wafer.reading_back import outcomes_of
from smtjlab.procedures.wafer.recipe import Recipe
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.procedures.wafer.wafer_walk import RECIPE
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.populations.curve_figures import figures_read
from smtjlab.simulation.populations.wafer_statistics import Composition, composition, rank_correlation
from smtjlab.simulation.toml_file import TomlFile
from smtjlab.simulation.transfer_curves import transfer_curves
from smtjlab.simulation.wilson import wilson_interval

Floats = NDArray[np.float64]

READ = ("resistance_parallel", "resistance_antiparallel", "tmr", "threshold", "slope")
FITTED = ("resistance_parallel", "resistance_antiparallel", "threshold")
"""Fitted parameters that the true junction has as its own; resistances without bias."""
BLIND = ("resistance_parallel", "tmr")
"""Figures whose outliers are looked for without limits of bins."""
CONDUCTANCE = {Defect.OPEN: OPEN, Defect.SHORT: SHORT, Defect.BROKEN_BARRIER: BROKEN}
"""S of what has taken a junction's place."""
PARTS = ("mean", "radial", "across_x", "across_y")


@dataclass(frozen=True)
class Score:
    """One wafer run beside the truth of its devices, in the same order."""

    wafer: Wafer
    recipe: Recipe
    outcomes: Sequence[Outcome]
    truth: WaferTruth
    fits: Sequence[Mapping[str, Any]]
    """What the model found of each; empty where it found nothing."""
    visits: int

    @classmethod
    def of(cls, run: Run, bench: str | None = None) -> Score:
        named = bench or str(json.loads((run.folder / "request.json").read_text(encoding="utf-8"))["bench"])
        found = Bench.load(named)
        truth = read_truth(TomlFile.parse(found.text, found.path), found.virtual.seed, found.devices, found.magnets)
        if truth.wafer is None:
            raise SystemExit(f"The truth of {found.name!r} has no wafer.")
        told = outcomes_of(run)
        last = {one.site: number for number, one in enumerate(told)}
        reader = run.expectation_journal
        fits = {} if reader is None else {one.number: one.payload.get(FIT, {}) for one in reader.records()}
        numbers = sorted(last.values())
        return cls(
            wafer=truth.wafer.wafer,
            recipe=read_recipe(run.folder / RECIPE),
            outcomes=[told[n] for n in numbers],
            truth=truth.wafer,
            fits=[fits.get(n, {}) for n in numbers],
            visits=len(told),
        )

    @cached_property
    def real(self) -> list[SiteTruth]:
        return [self.truth.at(one.site) for one in self.outcomes]

    @cached_property
    def sites(self) -> list[Site]:
        return [one.site for one in self.outcomes]

    @cached_property
    def kinds(self) -> NDArray[np.str_]:
        return np.array([one.device for one in self.outcomes])

    @cached_property
    def defects(self) -> NDArray[np.bool_]:
        return np.array([one.defect is not None for one in self.real])

    @cached_property
    def good(self) -> NDArray[np.bool_]:
        return np.array([one.good for one in self.outcomes])

    @cached_property
    def true(self) -> list[dict[str, float]]:
        """What the recipe would read of each without noise."""
        return true_figures(self.recipe, self.wafer, self.sites, self.real)

    @cached_property
    def right_bins(self) -> list[str]:
        """Where each belongs."""
        told = zip(self.true, self.real, self.found_bins, strict=True)
        return [right_bin(self.recipe, figures, one.defect, found) for figures, one, found in told]

    @cached_property
    def found_bins(self) -> list[str]:
        return [one.bin_name if one.bin is not None else str(one.state) for one in self.outcomes]

    def read(self, name: str) -> Floats:
        return np.array([math.nan if (v := one.figures.get(name)) is None else v for one in self.outcomes], float)

    def truly(self, name: str) -> Floats:
        return np.array([one.get(name, math.nan) for one in self.true])

    def parted(self, values: Floats, here: NDArray[np.bool_]) -> Composition:
        """Return the map of some devices taken apart. Raises ModelError where they are too few."""
        sites = [site for site, there in zip(self.sites, here, strict=True) if there]
        x, y = np.array([self.wafer.place(site) for site in sites]).T / (self.wafer.diameter / 2)
        places = np.array([self.wafer.reticle.place(site.die) for site in sites])
        return composition(x, y, places, self.wafer.reticle.size, values[here])


def true_figures(
    recipe: Recipe, wafer: Wafer, sites: Sequence[Site], real: Sequence[SiteTruth]
) -> list[dict[str, float]]:
    """Return what the last sweep of the recipe would read of each device without noise, in SI."""
    found: list[dict[str, float]] = [{} for _ in sites]
    for sweep in sweeps(recipe, wafer):
        here = [k for k, site in enumerate(sites) if wafer.sub_site(site).device == sweep.kind]
        if not here:
            continue
        junctions = [real[k].junction for k in here]
        siemens = transfer_curves(junctions, sweep.gate, model="boltzmann", bias=sweep.bias).conductance
        for row, k in enumerate(here):
            if (instead := CONDUCTANCE.get(real[k].defect)) is not None:  # type: ignore[arg-type]
                siemens[row] = instead
        with np.errstate(divide="ignore", invalid="ignore"):
            told = figures_read(sweep.gate, siemens, sweep.kind.area)
        for row, k in enumerate(here):
            leak = LEAK * float(np.abs(sweep.gate).max()) if real[k].defect is Defect.LEAKY_GATE else 0.0
            found[k] = {name: float(values[row]) for name, values in told.items()} | {"leakage": leak, "flags": 0.0}
    return found


def right_bin(recipe: Recipe, figures: Mapping[str, float], defect: Defect | None, found: str) -> str:
    """Return the bin of a device by its true figures; where its gate leaks and that has tripped, `failed` is right."""
    if defect is Defect.LEAKY_GATE and found == SiteState.FAILED:
        return found
    known = {name: None if math.isnan(value) else value for name, value in figures.items()}
    best = recipe.bin_of(known)
    return "" if best is None else best.name


def share(right: int, of: int) -> str:
    """Return a share with its 95 % interval (Wilson)."""
    if not of:
        return "none of none"
    low, high = wilson_interval(right, of)
    return f"{right} of {of}, {100 * right / of:.1f} % (95 %: {100 * float(low):.1f} to {100 * float(high):.1f} %)"


def tell_bins(score: Score) -> None:
    confusion = Counter(zip(score.right_bins, score.found_bins, strict=True))
    columns = sorted(set(score.found_bins))
    print("bins: a line where they belong, a column where they were put")
    print(f"{'':14}" + "".join(f"{name:>12}" for name in columns))
    for name in sorted(set(score.right_bins)):
        print(f"{name:14}" + "".join(f"{confusion[name, one]:12}" for one in columns))
    print("right:", share(sum(n for (a, b), n in confusion.items() if a == b), len(score.sites)))
    for defect in Defect:
        where = Counter(b for b, one in zip(score.found_bins, score.real, strict=True) if one.defect is defect)
        print(f"{defect:14} -> {', '.join(f'{name}: {n}' for name, n in where.items()) or 'none was visited'}")


def tell_yield(score: Score) -> None:
    names = {one.name for one in score.recipe.bins if one.good}
    truly = sum(one in names for one in score.right_bins)
    print("yield:", share(int(score.good.sum()), len(score.good)))
    print(f"true yield of the same devices: {100 * truly / len(score.good):.2f} %")
    every = [site for site in score.wafer.all_sites if score.wafer.sub_site(site).device.name in set(score.kinds)]
    real = [score.truth.at(site) for site in every]
    print(f"without a defect on the whole wafer: {100 * np.mean([one.defect is None for one in real]):.2f} %")


def tell_outliers(score: Score) -> None:
    bad = ~score.good
    both = int((bad & score.defects).sum())
    print("defects in bins that are not good: recall   ", share(both, int(score.defects.sum())))
    print("                                   precision", share(both, int(bad.sum())))
    marked, odd = np.zeros(len(bad), bool), np.zeros(len(bad), bool)
    for kind in sorted(set(score.kinds)):
        try:
            for name in BLIND:
                mark_outliers(score, kind, score.read(name), marked)
                mark_outliers(score, kind, score.truly(name), odd)
        except ModelError as problem:
            print(f"no outliers of {kind}: {problem}")
    gates = np.array([one.defect is Defect.LEAKY_GATE for one in score.real])
    odd |= score.defects & ~gates  # a gate that leaks is no outlier of a map
    both = int((marked & odd).sum())
    print("outliers of maps, without limits:  recall   ", share(both, int(odd.sum())))
    print("                                   precision", share(both, int(marked.sum())))


def mark_outliers(score: Score, kind: str, values: Floats, marked: NDArray[np.bool_]) -> None:
    here = (score.kinds == kind) & np.isfinite(values)
    marked[np.flatnonzero(here)[score.parted(values, here).outliers]] = True


def tell_maps(score: Score) -> None:
    print(f"{'as read':26}{'kind':8}{'devices':>8}{'rank corr.':>12}{'bias/σ':>9}{'rms/σ':>9}   parts off, in σ")
    sound = score.good & ~score.defects
    for name in READ:
        for kind in sorted(set(score.kinds)):
            found, true = score.read(name), score.truly(name)
            here = sound & (score.kinds == kind) & np.isfinite(found) & np.isfinite(true)
            if here.sum() < 4:
                continue
            off = (found - true)[here] / true[here].std(ddof=1)
            rho, _ = rank_correlation(found[here], true[here])
            told = f"{name:26}{kind:8}{int(here.sum()):8}{rho:12.4f}{off.mean():9.3f}{np.sqrt(np.mean(off**2)):9.3f}"
            print(f"{told}   {parts_off(score, found, true, here)}")


def parts_off(score: Score, found: Floats, true: Floats, here: NDArray[np.bool_]) -> str:
    """Return how far the parts of a measured map are from those of the true one, in uncertainties of the measured."""
    try:
        one, other = score.parted(found, here), score.parted(true, here)
    except ModelError:
        return "too few devices"
    a, b = ([*(x.mean, x.radial, *x.across)] for x in (one, other))
    told = [f"{part} {(p - q) / one.errors[part]:+.2f}" for part, p, q in zip(PARTS, a, b, strict=True)]
    reticle = np.abs(one.reticle - other.reticle).max() / one.errors["reticle"] if one.reticle.size > 1 else 0.0
    return ", ".join([*told, f"reticle {reticle:.2f} at most"])


def tell_fits(score: Score) -> None:
    sound = score.good & ~score.defects
    print(f"{'fitted':26}{'devices':>8}{'mean pull':>11}{'its width':>11}{'within 2 σ':>12}")
    for name in FITTED:
        pulls = []
        for k in np.flatnonzero(sound):
            value = (score.fits[k].get("values") or {}).get(name)
            sigma = (score.fits[k].get("uncertainties") or {}).get(name)
            if value is not None and sigma:
                pulls.append((value - true_parameter(score.real[k], name)) / sigma)
        if len(pulls) > 1:
            off = np.array(pulls)
            told = f"{off.mean():11.2f}{off.std(ddof=1):11.2f}{100 * np.mean(np.abs(off) < 2):11.1f} %"
            print(f"{name:26}{len(off):8}{told}")


def true_parameter(real: SiteTruth, name: str) -> float:
    return real.junction.threshold_voltage if name == "threshold" else float(getattr(real.junction, name))


def main() -> None:
    """Score a run and print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", nargs="?", default="last")
    parser.add_argument("--out", type=Path, default=None, help="runs folder")
    parser.add_argument("--bench", default=None, help="bench with the truth; else the one the run names")
    words = parser.parse_args()
    run = Run.find(runs_folder(words.out), words.run)
    score = Score.of(run, words.bench)
    wanted = list(score.recipe.sites(score.wafer))
    missing, again = len(set(wanted) - set(score.sites)), score.visits - len(score.sites)
    print(f"run {run.id}, {run.status}: {len(score.sites)} devices of {len(wanted)} in {score.visits} visits; ", end="")
    print(f"{missing} without an outcome, {again} visited more than once")
    for tell in (tell_bins, tell_yield, tell_outliers, tell_maps, tell_fits):
        print()
        tell(score)


if __name__ == "__main__":
    main()
