"""Speed of time and noise of a virtual bench: through the control channel, seen by the real drivers."""

import time

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Setpoint
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import find_served, stop_served
from smtjlab.instruments.virtual.pace import FASTEST, Pace


@pytest.fixture
def station(tmp_path):
    yield tmp_path
    stop_served(tmp_path)


def paced(station, **pace):
    with ControlChannel(*find_served(station).control) as channel:
        return channel.set_pace(Pace(**pace))


def scatter(opened, count=60):
    """Return the standard deviation of as many readings of the conductance, in S."""
    return float(np.std([opened.device.conductance().value for _ in range(count)], ddof=1))


WRONG = [("0.5", None), ("fast", None), (None, "-1"), (None, "nan"), ("nan", None)]


@pytest.mark.parametrize(("speed", "noise"), WRONG)
def test_what_cannot_be_is_refused(speed, noise):
    with pytest.raises(InstrumentMistake, match="must be"):
        Pace.parse(speed, noise)


def test_time_goes_on_where_it_was_and_no_faster_than_it_is_told(station):
    with open_bench("virtual", station=station) as opened:
        opened.clock.sleep(100.0)
        assert paced(station, speed=50.0) == Pace(50.0, 1.0)
        before, begun = opened.clock.now(), time.monotonic()
        opened.clock.sleep(10.0)
        passed, ours = opened.clock.now() - before, time.monotonic() - begun
        assert 100.0 <= before < 150.0
        assert passed >= 10.0
        assert ours >= 10.0 / 50.0
        assert paced(station, speed=FASTEST).speed == FASTEST
        before = opened.clock.now()
        opened.clock.sleep(1e6)
        assert 1e6 <= opened.clock.now() - before < 1e6 + 60


def test_ten_times_the_noise_is_read_and_no_budget_knows_it(station):
    """The ratio of two standard deviations of 60 readings is beyond 4 or 25 by chance in less than one of 1e9 runs."""
    with open_bench("virtual", station=station) as opened:
        opened.device.prepare(bias=0.02, nplc=0.1)
        opened.device.apply(Setpoint(gate=0.1, bias=0.02))
        plain, specified = scatter(opened), opened.device.conductance().uncertainty.specified
        paced(station, noise=10.0)
        assert 4 < scatter(opened) / plain < 25
        assert opened.device.conductance().uncertainty.specified == pytest.approx(specified, rel=0.2)


def test_a_bench_that_is_opened_says_that_it_is_noisier_than_specified(station):
    with open_bench("virtual", station=station) as opened:
        assert opened.notes == []
        paced(station, noise=3.0)
        with ControlChannel(*find_served(station).control) as channel:
            assert "3 times the noise" in channel.truth()["noise"]
    with open_bench("virtual", station=station) as opened:
        assert "3 times the noise" in opened.notes[0]


def test_every_model_makes_the_noise_that_it_is_told(write_bench):
    from smtjlab.instruments.virtual.virtual_bench import VirtualBench, _errors_of

    with VirtualBench(Bench.load("full")) as bench:
        bench.set_pace(Pace(noise=2.0))
        factors = {name: [one.noise_factor for one in _errors_of(twin)] for name, twin in bench.instruments.items()}
    assert all(factor == 2.0 for one in factors.values() for factor in one)
    assert {name for name, one in factors.items() if not one} == {"prober", "velox", "switch"}
