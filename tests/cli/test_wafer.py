"""`smtjlab wafer` without an engine: what it checks, foretells, lists and asks for."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from smtjlab.cli.main import execute
from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.lease import lease_names, leases
from smtjlab.instruments.wafer import Site
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.row import Row
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER

RECIPE_OF_TWO = """
name = "two"
[order]
kind = "listed"
dies = [[0, 0], [3, 0]]
[[steps]]
procedure = "transfer-curve"
parameters = { points = 3, direction = "up", dwell = "1 s" }
on = ["A/a1"]
"""


def outcome(site: Site, tmr: float, **more: object) -> Outcome:
    figures = {"tmr": tmr, "resistance_parallel": 2000.0, "touchdowns": 1.0}
    state = {"state": SiteState.DONE, "bin": 1, "bin_name": "good", "good": True} | more
    return Outcome(site=site, die_type="A", device="d800", figures=figures, **state)  # type: ignore[arg-type]


@pytest.fixture
def walked(tmp_path: Path) -> Run:
    """A wafer run of three devices, stopped."""
    return written(tmp_path, "0123abcd")


def written(runs: Path, run_id: str) -> Run:
    folder = runs / f"2026-11-27-{run_id}"
    folder.mkdir()
    facts = {"id": run_id, "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk"}
    facts |= {"planned": 160, "columns": COLUMNS, "engine": this_process(), "bench": "b", "simulated": True}
    for name, source in ((WAFER, wafer_path("200mm")), (RECIPE, recipe_path("quick"))):
        (folder / name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    with Journal.create(folder / JOURNAL, facts) as journal:
        for number, one in enumerate((
            outcome(Site(-3, 10, "a1"), 0.9),
            outcome(Site(-3, 10, "b1"), 0.7),
            outcome(Site(-3, 10, "c1"), 0.0, state=SiteState.FAILED, good=False, reason="Gate draws 300 nA."),
        )):  # fmt: skip
            journal.append(number, Row(values=one.values(), time=float(number)).to_dict())
        journal.note("state", state="stopped")
    return Run(folder)


def test_the_packaged_wafer_and_recipe_pass_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["wafer", "check"]) == 0
    assert "509 dies" in (said := capsys.readouterr().out)
    assert "all checks passed; nothing was moved or written" in said


def test_a_dry_run_tells_route_touchdowns_and_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two sites of three points with 1 s of dwell each, 21.6 mm apart at 50 mm/s."""
    (tmp_path / "two.toml").write_text(RECIPE_OF_TWO, encoding="utf-8")
    assert execute(["wafer", "run", "200mm", str(tmp_path / "two.toml"), "--dry-run"]) == 0
    said = {line[:14].strip(): line[16:] for line in capsys.readouterr().out.splitlines()}
    assert (said["sites"], said["way"]) == ("2", "0.0216 m")
    assert said["touchdowns"].startswith("2,")
    assert 6 < float(said["estimated time"].split()[0]) < 14


def test_a_route_can_be_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["wafer", "route", "--json"]) == 0
    sites = json.loads(capsys.readouterr().out)
    assert len(sites) == len(set(sites)) == 160


