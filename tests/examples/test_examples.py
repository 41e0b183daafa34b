"""The examples for people who come from another framework are run as they stand."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def output_of(name: str, *arguments: object) -> str:
    """Return what an example prints; skip where the framework that it is for is not installed."""
    framework = name.partition("_")[0]
    if framework in ("qcodes", "ophyd") and importlib.util.find_spec(framework) is None:
        pytest.skip(f"{name} needs {framework}")
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_qcodes_station_measures_a_transfer_curve_into_its_own_database(tmp_path: Path) -> None:
    printed = output_of("qcodes_station.py", tmp_path)
    curve = [float(line.split()[1]) for line in printed.splitlines() if re.match(r"0\.\d +0\.000\d", line)]
    assert len(curve) == 5
    assert curve[-1] > 1.05 * curve[0]
    assert (tmp_path / "station.db").is_file()


def test_ophyd_devices_set_the_gate_and_read_the_conductance() -> None:
    rows = [line.split() for line in output_of("ophyd_devices.py").splitlines()]
    assert [float(row[1]) for row in rows] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])
    assert float(rows[-1][3]) > 1.05 * float(rows[0][3])


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 60
