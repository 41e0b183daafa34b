"""A small wafer on a probe station of its own, and a recipe for it."""

import psutil
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.virtual.launch import stop_served

WAFER = """
name = "W1"
diameter = "60 mm"
edge = "5 mm"
[die]
pitch = ["10 mm", "10 mm"]
[devices.mtj]
axes = ["800 nm", "700 nm"]
[types.A.sites.j1]
at = ["-1 mm", "0 mm"]
device = "mtj"
[types.A.sites.j2]
at = ["1 mm", "0 mm"]
device = "mtj"
"""

RECIPE = """
name = "short"
[order]
kind = "listed"
dies = [[0, 0], [1, 0], [0, 1]]
[pretest]
procedure = "pre-test"
[[steps]]
name = "curve"
procedure = "transfer-curve"
parameters = { start = 0.2, stop = 0.5, points = 8, direction = "up", averaging = 1, nplc = 0.01, four_wire = false }
if = "tmr > 1 %"
[[bins]]
number = 7
name = "short"
if = "r_p < 100 ohm"
[[bins]]
number = 8
name = "open"
if = "r > 1 Mohm"
[[bins]]
number = 1
name = "good"
if = "tmr > 5 %"
good = true
[[bins]]
number = 9
name = "rest"
"""


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    """A folder with a bench file, a wafer file and a recipe; every third device or so has a defect."""
    folder = tmp_path_factory.mktemp("station")
    bench = (PACKAGED / "wafer.toml").read_text(encoding="utf-8").replace("wafers/200mm.toml", "wafer.toml")
    bench = bench.replace("open = 0.01", "open = 0.2").replace("short = 0.01", "short = 0.2")
    (folder / "bench.toml").write_text(bench, encoding="utf-8")
    (folder / "wafer.toml").write_text(WAFER, encoding="utf-8")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    yield folder
    for place in (folder / "runs" / ".stations").glob("*"):
        stop_served(place)
        for process in psutil.process_iter(["cmdline"]):
            if str(place) in (process.info["cmdline"] or []):
                process.kill()
