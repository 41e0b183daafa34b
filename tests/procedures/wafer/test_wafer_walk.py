"""A wafer through the real engine: each site measured once, sorted as its hidden truth says, needles up at the end."""

import os
import re
import signal

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.session import Session
from smtjlab.instruments.virtual.launch import ensure_served
from smtjlab.instruments.virtual.truth import read_truth
from smtjlab.instruments.virtual.wafer_truth import Defect
from smtjlab.instruments.wafer import Site
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.start import measure, resume, submit
from smtjlab.procedures.status import State
from smtjlab.procedures.wafer.outcome import Outcome, SiteState
from smtjlab.procedures.wafer.wafer_walk import WaferWalk
from smtjlab.simulation.toml_file import TomlFile

MODEL = {"junction": "fig5-die", "model": "boltzmann"}
SITES = [Site(*die, name) for die in ((0, 0), (1, 0), (0, 1)) for name in ("j1", "j2")]
BINS = {Defect.OPEN: "open", Defect.SHORT: "short", Defect.STUCK: "rest", Defect.BROKEN_BARRIER: "short", None: "good"}


def walk(station, **changes):
    files = {"wafer": str(station / "wafer.toml"), "recipe": str(station / "recipe.toml")}
    return WaferWalk(**files | changes)


def outcomes(run):
    return [Outcome.of(row.values) for row in run.rows()]


@pytest.fixture(scope="module")
def measured(station):
    return measure(walk(station), bench=str(station / "bench.toml"), out=station / "runs")


def truths(station):
    bench = Bench.load(station / "bench.toml")
    file = TomlFile.parse(bench.text, bench.path)
    found = read_truth(file, bench.virtual.seed, bench.devices, bench.magnets).wafer
    return {site: found.at(site) for site in SITES}


def test_every_site_is_visited_once_in_its_order(measured):
    assert measured.status is State.DONE
    assert [one.site for one in outcomes(measured)] == SITES
    assert measured.points_planned == measured.points_taken == 6


def test_devices_are_sorted_as_their_truth_says(station, measured):
    real = truths(station)
    assert {one.site: one.bin_name for one in outcomes(measured)} == {site: BINS[real[site].defect] for site in SITES}
    assert {real[site].defect for site in SITES} > {None}, "the station must have a defect among these devices"


def test_what_is_sorted_out_is_measured_no_further(measured):
    for one in outcomes(measured):
        assert len(one.runs) == (1 if one.bin_name in ("open", "short") else 2)
        assert one.figures["touchdowns"] == 1
        assert one.state is SiteState.DONE


def test_figures_are_those_of_the_hidden_device(station, measured):
    """Two leads of 1 ohm and two contacts of 0.5 ohm are read along; the rest is within 1 %."""
    real = truths(station)
    for one in outcomes(measured):
        if one.bin_name == "good":
            ohm = real[one.site].junction.resistance_antiparallel + 3
            assert one.figures["resistance"] == pytest.approx(ohm, rel=0.01)


def test_each_run_of_a_site_is_a_run_like_any_other(measured):
    first = outcomes(measured)[0]
    for name in first.runs:
        run = Run(measured.folder / name)
        assert run.status is State.DONE
        assert run.meta["site"] == str(first.site)
        assert run.points_taken == run.points_planned
        assert [event for event in run.events() if event.kind == "safety"][-1].payload["safe"]
        assert (run.folder / "bench.toml").read_text() == (measured.folder / "bench.toml").read_text()


def test_the_model_is_fitted_beside_every_device_that_is_whole(station, measured):
    """Thresholds of good devices are found within four of their standard uncertainties (false alarm 4e-4 for six)."""
    real = truths(station)
    records = measured.expectation_journal.records()
    assert len(records) == 6
    for one, record in zip(outcomes(measured), records, strict=True):
        found = record.payload["fit"]
        if one.bin_name == "good":
            off = found["values"]["threshold"] - real[one.site].junction.threshold_voltage
            assert abs(off) < 4 * found["uncertainties"]["threshold"]
            assert abs(found["misfit"]) < 4


