"""The named models of the transfer curve."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from .errors import ModelError

Well = Literal["global", 1, -1]
"""Which well: the deepest one or all of them (`global`), or the one with phi > 0 (1) or phi < 0 (-1)."""


class Model(StrEnum):
    """How conductance follows from the gate: six answers to the same question."""

    PAPER_EQ2_PRINTED = "paper_eq2_printed"
    """Eq. (2) of the paper as printed, which counts G_AP twice; for reproduction only."""
    PAPER_TANGENT = "paper_tangent"
    """The paper's line kappa (V - delta) of its section 3, with the paper's sign (rotation for V < 0)."""
    TANGENT_EXACT = "tangent_exact"
    """The true tangent of the static curve at the threshold."""
    STATIC = "static"
    """The minimum of the energy: T = 0."""
    BOLTZMANN = "boltzmann"
    """The thermal average over the sphere."""
    SLLG = "sllg"
    """An ensemble of stochastic Landau-Lifshitz-Gilbert trajectories."""

    @classmethod
    def named(cls, name: str | Model) -> Model:
        """Return the model of that name. Raises ModelError."""
        try:
            return cls(str(name))
        except ValueError:
            known = ", ".join(f"`{model}`" for model in cls)
            raise ModelError(f"A model must be one of {known}, but `{name}` was asked for.") from None


def checked_well(well: str | int) -> Well:
    """Return `global`, 1 or -1. Raises ModelError."""
    named: dict[str, Well] = {"global": "global", "1": 1, "+1": 1, "-1": -1}
    if str(well) not in named:
        raise ModelError(f"`well` must be `global`, 1 or -1, but is {well!r}.")
    return named[str(well)]
