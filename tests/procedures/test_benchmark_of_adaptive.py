"""The benchmark of adaptive measuring runs, small: what it prints is looked at, never how good it is."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "adaptive.py"


def test_one_junction_is_measured_both_ways_and_compared_with_the_truth():
    words = ("--junctions", "1", "--targets", "rotation_voltage")
    done = subprocess.run([sys.executable, BENCHMARK, *words], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 junctions through the wire" in done.stdout
    assert "rotation_voltage, 1 mV wanted" in done.stdout
    assert "not reached: 0 by a uniform sweep" in done.stdout
    assert "nan" not in done.stdout
