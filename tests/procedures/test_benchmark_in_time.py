"""The benchmark of the protocols in bias and time runs, small: what it prints is looked at, no figure is."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "protocols_in_time.py"


def test_every_parameter_of_a_case_is_scored():
    words = [sys.executable, BENCHMARK, "--worlds", "1", "--only", "gate step"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=110, check=True).stdout
    rows = [line.split() for line in told.splitlines()[1:]]
    assert [row[2] for row in rows] == ["piezo_creep", "leakage_resistance"]
    assert "nan" not in told
