"""A virtual Lake Shore 336 temperature controller on TCP port 7777: two heaters on the thermal stage, four inputs.

Commands are those of the manual of the 336, chapter 6, as far as the tables say; everything else is ignored but for a
bit of the event register. Inputs A and B sit on the stage, C in the room; D is not connected.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from smtjlab.instruments.lakeshore_336_specification import DIODE, PLATINUM, SAMPLE

from . import lakeshore_336_alarms, lakeshore_336_inputs, lakeshore_336_outputs
from .command_tree import Command, setting
from .hidden_errors import HiddenErrors
from .lakeshore import BYTE, COMMON, LakeShoreInstrument, Whole
from .lakeshore_336_inputs import LETTERS
from .lakeshore_336_outputs import HEATERS, all_off, period, regulate

if TYPE_CHECKING:
    from .world import Doing, Operation, World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a ramp may let pass."""


class LakeShore336(LakeShoreInstrument):
    """One 336 on a bench."""

    missing: ClassVar[tuple[str, ...]] = (
        "ANALOG", "ATUNE", "CRVDEL", "CRVPT", "DIOCUR", "NET", "NETID", "SCAL", "TUNEST", "WARMUP", "WEBLOG", "ZONE",
    )  # fmt: skip

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"LSCI,MODEL336,{self.serial_number}/#######,2.9"
        self.errors = {
            letter: HiddenErrors(
                np.random.default_rng([seed, 3, zlib.crc32(f"{name}.{letter}".encode())]), ((DIODE, PLATINUM),)
            )
            for letter in LETTERS
        }
        self._controlling: Operation | None = None
        self._last_reading = -SAMPLE
        self._defaults()

    def _defaults(self) -> None:
        self.inputs = lakeshore_336_inputs.inputs()
        self.outputs = lakeshore_336_outputs.outputs()
        self.front = lakeshore_336_alarms.Front()
        self.extremes: dict[str, tuple[float, float]] = {}
        self.interface_mode, self.brightness, self.leds, self.operation_enable = 1, 2, 1, 0
        self.lock = [0, 123]

    # The loop

    def follow(self) -> None:
        """Let the heaters follow changed settings, and go on by themselves while one is on."""
        regulate(self, 0.0)
        if self.output_is_on and (self._controlling is None or self._controlling.done):
            self._controlling = self.world.start(self._control())

    def _control(self) -> Doing[None]:
        while self.output_is_on:
            seconds = period(self)
            yield seconds
            regulate(self, seconds)

    def await_reading(self) -> None:
        """On imagined time somebody who asks again while a heater is on waits for the next reading."""
        if self.world.jumps and self.output_is_on and self.world.time < self._last_reading + SAMPLE:
            self.world.wait(self._last_reading + SAMPLE - self.world.time)
        self._last_reading = self.world.time

    @property
    def output_is_on(self) -> bool:
        """Return whether a heater is on."""
        return any(self.outputs[number].range and self.outputs[number].mode for number in HEATERS)

    # Twin

    def reset(self) -> None:
        """Return to the settings after `*RST`: heaters off, everything else as it was before."""
        all_off(self)
        self.follow()

    def restore_factory(self) -> None:
        """Return to what left the factory (`DFLT 99`): inputs and outputs as this lab has wired them, heaters off."""
        self._defaults()
        self.follow()

    def power_cycle(self) -> None:
        """Switch the instrument off and on: heaters are off, settings are kept, as the manual says."""
        super().power_cycle()
        self.extremes.clear()

    def ramp_was_asked_for(self) -> None:
        """On imagined time somebody who asks for a ramp is waiting: the next question finds it at its end.

        Not `was_polled`: clients add `*ESR?` to everything, and do not wait for anything by it.
        """
        now = self.world.time
        waits = [
            abs(output.target - output.setpoint(now)) / (output.rate / 60)
            for output in self.outputs.values()
            if output.ramps(now)
        ]
        if waits and self.world.jumps:
            self.world.wait(min(max(waits), LONGEST_POLL))


def _set_lock(twin: LakeShore336, state: int, code: int) -> None:
    twin.lock = [state, code]


def _operation(twin: LakeShore336) -> str:
    now = twin.world.time
    done = sum(bit for number, bit in ((1, 8), (2, 4)) if not twin.outputs[number].ramps(now))
    return BYTE.write(done | 16)


LakeShore336.commands = (
    *COMMON,
    *lakeshore_336_inputs.COMMANDS,
    *lakeshore_336_outputs.COMMANDS,
    *lakeshore_336_alarms.COMMANDS,
    Command(header="*WAI", write=lambda twin: None),
    Command(header="DFLT", write=lambda twin, code: twin.restore_factory(), takes=(Whole(99, 99),)),
    Command(header="OPST", query=_operation, note="8 and 4: ramps 1 and 2 done; 16 new reading"),
    Command(header="OPSTR", query=_operation),
    setting("OPSTE", "operation_enable", BYTE),
    setting("MODE", "interface_mode", Whole(0, 2)),
    setting("BRIGT", "brightness", Whole(0, 3)),
    setting("LEDS", "leds", Whole(0, 1)),
    Command(header="LOCK", write=_set_lock, query=lambda twin: f"{twin.lock[0]},{twin.lock[1]:03d}",
            takes=(Whole(0, 1), Whole(0, 999))),
)  # fmt: skip
