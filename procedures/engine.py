"""The engine: takes the setpoints of a run one by one, records each reading, and ends safe on every path."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol

from smtjlab.instruments.errors import Interrupted, UnsafeError
from smtjlab.instruments.open_bench import OpenBench
from smtjlab.instruments.reading import Reading
from smtjlab.instruments.safe_state import SafePlan, SafetyReport, carry_out
from smtjlab.instruments.under_test import UnderTest

from .control import Clocks, Control, StopNow, clocks_of
from .course import course_of
from .errors import MISTAKES, EngineFault, JournalFault
from .journal import Journal
from .own_loop import OwnLoop, Recorder
from .plan import Plan
from .rejoin import Rejoin
from .scribe import Scribe
from .second_session import SecondSession
from .status import TRANSITIONS, State, this_process
from .suspicion import Suspicion
from .uncertainty_note import note_uncertainty
from .watch import Held, Watch


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
        rejoin: Rejoin | None = None,
        heard: Callable[[Reading], None] = lambda reading: None,
    ) -> None:
        """`rejoin` leads into a run that ended before it was whole; `heard` is told each reading once it stands."""
        self._plan = plan
        self._journal = journal
        self._control = control
        self._open_bench = open_bench
        self._start_guardian = start_guardian
        self._shadow = shadow
        self._suspicion = Suspicion()
        self._rejoin = rejoin
        self._heard = heard
        self.state = State.IDLE if rejoin is None else State.WAITING
        self.reason: str | None = None
        self.fault: BaseException | None = None
        """What the run failed with; None where it did not fail."""

    def run(self) -> State:
        """Return the state at the end; it is in the journal by then, unless the journal itself cannot be written."""
        try:
            with self._journal.together():
                self._journal.note("engine", process=this_process())
                self._enter(State.CHECKING)
            with self._open_bench() as bench:
                end, reason = self._with_bench(bench)
        except UnsafeError as error:  # from the closing of the bench, which tries once more
            end, reason = State.UNSAFE, _sentence(error)
        except (OSError, *MISTAKES) as error:
            end, reason, self.fault = State.FAILED, _sentence(error), error
        except Exception as error:  # noqa: BLE001 - a fault of ours or of a user's procedure must still be told
            end, reason = State.FAILED, self._told(error)
        self._enter(end, reason=reason)
        return end

    def _with_bench(self, bench: OpenBench) -> tuple[State, str | None]:
        self._meet(bench)
        guardian = self._start_guardian(plan := bench.safe_plan)
        beside = SecondSession(bench, plan, self._note_if_possible)
        before, self._control.at_once = self._control.at_once, beside.act
        try:
            end, reason = self._guarded(bench, guardian)
        finally:
            # Without a safe end of our own the guardian stays armed: the end of this process wakes it.
            with beside.own_turn():
                self._control.at_once = before
                report = self._make_safe(bench)
            if report.safe:
                guardian.disarm()
        unsafe = f"UNSAFE: the safe state could not be read back. {report}"
        return (end, reason) if report.safe else (State.UNSAFE, unsafe)

    def _meet(self, bench: OpenBench) -> None:
        """Say what the bench is, refuse what it may not do, and note what was found; nothing is moved yet."""
        if self._rejoin is not None:
            self._rejoin.check_instruments(bench.identities, simulated=bench.simulated)
        self._device(bench).hazardous = self._plan.request.hazardous
        kind = "SIMULATED INSTRUMENTS" if bench.simulated else "HARDWARE"
        with self._journal.together():
            if self._rejoin is None or self._rejoin.simulated is None:
                self._journal.add_facts(simulated=bench.simulated, identities=bench.identities)
            self._journal.note("instruments", simulated=bench.simulated, identities=bench.identities)
            self._journal.note("banner", text=kind, hazard=self._plan.hazard)
            on = (f"The output of `{found}` was on before this run touched it." for found in bench.found_on)
            for text in (*bench.notes, *on):
                self._journal.note("warning", text=text)
        self._device(bench).check(self._plan.setpoints)

    def _device(self, bench: OpenBench) -> UnderTest:
        return self._plan.procedure.reached(bench)

    def _guarded(self, bench: OpenBench, guardian: GuardianLike) -> tuple[State, str | None]:
        try:
            self._watch = Watch(bench.bench.monitors, bench.drivers, bench.clock.now, self._journal)
            clocks = self._clocks(bench, guardian)
            self._enter(State.RUNNING)
            self._heed(guardian)
            if isinstance(self._plan.procedure, OwnLoop):
                self._hold_until_fine(clocks, beside=True)
                self._device(bench).clock = clocks.patient
                return self._own_loop(self._plan.procedure, bench, guardian, clocks)
            self._prepare(bench, guardian, clocks)
            return self._loop(bench, guardian, clocks)
        except StopNow:
            return State.STOPPED, None
        except (OSError, *MISTAKES) as error:
            # What a stop has cut short fails with whatever the cut looks like from where it was.
            if self._control.stopping_now:
                return State.STOPPED, None if isinstance(error, Interrupted) else _sentence(error)
            self.fault = error
            return State.FAILED, _sentence(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as in `run`: told, then safe
            return State.FAILED, self._told(error)

    def _clocks(self, bench: OpenBench, guardian: GuardianLike) -> Clocks:
        return clocks_of(bench.clock, lambda **how: self._heed(guardian, **how), self._watch.shortest)

    def _prepare(self, bench: OpenBench, guardian: GuardianLike, clocks: Clocks) -> None:
        """Enter the measurement: monitors first, then outputs on, then, in a resumed run, the way back to its state."""
        self._hold_until_fine(clocks, beside=True)
        self._device(bench).clock = clocks.patient
        self._plan.procedure.prepare(self._device(bench))
        note_uncertainty(self._device(bench), self._journal.note)
        if self._rejoin is not None:

            def between() -> None:
                self._heed(guardian, held=True)
                self._hold_until_fine(clocks)

            self._rejoin.walk(self._device(bench), self._plan.procedure, self._journal, between)
        self._device(bench).clock = clocks.watchful

    def _loop(self, bench: OpenBench, guardian: GuardianLike, clocks: Clocks) -> tuple[State, str | None]:
        course = course_of(self._plan, self._journal, self._rejoin)
        while (setpoint := course.next()) is not None:
            reading: Reading | None = None
            while reading is None:
                self._hold_while_paused(guardian)
                if self._control.stopping:
                    return State.STOPPED, None
                self._heed(guardian)
                self._hold_until_fine(clocks)
                try:
                    reading = self._plan.procedure.measure(self._device(bench), setpoint)
                except Held:  # it is taken again; what the junction saw meanwhile stays noted
                    continue
            self._journal.append(course.taken, reading.to_dict())
            self._suspicion.look(course.taken, reading, self._journal)
            course.took(reading)
            self._heard(reading)
            self._look_at_shadow()
        return State.DONE, None

    def _own_loop(
        self, procedure: OwnLoop, bench: OpenBench, guardian: GuardianLike, clocks: Clocks
    ) -> tuple[State, str | None]:
        """Let the procedure keep its own loop; between its rows the engine looks up as between setpoints."""

        def between() -> None:
            self._look_at_shadow()
            self._hold_while_paused(guardian)
            self._heed(guardian)
            self._hold_until_fine(clocks, beside=True)

        first = 0 if self._rejoin is None else self._rejoin.begin_again(self._journal)
        recorder = Recorder(
            self._journal,
            bench.clock.now,
            control=self._control,
            between=between,
            first=first,
            guardian_lost=lambda: guardian.lost,
        )
        procedure.run(bench, recorder)
        if self._control.stopping:
            return State.STOPPED, None
        recorder.progress(100)
        return State.DONE, None

    def _heed(self, guardian: GuardianLike, *, watching: bool = False, held: bool = False) -> None:
        """Raise what must end a run at once: a stop that does not wait, or a guardian that is no more.

        While a point is being taken, `watching`, a monitor that leaves its band raises Held. Where no point is being
        taken, `held`, any stop is one that need not wait.
        """
        self._control.heed()
        if held and self._control.stopping:
            raise StopNow
        if guardian.lost:
            raise EngineFault("The guardian of this run has died; nothing is left on without one.")
        if watching:
            self._watch.look_while_waiting()

    def _hold_while_paused(self, guardian: GuardianLike) -> None:
        if not self._control.paused:
            return
        self._enter(State.PAUSED)
        while self._control.paused and not guardian.lost:
            self._control.wait_while_paused(0.1)
        self._enter(State.RUNNING)

    def _hold_until_fine(self, clocks: Clocks, *, beside: bool = False) -> None:
        """Return at once where every monitor is inside its band; else hold the run, outputs as they are, until then."""
        try:
            self._watch.look(beside=beside)
        except Held as held:
            self._journal.note("warning", text=f"{held}. The run is held until it is.")
            self._enter(State.PAUSED, reason=str(held))
            self._watch.wait(clocks.held.sleep, beside=beside)
            self._enter(State.RUNNING)

    def _look_at_shadow(self) -> None:
        if self._shadow.newly_lost():
            text = "The model beside the run has died; the measurement goes on without it."
            self._journal.note("warning", text=text, lost="model")

    def _make_safe(self, bench: OpenBench) -> SafetyReport:
        """Ramp down, switch off, read back; where the own sessions fail, once more with fresh ones.

        What is noted on the way is written by another thread: nobody waits for a disk while outputs are on.
        """
        with Scribe(self._note_if_possible) as scribe:

            def announce(text: str) -> None:
                scribe.note("ramp", text=text)

            self._enter(State.MAKING_SAFE, note=scribe.note)
            report = bench.make_safe(announce=announce)
            if not report.safe:
                bench.close()
                report = carry_out(bench.safe_plan, announce=announce)
                bench.forget()  # the bench itself need not try a third time when it is left
        self._note_if_possible("safety", by="engine", safe=report.safe, findings=report.findings)
        return report

    def _enter(self, state: State, *, reason: str | None = None, note: Callable[..., None] | None = None) -> None:
        """Go into a state and note it. What leads to an end is held up neither by a full disk nor by a slip of ours."""
        ending = state.ended or state is State.MAKING_SAFE
        if state not in TRANSITIONS[self.state] and not ending:
            raise EngineFault(f"A run must not go from {self.state} to {state}.")
        self.state, self.reason = state, reason
        note = note or (self._note_if_possible if ending else self._journal.note)
        note("state", state=str(state), **({} if reason is None else {"reason": reason}))
        if state in (State.RUNNING, State.PAUSED):
            self._journal.sync()

    def _note_if_possible(self, kind: str, **payload: Any) -> None:
        """Note what must not be stopped by a full disk; the fault itself has been told already."""
        with suppress(JournalFault):
            self._journal.note(kind, **payload)

    def _told(self, error: BaseException) -> str:
        self.fault = error
        text = "".join(traceback.format_exception(error))
        self._note_if_possible("fault", text=text)
        return f"The procedure failed with {type(error).__name__}: {error}."


def _sentence(error: Exception) -> str:
    return str(error) or type(error).__name__
