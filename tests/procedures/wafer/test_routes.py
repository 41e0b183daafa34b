"""Devices behind one set of pads: what wafer and bench must say of each other, and a wafer that is walked so."""

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchFileError, WaferFileError
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.wafer import Site, read_wafer
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import measure
from smtjlab.procedures.status import State
from smtjlab.procedures.wafer.outcome import Outcome
from smtjlab.procedures.wafer.routes import check_routes
from smtjlab.procedures.wafer.wafer_walk import WaferWalk

WAFER = (PACKAGED / "wafers" / "shared_pads.toml").read_text(encoding="utf-8")
BENCH = (PACKAGED / "wafer_matrix.toml").read_text(encoding="utf-8")
RECIPE = """
name = "two behind each"
[order]
kind = "listed"
dies = [[0, 0], [1, 0]]
[[steps]]
procedure = "transfer-curve"
parameters = { start = 0.2, stop = 0.5, points = 4, direction = "up", averaging = 1, nplc = 0.01 }
on = ["A/*1"]
"""


def check(folder, wafer=WAFER, bench=BENCH):
    (folder / "wafer.toml").write_text(wafer, encoding="utf-8")
    (folder / "bench.toml").write_text(bench, encoding="utf-8")
    check_routes(read_wafer(folder / "wafer.toml"), folder / "wafer.toml", Bench.load(folder / "bench.toml"))


def test_the_packaged_wafer_is_one_for_the_packaged_bench(tmp_path):
    check(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('route = "right"', 'route = "rigth"', r"of sub-site A/b1 must be one of .*left, right, but is 'rigth'"),
        ('route = "right"\n', "\n", r"A/b1 must say its `route` through the matrix of .*left, right, but does"),
    ],
)  # fmt: skip
def test_a_wrong_route_is_told_with_file_and_line(tmp_path, old, new, sentence):
    apart = WAFER.replace('b1]\nat = ["-1.3 mm"', 'b1]\nat = ["-1.5 mm"')
    with pytest.raises(WaferFileError, match=rf"{sentence}.*\(wafer.toml, line 2\d\)\.$"):
        check(tmp_path, apart.replace(old, new, 1))


def test_a_route_without_a_matrix_is_told(tmp_path):
    plain = (PACKAGED / "wafer.toml").read_text(encoding="utf-8")
    with pytest.raises(
        WaferFileError, match=r"must be measured on a bench with a \[matrix\], but 'virtual .* has none"
    ):
        check(tmp_path, bench=plain.replace("wafers/200mm.toml", "wafer.toml"))


def test_a_crosspoint_beyond_the_card_is_told(tmp_path):
    with pytest.raises(
        BenchFileError, match=r"within 8 rows and 12 columns, but \[4, 13\] does not \(bench.toml, line"
    ):
        check(tmp_path, bench=BENCH.replace("[4, 8]]\n\n", "[4, 13]]\n\n"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    walk = WaferWalk(wafer="shared_pads", recipe=str(folder / "recipe.toml"))
    return measure(walk, bench="wafer_matrix@smtj", out=folder / "runs")


def test_needles_go_down_once_for_two_devices(measured):
    outcomes = [Outcome.of(row.values) for row in measured.rows()]
    assert measured.status is State.DONE
    assert [one.site for one in outcomes] == [Site(*die, name) for die in ((0, 0), (1, 0)) for name in ("a1", "b1")]
    assert [one.figures["touchdowns"] for one in outcomes] == [1, 1, 1, 1]
    touched = [event.payload for event in measured.events() if event.kind == "touched"]
    assert [(one["column"], one["row"], one["site"]) for one in touched] == [(0, 0, "a1"), (1, 0, "a1")]
    assert touched[1]["x"] - touched[0]["x"] == pytest.approx(7.2e-3)
    kept = [event.payload for event in measured.events() if event.kind == "kept"]
    assert [(one["column"], one["row"], one["site"]) for one in kept] == [(0, 0, "b1"), (1, 0, "b1")]


def test_each_route_leads_to_a_device_of_its_own(measured):
    """Devices of 600 nm have 16/9 times the resistance of 800 nm, but for 6 % of process at most."""
    ohm = [Outcome.of(row.values).figures["resistance"] for row in measured.rows()]
    assert ohm[1] / ohm[0] == pytest.approx(16 / 9, rel=0.1)
    assert ohm[3] / ohm[2] == pytest.approx(16 / 9, rel=0.1)


def test_relays_open_once_the_outputs_of_a_run_are_off(measured):
    first = Run(measured.folder / Outcome.of(measured.rows()[0].values).runs[0])
    findings = [event for event in first.events() if event.kind == "safety"][-1].payload["findings"]
    off = [one["instrument"] for one in findings if one["text"] == "Output switched off."]
    assert off == ["junction", "gate", "matrix"]
    assert "Needles lifted." not in [one["text"] for one in findings]


def test_closed_relays_decide_which_device_is_read():
    with open_bench("wafer_matrix@smtj") as bench:
        prober, switch, matrix = bench.drivers["prober"], bench.drivers["matrix"], bench.bench.matrix
        prober.configure(bench.bench.limits["prober"])
        prober.go_to(-1.3e-3, 0.0)
        prober.contact()
        found = {}
        for route in ("left", "right"):
            matrix.take(switch, route)
            bench.device.prepare(bias=0.02, four_wire=False)
            found[route] = bench.device.conductance().value
            bench.make_safe()
            prober.contact()
        assert found["left"] / found["right"] == pytest.approx(16 / 9, rel=0.1)
