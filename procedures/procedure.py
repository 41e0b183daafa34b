"""What to measure: a procedure is data plus one verb."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from smtjlab.instruments.reading import Reading, Setpoint

from .history import remembered
from .parameter import parameters_of, with_values

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.open_bench import OpenBench
    from smtjlab.instruments.under_test import UnderTest
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction


@dataclass(frozen=True, kw_only=True)
class Procedure(ABC):
    """A measurement as a value: its parameters say what is wanted, `measure` does one setpoint of it.

    The engine owns the loop. Because the setpoints are a list, limits are checked before the first volt, and dry
    run, time estimate and progress follow.
    """

    virtual_bench: ClassVar[str] = "virtual"
    """The packaged bench that `virtual` stands for: one wired for what this procedure measures."""

    def __post_init__(self) -> None:
        for name, declared in parameters_of(type(self)).items():
            object.__setattr__(self, name, declared.check(getattr(self, name)))

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Return the procedure with these parameters, given as values or as texts with or without a unit."""
        return cls(**with_values(cls, values))

    def parameter_values(self) -> dict[str, Any]:
        """Return each parameter's value in its declared unit."""
        return {name: getattr(self, name) for name in parameters_of(type(self))}

    @abstractmethod
    def setpoints(self) -> list[Setpoint]:
        """Return what is wanted, in the order of measuring."""

    @abstractmethod
    def prepare(self, device: Any) -> None:
        """Set up, once, what holds for all setpoints."""

    @abstractmethod
    def measure(self, device: Any, setpoint: Setpoint) -> Reading:
        """Do one setpoint."""

    @property
    def rival(self) -> str:
        """What is measured in the place of an s-MTJ, whose model is beside the run then; empty for none."""
        return ""

    @property
    def wired_bench(self) -> str:
        """The packaged bench that `virtual` stands for, with these parameters."""
        return self.virtual_bench

    def on(self, bench: Bench) -> Self:
        """Return what this procedure is on a bench: itself, unless the wiring there decides what a parameter means."""
        return self

    def check_bench(self, bench: Bench) -> None:  # noqa: B027 - most procedures ask nothing of it
        """Raise ProcedureMistake where a bench is not wired as the parameters say; nothing has moved."""

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return what a user should know before the run, one sentence each: errors to be expected of a circuit.

        Raises ProcedureMistake where the junction as believed cannot serve; nothing has moved.
        """
        return []

    def reached(self, bench: OpenBench) -> UnderTest:
        """Return what `prepare` and `measure` are given: the device under test, unless a procedure measures more."""
        return bench.device

    def asked(self, setpoint: Setpoint) -> list[Setpoint]:
        """Return all that a setpoint asks of the bench: itself, and the opposite bias where readings reverse it."""
        if not getattr(self, "reversal", False) or setpoint.bias is None:
            return [setpoint]
        return [setpoint, replace(setpoint, bias=-setpoint.bias)]

    def restoring(self, taken: Sequence[Setpoint]) -> list[Setpoint]:
        """Return setpoints that bring the device back to the state in which `taken`, in this order, have left it.

        The last of them is the last that was taken, approached from the same side. These are the turning points that
        the device still remembers (see `smtjlab.procedures.history`); a procedure that knows better says so itself.
        """
        return remembered(taken)

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction | None:
        """Return what the readings tell of the junction; None where this procedure extracts nothing.

        `belief` gives what is not measured here: sign of the gate, area, volume, and what is held in a fit. Raises
        InferenceError in one sentence where these readings cannot tell anything.
        """
        return None

    @abstractmethod
    def time_per_setpoint(self) -> float:
        """Return the estimated time of one setpoint on the instruments' clock, in s, ramps apart."""
