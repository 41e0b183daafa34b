"""A belief about a junction from what several runs have told: a junction file with covariance and provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.correlation import Pair, matrix_pairs
from smtjlab.simulation.junction_file import FIELDS

from .extraction import Estimate
from .told import Told, told_noise
from .transport import (
    FIELD_OF,
    HELD,
    PREDICTED,
    TRANSPORT,
    filled,
    stress_over_field,
    thickness_over_field,
)  # fmt: skip
from .transport_estimate import BEFORE, TransportEstimate, transport_estimate

Floats = NDArray[np.float64]

NOISE = "hooge_parameter"
STRESS = ("stress_per_volt", "youngs_modulus", "piezo_coefficient", "piezo_thickness")


@dataclass(frozen=True)
class JunctionEstimate:
    """What is believed of a junction after some runs, and how the runs go together."""

    before: Belief
    after: Belief
    transport: TransportEstimate | None
    """The numbers behind it; None where no run has told any."""
    measured: tuple[str, ...]
    """Fields of the junction that runs have filled, in the order of the file."""
    remarks: tuple[str, ...] = ()
    """What a reader must know before believing the values, one sentence each."""

    def of(self, field: str) -> tuple[Estimate | None, Estimate | None]:
        """Return a field before and after; None where it had no value."""
        return _known(self.before, field), _known(self.after, field)


def junction_estimate(told: Sequence[Told], before: Belief, name: str) -> JunctionEstimate:
    """Return the belief after some runs; `name` says in the provenance what was believed before.

    Fields that no run bears on stay as they were, and say so. Where the stress field is measured, magnetostriction and
    saturation magnetization are held: the product alone is measured, and the product is what the file has right.
    """
    noise = told_noise(told)
    if noise is None:
        return _estimate(told, before, name)
    beside = [one for one in told if any(parameter in PREDICTED for parameter in one.extraction.names)]
    return _with_noise(_estimate(beside, before, name), *noise)


def _estimate(told: Sequence[Told], before: Belief, name: str) -> JunctionEstimate:
    if not told:
        return JunctionEstimate(before, _said(before, before, (), {}, name), None, ())
    numbers = transport_estimate(told, before)
    fields = dict(zip(numbers.names, map(float, numbers.values), strict=True))
    inside, remarks = _inside(filled(before.junction, fields), numbers)
    junction = before.junction.changed(**inside)
    sigmas, pairs = _uncertain(numbers, before, inside)
    measured = tuple(field for field in FIELDS if field in inside and field in _measured(numbers))
    gone = {*STRESS, *HELD} if "stress_per_volt" in inside else set()
    kept = {n: s for n, s in before.uncertainty.items() if n not in gone and getattr(junction, n) is not None}
    both = {p: rho for p, rho in before.correlation.items() if all(n in kept and n not in sigmas for n in p)}
    bare = Belief(junction, {**kept, **sigmas}, both | pairs)
    after = _said(bare, before, measured, numbers.sources, name)
    remarks += _of_bias(told, numbers, before)
    return JunctionEstimate(before, after, numbers, measured, (*numbers.remarks, *remarks))


def _with_noise(estimate: JunctionEstimate, hooge: Estimate, source: str) -> JunctionEstimate:
    """Return the estimate with 1/f noise of a Hooge parameter in m^2 that a run tells."""
    low, high = FIELDS[NOISE].metadata["limits"]
    after = estimate.after
    junction = after.junction.changed(**{NOISE: float(np.clip(hooge.value, low, high))})
    noisy = Belief(junction, {**after.uncertainty, NOISE: hooge.uncertainty}, after.correlation)
    noisy = replace(noisy, provenance={**after.provenance, NOISE: source})
    measured = tuple(field for field in FIELDS if field in (*estimate.measured, NOISE))
    return replace(estimate, after=noisy, measured=measured)


def _known(belief: Belief, field: str) -> Estimate | None:
    value = getattr(belief.junction, field)
    if value is None and field == "stress_per_volt":
        return Estimate(belief.junction.stress_coefficient, _stress_uncertainty(belief))
    return None if value is None else Estimate(float(value), belief.uncertainty.get(field, 0.0))


def _stress_uncertainty(belief: Belief) -> float:
    junction = belief.junction
    relative = [
        belief.uncertainty.get(name, 0.0) / getattr(junction, name) for name in STRESS if getattr(junction, name)
    ]
    return junction.stress_coefficient * float(np.linalg.norm(relative))


def _measured(numbers: TransportEstimate) -> set[str]:
    """Return the fields that some run tells: those about which the belief before is not all there is."""
    return {FIELD_OF.get(name, name) for name in numbers.names if numbers.sources[name] != (BEFORE,)}


def _inside(fields: Mapping[str, float], numbers: TransportEstimate) -> tuple[dict[str, float], list[str]]:
    """Return the fields as a junction may have them, and what was found outside, which stands at the limit."""
    inside, remarks = {}, []
    for name, value in fields.items():
        low, high = FIELDS[name].metadata["limits"]
        inside[name] = float(np.clip(value, low, high))
        if inside[name] != value:
            found = numbers.estimate(name)
            sigma = f" +- {found.uncertainty:.2g}" if found is not None else ""
            remarks.append(
                f"`{name}` was found at {value:.3g}{sigma}, which no junction has; the file says {inside[name]:g}."
            )
    if "shape_field" in numbers.names and "thickness" not in fields:
        found = numbers.estimate("shape_field")
        remarks.append(
            f"The shape field of {found.value if found else 0.0:.3g} A/m is not that of an ellipse of about this "
            "thickness; the file keeps the thickness."
        )
    return inside, remarks


def _of_bias(told: Sequence[Told], numbers: TransportEstimate, before: Belief) -> list[str]:
    """Say at which bias R_AP holds, where nobody knows how it falls with the bias."""
    biases = sorted({abs(one.bias) for one in told if one.bias})
    falls = np.isfinite(before.junction.bias_half_tmr) or "bias_half_tmr" in numbers.names
    if falls or not biases or "resistance_antiparallel" not in numbers.names:
        return []
    return [f"No run tells how the TMR falls with the bias: R_AP is that at {biases[0]:g} V, not at small bias."]


def _uncertain(
    numbers: TransportEstimate, before: Belief, fields: Mapping[str, float]
) -> tuple[dict[str, float], dict[Pair, float]]:
    """Return standard uncertainties and correlations of the fields that stand for the numbers."""
    units = {
        "stress_field_per_volt": stress_over_field(before.junction),
        "shape_field": thickness_over_field(before.junction),
    }
    places = [k for k, name in enumerate(numbers.names) if FIELD_OF.get(name, name) in fields]
    names = [FIELD_OF.get(numbers.names[k], numbers.names[k]) for k in places]
    scale = np.array([units.get(numbers.names[k], 1.0) for k in places])
    covariance = numbers.covariance[np.ix_(places, places)] * np.outer(scale, scale)
    sigma = np.sqrt(np.diag(covariance))
    pairs = matrix_pairs(names, _possible(covariance / np.outer(sigma, sigma)))
    return dict(zip(names, map(float, sigma), strict=True)), pairs


def _possible(correlation: Floats) -> Floats:
    """Return a correlation matrix whose pairs can be rounded to six digits and are still possible together."""
    return np.asarray(correlation + 4e-6 * len(correlation) * (np.eye(len(correlation)) - correlation), float)


def _said(
    after: Belief, before: Belief, measured: Sequence[str], sources: Mapping[str, Sequence[str]], name: str
) -> Belief:
    """Return the belief with where each of its fields comes from."""
    number_of = {FIELD_OF.get(one, one): one for one in TRANSPORT}
    told = {}
    for field in FIELDS:
        if getattr(after.junction, field) is None:
            continue
        if field in measured:
            told[field] = "; ".join(sources[number_of[field]])
        elif field in HELD and "stress_per_volt" in measured:
            told[field] = f"held as believed before ({name}): only its product with stress_per_volt is measured"
        else:
            told[field] = before.provenance.get(field) or f"as believed before: {name}"
    return replace(after, provenance=told)
