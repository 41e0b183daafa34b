"""The distortion of a multiplier: one of its inputs follows a sine, level by level, and its output is read at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .observed import Floats, floats
from .parameter import parameter
from .trimmed_procedure import FARTHEST, MEASURED, TrimmedProcedure

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.ac_multiplier import Distortion
    from smtjlab.simulation.inference.extraction import Extraction


@dataclass(frozen=True, kw_only=True)
class MultiplierDistortion(TrimmedProcedure):
    """Harmonics of the output while V_in1 or V_in2 follows a sine of several peaks, the other input at its end.

    The voltmeter is the digitiser: each sample of a period is a level that is held while it is read. What it finds is
    the distortion of the curves, which is that at any frequency far below the bandwidth. Before it the gate of the
    reference junction is trimmed as for the map of `multiplier`.
    """

    virtual_bench = "multiplier"

    at_most: int = parameter(1_000_000, limits=(1, 10_000_000), doc="most readings that are taken")
    sine: str = parameter("gate", choices=("gate", "input"), doc="which input follows the sine: V_in2 or V_in1")
    encoding: str = parameter(
        "junction", choices=("single", "resistor", "junction"), doc="what is subtracted, as of the multiplier"
    )
    input: float = parameter(0.1, unit="V", limits=(1e-6, 10), doc="V_in1; its largest peak, where it is the sine")
    middle: float = parameter(0.285, unit="V", limits=(-1000, 1000), doc="V_mid, the gate voltage that stands for 0")
    swing: float = parameter(0.012, unit="V", limits=(1e-6, 1000), doc="V_in2; its largest peak, where it is the sine")
    trim: str = parameter(
        MEASURED, doc="added to V_mid at the gate of the reference junction alone: what is `measured` to null the "
        "output beforehand, `none`, or a voltage such as 10 mV"
    )  # fmt: skip
    trim_reach: float = parameter(
        0.1, unit="V", limits=(1e-6, FARTHEST), doc="farthest from V_mid that a measured trim may be"
    )
    trim_tolerance: float = parameter(
        20e-6, unit="V", limits=(1e-9, 1), doc="largest V_in2 at which the product may be zero after a measured trim"
    )
    peaks: int = parameter(4, limits=(1, 100), doc="peaks: the largest, half of it, a quarter, and so on")
    samples: int = parameter(24, limits=(8, 10_000), doc="samples of a period")
    series: float = parameter(50.0, unit="ohm", limits=(1e-3, 1e9), doc="R_s, as the circuit file states it")
    largest_output: float = parameter(0.01, unit="V", limits=(1e-6, 10), doc="largest voltage the meters must hold")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")

    @property
    def largest(self) -> float:
        """Largest peak of the sine in V."""
        return self.swing if self.sine == "gate" else self.input

    @property
    def phases(self) -> Floats:
        """Phase of each sample in rad, shape (samples,)."""
        return 2 * np.pi * np.arange(self.samples) / self.samples

    @property
    def after_trim(self) -> Sequence[Setpoint]:
        """The samples of each period, the largest peak first; branches name the peaks."""
        return self._periods

    @property
    def count_after_trim(self) -> int:
        """All samples."""
        return self.peaks * self.samples

    @cached_property
    def _periods(self) -> list[Setpoint]:
        return [
            replace(self._sample(peak * float(np.cos(phase))), branch=f"peak {number + 1}")
            for number, peak in enumerate(self.amplitudes)
            for phase in self.phases
        ]

    @property
    def amplitudes(self) -> Floats:
        """Peaks in V, falling, shape (peaks,)."""
        return np.asarray(self.largest * 0.5 ** np.arange(self.peaks), dtype=np.float64)

    def distortion(self, readings: Sequence[Reading]) -> Distortion:
        """Return gain and distortion of each peak that was read whole. Raises InferenceError."""
        from smtjlab.simulation.inference.ac_multiplier import SineRecord, distortion

        records = []
        for number, peak in enumerate(self.amplitudes):
            rows = [one for one in readings if one.setpoint.branch == f"peak {number + 1}"]
            if len(rows) == self.samples and all(one.value is not None and not one.flags for one in rows):
                records.append(
                    SineRecord(float(peak), 1.0, self.phases / (2 * np.pi), floats([one.value for one in rows]))
                )
        return distortion(records)

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return the distortion of the largest peak and the gain there. Raises InferenceError."""
        from smtjlab.simulation.inference.extraction import Extraction

        found = self.distortion(readings)
        values = np.array([found.thd[0], found.gain[0]])
        covariance = np.diag([found.thd_uncertainty[0] ** 2, found.gain_uncertainty[0] ** 2])
        names = ("thd", "gain")
        return Extraction(names, values, covariance, covariance, points=len(readings), remarks=found.remarks)

    def _sample(self, level: float) -> Setpoint:
        gate, volts = (self.middle + level, self.input) if self.sine == "gate" else (self.middle + self.swing, level)
        return self.at(gate, volts, self.middle + self.held)
