"""What can go wrong when a record is turned into a page or a file."""

from __future__ import annotations

from smtjlab.procedures.errors import ProcedureMistake


class ReportMistake(ProcedureMistake):
    """A report or an export was asked for that cannot be made: unknown format, a folder that is not there."""


class ReportFault(OSError):
    """The page or the file could not be written."""
