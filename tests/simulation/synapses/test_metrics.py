"""Figures of synapses: closed forms where there is no noise, calibration where there is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.synapses.memristor import Memristor
from smtjlab.simulation.synapses.metrics import hold_drift, rank, synapse_figures
from smtjlab.simulation.synapses.pulse_cycles import PulseCycles, pulse_cycles

SEED = 20260711


def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


def straight(cycles: int, noise: float, random: np.random.Generator) -> PulseCycles:
    """Return noisy readings of a device that is linear and symmetric."""
    ladder = np.linspace(5e-4, 5.2e-4, 65)
    up, down = (one + noise * random.standard_normal((cycles, 65)) for one in (ladder, ladder[::-1]))
    return PulseCycles.of(up, down, noise)


@pytest.mark.parametrize(("share", "bend"), [(0.1, 0.670), (0.3, 0.365), (1.0, 0.123)])
def test_a_memristor_has_the_figures_of_the_page(share, bend):
    device = Memristor(levels=640, decay=640 * share, scatter=0.0)
    found = synapse_figures(pulse_cycles(device, 640, 2, rng()), rng())
    assert found.nonlinearity_up.value == pytest.approx(bend, abs=1e-3)
    assert found.nonlinearity_down.value == pytest.approx(bend, abs=1e-3)
    assert found.asymmetry.value == pytest.approx(math.tanh(1 / (2 * share)), abs=1e-3)
    assert found.spread.value == pytest.approx(0, abs=1e-9)
    assert found.span.value == pytest.approx(device.span)


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0])
def test_the_loop_of_a_memristor_is_its_closed_form(share):
    bend = 1 / share
    device = Memristor(levels=640, decay=640 * share, scatter=0.0)
    found = synapse_figures(pulse_cycles(device, 640, 2, rng()), rng()).loop
    assert found.value == pytest.approx(1 / math.tanh(bend / 2) - 2 / bend, abs=1e-3)


def test_a_device_without_memory_has_no_loop_within_its_error():
    """Within 4 standard uncertainties; three cycles and noise of a fixed seed."""
    found = synapse_figures(straight(3, 1e-7, rng()), rng()).loop
    assert abs(found.value) < 4 * found.uncertainty


def test_dead_steps_at_the_turning_points_are_a_loop_but_no_asymmetry():
    gates = np.arange(21.0)
    up, down = np.clip(gates - 4, 0, None), np.clip(gates, None, 16)[::-1]
    found = synapse_figures(PulseCycles.of([up, up], [down, down]), rng())
    assert found.asymmetry.value == pytest.approx(0, abs=1e-12)
    assert found.loop.value == pytest.approx(np.trapezoid(down[::-1] - up) / 20 / 16)


def test_a_wall_in_grooves_is_straight_and_symmetric_with_its_states_as_levels():
    found = synapse_figures(pulse_cycles(DomainWall(), 16, 2, rng()), rng())
    assert found.levels.value == 17
    for figure in (found.nonlinearity_up, found.nonlinearity_down, found.asymmetry, found.step_scatter):
        assert figure.value == pytest.approx(0, abs=1e-9)
    assert found.energy is not None
    assert found.energy.value == pytest.approx(8e-16)


def test_pulses_that_the_end_swallows_are_seen_as_a_bend():
    found = synapse_figures(pulse_cycles(DomainWall(), 32, 2, rng()), rng())
    assert found.nonlinearity_up.value == pytest.approx(0.5)  # full after half of the pulses
    assert found.levels.value == 17


def test_noise_alone_makes_no_bend_and_no_asymmetry():
    """Mean of 16 pulls of each figure against 0, false alarm rate 1e-6 each; their errors may be 30 % off."""
    found = [synapse_figures(straight(5, 1e-7, random), random) for random in rng().spawn(16)]
    for name in ("nonlinearity_up", "asymmetry"):
        pulls = np.array([getattr(one, name).value / getattr(one, name).uncertainty for one in found])
        assert abs(pulls.mean()) * math.sqrt(16) < 1.3 * norm.isf(5e-7)


def test_scatter_of_steps_is_that_of_the_device_without_that_of_reading():
    """False alarm rate 1e-6, if the error given is right; hence a pull of 5."""
    device = Memristor(levels=200, decay=math.inf, scatter=0.002)
    found = synapse_figures(pulse_cycles(device, 150, 20, rng(), read_noise=1e-8), rng())
    size = found.step_scatter
    assert abs(size.value * found.span.value - 0.002 * device.span) < 5 * size.uncertainty * found.span.value
    assert size.uncertainty < 0.05 * size.value


def test_errors_of_ten_cycles_hold_what_they_say():
    """At least 8 of 30 figures lie within one error of what 400 cycles give; with 65 % each, false alarm rate 1e-5."""
    device = Memristor(levels=16, decay=5.0, scatter=0.01)
    truth = synapse_figures(pulse_cycles(device, 16, 400, rng()), rng()).nonlinearity_up.value
    found = [synapse_figures(pulse_cycles(device, 16, 10, one), one).nonlinearity_up for one in rng().spawn(30)]
    assert sum(abs(one.value - truth) < one.uncertainty for one in found) >= 8


def test_one_cycle_says_what_it_cannot_tell():
    found = synapse_figures(straight(1, 1e-7, rng()), rng())
    assert math.isnan(found.spread.value)
    assert "One cycle has no others" in found.remarks[0]
    assert found.nonlinearity_up.uncertainty > 0


def test_levels_are_those_that_noise_leaves():
    # steps of 312.5 nS, 3 sqrt(2) 1e-7 = 424 nS: every second level
    found = synapse_figures(straight(200, 1e-7, rng()), rng())
    assert found.levels.value == pytest.approx(33, abs=1)


def test_readings_in_any_order_are_the_same_cycles():
    cycles = straight(3, 1e-7, rng())
    cycle, pulse = np.indices(cycles.up.shape)
    side = np.ones_like(pulse)
    pairs = ((cycle, cycle), (side, -side), (pulse, pulse), (cycles.up, cycles.down))
    columns = [np.concatenate([up.ravel(), down.ravel()]) for up, down in pairs]
    order = rng().permutation(len(columns[0]))
    found = PulseCycles.of_readings(*(column[order] for column in columns), standard=1e-7)
    np.testing.assert_array_equal(found.up, cycles.up)
    np.testing.assert_array_equal(found.down, cycles.down)


def test_a_gain_error_changes_no_ratio():
    cycles = pulse_cycles(Memristor(), 31, 4, rng())
    gained = replace(cycles, up=1.01 * cycles.up, down=1.01 * cycles.down)
    for name in ("nonlinearity_up", "asymmetry", "spread", "levels"):
        one, other = (getattr(synapse_figures(these, rng()), name) for these in (cycles, gained))
        assert one.value == pytest.approx(other.value, rel=1e-9)


def test_creep_of_a_wall_over_a_hold_is_its_rms():
    """Against 2 r t hops squared; false alarm rate 1e-6, if the error given is right; hence a pull of 5."""
    wall = DomainWall(length=40e-6, states=2001, barrier=25.0)
    start = np.full(4000, 20e-6)
    end = wall.crept(start, 3600.0, rng())
    drift = hold_drift(wall.conductance(start), wall.conductance(end), wall.span)
    exact = math.sqrt(2 * 1e9 * math.exp(-25) * 3600) / 2000
    assert abs(drift.value - exact) < 5 * drift.uncertainty
    assert drift.uncertainty < 0.02 * drift.value


@given(st.integers(0, 2**32), st.floats(1e-9, 1e-6))
def test_a_hold_without_change_drifts_by_nothing_within_its_error(seed, noise):
    """False alarm rate of each example below 1e-6: the mean square is then 7 of its errors away or less."""
    readings = 1e-4 + noise * np.random.default_rng(seed).standard_normal((2, 100))
    drift = hold_drift(*readings, 1e-5, start_standard=noise, end_standard=noise)
    assert drift.value**2 < 7 * 2 * (noise / 1e-5) ** 2 * math.sqrt(2 / 100)


def test_devices_are_ranked_with_their_lead_in_sigma():
    base = synapse_figures(straight(3, 1e-7, rng()), rng())
    good = replace(base, asymmetry=Estimate(0.01, 0.03), levels=Estimate(60, 3))
    poor = replace(base, asymmetry=Estimate(0.51, 0.04), levels=Estimate(20, 4))
    found = {one.metric: one for one in rank({"memristor": poor, "s-MTJ": good})}
    assert found["asymmetry"].devices == ("s-MTJ", "memristor")
    assert found["asymmetry"].leads == pytest.approx((10.0,))
    assert found["levels"].lead("memristor", "s-MTJ") == pytest.approx(-8.0)
    assert "energy" not in found


def test_devices_without_noise_are_told_apart_by_more_than_rounding():
    memristor = synapse_figures(pulse_cycles(Memristor(scatter=0.0), 31, 2, rng()), rng())
    walls = {str(n): synapse_figures(pulse_cycles(DomainWall(states=n), n - 1, 2, rng()), rng()) for n in (5, 32)}
    leads = {one.metric: one for one in rank({"memristor": memristor, **walls})}
    assert leads["asymmetry"].lead("5", "32") == 0
    assert leads["asymmetry"].lead("5", "memristor") == math.inf
    assert leads["levels"].lead("32", "5") == pytest.approx(27 / math.sqrt(2 / 12))


def test_mistakes_are_told():
    with pytest.raises(ModelError, match="must rise by pulses up"):
        synapse_figures(PulseCycles.of(np.ones((2, 5)), np.ones((2, 5))), rng())
    with pytest.raises(ModelError, match="`up` must be finite"):
        PulseCycles.of(np.full((1, 3), math.nan), np.ones((1, 3)))
    with pytest.raises(ModelError, match="a reading after each pulse up"):
        PulseCycles.of_readings([0, 0, 0, 0], [1, 1, 1, -1], [0, 1, 3, 0], np.ones(4))
