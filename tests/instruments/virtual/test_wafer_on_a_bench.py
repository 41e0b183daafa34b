"""A wafer on a virtual prober: under its needles lies another device at every site, as the truth has it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import BenchFileError
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.instruments.virtual.wafer_truth import Defect, WaferTruth
from smtjlab.instruments.wafer import Site
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.populations.drawn import drawn

from .conftest import EXACT, Twin

WAFER = """
name = "W1"
diameter = "100 mm"
edge = "5 mm"
[die]
pitch = ["10 mm", "8 mm"]
[devices.mtj]
axes = ["100 nm", "90 nm"]
[types.A.sites.j1]
at = ["-1 mm", "0.5 mm"]
device = "mtj"
[types.A.sites.j2]
at = ["1 mm", "0.5 mm"]
device = "mtj"
"""
PROBER = """
[instruments.prober]
driver = "mpi_sentio:MpiSentio"
role = "prober"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring]
"prober.chuck" = "device"
"""
TRUTH = """
[truth.wafer]
file = "wafer.toml"
cleaning = ["60 mm", "0 mm"]
[truth.wafer.fields.resistance_parallel]
radial = 0.1
random = 0.02
[truth.wafer.fields.resistance_antiparallel]
radial = 0.1
"""


@pytest.fixture
def laid(tmp_path: Path):
    made = []

    def make(more: str = "", truth: str = TRUTH) -> VirtualBench:
        (tmp_path / "wafer.toml").write_text(WAFER, encoding="utf-8")
        (tmp_path / "bench.toml").write_text(EXACT.replace("\n[wiring]", PROBER) + truth + more, encoding="utf-8")
        made.append(VirtualBench(Bench.load(tmp_path / "bench.toml")))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


def truth_of(bench: VirtualBench) -> WaferTruth:
    assert bench.truth.wafer is not None
    return bench.truth.wafer


def resistance(bench: VirtualBench, site: Site) -> float:
    """Return what the junction's source meter sees at 0.1 V after the needles went down at a site, in ohm."""
    x, y = truth_of(bench).wafer.place(site)
    prober, smu = Twin(bench, "prober"), Twin(bench, "junction")
    assert prober(f"move_chuck_xy Home, {1e6 * x}, {1e6 * y}").startswith("0,")
    assert prober("move_chuck_contact").startswith("0,")
    smu(":SOUR:VOLT 0.1;:SOUR:VOLT:ILIM 1E-1;:SENS:CURR:RANG:AUTO ON;:OUTP ON")
    ohm = 0.1 / max(smu.number(":READ?"), 1e-15)
    smu(":OUTP OFF")
    return ohm


def test_every_site_has_a_device_of_its_own(laid) -> None:
    bench, sites = laid(), [Site(0, 0, "j1"), Site(0, 0, "j2"), Site(3, -2, "j1")]
    found = [resistance(bench, site) for site in sites]
    assert len(set(found)) == 3
    real = [truth_of(bench).at(site).junction.resistance_antiparallel for site in sites]
    assert found == pytest.approx(real, rel=0.01)
    assert resistance(bench, sites[0]) == pytest.approx(found[0], rel=1e-3)


def test_needles_between_the_pads_find_nothing(laid) -> None:
    bench = laid()
    prober, chuck = Twin(bench, "prober"), bench.world.surroundings.chucks["prober.chuck"]
    prober("move_chuck_xy Home, 0, 0")
    prober("move_chuck_contact")
    assert not chuck.made
    assert not chuck.pads


def test_the_truth_of_a_device_depends_on_nobody_who_asks(laid) -> None:
    truth, again = truth_of(laid()), truth_of(laid())
    sites = list(truth.wafer.all_sites)
    assert [again.at(site) for site in reversed(sites[:20])] == [truth.at(site) for site in sites[:20]][::-1]


