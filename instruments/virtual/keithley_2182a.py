"""A virtual Keithley 2182A nanovoltmeter: what the driver of the same name, and anybody else's, meets on the wire.

SCPI of the user's manual 2182A-900-01, sections 12 to 15, as far as the tables say; everything else answers -113.
Channel 1 is the terminals `hi` and `lo`; nothing can be wired to channel 2. A 6221 finds it by its cables, which the
bench file lays (`keithley_link`). Not verified on a page: the texts beside a reading (`FORMat:ELEMents`).
"""

from __future__ import annotations

import copy
import math
import zlib
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from smtjlab.instruments.keithley_2182a_specification import (
    CALIBRATION_TIME,
    CHANNEL_1,
    CHANNEL_2,
    INPUT_RESISTANCE,
    INPUT_RESISTANCE_100_V,
    SPECIFICATION_2182A,
)
from smtjlab.instruments.specification import OVERFLOW, InstrumentSpecification

from . import keithley_2182a_sense, keithley_2182a_trigger
from .circuit import Drive, Quantity
from .command_tree import ON_OFF, Command, setting
from .hidden_errors import HiddenErrors
from .keithley_2182a_meter import Reading, conversion
from .keithley_2182a_sense import LINE_FREQUENCY, THERMOCOUPLES, Sense
from .keithley_2182a_trigger import Trigger, abort, go
from .keithley_link import connect
from .parameter import Choice, Text
from .scpi import ScpiError
from .scpi_instrument import COMMON, SYSTEM, ScpiInstrument
from .world import Doing, World

LONGEST_POLL = 3600.0
"""Seconds of imagined time that one poll of a running measurement may let pass."""
ELEMENTS = ("READing", "CHANnel", "RNUMber", "UNITs")


def _set_elements(twin: Keithley2182A, *elements: str) -> None:
    twin.elements = elements


def _set_unit(twin: Keithley2182A, unit: str) -> None:
    twin.temperature_unit = unit[0]


def _preset(twin: Keithley2182A) -> None:
    """Return to the settings of the bench: as `*RST`, but measuring continuously."""
    twin.reset()
    twin.trigger_model.continuous = True


def _start_calibration(twin: Keithley2182A) -> None:
    twin.calibrating = True


def _calibrate(twin: Keithley2182A) -> str:
    """Do the low-level self-calibration and return how it went: 1 is well."""
    if not twin.calibrating:
        raise ScpiError(-221)
    twin.world.wait(CALIBRATION_TIME)
    return "1"


def _end_calibration(twin: Keithley2182A) -> None:
    twin.calibrating = False


_ACAL = ":CALibration:UNPRotected:ACALibration"

COMMANDS = (
    *(command for command in COMMON if command.header != ":*LANG"),
    *SYSTEM,
    *keithley_2182a_sense.COMMANDS,
    *keithley_2182a_trigger.COMMANDS,
    setting(":FORMat[:DATA]", "data_format", Choice(("ASCii",))),
    setting(":FORMat:BORDer", "byte_order", Choice(("NORMal", "SWAPped"))),
    Command(header=":FORMat:ELEMents", takes=(Choice(ELEMENTS),), repeats=True, write=_set_elements,
            query=lambda twin: ",".join(twin.elements)),
    setting(":UNIT:TEMPerature", "temperature_unit", Choice(("C", "F", "K", "CEL", "FAR")), write=_set_unit),
    setting(":DISPlay:ENABle", "display_on", ON_OFF),
    setting(":DISPlay[:WINDow[1]]:TEXT[:DATA]", "text", Text(12)),
    setting(":DISPlay[:WINDow[1]]:TEXT:STATe", "text_on", ON_OFF),
    Command(header=":STATus:QUEue[:NEXT]", query=lambda twin: twin.write_error(*twin.status.next_error())),
    Command(header=":STATus:QUEue:CLEar", write=lambda twin: twin.status.errors.clear()),
    Command(header=":SYSTem:PRESet", write=_preset),
    setting(":SYSTem:AZERo[:STATe]", "autozero", ON_OFF),
    setting(":SYSTem:FAZero[:STATe]", "front_autozero", ON_OFF),
    setting(":SYSTem:LSYNc[:STATe]", "line_synchronisation", ON_OFF),
    Command(header=":SYSTem:LFRequency", query=lambda twin: str(LINE_FREQUENCY)),
    setting(":SYSTem:BEEPer[:STATe]", "beeper", ON_OFF),
    Command(header=":SYSTem:LOCal", write=lambda twin: None),
    Command(header=":SYSTem:REMote", write=lambda twin: None),
    Command(header=f"{_ACAL}:INITiate", write=_start_calibration),
    Command(header=f"{_ACAL}:STEP1", query=_calibrate),
    Command(header=f"{_ACAL}:STEP2", query=_calibrate),
    Command(header=f"{_ACAL}:DONE", write=_end_calibration),
    Command(header=f"{_ACAL}:TEMPerature", query=lambda twin: twin.shown(twin.board_temperature)),
)  # fmt: skip
"""Everything that this twin understands."""


