"""The all-spin product of two matrices: terms of the multiplier, measured, and domain walls that add them, modelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .circuit_procedure import CircuitProcedure, check_resistor, effects_of
from .errors import ParameterError, ProcedureMistake
from .matrix_text import RANDOM, matrix_of
from .observed import Floats, floats
from .parameter import parameter
from .trimmed_procedure import METERS

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.all_spin import AllSpinFigures, AllSpinReadings
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.multiplier_circuit import MultiplierCircuit
    from smtjlab.simulation.wall_accumulator import WallAccumulator

MOST = 16
"""Rows at most: N^3 terms are measured one after the other."""


@dataclass(frozen=True, kw_only=True)
class AllSpinProduct(CircuitProcedure):
    """Product of two N×N matrices by an s-MTJ multiplier and domain walls (refs. [13], [14] of the paper).

    The differential multiplier of the bench measures each term a_ik b_kj by itself, after nine readings that calibrate
    it. No instrument has the walls that add them: they are a model, fed with the measured outputs.
    """

    virtual_bench = "multiplier"

    size: int = parameter(3, limits=(1, MOST), doc="rows and columns of both matrices")
    first: str = parameter(RANDOM, doc="`random`, rows such as `1 0.5; -0.3 0.2`, or a .csv or .txt file")
    second: str = parameter(RANDOM, doc="the same of the second matrix")
    seed: int = parameter(1, limits=(0, 2**31), doc="of matrices that are `random`, and of the walls' chance")
    full_scale: float = parameter(1.0, limits=(1e-9, 1e9), doc="entry that takes all of the input, or of the swing")
    input: float = parameter(0.1, unit="V", limits=(1e-6, 10), doc="V_in1 of an entry of full scale")
    middle: float = parameter(0.285, unit="V", limits=(-1000, 1000), doc="V_mid, the gate voltage that stands for 0")
    swing: float = parameter(0.012, unit="V", limits=(1e-6, 1000), doc="V_G - V_mid of an entry of full scale")
    series: float = parameter(50.0, unit="ohm", limits=(1e-3, 1e9), doc="R_s, as the circuit file states it")
    tolerance: float = parameter(
        0.02, limits=(1e-6, 1), doc="how far the believed conductance may bend off a line along the swing"
    )
    largest_output: float = parameter(0.01, unit="V", limits=(1e-6, 10), doc="largest voltage the meter must hold")
    track: float = parameter(1.28e-6, unit="m", limits=(1e-9, 1), doc="length of a wall's track")
    grooves: int = parameter(65, limits=(0, 1_000_000), doc="grooves of the track, both ends included; 0: smooth")
    largest_sum: float = parameter(
        0.0,
        limits=(0, 1e9),
        doc="sum of products of full scale that takes a wall to an end; 0: `size`, which none passes",
    )
    mobility: float = parameter(1e-9, unit="m^3/(A s)", limits=(1e-15, 1), doc="speed of a wall per current density")
    threshold: float = parameter(1e10, unit="A/m^2", limits=(0, 1e15), doc="J_c, below which walls stay")
    pre_current: float = parameter(
        0.0, unit="A/m^2", limits=(0, 1e15), doc="J_b, added to each pulse with the sign of its product; at most J_c"
    )
    pulse: float = parameter(1e-9, unit="s", limits=(1e-12, 1), doc="length of a current pulse")
    settling: float = parameter(4e-9, unit="s", limits=(0, 1), doc="from a gate step to its pulse; walls creep in it")
    scatter: float = parameter(2e-9, unit="m", limits=(0, 1), doc="standard deviation of a wall's step")
    barrier: float = parameter(40.0, limits=(0, 1000), doc="between grooves, in kT")
    hold: float = parameter(0.0, unit="s", limits=(0, 1e9), doc="from the last pulse to the read-out of the walls")
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait at each term before the reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.middle - self.swing <= 0 <= self.middle + self.swing:
            raise ParameterError(
                f"The gate must keep its sign, but `middle` {self.middle:g} V and `swing` {self.swing:g} V take it "
                f"from {self.middle - self.swing:g} V to {self.middle + self.swing:g} V."
            )
        if self.grooves == 1:
            raise ParameterError("`grooves` must be 0, a smooth track, or at least 2, but is 1.")
        if self.pre_current > self.threshold:
            raise ParameterError(
                f"`pre_current` must be at most `threshold` {self.threshold:g} A/m^2, but is "
                f"{self.pre_current:g} A/m^2."
            )
        for name, one in (("first", self.factors[0]), ("second", self.factors[1])):
            self._check_matrix(name, self.full_scale * one)
        if not (self.factors[0] @ self.factors[1]).any():
            raise ParameterError("The product must have an entry that is not 0: its errors are relative to it.")

    # What is wanted

    @cached_property
    def factors(self) -> tuple[Floats, Floats]:
        """Both matrices over full scale, shape (size, size) each."""
        shape = self.size, self.size
        first = matrix_of("first", self.first, shape, np.random.default_rng([self.seed, 1]))
        second = matrix_of("second", self.second, shape, np.random.default_rng([self.seed, 2]))
        whole = [self.full_scale if text.strip() == RANDOM else 1.0 for text in (self.first, self.second)]
        return first * whole[0] / self.full_scale, second * whole[1] / self.full_scale

    @cached_property
    def terms(self) -> tuple[tuple[int, int, int], ...]:
        """Places i, j, k of the terms in the order of measuring: all of one gate voltage after one another."""
        size = range(self.size)
        return tuple((i, j, k) for k in size for j in size for i in size)

    # What is measured

    def setpoints(self) -> list[Setpoint]:
        """Return the nine pairs of the calibration, then a pair for each term."""
        from smtjlab.simulation.all_spin_scale import CALIBRATION

        a, b = self.factors
        return [self._setpoint(x, y, "calibration") for x, y in sorted(CALIBRATION, key=lambda pair: pair[1])] + [
            self._setpoint(float(a[i, k]), float(b[k, j]), "terms") for i, j, k in self.terms
        ]

    def check_bench(self, bench: Bench) -> None:
        """Raise ProcedureMistake where R_s is not the one of the circuit file."""
        super().check_bench(bench)
        check_resistor(bench, "series", self.series, "series")

    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V of the one meter that answers."""
        return {METERS["junction"]: self.largest_output}

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return what is lost before anything is measured.

        Raises ProcedureMistake where the gates leave the window in which the believed conductance is straight.
        """
        from smtjlab.simulation.all_spin import AllSpinMultiplier

        self._check_window(belief)
        held = self.accumulator()
        machine = AllSpinMultiplier(circuit=self.circuit(belief), accumulator=held, input=self.input, swing=self.swing)
        result = machine.product(*self.factors, np.random.default_rng(self.seed))
        return [
            "The walls that add are a model, no instrument: the relative RMSE of the product is expected to be "
            f"{100 * result.relative_rmse:.2g} %. Terms up to {100 * held.lost_to_grooves:.2g} % of full scale are "
            f"lost in every pulse, {100 * held.lost_to_threshold:.2g} % to the threshold alone."
        ]

    # What it tells

    def circuit(self, belief: Belief) -> MultiplierCircuit:
        """Return the multiplier as believed, both of its junctions alike."""
        from smtjlab.simulation.multiplier_circuit import MultiplierCircuit, Reference

        return MultiplierCircuit(
            junction=belief.junction,
            series_resistance=self.series,
            middle_gate=self.middle,
            reference=Reference.JUNCTION,
        )

    def accumulator(self) -> WallAccumulator:
        """Return the wall of an element: sums of up to ±`largest_sum` full products just fit its track."""
        from smtjlab.simulation.synapses.domain_wall import DomainWall
        from smtjlab.simulation.wall_accumulator import WallAccumulator

        wall = DomainWall(
            length=self.track,
            states=self.grooves or None,
            mobility=self.mobility,
            threshold=self.threshold,
            scatter=self.scatter,
            barrier=self.barrier,
        )
        return WallAccumulator.holding(
            wall,
            self.largest_sum or float(self.size),
            pulse=self.pulse,
            pre_current=self.pre_current,
            interval=self.settling,
            hold=self.hold,
        )

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return the figures of the product. Raises InferenceError."""
        return self.figures(readings).extraction

    def figures(self, readings: Sequence[Reading]) -> AllSpinFigures:
        """Return the figures of the product with all that they stand on. Raises InferenceError."""
        from smtjlab.simulation.inference.all_spin import all_spin_figures

        return all_spin_figures(self.data(readings), self.accumulator(), self.seed)

    def data(self, readings: Sequence[Reading]) -> AllSpinReadings:
        """Return the outputs as an array by pair of the calibration and by i, j, k; nan where one is missing."""
        from smtjlab.simulation.all_spin_scale import CALIBRATION
        from smtjlab.simulation.inference.all_spin import AllSpinReadings

        pairs = sorted(CALIBRATION, key=lambda pair: pair[1])
        places = [CALIBRATION.index(pair) for pair in pairs]
        strides = self.size**2, self.size, 1
        places += [len(pairs) + int(np.dot(term, strides)) for term in self.terms]
        if len(readings) > len(places):
            raise ProcedureMistake(f"A run must have {len(places)} readings, but has {len(readings)}.")
        taken = places[: len(readings)]

        def placed(values: Floats, missing: float) -> Floats:
            found = np.full(len(places), missing)
            found[taken] = values
            return found

        told = [one.uncertainty for one in readings]
        values = floats([None if one.flags else one.value for one in readings])
        effects = effects_of([one.common for one in told])
        return AllSpinReadings(
            *self.factors,
            placed(values, np.nan),
            placed(floats([one.independent for one in told]), 0.0),
            {name: placed(effect, 0.0) for name, effect in effects.items()},
        )

    # What cannot be

    def _check_window(self, belief: Belief) -> None:
        from smtjlab.simulation.multiplier_prediction import multiplier_prediction

        inputs = np.linspace(-self.input, self.input, 5)
        gates = np.linspace(self.middle - self.swing, self.middle + self.swing, 13)
        error = multiplier_prediction(self.circuit(belief), inputs, gates).shape_error_of_junction
        if not error <= self.tolerance:
            raise ProcedureMistake(
                "The gate must stay inside the window in which the conductance is straight within `tolerance`, "
                f"{100 * self.tolerance:g} %, but from {gates[0]:g} V to {gates[-1]:g} V the believed one is off by "
                f"{100 * error:.2g} %."
            )

    def _check_matrix(self, name: str, matrix: Floats) -> None:
        rows, columns = matrix.shape
        if rows != columns:
            raise ParameterError(f"`{name}` must be square, but has {rows} rows and {columns} columns.")
        if rows != self.size:
            raise ParameterError(f"`{name}` must have `size` {self.size} rows, but has {rows}.")
        if (largest := float(np.abs(matrix).max())) > self.full_scale * (1 + 1e-12):
            raise ParameterError(
                f"`{name}` must fit the range of voltages, within ±`full_scale` {self.full_scale:g}, but holds an "
                f"entry of the size {largest:g}."
            )

    def _setpoint(self, first: float, second: float, branch: str) -> Setpoint:
        levels = {
            "gate": self.middle + self.swing * second,
            "reference_gate": self.middle,
            "junction": self.input * first,
        }
        return Setpoint(levels=levels, dwell=self.dwell, meter=METERS["junction"], branch=branch)
