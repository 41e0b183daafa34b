"""A procedure that keeps its own loop: the engine lends it the bench, watches it, and writes down its rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.reading import Reading, Setpoint

from .control import Control
from .errors import ProcedureMistake
from .journal import Journal
from .procedure import Procedure
from .row import Row

if TYPE_CHECKING:
    from smtjlab.instruments.device import DeviceUnderTest
    from smtjlab.instruments.open_bench import OpenBench


class Recorder:
    """What the engine gives such a procedure: a place for rows and progress, and the word to stop."""

    def __init__(
        self,
        journal: Journal,
        now: Callable[[], float],
        *,
        control: Control,
        between: Callable[[], None],
        first: int = 0,
        guardian_lost: Callable[[], bool] = lambda: False,
    ) -> None:
        """`between` is called after each row: it holds while the run is paused, and raises what must end it.

        `first` is the number of the next row: that of those which a resumed run has already.
        """
        self._journal = journal
        self._now = now
        self.control = control
        """What faces ask for; a loop that runs others hands it on."""
        self._between = between
        self._count = first
        self.guardian_lost = guardian_lost
        """Whether nobody would make the bench safe if this process died."""
        self._percent = 0

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self._journal.path.parent

    @property
    def count(self) -> int:
        """Rows of the run so far, those of the executions before this one among them."""
        return self._count

    def hold(self) -> None:
        """Hold while the run is paused; raise what must end it."""
        self._between()

    @property
    def stopping(self) -> bool:
        """Whether the loop must end: a face asked for a stop."""
        return self.control.stopping

    def add(self, values: Mapping[str, Any], beside: tuple[str, Mapping[str, Any]] | None = None) -> None:
        """Append one row and sync it, with the event `beside` it in one; StopNow where the run must end at once."""
        row = Row(values=values, time=self._now()).to_dict()
        with nullcontext() if beside is None else self._journal.together():
            if beside is not None:
                self._journal.note(beside[0], **beside[1])
            self._journal.append(self._count, row)
        self._count += 1
        self._between()

    def wind_down(self) -> None:
        """From here on hold for nothing and raise nothing between rows: whoever shuts down must not be cut short."""
        self._between = lambda: None

    def progress(self, percent: float) -> None:
        """Note how much of the loop is done, in percent, where it is a whole percent more than before."""
        whole = min(100, int(percent))
        if whole > self._percent:
            self._percent = whole
            self._journal.note("progress", percent=whole)

    def note(self, kind: str, **payload: Any) -> None:
        """Append one event."""
        self._journal.note(kind, **payload)

    def add_facts(self, **facts: Any) -> None:
        """Add facts of the run that were not known at its start."""
        self._journal.add_facts(**facts)


@dataclass(frozen=True, kw_only=True)
class OwnLoop(Procedure):
    """A procedure whose setpoints nobody knows beforehand.

    Guardian, compliance, safe end and record hold as ever. What does not: setpoints cannot be checked before the first
    volt, and no model runs beside it, because a row does not tell what the junction has seen.
    """

    @classmethod
    @abstractmethod
    def columns(cls) -> dict[str, str]:
        """Return the columns of its rows, each with its unit; empty where there is none."""

    @abstractmethod
    def run(self, bench: OpenBench, recorder: Recorder) -> None:
        """Do the whole loop on an open bench, and end where the recorder says so."""

    def planned_rows(self) -> int | None:
        """Return how many rows there will be; None where nobody knows. A run that knows can be resumed."""
        return None

    def setpoints(self) -> list[Setpoint]:
        """Return nothing: the loop alone knows."""
        return []

    def prepare(self, device: DeviceUnderTest) -> None:
        """Do nothing: the loop sets up what it needs."""

    def measure(self, device: DeviceUnderTest, setpoint: Setpoint) -> Reading:
        """Refuse: a loop is done whole."""
        raise ProcedureMistake(f"{type(self).__name__} must be run whole, but one setpoint was asked of it.")

    def time_per_setpoint(self) -> float:
        """Return 0 s: there are no setpoints."""
        return 0.0
