"""The whole stack of instruments against the served virtual bench: real bytes, real sockets, a process of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import LeakageTripped, LimitError
from smtjlab.instruments.open_bench import OpenBench, open_bench
from smtjlab.instruments.reading import Flag, Setpoint
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import stop_served
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.predict import predict

VIRTUAL = (PACKAGED / "virtual.toml").read_text().replace("spread = 0.03", "spread = 0.0")


@pytest.fixture
def virtual(tmp_path) -> Iterator[Callable[..., OpenBench]]:
    """Open a virtual bench whose truth is the preset itself, with words of its file replaced."""
    opened: list[OpenBench] = []

    def make(replaced: dict[str, str] | None = None, more: str = "") -> OpenBench:
        text = VIRTUAL
        for old, new in (replaced or {}).items():
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "bench.toml").write_text(text + more)
        opened.append(open_bench(tmp_path / "bench.toml", station=tmp_path / "station"))
        return opened[-1]

    (tmp_path / "station").mkdir()
    yield make
    for bench in opened:
        bench.close()
    stop_served(tmp_path / "station")


def outputs(bench: OpenBench) -> dict[str, bool]:
    assert isinstance(bench.clock, ControlChannel)
    return dict(bench.clock.outputs())


def test_connecting_switches_nothing_and_knows_the_imitation(virtual):
    bench = virtual()
    assert bench.simulated
    assert bench.found_on == []
    assert not any(outputs(bench).values())


def test_four_wires_read_the_truth_within_the_specification(virtual):
    bench = virtual()
    bench.device.prepare(bias=0.1)
    gates = [0.0, 0.2, 0.3, 0.4]
    truth = predict(Junction.preset("fig5"), "boltzmann", np.array(gates), bias=0.1).conductance
    for gate, expected in zip(gates, truth, strict=True):
        bench.device.apply(Setpoint(gate=gate))
        reading = bench.device.conductance(4)
        assert reading.flags == frozenset()
        # limits are rectangular: the sum of the limits themselves is never exceeded
        common = math.sqrt(3) * sum(abs(part) for part in reading.uncertainty.common.values())
        slope = 5e-4 * math.sqrt(3) * sum(abs(part) for part in reading.uncertainty.gate.values())
        assert abs(reading.value - expected) < common + slope + 6 * reading.uncertainty.independent


def test_repeats_scatter_as_the_specification_says(virtual):
    """The variance ratio of 60 single readings stays within 0.5 and 2; false alarm below 1e-3."""
    bench = virtual()
    bench.device.prepare(bias=0.1)
    bench.device.apply(Setpoint(gate=0.0))
    readings = [bench.device.conductance() for _ in range(60)]
    specified = readings[0].uncertainty.independent
    assert 0.5 < np.var([reading.value for reading in readings], ddof=1) / specified**2 < 2


def test_imagined_seconds_pass_on_the_bench_only(virtual):
    bench = virtual()
    bench.device.prepare(bias=0.1)
    begun = bench.clock.now()
    bench.device.apply(Setpoint(gate=0.3, dwell=3600.0))
    assert bench.clock.now() - begun >= 3600.6


def test_a_gate_that_leaks_trips_and_leaving_makes_safe(virtual):
    bench = virtual({'leakage = "20 nA"': 'leakage = "1 fA"'})
    with bench:
        bench.device.prepare(bias=0.1)
        bench.device.apply(Setpoint(gate=0.3))
        with pytest.raises(LeakageTripped, match="Gate must draw at most 1 fA"):
            bench.device.conductance()
    again = virtual()
    assert again.found_on == []


def test_compliance_is_programmed_and_flagged(virtual):
    bench = virtual({'current = "200 uA"': 'current = "20 uA"'})
    bench.device.prepare(bias=0.1)
    bench.device.apply(Setpoint(gate=0.0))
    reading = bench.device.conductance()
    assert Flag.COMPLIANCE in reading.flags
    assert reading.current == pytest.approx(20e-6, rel=0.01)


def test_a_wish_outside_the_limits_moves_nothing(virtual):
    bench = virtual()
    bench.device.prepare(bias=0.1)
    with pytest.raises(LimitError, match="`gate` must stay within"):
        bench.device.apply(Setpoint(gate=0.7))
    assert bench.drivers["gate"].level() == 0


def test_outputs_outlive_the_client_and_a_guardian_makes_them_safe(virtual, tmp_path):
    bench = virtual()
    bench.device.prepare(bias=0.1)
    bench.device.apply(Setpoint(gate=0.3))
    plan = SafePlan.from_dict(bench.safe_plan.to_dict())
    bench.close()
    again = virtual()
    assert set(again.found_on) == {"gate", "junction"}
    assert carry_out(plan).safe
    assert not any(outputs(again).values())


def test_an_output_found_on_is_ramped_off_before_it_is_prepared(virtual):
    bench = virtual()
    bench.device.prepare(bias=0.1)
    bench.device.apply(Setpoint(gate=0.3))
    bench.close()
    again = virtual()
    again.device.prepare(bias=0.1)
    assert again.device.conductance is not None
    assert again.drivers["gate"].level() == 0
    assert again.make_safe().safe


def test_the_packaged_bench_opens_in_process_each_time_afresh():
    with open_bench("virtual@smtj") as bench:
        bench.device.prepare(bias=0.1)
        bench.device.apply(Setpoint(gate=0.1))
        assert bench.device.conductance(2).value == pytest.approx(5e-4, rel=0.15)
    with open_bench("virtual@smtj") as bench:
        assert (bench.found_on, bench.drivers["gate"].level()) == ([], 0)
