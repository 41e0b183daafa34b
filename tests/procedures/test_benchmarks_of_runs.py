"""The benchmarks of whole runs run, small: what they print is looked at, never how long anything took."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def printed(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / words[0], *words[1:]], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_three_killed_engines_lose_one_point_each_at_most_and_their_runs_are_made_whole():
    told = printed("kills.py", "--kills", "3", "--points", "20")
    assert "3 kills, at" in told
    assert "more in 0" in told
    assert "runs with a fault: 0" in told


def test_a_soak_tells_time_and_memory_of_each_process():
    told = printed("soak.py", "--readings", "40")
    assert "last tenth over first" in told
    assert all(f"\n{part} " in told for part in ("engine", "shadow", "bench", "face"))
    assert "; done" in told


@pytest.mark.parametrize("fault", ["stop now", "engine SIGKILL"])
def test_the_time_from_a_fault_to_safety_is_told(fault):
    told = printed("fault_to_safe.py", "--repeats", "1", "--only", fault)
    row = next(line for line in told.splitlines() if line.startswith(fault))
    assert row.endswith("stopped 1" if fault == "stop now" else "interrupted 1")
    assert "nan" not in row


def test_the_catalogue_of_a_few_runs_is_opened():
    assert "5 runs: made anew" in printed("catalogue.py", "--runs", "5")
