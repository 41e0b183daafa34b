"""`smtjlab wafer predict`: tables of what is expected, and what is wrong in one sentence."""

import json
from pathlib import Path

import pytest

from smtjlab.cli.main import execute

PROCESS = '[fields.resistance_parallel]\nrandom = "2 %"\n'


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTJLAB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def process(tmp_path: Path) -> str:
    (tmp_path / "process.toml").write_text(PROCESS, encoding="utf-8")
    return str(tmp_path / "process.toml")


def test_each_kind_has_a_table_of_its_figures(process: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["wafer", "predict", "--process", process, "--n", "40", "--model", "static"]) == 0
    said = capsys.readouterr().out
    assert said.count("40 devices, 40 places, curve from 200 to 500 mV; multiplier on") == 4
    assert "97.5%" in said
    lines = [line for line in said.splitlines() if line.startswith("V_th")]
    assert [line.split()[4] for line in lines] == ["0"] * 4  # nothing moves the threshold


def test_a_program_gets_distributions_in_si(process: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["wafer", "predict", "--process", process, "--n", "64", "--model", "static", "--seed", "3", "--json"]
    assert execute(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["d800"]["figures"]["resistance_parallel"]["mean"] == pytest.approx(1000, rel=0.02)
    read, own = (first["d800"][of]["resistance_parallel"]["mean"] for of in ("read", "figures"))
    assert read > own
    assert first["d400"]["figures"]["resistance_area"]["mean"] == pytest.approx(4.4e-10, rel=0.02)
    assert execute(words) == 0
    assert json.loads(capsys.readouterr().out) == first


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--process nowhere.toml", "nowhere.toml"),
        ("--n 0", "'--n'"),
        ("--model tangent_exact --n 2", "`model` must be"),
        ("--scheduler tcp://192.0.2.1:1 --n 2", "must be on this computer"),
        ("300mm", "`300mm` was asked for"),
    ],
)
def test_a_mistake_is_one_sentence(words: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["wafer", "predict", *words.split()]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
