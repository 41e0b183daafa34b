"""Options of the studies, and how their texts are read: times, amplitudes and fields with units, one or a range."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtjlab.simulation.mechanism import Mechanism

OERSTED = 1000 / (4 * math.pi)
"""1 Oe as a field in A/m."""
MOST_VALUES = 1000
"""More values on one axis than anybody waits for."""
MOST_POINTS = 10_000
MECHANISMS = ("stt", "sot", "vcma", "strain", "gates")
"""What `--mechanism` may be."""
MOST_VARIED = 2
"""Axes that may be varied at once: more than two cannot be drawn."""
USUAL_WIDTHS = tuple(0.1 * i for i in range(1, 21))
USUAL_AMPLITUDES = (0.8, 1.0, 1.2)
"""Widths and amplitudes that are drawn unless told otherwise, in units of the mechanism's own."""


def field_along(text: str) -> float:
    """Return a magnetic field in A/m, written in A/m, Oe or T (as mu0 H); a bare number is in A/m."""
    from smtjlab.instruments.quantity import parse_quantity

    plain = text.strip()
    if plain.endswith(("Oe", "oersted")):
        return parse_quantity(plain.removesuffix("oersted").removesuffix("Oe").strip(), "") * OERSTED
    if plain.endswith("T"):
        from smtjlab.simulation.junction import VACUUM_PERMEABILITY

        return parse_quantity(plain, "T") / VACUUM_PERMEABILITY
    return parse_quantity(plain, "A/m")


def values_of(text: str, unit: str, option: str) -> list[float]:
    """Return the values of `START:STOP:POINTS`, of `A,B,C` or of one quantity, in `unit`; fields in A/m, Oe or T."""
    from smtjlab.instruments.quantity import parse_quantity
    from smtjlab.procedures.errors import ParameterError

    def read(part: str) -> float:
        return field_along(part) if unit == "A/m" else parse_quantity(part, unit)

    if ":" not in text:
        return [read(part) for part in text.split(",")]
    parts = text.split(":")
    if len(parts) != 3 or not (parts[2].strip().isdecimal() and 2 <= int(parts[2]) <= MOST_VALUES):
        raise ParameterError(
            f"`{option}` must be one value, a list A,B,C or START:STOP:POINTS with 2 to {MOST_VALUES} points, "
            f"but is '{text}'."
        )
    return _even(read(parts[0]), read(parts[1]), int(parts[2]))


def _even(start: float, stop: float, points: int) -> list[float]:
    """Return evenly spaced values, both ends exactly."""
    return [start + (stop - start) * i / (points - 1) for i in range(points - 1)] + [stop]


def mechanism_named(name: str, junction: str | None) -> Mechanism:
    """Return a mechanism with its usual values, on its own junction or on another. Raises ParameterError."""
    from dataclasses import replace

    from smtjlab.procedures.errors import ParameterError
    from smtjlab.simulation.current_switching import SpinOrbitSwitching, SpinTransferSwitching
    from smtjlab.simulation.voltage_switching import GatePairSwitching, StrainSwitching, VoltageAnisotropySwitching

    kinds = (SpinTransferSwitching, SpinOrbitSwitching, VoltageAnisotropySwitching, StrainSwitching, GatePairSwitching)
    if name not in MECHANISMS:
        raise ParameterError(f"`--mechanism` must be one of {', '.join(MECHANISMS)}, but is '{name}'.")
    usual: Mechanism = kinds[MECHANISMS.index(name)]()
    if junction is None:
        return usual
    from smtjlab.simulation.junction import Junction

    return replace(usual, junction=Junction.load(junction))


@dataclass(frozen=True)
class Grid:
    """The values of a study's axes in SI units."""

    widths: list[float]
    amplitudes: list[float]
    fields: list[float]


def switching_grid(mechanism: Mechanism, width: str | None, amplitude: str | None, field: str) -> Grid:
    """Return the values of the three axes; what is left out is varied too, while there is room for it.

    Raises ParameterError where all three are varied, or where there are too many points.
    """
    from smtjlab.procedures.errors import ParameterError

    fields = values_of(field, "A/m", "--field")
    widths = None if width is None else values_of(width, "s", "--width")
    amplitudes = None if amplitude is None else values_of(amplitude, mechanism.unit, "--amplitude")
    room = MOST_VARIED - sum(len(values or ()) > 1 for values in (widths, amplitudes, fields))
    if widths is None:
        widths = [share * mechanism.width for share in (USUAL_WIDTHS if room > 0 else (1.0,))]
        room -= 1
    if amplitudes is None:
        shares = USUAL_AMPLITUDES if len(widths) > 1 else _even(*mechanism.amplitude_range, 13)
        amplitudes = [share * mechanism.amplitude for share in (shares if room > 0 else (1.0,))]
    count = len(widths) * len(amplitudes) * len(fields)
    if min(len(widths), len(amplitudes), len(fields)) > 1:
        raise ParameterError("At most two of `--width`, `--amplitude` and `--field` must be varied, but all three are.")
    if count > MOST_POINTS:
        raise ParameterError(f"A study must have at most {MOST_POINTS} points, but {count} were asked for.")
    return Grid(widths, amplitudes, fields)


def study_command(verb: str, **options: str | int | Path | Sequence[str] | None) -> str:
    """Return the command line that makes the same study again; options that are None are left out."""
    words = ["smtjlab", "study", verb]
    for name, value in options.items():
        if value is not None:
            for one in value if isinstance(value, list) else [value]:
                words += [f"--{name}", str(one)]
    return shlex.join(words)


def short_name(junction: str) -> str:
    """Return the name of a packaged junction, or that of a file without its folder and ending."""
    return Path(junction).stem if junction.endswith(".toml") else Path(junction).name
