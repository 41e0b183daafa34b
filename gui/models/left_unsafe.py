"""What was not read back as safe, until it is: the run that left it so may have ended, and another one be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smtjlab.procedures.status import State

from .run_feed import Glance

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
