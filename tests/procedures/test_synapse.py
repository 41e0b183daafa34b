"""A synapse through the wire: ladders of closed form come back, and what breaks symmetry shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.reading import Reading
from smtjlab.procedures.beside_rival import BesideRival
from smtjlab.procedures.errors import ParameterError, ProcedureMistake
from smtjlab.procedures.plan import wired_for
from smtjlab.procedures.synapse import Synapse
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.piezo import Piezo
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.synapses.memristor import Memristor
from smtjlab.simulation.synapses.metrics import SynapseFigures

DIE = Belief.load("fig5-die")
EXACT = 'kind = "memristor"\nlevels = 31\ndecay = 9.3\nscatter = 0.0'
MEMRISTOR = Memristor(levels=31, decay=9.3, scatter=0.0)
BENCHES = {"s-mtj": "virtual", "memristor": "memristor", "domain-wall": "domain_wall"}
COLD = 'preset = "fig5"\ntemperature = "1 K"'
"""Fig. 5 without thermal motion: its static curve."""
PLAY = 'piezo_hysteresis = 0.1\npiezo_hysteresis_voltage = "1 V"'
GATES = Synapse(steps=16, cycles=2, hold=0.0)
PULSES = Synapse(device="memristor", cycles=2, hold=0.0)

Measure = Callable[..., Sequence[Reading]]


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> Measure:
    """Return a function that measures on the packaged bench of a device, with a truth of its own where wanted."""

    def run(procedure: Synapse, truth: str = "") -> Sequence[Reading]:
        text = (PACKAGED / f"{BENCHES[procedure.device]}.toml").read_text(encoding="utf-8")
        if truth:
            text = f"{text.partition('[truth.device]')[0]}[truth.device]\n{truth}\n"
        path = tmp_path_factory.mktemp("bench") / "own.toml"
        path.write_text(text, encoding="utf-8")
        with InProcessBench(read_once(path, in_process=True)) as private:
            device = private.open().device
            setpoints = procedure.setpoints()
            device.check([asked for one in setpoints for asked in procedure.asked(one)])
            procedure.prepare(device)
            return [procedure.measure(device, setpoint) for setpoint in setpoints]

    return run


def figures(procedure: Synapse, readings: Sequence[Reading]) -> SynapseFigures:
    return procedure.figures(readings, DIE)


def assert_within(readings: Sequence[Reading], branch: str, ladder: np.ndarray) -> None:
    """Assert that a branch is a ladder in S within 5 standard uncertainties of a reading: never by chance alone."""
    row = [one for one in readings if one.setpoint.branch == branch]
    told = np.array([[one.value, whole(one)] for one in row], dtype=float)
    assert (told[:, 1] < 2e-3 * ladder.max() + 2e-8).all()
    assert np.abs((told[:, 0] - ladder) / told[:, 1]).max() < 5


def whole(reading: Reading) -> float:
    """Return the standard uncertainty in S of one reading, common errors of the instruments included."""
    told = reading.uncertainty
    return math.hypot(told.independent, *told.common.values())


@pytest.fixture(scope="module")
def memristor(measure: Measure) -> Sequence[Reading]:
    return measure(PULSES, EXACT)


@pytest.mark.parametrize("cycle", [1, 2])
def test_the_ladder_of_a_memristor_comes_back(memristor: Sequence[Reading], cycle: int) -> None:
    pulses = np.arange(32)
    assert_within(memristor, f"up {cycle}", MEMRISTOR.potentiation(pulses))
    assert_within(memristor, f"down {cycle}", MEMRISTOR.depression(pulses))


def test_the_asymmetry_of_a_memristor_is_that_of_its_closed_form(memristor: Sequence[Reading]) -> None:
    """Steps of 14 % of the span blur it by 0.6 % (see metrics.py)."""
    assert figures(PULSES, memristor).asymmetry.value == pytest.approx(math.tanh(31 / 18.6), rel=0.02)


def test_the_ladder_of_a_domain_wall_comes_back(measure: Measure) -> None:
    wall = DomainWall(states=17)
    ladder = np.linspace(wall.conductance_antiparallel, wall.conductance_parallel, 17)
    readings = measure(Synapse(device="domain-wall", cycles=1, hold=0.0))
    assert_within(readings, "up 1", ladder)
    assert_within(readings, "down 1", ladder[::-1])


def static(gate: np.ndarray) -> np.ndarray:
    """Return the hyperbola of Fig. 5 in S (physics: section 2), flat below its threshold."""
    shifted = np.maximum(gate - 1.2767e-3, 0.2623457)
    return shifted / (shifted + 0.2623457 / 3) / 1500


def played(ladder: np.ndarray, share: float) -> tuple[np.ndarray, ...]:
    """Return what a piezo of 1 V full drive, which has been to the upper end, makes of gates in V on the way up, down.

    Each play follows at its distance r; one of 2 r beyond the swing stays where the first rise has left it.
    """
    reach = np.array([1, 2, 3, 4])[:, None] / 16
    upper = ladder[-1] - reach
    up = np.maximum(np.minimum(upper, ladder[0] + reach), ladder - reach).mean(axis=0)
    down = np.minimum(upper, ladder + reach).mean(axis=0)
    return tuple((ladder + share * (one - ladder)) / (1 - share * reach.mean()) for one in (up, down))


def test_an_s_mtj_is_ten_per_cent_from_straight_and_symmetric(measure: Measure) -> None:
    """A hyperbola bends by (s2 - s1)/(s2 + s1), s the roots of u + Gamma'; 4 sigma: one false alarm in 8 000."""
    found = figures(GATES, measure(GATES, COLD))
    roots = np.sqrt(np.array([0.27, 0.45]) - 1.2767e-3 + 0.2623457 / 3)
    bend, asymmetry = found.nonlinearity_up, found.asymmetry
    assert bend.uncertainty < 2e-3
    assert bend.value == pytest.approx((roots[1] - roots[0]) / roots.sum(), abs=4 * bend.uncertainty)
    assert abs(asymmetry.value) < 4 * asymmetry.uncertainty


