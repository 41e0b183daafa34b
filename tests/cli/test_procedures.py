import json
from pathlib import Path

import pytest

from smtjlab.cli.main import execute

MINE = '''
from smtjlab.procedures.transfer_curve import TransferCurve

class Mine(TransferCurve):
    """Something [of] mine."""
'''


def test_the_table_tells_units_and_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["procedures"]) == 0
    out = capsys.readouterr().out
    assert "transfer-curve" in out
    assert "400 mV" in out
    assert "up, down or both" in out


def test_long_choices_leave_room_for_the_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["procedures", "adaptive-transfer-curve"]) == 0
    out = capsys.readouterr().out
    assert "meaning" in out
    assert "what shall be known" in out
    assert all(len(line) <= 120 for line in out.splitlines())


def test_json_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["procedures", "--json"]) == 0
    curve = next(one for one in json.loads(capsys.readouterr().out) if one["name"] == "transfer-curve")
    stop = next(parameter for parameter in curve["parameters"] if parameter["name"] == "stop")
    assert (stop["unit"], stop["limits"], stop["default"]) == ("V", [-1000, 1000], 0.4)


@pytest.mark.parametrize("name", ["mine_in_a_file.py:Mine", "mine_in_a_module:Mine"])
def test_a_procedure_of_the_current_folder_is_found(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    stem = name.partition(":")[0].removesuffix(".py")
    (tmp_path / f"{stem}.py").write_text(MINE, encoding="utf-8")
    assert execute(["procedures", name]) == 0
    assert "Something [of] mine." in capsys.readouterr().out
