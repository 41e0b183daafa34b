"""The benchmarks of acquisition run, tiny: what they print is looked at, never how long anything took."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def printed(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / words[0], *words[1:]], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ("query_latency.py", "--queries", "40"),
            ("echo, raw socket", "*IDN?, HiSLIP", "*IDN?, VXI-11", "Medians must stay below 0.15 ms", "Above 20 ms"),
        ),
        (
            ("buffered_sweep.py", "--points", "20", "--rounds", "1"),
            ("2450, set up and swept", "2450, binary, fetched", "2400, text, echoed", "(20 points)"),
        ),
        (
            ("measured_point.py", "--points", "40"),
            (
                "served: write and query, bare",
                "echo: whole point, synced",
                "(goal 2.5)",
                "the sync adds",
                "Above 20 ms",
            ),
        ),
        (
            ("stale_answers.py", "--timeouts", "6", "--others", "8", "--bare", "4"),
            (
                "our session, time-outs: 0 wrong answers accepted after 6 faults",
                "our session, others: 0 wrong answers accepted after 8 faults",
                "bare PyVISA-py, others: ",
            ),
        ),
        (
            ("shared_session.py", "--queries", "400", "--bare", "40"),
            ("one session: 0 wrong answers of 400 from 4 threads (400 right", "bare PyVISA-py: "),
        ),
        (
            ("query_cost.py", "--queries", "40", "--points", "40"),
            ("query, our session", "(goal at most 1.15)", "point and record, our session and journal", "Above 20 ms"),
        ),
    ],
)
def test_a_benchmark_runs(words, lines):
    text = printed(*words)
    assert [line for line in lines if line not in text] == []