def test_devices_are_listed_and_chosen_by_a_condition(walked: Run, capsys: pytest.CaptureFixture[str]) -> None:
    table = ["wafer", "table", str(walked.folder), "--out", str(walked.folder.parent)]
    assert execute([*table, "--where", "tmr > 80 %"]) == 0
    said = capsys.readouterr().out
    assert "-3,10/a1" in said
    assert "-3,10/b1" not in said
    assert "1 device, 1 of them good." in said
    assert execute([*table, "--all", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(one["site"], one["state"], one["tmr"]) for one in rows] == [
        ("a1", "done", 0.9),
        ("b1", "done", 0.7),
        ("c1", "failed", 0.0),
    ]


def test_a_digest_is_a_page_beside_the_journal(walked: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["wafer", "digest", str(walked.folder), "--out", str(walked.folder.parent)]) == 0
    assert "2 of 3 devices are good" in capsys.readouterr().out
    page = (walked.folder / "digest.html").read_text(encoding="utf-8")
    assert "map of bins" in page
    assert "must have more values than" in page
    assert "-3,10/c1" in page


def test_a_digest_holds_devices_against_a_process_and_writes_its_maps(
    walked: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTJLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("smtjlab.procedures.wafer.expected.DEVICES", 20)
    (tmp_path / "p.toml").write_text("[fields.resistance_parallel]\nrandom = 0.02\n", encoding="utf-8")
    words = ["wafer", "digest", str(walked.folder), "--out", str(walked.folder.parent), "--process"]
    maps = ["--map", "touchdowns", "--figures", str(tmp_path / "maps")]
    assert execute([*words, str(tmp_path / "p.toml"), *maps]) == 0
    assert "22 files in" in capsys.readouterr().out  # bins; of two kinds three figures, two of them against predicted
    assert (tmp_path / "maps" / "tmr-off-d800.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "maps" / "touchdowns-d800.svg").read_text(encoding="utf-8").startswith("<?xml")
    page = (walked.folder / "digest.html").read_text(encoding="utf-8")
    assert "map of TMR off" in page
    assert "Nothing was predicted" not in page
    assert execute([*words[:-1], "--map", "kapa"]) == 2
    assert "but not of 'kapa'" in capsys.readouterr().err


def test_wafers_are_stacked_on_one_page(walked: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same wafer measured twice."""
    other = written(tmp_path, "0123abce")
    words = ["wafer", "stack", str(walked.folder), str(other.folder), "--out", str(tmp_path)]
    assert execute([*words, "--to", str(tmp_path / "s.html"), "--figures", str(tmp_path / "maps")]) == 0
    assert "4 of 6 devices on 2 wafers are good: 66.7 %." in capsys.readouterr().out
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    assert "virtual wafer (0123abcd)" in page
    assert "three places in common" in page
    assert (tmp_path / "maps" / "failures.png").is_file()
    assert execute([*words[:3], *words[4:]]) == 2
    assert "two wafers or more" in capsys.readouterr().err


def test_what_somebody_asks_of_a_wafer_stands_in_its_journal(walked: Run) -> None:
    assert execute(["wafer", "skip", str(walked.folder), "--", "-3,10"]) == 0
    [event] = [event for event in Run(walked.folder).events() if event.kind == "wish"]
    assert event.payload == {"wish": "skip", "sites": ["-3,10/a1", "-3,10/b1", "-3,10/c1", "-3,10/d1"]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("check 300mm", "must be a TOML file or one of `200mm`, `shared_pads`, but `300mm`"),
        ("check 200mm slow", "A recipe must be a TOML file or one of `quick`, but `slow`"),
        ("check --bench virtual", "on a bench with one prober, but 'virtual bench' has none"),
        ("check --process nowhere.toml", "nowhere.toml"),
        ("digest {run} --out {out} --process nowhere.toml", "nowhere.toml"),
        ("table {run} --out {out} --where tmrr>1", "'tmrr' is no figure, such as 'tmr'"),
        ("skip {run} 99,99", "must be one of the recipe's, such as -3,10/a1, or one of its dies, but '99,99' is none"),
    ],
)
def test_a_mistake_is_one_sentence(walked: Run, words: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["wafer", *words.format(run=walked.folder, out=walked.folder.parent).split()]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("words", ["check", "run"])
def test_a_wrong_truth_of_a_virtual_bench_is_told_before_anything_begins(
    tmp_path: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = (PACKAGED / "wafer.toml").read_text(encoding="utf-8").replace("wafers/", f"{PACKAGED / 'wafers'}/")
    (tmp_path / "bench.toml").write_text(bench.replace("open = 0.01", "open = 1.01"), encoding="utf-8")
    out = ["--out", str(tmp_path / "runs")] if words == "run" else []
    assert execute(["wafer", words, "--bench", str(tmp_path / "bench.toml"), *out]) == 2
    assert "Probabilities of defects must be 0 or more" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_wafer_is_exported_for_other_programs(walked: Run, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["wafer", "export", str(walked.folder), "--out", str(walked.folder.parent), "--format"]
    assert execute([*words, "csv"]) == 0
    assert capsys.readouterr().out.strip() == str(walked.folder / "bins.csv")
    assert "-3,10,1,A," in (walked.folder / "bins.csv").read_text(encoding="utf-8")
    assert execute([*words, "xls"]) == 2
    assert "must be stdf, csv, g85, e142, but 'xls'" in capsys.readouterr().err


def test_the_prober_is_sent_to_a_device_after_a_look_ahead(walked: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Die 1,0 is 7.2 mm from home; a1 lies 2.6 mm to the left of its middle and 2.1 mm above."""
    words = ["wafer", "goto", str(walked.folder), "1,0/a1", "--bench", "wafer@smtj", "--out", str(walked.folder.parent)]
    assert execute([*words, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "separate, then stay up" in said
    assert "5.057 mm" in said  # hypot(4.6, 2.1)
    assert execute([*words, "--contact", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["site"], told["needles"], told["on"]) == ("1,0/a1", "down", [])
    assert told["x"] == pytest.approx(4.6e-3)
    assert walked.events()[-1].payload["by"] == "hand"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("9,99/a1 --bench wafer@smtj", "A device must be one of wafer 'virtual wafer', such as"),
        ("0,0/a1 --bench virtual", "on a bench with one prober, but 'virtual bench' has none"),
        (
            "0,0/a1 --bench {near}@smtj",
            "within 1 mm of home, but was asked to go to -2.6 mm, 2.1 mm (0,0/a1).",
        ),
        ("0,0/a1 --bench {metal}", "must be free, but is held by somebody at the station"),
    ],
)
def test_a_prober_that_may_not_go_there_does_not_move(
    walked: Run, tmp_path: Path, words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = (PACKAGED / "wafer.toml").read_text(encoding="utf-8").replace("wafers/", f"{PACKAGED / 'wafers'}/")
    (near := tmp_path / "near.toml").write_text(bench.replace('"115 mm"', '"1 mm"').replace('["110 mm"', '["0 mm"'))
    of_metal = bench[: bench.index("\n[virtual]")]
    for port in (5025, 5026, 5027):
        of_metal = of_metal.replace("::0::", f"::{port}::", 1)
    (metal := tmp_path / "metal.toml").write_text(of_metal)
    held = leases(lease_names(Bench.load(metal)), "somebody at the station")
    with held if "metal" in words else nullcontext():
        out = ["--out", str(tmp_path)]
        assert execute(["wafer", "goto", str(walked.folder), *words.format(near=near, metal=metal).split(), *out]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert (said.out, len(said.err.splitlines())) == ("", 1)
