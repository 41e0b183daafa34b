"""A virtual Keysight (Agilent) 33511B: what the driver of the same name, and anybody else's, meets on the wire.

The model of one channel in the 33500B series, for it is the one family of generators that PyMeasure and QCoDeS both
drive. SCPI of the operating and service guide 33500-90901 as far as the tables say; everything else answers -113.
Bursts that a bus trigger starts are played cycle by cycle; those that repeat by themselves run through without their
gaps. Edges of pulses are ideal. Not verified on a page: the texts behind -221 and -222, which are those of the 33220A.
"""

from __future__ import annotations

import copy
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from smtjlab.instruments.keysight_33511b_specification import AMPLITUDE, OFFSET

from .command_tree import Command
from .hidden_errors import HiddenErrors
from .keysight_33511b_commands import COMMANDS
from .keysight_33511b_limits import OutputLimits
from .keysight_33511b_waveform import Waveform, drive_of
from .scpi import ScpiError
from .scpi_instrument import ScpiInstrument

if TYPE_CHECKING:
    from .world import Doing, Operation, World

ENDLESS = 1e9
"""Seconds that stand for a burst without end."""


@dataclass(slots=True)
class Burst:
    """Settings of bursts."""

    state: bool = False
    mode: str = "TRIG"
    cycles: float = 1.0
    period: float = 10e-3
    phase: float = 0.0
    gate: str = "NORM"


@dataclass(slots=True)
class Triggering:
    """Settings of the trigger."""

    source: str = "IMM"
    slope: str = "POS"
    count: float = 1.0
    delay: float = 0.0
    timer: float = 1.0


class Keysight33511B(ScpiInstrument):
    """One 33511B on a bench. Everything is called with the world's lock held."""

    commands: ClassVar[tuple[Command, ...]] = COMMANDS
    queue_depth: ClassVar[int] = 20
    error_texts: ClassVar[dict[int, str]] = {-350: "Error queue overflow"}
    terminals: ClassVar[tuple[str, ...]] = ("out.hi", "out.lo")
    missing: ClassVar[tuple[str, ...]] = (
        "[:SOURce[1]]:AM, BPSK, FM, FSKey, PM, PWM, SUM", "[:SOURce[1]]:SWEep", "[:SOURce[1]]:LIST",
        "[:SOURce[1]]:FUNCtion ARB", "[:SOURce[1]]:FUNCtion PRBS", "[:SOURce[1]]:DATA:ARBitrary",
        "[:SOURce[1]]:RATE:COUPle", ":OUTPut[1]:MODE", ":INITiate", ":MMEMory", ":LXI",
        ":SYSTem:COMMunicate", ":SYSTem:SECurity", ":CALibration", ":HCOPy",
    )  # fmt: skip

    waveform: Waveform
    burst: Burst
    triggering: Triggering

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"Agilent Technologies,33511B,{self.serial_number},2.03-1.19-2.00-52-00"
        self.errors = HiddenErrors(np.random.default_rng([seed, 3, zlib.crc32(name.encode())]), (AMPLITUDE, OFFSET))
        self.power_on_clear = True
        self.burst_began: float | None = None
        """Bench time at which the burst under way began; None while there is none."""
        self._burst: Operation | None = None
        self._marks = False
        self._defaults()
        self.apply()

    def _defaults(self) -> None:
        self.waveform, self.burst, self.triggering = Waveform(), Burst(), Triggering()
        self.limits = OutputLimits()
        self.output, self.frequency_mode, self.ranging, self.angle = False, "CW", True, "DEG"
        self.sync, self.trigger_out, self.display, self.text, self.beeping = True, False, True, "", True
        self.sample_rate, self.advance, self.arbitrary_filter, self.byte_order = 40e3, "SRAT", "STEP", "NORM"
        self.trigger_level = 2

    @staticmethod
    def write_error(code: int, text: str) -> str:
        """Return an entry of the error queue: `+0,"No error"`."""
        return f'{code:+d},"{text}"'

    @property
    def output_is_on(self) -> bool:
        """Return whether the output is on."""
        return self.output

    def apply(self) -> None:
        """Let the terminals follow the settings."""
        self.world.drive(f"{self.name}.out", drive_of(self))

    # Bursts

    @property
    def awaits_trigger(self) -> bool:
        """Return whether the output rests until a trigger comes."""
        return self.burst.state and self.triggering.source in ("BUS", "EXT") and self.burst_began is None

    def trigger(self) -> None:
        """Begin a burst; -211 where none awaits the bus."""
        if not self.awaits_trigger or self.triggering.source != "BUS":
            raise ScpiError(-211)
        self._burst = self.world.start(self._play())

    def _play(self) -> Doing[None]:
        yield self.triggering.delay
        self.burst_began = self.world.time
        self.apply()
        yield min(self.burst.cycles / self.waveform.frequency, ENDLESS)
        self.end_burst()

    def end_burst(self) -> None:
        """Let the output rest again."""
        operation, self._burst, self.burst_began = self._burst, None, None
        if operation is not None and self._marks:
            self._mark()
        self.apply()

    def wait_for_operations(self) -> None:
        """Return when no burst is under way; at once where one has no end."""
        if self._burst is not None and math.isfinite(self.burst.cycles):
            self.world.wait_for(self._burst)

    def when_operations_end(self, mark: bool) -> None:
        """Mark completion now, or at the end of the burst."""
        self._marks = mark and self._burst is not None
        if mark and not self._marks:
            self._mark()

    def _mark(self) -> None:
        self._marks = False
        self.mark_complete()

    # What every SCPI instrument does

    def device_clear(self) -> None:
        """End a burst."""
        if self._burst is not None:
            self.world.abort(self._burst)
        self.end_burst()

    def reset(self) -> None:
        """Return to the settings after `*RST`, the output off."""
        self.device_clear()
        self._defaults()
        self.apply()

    def snapshot(self) -> Any:
        """Return the settings for `*SAV`, the output's state among them."""
        return copy.deepcopy((self.waveform, self.burst, self.triggering, self.limits, self.output))

    def restore(self, saved: Any) -> None:
        """Take over settings from `snapshot`."""
        self.device_clear()
        self.waveform, self.burst, self.triggering, self.limits, self.output = copy.deepcopy(saved)
        self.apply()
