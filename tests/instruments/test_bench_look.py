"""A look at a bench tells who answers and what is on, and changes nothing."""

from dataclasses import replace

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.bench_look import look_at
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.virtual.launch import stop_served


@pytest.fixture
def station(tmp_path):
    yield tmp_path
    stop_served(tmp_path)


def test_everybody_says_who_he_is_and_that_nothing_comes_out(station):
    looks = list(look_at(Bench.load("virtual"), station))
    assert [(one.instrument, one.output, one.level, one.fault) for one in looks] == [
        ("gate", "off", 0.0, ""),
        ("junction", "off", 0.0, ""),
    ]
    assert all("MODEL 2450" in one.identity for one in looks)


def test_a_bench_that_is_driven_is_left_alone(station):
    bench = Bench.load("virtual")
    with open_bench(bench, station=station, holder="somebody"):
        looks = list(look_at(bench, station))
    assert [(one.identity, one.taken) for one in looks] == [("", True), ("", True)]
    assert all("somebody" in one.fault for one in looks)


def test_one_that_is_lost_hides_no_other(station):
    bench = Bench.load("virtual")
    with open_bench(bench, station=station, holder=None) as served:
        there = replace(served.bench, virtual=None)
        gone = replace(there.instruments["gate"], address="TCPIP::127.0.0.1::1::SOCKET")
        looks = list(look_at(replace(there, instruments=there.instruments | {"gate": gone}), station))
    assert (looks[0].identity, looks[1].output) == ("", "off")
    assert looks[0].fault


def test_a_prober_says_where_its_chuck_is_and_how_the_needles_stand(tmp_path):
    looks = {one.instrument: one for one in look_at(Bench.load("wafer@smtj"), tmp_path)}
    assert (looks["prober"].place, looks["prober"].needles) == ((0.0, 0.0), "up")
    assert (looks["gate"].place, looks["gate"].needles) == (None, "")


def test_field_and_temperature_are_read_and_nobody_else_is_spoken_to(tmp_path):
    looks = list(look_at(Bench.load("full@smtj"), tmp_path, only=["thermometer", "gaussmeter"]))
    assert [(one.instrument, one.unit) for one in looks] == [("thermometer", "K"), ("gaussmeter", "T")]
    assert looks[0].value == pytest.approx(295, abs=20)
    assert looks[1].value == pytest.approx(0, abs=1e-3)


def test_an_instrument_that_the_bench_does_not_have_is_refused(tmp_path):
    with pytest.raises(InstrumentMistake, match=r"must be one of gate, junction, but is 'gaet'"):
        list(look_at(Bench.load("virtual"), tmp_path, only=["gaet"]))
