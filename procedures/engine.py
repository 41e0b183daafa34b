"""The engine: takes the setpoints of a run one by one, records each reading, and ends safe on every path."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol

from smtjlab.instruments.errors import UnsafeError
from smtjlab.instruments.open_bench import OpenBench
from smtjlab.instruments.reading import Reading
from smtjlab.instruments.safe_state import SafePlan, SafetyReport, carry_out

from .control import Control, HeedingClock, StopNow
from .errors import MISTAKES, EngineFault, JournalFault
from .journal import Journal
from .own_loop import OwnLoop, Recorder
from .plan import Plan
from .status import State


class GuardianLike(Protocol):
    """What the engine needs of its guardian."""

    @property
    def lost(self) -> bool:
        """Whether it has died."""

    def disarm(self) -> None:
        """Tell it that the bench is safe."""


class ShadowLike(Protocol):
    """What the engine needs to know of its shadow."""

    def newly_lost(self) -> bool:
        """Return True once, when the shadow has died."""


class Execution:
    """One run on an engine: states, loop, safe end. See `State` for the order of states."""

    def __init__(
        self,
        plan: Plan,
        journal: Journal,
        control: Control,
        *,
        open_bench: Callable[[], AbstractContextManager[OpenBench]],
        start_guardian: Callable[[SafePlan], GuardianLike],
        shadow: ShadowLike,
    ) -> None:
        self._plan = plan
        self._journal = journal
        self._control = control
        self._open_bench = open_bench
        self._start_guardian = start_guardian
        self._shadow = shadow
        self.state = State.IDLE
        self.reason: str | None = None

    def run(self) -> State:
        """Return the state at the end; it is in the journal by then, unless the journal itself cannot be written."""
        try:
            self._enter(State.CHECKING)
            with self._open_bench() as bench:
                end, reason = self._with_bench(bench)
        except UnsafeError as error:  # from the closing of the bench, which tries once more
            end, reason = State.UNSAFE, _sentence(error)
        except (OSError, *MISTAKES) as error:
            end, reason = State.FAILED, _sentence(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours or of a user's procedure must still be told
            end, reason = State.FAILED, self._told(error)
        self._enter(end, reason=reason)
        return end

    def _with_bench(self, bench: OpenBench) -> tuple[State, str | None]:
        self._journal.add_facts(simulated=bench.simulated, identities=bench.identities)
        bench.device.hazardous = self._plan.request.hazardous
        kind = "SIMULATED INSTRUMENTS" if bench.simulated else "HARDWARE"
        self._journal.note("banner", text=kind, hazard=self._plan.hazard)
        for found in bench.found_on:
            self._journal.note("warning", text=f"The output of `{found}` was on before this run touched it.")
        bench.device.check(self._plan.setpoints)
        guardian = self._start_guardian(bench.safe_plan)
        bench.device.clock = HeedingClock(bench.clock, lambda: self._heed(guardian))
        try:
            end, reason = self._guarded(bench, guardian)
        finally:
            # Without a safe end of our own the guardian stays armed: the end of this process wakes it.
            report = self._make_safe(bench)
            if report.safe:
                guardian.disarm()
        return (end, reason) if report.safe else (State.UNSAFE, _unsafe_sentence(report))

    def _guarded(self, bench: OpenBench, guardian: GuardianLike) -> tuple[State, str | None]:
        try:
            self._enter(State.RUNNING)
            self._heed(guardian)
            if isinstance(self._plan.procedure, OwnLoop):
                return self._own_loop(self._plan.procedure, bench, guardian)
            self._plan.procedure.prepare(bench.device)
            return self._loop(bench, guardian)
        except StopNow:
            return State.STOPPED, None
        except (OSError, *MISTAKES) as error:
            return State.FAILED, _sentence(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as in `run`: told, then safe
            return State.FAILED, self._told(error)

    def _loop(self, bench: OpenBench, guardian: GuardianLike) -> tuple[State, str | None]:
        for number, setpoint in enumerate(self._plan.setpoints):
            self._hold_while_paused(guardian)
            if self._control.stopping:
                return State.STOPPED, None
            self._heed(guardian)
            reading: Reading = self._plan.procedure.measure(bench.device, setpoint)
            self._journal.append(number, reading.to_dict())
            self._look_at_shadow()
        return State.DONE, None

    def _own_loop(self, procedure: OwnLoop, bench: OpenBench, guardian: GuardianLike) -> tuple[State, str | None]:
        """Let the procedure keep its own loop; between its rows the engine looks up as between setpoints."""

        def between() -> None:
            self._look_at_shadow()
            self._hold_while_paused(guardian)
            self._heed(guardian)

        recorder = Recorder(self._journal, bench.clock.now, control=self._control, between=between)
        procedure.run(bench, recorder)
        if self._control.stopping:
            return State.STOPPED, None
        recorder.progress(100)
        return State.DONE, None

    def _heed(self, guardian: GuardianLike) -> None:
        """Raise what must end a run at once: a stop that does not wait, or a guardian that is no more."""
        self._control.heed()
        if guardian.lost:
            raise EngineFault("The guardian of this run has died; nothing is left on without one.")

    def _hold_while_paused(self, guardian: GuardianLike) -> None:
        if not self._control.paused:
            return
        self._enter(State.PAUSED)
        while self._control.paused and not guardian.lost:
            self._control.wait_while_paused(0.1)
        self._enter(State.RUNNING)

    def _look_at_shadow(self) -> None:
        if self._shadow.newly_lost():
            text = "The model beside the run has died; the measurement goes on without it."
            self._journal.note("warning", text=text, lost="model")

    def _make_safe(self, bench: OpenBench) -> SafetyReport:
        """Ramp down, switch off, read back; where the own sessions fail, once more with fresh ones."""
        self._note_if_possible("state", state=str(State.MAKING_SAFE))
        report = bench.make_safe()
        if not report.safe:
            bench.close()
            report = carry_out(bench.safe_plan)
        self._note_if_possible("safety", by="engine", safe=report.safe, findings=report.findings)
        return report

    def _enter(self, state: State, *, reason: str | None = None) -> None:
        self.state, self.reason = state, reason
        if state.ended:
            self._note_if_possible("state", state=str(state), reason=reason)
        else:
            self._journal.note("state", state=str(state))

    def _note_if_possible(self, kind: str, **payload: Any) -> None:
        """Note what must not be stopped by a full disk; the fault itself has been told already."""
        with suppress(JournalFault):
            self._journal.note(kind, **payload)

    def _told(self, error: BaseException) -> str:
        text = "".join(traceback.format_exception(error))
        self._note_if_possible("fault", text=text)
        return f"The procedure failed with {type(error).__name__}: {error}."


def _sentence(error: Exception) -> str:
    return str(error) or type(error).__name__


def _unsafe_sentence(report: SafetyReport) -> str:
    return f"UNSAFE: the safe state could not be read back. {report}"
