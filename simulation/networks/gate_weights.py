"""Weights as gate voltages of differential pairs: w = (G+ - G-)/k, updated by gate steps (physics: sections 8, 9).

Both gates of a pair move in opposite directions. A controller turns a wanted change of conductance into a number of
gate steps by what it knows of the device, and a number into a whole one by its rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.arguments import checked_count
from smtjlab.simulation.circuits.differential import DifferentialPairs
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.gate_energy import OperationEnergy, gate_capacitance, gilbert_loss
from smtjlab.simulation.junction import Junction

from .device_table import DeviceTable
from .rounding import Rounder, Rounding
from .two_layer import FloatArray, Product
from .weight_store import read_product

_SAMPLE = 256
"""Updates whose Gilbert loss stands for all of them."""


class Correction(StrEnum):
    """How a wanted change of conductance becomes one of the gate."""

    LINE = "line"
    """By one slope for the whole range: open loop, without a table."""
    TABLE = "table"
    """By the mean curve of the devices, looked up at the gate that was set last: open loop."""
    CLOSED_LOOP = "closed_loop"
    """By the curve of the device itself from where it was set last, in a loop of steps and noisy readings."""


@dataclass(frozen=True, kw_only=True)
class GateDevice:
    """Straintronic junctions whose gates are held, by a table of measured or modelled curves."""

    name: str
    table: DeviceTable
    steps: int = 1023
    """Gate steps from one end of the table to the other: ten bits."""
    correction: Correction = Correction.LINE
    rounding: Rounding = Rounding.STOCHASTIC
    verify_readings: int = 16
    """Readings that a closed loop averages before it believes a conductance."""
    step_time: float = 0.0
    """Time in s between two updates, during which held gates droop."""
    refresh: int | None = None
    """Updates after which all gates are written anew from a digital copy; None for never."""
    write_noise: float = 0.0
    """Standard deviation in V of what each writing leaves on a gate: (kT/C)^(1/2) where a switch opens."""
    junction: Junction | None = None
    """Whose Gilbert loss is counted; None for none."""
    capacitance: float | None = None
    """Of a gate in F; `gate_capacitance()` unless given."""

    def __post_init__(self) -> None:
        checked_count("steps", self.steps, 1)
        checked_count("verify_readings", self.verify_readings, 1)
        if self.refresh is not None:
            checked_count("refresh", self.refresh, 1)
        for name, unit in (("step_time", "s"), ("write_noise", "V")):
            if not 0 <= getattr(self, name) < math.inf:
                raise ModelError(
                    f"`{name}` must be 0 {unit} or more and finite, but is {getattr(self, name):g} {unit}."
                )

    def store(self, initial: FloatArray, limit: float, rng: np.random.Generator) -> GateWeights:
        """Return the store of weights; initial ones beyond the limit begin at it. Raises ModelError."""
        return GateWeights(self, initial, limit, rng)


class GateWeights:
    """Gates of the pairs of one layer: arrays (2, rows, columns), G+ first."""

    def __init__(self, device: GateDevice, initial: FloatArray, limit: float, rng: np.random.Generator) -> None:
        self.device, self.table = device, device.table
        low, high = float(self.table.conductance[0]), float(self.table.conductance[-1])
        pairs = DifferentialPairs.of(np.clip(initial, -limit, limit), low, high, limit)
        self.scale = pairs.scale
        self.gate_step = float(self.table.gate[-1] - self.table.gate[0]) / device.steps
        wanted = self.table.gate_at(np.stack([pairs.plus, pairs.minus]))
        self.codes = np.rint((wanted - self.table.gate[0]) / self.gate_step)
        self._mean_at_codes = self.table.conductance_at(self._gates(np.arange(device.steps + 1.0)))
        self.held = self._gates(self.codes) + self._left_by_writing(rng)
        """Gates in V as they are, drooped."""
        self._off = rng.standard_normal(wanted.shape) if self.table.scatter.any() else None
        self._rounder = Rounder(device.rounding, wanted.shape)
        self._updates, self._moves, self._charging = 0, 0, 0.0
        self._last: tuple[FloatArray, FloatArray] = (np.zeros(0), np.zeros(0))
        self._settle()

    @property
    def weights(self) -> FloatArray:
        """(G+ - G-)/k, shape (rows, columns)."""
        return np.asarray((self.conductance[0] - self.conductance[1]) / self.scale)

    @property
    def pair_conductance(self) -> FloatArray:
        """G+ + G- in S, shape (rows, columns)."""
        return np.asarray(self.conductance.sum(axis=0))

    @property
    def saturated(self) -> float:
        """Share of gates that were set to an end of the table."""
        return float(np.mean((self.codes == 0) | (self.codes == self.device.steps)))

    @property
    def update_energy(self) -> OperationEnergy:
        """Mean over the gate steps so far: C dV^2/2 of all, and the Gilbert loss of some of the last."""
        if not self._moves:
            return OperationEnergy()
        before, after = self._last
        gilbert = 0.0
        if self.device.junction is not None and len(before):
            gilbert = float(np.mean(gilbert_loss(self.device.junction, before, after)))
        return OperationEnergy(charging=self._charging / self._moves, gilbert=gilbert)

    def product(self, rng: np.random.Generator) -> Product:
        """Return the product with the weights as they are read."""
        return read_product(self.weights, self._variance, rng)

    def transposed(self, rng: np.random.Generator) -> Product:
        """Return the product with the transpose as it is read."""
        variance = None if self._variance is None else self._variance.T
        return read_product(self.weights.T, variance, rng)

    def update(self, change: FloatArray, rng: np.random.Generator) -> None:
        """Change the weights by gate steps, then let the gates droop until the next update.

        A gate that changes is set to its new voltage: what droop and the writing before had left on it is gone.
        """
        half = self.scale * change / 2
        steps = self._rounder.whole(self._wanted(np.stack([half, -half])) / self.gate_step, rng)
        if self.device.correction is Correction.CLOSED_LOOP and self.table.read_noise.any():
            steps += self._astray(steps, rng)
        codes = np.clip(self.codes + steps, 0, self.device.steps)
        before, written = self.held, codes != self.codes
        self.codes = codes
        self.held = np.where(written, self._gates(codes) + self._left_by_writing(rng), before)
        self._count(before, written)
        self._updates += 1
        if self.device.refresh is not None and self._updates % self.device.refresh == 0:
            self.write_anew(rng)
        self.wait(self.device.step_time)

    def wait(self, seconds: float) -> None:
        """Let held gates droop towards 0 V for a time in s."""
        self.held = self.held * math.exp(-seconds / self.table.droop_time)
        self._settle()

    def write_anew(self, rng: np.random.Generator) -> None:
        """Set every gate to what it was last set to, with the noise of writing."""
        fresh = self._gates(self.codes) + self._left_by_writing(rng)
        self._charging += self._capacitance / 2 * float(np.sum((fresh - self.held) ** 2))
        self.held = fresh
        self._settle()

    @property
    def _capacitance(self) -> float:
        return gate_capacitance() if self.device.capacitance is None else self.device.capacitance

    def _left_by_writing(self, rng: np.random.Generator) -> FloatArray | float:
        """Return what writing leaves on every gate, in V."""
        return self.device.write_noise * rng.standard_normal(self.codes.shape) if self.device.write_noise else 0.0

    def _gates(self, codes: FloatArray) -> FloatArray:
        return np.asarray(self.table.gate[0] + codes * self.gate_step)

    def _settle(self) -> None:
        """Find the conductances in S, shape (2, rows, columns), of the gates as they are held, and their noise."""
        self._mean = self.table.conductance_at(self.held)
        self.conductance = self._mean
        if self._off is not None:
            self.conductance = self._mean + self._off * self.table.at(self.held, self.table.scatter)
        self._variance: FloatArray | None = None
        if self.table.read_noise.any():
            noise = self.table.at(self.held, self.table.read_noise) / self.scale
            self._variance = np.asarray(np.sum(noise**2, axis=0))

    def _wanted(self, change: FloatArray) -> FloatArray:
        """Return the wanted change of gates in V for one of conductances in S, as the controller believes."""
        if self.device.correction is Correction.LINE:
            return change / self.table.chord
        if self.device.correction is Correction.TABLE:
            believed = self._mean_at_codes[self.codes.astype(np.intp)]
            return self.table.gate_at(believed + change) - self._gates(self.codes)
        return self._by_loop(change) - self._gates(self.codes)

    def _by_loop(self, change: FloatArray) -> FloatArray:
        """Return the gates in V where devices differ by a change in S from what they had where they were set last."""
        last = self._gates(self.codes)
        mean = self.table.conductance_at(last) + change
        gate = self.table.gate_at(mean)
        if self._off is None:
            return gate
        here = self._off * self.table.at(last, self.table.scatter)
        for _ in range(2):  # what is left is of third order in the scatter
            gate = self.table.gate_at(mean + here - self._off * self.table.at(gate, self.table.scatter))
        return gate

    def _astray(self, steps: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return the steps by which a loop stops short or beyond, since its readings are noisy."""
        beyond, some = np.zeros_like(steps), np.nonzero(steps)
        gates = self.held[some]
        noise = self.table.at(gates, self.table.read_noise) / math.sqrt(self.device.verify_readings)
        slope = self.table.at(gates, self.table.slope)
        beyond[some] = np.rint(noise * rng.standard_normal(len(gates)) / (slope * self.gate_step))
        return beyond

    def _count(self, before: FloatArray, written: NDArray[np.bool_]) -> None:
        """Count what setting gates costs that were `before` in V."""
        self._charging += self._capacitance / 2 * float(np.sum((self.held - before) ** 2))
        where = np.flatnonzero(written)
        self._moves += len(where)
        if len(where) and self.device.junction is not None:
            some = where[:: max(1, len(where) // _SAMPLE)][:_SAMPLE]
            self._last = (before.flat[some], self.held.flat[some])
