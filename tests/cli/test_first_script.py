import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent.parent / "examples" / "first_script.py"


def test_the_first_script_prints_units_band_and_verdict(tmp_path: Path) -> None:
    environment = os.environ | {"SMTJLAB_RUNS": str(tmp_path)}
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, env=environment, timeout=110)
    stop = [sys.executable, "-m", "smtjlab.cli.main", "bench", "stop", "--out", str(tmp_path)]
    subprocess.run(stop, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "'conductance': 'S'" in done.stdout
    assert done.stdout.count("down") == 11
    assert "χ²/ν" in done.stdout.splitlines()[-1]
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= 13
