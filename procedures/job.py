"""A run on its way through an engine: from its place in the queue to the end of its execution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smtjlab.instruments.lease import PATIENCE as PATIENCE_FOR_BENCH

from .attendants import Guardian, Shadow
from .control import Control
from .engine import Execution
from .journal import Journal
from .plan import Plan
from .rejoin import Rejoin
from .resume import Resumption
from .run import JOURNAL, Run
from .waiting_run import plan_on_record

if TYPE_CHECKING:
    from smtjlab.instruments.open_bench import OpenBench
    from smtjlab.instruments.safe_state import SafePlan


@dataclass
class Job:
    """One run of a station; without a plan where it was handed in to an engine before this one."""

    folder: Path
    station: Path
    plan: Plan | None = None
    rejoin: Rejoin | None = None
    """The way back, where the run had ended before it was whole."""
    journal: Journal | None = None
    execution: Execution | None = None
    refused: bool = False
    leases: tuple[int, ...] = ()

    @property
    def over(self) -> bool:
        """Whether its end is known; the queue hears of it an instant later."""
        return self.refused or (self.execution is not None and self.execution.state.ended)

    def prepare(self, journal: Journal, control: Control, shadow: Shadow) -> Execution:
        """Return the execution; raises what a plan made anew from the record can be refused for."""
        plan = self.plan or self._plan_on_record()
        self.plan, self.journal = plan, journal
        self.execution = Execution(
            plan,
            journal,
            control,
            open_bench=lambda: self._leased_bench(plan),
            start_guardian=self._guardian,
            shadow=shadow,
            rejoin=self.rejoin,
        )
        return self.execution

    def _plan_on_record(self) -> Plan:
        resumption = Resumption.on_record(Run(self.folder))
        if resumption is None:
            return plan_on_record(self.folder)
        self.rejoin = resumption.rejoin
        return resumption.plan

    @contextmanager
    def _leased_bench(self, plan: Plan) -> Iterator[OpenBench]:
        """Open the bench once nobody else drives it: no other engine, and no guardian at its work."""
        from smtjlab.instruments.open_bench import open_bench

        with open_bench(
            plan.bench, station=self.station, holder=f"run {self.folder.name}", patience=PATIENCE_FOR_BENCH
        ) as bench:
            self.leases = bench.leases
            yield bench

    def _guardian(self, plan: SafePlan) -> Guardian:
        return Guardian(plan.to_dict(), self.folder / JOURNAL, self.leases)
