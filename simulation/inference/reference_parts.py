"""Figures of multipliers that can be bought, to stand beside measured ones: what their data sheets print, and where.

Fractions of full scale, SI units. They are of integrated circuits on ±15 V with a full scale of 10 V, trimmed by their
maker: beside one junction they tell what a designer is used to, no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a printed figure promises."""

    TYPICAL = "typical"
    MAXIMUM = "maximum"


@dataclass(frozen=True)
class PrintedFigure:
    """A figure of a data sheet."""

    value: float
    unit: str
    kind: Kind
    source: str
    """Document and revision."""
    condition: str = ""
    """Under which it holds, where that matters."""


@dataclass(frozen=True)
class ReferencePart:
    """A multiplier that can be bought."""

    name: str
    maker: str
    figures: Mapping[str, PrintedFigure]
    """By the names of MULTIPLIER_FIGURES, RESPONSE_FIGURES and a few of their own: what else is printed."""


_AD633 = "Analog Devices, AD633 data sheet, Rev. E: first page and error sources"
_AD734 = "Analog Devices, AD734 data sheet, Rev. E: first page"

AD633 = ReferencePart(
    "AD633",
    "Analog Devices",
    {
        "total_error": PrintedFigure(0.02, "", Kind.MAXIMUM, _AD633, "guaranteed"),
        "scale_error": PrintedFigure(0.0025, "", Kind.TYPICAL, _AD633),
        "x_nonlinearity": PrintedFigure(0.004, "", Kind.TYPICAL, _AD633),
        "y_nonlinearity": PrintedFigure(0.001, "", Kind.TYPICAL, _AD633),
        "noise": PrintedFigure(100e-6, "V", Kind.TYPICAL, _AD633, "less than, rms, 10 Hz to 10 kHz"),
        "full_scale": PrintedFigure(10.0, "V", Kind.TYPICAL, _AD633, "nominal"),
        "bandwidth": PrintedFigure(1e6, "Hz", Kind.TYPICAL, _AD633),
        "slew_rate": PrintedFigure(20e6, "V/s", Kind.TYPICAL, _AD633),
    },
)
AD734 = ReferencePart(
    "AD734",
    "Analog Devices",
    {
        "total_error": PrintedFigure(0.001, "", Kind.TYPICAL, _AD734, "scale, offsets and nonlinearity together"),
        "full_scale": PrintedFigure(10.0, "V", Kind.TYPICAL, _AD734, "nominal"),
        "thd": PrintedFigure(1e-4, "", Kind.TYPICAL, _AD734, "below -80 dBc, from any input"),
        "signal_to_noise": PrintedFigure(94.0, "dB", Kind.TYPICAL, _AD734, "10 Hz to 20 kHz"),
        "bandwidth": PrintedFigure(10e6, "Hz", Kind.TYPICAL, _AD734, "full power, 20 V peak to peak"),
        "slew_rate": PrintedFigure(450e6, "V/s", Kind.TYPICAL, _AD734),
        "settling": PrintedFigure(200e-9, "s", Kind.TYPICAL, _AD734, "to 0.1 % at full power"),
    },
)
REFERENCE_PARTS = (AD633, AD734)
