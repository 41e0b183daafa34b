"""What `smtjlab characterise` shows: the plan, the steps as they go, and what is known in the end."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from .exit_codes import INTERRUPTED, WORLD_FAULT
from .options import smtjlab_command
from .page import print_facts, print_table
from .progress import Progress

if TYPE_CHECKING:
    from smtjlab.procedures.characterisation import Characterisation
    from smtjlab.procedures.characterise import Wish
    from smtjlab.simulation.inference.extraction import Estimate


def tell_plan(wish: Wish) -> None:
    """Print what a characterisation would do; raises the mistake that would forbid it."""
    from smtjlab.instruments.quantity import format_duration
    from smtjlab.procedures.characterise import planned_steps

    steps = planned_steps(wish)
    rows = []
    for one in steps:
        if one.plan is None:
            rows.append((one.record.name, "", "", f"left out: {one.record.reason}"))
        else:
            told = (str(len(one.plan.setpoints)), format_duration(one.seconds), one.record.step.purpose)
            rows.append((one.record.name, *told))
    print_table(("step", "points", "time", "what for"), rows, right=("points", "time"))
    whole = sum(one.seconds for one in steps)
    print_facts(
        [
            ("estimated time", f"{format_duration(whole)} on the instruments' clock"),
            ("ranges", "as they follow from what is believed now; each step is planned anew from what was told before"),
            ("dry run", "all checks passed; nothing was moved or written"),
        ]
    )


def carry_out(of: Characterisation, *, out: Path | None, accept: Collection[str] = ()) -> int:
    """Do what is left of a characterisation, print what came of it, and return the exit code.

    `accept` names changes since the run began that was broken off, as `smtjlab resume` takes them. Raises
    ProcedureMistake where another process is at it.
    """
    from smtjlab.procedures.characterise import alone

    with alone(of) as held:
        return _carried_out(held, out, accept)


def _carried_out(of: Characterisation, out: Path | None, accept: Collection[str]) -> int:
    from smtjlab.procedures.characterise import take_step, write_junction
    from smtjlab.procedures.start import RunFailed

    print(f"Characterisation {of.plan.id} of the junction on {of.plan.bench}")
    steps = [one.name for one in of.open_steps]
    for count, name in enumerate(steps, 1):
        print(f"\nStep {count} of {len(steps)}: {name}", flush=True)
        with Progress() as progress:
            try:
                of = take_step(of, name, progress, accept=accept)
            except RunFailed as failed:
                print(str(failed), file=sys.stderr)
                print(_how_to_go_on(of, out))
                return WORLD_FAULT
            except KeyboardInterrupt:
                print(_how_to_go_on(of, out))
                return INTERRUPTED
        record = next(one for one in of.plan.steps if one.name == name)
        if not record.state.settled:
            print(f"Stopped; the bench is safe, every point is kept.\n{_how_to_go_on(of, out)}")
            return INTERRUPTED
        _tell_step(of, name)
    write_junction(of)
    _tell_end(of)
    return 0


def _how_to_go_on(of: Characterisation, out: Path | None) -> str:
    again = smtjlab_command("characterise", "--resume", of.plan.id, out=out)
    return f"Go on with what is left: {again}"


def _tell_step(of: Characterisation, name: str) -> None:
    """Say what a step has told, or why it told nothing."""
    record = next(one for one in of.plan.steps if one.name == name)
    if record.reason:
        print(f"Left out: {record.reason}")
    elif name in of.silent:
        print(f"It tells nothing: {of.silent[name]}")
    elif name in of.extractions:
        print(_told(of, name))


def _told(of: Characterisation, name: str) -> str:
    from smtjlab.reports.rounding import estimate
    from smtjlab.simulation.inference.parameters import PARAMETERS

    extraction = of.extractions[name]
    known = [one for one in extraction.names if one in PARAMETERS]
    values = [f"{PARAMETERS[one].symbol} = {estimate(extraction.estimate(one), PARAMETERS[one].unit)}" for one in known]
    return "; ".join(values) if values else "It tells no parameter."


def _tell_end(of: Characterisation) -> None:
    from smtjlab.procedures.characterise import left_out
    from smtjlab.procedures.run import JUNCTION

    rows = rows_of(of)
    print()
    print_table(("field", "before", "now", "σ"), rows, right=("σ",), wrapped=("before",))
    print()
    print_facts([(f"{field}:", of.after.provenance.get(field, "")) for field in of.estimate.measured])
    print()
    left = [("Left out:", f"{', '.join(names)}: {reason}.") for reason, names in left_out(of.plan.steps).items()]
    silent = [(f"Tells nothing: {name}", reason) for name, reason in of.silent.items()]
    remarks = [("Note:", remark) for remark in of.estimate.remarks]
    facts = [("Junction:", str(of.folder / JUNCTION)), ("Folder:", str(of.folder))]
    print_facts([*_agreement(of), *remarks, *left, *silent, *facts, *_page(of)])


def _agreement(of: Characterisation) -> list[tuple[str, str]]:
    found = of.estimate.transport
    if found is None or found.p_value is None:
        return []
    word = "agree" if found.agrees else "differ"
    return [
        (
            "Runs:",
            f"{word} with each other: χ²/ν = {found.chi_square / found.dof:.3g} (ν = {found.dof}), "
            f"p = {found.p_value:.2g} (false-alarm rate 0.1 %).",
        )
    ]


def _page(of: Characterisation) -> list[tuple[str, str]]:
    """Write the page of the whole."""
    from smtjlab.reports.characterisation_page import write_characterisation_page

    return [("Report:", str(write_characterisation_page(of)))]


def rows_of(of: Characterisation) -> list[tuple[str, str, str, str]]:
    """Return the final table: field, value before, value now, change in σ of what was believed."""
    from smtjlab.reports.rounding import estimate
    from smtjlab.simulation.junction_file import FIELDS

    rows = []
    for field in of.estimate.measured:
        before, now = of.estimate.of(field)
        unit = FIELDS[field].metadata["unit"].replace("ohm", "Ω")
        rows.append((field, estimate(before, unit), estimate(now, unit), change(before, now)))
    return rows


def change(before: Estimate | None, now: Estimate | None) -> str:
    """Return how far a value has moved, in standard uncertainties of what was believed; empty where nobody knew."""
    if before is None or now is None or not before.uncertainty > 0 or not math.isfinite(before.value):
        return ""
    return f"{(now.value - before.value) / before.uncertainty:+.1f}"
