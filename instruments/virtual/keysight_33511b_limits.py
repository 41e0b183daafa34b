"""Limits of a virtual 33511B's output voltage: once they are on, no setting takes a wave beyond them.

Operating and service guide 33500-90901, VOLTage:LIMit. Not verified on a page: which error a setting beyond them brings
(-222 here, and the wave stays as it was), and the texts behind -221.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.keysight_33511b_specification import LARGEST_LEVEL

from .command_tree import ON_OFF, Command
from .parameter import Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keysight_33511b import Keysight33511B
    from .keysight_33511b_waveform import Waveform

SLACK = 1e-9
"""Volts by which a level may pass a limit: sums of settings round."""


@dataclass(slots=True)
class OutputLimits:
    """Lowest and highest voltage in V into an open circuit, and whether they are heeded."""

    low: float = -LARGEST_LEVEL
    high: float = LARGEST_LEVEL
    state: bool = False

    def hold(self, waveform: Waveform) -> bool:
        """Return whether a wave stays within them, or they are off."""
        bottom, top = waveform.offset - waveform.peak, waveform.offset + waveform.peak
        return not self.state or (self.low - SLACK <= bottom and top <= self.high + SLACK)


def _change(twin: Keysight33511B, **changed: float | bool) -> None:
    """Take over limits; -221 where the lower one is not below, or where the present wave is beyond them."""
    limits = twin.limits
    wanted = OutputLimits(**{"low": limits.low, "high": limits.high, "state": limits.state} | changed)  # type: ignore[arg-type]
    if not wanted.low < wanted.high:
        raise ScpiError(-221, "low limit must be below high limit")
    if not wanted.hold(twin.waveform):
        raise ScpiError(-221, "limits must hold the present output")
    twin.limits = wanted


def _level(word: str, field: str) -> Command:
    def write(twin: Keysight33511B, volts: float) -> None:
        _change(twin, **{field: volts / twin.waveform.share})

    def ask(twin: Keysight33511B) -> str:
        return f"{getattr(twin.limits, field) * twin.waveform.share:+.15E}"

    return Command(header=f"[:SOURce[1]]:VOLTage:LIMit:{word}", query=ask, write=write,
                   takes=(Number(-LARGEST_LEVEL, LARGEST_LEVEL, 0.0, "V"),))  # fmt: skip


LIMITS = (
    _level("HIGH", "high"),
    _level("LOW", "low"),
    Command(header="[:SOURce[1]]:VOLTage:LIMit:STATe", takes=(ON_OFF,),
            write=lambda twin, state: _change(twin, state=state),
            query=lambda twin: ON_OFF.write(twin.limits.state), note="no setting takes the wave beyond them"),
)  # fmt: skip
"""Limits of the output."""
