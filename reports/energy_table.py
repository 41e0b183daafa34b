"""The table of energies on a report: charging, Gilbert loss, reading and leakage per gate step and per operation."""

from __future__ import annotations

from collections.abc import Mapping

from smtjlab.simulation.gate_energy import OperationEnergy

from .rounding import plain

PARTS = (
    ("charging", "charging C (ΔV)²/2"),
    ("gilbert", "Gilbert loss"),
    ("read", "reading V²G t"),
    ("leakage", "leakage V²t/R"),
    ("total", "total burnt"),
    ("stored", "left on the gates"),
    ("returned", "back into the source"),
)
"""Parts of an energy in the order of the rows, and what a reader calls them."""
ASSUMED = "Gate capacitance as assumed: pads of 2 µm² on 1 µm of a piezoelectric with ε_r = 1000, 17.7 fF."
"""Note below a table whose capacitance nobody gave."""


def energy_headings(energies: Mapping[str, OperationEnergy]) -> tuple[str, ...]:
    """Return the headings: `part`, then the names of the energies."""
    return ("part", *energies)


def energy_rows(energies: Mapping[str, OperationEnergy]) -> tuple[tuple[str, ...], ...]:
    """Return one row a part, with a text such as "0.694 aJ" or "797 aJ" for each energy; totals after their parts."""
    return tuple((title, *(_joules(getattr(one, name)) for one in energies.values())) for name, title in PARTS)


def energies_of_a_run(whole: OperationEnergy, *, steps: int, operations: int) -> dict[str, OperationEnergy]:
    """Return the energy of a run as a report lists it: per gate step, per operation and of the whole run."""
    shares = {"per gate step": steps, "per operation": operations}
    return {name: whole.scaled(1 / count) for name, count in shares.items() if count} | {"whole run": whole}


def _joules(energy: float) -> str:
    """Return an energy with three digits and an SI prefix."""
    return plain(energy, "J", digits=3)
