"""What can go wrong between a wish and a record, one class for each thing a caller treats differently."""

from __future__ import annotations

from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.simulation.errors import SimulationMistake


class ProcedureMistake(ValueError):
    """The user asked for something that cannot be done as asked; nothing has moved."""


class ParameterError(ProcedureMistake):
    """A parameter of a procedure has a wrong name, type, unit or value."""


class UnknownProcedure(ProcedureMistake):
    """No procedure of that name can be found, or another process could not import it."""


class UnknownRun(ProcedureMistake):
    """No run, or more than one, answers to that name."""


class EngineFault(OSError):
    """The engine could not be started, could not be reached, or could not finish."""


class EngineGone(EngineFault):
    """The engine one was talking to has ended or is ending; another one may take the run."""


class JournalFault(EngineFault):
    """The journal could not be written or read: disk full, read-only folder, foreign file."""


MISTAKES = (ProcedureMistake, InstrumentMistake, SimulationMistake)
"""What a user can get wrong, in whichever room it was found: nothing has moved, and the message is one sentence."""
