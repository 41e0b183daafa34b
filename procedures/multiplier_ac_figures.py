"""From the records of a multiplier at ac to its figures: response, distortion, settling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.simulation.inference.amplitude_response import amplitude_response
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate, Extraction
from smtjlab.simulation.inference.sine_fit import SineFit, sine_fit
from smtjlab.simulation.inference.step_settling import step_settling

from .multiplier_ac import SINE, STEP
from .observed import Floats

if TYPE_CHECKING:
    from .multiplier_ac import MultiplierAc
    from .row import Row

SEEN = 3.0
"""Standard uncertainties from which on a distortion is told from none: there are tens of sines in a run."""
ROUNDING = 12**-0.5
"""Standard deviation of what lies anywhere within one level of a digitiser."""


@dataclass(frozen=True)
class AcRecord:
    """What both channels saw, (n,) each, in V over s."""

    kind: str
    frequency: float
    """Hz."""
    time: Floats
    input: Floats
    output: Floats
    gain_error: float
    """Standard uncertainty of the ratio of both channels that all records share, relative."""


@dataclass(frozen=True)
class AcSine:
    """One record of a sine."""

    frequency: float
    """Hz."""
    peak: float
    """V at the input, as measured."""
    ratio: Estimate
    """Output over input; scatter alone."""
    distortion: Estimate
    """Of the output; what its noise and its input make of it taken off."""
    floor: float
    """What noise and the distortion of the input make together."""

    @property
    def seen(self) -> bool:
        """Whether the distortion is told from none."""
        return self.distortion.value > SEEN * self.distortion.uncertainty

    @property
    def bound(self) -> float:
        """Return what the distortion is below, where it is not seen: two standard uncertainties more."""
        return self.distortion.value + 2 * self.distortion.uncertainty


@dataclass(frozen=True)
class AcFigures:
    """What a run tells."""

    sines: tuple[AcSine, ...]
    largest: tuple[AcSine, ...]
    """Those of the largest peak, by rising frequency: the response."""
    response: Extraction
    """Gain, bandwidth, frequency of 1 % amplitude error; the error of both channels in the gain."""
    settling: Estimate | None
    """s from the edge until the output has settled; None where it is not told."""
    edge: AcRecord | None
    """Mean of the records of the edge."""
    step_time: float
    """s in the record of the edge."""
    remarks: tuple[str, ...]

    @property
    def distortion(self) -> AcSine:
        """The largest peak at the lowest frequency."""
        return self.largest[0]


def figures_of(procedure: MultiplierAc, rows: Sequence[Row]) -> AcFigures:
    """Return the figures. Raises InferenceError where the response is not whole."""
    records = [one for one in (_record(row) for row in rows) if one is not None]
    planned = procedure.shots[: len(rows)]
    remarks = [f"{len(rows) - len(records)} records were clipped and left out."] if len(records) < len(rows) else []
    sines = [_sine(one) for one in records if one.kind == SINE]
    whole = sum(one.kind == SINE and one.peak == procedure.input for one in planned)
    largest = sorted(sines[:whole], key=lambda one: one.frequency)
    if len(largest) < 3 or len(largest) < whole:
        raise InferenceError(
            f"A response must have all of its {procedure.points} sines, 3 at least, but {len(largest)} can be used."
        )
    ratio, scatter = (np.array([getattr(one.ratio, name) for one in largest]) for name in ("value", "uncertainty"))
    response = amplitude_response(np.array([one.frequency for one in largest]), ratio, scatter)
    settling, edge, at, told = _settled([one for one in records if one.kind == STEP], procedure.band)
    return AcFigures(
        tuple(sines), tuple(largest), _with_gain(response, records[0].gain_error), settling, edge, at,
        (*remarks, *response.remarks, *told),
    )  # fmt: skip


def _record(row: Row) -> AcRecord | None:
    """Return a record; None where a sample lay beyond the screen."""
    found = row.values
    if any(one is None for name in ("input", "output") for one in found[name]):
        return None
    into, out = (np.array(found[name], dtype=np.float64) for name in ("input", "output"))
    time = found["interval"] * np.arange(len(into))
    return AcRecord(found["kind"], found["frequency"], time, into, out, found["gain_error"])


def _sine(record: AcRecord) -> AcSine:
    into, out = (sine_fit(record.time, one, record.frequency) for one in (record.input, record.output))
    ratio = out.amplitude.value / into.amplitude.value
    scatter = ratio * math.hypot(*(_relative(one) for one in (into, out)))
    floor = math.hypot(out.thd_floor, into.thd.value)
    clean = math.sqrt(max(out.thd.value**2 - floor**2, 0.0))
    error = math.hypot(out.thd.uncertainty, into.thd.uncertainty) * out.thd.value / max(clean, out.thd.value / 2)
    return AcSine(record.frequency, into.amplitude.value, Estimate(ratio, scatter), Estimate(clean, error), floor)


def _relative(fit: SineFit) -> float:
    return fit.amplitude.uncertainty / fit.amplitude.value


def _with_gain(response: Extraction, error: float) -> Extraction:
    """Return the response with the error of both channels' ratio in its gain."""
    at = response.names.index("gain")
    covariance = response.covariance.copy()
    covariance[at, at] += (error * response.values[at]) ** 2
    return replace(response, covariance=covariance)


def _settled(edges: Sequence[AcRecord], band: float) -> tuple[Estimate | None, AcRecord | None, float, list[str]]:
    """Return the settling time in s, the mean of the records, the time of the edge in it, and why there is none.

    Every record is triggered by the edge, so that it stands at the same place in all of them.
    """
    if not edges:
        return None, None, math.nan, ["No edge was recorded: settling is not told."]
    into, out = (np.mean([getattr(one, name) for one in edges], axis=0) for name in ("input", "output"))
    mean = replace(edges[0], input=into, output=out)
    at = float(mean.time[int(np.argmax(into > (into.max() + into.min()) / 2))])
    scatter = max(_scatter(one.output) for one in edges) / len(edges) ** 0.5
    try:
        return step_settling(mean.time, out, at, scatter, band).time, mean, at, []
    except InferenceError as mistake:
        return None, mean, at, [f"Settling to {100 * band:g} % is not told: {mistake}"]


def _scatter(volts: Floats) -> float:
    """Return the scatter of a sample in V by the end of a record, where the output rests; rounding at least."""
    level = float(np.diff(np.unique(volts)).min(initial=math.inf))
    return max(float(np.std(volts[-len(volts) // 10 :])), ROUNDING * level if math.isfinite(level) else 0.0)
