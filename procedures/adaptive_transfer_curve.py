"""The transfer curve measured where it tells most: each gate voltage is chosen from the readings so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.errors import QuantityError
from smtjlab.instruments.quantity import format_quantity, parse_quantity
from smtjlab.instruments.reading import Reading, Setpoint

from .adaptive import AdaptiveProcedure, Proposal
from .conductance_procedure import ConductanceProcedure
from .errors import ParameterError
from .observed import Observed
from .parameter import parameter
from .transfer_curve import TransferCurve

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.curve_posterior import Read
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.next_point import Pace, Reached
    from smtjlab.simulation.junction import Junction

UNITS = {"threshold": "V", "slope": "S/V", "rotation_voltage": "V", "window_start": "V", "window_stop": "V"}
"""Targets with their units."""
MOST_CANDIDATES = 10_000
OF_ONE_BRANCH = ", on this branch alone: nothing is believed of the piezo's loop"
ONE_BRANCH = (
    "All readings lie on the branch that leaves `start`, and nothing is believed of the piezo's loop: one of it shifts "
    "threshold and window by what this branch lags behind, which no uncertainty here holds. A sweep both ways tells it."
)


@dataclass(frozen=True, kw_only=True)
class AdaptiveTransferCurve(ConductanceProcedure, AdaptiveProcedure):
    """G against V_G, each gate chosen for what it tells of one target, until that is known as well as wanted.

    A coarse pass from `start` to `stop` comes first. Then the gate goes where a reading lowers the uncertainty of the
    target most for the time it takes, the way at the slew limit included. Within a pass it only goes away from
    `start`; to go back it returns to `start`, which is read again: all readings lie on one branch of a piezo's loop.
    What that loop and its creep do to the gate is taken from the belief; where it says nothing of a loop, what is told
    is that of this branch, and says so.
    """

    target: str = parameter("threshold", choices=tuple(UNITS), doc="what shall be known")
    wanted: str = parameter(
        "0.1 mV", doc="standard uncertainty of the target at which to stop, by scatter and fit: 0.1mV, or 1%"
    )
    start: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="gate voltage at which each pass begins")
    stop: float = parameter(0.4, unit="V", limits=(-1000, 1000), doc="gate voltage at the far end")
    first: int = parameter(9, limits=(4, 1000), doc="readings of the coarse pass, both ends included")
    resolution: float = parameter(1e-3, unit="V", limits=(1e-6, 100), doc="distance of the gates that may be chosen")
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait at each gate voltage before the reading")
    bias: float = parameter(0.1, unit="V", limits=(-1, 1), doc="voltage across the junction while reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the junction with leads of their own")
    polarity: str = parameter(
        "positive", choices=("positive", "negative"), doc="sign of the gate voltage along the poling direction"
    )
    poling: str = parameter("as found", doc="poling history of the piezoelectric, as declared by the operator")
    allow_bipolar: bool = parameter(False, doc="let the gate cross zero against the poling direction")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.as_curve()
        if not self.wanted_in(1.0) > 0:
            raise ParameterError(f"`wanted` must be above 0, but is {self.wanted}.")
        if (count := self._count()) > MOST_CANDIDATES:
            raise ParameterError(
                f"`resolution` must leave at most {MOST_CANDIDATES} gate voltages to choose from, but leaves {count}."
            )
        if self._count() < self.first or self.at_most < self.first:
            raise ParameterError(
                f"`first` must be at most `at_most` ({self.at_most}) and the number of gate voltages to choose from "
                f"({self._count()}), but is {self.first}."
            )

    def as_curve(self) -> TransferCurve:
        """Return the ordinary transfer curve of the same extraction; raises ParameterError as it does."""
        names = ("start", "stop", "dwell", "bias", "averaging", "nplc", "four_wire", "polarity", "poling",
                 "allow_bipolar")  # fmt: skip
        return TransferCurve(points=2, direction="up", **{name: getattr(self, name) for name in names})

    def candidates(self) -> list[Setpoint]:
        """Return the gates that may be chosen, from `start` to `stop`."""
        return [self._setpoint(gate) for gate in self._grid()]

    def propose(self, readings: Sequence[Reading], belief: Belief) -> Proposal:
        """Return the coarse pass first, then the gate that tells most of the target, until it is known."""
        grid = self._grid()
        if len(readings) < self.first:
            place = round(len(readings) * (len(grid) - 1) / (self.first - 1))
            return Proposal(setpoint=self._setpoint(grid[place]))
        from smtjlab.simulation.inference.curve_model import CurveModel
        from smtjlab.simulation.inference.curve_posterior import modes
        from smtjlab.simulation.inference.next_point import Design, Target

        read, model = self._read(readings, belief.junction), CurveModel(belief, self.bias)
        found = modes(model, read, (self.start, self.stop))
        if not found:
            rising = "the conductance does not rise from `start` to `stop`: the sweep does not cross the threshold"
            return Proposal(setpoint=None, standing=rising)
        design = Design(model, found, Target(self.target), grid)
        reached = design.reached()
        standing = self._standing(reached) + _misfit(found[0].widening, len(read))
        if reached.uncertainty <= self.wanted_in(reached.value):
            return Proposal(setpoint=None, standing=standing + ("" if _knows_loop(belief) else OF_ONE_BRANCH))
        scatter = float(np.median(read.scatter)) * found[0].widening ** 0.5
        gate = design.next_gate(float(readings[-1].setpoint.gate or 0.0), self.start, self._pace(readings), scatter)
        return Proposal(setpoint=self._setpoint(gate), standing=standing)

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction | None:
        """Return what a transfer curve with these readings tells, and whether a loop of the piezo is left out."""
        found = self.as_curve().extraction(readings, belief)
        if _knows_loop(belief):
            return found
        return replace(found, remarks=(*found.remarks, ONE_BRANCH))

    def _count(self) -> int:
        return round(abs(self.stop - self.start) / self.resolution) + 1

    def _grid(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.linspace(self.start, self.stop, self._count())

    def _setpoint(self, gate: float) -> Setpoint:
        return Setpoint(gate=float(gate), bias=self.bias, dwell=self.dwell, branch="up")

    def wanted_in(self, value: float) -> float:
        """Return the wanted uncertainty in the unit of a target of this value."""
        text = self.wanted.strip()
        try:
            if text.endswith("%"):
                return parse_quantity(text.removesuffix("%"), "") / 100 * abs(value)
            return parse_quantity(text, UNITS[self.target])
        except QuantityError as error:
            raise ParameterError(f"Parameter `wanted`: {error}") from error

    def _standing(self, reached: Reached) -> str:
        unit = UNITS[self.target]
        wanted = format_quantity(self.wanted_in(reached.value), unit, 2)
        if not np.isfinite(reached.uncertainty):
            return f"{self.target.replace('_', ' ')} open, ± {wanted} wanted"
        found = format_quantity(reached.uncertainty, unit, 2)
        digits = max(1, 2 + int(np.floor(np.log10(abs(reached.value or 1.0) / reached.uncertainty))))
        value = format_quantity(reached.value, unit, digits)
        return f"{self.target.replace('_', ' ')} {value} ± {found}, ± {wanted} wanted"

    def _read(self, readings: Sequence[Reading], junction: Junction) -> Read:
        """Return the valid readings as arrays, their gates those that the believed piezo's strain answers to.

        Raises InferenceError where nearly none is valid.
        """
        from smtjlab.simulation.inference.curve_posterior import FEWEST, Read
        from smtjlab.simulation.inference.errors import InferenceError

        from .field_readings import memory_of

        observed = Observed.of(readings)
        valid = observed.valid
        if np.sum(valid) < FEWEST:
            raise InferenceError(
                f"A gate can be chosen from at least {FEWEST} valid readings, but of {len(valid)} there are "
                f"{np.sum(valid)}."
            )
        lag = memory_of(readings, valid, junction).lag(junction.piezo_hysteresis, junction.piezo_creep)
        return Read(observed.gate[valid] + lag, observed.value[valid], observed.scatter[valid])

    def _pace(self, readings: Sequence[Reading]) -> Pace:
        """Return what readings have cost so far; the first is left out, for it begins with switching on."""
        from smtjlab.simulation.inference.next_point import Pace

        gates = np.array([reading.setpoint.gate or 0.0 for reading in readings])
        spent = [sum(stimulus.duration for stimulus in reading.stimuli) for reading in readings[1:]]
        return Pace.learnt(np.abs(np.diff(gates)), np.array(spent), reading=self.time_per_setpoint())


def _misfit(widening: float, count: int) -> str:
    """Return a clause where chi-square over its degrees of freedom is no chance: then no reading helps much."""
    from scipy.special import chdtrc

    from smtjlab.simulation.inference.curve_model import UNKNOWNS
    from smtjlab.simulation.inference.least_squares import POOR

    dof = count - len(UNKNOWNS) + 1  # the temperature is taken, not fitted
    if dof < 1 or chdtrc(dof, widening * dof) > POOR:
        return ""
    return f"; the curve misses the readings (χ²/ν = {widening:.3g})"


def _knows_loop(belief: Belief) -> bool:
    """Return whether a belief says anything of the piezo's loop."""
    return belief.junction.piezo_hysteresis > 0 or "piezo_hysteresis" in belief.uncertainty