def test_fields_vary_over_the_wafer_as_the_truth_says(laid) -> None:
    """156 devices with 2 % each know the change from middle to rim to 0.6 % of R_P; the bound is five times that."""
    truth = truth_of(laid())
    sites = list(truth.wafer.all_sites)
    square = [(x**2 + y**2) / 0.05**2 for x, y in map(truth.wafer.place, sites)]
    wanted = drawn(Junction.preset("fig5"), 100e-9, 90e-9).resistance_parallel
    change, start = np.polyfit(square, [truth.at(site).junction.resistance_parallel / wanted for site in sites], 1)
    assert change == pytest.approx(0.1, abs=0.03)
    assert start == pytest.approx(1.0, abs=0.015)


def test_devices_have_the_axes_that_were_drawn(laid) -> None:
    junction = truth_of(laid()).at(Site(1, 1, "j2")).junction
    assert (junction.major_axis, junction.minor_axis) == (100e-9, 90e-9)


def test_defects_come_as_often_as_the_truth_says(laid) -> None:
    """Of 156 devices 31 +- 5 are open and as many short; the bound is four standard deviations (1e-4)."""
    bench = laid("[truth.wafer.defects]\nopen = 0.2\nshort = 0.2\n")
    truth = truth_of(bench)
    kinds = {site: truth.at(site).defect for site in truth.wafer.all_sites}
    assert [Counter(kinds.values())[one] for one in (Defect.OPEN, Defect.SHORT)] == pytest.approx([31, 31], abs=20)
    for defect, low, high in ((Defect.OPEN, 1e8, np.inf), (Defect.SHORT, 0, 50)):
        site = next(site for site, kind in kinds.items() if kind is defect)
        assert low < resistance(bench, site) < high


def test_a_device_that_is_stuck_does_not_turn(laid) -> None:
    junction = truth_of(laid("[truth.wafer.defects]\nstuck = 1.0\n")).at(Site(0, 0, "j1")).junction
    assert junction.threshold_voltage > 1e4


def test_what_breaks_on_a_wafer_is_broken_when_the_needles_come_back(laid) -> None:
    bench, site, other = laid(), Site(0, 0, "j1"), Site(1, 0, "j1")
    before = resistance(bench, site)
    bench.world.netlist.devices["device"].break_down("device.top")
    assert resistance(bench, other) == pytest.approx(before, rel=0.1)
    assert resistance(bench, site) < before / 10


def test_needles_wear_and_cleaning_helps(laid) -> None:
    bench, site = laid(), Site(0, 0, "j1")
    chuck, prober = bench.world.surroundings.chucks["prober.chuck"], Twin(bench, "prober")
    for _ in range(5):
        resistance(bench, site)
        prober("move_chuck_separation")
    worn = chuck.resistance_factor
    assert chuck.pads[site] == chuck.touchdowns == 5
    prober("move_chuck_xy Home, 60000, 0")
    prober("move_chuck_contact")
    resistance(bench, site)
    assert chuck.worn == pytest.approx(5 * 0.1 + 2)
    assert chuck.pads[site] == 6
    assert chuck.resistance_factor / (1 + 0.05 * 5) < worn / (1 + 0.05 * 4)


@pytest.mark.parametrize(
    ("truth", "sentence"),
    [
        (TRUTH.replace("wafer.toml", "none.toml"), r"`file` must be a wafer file, but: .*readable.*\(bench.toml, line"),
        (TRUTH.replace("radial = 0.1", "radial = 0.9"), "`radial` of a variation must be within 0.5"),
        (TRUTH.replace("fields.resistance_parallel", "fields.resistence"), "`resistence` is none"),
        (TRUTH + "[truth.wafer.defects]\nopen = 0.9\nshort = 0.2\n", "at most 1 together"),
        (TRUTH + "[truth.wafer.defects]\nopne = 0.9\n", "must be 'open' or .* but is 'opne'"),
        (TRUTH.replace('["60 mm", "0 mm"]', '"60 mm"'), "must be a list of 2 lengths"),
    ],
)
def test_a_truth_that_cannot_be_is_told_with_its_line(laid, truth: str, sentence: str) -> None:
    with pytest.raises(BenchFileError, match=sentence):
        laid(truth=truth)
