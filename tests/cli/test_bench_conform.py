import json
import sys
from pathlib import Path

import pytest
import typer

from smtjlab.cli.main import execute
from smtjlab.instruments.bench import PACKAGED

VIRTUAL = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")


@pytest.fixture
def metal(served_bench, tmp_path: Path) -> Path:
    """Write the file of a bench of metal, as far as the software can tell."""
    text = VIRTUAL.partition("\n[virtual]\n")[0]
    for address in served_bench.addresses.values():
        text = text.replace("TCPIP::127.0.0.1::0::SOCKET", address, 1)
    path = tmp_path / "metal.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def conform(tmp_path: Path):
    """Run `smtjlab bench conform` for the gate, its page in a folder of the test's own."""
    page = tmp_path / "page.html"

    def run(*words: str) -> int:
        return execute(["bench", "conform", *words, "--only", "gate", "--page", str(page)])

    run.page = page
    return run


def messages(bench) -> int:
    """Return how many messages the bench's instruments have got."""
    return sum(mishaps.messages for mishaps in bench.virtual.mishaps.values())


def test_drivers_that_conform_are_told_and_leave_a_page(conform, capsys) -> None:
    assert conform() == 0
    told = capsys.readouterr()
    assert told.out.startswith("1 of 1 drivers conform to their roles: 26 checks, none failed, 0 skipped.\n")
    assert told.err == "gate: conforms\n"
    assert "SIMULATED INSTRUMENTS" in conform.page.read_text(encoding="utf-8")


def test_the_findings_are_told_as_json_and_nothing_else(conform, capsys) -> None:
    assert conform("--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["conforms"], told["hardware"], told["transport"]) == (True, False, "in process")
    assert told["drivers"][0]["findings"][0]["must"] == "Construction must send nothing."


def test_a_driver_that_does_not_conform_is_a_fault_and_says_why(conform, tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "bad_cli_driver").mkdir()
    (tmp_path / "bad_cli_driver" / "keithley_2450.py").write_text(
        "from smtjlab.instruments.keithley_2450 import Keithley2450 as Good\n"
        "class Keithley2450(Good):\n    def check_errors(self): return []\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "bench.toml"
    file.write_text(VIRTUAL.replace("keithley_2450:", "bad_cli_driver.keithley_2450:", 1), encoding="utf-8")
    assert conform(str(file)) == 1
    out = capsys.readouterr().out
    assert "gate, errors raised: What the instrument reports must be raised with its number. Seen: Nothing" in out
    assert "0 of 1 drivers conform" in out


def test_metal_is_not_asked_unless_somebody_consents(conform, metal: Path, served_bench, capsys) -> None:
    assert conform(str(metal), "--hardware") == 2
    assert "Somebody must say that every device is disconnected: at a terminal, or by --yes." in capsys.readouterr().err
    assert messages(served_bench) == 0


def test_a_no_at_the_terminal_sends_nothing(conform, metal: Path, served_bench, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", lambda question: False)
    assert conform(str(metal), "--hardware") == 2
    assert "Nothing was sent" in capsys.readouterr().err
    assert messages(served_bench) == 0


def test_a_yes_at_the_terminal_tries_the_metal(conform, metal: Path, served_bench, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", lambda question: question.startswith("Is every device disconnected"))
    assert conform(str(metal), "--hardware") == 0
    assert "Outputs, relays, heaters and needles of gate will be switched" in capsys.readouterr().out
    assert ">HARDWARE<" in conform.page.read_text(encoding="utf-8")
    assert not any(served_bench.outputs().values())


def test_yes_consents_without_a_terminal(conform, metal: Path, served_bench) -> None:
    assert conform(str(metal), "--hardware", "--yes") == 0
    assert not any(served_bench.outputs().values())


def test_a_virtual_bench_is_no_metal(conform, capsys) -> None:
    assert conform("virtual", "--hardware", "--yes") == 2
    assert "must be of metal" in capsys.readouterr().err
