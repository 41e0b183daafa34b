"""What was not read back as safe, until it is: the run that left it so may have ended, and another one be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .run_feed import Glance


class Left:
    """Keeps what runs on one bench have left that is not safe."""

    def __init__(self) -> None:
        self._findings: tuple[Mapping[str, Any], ...] = ()
        self._made_safe = ""

    def begin(self, before: Glance | None) -> None:
        """Take it that another run is shown, on the same bench after the run `before`; None where it is not so."""
        self._findings = () if before is None else tuple((self.told(before) or before).findings)

    def made_safe(self, glance: Glance) -> None:
        """Take it that the bench was read back as safe by somebody else; a run that goes on reads back by itself."""
        self._findings = ()
        if glance.state.ended:
            self._made_safe = glance.run

    def told(self, glance: Glance | None) -> Glance | None:
        """Return a glance with what is known of its bench: by itself, by the run before, or by who made it safe."""
        if glance is None:
            return None
        if not glance.findings:
            return replace(glance, findings=self._findings)
        if glance.run == self._made_safe:
            return replace(glance, findings=tuple({**one, "ok": True} for one in glance.findings))
        return glance
