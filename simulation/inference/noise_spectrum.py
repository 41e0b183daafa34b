"""From equally spaced readings at one gate to 1/f and white noise of the conductance, relative to its mean.

    S(f) = alpha_H/(A f) + S_w        one-sided density in 1/Hz; both are equal at the corner f_c = alpha_H/(A S_w)

Aperture and dead time of the readings are accounted for (see `power_density`). S_w is the density of a white noise that
every reading averages over its aperture: instrument, Johnson, shot and thermal magnetic noise together. Both are told
as mean and standard deviation of what is known of them (see `density_posterior`); the corner is their ratio.

The exponent is the most likely one beside a level that may make the white part negative: held at no less than 0 where
it is not seen, white noise would push the exponent up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .density_posterior import two_parts
from .errors import InferenceError
from .extraction import Estimate, Extraction
from .least_squares import Floats, Mask
from .power_density import INFLATION, DensityFit, Estimates, estimates, fit_density

FEWEST = 256
"""Readings that are needed at the least."""
UNEQUAL = 0.01
"""Relative scatter of the intervals from which on readings are not equally spaced."""
SEEN = 9.0
"""Gain in twice the logarithm of the likelihood from which on a part is believed (three standard deviations)."""
STRANGE = 3.0
"""Standard deviations by which an exponent must miss 1 to be told."""
EXPONENTS = (0.05, 3.0)
"""Between which an exponent is told: a lower one is a logarithm, a higher one as good as a drift, taken out."""
_DEGREE = 10
"""Of the polynomial in the exponent that the logarithm of what is seen of 1/f^exponent is between them."""
ONE_SIDED_95 = 1.645


@dataclass(frozen=True)
class NoiseTrace:
    """`n` readings at one gate; arrays of shape (n,), SI units."""

    time: Floats
    """End of each reading in s."""
    conductance: Floats
    scatter: Floats
    """Standard deviation of each reading by the instrument's specification."""
    valid: Mask
    aperture: float
    """Time in s over which a reading averages."""


@dataclass(frozen=True)
class Spectrum:
    """A relative power density and its parts, as a page draws them; arrays of shape (m,), densities in 1/Hz as seen."""

    frequency: Floats
    """Hz."""
    density: Floats
    """Estimates, one-sided, aliases included."""
    flicker: Floats
    """Fitted 1/f part; 0 where none is seen."""
    white: Floats
    """Fitted white part; 0 where none is seen."""
    instrument: float
    """White noise that the instrument's specification promises."""
    degrees: float
    """Degrees of freedom of each estimate, which is distributed as chi-square about its mean."""
    interval: float
    """From reading to reading, in s."""
    readings: int


@dataclass(frozen=True)
class _Parts:
    """The two parts as fitted: amplitude of 1/f at 1 Hz and white density; and which of them are seen."""

    data: Estimates
    both: DensityFit
    flicker: bool
    white: bool

    @property
    def kept(self) -> list[int]:
        return [k for k, seen in enumerate((self.flicker, self.white)) if seen]

    def shapes(self) -> Floats:
        return np.array([self.data.flicker(), self.data.white()])

    def final(self) -> DensityFit:
        """Return what is known of the parts that are seen, the other one beside them all the same.

        The parts of which the distribution is taken are what lies above the density at the highest frequency, and that.
        """
        kept, (flicker, white) = self.kept, self.shapes()
        level = flicker[-1] / white[-1]
        shapes = np.array([flicker - flicker[-1], white])
        # A start is the scale of a size too: far below what is known of it no curvature would be found.
        start = np.maximum(
            [self.both.theta[0], self.both.theta @ [level, 1]], 0.1 * np.sqrt(np.diag(self.both.covariance))
        )
        mean, covariance = two_parts(shapes, _fit(shapes, self.data, start), self.data)
        back = np.array([[1, 0], [-level, 1]])[kept]
        return DensityFit(back @ mean, back @ covariance @ back.T, self.both.deviance)


