"""A measured circuit at ac, by its small signals: response, settling and distortion between two of its nodes.

A generator of stated output resistance drives the input node. Response and distortion are those of the output over the
input, both as they are there; a step is the generator's own. Distortion is that of the curves at rest, each harmonic
then weakened as the small signal at its frequency is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .circuits.elements import VoltageSource
from .circuits.harmonics import harmonics
from .circuits.settling import settling_time
from .circuits.small_signal import SmallSignal
from .circuits.solver import CircuitSolver
from .circuits.tunnel_barrier import TunnelBarrier
from .junction import Junction
from .landscape import FloatArray
from .measured_circuit import MeasuredCircuit
from .models import Model
from .predict import predict
from .solved_circuit import SolvedCircuit

ComplexArray = NDArray[np.complex128]
DRIVE = "generator at ac"
"""Name of the source that is put at the input."""


@dataclass(frozen=True)
class CircuitAtAc:
    """A circuit whose junctions are all alike, at one gate."""

    circuit: MeasuredCircuit
    junction: Junction
    gate: float
    """V at all gates."""
    between: tuple[str, str, str]
    """Nets of input, output and ground."""
    resistance: float = 50.0
    """ohm of the generator."""

    def response(self, frequency: ArrayLike) -> ComplexArray:
        """Return the output over the input at frequencies in Hz, shape (f,). Raises ModelError."""
        source, target, ground = self._nodes
        out, into = (self._signal.transfer(DRIVE, node, frequency, ground) for node in (target, source))
        return np.asarray(out / into)

    def settling(self, error: float, longest: float) -> float:
        """Return the time in s after a step of the generator from which the output stays within a relative `error`.

        Raises ModelError where it has not settled after `longest` s.
        """
        _, target, ground = self._nodes
        return settling_time(self._signal, DRIVE, target, longest, error, ground)

    def distortion(self, peaks: Sequence[float], frequency: Sequence[float], orders: int = 10) -> FloatArray:
        """Return the total harmonic distortion, (n,), of sines of such peaks in V at the input and such frequencies."""
        return np.array([self._distorted(*one, orders) for one in zip(peaks, frequency, strict=True)])

    def _distorted(self, peak: float, frequency: float, orders: int) -> float:
        found = harmonics(self._output, peak, orders=orders).amplitudes
        weakened = np.abs(self.response(frequency * np.arange(1, orders + 1)))
        sizes = found * weakened
        return float(np.sqrt(np.sum(sizes[1:] ** 2)) / sizes[0])

    def _output(self, levels: FloatArray) -> FloatArray:
        """Return the output at rest in V for levels of the input in V, (n,)."""
        _, target, ground = self._nodes
        return np.broadcast_to(self._stiff.solve(self._barriers, {DRIVE: levels}).across(target, ground), levels.shape)

    @cached_property
    def _barriers(self) -> dict[str, TunnelBarrier]:
        siemens = float(predict(self.junction, Model.BOLTZMANN, np.array([self.gate])).conductance[0])
        return {name: TunnelBarrier.of(self.junction, siemens) for name in self.circuit.junctions}

    @cached_property
    def _nodes(self) -> tuple[str, str, str]:
        solved = SolvedCircuit(self.circuit)
        first, second, third = (solved.node(one) for one in self.between)
        return first, second, third

    @cached_property
    def _signal(self) -> SmallSignal:
        return SmallSignal(self._solver(self.resistance).solve(self._barriers), self._barriers)

    @cached_property
    def _stiff(self) -> CircuitSolver:
        return self._solver(0.0)

    def _solver(self, resistance: float) -> CircuitSolver:
        source, _, ground = self._nodes
        drive = VoltageSource(name=DRIVE, between=(source, ground), output_resistance=resistance)
        return CircuitSolver(SolvedCircuit(self.circuit).with_capacitors(drive))
