"""What is found in the readings of a run that goes on is what its report will find."""

from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.gui.models.chi_square_told import chi_square_told
from smtjlab.gui.models.closer_look import CloserLooks, Kind, closer_look, dwells, kind_of
from smtjlab.gui.models.points import Points

TRACE = {"parameters": {"nplc": {"value": 0.01}, "readings": {"value": 512}}}
NOISE = {"parameters": {**TRACE["parameters"], "segments": {"value": 4}}}


def points(value, *, scatter, field=0.0, branch=0.0):
    made, count = Points(), len(value)
    made.branches = ["down", "up"]
    columns = {"time": 0.003 * np.arange(count), "value": value, "scatter": scatter, "gate": 0.3, "flagged": 0.0}
    columns |= {"field": field, "branch": branch}
    made.take({name: np.zeros(count) + one for name, one in columns.items()})
    return made


def hopping(rng, count, rate):
    """Return levels 0 and 1 that are left with a probability of `rate` a reading."""
    return np.cumsum(rng.random(count) < rate) % 2


def test_what_a_run_drives_says_what_there_is_to_look_at():
    assert kind_of(TRACE, "field") is Kind.LOOP
    assert (kind_of(NOISE, None), kind_of(TRACE, None)) == (Kind.SPECTRUM, Kind.TELEGRAPH)
    assert kind_of(TRACE, "gate") is None
    assert kind_of({"columns": {"a": "V"}}, None) is None
    assert kind_of({**TRACE, "circuit": {"sources": {}}}, None) is None
    assert kind_of({"parameters": {"nplc": {"value": 1.0}}}, None) is None


def test_white_noise_has_the_density_of_its_scatter():
    rng = np.random.default_rng(1)
    made = points(5e-4 * (1 + 1e-4 * rng.normal(size=4096)), scatter=5e-8)
    found = closer_look(Kind.SPECTRUM, made, NOISE, None, None)
    assert found.readings == 4096
    # 2 sigma^2 dt, the mean of some 2000 estimates.
    assert np.mean(found.spectrum.density) == pytest.approx(2 * 1e-8 * 0.003, rel=0.1)


def test_a_run_that_has_ended_is_looked_at_whole_however_long_that_takes(monkeypatch, tmp_path):
    monkeypatch.setattr("smtjlab.gui.models.closer_look.SHARE", -1.0)  # no time is left to look
    looks = CloserLooks(SimpleNamespace(meta=NOISE, file=tmp_path.joinpath), None)
    made = points(5e-4 * (1 + 1e-4 * np.random.default_rng(1).normal(size=512)), scatter=5e-8)
    assert looks.look(made) is None
    assert looks.look(made, ended=True).readings == 512
    assert looks.look(made).readings == 512


def test_two_levels_are_seen_with_the_dwells_that_were_made():
    rng = np.random.default_rng(2)
    level = hopping(rng, 3000, 0.03)
    value = 5e-4 + 2e-6 * level + 1e-7 * rng.normal(size=3000)
    found = closer_look(Kind.TELEGRAPH, points(value, scatter=1e-7), TRACE, None, None)
    assert np.array_equal(found.telegraph.high > 0.5, level == 1)
    for one in (found.low, found.high):  # some 45 dwells each: four standard deviations
        assert one.mean == pytest.approx(0.1, rel=0.6)
        assert one.expected.sum() == pytest.approx(one.counts.sum(), rel=0.15)


def test_only_whole_dwells_are_counted():
    high = np.array([1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0])
    found = dwells(np.arange(11.0), high, 1.0, of_high=False)
    assert found.counts.sum() == 2
    assert found.edges[-1] == 3


def test_a_loop_switches_between_two_readings_on_each_way():
    there = np.linspace(-0.1, 0.1, 41)
    field = np.concatenate([there[::-1], there])
    high = np.concatenate([there[::-1] > -0.042, there > 0.037])
    rng = np.random.default_rng(3)
    value = np.where(high, 5e-4, 3e-4) + 1e-8 * rng.normal(size=82)
    made = points(value, scatter=1e-8, field=field, branch=np.repeat([0.0, 1.0], 41))
    first, second = closer_look(Kind.LOOP, made, {}, "field", None).switching
    assert first.between == pytest.approx((-0.04, -0.045))
    assert second.between == pytest.approx((0.035, 0.04))
    assert (first.falls, second.falls) == (True, False)


def test_too_few_readings_are_told_and_not_raised():
    found = closer_look(Kind.LOOP, points(np.full(3, 5e-4), scatter=1e-8), {}, "field", None)
    assert found.reason.startswith("A field loop needs at least")


def test_chi_square_is_told_over_its_degrees_of_freedom_and_of_how_many_readings():
    verdict = {"chi_square": 123.0, "dof": 82, "agrees": False, "readings": 82, "sentence": "differs"}
    assert chi_square_told(verdict, 82).text == "χ²/ν = 1.5, ν = 82"
    assert chi_square_told(verdict, 90).text.endswith("of the first 82")
    assert chi_square_told(verdict, 82).differs
    assert chi_square_told(None, 4).text == chi_square_told({"chi_square": 0.0, "dof": 0}, 4).text == ""
