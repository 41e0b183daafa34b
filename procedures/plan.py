"""A request made whole and checked: nothing here moves, and everything a user can get wrong is found here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.bench_circuit import check_levels, limits_of_level
from smtjlab.instruments.limits import HAZARDOUS, check_setpoint
from smtjlab.instruments.quantity import format_quantity
from smtjlab.instruments.reading import Setpoint
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.models import Model

from .adaptive import AdaptiveProcedure
from .errors import ProcedureMistake
from .find import find_procedure, importable_name
from .procedure import Procedure


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a face asks of an engine, in words that travel as JSON."""

    procedure: str
    """Name another process can import: `module:Class` or `file.py:Class`."""
    parameters: Mapping[str, Any]
    bench: str
    junction: str
    model: str
    runs: str
    """The runs folder, absolute."""
    hazardous: bool = False
    """Whether somebody has said explicitly that voltages above 42 V may come out."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self)

    @classmethod
    def of(
        cls, procedure: Procedure, *, bench: str, junction: str, model: str, runs: Path, hazardous: bool = False
    ) -> Self:
        """Return the request for this procedure; files are named so that the engine finds them too."""
        return cls(
            procedure=importable_name(type(procedure)),
            parameters=procedure.parameter_values(),
            bench=_absolute(wired_for(procedure, bench)),
            junction=_absolute(junction),
            model=model,
            runs=str(runs.resolve()),
            hazardous=hazardous,
        )


@dataclass(frozen=True)
class Plan:
    """A checked request: the procedure with its setpoints, the bench with its limits, the belief with its model."""

    request: Request
    procedure: Procedure
    bench: Bench
    belief: Belief
    model: Model

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return the plan; raises the mistake of the room that found it, in one sentence."""
        bench = Bench.load(request.bench)
        procedure = find_procedure(request.procedure).from_values(request.parameters).on(bench)
        plan = cls(
            request,
            procedure,
            bench,
            Belief.load(request.junction),
            model_named(request.model),
        )
        procedure.check_bench(plan.bench)
        limits, before = plan.bench.device_limits, None
        for number, setpoint in enumerate(plan.setpoints, 1):
            for one in plan.procedure.asked(setpoint):
                if one == before:  # readings of one wish over and over, a million of them
                    continue
                where, before = f"setpoint {number} of {len(plan.setpoints)}", one
                check_setpoint(limits, one, where)
                check_levels(plan.bench, one, where)
        len(plan.foretold)  # a belief for which nothing can be foretold is refused here as well
        if plan.hazard and not request.hazardous:
            raise ProcedureMistake(
                f"A run above {HAZARDOUS:g} V must be allowed explicitly (`--hazardous-voltage`, `hazardous=True`), "
                f"but one up to {format_quantity(plan.largest_voltage, 'V')} was asked for without."
            )
        return plan

    @cached_property
    def foretold(self) -> list[str]:
        """What a user should know before the run, one sentence each; asking may raise a mistake of any room."""
        return self.procedure.foretold(self.bench, self.belief)

    @cached_property
    def setpoints(self) -> list[Setpoint]:
        """What is wanted, in order; of an adaptive procedure all that may be."""
        return self.procedure.setpoints()

    @property
    def listed(self) -> list[Setpoint]:
        """The setpoints that stand in the record from the start: none of an adaptive procedure."""
        return [] if self.is_adaptive else self.setpoints

    @property
    def is_adaptive(self) -> bool:
        """Whether setpoints are proposed one by one."""
        return isinstance(self.procedure, AdaptiveProcedure)

    @property
    def most_points(self) -> int:
        """Number of points, or the most there can be."""
        return self.procedure.most_points if isinstance(self.procedure, AdaptiveProcedure) else len(self.setpoints)

    @cached_property
    def largest_voltage(self) -> float:
        """Largest magnitude in V at gate and junction; that of the site limits where the setpoints are not known."""
        wished = [abs(volts) for one in self.setpoints for volts in (one.gate, one.bias) if volts is not None]
        wished += [abs(level) for one in self.setpoints for level in one.levels.values()]
        return max(wished or [limits.largest_voltage for limits in self.bench.source_limits.values()])

    @property
    def hazard(self) -> str:
        """The warning that belongs wherever the run is shown; empty where no voltage of it can hurt."""
        if self.largest_voltage <= HAZARDOUS:
            return ""
        return f"HAZARDOUS VOLTAGE: up to {format_quantity(self.largest_voltage, 'V')}"

    def estimated_time(self) -> float:
        """Return the time of the run on the instruments' clock in s, ramps at the slew limit included.

        Of an adaptive procedure it is that of the most points it may take, and of one way through its candidates.
        """
        gates = [0.0, *(s.gate for s in self.setpoints if s.gate is not None), 0.0]
        fields = [0.0, *(s.field for s in self.setpoints if s.field is not None), 0.0]
        across = [0.0, *(s.transverse_field for s in self.setpoints if s.transverse_field is not None), 0.0]
        temperatures = [s.temperature for s in self.setpoints if s.temperature is not None]
        ways = {"gate": gates, "field": fields, "transverse_field": across, "temperature": temperatures}
        travel = sum(_ramp_time(way, limits.slew) for name, limits in self.bench.device_limits.items()
                     if (way := ways.get(name)))  # fmt: skip
        for name in {name for one in self.setpoints for name in one.levels}:
            way = [0.0, *(one.levels[name] for one in self.setpoints if name in one.levels), 0.0]
            travel += _ramp_time(way, getattr(limits_of_level(self.bench, name), "slew", None))
        return self.most_points * self.procedure.time_per_setpoint() + travel


def _ramp_time(levels: Sequence[float], slew: float | None) -> float:
    """Return the time in s from level to level at a slew limit; none of it is known where there is no limit."""
    return sum(abs(b - a) for a, b in pairwise(levels)) / slew if slew else 0.0


def wired_for(procedure: Procedure, bench: str) -> str:
    """Return the packaged bench that `virtual` stands for where a procedure measures; any other name as it is."""
    stem, at, backend = bench.partition("@")
    return f"{procedure.wired_bench}{at}{backend}" if stem == Procedure.virtual_bench else bench


def model_named(name: str) -> Model:
    """Return the model of that name; raises with the names there are."""
    try:
        return Model(name)
    except ValueError:
        raise ProcedureMistake(f"The model must be {', '.join(Model)}, but is '{name}'.") from None


def _absolute(name: str) -> str:
    """A file is named absolutely, a packaged name stays; the `@smtj` of a bench stays behind it."""
    stem, at, backend = name.partition("@")
    path = Path(stem)
    return f"{path.resolve()}{at}{backend}" if path.suffix == ".toml" else name
