"""The noise spectrum: the conductance at one gate, read again and again at equal intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import BETWEEN, LINE_CYCLE, ConductanceProcedure
from .errors import ParameterError
from .observed import Observed
from .parameter import MOST_SETPOINTS, parameter

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Estimate, Extraction
    from smtjlab.simulation.inference.noise_spectrum import NoiseTrace, Spectrum

SEGMENT = 16
"""Fewest readings of a segment."""


@dataclass(frozen=True, kw_only=True)
class NoiseSpectrum(ConductanceProcedure):
    """Relative noise of the conductance against frequency at one gate: 1/f noise, white noise, their corner."""

    gate: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="gate voltage")
    readings: int = parameter(4096, limits=(256, MOST_SETPOINTS), doc="number of readings, one after the other")
    segments: int = parameter(8, limits=(1, 10_000), doc="lengths of a window in the whole; windows overlap by half")
    settle: float = parameter(1.0, unit="s", limits=(0, 1e6), doc="wait at the gate before the first reading")
    bias: float = parameter(0.1, unit="V", limits=(-1, 1), doc="voltage across the junction")
    nplc: float = parameter(0.01, limits=(0.01, 10), doc="integration time of a reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the junction with leads of their own")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_zero_bias()
        if self.readings < SEGMENT * self.segments:
            raise ParameterError(
                f"`readings` must be at least {SEGMENT} for each of {self.segments} segments, but is {self.readings}."
            )

    def setpoints(self) -> list[Setpoint]:
        """Return the same wish over and over, the first with the time to settle."""
        waits = [self.settle, *[0.0] * (self.readings - 1)]
        return [Setpoint(gate=self.gate, bias=self.bias, dwell=wait) for wait in waits]

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return alpha_H for the believed area, white noise, corner and exponent."""
        from smtjlab.simulation.inference.noise_spectrum import noise_spectrum

        return noise_spectrum(self.as_arrays(readings), _area(belief), self.segments)

    def as_arrays(self, readings: Sequence[Reading]) -> NoiseTrace:
        """Return the readings as the extraction takes them."""
        from smtjlab.simulation.inference.noise_spectrum import NoiseTrace

        seen = Observed.of(readings)
        return NoiseTrace(seen.time, seen.value, seen.scatter, seen.valid, self.nplc * LINE_CYCLE)

    def view(self, readings: Sequence[Reading]) -> Spectrum:
        """Return what a page draws: densities and their fitted parts. Raises InferenceError."""
        from smtjlab.simulation.inference.noise_spectrum import spectrum_of

        return spectrum_of(self.as_arrays(readings), self.segments)

    def time_per_setpoint(self) -> float:
        """Return the integration with autozero and what a reading takes beside it, in s."""
        return 6 * self.nplc * LINE_CYCLE + BETWEEN


def _area(belief: Belief) -> Estimate:
    """Return the believed area of the junction in m^2."""
    from smtjlab.simulation.inference.extraction import Estimate

    junction = belief.junction
    axes = [(getattr(junction, name), belief.uncertainty.get(name, 0.0)) for name in ("major_axis", "minor_axis")]
    return Estimate(junction.area, junction.area * float(np.hypot(*(sigma / size for size, sigma in axes))))
