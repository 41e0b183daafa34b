"""The benchmark of adaptive measuring runs, small: what it prints is looked at, never how good it is."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "adaptive.py"


def test_one_junction_is_measured_both_ways_and_compared_with_the_truth():
    words = ("--junctions", "1", "--first", "7", "--pilots", "2", "--targets", "rotation_voltage")
    done = subprocess.run([sys.executable, BENCHMARK, *words], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 junctions through the wire" in done.stdout
    wanted = re.search(r"by 2 pilots .* {'rotation_voltage': '(.*)'}", done.stdout)[1]
    assert f"rotation_voltage, {wanted} wanted" in done.stdout
    assert "not reached: 0 by a uniform sweep" in done.stdout
    assert "nan" not in done.stdout


def test_a_pilot_is_not_measured_again():
    words = ("--first", "89999", "--junctions", "2")
    done = subprocess.run([sys.executable, BENCHMARK, *words], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 2
    assert "No junction may be one of the pilots, whose seeds are 90000 to 90019." in done.stderr
