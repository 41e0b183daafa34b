"""The four inputs of a virtual Lake Shore 336: sensors, their curves, readings and what they warn of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.lakeshore_336_specification import DIODE, LOWEST, PLATINUM

from .command_tree import Command
from .lakeshore import Letter, Name, Whole
from .line_language import Real

if TYPE_CHECKING:
    from collections.abc import Callable

    from .lakeshore_336 import LakeShore336

LETTERS = ("A", "B", "C", "D")
LETTER = Letter(LETTERS)
ANY = Letter(("0", *LETTERS))
ZERO = 273.15
"""0 degrees Celsius in K."""
DISABLED, SILICON, PLATINUM_SENSOR, THERMISTOR = 0, 1, 2, 3
INVALID, UNDER, OVER = 1, 16, 32
"""Bits of `RDGST?`."""
KELVIN = Real(form="+08.3f")
SENSOR = Real(form="+.5f")
CURVES = {
    1: ("DT-470", "STANDARD C", 2, 475.0, 1),
    2: ("DT-670", "STANDARD C", 2, 500.0, 1),
    6: ("PT-100", "STANDARD C", 3, 800.0, 2),
    7: ("PT-1000", "STANDARD C", 3, 800.0, 2),
}
"""Standard curves: name, serial number, format, limit in K, sign of the coefficient. The others are empty."""
LARGEST_CURVE = 59


@dataclass(slots=True)
class Input:
    """One input with its sensor."""

    kind: int = DISABLED
    autorange: int = 0
    range: int = 0
    compensation: int = 0
    unit: int = 1
    """1 K, 2 degrees Celsius, 3 sensor units."""
    curve: int = 0
    name: str = ""
    limit: float = 0.0
    """Temperature in K above which all heaters go off; 0 for none."""
    filter: list[int] = field(default_factory=lambda: [0, 8, 10])
    where: str = ""
    """`stage`, `room`, or nothing where no sensor is connected."""


def inputs() -> dict[str, Input]:
    """Return the inputs as a lab has wired them: two sensors on the stage, one in the room, one left open."""
    return {
        "A": Input(kind=SILICON, curve=2, name="Stage", where="stage"),
        "B": Input(kind=PLATINUM_SENSOR, autorange=1, range=2, compensation=1, curve=6, name="Device", where="stage"),
        "C": Input(kind=SILICON, curve=2, name="Room", where="room"),
        "D": Input(name="Input D"),
    }


def temperature(twin: LakeShore336, letter: str) -> float | None:
    """Return what an input reads now in K, with its error and its noise; None where it reads nothing."""
    sensor = twin.inputs[letter]
    stage = twin.world.stage
    kelvin = stage.temperature(twin.world.time) if sensor.where == "stage" else stage.surroundings
    if not sensor.where or sensor.kind not in (SILICON, PLATINUM_SENSOR) or sensor.curve == 0:
        return None
    return twin.errors[letter].measured(DIODE if sensor.kind == SILICON else PLATINUM, kelvin, 1.0)


def state(twin: LakeShore336, letter: str) -> int:
    """Return the bits of `RDGST?`."""
    kelvin = temperature(twin, letter)
    if kelvin is None:
        return INVALID
    spec = DIODE if twin.inputs[letter].kind == SILICON else PLATINUM
    return UNDER if kelvin < LOWEST[spec] else OVER if kelvin > spec.range else 0


def sensor_units(kind: int, kelvin: float) -> float:
    """Return a temperature in units of a sensor, near room temperature: V of a diode, ohm of a platinum wire."""
    if kind == SILICON:
        return max(0.0, 0.5597 - 2.3e-3 * (kelvin - 300))
    celsius = kelvin - ZERO
    return 100 * (1 + 3.9083e-3 * celsius - 5.775e-7 * celsius**2)


def in_unit(twin: LakeShore336, letter: str, unit: int) -> float:
    """Return what an input reads in K (1), degrees Celsius (2) or sensor units (3); 0 where it reads nothing."""
    kelvin = temperature(twin, letter)
    if kelvin is None:
        return 0.0
    return (kelvin, kelvin - ZERO, sensor_units(twin.inputs[letter].kind, kelvin))[unit - 1]


def _reading(header: str, unit: int, kind: Real) -> Command:
    """Return the command of a reading; 0 asks all four inputs."""

    def ask(twin: LakeShore336, letter: str = "A") -> str:
        twin.await_reading()
        letters = LETTERS if letter == "0" else (letter,)
        return ",".join(kind.write(in_unit(twin, one, unit)) for one in letters)

    return Command(header=header, query=ask, asks=(ANY,))


def _state(twin: LakeShore336, letter: str) -> str:
    return f"{state(twin, letter):03d}"


def _set_kind(twin: LakeShore336, letter: str, *values: int) -> None:
    sensor = twin.inputs[letter]
    if values[0] != sensor.kind:
        sensor.curve = {SILICON: 2, PLATINUM_SENSOR: 6}.get(values[0], 0)
    sensor.kind, sensor.autorange, sensor.range, sensor.compensation, sensor.unit = values


def _kind(twin: LakeShore336, letter: str) -> str:
    sensor = twin.inputs[letter]
    return f"{sensor.kind},{sensor.autorange},{sensor.range},{sensor.compensation},{sensor.unit}"


def _set_curve(twin: LakeShore336, letter: str, number: int) -> None:
    """Choose a curve; one that does not fit the sensor leaves the input without any, as the manual says."""
    sensor = twin.inputs[letter]
    fits = {SILICON: 2, PLATINUM_SENSOR: 3}.get(sensor.kind)
    sensor.curve = number if number in CURVES and CURVES[number][2] == fits else 0


def _header(twin: LakeShore336, number: int) -> str:
    name, serial, form, limit, sign = CURVES.get(number, ("", "", 1, 375.0, 1))
    return f"{name:15},{serial:10},{form},{limit:+08.3f},{sign}"


def _set(attribute: str) -> Callable[..., None]:
    def act(twin: LakeShore336, letter: str, *values: object) -> None:
        setattr(twin.inputs[letter], attribute, list(values) if len(values) > 1 else values[0])

    return act


def _set_limit(twin: LakeShore336, letter: str, kelvin: float) -> None:
    twin.inputs[letter].limit = kelvin
    twin.follow()


def _filter(twin: LakeShore336, letter: str) -> str:
    on, points, window = twin.inputs[letter].filter
    return f"{on},{points:02d},{window:02d}"


def _extremes(twin: LakeShore336, letter: str) -> str:
    """Return the reading of the moment twice: extremes are not recorded between questions."""
    low, high = twin.extremes.get(letter, (math.inf, -math.inf))
    now = in_unit(twin, letter, 1)
    twin.extremes[letter] = (min(low, now), max(high, now))
    return ",".join(KELVIN.write(value) for value in twin.extremes[letter])


COMMANDS = (
    _reading("KRDG", 1, KELVIN),
    _reading("CRDG", 2, KELVIN),
    _reading("SRDG", 3, SENSOR),
    Command(header="RDGST", query=_state, asks=(LETTER,), ask_needed=1,
            note="1 no reading, 16 below, 32 above what the sensor can"),
    Command(header="INTYPE", write=_set_kind, query=_kind, asks=(LETTER,), ask_needed=1,
            takes=(LETTER, Whole(0, 3), Whole(0, 1), Whole(0, 8), Whole(0, 1), Whole(1, 3))),
    Command(header="INNAME", write=_set("name"), query=lambda twin, letter: f"{twin.inputs[letter].name:15}",
            takes=(LETTER, Name(15)), asks=(LETTER,), ask_needed=1),
    Command(header="INCRV", write=_set_curve, query=lambda twin, letter: f"{twin.inputs[letter].curve:02d}",
            takes=(LETTER, Whole(0, LARGEST_CURVE)), asks=(LETTER,), ask_needed=1),
    Command(header="CRVHDR", query=_header, asks=(Whole(1, LARGEST_CURVE),), ask_needed=1),
    Command(header="FILTER", write=_set("filter"), query=_filter, asks=(LETTER,), ask_needed=1,
            takes=(LETTER, Whole(0, 1), Whole(2, 64), Whole(1, 10)), note="kept, without an effect on readings"),
    Command(header="TLIMIT", write=_set_limit, query=lambda twin, letter: KELVIN.write(twin.inputs[letter].limit),
            takes=(LETTER, Real(0, 1000)), asks=(LETTER,), ask_needed=1,
            note="above it all heaters go off; 0 for none"),
    Command(header="MDAT", query=_extremes, asks=(LETTER,), ask_needed=1, note="of the moments it was asked"),
    Command(header="MNMXRST", write=lambda twin: twin.extremes.clear()),
)  # fmt: skip
