import json
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.expectation import Expectation, expect, mixture_quantiles
from smtjlab.simulation.replicas import Replicas, Response
from smtjlab.simulation.stimulus import Stimulus


def response(reference, thermal=0.0, slope=0.0, deviation=0.0, error=0.0):
    reference = np.atleast_1d(np.asarray(reference, dtype=float))
    ones = np.ones_like(reference)
    return Response(reference + deviation, reference, thermal * ones, slope * ones, 0.3 * ones, error)


def test_one_replica_gives_a_normal_band():
    found = expect(response(1.0, thermal=0.03), independent=0.04, common={}, gate={})
    assert found.median == pytest.approx(1.0)
    assert (found.low68, found.high68) == pytest.approx((0.95, 1.05), rel=1e-9)
    assert (found.low95, found.high95) == pytest.approx((1 - 1.959964 * 0.05, 1 + 1.959964 * 0.05), rel=1e-7)


def test_every_part_is_told_apart_and_all_are_in_the_band():
    found = expect(
        response(1.0, thermal=0.1, slope=2.0, error=0.2),
        independent=0.3,
        common={"gain": -0.4},
        gate={"g": 0.25},
        flicker=0.6,
    )
    assert found.parts == pytest.approx(
        {
            "parameters": 0,
            "thermal": 0.1,
            "model": 0.2,
            "instrument": np.sqrt(0.09 + 0.16 + 0.25),
            "flicker": 0.6,
            "read_back": 0,
        }
    )
    assert found.high68 - found.median == pytest.approx(np.sqrt(0.01 + 0.04 + 0.5 + 0.36))


def test_what_scatters_as_it_is_read_back_moves_the_band_by_the_slope():
    along = replace(response(1.0, slope=2.0), field_slope=3 * VACUUM_PERMEABILITY, transverse_field_slope=0.0)
    noisy = {"gate": 0.2, "field": 0.1, "transverse_field": 9.0, "temperature": 9.0}
    found = expect(along, independent=0.0, common={}, gate={}, read_back=noisy)
    assert found.parts["read_back"] == pytest.approx(0.5)
    assert found.high68 - found.median == pytest.approx(0.5)


def test_trajectories_move_the_band_by_their_common_deviation():
    assert expect(response([1.0, 2.0, 3.0], deviation=0.5), independent=0, common={}, gate={}).median == 2.5


def test_uncertain_parameters_widen_the_band_beyond_the_instrument():
    die = Belief.load("fig5-die")
    reading = [Stimulus(duration=0.02, gate=0.3, read=True)]
    sure, unsure = (
        expect(
            Replicas(belief.draw(256, 1), model="boltzmann", seed=1).respond(reading),
            independent=1e-8,
            common={"gain": 1e-7},
            gate={},
        )
        for belief in (Belief(die.junction), die)
    )
    assert sure.parts["parameters"] == pytest.approx(0, abs=1e-15)
    # Mostly R_P and R_AP at 3 %; 256 draws give a standard deviation to 4.4 %.
    assert unsure.parts["parameters"] == pytest.approx(1.6e-5, rel=0.2)
    assert unsure.high68 - unsure.low68 == pytest.approx(2 * unsure.parts["parameters"], rel=0.25)
    assert sure.high68 - sure.low68 == pytest.approx(2 * sure.parts["instrument"], rel=0.02)


def test_the_band_of_the_papers_junction_is_not_the_nanosecond_spread(fig5):
    found = expect(
        Replicas([fig5] * 256, model="sllg", seed=1).respond([Stimulus(duration=0.02, gate=0.3, read=True)]),
        independent=0,
        common={},
        gate={},
    )
    assert found.high68 - found.low68 < 0.1e-6


def test_a_certain_mixture_has_the_quantiles_of_its_members():
    assert mixture_quantiles(np.arange(5.0), np.zeros(5), (0.5, 0.25)) == [2.0, 1.0]


def test_json_gives_the_same_expectation_back():
    found = expect(response([1.0, 2.0], thermal=0.1), independent=0.1, common={}, gate={})
    assert Expectation.from_dict(json.loads(json.dumps(found.to_dict()))) == found
