"""What came of a visit to a site: the row that a wafer run writes for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from smtjlab.instruments.wafer.wafer import Site
from smtjlab.procedures.errors import JournalFault

from .figures import FIGURES

OPEN = "No current could be told from none."
"""Reason of a device that is open, or that needles do not touch when they are set down anew: two wires do not tell."""


class SiteState(StrEnum):
    """How a visit ended."""

    DONE = "done"
    FAILED = "failed"
    """Something tripped: the gate leaks, the junction takes too much."""
    NO_CONTACT = "no contact"


COLUMNS = {
    "column": "",
    "row": "",
    "site": "",
    "type": "",
    "device": "",
    "state": "",
    "bin": "",
    "bin_name": "",
    "good": "",
    "reason": "",
    "runs": "",
    "left_out": "",
    "seconds": "s",
    **{name: figure.unit for name, figure in FIGURES.items()},
}
"""Columns of the rows of a wafer run, with their units."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One visit."""

    site: Site
    die_type: str
    device: str
    state: SiteState
    reason: str = ""
    """Why it is not done, or what makes it doubtful; else empty."""
    bin: int | None = None
    bin_name: str = ""
    good: bool = False
    runs: Sequence[str] = ()
    """Folders of the runs whose figures these are, within that of the wafer run."""
    left_out: Sequence[str] = ()
    """Steps whose condition did not hold."""
    seconds: float = 0.0
    """Time on the bench's clock."""
    figures: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def is_missed(self) -> bool:
        """Whether the needles may have touched nothing: there was no contact, or no current."""
        return self.state is SiteState.NO_CONTACT or self.reason == OPEN

    def values(self) -> dict[str, Any]:
        """Return the row."""
        told: dict[str, Any] = {
            "column": self.site.column,
            "row": self.site.row,
            "site": self.site.name,
            "type": self.die_type,
            "device": self.device,
            "state": str(self.state),
            "bin": self.bin,
            "bin_name": self.bin_name,
            "good": self.good,
            "reason": self.reason,
            "runs": list(self.runs),
            "left_out": list(self.left_out),
            "seconds": self.seconds,
        }
        return told | {name: self.figures.get(name) for name in FIGURES}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the outcome that a row tells. Raises JournalFault for what is none."""
        try:
            return cls(
                site=Site(int(values["column"]), int(values["row"]), str(values["site"])),
                die_type=str(values["type"]),
                device=str(values["device"]),
                state=SiteState(values["state"]),
                reason=str(values["reason"]),
                bin=None if values["bin"] is None else int(values["bin"]),
                bin_name=str(values["bin_name"]),
                good=bool(values["good"]),
                runs=tuple(map(str, values["runs"])),
                left_out=tuple(map(str, values["left_out"])),
                seconds=float(values["seconds"]),
                figures={name: values.get(name) for name in FIGURES},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise JournalFault(f"A row of a wafer run must tell of a site, but does not: {error}.") from error
