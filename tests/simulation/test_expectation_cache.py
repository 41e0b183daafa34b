import dataclasses
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.simulation import expectation_cache
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.expectation_cache import ExpectationCache, content_key
from smtjlab.simulation.junction import GateSign, Junction
from smtjlab.simulation.models import Model

ARRAYS = {"conductance": np.linspace(0, 1, 7).reshape(1, 7), "gate": np.arange(7.0)}
INPUTS = {
    "junctions": (Junction.preset("fig5"),),
    "model": Model.SLLG,
    "gate": np.array([0.1, 0.3]),
    "replicas": 16,
    "seed": 1,
    "average": 5e-9,
    "burn_in": None,
    "well": "global",
    "bias": 0.0,
    "field": 0.0,
    "step": None,
}
numbers = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(max_size=3), st.booleans())
values = st.recursive(
    numbers,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def cache(tmp_path):
    return ExpectationCache(tmp_path)


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_what_was_kept_comes_back_bit_for_bit_and_is_computed_once(cache):
    calls = []
    for _ in range(2):
        assert same(cache.recall("ab", lambda: calls.append(1) or ARRAYS), ARRAYS)
    assert len(calls) == 1
    assert ExpectationCache(cache.folder).get("ab")["conductance"].dtype == np.float64


@given(name=st.sampled_from(sorted(INPUTS)), other=values)
def test_changing_any_argument_changes_the_key(name, other):
    if type(other) is not type(INPUTS[name]) or not np.array_equal(other, INPUTS[name]):
        assert content_key("curves", **(INPUTS | {name: other})) != content_key("curves", **INPUTS)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Junction)])
def test_changing_any_field_of_a_junction_changes_the_key(field):
    fig5 = Junction.preset("fig5")
    others = dict.fromkeys(("hard_layer_angle", "transverse_field", "piezo_hysteresis", "piezo_creep"), 1e-9)
    others |= {"gate_sign": -1, "stress_axis": "major", "demagnetization": "osborn"}
    others |= {"stress_per_volt": 1e8, "bias_half_tmr": 0.4, "hooge_parameter": 1e-21}
    if field not in others:
        others[field] = np.nextafter(getattr(fig5, field), 0.0)
    changed = fig5.changed(**{field: others[field]})
    assert content_key("curves", junction=changed) != content_key("curves", junction=fig5)


@given(values, values)
def test_different_values_have_different_keys_and_equal_ones_the_same(one, other):
    same_value = repr(one) == repr(other)
    if same_value or one != other or type(one) is not type(other):
        assert (content_key("x", value=one) == content_key("x", value=other)) == same_value


def test_arrays_count_with_type_and_shape():
    flat = np.arange(4.0)
    keys = {content_key("x", a=a) for a in (flat, flat.reshape(2, 2), flat.astype(np.float32), flat.view(np.int64))}
    assert len(keys) == 4
    assert content_key("x", a=flat.reshape(2, 2).T.T) in keys


def test_what_a_junction_remembers_of_itself_does_not_count():
    asked, fresh = Junction.preset("fig5"), Junction.preset("fig5")
    before = content_key("x", junction=asked)
    assert asked.demagnetization_factors
    assert content_key("x", junction=asked) == before == content_key("x", junction=fresh)


def test_another_physics_has_other_keys(monkeypatch):
    before = content_key("x", value=1)
    monkeypatch.setattr(expectation_cache, "physics_digest", lambda: "another")
    assert content_key("x", value=1) != before


def test_enums_are_not_their_values():
    assert content_key("x", v=GateSign.POSITIVE) != content_key("x", v=1)
    assert content_key("x", v=Model.SLLG) != content_key("x", v="sllg")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_torn_or_altered_entry_is_computed_again(cache, data):
    cache.put("ab", ARRAYS)
    path = cache.folder / "ab.npz"
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[at:]
    else:
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert cache.get("ab") is None
    assert same(cache.recall("ab", lambda: ARRAYS), ARRAYS)
    assert same(cache.get("ab"), ARRAYS)


def test_an_entry_under_another_name_is_none(cache):
    cache.put("ab", ARRAYS)
    os.rename(cache.folder / "ab.npz", cache.folder / "cd.npz")
    assert cache.get("cd") is None


def test_writers_at_once_leave_whole_entries_and_nothing_else(cache):
    start = threading.Barrier(8)

    def write(number):
        start.wait()
        cache.put(f"{number % 2:02}", {"a": np.full(1000, number % 2)})
        return cache.get(f"{number % 2:02}")["a"][0] == number % 2

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(write, range(8)))
    assert sorted(path.name for path in cache.folder.iterdir()) == ["00.npz", "01.npz"]


def test_the_longest_unused_make_room(tmp_path):
    cache = ExpectationCache(tmp_path, limit=3 * 9000)
    for number in range(3):
        cache.put(f"{number:02}", {"a": np.zeros(1000)})
        os.utime(tmp_path / f"{number:02}.npz", (number, number))
    cache.get("00")
    cache.put("03", {"a": np.zeros(1000)})
    assert [cache.get(f"{number:02}") is not None for number in range(4)] == [True, False, True, True]
    assert cache.size <= cache.limit
    cache.clear()
    assert cache.size == 0


def test_the_folder_is_the_one_asked_for_or_the_users(tmp_path, monkeypatch):
    monkeypatch.delenv("SMTJLAB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert ExpectationCache().folder == tmp_path / "xdg" / "smtjlab"
    monkeypatch.setenv("SMTJLAB_CACHE", str(tmp_path / "mine"))
    assert ExpectationCache().folder == tmp_path / "mine"
    assert ExpectationCache(tmp_path / "given").folder == tmp_path / "given"


def test_a_folder_that_cannot_be_written_costs_no_result(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.warns(UserWarning, match="The cache must be writable, but is not"):
        assert same(ExpectationCache(tmp_path / "file").recall("ab", lambda: ARRAYS), ARRAYS)


def test_impossible_questions_are_refused(tmp_path):
    with pytest.raises(ModelError, match="must be plain data, but is object"):
        content_key("x", value=object())
    with pytest.raises(ModelError, match="`limit` must be at least 0 bytes, but is -1"):
        ExpectationCache(tmp_path, limit=-1)
