import dataclasses
import threading
import time

import numpy as np
import pytest

from smtjlab.simulation import transfer_curves as room
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import Cancelled, ModelError
from smtjlab.simulation.expectation_cache import ExpectationCache
from smtjlab.simulation.predict import predict
from smtjlab.simulation.transfer_curves import transfer_curves

GATES = np.array([0.2, 0.26, 0.265, 0.3])
MODELS = ("static", "boltzmann", "sllg")


def wafer(junction, n):
    """Junctions that differ in everything a wafer's do."""
    parts = {"thickness": 2e-11, "dipole_field": 2e3, "transverse_field": 50.0, "resistance_parallel": 20.0}
    return Belief(junction, parts).draw(n, 1)


def same(one, other):
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one)
    )


@pytest.mark.parametrize("model", MODELS)
def test_threads_and_clusters_give_the_same_bits(model, soft, client, monkeypatch):
    monkeypatch.setattr(room, "_LANES", 8)  # Many small tiles and chunks, for tests of a moment.
    monkeypatch.setattr("smtjlab.simulation.scheduler.CHUNK_SECONDS", 1e-3)
    junctions = wafer(soft, 40)
    ways = [{"threads": 1}, {"threads": 3}, {"scheduler": client}]
    one, *others = (
        transfer_curves(junctions, GATES, model=model, replicas=3, seed=5, average=1e-10, burn_in=1e-10, **way)
        for way in ways
    )
    assert all(same(one, other) for other in others)


def test_threads_within_a_tile_give_the_same_bits(soft):
    one, two = (
        transfer_curves([soft], GATES, model="sllg", replicas=600, average=1e-10, burn_in=1e-10, threads=threads)
        for threads in (1, 2)
    )
    assert same(one, two)


def test_a_trajectory_depends_on_its_number_not_on_its_company(soft):
    # With the times given, nothing else is shared: twice the junctions, the same first ones.
    junctions = wafer(soft, 6)
    times = {"average": 1e-10, "burn_in": 1e-10, "step": 0.5e-12}
    few, many = (transfer_curves(junctions[:n], GATES, model="sllg", replicas=4, **times) for n in (3, 6))
    assert np.array_equal(many.conductance[:3], few.conductance)
    assert not np.array_equal(many.conductance[3:], few.conductance)


def test_replicas_in_several_tiles_are_replicas_of_one_junction(soft, monkeypatch):
    times = {"model": "sllg", "replicas": 50, "average": 1e-10, "burn_in": 1e-10}
    whole = transfer_curves([soft, soft], GATES, **times)
    monkeypatch.setattr(room, "_LANES", 16)
    parts = transfer_curves([soft, soft], GATES, **times)
    for name in ("conductance", "m_x", "spread", "standard_error"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-7)


@pytest.mark.parametrize("model", ["static", "boltzmann"])
def test_each_curve_is_that_of_its_junction_alone(model, fig5, shaped):
    junctions = [*wafer(fig5, 70), shaped]
    curves = transfer_curves(junctions, GATES, model=model, bias=0.05, field=500.0)
    for k in (0, 33, 69, 70):
        alone = predict(junctions[k], model, GATES, bias=0.05, field=500.0)
        assert np.array_equal(curves.conductance[k], alone.conductance)
    assert curves.standard_error is None
    assert (curves.burn_in == 0).all()


@pytest.mark.parametrize("name", ["fig5", "soft", "restless"])
@pytest.mark.parametrize("order", [1, -1])
def test_warm_curves_are_those_of_boltzmann_in_either_direction(name, order, request):
    # 26 gates of two junctions each time, 312 in all, each beyond 4.5 standard errors once in 150 000: a false alarm
    # in 470 seeds. The spread of 128 replicas over some correlation times is right to 5 %.
    junction = request.getfixturevalue(name)
    gates = junction.threshold_voltage * np.linspace(0.95, 1.07, 26)[::order]
    both = [junction, junction.changed(hard_layer_angle=0.03, damping=0.05)]
    found = transfer_curves(both, gates, model="sllg", replicas=128, seed=2, average=1e-9)
    exact = transfer_curves(both, gates)
    assert np.abs((found.conductance - exact.conductance) / found.standard_error).max() < 4.5
    assert np.abs(found.m_x - exact.m_x).max() < 0.05
    assert np.median(found.spread / exact.spread) == pytest.approx(1, abs=0.05)


