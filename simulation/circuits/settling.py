"""How an output goes to where a step takes it, in the small-signal model.

The equations G x + E dx/dt = b u are split by the eigenvalues mu of G^-1 E, which are the time constants of the poles
s = -1/mu, in complex Schur form: where there is no mu the answer is immediate, and for the others it is
1 - exp(-t/mu). Capacitors across ideal sources do no harm so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError

from .small_signal import SmallSignal

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

IMMEDIATE = 1e-9
"""Time constants below so much of the longest are taken as none."""
SEARCHED = 400
"""Times between 1e-7 of the longest and the longest at which an output is looked at."""


def poles(signal: SmallSignal) -> ComplexArray:
    """Return the poles s of a circuit in 1/s, the slowest first, shape (poles,).

    It is stable where all their real parts are below 0. Raises ModelError.
    """
    return _Modes(*signal.matrices).poles


def step_response(signal: SmallSignal, source: str, node: str, times: ArrayLike, against: str = "ground") -> FloatArray:
    """Return the voltage between two nodes at times in s after a step of 1 V or 1 A of a source at 0, shape (t,).

    Raises ModelError where a time is not above 0, or a name is unknown.
    """
    return _Response.of(signal, source, node, against).at(_checked(times))


def settling_time(
    signal: SmallSignal, source: str, node: str, longest: float, error: float = 0.01, against: str = "ground"
) -> float:
    """Return the time in s after a step from which the output stays within a relative `error` of its end.

    0 where it is there sooner than 1e-7 of `longest`. Raises ModelError where it is not yet there after `longest` s,
    goes nowhere, or the circuit is not stable.
    """
    from scipy.optimize import brentq

    if not (0 < error < 1 and 0 < longest < math.inf):
        raise ModelError(
            f"`error` must be within 0 and 1, and `longest` above 0 s, but are {error:g} and {longest:g} s."
        )
    response = _Response.of(signal, source, node, against)
    if (response.modes.poles.real >= 0).any():
        rate = response.modes.poles.real.max()
        raise ModelError(f"A circuit must be stable in order to settle, but has a pole that grows by {rate:g} 1/s.")
    if abs(response.end) < 1e-12:
        raise ModelError(f"An output must follow its source in order to settle, but {node!r} does not.")

    def beyond(seconds: ArrayLike) -> FloatArray:
        return np.asarray(np.abs(response.at(np.atleast_1d(seconds)) / response.end - 1) - error)

    times = np.geomspace(1e-7 * longest, longest, SEARCHED)
    outside = np.flatnonzero(beyond(times) > 0)
    if not outside.size:
        return 0.0
    last = int(outside[-1])
    if last == SEARCHED - 1:
        raise ModelError(
            f"An output must settle to {error:g} within `longest`, but {node!r} has not after {longest:g} s."
        )
    return float(brentq(lambda one: float(beyond(one)[0]), times[last], times[last + 1], xtol=1e-9 * times[last]))


class _Modes:
    """The split of G^-1 E into what takes time and what does not."""

    def __init__(self, at_rest: FloatArray, per_rate: FloatArray) -> None:
        from scipy.linalg import schur, solve_sylvester

        try:
            memory = np.linalg.solve(at_rest, per_rate)
        except np.linalg.LinAlgError:
            raise ModelError("A small signal must have one answer at rest, but has none.") from None
        longest = float(np.abs(np.linalg.eigvals(memory)).max(initial=0.0))
        slow: Any = partial(_takes_time, least=max(IMMEDIATE * longest, 1e-300))
        form, self.basis, self.count = schur(memory.astype(np.complex128), output="complex", sort=slow)
        self.slow = form[: self.count, : self.count]
        self.coupling = np.zeros((self.count, len(form) - self.count), dtype=np.complex128)
        if self.coupling.size:
            rest = form[self.count :, self.count :]
            self.coupling = solve_sylvester(self.slow, -rest, -form[: self.count, self.count :])

    @property
    def poles(self) -> ComplexArray:
        found = -1 / np.diag(self.slow)
        return np.asarray(found[np.argsort(np.abs(found))])


def _takes_time(constant: complex, least: float) -> bool:
    return abs(constant) > least


@dataclass(frozen=True)
class _Response:
    """An output after a step: what comes at once, and what each mode adds."""

    modes: _Modes
    at_once: float
    excited: ComplexArray
    seen: ComplexArray

    @classmethod
    def of(cls, signal: SmallSignal, source: str, node: str, against: str) -> _Response:
        at_rest, per_rate = signal.matrices
        modes = _Modes(at_rest, per_rate)
        state = modes.basis.conj().T @ np.linalg.solve(at_rest, signal.driven(source))
        seen = signal.observer(node, against) @ modes.basis
        slow, rest = state[: modes.count], state[modes.count :]
        others = seen[: modes.count] @ modes.coupling + seen[modes.count :]
        return cls(modes, float((others @ rest).real), slow - modes.coupling @ rest, seen[: modes.count])

    @property
    def end(self) -> float:
        """Where it goes if it is stable."""
        return self.at_once + float((self.seen @ self.excited).real)

    def at(self, seconds: FloatArray) -> FloatArray:
        from scipy.linalg import expm

        if not self.modes.count:
            return np.full(len(seconds), self.end)
        faded = expm(-np.linalg.inv(self.modes.slow) * seconds[:, None, None]) @ self.excited
        return np.asarray(self.end - (faded @ self.seen).real)


def _checked(times: ArrayLike) -> FloatArray:
    seconds = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if seconds.ndim != 1 or not (np.isfinite(seconds) & (seconds > 0)).all():
        raise ModelError(f"`times` must be finite and above 0 s, but are {times!r}.")
    return seconds
