"""The verdict on a run: the one that was reached beside it, or the same computation done again from the journals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.run import of_part
from smtjlab.simulation.agreement import Agreement, Verdict
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.expectation import Expectation

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run


def verdict_of(run: Run, readings: Sequence[Reading], expectations: Mapping[int, Expectation]) -> Verdict | None:
    """Return the final verdict; None where the model answered nothing."""
    if not expectations:
        return None
    noted = run.verdict()
    if noted and noted.get("final") and len(noted.get("pulls", ())) == len(readings):
        return Verdict.from_dict(noted)
    found = judged(believed(run), str(run.meta["model"]), readings, expectations)
    return replace(found, sentence=found.sentence + of_part(len(expectations), len(readings)))


def judged(belief: Belief, model: str, readings: Sequence[Reading], expectations: Mapping[int, Expectation]) -> Verdict:
    """Return the verdict on the readings that the model answered; the others count as not used."""
    agreement = Agreement(belief, model)
    for number, reading in enumerate(readings):
        expected = expectations.get(number)
        usable = expected is not None and not reading.flags
        agreement.add(
            reading.value if usable else None,
            expected or _NOTHING,
            reading.uncertainty,
            bias=reading.bias,
            gate=reading.gate,
            time=reading.time,
            duration=reading.duration,
            made_of=reading.made_of,
        )
    return agreement.evaluate()


def believed(run: Run) -> Belief:
    """Return the belief as the run used it."""
    from smtjlab.procedures.run import JUNCTION

    return Belief.load(run.file(JUNCTION))


_NOTHING = Expectation(median=float("nan"), low68=0, high68=0, low95=0, high95=0, effective_gate=float("nan"))