def test_the_loop_of_a_piezo_is_that_of_its_plays(measure: Measure) -> None:
    """Four plays, of which the three widest swing along with a gate that swings by 0.18 V; 4 sigma."""
    ladder = np.linspace(0.27, 0.45, 17)
    share = 0.1 / (0.3125 + 0.1 * 0.15625)  # a loop of 10 % of the full strain at half drive
    found = figures(GATES, measure(GATES, f"{COLD}\n{PLAY}"))
    up, down = (static(one) for one in played(ladder, share))
    expected = np.trapezoid(np.abs(up - down), dx=1 / 16) / (up[-1] - up[0])
    assert found.loop.value == pytest.approx(expected, abs=4 * found.loop.uncertainty)
    assert found.loop.value > 20 * found.loop.uncertainty


@pytest.mark.parametrize(("stop", "hidden"), [(0.39, True), (0.40, False)])
def test_a_swing_within_the_narrowest_loop_is_told_beforehand(stop: float, hidden: bool) -> None:
    looped = replace(DIE, junction=DIE.junction.changed(piezo_hysteresis=0.1, piezo_hysteresis_voltage=1.0))
    assert bool(Synapse(stop=stop).hidden_loop(looped)) is hidden


def test_no_loop_shows_where_it_is_told_that_none_can() -> None:
    """A piezo that has gone once around a swing of an eighth of its full drive, or less, has one value at each gate."""
    piezo = Piezo([DIE.junction.changed(piezo_hysteresis=0.1, piezo_hysteresis_voltage=1.0)])
    narrow, wide = ([piezo.live(gate, 1.0)[0] for gate in (top, 0.27, 0.33, top, 0.33)] for top in (0.394, 0.40))
    assert narrow[2] == pytest.approx(narrow[4], abs=1e-15)
    assert abs(wide[2] - wide[4]) > 1e-4


def test_setpoints_are_cycles_and_holds_each_set_anew() -> None:
    told = [
        (one.branch, round(one.gate, 3), one.dwell) for one in Synapse(steps=2, cycles=1, hold_repeats=1).setpoints()
    ]
    assert told[:2] == [("reset", 0.45, 0.0), ("reset", 0.27, 0.0)]
    assert [gate for _, gate, _ in told[2:8]] == [0.27, 0.36, 0.45, 0.45, 0.36, 0.27]
    assert told[8:] == [
        one
        for number, time in enumerate((1.0, 10.0, 100.0), 1)
        for one in (("set", 0.27, 0.0), (f"hold {number}", 0.36, 0.0), (f"hold {number}", 0.36, time))
    ]


