"""The distortion of a multiplier: one of its inputs follows a sine, level by level, and its output is read at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .circuit_procedure import CircuitProcedure
from .errors import ParameterError
from .multiplier import METERS, SERIES
from .observed import Floats, floats
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.ac_multiplier import Distortion
    from smtjlab.simulation.inference.extraction import Extraction


@dataclass(frozen=True, kw_only=True)
class MultiplierDistortion(CircuitProcedure):
    """Harmonics of the output while V_in1 or V_in2 follows a sine of several peaks, the other input at its end.

    The voltmeter is the digitiser: each sample of a period is a level that is held while it is read. What it finds is
    the distortion of the curves, which is that at any frequency far below the bandwidth.
    """

    virtual_bench = "multiplier"

    sine: str = parameter("gate", choices=("gate", "input"), doc="which input follows the sine: V_in2 or V_in1")
    encoding: str = parameter(
        "junction", choices=("single", "resistor", "junction"), doc="what is subtracted, as of the multiplier"
    )
    input: float = parameter(0.1, unit="V", limits=(1e-6, 10), doc="V_in1; its largest peak, where it is the sine")
    middle: float = parameter(0.285, unit="V", limits=(-1000, 1000), doc="V_mid, the gate voltage that stands for 0")
    swing: float = parameter(0.012, unit="V", limits=(1e-6, 1000), doc="V_in2; its largest peak, where it is the sine")
    peaks: int = parameter(4, limits=(1, 100), doc="peaks: the largest, half of it, a quarter, and so on")
    samples: int = parameter(24, limits=(8, 10_000), doc="samples of a period")
    series: float = parameter(50.0, unit="ohm", limits=(1e-3, 1e9), doc="R_s, as the circuit file states it")
    largest_output: float = parameter(0.01, unit="V", limits=(1e-6, 10), doc="largest voltage the meters must hold")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.middle - self.swing <= 0 <= self.middle + self.swing:
            raise ParameterError(
                f"The gate must keep its sign, but `middle` {self.middle:g} V and `swing` {self.swing:g} V take it "
                f"from {self.middle - self.swing:g} V to {self.middle + self.swing:g} V."
            )

    @property
    def largest(self) -> float:
        """Largest peak of the sine in V."""
        return self.swing if self.sine == "gate" else self.input

    @property
    def phases(self) -> Floats:
        """Phase of each sample in rad, shape (samples,)."""
        return 2 * np.pi * np.arange(self.samples) / self.samples

    def setpoints(self) -> list[Setpoint]:
        """Return the samples of each period, the largest peak first; branches name the peaks."""
        return [
            self._setpoint(peak * float(np.cos(phase)), f"peak {number + 1}")
            for number, peak in enumerate(self.amplitudes)
            for phase in self.phases
        ]

    @property
    def amplitudes(self) -> Floats:
        """Peaks in V, falling, shape (peaks,)."""
        return np.asarray(self.largest * 0.5 ** np.arange(self.peaks), dtype=np.float64)

    def check_bench(self, bench: Bench) -> None:
        """Raise ProcedureMistake where R_s is not the one of the circuit file."""
        super().check_bench(bench)
        self.check_resistor(bench, SERIES, self.series, "series")

    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V of the one meter that answers."""
        return {METERS[self.encoding]: self.largest_output}

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

    def _setpoint(self, level: float, branch: str) -> Setpoint:
        gate, volts = (self.middle + level, self.input) if self.sine == "gate" else (self.middle + self.swing, level)
        levels = {"gate": gate, "junction": volts}
        if self.encoding == "junction":
            levels["reference_gate"] = self.middle
        return Setpoint(levels=levels, branch=branch, meter=METERS[self.encoding])
