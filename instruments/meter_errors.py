"""The errors of one quantity as an instrument measures it: each of them one unknown, with its limit and its source.

Limits of a data sheet are taken as rectangular distributions (GUM, JCGM 100:2008, 4.3.7): standard uncertainty =
limit/√3. An error has the name of its quantity and of its range: another range is another unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .calibration import Circumstances
from .quantity import format_quantity
from .specification import Origin, RangeSpecification

ROOT_3, ROOT_12 = math.sqrt(3), math.sqrt(12)
UNKNOWN_CIRCUMSTANCES = Circumstances()
NOWHERE = Origin("no document", "", {"accuracy": "what the driver says"})
"""Where the numbers of a driver stand that names no specification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorSource:
    """One unknown that enters readings, and where its size comes from."""

    name: str
    kind: str
    """`gain`, `offset`, `noise`, `resolution`, `thermal EMF` or `lead resistance`."""
    limit: float
    """Half width of a rectangular distribution, or standard deviation of a normal one, in `unit`."""
    unit: str
    """Empty for a gain, which is relative."""
    distribution: str = "rectangular"
    document: str = ""
    page: str = ""
    interval: float | None = None
    """Days since calibration for which the limit holds."""
    calibrated: str = ""
    """ISO date; empty where nobody knows."""
    assumed: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, kw_only=True)
class Meter:
    """One quantity in one range, integrated over so many line cycles, under some circumstances."""

    name: str
    """`junction current`."""
    unit: str
    range: RangeSpecification
    nplc: float = 1.0
    circumstances: Circumstances = UNKNOWN_CIRCUMSTANCES
    origin: Origin = NOWHERE

    @property
    def noise(self) -> float:
        """Return the standard deviation of one reading, in the unit of the quantity."""
        return self.range.reading_noise(self.nplc)

    @property
    def random(self) -> float:
        """Return the scatter of one reading, noise and the step of the display, in the unit of the quantity."""
        return math.hypot(self.noise, self.range.resolution / ROOT_12)

    def effects(self, value: float) -> dict[str, float]:
        """Return name to signed effect of +1 sigma of each error on what is read of `value`, in its unit."""
        return {
            one.name: (value if one.kind == "gain" else 1.0) * one.limit / ROOT_3
            for one in self.errors
            if one.limit > 0
        }

    @cached_property
    def errors(self) -> tuple[ErrorSource, ...]:
        """Gain and offset, and what the temperature around adds to each."""
        around = self.circumstances
        days, gain, offset = self.range.accuracy(around.age, steady=around.steady)
        gain_drift, offset_drift = self.range.drift
        added = self.range.added_offset(self.nplc)
        return (
            self._source("gain", gain, days=days),
            self._source(
                "offset", offset + added, days=days, assumed=("accuracy", "shorter") if added else ("accuracy",)
            ),
            *(
                self._source(kind, drift * around.outside, more=" over temperature", assumed=("temperature",))
                for kind, drift in (("gain", gain_drift), ("offset", offset_drift))
                if drift * around.outside > 0
            ),
        )

    @property
    def scatter(self) -> tuple[ErrorSource, ...]:
        """Return noise and resolution, which are another draw in every reading."""
        noise = self._source("noise", self.noise, distribution="normal", assumed=("noise",))
        return (noise, self._source("resolution", self.range.resolution / 2, assumed=()))

    def _source(
        self,
        kind: str,
        limit: float,
        *,
        more: str = "",
        days: float | None = None,
        distribution: str = "rectangular",
        assumed: tuple[str, ...] = ("accuracy",),
    ) -> ErrorSource:
        calibrated = self.circumstances.calibrated
        return ErrorSource(
            name=f"{self.name} {kind}{more} ({format_quantity(self.range.range, self.unit)})",
            kind=kind,
            limit=limit,
            unit="" if kind == "gain" else self.unit,
            distribution=distribution,
            document=self.origin.document,
            page=self.origin.page,
            interval=days,
            calibrated="" if calibrated is None else calibrated.isoformat(),
            assumed="; ".join(self.origin.assumed[what] for what in assumed if what in self.origin.assumed),
        )


def scaled(effects: Mapping[str, float], factor: float) -> dict[str, float]:
    """Return effects on one quantity as effects on another that follows it with a slope of `factor`."""
    return {name: factor * effect for name, effect in effects.items()}
