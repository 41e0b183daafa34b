"""`smtjlab wafer predict`: what a wafer is expected to show a recipe, before a needle touches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import Json
from .page import print_json, print_table
from .wafer import DEFAULT_RECIPE, DEFAULT_WAFER, RecipeName, WaferName

if TYPE_CHECKING:
    from smtjlab.procedures.wafer.prediction import Sweep
    from smtjlab.simulation.populations.population import Population

LOCAL = "local"
SHOWN = {
    "resistance_parallel": ("R_P (kΩ)", 1e-3),
    "resistance_antiparallel": ("R_AP (kΩ)", 1e-3),
    "tmr": ("TMR (%)", 100),
    "resistance_area": ("RA (Ω µm²)", 1e12),
    "threshold": ("V_th (mV)", 1e3),
    "slope": ("kappa (µS/V)", 1e6),
    "window": ("window (mV)", 1e3),
    "multiplier_error": ("multiplier error (%)", 100),
}
COLUMNS = ("figure", "devices", "mean", "sd", "2.5%", "16%", "50%", "84%", "97.5%")


def predict(
    wafer: WaferName = DEFAULT_WAFER,
    recipe: RecipeName = DEFAULT_RECIPE,
    process: Annotated[
        Path | None,
        typer.Option("--process", metavar="FILE", help="How devices differ: [fields.*] and [correlation]. Else alike."),
    ] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Devices of each kind.")] = 2000,
    model: Annotated[str, typer.Option("--model", metavar="NAME", help="static, boltzmann or sllg.")] = "boltzmann",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS|local", help="Dask cluster that works. Else threads work here."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell how the figures of each kind of device will be distributed over the wafer."""
    from smtjlab.instruments.wafer.process_file import read_process
    from smtjlab.instruments.wafer.wafer_file import read_wafer
    from smtjlab.procedures.wafer.named import recipe_path, wafer_path
    from smtjlab.procedures.wafer.prediction import foretold
    from smtjlab.procedures.wafer.recipe_file import read_recipe
    from smtjlab.simulation.expectation_cache import ExpectationCache
    from smtjlab.simulation.populations.process_spread import ProcessSpread

    from .study_progress import Computing

    spread = ProcessSpread() if process is None else read_process(process)
    drawn, done = read_wafer(wafer_path(wafer)), read_recipe(recipe_path(recipe))
    with _cluster(scheduler) as where, Computing("devices") as progress:
        how = {"model": model, "seed": seed, "scheduler": where, "cache": ExpectationCache(), "progress": progress}
        told = foretold(done, drawn, spread, n, **how)
    if as_json:
        print_json({name: _plain(sweep, found) for name, (sweep, found) in told.items()})
        return
    for number, (sweep, found) in enumerate(told.values()):
        if number:
            print()
        _tell(sweep, found, n)


@contextmanager
def _cluster(scheduler: str | None) -> Iterator[Any]:
    """Lend what a scheduler is named by: a client of a cluster on this computer for `local`, else what was named."""
    if scheduler != LOCAL:
        yield scheduler
        return
    from smtjlab.simulation.local_cluster import local_cluster

    with local_cluster() as client:
        yield client


def _tell(sweep: Sweep, found: Population, n: int) -> None:
    from smtjlab.simulation.populations.distribution import Distribution

    if found.window is None:
        window = "the believed device has no linear window in it, and so no multiplier"
    else:
        start, stop = found.window
        window = f"multiplier on {1e3 * start:.4g} to {1e3 * stop:.4g} mV, the linear window of the believed device"
    low, high = 1e3 * sweep.gate.min(), 1e3 * sweep.gate.max()
    print(
        f"{sweep.kind.name}: {n} devices, {len(sweep.places)} places, {sweep.step} from {low:.4g} to {high:.4g} mV; "
        f"{window}."
    )
    rows = []
    for name, (label, scale) in SHOWN.items():
        one = Distribution.of(found.figures[name])
        rows.append((label, str(one.count), *(_number(scale * x) for x in (one.mean, one.sd, *one.quantiles))))
    print_table(COLUMNS, rows, right=COLUMNS[1:])


def _number(value: float) -> str:
    return "" if value != value else f"{value:.4g}"


def _plain(sweep: Sweep, found: Population) -> Mapping[str, Any]:
    """Return distributions in SI: of the devices, and of what the recipe would read of them without noise."""
    from dataclasses import asdict

    from smtjlab.simulation.populations.distribution import LEVELS, Distribution

    def told(figures: Mapping[str, Any]) -> dict[str, Any]:
        return {name: asdict(Distribution.of(values)) for name, values in figures.items()}

    return {
        "step": sweep.step,
        "bias": sweep.bias,
        "places": len(sweep.places),
        "levels": LEVELS,
        "window": found.window,
        "figures": told(found.figures),
        "read": told(found.read),
    }
