"""The analog divider: the voltage across a junction whose conductance is the divisor, over a grid of both inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from smtjlab.instruments.quantity import format_quantity
from smtjlab.instruments.reading import Reading, Setpoint

from .circuit_procedure import CircuitProcedure, check_resistor, effects_of
from .errors import ParameterError, ProcedureMistake
from .observed import Floats, floats
from .parameter import parameter, refuse_too_many

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.divider import DividerDatasheet
    from smtjlab.simulation.inference.extraction import Extraction

SOURCES = {"passive": "junction", "active": "forced", "amplifier": "junction"}
"""The source of the dividend, by the form of the divider."""
DRAWS_SEED = 7
"""The bootstrap of a datasheet draws the same numbers each time: a page is made bit for bit."""


@dataclass(frozen=True, kw_only=True)
class Divider(CircuitProcedure):
    """Output voltage over a grid of dividend V_1 and divisor V_G (Fig. 6b of the paper), divisor by divisor.

    Forms: `passive` has the junction below a large R_s, `active` forces the current V_1/R_in through the junction, as
    an operational amplifier with the junction in its feedback would, and `amplifier` has that amplifier. On a bench
    whose circuit has an amplifier, and nothing that forces a current, `active` stands for `amplifier`.
    """

    virtual_bench = "divider"
    without_memory = ("junction", "forced")

    form: str = parameter("active", choices=(*SOURCES,), doc="large series resistor, forced current, or op-amp")
    dividend: float = parameter(10.0, unit="V", limits=(1e-6, 1000), doc="largest V_1; its negative is taken as well")
    dividend_points: int = parameter(4, limits=(2, 1000), doc="values of V_1; an even number leaves 0 out")
    start: float = parameter(0.27, unit="V", limits=(-1000, 1000), doc="first gate voltage")
    stop: float = parameter(0.42, unit="V", limits=(-1000, 1000), doc="last gate voltage")
    points: int = parameter(31, limits=(3, 10_001), doc="gate voltages")
    series: float = parameter(1e6, unit="ohm", limits=(1e-3, 1e12), doc="R_s of the circuit file; else R_in")
    tolerance: float = parameter(0.01, limits=(1e-6, 0.5), doc="ratio error to which the usable range keeps")
    largest_output: float = parameter(0.1, unit="V", limits=(1e-6, 10), doc="largest voltage the meter must hold")
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait at each pair of inputs before the reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_too_many(self.points * self.dividend_points, "`points` and `dividend_points`")
        if self.start == self.stop:
            raise ParameterError(f"`stop` must differ from `start`, but both are {self.start:g} V.")
        if self.start * self.stop < 0:
            raise ParameterError(f"The gate must keep its sign, but goes from {self.start:g} V to {self.stop:g} V.")

    def setpoints(self) -> list[Setpoint]:
        """Return the pairs of inputs, one gate voltage after another, the dividend up and down in turn."""
        source, scale = SOURCES[self.form], self.per_volt
        return [
            Setpoint(levels={"gate": gate, source: volts * scale}, dwell=self.dwell, meter="output")
            for volts, gate in zip(*(one.tolist() for one in self.inputs()), strict=True)
        ]

    def inputs(self) -> tuple[Floats, Floats]:
        """Return V_1 and V_G in V in the order of measuring, (n,) each."""
        dividends = np.linspace(-self.dividend, self.dividend, self.dividend_points)
        rows = [dividends[:: 1 if number % 2 == 0 else -1] for number in range(self.points)]
        return np.concatenate(rows), np.repeat(np.linspace(self.start, self.stop, self.points), self.dividend_points)

    @property
    def per_volt(self) -> float:
        """Level of the source for each V of the dividend: 1, or 1/R_in in A/V where a current is forced."""
        return 1 / self.series if self.form == "active" else 1.0

    @property
    def wired_bench(self) -> str:
        """The packaged bench that has an amplifier, or the one that has none."""
        return "divider_active" if self.form == "amplifier" else self.virtual_bench

    def on(self, bench: Bench) -> Self:
        """Return the form that stands on a bench: the amplifier's where that is what there is to be active."""
        meant = self.form == "active" and bool(bench.amplifiers) and "forced" not in bench.names
        return replace(self, form="amplifier") if meant else self

    def check_bench(self, bench: Bench) -> None:
        """Raise ProcedureMistake where R_s is not the one of the circuit file, or the form not that of the circuit."""
        super().check_bench(bench)
        if (self.form == "amplifier") != bool(bench.amplifiers):
            found = "one" if bench.amplifiers else "none"
            raise ProcedureMistake(
                f"`form` must be 'amplifier' exactly where the circuit has an operational amplifier, but is "
                f"{self.form!r} and the circuit of {bench.name!r} has {found}."
            )
        if self.form != "active":
            check_resistor(bench, "series", self.series, "series")

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return error and usable range in closed form, with the junction as believed.

        Raises ProcedureMistake where the output would leave what an amplifier reaches.
        """
        from smtjlab.simulation.inference.errors import InferenceError

        from .divider_law import DividerLaw

        law = DividerLaw.of(self, bench.amplifiers, belief.junction, "boltzmann")
        for name, one in bench.amplifiers.items():
            if one.largest_output is not None and law.largest_output > one.largest_output:
                raise ProcedureMistake(
                    f"The output must stay within the {format_quantity(one.largest_output, 'V')} that {name!r} "
                    f"reaches, but would be {format_quantity(law.largest_output, 'V')}."
                )
        try:
            found = law.figures
        except InferenceError as mistake:
            return [str(mistake)]
        first, last, shift = (format_quantity(found[name], "V") for name in ("range_start", "range_stop", "shift"))
        return [
            f"Expected of {law.formula}: ratio error {100 * found['ratio_error']:.3g} % of V_1/V_G, "
            f"{100 * found['shifted_ratio_error']:.2g} % once an offset of {shift} is taken off V_G; usable within "
            f"{100 * self.tolerance:g} % from {first} to {last}."
        ]

    def law(self, first: Floats, conductance: Floats, gain: float) -> Floats:
        """Return V_out in V in closed form for V_1 in V and G in S; an amplifier has so much gain."""
        from smtjlab.simulation.inference.divider import active_divider, amplifier_divider, passive_divider

        if self.form == "passive":
            return passive_divider(first, self.series, conductance)
        if self.form == "amplifier":
            return amplifier_divider(first, self.series, conductance, gain)
        return -active_divider(first, self.series, conductance)

    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V of the one meter."""
        return {"output": self.largest_output}

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return the figures of the datasheet. Raises InferenceError."""
        return self.datasheet(readings).extraction

    def datasheet(self, readings: Sequence[Reading]) -> DividerDatasheet:
        """Return scale factor, ratio errors and usable range, with V_G as the divisor. Raises InferenceError."""
        from smtjlab.simulation.inference.divider import DividerReadings, divider_map

        source, scale = SOURCES[self.form], self.per_volt
        taken = [
            one for one in readings if one.value is not None and not one.flags and one.setpoint.levels[source] != 0
        ]
        told = [one.uncertainty for one in taken]
        common = {
            "out": effects_of([one.common for one in told]),
            "divisor": effects_of([one.levels.get("gate", {}) for one in told]),
            "first": effects_of([one.levels.get(source, {}) for one in told], 1 / scale),
        }
        data = DividerReadings(
            first=floats([one.levels[source] / scale for one in taken]),
            divisor=floats([one.levels["gate"] for one in taken]),
            out=floats([one.value for one in taken]),
            scatter=floats([_scatter(one, source) for one in taken]),
            common=common,
        )
        return divider_map(data, np.random.default_rng(DRAWS_SEED), self.tolerance)


def _scatter(reading: Reading, source: str) -> float:
    """Return the scatter of an output in V, that of the dividend included once, which the output is proportional to."""
    told = reading.uncertainty
    assert reading.value is not None
    followed = reading.value / reading.setpoint.levels[source] * told.levels_alone.get(source, 0.0)
    return math.hypot(told.independent, followed)