def test_needles_are_lifted_last_of_all(measured):
    findings = [event for event in measured.events() if event.kind == "safety"][-1].payload["findings"]
    assert [one["instrument"] for one in findings][-1] == "prober"
    lifted = [k for k, one in enumerate(findings) if one["text"] == "Needles lifted."]
    assert lifted[0] > max(k for k, one in enumerate(findings) if "Output switched off" in one["text"])


def test_a_killed_wafer_goes_on_at_the_next_site(station, wait_until):
    started = submit(walk(station), bench=str(station / "bench.toml"), out=station / "runs", **MODEL)
    wait_until(lambda: started.run.points_taken >= 2)
    os.kill(started.run.meta["engine"]["pid"], signal.SIGKILL)
    started.client.close()
    wait_until(lambda: started.run.status is State.INTERRUPTED)
    before = outcomes(started.run)
    with Journal(started.run.folder / JOURNAL) as journal:
        journal.note("wish", wish="skip", sites=["0,1/j2"])
    again = resume(started.run)
    assert again.status is State.DONE
    assert [one.site for one in outcomes(again)] == SITES[:5]
    assert outcomes(again)[: len(before)] == before
    runs = [name for one in outcomes(again) for name in one.runs]
    assert len(runs) == len(set(runs))


def test_packaged_names_and_files_are_found_from_anywhere(station, monkeypatch):
    monkeypatch.chdir(station)
    assert WaferWalk().wafer.endswith("benches/wafers/200mm.toml")
    assert WaferWalk(wafer="wafer.toml", recipe="recipe.toml") == walk(station)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"wafer": "/nowhere/wafer.toml"}, "must be a readable TOML file"),
        ({"recipe": "{bad}"}, "'A/j9' matches none"),
        ({"recipe": "{high}"}, r"Step 'curve' at 'mtj' cannot be: .*must stay within"),
    ],
)
def test_what_cannot_be_measured_is_told_before_anything_moves(station, tmp_path, change, sentence):
    text = (station / "recipe.toml").read_text()
    for name, new in (("bad", text.replace('if = "tmr > 1 %"', 'on = ["A/j9"]')), ("high", text.replace("0.5,", "5,"))):
        (tmp_path / f"{name}.toml").write_text(new)
    change = {
        key: value.format(bad=tmp_path / "bad.toml", high=tmp_path / "high.toml") for key, value in change.items()
    }
    with pytest.raises(ValueError, match=sentence):
        submit(walk(station, **change), bench=str(station / "bench.toml"), out=tmp_path / "runs", **MODEL)
    assert not list((tmp_path / "runs").glob("2*"))


def test_a_bench_without_a_prober_is_refused(station, tmp_path):
    with pytest.raises(ProcedureMistake, match=r"on a bench with one prober, but '.*' has none"):
        submit(walk(station), bench="two_axis", out=tmp_path / "runs", **MODEL)


def test_a_pause_holds_between_two_sites_with_needles_up_and_outputs_off(station, wait_until):
    started = submit(walk(station), bench=str(station / "bench.toml"), out=station / "runs", **MODEL)
    with started:
        wait_until(lambda: started.run.points_taken >= 1)
        started.client.ask("pause")
        wait_until(lambda: started.run.status is State.PAUSED)
        held = started.run.points_taken
        assert held < len(SITES)
        for folder in (started.run.folder / "sites").glob("*/*/2*"):
            assert Run(folder).status is State.DONE, "no run of a site is held half-way"
        served = ensure_served(station / "bench.toml", started.station.folder)
        assert re.search(r"^0,0,-2\d\d", told(served, "prober", "get_chuck_z Contact"))
        assert [told(served, name, ":OUTP?") for name in ("gate", "junction")] == ["0", "0"]
        assert started.run.points_taken == held
        started.client.ask("resume")
        wait_until(lambda: started.run.status is State.DONE)
    assert [one.site for one in outcomes(started.run)] == SITES


def told(served, name, question):
    """Return what an instrument answers on a line beside that of the engine."""
    with Session("@py", served.addresses[name], name=name) as session:
        return session.query(question)