def test_times_grow_where_motion_slows_down(fig5):
    gates = fig5.threshold_voltage * np.array([0.8, 0.9, 1.0, 1.3, 1.5])
    found = transfer_curves([fig5], gates, model="sllg", replicas=2)
    assert found.burn_in[2] > 4e-9
    assert found.average[2] > 20e-9
    assert (found.burn_in[[0, 1, 3, 4]] < 2e-9).all()
    assert (found.average[[0, 1, 3, 4]] < 4e-9).all()


def test_one_replica_has_a_spread_but_no_standard_error(soft):
    found = transfer_curves([soft], [0.3], model="sllg", seed=1, average=50e-9)
    assert found.standard_error is None
    # 20 000 correlated samples over some 1000 correlation times: right to 3 %.
    assert found.spread[0, 0] == pytest.approx(transfer_curves([soft], [0.3]).spread[0, 0], rel=0.15)


def test_a_wafer_of_ten_thousand_junctions_takes_one_call(fig5):
    junctions = [fig5.changed(dipole_field=fig5.dipole_field * (1 + 0.02 * np.sin(k))) for k in range(10_000)]
    begin = time.process_time()
    curves = transfer_curves(junctions, [0.28])
    # 0.6 s on an idle core; the bound only catches a wrong order of magnitude.
    assert time.process_time() - begin < 10
    assert curves.conductance.shape == curves.spread.shape == (10_000, 1)
    assert curves.conductance.std() > curves.spread.mean()


def test_a_second_equal_call_is_read_from_the_cache(soft, tmp_path, monkeypatch):
    asked = {"model": "sllg", "replicas": 4, "average": 1e-10, "cache": ExpectationCache(tmp_path)}
    first = transfer_curves([soft], GATES, **asked)
    monkeypatch.setattr(room, "gathered", None)
    assert same(transfer_curves([soft], GATES, **asked, threads=2), first)
    for other in ({"seed": 1}, {"replicas": 5}, {"bias": 0.1}, {"burn_in": 1e-9}, {"well": 1}):
        with pytest.raises(TypeError, match="not callable"):
            transfer_curves([soft], GATES, **(asked | other))


def seconds_to_end(junction):
    """Return the time from `cancel` to Cancelled, in what would take minutes."""
    moments, cancel = [], threading.Event()
    threading.Timer(0.1, lambda: (moments.append(time.monotonic()), cancel.set())).start()
    with pytest.raises(Cancelled, match="was cancelled"):
        transfer_curves([junction] * 8, GATES, model="sllg", replicas=1024, average=1e-6, cancel=cancel)
    return time.monotonic() - moments[0]


def test_cancelling_ends_at_once_and_progress_reaches_one(fig5):
    told = []
    transfer_curves([fig5], GATES, progress=told.append)
    assert told[-1] == 1
    # 10 ms on an idle machine; a busy one may be late now and then.
    assert min(seconds_to_end(fig5) for _ in range(3)) < 0.25


def test_impossible_questions_are_refused(fig5):
    for wrong, message in [
        ({"model": "paper_tangent"}, "`model` must be `static`, `boltzmann` or `sllg`, but is `paper_tangent`"),
        ({"replicas": 0}, "`replicas` must be at least 1, but is 0"),
        ({"average": 0.0}, "`average` must be a time above 0 s, but is 0.0 s"),
        ({"burn_in": -1.0}, "`burn_in` must be a time of at least 0 s, but is -1.0 s"),
        ({"replicas": 1.5}, "`replicas` must be a whole number of at least 1, but is 1.5"),
        ({"seed": 1.5}, "`seed` must be a whole number of at least 0, but is 1.5"),
        ({"seed": -1}, "`seed` must be at least 0, but is -1"),
        ({"field": np.nan}, "`field` must be finite, but is nan A/m"),
        ({"bias": "a"}, "`bias` must be a finite number in V, but is 'a'"),
        ({"well": 2}, "`well` must be `global`, 1 or -1, but is 2"),
        ({"model": "sllg", "step": 1e-9}, "`step` must be above 0 and at most"),
        ({"threads": 0}, "`threads` must be at least 1, but is 0"),
    ]:
        with pytest.raises(ModelError, match=message):
            transfer_curves([fig5], GATES, **wrong)
    with pytest.raises(ModelError, match="`gate` must be one or more finite voltages"):
        transfer_curves([fig5], [])
    with pytest.raises(ModelError, match="`gate` must be one or more finite voltages, but is 'a'"):
        transfer_curves([fig5], "a")
    with pytest.raises(ModelError, match="`junctions` must be junctions, but one of them is 3"):
        transfer_curves([3], GATES)
    with pytest.raises(ModelError, match="`junctions` must be one or more, but none was given"):
        transfer_curves([], GATES)