class Keithley2182A(ScpiInstrument):
    """One 2182A on a bench. Everything is called with the world's lock held."""

    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_2182A
    commands: ClassVar[tuple[Command, ...]] = COMMANDS
    error_texts: ClassVar[dict[int, str]] = {-214: "Trigger deadlock"}
    terminals: ClassVar[tuple[str, ...]] = ("hi", "lo", "b.hi", "b.lo")
    missing: ClassVar[tuple[str, ...]] = (
        ":CALCulate[1]", ":CALCulate3", ":CALibration:PROTected", ":OUTPut", ":STATus:QUEue:ENABle", ":SYSTem:KEY",
        ":SYSTem:KCLick", ":DISPlay[:WINDow[1]]:TEXT:DATA?", ":UNIT:TEMPerature R",
    )  # fmt: skip

    elements: tuple[str, ...]

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"KEITHLEY INSTRUMENTS INC.,MODEL 2182A,{self.serial_number},C06  /A02"
        rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.errors = HiddenErrors(rng, (CHANNEL_1, CHANNEL_2))
        self._defaults()
        self.apply()
        connect(self)

    def _defaults(self) -> None:
        self.sense, self.trigger_model = Sense(), Trigger()
        self.autozero, self.front_autozero, self.line_synchronisation = True, True, False
        self.data_format, self.byte_order, self.elements = "ASC", "SWAP", ("READ",)
        self.temperature_unit, self.statistic, self.statistics_on = "C", "MEAN", False
        self.display_on, self.text, self.text_on, self.beeper = True, "", False, True
        self.calibrating = False

    def port(self, number: int) -> str:
        """Return the port of a channel."""
        return self.name if number == 1 else f"{self.name}.b"

    def apply(self) -> None:
        """Let the inputs follow the ranges: an open voltmeter, 10 MOhm in the range of 100 V."""
        for number, settings in self.sense.channels.items():
            high = settings.present_range > 10
            resistance = INPUT_RESISTANCE_100_V if high else INPUT_RESISTANCE
            self.world.drive(self.port(number), Drive(Quantity.CURRENT, 0.0, math.inf, input_resistance=resistance))

    def conversion(self, number: int, *, autozero: bool = True) -> Doing[float]:
        """Take one conversion of a channel in V, beside filters and offsets."""
        return conversion(self, number, autozero=autozero)

    def prepare_for_delta(self) -> None:
        """Stop measuring, for a 6221 whose delta mode converts by the trigger cable."""
        abort(self)
        self.trigger_model.continuous = False
        self.sense.channel, self.sense.function = 1, "VOLT"
        self.apply()

    # Temperature

    @property
    def board_temperature(self) -> float:
        """Return the temperature of the input terminals, that of the room, in the unit chosen."""
        return self._in_unit(self.world.stage.surroundings - 273.15)

    def temperature(self, volts: float) -> float:
        """Return what a thermocouple of the chosen type has that makes `volts`, in the unit chosen."""
        if abs(volts) >= OVERFLOW:
            return volts
        simulated = self.sense.reference_junction == "SIM"
        junction = self.sense.simulated_reference if simulated else self.world.stage.surroundings - 273.15
        return self._in_unit(junction + volts / THERMOCOUPLES[self.sense.thermocouple])

    def _in_unit(self, celsius: float) -> float:
        return {"C": celsius, "K": celsius + 273.15, "F": 1.8 * celsius + 32}[self.temperature_unit[0]]

    # Answers

    @staticmethod
    def shown(value: float) -> str:
        """Return a reading as it is answered."""
        return f"{value:+.8E}"

    def answer(self, readings: Iterable[Reading]) -> str:
        """Return readings with the elements that were asked for."""
        return ",".join(word for one in readings for word in self._words(one))

    def _words(self, one: Reading) -> Iterable[str]:
        unit = self.temperature_unit[0] if one.unit == "C" else one.unit
        words = {
            "READ": self.shown(one.value) + (unit if "UNIT" in self.elements else ""),
            "CHAN": str(one.channel),
            "RNUM": f"{one.number:+06d}RDNG#",
        }
        return [words[name] for name in words if name in self.elements]

    # What every SCPI instrument does

    def reset(self) -> None:
        """Return to the settings after `*RST`."""
        self.device_clear()
        kept = self.trigger_model
        self._defaults()
        self.trigger_model.points, self.trigger_model.buffer = kept.points, kept.buffer
        self.apply()

    def wait_for_operations(self) -> None:
        """Return when the trigger model is idle."""
        model = self.trigger_model
        if model.operation is not None and math.isfinite(model.count):
            self.world.wait_for(model.operation)

    def when_operations_end(self, mark: bool) -> None:
        """Mark completion now, or at the end of the trigger model."""
        if self.trigger_model.running:
            self.trigger_model.mark_when_done = mark
        elif mark:
            self.mark_complete()

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds the readings taken."""
        model = self.trigger_model
        if model.running and model.operation is not None and self.world.jumps:
            self.world.wait_for(model.operation, LONGEST_POLL)

    def trigger(self) -> None:
        """Measure where a bus trigger is awaited; -211 otherwise."""
        if not self.trigger_model.waiting or self.trigger_model.source != "BUS":
            raise ScpiError(-211)
        go(self)

    def snapshot(self) -> Any:
        """Return the settings of the measuring side."""
        return copy.deepcopy(self.sense)

    def restore(self, saved: Any) -> None:
        """Take over settings."""
        self.device_clear()
        self.sense = copy.deepcopy(saved)
        self.apply()

    def device_clear(self) -> None:
        """Abort the trigger model."""
        abort(self)
