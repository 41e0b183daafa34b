"""What can go wrong with a recipe or a wafer's record."""

from __future__ import annotations

from smtjlab.procedures.errors import ProcedureMistake


class RecipeError(ProcedureMistake):
    """A recipe is wrong; the sentence names file and line where it comes from one."""
