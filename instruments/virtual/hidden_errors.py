"""What an instrument adds to the truth: hidden gain and offset errors of each range, digits, noise."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from smtjlab.instruments.specification import RangeSpecification


class HiddenErrors:
    """Gain and offset error of each range, drawn at power-up and unknown to everybody else; and the noise.

    Anywhere within the one-year limits, each place as likely: what a budget assumes (GUM, JCGM 100:2008, 4.3.7).
    """

    def __init__(self, rng: np.random.Generator, tables: Iterable[Iterable[RangeSpecification]]) -> None:
        self._noise = rng
        self._errors = {spec: self._draw(rng, spec) for table in tables for spec in table}
        self.noise_factor = 1.0
        """How many times as much noise there is as the specification says: no driver and no budget knows it."""
        self._stuck: dict[RangeSpecification, float] | None = None
        self._broken: set[RangeSpecification] | None = None

    @staticmethod
    def _draw(rng: np.random.Generator, spec: RangeSpecification) -> tuple[float, float]:
        gain, offset = rng.uniform(-1, 1, 2)
        return float(gain) * spec.gain, float(offset) * spec.offset

    def sourced(self, spec: RangeSpecification, level: float) -> float:
        """Return what really comes out where `level` was programmed."""
        gain, offset = self._errors[spec]
        return quantised(level, spec.resolution) * (1 + gain) + offset

    def drawn(self, spec: RangeSpecification) -> float:
        """Return by how much a source in that range is off during one measurement: its noise below 10 Hz."""
        return self.noise_factor * spec.noise * float(self._noise.standard_normal())

    def measured(self, spec: RangeSpecification, value: float, nplc: float, readings: int = 1) -> float:
        """Return what is displayed where `value` is really there, averaged over `readings`."""
        gain, offset = self._errors[spec]
        sigma = self.noise_factor * spec.reading_noise(nplc) / math.sqrt(readings)
        noisy = value * (1 + gain) + offset + sigma * float(self._noise.standard_normal())
        return self._failing(spec, quantised(noisy, spec.resolution))

    def suffer(self, fault: str, size: float) -> None:
        """Fail in one of the ways `stuck`, `drift_step` by a fraction `size`, `range_relay`."""
        if fault == "stuck":
            self._stuck = {}
        elif fault == "range_relay":
            self._broken = set()
        elif fault == "drift_step":
            self._errors = {spec: (gain + size, offset) for spec, (gain, offset) in self._errors.items()}
        else:
            raise ValueError(f"A meter must fail by stuck, drift_step or range_relay, but was told {fault!r}.")

    def _failing(self, spec: RangeSpecification, shown: float) -> float:
        """Return what a failing meter shows instead."""
        if self._broken is not None:
            self._broken = self._broken or {spec}
            shown = quantised(shown / 10, spec.resolution) if spec in self._broken else shown
        return shown if self._stuck is None else self._stuck.setdefault(spec, shown)


@dataclass(frozen=True, slots=True)
class SourceNoise:
    """The noise of a source in one range, below 10 Hz: another draw in each measurement, however long it takes."""

    errors: HiddenErrors
    range: RangeSpecification

    def draw(self) -> float:
        """Return by how much the level is off during one measurement, in its unit."""
        return self.errors.drawn(self.range)


def quantised(value: float, resolution: float) -> float:
    """Return a value in whole steps of the display or of the programming."""
    return round(value / resolution) * resolution
