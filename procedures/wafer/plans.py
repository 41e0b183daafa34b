"""The plans of a recipe: every step for every kind of device that it meets, checked before anything moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.roles import Role
from smtjlab.instruments.wafer.reticle import DeviceKind
from smtjlab.instruments.wafer.wafer import Wafer
from smtjlab.instruments.wafer.wafer_file import LONG
from smtjlab.procedures.errors import MISTAKES, JournalFault, ProcedureMistake
from smtjlab.procedures.find import importable_name
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.record import write_shared
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.populations.drawn import drawn
from smtjlab.simulation.toml_file import TomlFile

from .recipe import Recipe, Step
from .site_runs import PlansByStep, shared_folder


def prober_of(bench: Bench) -> str:
    """Return the name of the prober of a bench. Raises ProcedureMistake where there is none, or several."""
    names = [name for name, entry in bench.instruments.items() if entry.role is Role.PROBER]
    if len(names) != 1:
        found = " and ".join(names) or "none"
        raise ProcedureMistake(f"A wafer must be measured on a bench with one prober, but {bench.name!r} has {found}.")
    limits = bench.limits.get(names[0])
    if not isinstance(limits, ContactLimits) or not limits.separate:
        raise ProcedureMistake(
            f"[limits.{names[0]}] of {bench.name!r} must say `separate = true` for a wafer, or needles stay down when "
            "it ends, but does not."
        )
    return names[0]


def check_devices(wafer: Wafer, file: str | Path) -> None:
    """Raise WaferFileError, with the line of the device, where what is believed of one cannot be read."""
    for kind in {site.device for one in wafer.types.values() for site in one.sites}:
        try:
            belief_of(kind)
        except SimulationMistake as problem:
            where = TomlFile.read(file, long=LONG).where(f"devices.{kind.name}.junction")
            sentence = f"`junction` of {kind.name!r} must be one that is known, but: {str(problem).removesuffix('.')}"
            raise WaferFileError(f"{sentence} ({where}).") from None


def plans(recipe: Recipe, wafer: Wafer, bench: str, *, model: str, hazardous: bool = False) -> PlansByStep:
    """Return the plan of every step for every kind that it meets. Raises the mistake of the room that found it."""
    recipe.check(wafer)
    found: dict[tuple[str, str], Plan] = {}
    for step in recipe.all_steps:
        procedure = step.procedure
        assert procedure is not None, "a recipe that is done knows its procedures"
        for kind in _kinds(step, wafer):
            request = Request(
                procedure=importable_name(type(procedure)),
                parameters=procedure.parameter_values(),
                bench=bench,
                junction=kind.junction,
                model=model,
                runs="",
                hazardous=hazardous,
            )
            try:
                plan = Plan.of(request)
            except MISTAKES as problem:
                sentence = f"Step {step.name!r} at {kind.name!r} cannot be: {problem}"
                raise recipe.mistake(sentence, f"{recipe.key_of(step)}.procedure") from problem
            found[step.name, kind.name] = replace(plan, belief=belief_of(kind))
    return found


def write_kinds(folder: Path, found: PlansByStep) -> None:
    """Write bench, junction and request of every plan into the folder of a wafer run. Raises JournalFault."""
    for (step, kind), plan in found.items():
        place = shared_folder(folder, step, kind)
        if place.is_dir():
            continue  # of a wafer run that goes on
        try:
            place.mkdir(parents=True)
            write_shared(plan, place)
        except OSError as error:
            raise JournalFault(f"The wafer run's folder {place} cannot be written: {error.strerror}.") from error


def belief_of(kind: DeviceKind) -> Belief:
    """Return what is believed of a kind of device: its stack's, with the axes that were drawn."""
    stack = Belief.load(kind.junction)
    junction = drawn(stack.junction, kind.major_axis, kind.minor_axis)
    share = junction.resistance_parallel / stack.junction.resistance_parallel
    sigmas = {
        name: sigma * (share if name in ("resistance_parallel", "resistance_antiparallel") else 1.0)
        for name, sigma in stack.uncertainty.items()
    }
    return replace(stack, junction=junction, uncertainty=sigmas)


def _kinds(step: Step, wafer: Wafer) -> list[DeviceKind]:
    found: dict[str, DeviceKind] = {}
    for die in {wafer.type_of(die).name: die for die in wafer.dies}.values():  # one of each type
        for site in wafer.sites(die):
            if step.is_on(wafer, site):
                kind = wafer.sub_site(site).device
                found[kind.name] = kind
    return list(found.values())
