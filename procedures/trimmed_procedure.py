"""A multiplier whose reference gate may be trimmed before anything counts, or be held at a voltage from the start."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.quantity import LONG, parse_quantity
from smtjlab.instruments.reading import Reading, Setpoint

from .adaptive import AdaptiveProcedure, Proposal
from .circuit_procedure import CircuitProcedure, check_resistor
from .errors import ParameterError
from .multiplier_trim import ROUNDS, TRIM, trim_of

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief

METERS = {"single": "output", "resistor": "against_resistor", "junction": "against_junction"}
"""The voltmeter that reads the product, by its encoding."""
SERIES, FIXED = "series", "fixed"
"""Resistors of the circuit file: R_s, and the one of the reference branch without a junction."""
MEASURED, NONE = "measured", "none"
"""Words for the trim: in a closed loop beforehand, or not at all."""
FARTHEST = 10.0
"""V, largest trim that may be asked for."""


class TrimmedProcedure(CircuitProcedure, AdaptiveProcedure):
    """A procedure on the circuit of a multiplier; what is only annotated here are parameters that each declares."""

    encoding: str
    middle: float
    swing: float
    input: float
    trim: str
    trim_reach: float
    trim_tolerance: float
    series: float
    largest_output: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "trim", str(self.trim))  # a number is in V, as in records of when it was none but that
        super().__post_init__()
        self._check_trim()
        if self.most_points > self.at_most:  # counted, not listed: a list of millions takes its time
            raise ParameterError(
                f"`at_most` must allow all {self.most_points} readings that there may be, but is {self.at_most}."
            )
        if self.middle - self.swing <= 0 <= self.middle + self.swing:
            raise ParameterError(
                f"The gate must keep its sign, but `middle` {self.middle:g} V and `swing` {self.swing:g} V take it "
                f"from {self.middle - self.swing:g} V to {self.middle + self.swing:g} V."
            )

    @property
    @abstractmethod
    def after_trim(self) -> Sequence[Setpoint]:
        """What is read once the trim stands, the reference gate at V_mid and the trim that is given from the start."""

    @property
    @abstractmethod
    def count_after_trim(self) -> int:
        """How many those are, without a list of them."""

    @property
    def nulls(self) -> bool:
        """Whether the reference gate is moved beforehand."""
        return self.encoding == "junction" and self.trim == MEASURED

    @property
    def reference_gates(self) -> tuple[float, float]:
        """Lowest and highest gate voltage in V of the reference junction; a measured trim keeps the sign of V_mid."""
        if not self.nulls:
            return self.middle + self.held, self.middle + self.held
        low, high = self.middle - self.trim_reach, self.middle + self.trim_reach
        return (max(low, 0.0), high) if self.middle > 0 else (low, min(high, 0.0))

    @property
    def held(self) -> float:
        """The trim in V from the start; 0 for none, and for one that is to be measured. Raises InstrumentMistake."""
        return 0.0 if self.trim in (MEASURED, NONE) else parse_quantity(self.trim, unit="V")

    @property
    def most_points(self) -> int:
        """Most readings that there can be."""
        return self.count_after_trim + (2 * ROUNDS if self.nulls else 0)

    def candidates(self) -> list[Setpoint]:
        """Return what is read after the trim, and what bounds the trim before it."""
        ends = [(gate, volts) for gate in self.reference_gates for volts in (self.input, -self.input)]
        bounds = [self._nulling(*one) for one in ends] if self.nulls else []
        return [*bounds, *self.after_trim]

    def propose(self, readings: Sequence[Reading], belief: Belief) -> Proposal:
        """Return the next reading of the trim, then of what follows. Raises ProcedureMistake where none is found."""
        if not self.nulls:
            return Proposal(setpoint=self._following(len(readings), self.middle + self.held))
        trim = trim_of(self, readings, belief)
        if trim.found:
            return Proposal(setpoint=self._following(len(readings) - trim.count, trim.gate), standing=trim.standing)
        volts = -self.input if trim.count % 2 else self.input
        return Proposal(setpoint=self._nulling(trim.gate, volts), standing=trim.standing)

    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V of the one meter that answers."""
        return {METERS[self.encoding]: self.largest_output}

    def check_bench(self, bench: Bench) -> None:
        """Raise ProcedureMistake where R_s is not the one of the circuit file."""
        super().check_bench(bench)
        check_resistor(bench, SERIES, self.series, "series")

    def at(self, gate: float, volts: float, reference: float) -> Setpoint:
        """Return the setpoint of V_G, V_in1 and the gate of the reference junction in V."""
        levels = {"gate": gate, "junction": volts}
        if self.encoding == "junction":
            levels["reference_gate"] = reference
        return Setpoint(levels=levels, meter=METERS[self.encoding])

    def _following(self, number: int, reference: float) -> Setpoint | None:
        """Return one of the setpoints after the trim with the reference gate at a voltage; None after the last."""
        if number >= len(self.after_trim):
            return None
        one = self.after_trim[number]
        return one if self.encoding != "junction" else replace(one, levels={**one.levels, "reference_gate": reference})

    def _nulling(self, reference: float, volts: float) -> Setpoint:
        first = self.after_trim[0]
        return replace(
            self.at(self.middle, volts, reference), branch=TRIM, dwell=first.dwell, temperature=first.temperature
        )

    def _check_trim(self) -> None:
        try:
            held = self.held
        except InstrumentMistake as error:
            raise ParameterError(
                f"`trim` must be `{MEASURED}`, `{NONE}` or a voltage such as 10 mV, but is {self.trim[:LONG]!r}."
            ) from error
        if not abs(held) <= FARTHEST:
            raise ParameterError(f"`trim` must be within ±{FARTHEST:g} V, but is {self.trim}.")
