"""`smtjlab run` above 42 V."""

import pytest

from smtjlab.cli.main import execute
from smtjlab.instruments.bench import PACKAGED


@pytest.fixture
def words(tmp_path, monkeypatch) -> list[str]:
    """Return the words of a dry run to 50 V, which the bench allows."""
    monkeypatch.chdir(tmp_path)
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace('["0 V", "0.6 V"]', '["0 V", "60 V"]')
    (tmp_path / "high.toml").write_text(text, encoding="utf-8")
    return ["run", "transfer-curve", "-p", "stop=50", "--dry-run", "--bench", "high.toml"]


def test_a_dry_run_shows_the_hazard_that_was_allowed(words, capsys) -> None:
    assert execute([*words, "--hazardous-voltage"]) == 0
    assert "HAZARDOUS VOLTAGE: up to 50 V" in capsys.readouterr().out


def test_a_run_without_the_word_is_a_mistake_in_one_sentence(words, capsys) -> None:
    assert execute(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "must be allowed explicitly (`--hazardous-voltage`, `hazardous=True`), but one up to 50 V" in said.err


def test_a_run_below_shows_no_hazard(words, capsys) -> None:
    words[words.index("stop=50")] = "stop=40"
    assert execute(words) == 0
    assert "HAZARD" not in capsys.readouterr().out