def test_a_wall_at_a_low_barrier_creeps_in_its_holds(measure: Measure) -> None:
    """At 21 kT it hops 0.76 times a second each way, 3.9 grooves of 16 in 10 s: 6 holds tell it from none."""
    procedure = Synapse(device="domain-wall", cycles=1, hold=10.0, hold_points=1, hold_repeats=6)
    drift = figures(procedure, measure(procedure, 'kind = "domain_wall"\nbarrier = 21.0')).retention
    assert drift is not None
    assert drift.value == pytest.approx(math.sqrt(2e10 * math.exp(-21.0)) / 16, rel=0.7)
    assert drift.value > 2 * drift.uncertainty


def test_what_is_believed_of_a_memristor_decides_the_verdict(measure: Measure) -> None:
    readings = measure(PULSES, 'kind = "memristor"\nlevels = 31\ndecay = 14.0')
    told = []
    for text in ("", "decay=14"):
        model = BesideRival(replace(PULSES, believed=text).believed_rival, seed=1)
        for reading in readings:
            model.answer(reading)
        told.append(model.verdict().agrees)
    assert told == [False, True]


def test_a_pulse_is_one_update_however_long_it_stands(measure: Measure) -> None:
    slow = Synapse(device="memristor", steps=4, cycles=1, dwell=1.0, hold=0.0)
    assert_within(measure(slow, EXACT), "up 1", MEMRISTOR.potentiation(np.arange(5)))


def test_a_pulse_beyond_the_limits_is_one_sentence_and_nothing_moves() -> None:
    procedure = Synapse(device="memristor", pulse=2.0)
    with InProcessBench(read_once("memristor", in_process=True)) as private:
        device = private.open().device
        with pytest.raises(InstrumentMistake, match=r"`gate` must stay within -1.5 V and 1.5 V, but -2 V was asked"):
            device.check([asked for one in procedure.setpoints() for asked in procedure.asked(one)])
        assert not any(private.outputs().values())


def test_a_kind_that_nobody_knows_is_refused(measure: Measure) -> None:
    with pytest.raises(BenchFileError, match="`kind` must be 's-mtj', 'memristor', 'domain_wall', but is 'skyrmion'"):
        measure(PULSES, 'kind = "skyrmion"')


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"stop": 0.27}, "`stop` must differ from `start`"),
        ({"steps": 1}, "`steps` must be 2 or more"),
        ({"bias": 0.0}, "`bias` must not be 0 V"),
        ({"device": "skyrmion"}, "`device` must be"),
        ({"hold": 1.0}, "`hold` must be longer than `first_hold`, 1 s, or 0 for no holds, but is 1 s"),
        ({"believed": "levels=3"}, "`believed` must be left empty for an s-MTJ"),
        ({"steps": 10_000, "cycles": 1000}, "at most 1000000 setpoints, but .* make 20002027"),
        ({"hold_points": 1000, "hold_repeats": 1000}, "at most 1000000 setpoints, but .* make 3000264"),
    ],
)
def test_parameters_that_measure_nothing_are_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        Synapse.from_values(values)


def test_a_bench_with_a_circuit_is_refused_before_there_is_a_run() -> None:
    with pytest.raises(ProcedureMistake, match=r"'virtual multiplier' names one \(`--bench virtual` is a packaged one"):
        Synapse().check_bench(Bench.load("multiplier"))


def test_virtual_stands_for_the_bench_of_the_device() -> None:
    assert [wired_for(Synapse(device=one), "virtual@smtj") for one in BENCHES] == [
        f"{bench}@smtj" for bench in BENCHES.values()
    ]


def test_readings_without_a_whole_cycle_are_refused(measure: Measure) -> None:
    with pytest.raises(ProcedureMistake, match="one whole cycle of 31 updates"):
        PULSES.figures([], DIE)
