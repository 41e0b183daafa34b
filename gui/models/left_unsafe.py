"""What was not read back as safe, until it is: the run that left it so may have ended, and another one be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from smtjlab.gui.texts import LEFT_UNSEEN
from smtjlab.procedures.run import Run
from smtjlab.procedures.status import State
from smtjlab.procedures.why import made_safe, why

from .run_feed import Glance
from .told import Told

MOVED = (State.RUNNING, State.PAUSED, State.MAKING_SAFE)
"""What a run had on before counts no more: the bench is as this one tells."""
NOT_READ_BACK = (State.UNSAFE, State.INTERRUPTED)


def leaves_unsafe(glance: Glance) -> bool:
    """Return whether a run has ended and nobody has read back that its bench is safe."""
    return glance.state in NOT_READ_BACK and glance.safe is not True


class Left:
    """Keeps what runs have left that is not safe, for each bench by its address."""

    def __init__(self) -> None:
        self._findings: dict[str, tuple[Mapping[str, Any], ...]] = {}
        self._made_safe = ""

    @property
    def benches(self) -> list[str]:
        """Benches that were left so."""
        return list(self._findings)

    def heed(self, bench: str, glance: Glance, *, past: bool) -> None:
        """Take in how a run on a bench stands; one that is long `past` tells nothing of how its bench is by now."""
        if glance.run == self._made_safe and not glance.state.ended:
            self._made_safe = ""  # it was resumed
        if past or glance.run == self._made_safe:
            return
        if leaves_unsafe(glance):
            self._findings[bench] = glance.findings or self._findings.get(bench, ())
        elif glance.state in MOVED or (glance.state.ended and glance.safe):
            self._findings.pop(bench, None)

    def look_back(self, told: Told) -> None:
        """Take in how a run has ended that was not shown."""
        if told.fault:
            self._findings[told.bench] = told.findings or self._findings.get(told.bench, ())
        elif told.safe:
            self._findings.pop(told.bench, None)

    def made_safe(self, bench: str, glance: Glance | None = None) -> None:
        """Take it that a bench was read back as safe by somebody else; by its run `glance`, where that is shown."""
        self._findings.pop(bench, None)
        if glance is not None and glance.state.ended:  # one that goes on reads back by itself
            self._made_safe = glance.run

    def told(self, bench: str, glance: Glance | None, *, past: bool) -> Glance | None:
        """Return a glance with what is known of its bench: by itself, by a run before, or by who made it safe."""
        if glance is None:
            return None
        if glance.run == self._made_safe and bench not in self._findings:
            return replace(glance, findings=tuple({**one, "ok": True} for one in glance.findings))
        left = self._findings.get(bench, ())
        is_old = past and glance.state.ended and all(one["ok"] for one in glance.findings)
        return replace(glance, findings=left) if is_old or not glance.findings else glance


def looked_back(folder: Path, bench: str) -> Told:
    """Return how a run on a bench has ended; as a fault, where nobody has read back that the bench is safe."""
    run = Run(folder)
    state, safe = run.status, made_safe(run)
    if state not in NOT_READ_BACK or safe:
        return Told("left", bench=bench, safe=state.ended and safe is True)
    found = [event.payload["findings"] for event in run.events() if event.kind == "safety"]
    fault = LEFT_UNSEEN.format(run=run.id, why=why(run, state))
    return Told("left", bench=bench, fault=fault, findings=tuple(found[-1]) if found else ())
