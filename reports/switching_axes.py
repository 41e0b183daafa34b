"""The axes of a study of switching: what was varied, in the units that a reader expects."""

from __future__ import annotations

from dataclasses import dataclass

from smtjlab.simulation.switching import SwitchingProbability

from .curve import Floats
from .rounding import plain, prefix_of


@dataclass(frozen=True)
class Axis:
    """One of the three things that may be varied."""

    name: str
    title: str
    values: Floats
    """In SI units."""
    si_unit: str
    factor: float
    """Factor from SI to the numbers of a figure."""
    unit: str
    """Unit of the numbers of a figure."""

    @property
    def varied(self) -> bool:
        """Whether there is more than one value."""
        return len(self.values) > 1

    @property
    def label(self) -> str:
        """Label of a figure's axis."""
        return f"{self.title} ({self.unit})"

    def text(self, value: float) -> str:
        """Return a value for a reader, with its unit."""
        return quantity(value, self.si_unit)


def axes_of(found: SwitchingProbability) -> tuple[Axis, Axis, Axis]:
    """Return width, amplitude and field, in the order of the grids."""
    seconds = prefix_of(float(found.widths.max()), "s")
    largest = float(abs(found.amplitudes).max())
    amplitude = prefix_of(largest, "V") if found.mechanism.unit == "V" else (1e-10, "10¹⁰ A/m²")
    return (
        Axis("width", "pulse width", found.widths, "s", *seconds),
        Axis("amplitude", AMPLITUDES[found.mechanism.unit], found.amplitudes, found.mechanism.unit, *amplitude),
        Axis("field", "field along the easy axis", found.fields, "A/m", 1e-3, "kA/m"),
    )


AMPLITUDES = {"V": "pulse voltage", "A/m^2": "current density"}
"""What the amplitude of a pulse is called, by its unit."""


def quantity(value: float, unit: str) -> str:
    """Return a value with its unit as a reader writes it: 2.5 × 10¹¹ A/m², 1.6 kA/m, 10 mV."""
    if unit == "A/m" and value:
        return plain(value / 1e3, "kA/m", digits=4)
    return plain(value, unit, digits=4).replace("^2", "²")