def noise_spectrum(trace: NoiseTrace, area: Estimate, segments: int = 8) -> Extraction:
    """Return alpha_H of an area in m^2, S_w, their corner, and the exponent of 1/f, a check. Raises InferenceError."""
    whole = _checked(trace, segments)
    parts = _parts(_estimates(whole, segments))
    fit = parts.final()
    names, values, gradient = _told(parts, fit, area.value)
    statistical = gradient @ fit.covariance @ gradient.T
    exponent = _exponent(parts)
    if exponent is not None:
        names, values = (*names, "flicker_exponent"), np.append(values, exponent.value)
        statistical = np.pad(statistical, (0, 1))
        statistical[-1, -1] = exponent.uncertainty**2
    effect = np.where(np.array(names) == "hooge", values, 0.0) * area.uncertainty / area.value
    return Extraction(
        names,
        values,
        statistical + np.outer(effect, effect),
        statistical,
        reasons=_reasons(parts, area.value, exponent),
        remarks=_remarks(whole, trace, parts, fit, exponent),
        taken={"area": area} if parts.flicker else {},
        contributions={"hooge": {"area": float(effect[names.index("hooge")])}} if parts.flicker else {},
        points=len(whole.time),
    )


def spectrum_of(trace: NoiseTrace, segments: int = 8) -> Spectrum:
    """Return what a page draws. Raises InferenceError."""
    whole = _checked(trace, segments)
    parts = _parts(_estimates(whole, segments))
    amplitude = np.zeros(2)
    amplitude[parts.kept] = parts.final().theta
    flicker, white = amplitude[:, None] * parts.shapes()
    data = parts.data
    return Spectrum(
        data.frequency,
        data.density,
        flicker,
        white,
        _specified(whole) * data.interval / data.aperture,
        data.degrees,
        data.interval,
        len(whole.time),
    )


def _estimates(trace: NoiseTrace, segments: int) -> Estimates:
    interval = float(np.ptp(trace.time)) / (len(trace.time) - 1)
    relative = trace.conductance / float(np.mean(trace.conductance)) - 1
    return estimates(relative, interval, trace.aperture, segments)


def _parts(data: Estimates) -> _Parts:
    shapes = np.array([data.flicker(), data.white()])
    both = _fit(shapes, data)
    without = [_fit(np.delete(shapes, k, axis=0), data).deviance for k in range(2)]
    flicker, white = (one - both.deviance > SEEN * INFLATION for one in without)
    if not (flicker or white):  # two that do for each other: the simpler one
        flicker, white = without[1] < without[0], without[1] >= without[0]
    return _Parts(data, both, flicker, white)


def _fit(shapes: Floats, data: Estimates, start: Floats | None = None) -> DensityFit:
    """Return the fit of a sum of shapes (k, m); without a start from each alone as large as the estimates allow."""
    if start is None:
        start = 0.5 * np.array([np.median(data.density / shape) for shape in shapes])
    return fit_density(lambda theta: theta @ shapes, start.tolist(), (1e-9 * start).tolist(), data)


def _exponent(parts: _Parts) -> Estimate | None:
    """Return the exponent of 1/f^exponent; None where no 1/f is seen, or it is open.

    What is fitted beside it is the density at the highest frequency, and how far that at a lower one lies above it.
    """
    if not parts.flicker:
        return None
    data, likely = parts.data, parts.both.theta @ parts.shapes()
    seen = _flickers(data)
    low = len(data.frequency) // 6  # where 1/f is large and yet known

    def model(theta: Floats) -> Floats:
        flicker = seen(theta[1])
        return np.asarray(theta[2] + theta[0] * (flicker - flicker[-1]) / (flicker[low] - flicker[-1]), float)

    start = [likely[low] - likely[-1], 1.0, likely[-1]]
    found = fit_density(model, start, [1e-6 * start[0], EXPONENTS[0], 1e-3 * start[2]], data)
    if not 1.01 * EXPONENTS[0] < found.theta[1] < 0.99 * EXPONENTS[1]:
        return None  # at an edge a covariance says nothing
    return Estimate(float(found.theta[1]), float(np.sqrt(found.covariance[1, 1])))


def _flickers(data: Estimates) -> Callable[[float], Floats]:
    """Return what is seen of 1/f^exponent, shape (m,), as a function of an exponent within EXPONENTS."""
    from numpy.polynomial import chebyshev

    nodes = chebyshev.chebpts1(_DEGREE + 1)
    middle, half = np.mean(EXPONENTS), np.ptp(EXPONENTS) / 2
    logarithm = np.log([data.flicker(float(middle + half * node)) for node in nodes])
    coefficients = chebyshev.chebfit(nodes, logarithm, _DEGREE)
    return lambda exponent: np.asarray(np.exp(chebyshev.chebval((exponent - middle) / half, coefficients)), float)


