"""The benchmark of fits runs, tiny: what it prints is looked at, never how long anything took."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "fit.py"


def test_times_ratios_and_pulls_are_printed():
    words = ["--points", "41", "--repeats", "1", "--curves", "3"]
    done = subprocess.run([sys.executable, BENCHMARK, *words], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ratios") == 3
    assert done.stdout.count("pulls of 3 curves") == 3
    assert "threshold" in done.stdout
