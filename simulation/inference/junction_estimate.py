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
from .file_fields import FileFields, file_fields, possible
from .told import Told, told_noise
from .transport import FIELD_OF, PREDICTED, STRESS
from .transport_estimate import BEFORE, TransportEstimate, transport_estimate

Floats = NDArray[np.float64]

NOISE = "hooge_parameter"
DIGITS = 12
"""Of a correlation in the file: H_s per volt is a quotient of fields that are known less well than it is."""


@dataclass(frozen=True)
class JunctionEstimate:
    """What is believed of a junction after some runs, and how the runs go together."""

    before: Belief
    after: Belief
    transport: TransportEstimate | None
    """The numbers behind it; None where no run has told any."""
    measured: tuple[str, ...]
    """Fields that runs have filled, then those that go with them, each in the order of the file."""
    remarks: tuple[str, ...] = ()
    """What a reader must know before believing the values, one sentence each."""

    def of(self, field: str) -> tuple[Estimate | None, Estimate | None]:
        """Return a field before and after; None where it had no value."""
        return _known(self.before, field), _known(self.after, field)


def junction_estimate(told: Sequence[Told], before: Belief, name: str) -> JunctionEstimate:
    """Return the belief after some runs; `name` says in the provenance what was believed before.

    Fields that no run bears on stay as they were, and say so. H_s per volt and H_k are products: the fields that they
    are made of move as far as they were uncertain, and are correlated then.
    """
    noise = told_noise(told)
    if noise is None:
        return _estimate(told, before, name)
    beside = [one for one in told if any(parameter in PREDICTED for parameter in one.extraction.names)]
    return _with_noise(_estimate(beside, before, name), *noise)


def _estimate(told: Sequence[Told], before: Belief, name: str) -> JunctionEstimate:
    if not told:
        return JunctionEstimate(before, _said(before, before, (), {}, name, ()), None, ())
    numbers = transport_estimate(told, before)
    found = file_fields(numbers, before)
    sources = {FIELD_OF.get(one, one): told for one, told in numbers.sources.items()}
    inside, remarks = _inside(found, numbers, sources)
    sigmas, pairs = _uncertain(found)
    told_of = {field for field, who in sources.items() if who != (BEFORE,)}
    measured = tuple(field for field in FIELDS if field in inside and field in sigmas and field in told_of)
    if told_of & set(FIELD_OF.values()):
        measured += tuple(field for field in FIELDS if field in found.factors)
    bare = Belief(before.junction.changed(**inside), sigmas, pairs)
    after = _said(bare, before, measured, sources, name, found.moved)
    remarks += _of_bias(told, numbers, before)
    return JunctionEstimate(before, after, numbers, measured, (*numbers.remarks, *found.remarks, *remarks))


def _with_noise(estimate: JunctionEstimate, hooge: Estimate, source: str) -> JunctionEstimate:
    """Return the estimate with 1/f noise of a Hooge parameter in m^2 that a run tells."""
    value, remark = _limited(NOISE, hooge.value, f" ±{hooge.uncertainty:.2g}")
    after = estimate.after
    junction = after.junction.changed(**{NOISE: value})
    noisy = Belief(junction, {**after.uncertainty, NOISE: hooge.uncertainty}, after.correlation)
    noisy = replace(noisy, provenance={**after.provenance, NOISE: source})
    remarks = (*estimate.remarks, *([remark] if remark else []))
    return replace(estimate, after=noisy, measured=(*estimate.measured, NOISE), remarks=remarks)


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


def _limited(name: str, value: float, sigma: str) -> tuple[float, str]:
    """Return a field as a junction may have it, and a sentence where that is not what was found."""
    low, high = FIELDS[name].metadata["limits"]
    inside = float(np.clip(value, low, high))
    said = f"`{name}` was found at {value:.3g}{sigma}, which no junction has; the file says {inside:g}."
    return inside, said if inside != value else ""


def _inside(
    found: FileFields, numbers: TransportEstimate, sources: Mapping[str, Sequence[str]]
) -> tuple[dict[str, float], list[str]]:
    """Return the fields as a junction may have them, and what runs found outside, which stands at the limit."""
    inside, remarks = {}, []
    for name, value in found.values.items():
        known = numbers.estimate(name)
        inside[name], remark = _limited(name, value, "" if known is None else f" ±{known.uncertainty:.2g}")
        if remark and sources.get(name, (BEFORE,)) != (BEFORE,):
            remarks.append(remark)
    fields = found.values
    if "shape_field" in numbers.names and "thickness" not in fields:
        shape = numbers.estimate("shape_field")
        remarks.append(
            f"The shape field of {shape.value if shape else 0.0:.3g} A/m is not that of an ellipse of about this "
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


def _uncertain(found: FileFields) -> tuple[dict[str, float], dict[Pair, float]]:
    """Return standard uncertainties and correlations of the fields that are not certain."""
    sigma = np.sqrt(np.diag(found.covariance))
    places = np.flatnonzero(sigma > 0)
    names = [found.names[k] for k in places]
    correlation = found.covariance[np.ix_(places, places)] / np.outer(sigma[places], sigma[places])
    pairs = matrix_pairs(names, possible(correlation, DIGITS), DIGITS) if names else {}
    return dict(zip(names, map(float, sigma[places]), strict=True)), pairs


def _said(
    after: Belief,
    before: Belief,
    measured: Sequence[str],
    sources: Mapping[str, Sequence[str]],
    name: str,
    moved: Sequence[str],
) -> Belief:
    """Return the belief with where each of its fields comes from."""
    told = {}
    for field in FIELDS:
        if getattr(after.junction, field) is None:
            continue
        believed = before.provenance.get(field) or f"as believed before: {name}"
        if field in measured and field in sources:
            told[field] = "; ".join(sources[field])
        elif field in moved:
            told[field] = f"as believed before ({name}), moved by what runs tell of H_s per volt and H_k"
        elif field == "magnetostriction" and "stress_per_volt" in measured:
            told[field] = f"held as believed before ({name}): only its product with stress_per_volt is measured"
        elif field == "stress_per_volt" and field in sources and field not in after.uncertainty:
            told[field] = f"certain before ({name}): what runs tell of H_s per volt stands in the fields beside it"
        else:
            told[field] = believed
    return replace(after, provenance=told)
