"""Small signals around an operating point: transfer functions with capacitors, gates and poles of amplifiers.

Barriers stand for their slope dI/dV, sources at their limit for a source of the other kind, amplifiers at theirs for a
voltage that holds. A gate that moves the
conductance of its junction drives a current I dG/dV_G / G from top to bottom, where that derivative is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError

from .equations import CircuitEquations
from .operating_point import OperatingPoint
from .stamps import DENSE_UNKNOWNS, REFERENCE, factorised
from .tunnel_barrier import TunnelBarrier

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


class SmallSignal:
    """A circuit made linear around one operating point of it."""

    def __init__(
        self,
        point: OperatingPoint,
        barriers: Mapping[str, TunnelBarrier],
        transconductances: Mapping[str, float] | None = None,
    ) -> None:
        """Take a point of one replica and the barriers with which it was solved.

        `transconductances` are dI/dV_G in A/V of junctions by name, positive where a higher gate makes the current
        from top to bottom grow; 0 where not given. Raises ModelError.
        """
        if point.voltages["0"].size != 1:
            raise ModelError(f"Small signals must be those of one replica, but the point has shape {point.shape}.")
        self.point = point
        self.equations = CircuitEquations(point.circuit)
        names = [one.name for one in self.equations.junctions]
        self.slopes = {name: float(np.ravel(barriers[name].slope(point.bias(name)))[0]) for name in names}
        """dI/dV in S of each junction."""
        limited = [bool(point.limited[one.element.name].ravel()[0]) for one in self.equations.branches]
        held = [one.row for one, at_limit in zip(self.equations.branches, limited, strict=True) if at_limit]
        self._per_hertz = self.equations.per_hertz.without_rows(held)  # an amplifier at its limit has no pole
        self._at_rest = self.equations.stamped(np.array(list(self.slopes.values())), np.array(limited, dtype=np.int8))
        for name, siemens in (transconductances or {}).items():
            self._add_transconductance(name, siemens)

    def transfer(self, source: str, node: str, frequencies: ArrayLike, against: str = "ground") -> ComplexArray:
        """Return the complex amplitude in V between two nodes for 1 V or 1 A of a source, shape (f,) of `frequencies`.

        0 where the source is at its limit. Raises ModelError where a name is unknown or a frequency cannot be.
        """
        right, observer = self.driven(source), self.observer(node, against)
        return np.array([observer @ self._solve(f, right, transposed=False) for f in _checked(frequencies)])

    @cached_property
    def matrices(self) -> tuple[FloatArray, FloatArray]:
        """G and E of G x + E dx/dt = b, both (size, size): unknowns are those of `CircuitEquations`."""
        size = self.equations.size
        return self._at_rest.dense(size), self._per_hertz.dense(size) / (2 * np.pi)

    def driven(self, source: str) -> FloatArray:
        """Return b for 1 V or 1 A of a source, shape (size,); 0 where that is at its limit. Raises ModelError."""
        found = {one.element.name: one for one in self.equations.sources}
        if source not in found:
            raise ModelError(f"A source must be one of {', '.join(found) or 'none'}, but is {source!r}.")
        right = np.zeros(self.equations.size)
        right[found[source].row] = 0.0 if self.point.limited[source].ravel()[0] else 1.0
        return right

    def observer(self, node: str, against: str = "ground") -> FloatArray:
        """Return the weights of the unknowns that make the voltage between two nodes, (size,). Raises ModelError."""
        weights = np.zeros(self.equations.size)
        for name, sign in ((node, 1.0), (against, -1.0)):
            self.point.circuit.require_node(name)
            if self.equations.places[name] != REFERENCE:
                weights[self.equations.places[name]] += sign
        return weights

    def impedances(
        self, pairs: Mapping[str, tuple[str, str]], node: str, frequencies: ArrayLike, against: str = "ground"
    ) -> Mapping[str, ComplexArray]:
        """Return the voltage in V between two nodes for 1 A that flows from the first node of each pair to the second.

        Shapes (f,), in ohm; one solution of the transposed equations a frequency serves all pairs. Raises ModelError.
        """
        observer = self.observer(node, against)
        weights = [self._solve(f, observer, transposed=True) for f in _checked(frequencies)]
        padded = np.concatenate([np.array(weights), np.zeros((len(weights), 1))], axis=1)
        places = self.equations.places
        return {name: padded[:, places[second]] - padded[:, places[first]] for name, (first, second) in pairs.items()}

    def _add_transconductance(self, name: str, siemens: float) -> None:
        one, places = self.point.circuit.junction(name), self.equations.places
        if one.gate is None or one.back is None:
            raise ModelError(f"A junction with a transconductance must have a gate, but {name!r} has none.")
        if not np.isfinite(siemens):
            raise ModelError(f"The transconductance of {name!r} must be finite, but is {siemens:g} A/V.")
        for row, side in ((places[one.top], 1.0), (places[one.bottom], -1.0)):
            self._at_rest.add(row, places[one.gate], side * siemens)
            self._at_rest.add(row, places[one.back], -side * siemens)

    def _solve(self, frequency: float, right: FloatArray, *, transposed: bool) -> ComplexArray:
        size, rate = self.equations.size, 2j * np.pi * frequency
        try:
            if size > DENSE_UNKNOWNS:
                matrix = self._at_rest.sparse(size) + 1j * frequency * self._per_hertz.sparse(size)
                answer = factorised(matrix.tocsc()).solve(right.astype(np.complex128), "T" if transposed else "N")
                return np.asarray(answer)
            dense = self.matrices[0] + rate * self.matrices[1]
            return np.asarray(np.linalg.solve(dense.T if transposed else dense, right))
        except np.linalg.LinAlgError:
            raise ModelError(f"A small signal must have one answer, but at {frequency:g} Hz it has none.") from None


def _checked(frequencies: ArrayLike) -> FloatArray:
    hertz = np.atleast_1d(np.asarray(frequencies, dtype=np.float64))
    if hertz.ndim != 1 or not (np.isfinite(hertz) & (hertz >= 0)).all():
        raise ModelError(f"`frequencies` must be finite and at least 0 Hz, but are {frequencies!r}.")
    return hertz
