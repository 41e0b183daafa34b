"""The frame of every page about runs: banner, heading, verdict, status, remarks, provenance, footer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .facts import status_sentence
from .provenance import provenance_of

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading
    from smtjlab.procedures.run import Run

MACROSPIN = (
    "the model is one macrospin, with stress proportional to the gate voltage (hysteresis and creep as believed). An "
    "element of some hundred nanometres may break into domains or a vortex, and leads that the four wires do not "
    "exclude add to R_P."
)
"""Limits of validity of whatever compares with the model."""
FOOTER = "Made from the run's journals alone; the same journals make the same page."
_KINDS = {None: ("unknown", "INSTRUMENTS NOT REACHED"), True: ("simulated", "SIMULATED INSTRUMENTS")}


def frame_of(
    run: Run, readings: Sequence[Reading], sentence: str, *, agrees: bool | None = None, remarks: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the frame's values for the page of one run; `sentence` is its verdict or its chief finding."""
    meta = run.meta
    return {
        "title": title_of(run),
        "id": run.id,
        "about": f"run {run.id} · {moment(meta['created'])} · bench “{meta['bench']}”",
        "banner": banner([meta.get("simulated")]),
        "hazards": [run.hazard] if run.hazard else [],
        "verdict": verdict_box(sentence, agrees),
        "status": [status_sentence(run)],
        "remarks": [*remarks, *(join.sentence for join in run.joins)],
        "tags": ", ".join(run.said.tags),
        "said": [(note.at, note.text) for note in run.said.notes],
        "key": [],
        "provenance": provenance_of(run, readings),
        "validity": MACROSPIN,
        "footer": FOOTER,
    }


def title_of(run: Run) -> str:
    """Return the name of a run's procedure as a heading."""
    return str(run.meta["procedure_name"]).replace("-", " ").capitalize()


def moment(created: str) -> str:
    """Return a moment in ISO 8601 (UTC) as a heading has it."""
    return created.partition(".")[0].partition("+")[0].replace("T", " ") + " UTC"


def banner(simulated: Sequence[bool | None]) -> dict[str, str]:
    """Return kind and text of the banner over the pages of some runs."""
    kinds = set(simulated)
    if kinds == {False}:
        return {"kind": "", "text": "HARDWARE"}
    if len(kinds) == 1:
        kind, text = _KINDS[kinds.pop()]
        return {"kind": kind, "text": text}
    told = ("simulated instruments" if one else "hardware" if one is False else "none reached" for one in simulated)
    return {"kind": "unknown", "text": " / ".join(dict.fromkeys(told)).upper()}


def verdict_box(sentence: str, agrees: bool | None) -> dict[str, str]:
    """Return kind and sentence of the box below the heading."""
    kind = "" if agrees is None else "agrees" if agrees else "differs"
    names_a_run = any(letter.isdigit() for letter in sentence.partition(" ")[0])  # "a0ad444f agrees with ..."
    return {"kind": kind, "sentence": sentence if names_a_run else sentence[:1].upper() + sentence[1:]}
