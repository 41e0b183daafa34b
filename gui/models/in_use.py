"""Which instruments a person has taken out of use: for a repair, a calibration, a colleague who needs one."""

from __future__ import annotations

from pathlib import Path

from smtjlab.gui.texts import OUT_OF_USE_FAULT
from smtjlab.instruments.bench import Bench


class InUse:
    """Instruments out of use, by bench file. Only while the window is open: the bench file says what a bench has."""

    def __init__(self) -> None:
        self._out: dict[Path, frozenset[str]] = {}

    def out_of(self, bench: Bench) -> frozenset[str]:
        """Return the names of the instruments that are out of use."""
        return self._out.get(bench.path, frozenset())

    def those_of(self, bench: Bench) -> list[str]:
        """Return the names of all others, in the order of the file."""
        return [name for name in bench.instruments if name not in self.out_of(bench)]

    def take_out(self, bench: Bench, name: str) -> None:
        """Speak to an instrument no more."""
        self._out[bench.path] = self.out_of(bench) | {name}

    def bring_back(self, bench: Bench, name: str) -> None:
        """Speak to it again."""
        self._out[bench.path] = self.out_of(bench) - {name}

    def fault(self, bench: Bench) -> str:
        """Return in one sentence why nothing is run on a bench; empty where all of it is in use.

        A run opens every instrument of its bench, to make all of it safe at its end.
        """
        out = [name for name in bench.instruments if name in self.out_of(bench)]
        return OUT_OF_USE_FAULT.format(names=", ".join(f"`{name}`" for name in out), bench=bench.name) if out else ""
