"""Which common errors of two runs are one and the same unknown: those of an instrument that took both of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .provenance import calibrations

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run


def same_errors(first: Run, other: Run, names: Iterable[str]) -> frozenset[str]:
    """Return those of the common errors named that are the same in both runs.

    An instrument's errors are where its identity (serial number, firmware) and its calibration are; those of simulated
    instruments belong to the bench file that seeds them. What is of no instrument is of the belief, and is the same
    where that is.
    """
    instruments = _same_instruments(first, other)
    same_belief = _hash(first, "junction") == _hash(other, "junction") != ""
    named = {**(first.meta.get("identities") or {}), **(other.meta.get("identities") or {})}
    found = set()
    for name in names:
        owner = next((one for one in named if name.startswith(one.replace("_", " "))), None)
        if (owner in instruments) if owner is not None else same_belief:
            found.add(name)
    return frozenset(found)


def _same_instruments(first: Run, other: Run) -> set[str]:
    mine, theirs = first.meta.get("identities") or {}, other.meta.get("identities") or {}
    simulated = bool(first.meta.get("simulated")) or bool(other.meta.get("simulated"))
    if simulated and _hash(first, "bench") != _hash(other, "bench"):
        return set()
    days = calibrations(first), calibrations(other)
    return {name for name in mine if mine[name] == theirs.get(name) and days[0].get(name) == days[1].get(name)}


def _hash(run: Run, name: str) -> str:
    return str((run.meta.get("hashes") or {}).get(name, ""))
