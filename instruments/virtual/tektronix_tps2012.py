"""A virtual Tektronix TPS2012: what the driver of the same name, and anybody else's, meets on the wire.

Chosen because PyMeasure (TDS2000) and QCoDeS (TPS2012) both drive its family, by one programmer manual, 071-1075; and
because its channels are isolated from each other and from earth, as the ports of this world are. After the factory
set-up it takes a 10X probe for granted: readings of a plain cable are ten times too large. Answers have no headers.
Not verified on a page: that headers are off after power-on, and the noise of the input.
"""

from __future__ import annotations

import copy
import zlib
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from smtjlab.instruments.tektronix_tps2012_specification import CHANNELS, INPUT_RESISTANCE, VERTICAL

from .circuit import Drive, Quantity
from .command_tree import Command
from .hidden_errors import HiddenErrors
from .scpi_instrument import ScpiInstrument
from .status import TEXTS
from .tektronix_tps2012_language import TekStatus
from .tektronix_tps2012_record import Channel, Record, forced, latest, single
from .tektronix_tps2012_settings import COMMANDS, Acquisition, Data, Measuring, Triggering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .world import World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a pending acquisition may let pass."""


class TektronixTPS2012(ScpiInstrument):
    """One TPS2012 on a bench. Everything is called with the world's lock held."""

    commands: ClassVar[tuple[Command, ...]] = COMMANDS
    queue_depth: ClassVar[int] = 33
    error_texts: ClassVar[dict[int, str]] = {2244: "Waveform requested is not ACTIVE"}
    terminals: ClassVar[tuple[str, ...]] = ("ch1.hi", "ch1.lo", "ch2.hi", "ch2.lo")
    missing: ClassVar[tuple[str, ...]] = (
        ":AUTOSet", ":CURSor", ":DESE", ":FACTory", ":FFT", ":HARDCopy", ":HEADer ON", ":HORizontal:DELay", ":MATH",
        ":MEASUrement:MEAS1..5", ":MEASUrement:IMMed:TYPe PHAse", ":PASSWord", ":PICTBridge", ":POWer", ":RECAll",
        ":REM", ":SAVe", ":SET", ":TRIGger:MAIn:PULse", ":TRIGger:MAIn:VIDeo", ":CURVe, written", ":WFMPre, written",
    )  # fmt: skip

    channels: dict[int, Channel]
    triggering: Triggering
    data: Data
    measuring: Measuring
    acquisition: Acquisition
    time_base: float
    delay: float

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"TEKTRONIX,TPS 2012,{self.serial_number},CF:91.1CT FV:v10.09 TPS2012:CMV:v1.04"
        self.rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.errors = {channel: HiddenErrors(self.rng, (VERTICAL,)) for channel in CHANNELS}
        self.available: list[tuple[int, str]] = []
        """Events that `*ESR?` has made available."""
        self.verbose = True
        self._marks = False
        self._defaults()
        for channel in CHANNELS:
            world.drive(f"{name}.ch{channel}", Drive(Quantity.CURRENT, 0.0, input_resistance=INPUT_RESISTANCE))

    def fresh_status(self) -> TekStatus:
        """Return the status of an instrument that was switched on just now."""
        return TekStatus(texts=TEXTS | dict(self.error_texts), depth=self.queue_depth)

    @property
    def meters(self) -> Sequence[HiddenErrors]:
        """Return the errors of both channels."""
        return tuple(self.errors.values())

    def _defaults(self) -> None:
        self.channels = {channel: Channel(shown=channel == 1) for channel in CHANNELS}
        self.triggering, self.data, self.measuring = Triggering(), Data(), Measuring()
        self.time_base, self.delay = 500e-6, 0.0
        self.acquisition = Acquisition(since=self.world.time)

    # Records

    def changed(self) -> None:
        """Begin anew, for something has changed that a record shows."""
        acquisition = self.acquisition
        acquisition.since = self.world.time
        if acquisition.running:
            acquisition.record = None

    def run(self, state: bool) -> None:
        """Start or stop taking records."""
        acquisition = self.acquisition
        if not state and acquisition.running:
            latest(self)
        self._abort()
        acquisition.running = state
        if state:
            acquisition.count, acquisition.record, acquisition.since = 0, None, self.world.time
            if acquisition.stop_after == "SEQ":
                acquisition.operation = self.world.start(single(self))

    def force(self) -> None:
        """Let the trigger come now, where one is awaited."""
        acquisition = self.acquisition
        if acquisition.operation is not None:
            self.world.abort(acquisition.operation)
            acquisition.operation = self.world.start(forced(self))

    def finish(self, record: Record) -> None:
        """Stop with a record."""
        acquisition = self.acquisition
        acquisition.record, acquisition.running, acquisition.operation = record, False, None
        if self._marks:
            self._mark()

    def _abort(self) -> None:
        operation, self.acquisition.operation = self.acquisition.operation, None
        if operation is not None:
            self.world.abort(operation)

    @property
    def state(self) -> str:
        """Return the state of the trigger."""
        if not self.acquisition.running:
            return "SAVE"
        if self.acquisition.operation is not None:
            return "READY"
        return "AUTO" if self.triggering.mode == "AUTO" else "TRIGGER"

    # What every instrument with an event queue does

    def reset(self) -> None:
        """Return to the factory set-up; what governs answers stays."""
        self.device_clear()
        self._defaults()

    def device_clear(self) -> None:
        """Stop waiting for a trigger."""
        if self.acquisition.operation is not None:
            self._abort()
            self.acquisition.running = False

    def wait_for_operations(self) -> None:
        """Return when a single record has been taken; one that awaits a trigger for ever is not waited for."""
        operation = self.acquisition.operation
        if operation is not None:
            self.world.wait_for(operation, LONGEST_POLL)

    def when_operations_end(self, mark: bool) -> None:
        """Mark completion now, or when the single record has been taken."""
        self._marks = mark and self.acquisition.operation is not None
        if mark and not self._marks:
            self._mark()

    def _mark(self) -> None:
        self._marks = False
        self.mark_complete()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the record taken."""
        if self.world.jumps and self.acquisition.operation is not None:
            self.world.wait_for(self.acquisition.operation, LONGEST_POLL)

    def trigger(self) -> None:
        """Do what a group execute trigger does: force."""
        self.force()

    def snapshot(self) -> Any:
        """Return the settings for `*SAV`."""
        return copy.deepcopy((self.channels, self.triggering, self.data, self.measuring, self.time_base, self.delay))

    def restore(self, saved: Any) -> None:
        """Take over settings from `snapshot`."""
        self.channels, self.triggering, self.data, self.measuring, self.time_base, self.delay = copy.deepcopy(saved)
        self.changed()
