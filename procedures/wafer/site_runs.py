"""The runs of one site: each step of the recipe is a run of its own, in its own folder, on the bench as it is open.

Nothing is opened anew between runs, and the guardian of the wafer run guards them all. At the end of each the outputs
are ramped down, off and read back, as at the end of any run; the needles stay down until the last is done.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smtjlab.instruments.errors import ContactFault, LeakageTripped, PowerTripped, UnsafeError
from smtjlab.instruments.open_bench import OpenBench
from smtjlab.instruments.reading import Reading
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.procedures.control import StopNow
from smtjlab.procedures.engine import Execution
from smtjlab.procedures.errors import EngineFault, JournalFault
from smtjlab.procedures.own_loop import Recorder
from smtjlab.procedures.plan import Plan
from smtjlab.procedures.record import Shared, open_shared_record
from smtjlab.procedures.run import Run
from smtjlab.procedures.status import State

from .quick_figures import quick_figures
from .recipe import Step
from .stillness import be_still, needles_down

SITES = "sites"
"""Folder of the runs of sites within that of the wafer run."""
KINDS = "kinds"
"""Folder of bench, junction and request of each step and kind of device, to which runs of sites are linked."""

PlansByStep = Mapping[tuple[str, str], Plan]
"""The plan of each step for each kind of device, both by name."""


@dataclass(frozen=True)
class StepResult:
    """What came of a step."""

    run: str
    """Its folder within that of the wafer run."""
    figures: Mapping[str, float | None]
    tripped: str = ""
    """What tripped, in a sentence; empty where nothing did."""
    contact: bool = True
    """Whether the needles touched."""
    is_open: bool = False
    """Whether none of the currents through the junction can be told from none."""


class _Standing:
    """The guardian of the wafer run, seen from the run of a site."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @property
    def lost(self) -> bool:
        """Whether it has died."""
        return self._recorder.guardian_lost()

    def disarm(self) -> None:
        """Stand on: the wafer is not done."""


class _NoShadow:
    """Runs of sites are followed when they are whole, by whoever follows the wafer run."""

    def newly_lost(self) -> bool:
        """Return False."""
        return False


class SiteRuns:
    """Carries out the steps of a recipe at one site after another."""

    def __init__(self, bench: OpenBench, recorder: Recorder, wafer: Wafer, plans: PlansByStep) -> None:
        self._bench = bench
        self._recorder = recorder
        self._wafer = wafer
        self._plans = {key: replace(plan, bench=bench.bench) for key, plan in plans.items()}
        self._shared = {key: Shared(plan, shared_folder(recorder.folder, *key)) for key, plan in self._plans.items()}

    def carry_out(self, site: Site, step: Step, touchdowns: int) -> StepResult:
        """Return what came of a step. Raises StopNow, UnsafeError, or what ends a wafer: an instrument that is lost."""
        key = step.name, self._wafer.sub_site(site).device.name
        plan, more = self._plans[key], {"wafer": self._wafer.name, "site": str(site), "step": step.name}
        folder, journal = open_shared_record(self._shared[key], self._folder(site), **more)
        readings: list[Reading] = []
        with journal, needles_down(self._bench), self._recorder.control.pausing_later():
            execution = Execution(
                plan,
                journal,
                self._recorder.control,
                open_bench=lambda: nullcontext(self._bench),
                start_guardian=lambda _: _Standing(self._recorder),
                shadow=_NoShadow(),
                heard=readings.append,
            )
            state = execution.run()
            journal.finish()
        return self._result(folder, state, execution, site, readings, touchdowns)

    def connect(self, site: Site) -> None:
        """Let the matrix lead to a device, where one stands before the needles, with every output read back as off."""
        matrix, route = self._bench.bench.matrix, self._wafer.sub_site(site).route
        if matrix is not None and route:
            self.switch_off()
            matrix.take(self._bench.drivers[matrix.switch], route)

    def finished(self, site: Site, step: Step, known: Container[str], touchdowns: int) -> StepResult | None:
        """Return what came last of a step that is done, but whose site has no outcome: this process died in between.

        `known` are the runs that are not looked at: of outcomes that there are, and those of this visit.
        """
        found: list[tuple[str, StepResult]] = []
        for folder in self._folder(site).glob("*/"):
            name = str(folder.relative_to(self._recorder.folder))
            if name in known:
                continue
            try:
                run = Run(folder)
                if run.meta.get("step") == step.name and run.status is State.DONE:
                    found.append((str(run.meta["created"]), self._told(name, run.readings(), site, touchdowns)))
            except JournalFault:  # one that was begun and never written
                continue
        return max(found, key=lambda one: one[0])[1] if found else None

    def _result(
        self,
        folder: Path,
        state: State,
        execution: Execution,
        site: Site,
        readings: Sequence[Reading],
        touchdowns: int,
    ) -> StepResult:
        name = str(folder.relative_to(self._recorder.folder))
        if state is State.STOPPED:
            raise StopNow
        if state is State.UNSAFE:
            raise UnsafeError(execution.reason or "The bench could not be read back as safe.")
        if self._bench.closed:
            after = "" if execution.reason is None else f" That was after: {execution.reason}"
            raise EngineFault(
                f"At {site} the sessions of the bench must read it back as safe, but only new ones could, over which "
                f"nothing is measured. Look at its instruments, then resume: the wafer goes on there.{after}"
            )
        fault = execution.fault
        if fault is None:
            return self._told(name, readings, site, touchdowns)
        if isinstance(fault, ContactFault):
            return StepResult(name, {}, contact=False, tripped=str(fault))
        if isinstance(fault, LeakageTripped | PowerTripped):
            return self._told(name, readings, site, touchdowns, str(fault))
        raise EngineFault(f"At {site} {_small(str(fault) or type(fault).__name__)}") from fault

    def switch_off(self) -> None:
        """Read every source back as off, for needles are about to move; make safe what is on. Raises UnsafeError."""
        be_still(self._bench, lambda text: self._recorder.note("warning", text=text))

    def _told(
        self, name: str, readings: Sequence[Reading], site: Site, touchdowns: int, tripped: str = ""
    ) -> StepResult:
        figures = quick_figures(readings, self._wafer.sub_site(site).device.area, touchdowns)
        return StepResult(name, figures, tripped, is_open=is_open(readings))

    def _folder(self, site: Site) -> Path:
        return self._recorder.folder / SITES / f"{site.column},{site.row}" / site.name


def shared_folder(wafer_run: Path, step: str, kind: str) -> Path:
    """Return where bench, junction and request of a step stand for a kind of device."""
    return wafer_run / KINDS / f"{step} {kind}"


def is_open(readings: Sequence[Reading]) -> bool:
    """Return whether there are readings of a conductance, and none of them can be told from none."""
    found = [one for one in readings if one.value is not None and one.unit == "S"]
    return bool(found) and not any(one.uncertainty.tells_from_none(one.value or 0.0) for one in found)


def _small(sentence: str) -> Any:
    return sentence[:1].lower() + sentence[1:]
