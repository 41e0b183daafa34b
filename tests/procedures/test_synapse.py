"""A synapse through the wire: ladders of closed form come back, and what breaks symmetry shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.reading import Reading
from smtjlab.procedures.errors import ParameterError, ProcedureMistake
from smtjlab.procedures.plan import wired_for
from smtjlab.procedures.synapse import Synapse
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.synapses.memristor import Memristor
from smtjlab.simulation.synapses.metrics import SynapseFigures

DIE = Belief.load("fig5-die")
EXACT = 'kind = "memristor"\nlevels = 31\ndecay = 9.3\nscatter = 0.0'
MEMRISTOR = Memristor(levels=31, decay=9.3, scatter=0.0)
BENCHES = {"s-mtj": "virtual", "memristor": "memristor", "domain-wall": "domain_wall"}
COLD = 'preset = "fig5"\ntemperature = "1 K"'
"""Fig. 5 without thermal motion: its static curve."""
PLAY = 'piezo_hysteresis = 0.1\npiezo_hysteresis_voltage = "50 mV"'
GATES = Synapse(steps=64, cycles=2, hold_points=2)
PULSES = Synapse(device="memristor", cycles=2, hold_points=2)

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
    readings = measure(Synapse(device="domain-wall", cycles=1, hold_points=2))
    assert_within(readings, "up 1", ladder)
    assert_within(readings, "down 1", ladder[::-1])


def test_an_s_mtj_is_two_per_cent_from_straight_and_symmetric(measure: Measure) -> None:
    """4 standard uncertainties: one false alarm in 8 000 for both figures together."""
    found = figures(GATES, measure(GATES, COLD))
    bend, asymmetry = found.nonlinearity_up, found.asymmetry
    assert bend.uncertainty < 2e-3
    assert bend.value == pytest.approx(0.0202, abs=4 * bend.uncertainty)
    assert abs(asymmetry.value) < 4 * asymmetry.uncertainty


def test_piezo_hysteresis_breaks_the_symmetry_and_it_shows(measure: Measure) -> None:
    """Play within the swing of the gate leaves 7 % between up and down; play beyond it would swing along unseen."""
    procedure = Synapse(steps=16, cycles=4, hold_points=2)
    straight, looped = (figures(procedure, measure(procedure, f"{COLD}\n{more}")) for more in ("", PLAY))
    assert abs(straight.loop.value) < 4 * straight.loop.uncertainty
    assert looped.loop.value == pytest.approx(0.07, abs=0.02)  # the first rise, from rest, is unlike the others
    assert looped.loop.value > 5 * looped.loop.uncertainty
    assert looped.asymmetry.value > 0.1


def test_a_wall_at_a_low_barrier_creeps_during_the_hold(measure: Measure) -> None:
    """At 20 kT it hops four times a second, so that 20 readings over 10 s are never all of one groove."""
    procedure = Synapse(device="domain-wall", cycles=1, hold=10.0, hold_points=20)
    readings = measure(procedure, 'kind = "domain_wall"\nbarrier = 20.0')
    held = np.array([one.value for one in readings if one.setpoint.branch == "hold"], dtype=float)
    assert np.ptp(held) > 1e-5


def test_a_pulse_is_one_update_however_long_it_stands(measure: Measure) -> None:
    slow = Synapse(device="memristor", steps=4, cycles=1, dwell=1.0, hold_points=2)
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
    ],
)
def test_parameters_that_measure_nothing_are_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        Synapse.from_values(values)


def test_virtual_stands_for_the_bench_of_the_device() -> None:
    assert [wired_for(Synapse(device=one), "virtual@smtj") for one in BENCHES] == [
        f"{bench}@smtj" for bench in BENCHES.values()
    ]


def test_readings_without_a_whole_cycle_are_refused(measure: Measure) -> None:
    with pytest.raises(ProcedureMistake, match="one whole cycle of 31 updates"):
        PULSES.figures([], DIE)