def _told(parts: _Parts, fit: DensityFit, area: float) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return names, values and their derivatives by the amplitudes that are seen."""
    if not parts.flicker:
        return ("white_noise",), fit.theta, np.eye(1)
    if not parts.white:
        return ("hooge",), area * fit.theta, np.array([[area]])
    flicker, white = fit.theta
    names = ("hooge", "white_noise", "corner_frequency")
    gradient = np.array([[area, 0], [0, 1], [1 / white, -flicker / white**2]])
    return names, np.array([area * flicker, white, flicker / white]), gradient


def _reasons(parts: _Parts, area: float, exponent: Estimate | None) -> dict[str, str]:
    reasons: dict[str, str] = {}
    top = float(parts.data.frequency[-1])
    if not parts.flicker:
        most = parts.both.theta[0] + ONE_SIDED_95 * np.sqrt(parts.both.covariance[0, 0])
        unseen = f"no 1/f noise is seen above the white: alpha_H is below {area * most:.2g} m² (95 %)"
        reasons |= {"hooge": unseen, "flicker_exponent": "no 1/f noise is seen above the white"}
    elif exponent is None:
        reasons["flicker_exponent"] = "1/f and white noise of other shares fit as well with another exponent"
    if not parts.white:
        reasons["white_noise"] = f"1/f noise covers it up to {top:.3g} Hz, the highest frequency"
    if len(parts.kept) < 2:
        reasons["corner_frequency"] = "it needs both parts, and one is not seen"
    return reasons


def _specified(trace: NoiseTrace) -> float:
    """Return the white density in 1/Hz that makes readings scatter as the instrument's specification says."""
    return 2 * trace.aperture * float(np.mean(trace.scatter**2) / np.mean(trace.conductance) ** 2)


def _remarks(
    whole: NoiseTrace, trace: NoiseTrace, parts: _Parts, fit: DensityFit, exponent: Estimate | None
) -> tuple[str, ...]:
    data = parts.data
    said = [
        f"A reading every {data.interval:.4g} s averages over {data.aperture:.3g} s: noise above "
        f"{0.5 / data.interval:.4g} Hz folds back, which the fit accounts for."
    ]
    if parts.white:
        ratio = float(fit.theta[-1]) / _specified(whole)
        said.append(f"The white part is {ratio:.2g} times what the instrument's specification makes of these readings.")
    if len(parts.kept) == 2:
        seen = float(fit.theta[0] / fit.theta[1]) * data.aperture / data.interval
        said.append(f"With what folds back, white equals 1/f at {seen:.3g} Hz in the spectrum as sampled.")
    if len(whole.time) < len(trace.time):
        said.append(f"The longest unbroken stretch was used: {len(whole.time)} of {len(trace.time)} readings.")
    if exponent is not None and abs(exponent.value - 1) > STRANGE * exponent.uncertainty:
        said.append(
            f"This is not 1/f: its exponent is {exponent.value:.3g}, off 1 by more than {STRANGE:g} standard "
            "deviations."
        )
    return tuple(said)


def _checked(trace: NoiseTrace, segments: int) -> NoiseTrace:
    """Return the longest stretch of valid readings; refuse what cannot tell."""
    start, stop = _longest(trace.valid & np.isfinite(trace.conductance))
    least = max(FEWEST, 16 * segments)
    if stop - start < least:
        raise InferenceError(
            f"A noise spectrum needs at least {least} valid readings in a row, but there are {stop - start}."
        )
    part = slice(start, stop)
    whole = NoiseTrace(
        trace.time[part], trace.conductance[part], trace.scatter[part], trace.valid[part], trace.aperture
    )
    intervals = np.diff(whole.time)
    if not (np.isfinite(intervals).all() and (intervals > 0).all()):
        raise InferenceError("The times of a noise spectrum must rise, but some do not.")
    if np.std(intervals) > UNEQUAL * np.mean(intervals):
        raise InferenceError(
            f"Readings must be equally spaced for a noise spectrum, but are {intervals.min():.4g} s to "
            f"{intervals.max():.4g} s apart."
        )
    if np.ptp(whole.conductance) == 0:
        raise InferenceError(f"A noise spectrum needs readings that differ, but all are {whole.conductance[0]:g} S.")
    return whole


def _longest(valid: Mask) -> tuple[int, int]:
    """Return start and end of the longest run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], valid, [False]]).astype(int)))
    starts, stops = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    best = int(np.argmax(stops - starts))
    return int(starts[best]), int(stops[best])
