"""Runs of a site on a bench in this process: what ends a wafer, and what does not."""

import pytest

from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.safe_state import SafetyReport
from smtjlab.instruments.wafer import Site, read_wafer
from smtjlab.procedures.control import Control
from smtjlab.procedures.errors import EngineFault
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.own_loop import Recorder
from smtjlab.procedures.wafer.plans import plans, write_kinds
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.procedures.wafer.site_runs import SiteRuns

SITE = Site(0, 0, "j1")


@pytest.fixture
def bench(station):
    with open_bench(f"{station / 'bench.toml'}@smtj") as opened:
        prober = opened.drivers["prober"]
        prober.configure(opened.bench.limits["prober"])
        prober.go_to(-1e-3, 0.0)
        prober.contact()
        yield opened


@pytest.fixture
def recipe(station):
    return read_recipe(station / "recipe.toml")


@pytest.fixture
def runs(station, bench, recipe, tmp_path):
    wafer = read_wafer(station / "wafer.toml")
    found = plans(recipe, wafer, f"{station / 'bench.toml'}@smtj", model="boltzmann")
    write_kinds(tmp_path, found)
    journal = Journal.create(tmp_path / "journal.sqlite", {"id": "0123abcd"})
    yield SiteRuns(bench, Recorder(journal, bench.clock.now, control=Control(), between=lambda: None), wafer, found)
    journal.close()


def test_a_step_is_a_run_and_the_bench_stays_open(runs, recipe, bench):
    result = runs.carry_out(SITE, recipe.pretest, 1)
    assert result.contact
    assert not bench.closed
    assert runs.finished(SITE, recipe.pretest, frozenset(), 1).run == result.run


def test_a_bench_that_only_new_sessions_could_make_safe_ends_the_wafer_in_clear_words(runs, recipe, bench, monkeypatch):
    garbled = {"instrument": "gate", "action": "verify", "ok": False, "text": "garbled", "read": None}
    monkeypatch.setattr(bench, "make_safe", lambda **_: SafetyReport(safe=False, findings=[garbled]))
    with pytest.raises(EngineFault, match=r"^At 0,0/j1 the sessions .* only new ones could, .*then resume"):
        runs.carry_out(SITE, recipe.pretest, 1)
    assert bench.closed
    assert runs.finished(SITE, recipe.pretest, frozenset(), 1) is not None, "its run is whole, and taken by `resume`"
