"""What a run's own procedure extracts from its readings; where it cannot, the reason in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.noise_of_readings import with_believed_noise
from smtjlab.simulation.errors import SimulationMistake

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction


class Extracted(NamedTuple):
    """An extraction, or None and why there is none (empty where the procedure extracts nothing)."""

    extraction: Extraction | None
    reason: str = ""


NOT_EXTRACTED = Extracted(None)


def extracted(run: Run, readings: Sequence[Reading], belief: Belief) -> Extracted:
    """Return what the run's procedure extracts; a class that is gone, or data that cannot tell, are a reason.

    Where the belief holds 1/f noise, the uncertainties of the readings hold it too.
    """
    try:
        return Extracted(run.procedure.extraction(with_believed_noise(readings, belief), belief))
    except (SimulationMistake, ProcedureMistake) as mistake:
        return Extracted(None, str(mistake))
