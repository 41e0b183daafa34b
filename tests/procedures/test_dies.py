"""The score of extractions against the hidden truth, small."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "dies.py"


def test_a_few_dies_are_scored_and_most_intervals_hold_the_truth(tmp_path):
    """Six dies, two steps; fewer than 70 % where 95 % are right, of some 30 independent pairs: once in 1e6."""
    saved = tmp_path / "scores.jsonl"
    words = ["--dies", "6", "--first", "3", "--only", "transverse-loop", "--only", "bias-curve", "--save", str(saved)]
    done = subprocess.run([sys.executable, BENCHMARK, *words], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    inside, count = map(int, re.search(r"every step: (\d+) of (\d+) 95 %", done.stdout).groups())
    assert count >= 60
    assert inside / count > 0.7
    again = subprocess.run(
        [sys.executable, BENCHMARK, "--again", str(saved)], capture_output=True, text=True, check=True
    ).stdout
    assert again.splitlines()[-1] == done.stdout.splitlines()[-1]
