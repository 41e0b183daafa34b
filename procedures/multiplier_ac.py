"""The speed of a multiplier: sines of many frequencies and peaks at V_in1, and an edge, seen by an oscilloscope."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.instruments.limits import Limits
from smtjlab.instruments.reading import Setpoint

from .circuit_procedure import check_resistor
from .errors import ParameterError, ProcedureMistake
from .own_loop import OwnLoop, Recorder
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.circuit_under_test import CircuitUnderTest
    from smtjlab.instruments.electrical_roles import FunctionGenerator, Oscilloscope
    from smtjlab.instruments.open_bench import OpenBench

    from .multiplier_ac_figures import AcFigures
    from .row import Row

GENERATOR, SCOPE, GATE = "generator", "scope", "gate"
"""Instruments of the bench: at V_in1; at V_in1 (channel 1) and at the output (channel 2); at the gate."""
SINE, STEP = "sine", "step"
"""Kinds of records."""
NODES = ("between", ("scope.ch1.hi", "scope.ch2.hi", "scope.ch2.lo"))
"""Fact of the record: the nodes of input, output and ground, which stand in the wiring at these terminals."""
PERIODS = 10
"""Of a sine in a record, or more."""
EDGES = 5.0
"""Periods of the square wave are so many times as long as the record of one edge."""
DITHER = 0.012
"""Share of the peak over which the heights of the edges differ: about one level of eight bits, so that what rounding
does to the rest of the output averages out. Noise alone is too small for that."""
DIGITS = 7
"""Significant digits of a voltage in the record: eight bits have three."""
COLUMNS = {  # `gain_error`: standard uncertainty of the ratio of both channels, by the limits of their gains
    "kind": "", "frequency": "Hz", "peak": "V", "interval": "s", "input": "V", "output": "V", "gain_error": "",
    "gate": "V", "gate_current": "A",
}  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """One record: a wave at V_in1."""

    kind: str
    frequency: float
    """Hz."""
    peak: float
    """V, of the generator without load."""
    duration: float
    """s that the record lasts at least."""


@dataclass(frozen=True, kw_only=True)
class MultiplierAc(OwnLoop):
    """Amplitude and distortion of the output against frequency and peak of a sine at V_in1, and settling after an edge.

    A generator drives V_in1, an oscilloscope sees input and output at once, the gate is held. Every record is kept as
    it came. Small signals of the circuit file, with the junction as believed, stand beside the figures.
    """

    virtual_bench = "multiplier_ac"

    gate: float = parameter(0.30, unit="V", limits=(-1000, 1000), doc="gate voltage, held all the while")
    input: float = parameter(0.2, unit="V", limits=(1e-3, 10), doc="largest peak of V_in1, of the generator unloaded")
    lowest: float = parameter(3e4, unit="Hz", limits=(1e-3, 1e9), doc="lowest frequency")
    highest: float = parameter(1e7, unit="Hz", limits=(1e-3, 1e9), doc="highest frequency")
    points: int = parameter(21, limits=(3, 1000), doc="frequencies, in equal ratios, at the largest peak")
    peaks: int = parameter(3, limits=(1, 20), doc="peaks: the largest, half of it, a quarter, and so on")
    distorted: int = parameter(4, limits=(1, 1000), doc="frequencies at which the smaller peaks are taken too")
    samples: int = parameter(2500, limits=(200, 1_000_000), doc="samples of a record")
    share: float = parameter(0.4, limits=(1e-6, 1), doc="largest output over the input, for the oscilloscope's scale")
    window: float = parameter(2e-6, unit="s", limits=(1e-9, 1), doc="length of the record of an edge; half is before")
    edges: int = parameter(8, limits=(1, 10_000), doc="records of the edge, averaged")
    band: float = parameter(0.01, limits=(1e-6, 0.5), doc="share of the step within which the output has settled")
    series: float = parameter(1000.0, unit="ohm", limits=(1e-3, 1e9), doc="R_s, as the circuit file states it")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of the gate's meter in power-line cycles")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.highest <= self.lowest:
            raise ParameterError(f"`highest` must be above `lowest`, {self.lowest:g} Hz, but is {self.highest:g} Hz.")

    @classmethod
    def columns(cls) -> dict[str, str]:
        """Return the columns of a record with their units; input and output are lists."""
        return dict(COLUMNS)

    def planned_rows(self) -> int:
        """Return the number of records."""
        return len(self.shots)

    @property
    def frequencies(self) -> list[float]:
        """Frequencies in Hz, rising, shape (points,)."""
        return [float(one) for one in np.geomspace(self.lowest, self.highest, self.points)]

    @cached_property
    def shots(self) -> list[Shot]:
        """All records: sines of the largest peak, those of smaller ones, and the edges."""
        some = sorted(
            {self.frequencies[int(k)] for k in np.linspace(0, self.points - 1, self.distorted + 1).round()[:-1]}
        )
        sines = [(hertz, self.input) for hertz in self.frequencies]
        sines += [(hertz, self.input / 2**number) for number in range(1, self.peaks) for hertz in some]
        heights = [self.input * (1 - DITHER * number / self.edges) for number in range(self.edges)]
        edges = [Shot(STEP, 1 / (EDGES * self.window), peak, self.window) for peak in heights]
        return [*(Shot(SINE, hertz, peak, PERIODS / hertz) for hertz, peak in sines), *edges]

    def check_bench(self, bench: Bench) -> None:
        """Raise the mistake of a bench that is not wired so, of another R_s, of levels beyond the site limits."""
        if not bench.has_circuit:
            raise ProcedureMistake(
                f"MultiplierAc must be run on a bench that names its `circuit` file, but {bench.name!r} names none "
                f"(`--bench {self.virtual_bench}` is a packaged one)."
            )
        check_resistor(bench, "series", self.series, "series")
        self._check_wiring(bench)
        for name, levels in ((GATE, [self.gate]), (GENERATOR, [-self.input, self.input])):
            for level in levels:
                _limits(bench, name).check(level, instrument=name, where="before the run")

    def reached(self, bench: OpenBench) -> CircuitUnderTest:
        """Return the circuit under test."""
        return bench.circuit

    def run(self, bench: OpenBench, recorder: Recorder) -> None:
        """Take the records that are not there yet, the gate held and looked at before each."""
        generator, scope = bench.drivers[GENERATOR], bench.drivers[SCOPE]
        recorder.add_facts(**{NODES[0]: [bench.bench.wiring[terminal] for terminal in NODES[1]]})
        circuit, asked = bench.circuit, Setpoint(levels={GATE: self.gate}, meter=GATE)
        circuit.check([asked])
        circuit.prepare(largest_outputs={}, nplc=self.nplc)
        circuit.apply(asked)
        for number in range(recorder.count, len(self.shots)):
            if recorder.stopping:
                return
            circuit.check_gate()
            held = circuit.read()
            taken = self._recorded(self.shots[number], generator, scope, _limits(bench.bench, GENERATOR))
            recorder.add({**taken, "gate": held.levels[GATE], "gate_current": held.value})
            recorder.progress(100 * (number + 1) / len(self.shots))

    def figures(self, rows: Sequence[Row]) -> AcFigures:
        """Return what the records tell. Raises InferenceError."""
        from .multiplier_ac_figures import figures_of

        return figures_of(self, rows)

    def _recorded(
        self, shot: Shot, generator: FunctionGenerator, scope: Oscilloscope, limits: Limits
    ) -> Mapping[str, Any]:
        """Return one record; the generator plays from before it to its end, and is off again then."""
        shape = "SIN" if shot.kind == SINE else "SQU"
        generator.configure(limits, shape=shape, frequency=shot.frequency, amplitude=shot.peak, offset=0.0)
        scales = {1: shot.peak, 2: self.share * shot.peak}
        scope.configure(channels=scales, duration=shot.duration, points=self.samples)
        generator.switch_on()
        try:
            volts = scope.record()
        finally:
            generator.switch_off()
        return {
            "kind": shot.kind,
            "frequency": shot.frequency,
            "peak": shot.peak,
            "interval": scope.interval,
            "input": [_shortened(one) for one in volts[1]],
            "output": [_shortened(one) for one in volts[2]],
            "gain_error": math.hypot(*(one.gain for one in scope.scales.values())) / 3**0.5,
        }

    def _check_wiring(self, bench: Bench) -> None:
        """Raise ProcedureMistake where generator and first channel are not at one node, or an instrument is missing."""
        for name in (GENERATOR, SCOPE, GATE):
            if name not in bench.instruments:
                known = ", ".join(bench.instruments)
                raise ProcedureMistake(f"The bench must have an instrument `{name}`, but has {known}.")
        pairs = (("generator.out.hi", "scope.ch1.hi"), ("generator.out.lo", "scope.ch1.lo"))
        for first, second in pairs:
            if bench.wiring.get(first) != bench.wiring.get(second):
                raise ProcedureMistake(
                    f"`{second}` must be at the node of `{first}`, {bench.wiring.get(first)}, but is at "
                    f"{bench.wiring.get(second)}."
                )
        if NODES[1][1] not in bench.wiring:
            raise ProcedureMistake(f"`{NODES[1][1]}` must be wired to the output, but is not.")


def _limits(bench: Bench, name: str) -> Limits:
    found = bench.limits[name]
    assert isinstance(found, Limits)
    return found


def _shortened(volts: float | None) -> float | None:
    return None if volts is None or not math.isfinite(volts) else float(f"{volts:.{DIGITS}g}")
