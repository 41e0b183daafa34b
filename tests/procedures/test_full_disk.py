"""A disk that fills up in mid-run, played by a limit on the size of files that all processes of the run inherit."""

import resource
import subprocess
import sys

import pytest

from smtjlab.procedures.run import Run

RUN = """
import sys
from smtjlab.procedures import TransferCurve, measure
from smtjlab.procedures.start import RunFailed
try:
    measure(TransferCurve(points=2000), junction="fig5", model="static", out=sys.argv[1])
except RunFailed as failed:
    print(failed)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disk_ends_the_run_safe_and_loses_no_point_taken(tmp_path):
    limit = 2_000_000
    ended = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert "journal.sqlite cannot be used" in ended.stdout, ended.stderr
    run = Run.find(tmp_path, "last")
    assert 10 < run.points_taken == len(run.readings()) < 4000
    assert not any(event.kind == "guardian" for event in run.events())
