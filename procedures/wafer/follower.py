"""The model beside a wafer: every run of a site is fitted as soon as it is whole, and how far the fit misses is told.

It follows the journal of the wafer's run in the shadow's process, and writes one record a visit into a journal of its
own: what was extracted, with uncertainties, and the misfit of the model in standard deviations. What the process of the
wafer lets a recipe expect is foretold here too, once, while devices are measured: a digest finds it in the cache.
"""

from __future__ import annotations

import math
import time
from typing import Any

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.errors import MISTAKES, JournalFault, ProcedureMistake
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JUNCTION, Run
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.inference.extraction import Extraction

from .expected import populations_of
from .outcome import Outcome
from .wafer_walk import PROCESS

FIT = "fit"
"""Key of such a record."""
LOOK = 0.2
"""Seconds between two looks at a wafer that is measured."""
LEAST_CHANCE = 1e-300


class WaferFollower:
    """Follows one wafer run to its end."""

    def __init__(self, run: Run, journal: Journal, answered: int) -> None:
        """`answered` visits have their record already."""
        self._run = run
        self._journal = journal
        self._next = answered
        self._beliefs: dict[str, Belief] = {}
        self._foretold = False

    def follow(self) -> None:
        """Return when the run has ended and every visit has its record."""
        with self._journal:
            while True:
                ended = self._run.status.ended  # asked first: visits written before the end are then not missed
                news = self._run.rows(after=self._next - 1)
                for row in news:
                    self._journal.append(self._next, {FIT: self._fitted(Outcome.of(row.values))})
                    self._next += 1
                if ended and not news:
                    break
                if not ended:
                    self._foretell()
                if not news:
                    time.sleep(LOOK)
            self._journal.note("end", readings=self._next)
            self._journal.finish()

    def _fitted(self, outcome: Outcome) -> dict[str, Any]:
        """Return what the last run of a visit tells that can tell anything; why it does not, where none does."""
        why = ""
        for name in reversed(outcome.runs):
            try:
                run = Run(self._run.folder / name)
                found = run.procedure.extraction(readings := run.readings(), self._belief(run))
            except (SimulationMistake, ProcedureMistake, JournalFault) as problem:
                why = why or str(problem)
                continue
            if found is not None:
                return {"run": name} | _told(found, readings)
        return {"run": "", "reason": why}

    def _foretell(self) -> None:
        """Let the cache know what is expected of the wafer, as soon as its files are in the folder."""
        if self._foretold or not (self._run.folder / PROCESS).is_file():
            return
        self._foretold = True
        try:
            populations_of(self._run, threads=1)  # the rest of the computer is for who measures
        except (*MISTAKES, JournalFault) as problem:
            self._journal.note("warning", text=str(problem))

    def _belief(self, run: Run) -> Belief:
        """Return the belief of a run; those of all sites of a kind are one, by the hash in their records."""
        key = str((run.meta.get("hashes") or {}).get("junction"))
        if key not in self._beliefs:
            self._beliefs[key] = Belief.load(run.file(JUNCTION))
        return self._beliefs[key]


def misfit(chi_square: float, dof: int) -> float | None:
    """Return the misfit of a fit in standard deviations: of the one-sided normal law with the same chance.

    0 for a chi-square at its median, above where it is too large. None without degrees of freedom.
    """
    if dof < 1 or not math.isfinite(chi_square):
        return None
    from scipy.special import chdtr, chdtrc, ndtri

    chance = float(chdtrc(dof, chi_square))
    return float(-ndtri(max(chance, LEAST_CHANCE))) if chance < 0.5 else float(ndtri(chdtr(dof, chi_square)))


def _told(found: Extraction, readings: list[Reading]) -> dict[str, Any]:
    estimates = {name: found.estimate(name) for name in found.names}
    return {
        "values": {name: one.value for name, one in estimates.items() if one is not None},
        "uncertainties": {name: one.uncertainty for name, one in estimates.items() if one is not None},
        "chi_square": found.chi_square,
        "dof": found.dof,
        "readings": len(readings),
        "misfit": misfit(found.chi_square, found.dof),
        "reason": "",
    }
