"""A chuck that a person sends to a device: what is refused before anything moves, and what is read back afterwards."""

from pathlib import Path

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import Interrupted, LimitError, UnsafeError
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.safe_state import SafetyReport
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.station import Station
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.needles import TOUCHED
from smtjlab.procedures.wafer.outcome import COLUMNS
from smtjlab.procedures.wafer.travel import Chuck, foresee, go, travel_to
from smtjlab.procedures.wafer.wafer_walk import WAFER

from .left_on import leave_on

IDENTITIES = {"prober": "SENTIO"}


@pytest.fixture
def file(station):
    return f"{station / 'bench.toml'}@smtj"


@pytest.fixture
def bench(file):
    with open_bench(file) as opened:
        yield opened


@pytest.fixture
def make(station, tmp_path):
    """Write a wafer run with these events."""

    def make(*events, state="stopped", columns=COLUMNS):
        folder = tmp_path / "2026-11-27-0123abcd"
        folder.mkdir()
        (folder / WAFER).write_text((station / "wafer.toml").read_text(encoding="utf-8"), encoding="utf-8")
        facts = {"id": "0123abcd", "created": "2026-11-27T10:00:00.000+00:00", "columns": columns}
        facts |= {"procedure_name": "wafer-walk", "planned": 6, "engine": this_process(), "identities": IDENTITIES}
        with Journal.create(folder / JOURNAL, facts) as journal:
            for since in events:
                journal.note(TOUCHED, column=1, row=0, site="j2", since_cleaning=since)
            journal.note("state", state=state)
        return Run(folder)

    return make


def test_the_chuck_goes_to_a_device_and_is_read_back_with_the_needles_up(bench, file, make):
    travel = travel_to(run := make(), "1,0/j2", Bench.load(file), contact=False)
    assert travel.place == pytest.approx((11e-3, 0.0))
    before = foresee(bench, travel)
    reached = go(bench, travel, pytest.fail)
    assert (before.on, before.distance) == ((), pytest.approx(11e-3))
    assert (reached.x, reached.y, reached.needles) == (pytest.approx(11e-3), pytest.approx(0.0), "up")
    assert [event.kind for event in run.events()] == ["state"]


def test_to_look_ahead_moves_nothing(bench, file, make):
    prober = bench.drivers["prober"]
    prober.configure(bench.bench.limits["prober"])
    prober.contact()
    outlook = foresee(bench, travel_to(make(), "1,0", Bench.load(file), contact=True))
    assert outlook.before == Chuck(0.0, 0.0, "down")
    assert prober.is_in_contact()


def test_what_is_on_goes_off_before_the_needles_are_lifted(bench, file, make, monkeypatch):
    leave_on(bench)
    told, order, lower = [], [], bench.drivers["prober"]._lower
    monkeypatch.setattr(
        bench.drivers["prober"],
        "_lower",
        lambda: (order.append([bench.drivers[name].output_is_on() for name in ("junction", "gate")]), lower()),
    )
    go(bench, travel_to(make(), "1,0", Bench.load(file), contact=False), told.append)
    assert order[0] == [False, False]
    assert "`gate`" in told[0]


def test_nothing_moves_where_a_source_does_not_go_off(bench, file, make, monkeypatch):
    leave_on(bench)
    travel = travel_to(make(), "1,0", Bench.load(file), contact=True)
    with monkeypatch.context() as patch:
        patch.setattr(bench, "make_safe", lambda: SafetyReport(safe=False))
        with pytest.raises(UnsafeError, match="must not move while an output is on"):
            go(bench, travel, pytest.fail)
    assert bench.drivers["prober"].is_in_contact()
    assert bench.drivers["prober"].position() == pytest.approx((0, 0))
    bench.make_safe()


@pytest.mark.parametrize(("asked", "place"), [(1, 0.0), (2, 11e-3)], ids=["before it travels", "on its way"])
def test_a_bench_made_safe_meanwhile_keeps_the_chuck_and_the_needles_where_they_are(bench, file, make, asked, place):
    station, times = Station(Path(file).parent), iter(range(1, 9))
    may_move = station.until_called()

    def made_safe_at_the_last_moment():
        if next(times) == asked:
            station.call_for_safety()
        may_move()

    travel = travel_to(run := make(), "1,0/j2", Bench.load(file), contact=True)
    with pytest.raises(Interrupted, match="Nothing must move on a bench that was made safe meanwhile"):
        go(bench, travel, pytest.fail, made_safe_at_the_last_moment)
    assert bench.drivers["prober"].position() == pytest.approx((place, 0))
    assert str(bench.drivers["prober"].needles()) == "up"
    assert [event.kind for event in run.events()] == ["state"]
    station.until_called()()


def test_a_touch_by_hand_stands_in_the_journal_of_the_wafer_and_counts(bench, file, make):
    run = make(3, 4)
    reached = go(bench, travel_to(run, "1,0/j2", Bench.load(file), contact=True), pytest.fail)
    last = run.events()[-1].payload
    assert reached.needles == "down"
    assert (last["site"], last["since_cleaning"], last["by"]) == ("j2", 5, "hand")
    assert last["x"] == pytest.approx(11e-3)
    assert travel_to(run, "1,0/j2", Bench.load(file), contact=False).touched == 3


def test_a_place_out_of_travel_and_worn_pads_are_refused_from_the_files(file, make):
    there, run = Bench.load(file), make(*range(1, 7))
    with pytest.raises(LimitError, match=r"at most 6 times on the same pads, but was asked once more \(1,0/j2\)"):
        travel_to(run, "1,0/j2", there, contact=True)
    assert travel_to(run, "1,0/j2", there, contact=False).touched == 6
    object.__setattr__(there.limits["prober"], "travel", 5e-3)
    with pytest.raises(LimitError, match=r"within 5 mm of home, but was asked to go to 11 mm, 0 mm \(1,0/j2\)"):
        travel_to(run, "1,0/j2", there, contact=False)


def test_needles_that_must_be_cleaned_touch_nothing(bench, file, make):
    travel = travel_to(make(1000), "0,0/j1", Bench.load(file), contact=True)
    with pytest.raises(LimitError, match="must be cleaned after 1000 touchdowns"):
        go(bench, travel, pytest.fail)
    assert bench.drivers["prober"].position() == pytest.approx((0, 0))


@pytest.mark.parametrize(
    ("word", "bench", "state", "sentence"),
    [
        ("9,9", "", "stopped", "A device must be one of wafer 'W1', such as -1,-1/j1, or one of its dies, but '9,9'"),
        ("0,0", "virtual", "stopped", "on a bench with one prober, but 'virtual bench' has none"),
        ("0,0", "", "running", "must not be measured while its chuck is sent away, but run 0123abcd goes on"),
    ],
)
def test_what_cannot_be_is_one_sentence(file, make, word, bench, state, sentence):
    with pytest.raises(ProcedureMistake, match=sentence):
        travel_to(make(state=state), word, Bench.load(bench or file), contact=False)
