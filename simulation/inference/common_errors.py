"""Errors that many readings share, carried into what is extracted: each is put into the data, and the work done again.

A gain or an offset of an instrument neither averages away nor shows as scatter. Its effect on a result is found by
extracting once more from data shifted by one standard deviation of it; different errors are independent, so the
covariance that they add is the sum of the outer products of their effects (GUM 5.2, type B).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.chi_square import Observations

from .errors import InferenceError
from .extraction import Extraction

Floats = NDArray[np.float64]
Values = Mapping[str, float]
"""Name of a parameter to its value."""
Quantities = Mapping[str, Floats]
"""Name of a measured quantity (`value`, `gate`, `field`, ...) to its readings, shape (n,)."""


@dataclass(frozen=True)
class CommonErrors:
    """What common errors do to `k` parameters."""

    contributions: Mapping[str, Mapping[str, float]]
    """Parameter to name of an error to the signed effect of its +1 sigma, in the parameter's unit."""
    covariance: Floats
    """Covariance that they add, shape (k, k), in the order of the parameters."""

    def added_to(self, extraction: Extraction) -> Extraction:
        """Return the extraction with these effects in its covariance and contributions; parameters must be its own."""
        told = {
            name: {**extraction.contributions.get(name, {}), **self.contributions[name]} for name in extraction.names
        }
        return replace(extraction, covariance=extraction.covariance + self.covariance, contributions=told)


def common_errors(
    extract: Callable[[Quantities], Values],
    quantities: Quantities,
    effects: Mapping[str, Mapping[str, Floats]],
    nominal: Values | None = None,
) -> CommonErrors:
    """Return what common errors of measured quantities do to what `extract` makes of these quantities.

    `effects` holds, by quantity, the name of an error and what its +1 sigma adds to what was really there at each
    reading, shape (n,): errors of one name are one error, whatever they act on. `nominal` is what `extract` gives of
    the quantities as they are, where that is known. Raises InferenceError where shifted data tell a parameter no more.
    """
    found = dict(extract(quantities) if nominal is None else nominal)

    def shifted(name: str, sign: int) -> Values:
        moved = {of: quantities[of] + sign * mine[name] for of, mine in effects.items() if name in mine}
        return extract({**quantities, **moved})

    names = sorted({name for mine in effects.values() for name, effect in mine.items() if np.any(effect)})
    return effects_of(found, {name: partial(shifted, name) for name in names})


def common_errors_of(
    extract: Callable[[Observations], Values], observations: Observations, nominal: Values | None = None
) -> CommonErrors:
    """Return the same for what is extracted from observations: their errors of the conductance and of the gate.

    As in chi-square, +1 sigma of an error adds its effect to what is read of the conductance, so the true one is lower,
    and to the gate that was really there.
    """

    def of_quantities(quantities: Quantities) -> Values:
        return extract(replace(observations, gate=quantities["gate"], conductance=quantities["conductance"]))

    quantities = {"gate": observations.gate, "conductance": observations.conductance}
    lower = {name: -effect for name, effect in observations.common.items()}
    effects = {"gate": observations.gate_effects, "conductance": lower}
    return common_errors(of_quantities, quantities, effects, nominal)


def effects_of(nominal: Values, again: Mapping[str, Callable[[int], Values]]) -> CommonErrors:
    """Return what some errors do to parameters with `nominal` values.

    `again` extracts once more with an error at +1 or -1 times its standard uncertainty: a common error of the data, or
    a parameter that was held. The other sign is asked where the first tells less. Raises InferenceError.
    """
    names = list(nominal)
    changes = {error: _change(error, nominal, extract) for error, extract in again.items()}
    rows = np.array([[change[name] for name in names] for change in changes.values()]).reshape(len(changes), len(names))
    contributions = {name: {error: change[name] for error, change in changes.items()} for name in names}
    return CommonErrors(contributions, rows.T @ rows)


def _change(error: str, nominal: Values, extract: Callable[[int], Values]) -> dict[str, float]:
    lost = ""
    for sign in (1, -1):
        try:
            found = extract(sign)
        except InferenceError as problem:
            lost = str(problem)
            continue
        change = {name: sign * (found.get(name, np.nan) - value) for name, value in nominal.items()}
        missing = [name for name, effect in change.items() if not np.isfinite(effect)]
        if not missing:
            return change
        lost = f"Not told any more: {', '.join(missing)}."
    raise InferenceError(f"Data must tell the same with the error `{error}` shifted by one sigma, but do not. {lost}")
