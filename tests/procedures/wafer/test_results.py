"""Results of a lab in one database: what is indexed, by how many at once, and whose the schema is."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from smtjlab.instruments.wafer import Site
from smtjlab.procedures.errors import JournalFault, ProcedureMistake
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.row import Row
from smtjlab.procedures.run import EXPECTATION, JOURNAL, Run
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState
from smtjlab.procedures.wafer.results import Results, results_url
from smtjlab.procedures.wafer.schema import Base
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER

SITES = [Site(column, 0, name) for column in range(-3, 4) for name in ("a1", "b2")]
POSTGRES = "SMTJLAB_TEST_POSTGRES"
"""URL of a server on which a test may make databases; `.ci/run` starts one."""


def visited(site: Site, tmr: float, good: bool = True) -> Outcome:
    return Outcome(
        site=site,
        die_type="A",
        device="d800",
        state=SiteState.DONE,
        bin=1 if good else 9,
        bin_name="good" if good else "rest",
        good=good,
        runs=(f"sites/{site}/2026-11-27-{abs(hash(site)) % 16**8:08x}",),
        seconds=1.5,
        figures={"tmr": tmr, "resistance_parallel": 2000.0, "threshold": None},
    )


@pytest.fixture
def made(tmp_path: Path):
    """Make a wafer run of some outcomes."""

    def make(run_id: str, outcomes: list[Outcome]) -> Run:
        folder = tmp_path / "runs" / f"2026-11-27-{run_id}"
        folder.mkdir(parents=True)
        facts = {"id": run_id, "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk"}
        facts |= {"planned": 160, "columns": COLUMNS, "engine": this_process(), "bench": "station", "simulated": True}
        for name, source in ((WAFER, wafer_path("200mm")), (RECIPE, recipe_path("quick"))):
            (folder / name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
        with Journal.create(folder / JOURNAL, facts) as journal:
            for number, one in enumerate(outcomes):
                journal.append(number, Row(values=one.values(), time=float(number)).to_dict())
        return Run(folder)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'results.sqlite'}"
        return
    server = os.environ.get(POSTGRES)
    if not server:
        pytest.skip(f"no PostgreSQL server is named by ${POSTGRES}")
    name = f"smtjlab_{os.getpid()}_{abs(hash(tmp_path)) % 10**6}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield str(engine.url.set(database=name).render_as_string(hide_password=False))
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def test_a_wafer_run_is_indexed_once(made, url: str) -> None:
    run = made("aaaaaaaa", [visited(site, 0.1 * k) for k, site in enumerate(SITES)])
    with Results.open(url) as results:
        assert [results.index(run), results.index(run)] == [len(SITES), 0]
        frame = results.table("aaaaaaaa")
        told = results.wafer_runs()
    assert list(frame["tmr"]) == pytest.approx([0.1 * k for k in range(len(SITES))])
    assert list(frame["site"][:2]) == ["a1", "b2"]
    assert frame["x"][0] == pytest.approx(-3 * 7.2e-3 - 2.6e-3)
    assert frame.attrs["units"]["resistance_parallel"] == "ohm"
    assert "threshold" not in frame
    assert told[0]["visits"] == len(SITES)


def test_visits_that_come_later_are_added(made, url: str) -> None:
    run = made("aaaaaaaa", [visited(SITES[0], 0.5)])
    with Results.open(url) as results:
        results.index(run)
        with Journal(run.folder / JOURNAL) as journal:
            journal.append(1, Row(values=visited(SITES[1], 0.6).values(), time=1.0).to_dict())
        assert results.index(run) == 1
        assert list(results.table()["tmr"]) == pytest.approx([0.5, 0.6])


def test_the_last_visit_of_a_site_holds(made, url: str) -> None:
    run = made("aaaaaaaa", [visited(SITES[0], 0.5), visited(SITES[1], 0.6), visited(SITES[0], 0.7, good=False)])
    with Results.open(url) as results:
        results.index(run)
        frame = results.table()
    assert sorted(zip(frame["site"], frame["tmr"], frame["good"], strict=True)) == [
        ("a1", pytest.approx(0.7), False),
        ("b2", pytest.approx(0.6), True),
    ]


def test_a_site_that_has_lost_its_contact_keeps_nothing_of_its_earlier_visit(made, url: str) -> None:
    missed = replace(visited(SITES[0], 0.0), state=SiteState.NO_CONTACT, bin=None, bin_name="", good=False, figures={})
    run = made("aaaaaaaa", [visited(SITES[0], 0.5), missed])
    with Results.open(url) as results:
        results.index(run)
        frame = results.table()
    assert (frame["state"][0], frame["bin_name"][0], bool(frame["good"][0])) == ("no contact", "", False)
    assert frame["bin"].isna().all()
    assert "tmr" not in frame or frame["tmr"].isna().all()


def test_another_drawing_of_the_same_name_is_refused(made, url: str) -> None:
    first, other = (made(name, [visited(SITES[0], 0.5)]) for name in ("aaaaaaaa", "bbbbbbbb"))
    drawing = other.folder / WAFER
    drawing.write_text(drawing.read_text(encoding="utf-8").replace('pitch = ["7.2 mm"', 'pitch = ["8 mm"'))
    with Results.open(url) as results:
        results.index(first)
        with pytest.raises(ProcedureMistake, match=r"must be drawn as it is in the results, but .* draws it otherwise"):
            results.index(other)


def test_a_schema_of_a_later_time_is_told(url: str) -> None:
    with Results.open(url):
        pass
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(JournalFault, match="must have a schema that this smtjlab knows"), Results.open(url):
        pass


def test_two_stations_write_at_once(made, url: str) -> None:
    """Both bring the same wafer, and each a run of its own; nothing is lost, nothing stands twice."""
    runs = [made(name, [visited(site, 0.5) for site in SITES]) for name in ("aaaaaaaa", "bbbbbbbb")]
    problems: list[BaseException] = []

    def station(run: Run) -> None:
        try:
            with Results.open(url) as results:
                results.index(run)
        except BaseException as problem:  # noqa: BLE001 - told by the test, whatever it is
            problems.append(problem)

    threads = [threading.Thread(target=station, args=(run,)) for run in (*runs, *runs)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert problems == []
    with Results.open(url) as results:
        assert len(results.table()) == 2 * len(SITES)
        assert [one["visits"] for one in results.wafer_runs()] == [len(SITES)] * 2


def test_parameters_of_other_sources_stand_beside_the_quick_ones(made, url: str) -> None:
    run = made("aaaaaaaa", [visited(SITES[0], 0.5)])
    found = [{"name": "threshold", "value": 0.27, "uncertainty": 1e-3}, {"name": "tmr", "value": None, "flag": "flat"}]
    with Results.open(url) as results:
        results.index(run)
        results.add_parameters("aaaaaaaa", 0, "fit", found)
        results.add_parameters("aaaaaaaa", 0, "fit", found)
        assert results.table(source="fit")["threshold"][0] == pytest.approx(0.27)
        assert results.table()["tmr"][0] == pytest.approx(0.5)
        with pytest.raises(JournalFault, match="Visit 7 of wafer run aaaaaaaa must be indexed first"):
            results.add_parameters("aaaaaaaa", 7, "fit", found)


def test_what_the_model_found_beside_is_taken_in(made, url: str) -> None:
    run = made("aaaaaaaa", [visited(SITES[0], 0.5), visited(SITES[1], 0.6)])
    fits = [
        {"values": {"tmr": 0.95}, "uncertainties": {"tmr": 0.01}, "misfit": 1.5},
        {"run": "", "reason": "it is open"},
    ]
    with Results.open(url) as results:
        results.index(run)
        facts = {"id": run.id, "model": "boltzmann", "process": this_process()}
        with Journal.create(run.folder / EXPECTATION, facts) as journal:
            for number, one in enumerate(fits):
                journal.append(number, {"fit": one})
                results.index(run)
        fitted, model = results.table(source="fit"), results.table(source="model")
    assert list(fitted["tmr"].dropna()) == [0.95]
    assert model["misfit"].tolist()[0] == 1.5
    assert model["misfit"].isna().tolist() == [False, True]


def test_the_schema_is_that_of_the_migrations(url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with Results.open(url):
        pass
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("url", ["nowhere", "oracle://host/lab", "sqlite:////nowhere/at/all.sqlite"])
def test_a_database_that_is_none_is_told(url: str) -> None:
    with (
        pytest.raises((ProcedureMistake, JournalFault), match=r"Results must be at the URL|cannot be used"),
        Results.open(url),
    ):
        pass


def test_a_shared_database_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMTJLAB_RESULTS", raising=False)
    assert results_url(tmp_path) == f"sqlite:///{tmp_path}/wafers.sqlite"
    monkeypatch.setenv("SMTJLAB_RESULTS", "postgresql+psycopg://lab/results")
    assert results_url(tmp_path) == "postgresql+psycopg://lab/results"
