"""What the page on the journal shows is run as it stands there."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "user" / "journal.md"
SCRIPTS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def script_of(make_run):
    """Return a script of the page that holds these words, for a run of three readings."""
    run = make_run("aaaa0001", "done", readings=3)

    def find(words):
        [script] = [one for one in SCRIPTS if words in one]
        return script.replace("runs/2026-03-01-1f3a9c0e", str(run.folder))

    return find


def test_the_readings_come_without_smtjlab(script_of, capsys):
    exec(script_of("import json"), {})
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["0", "1", "2"]


def test_the_hashes_can_be_computed_without_smtjlab(script_of):
    names = {}
    exec(script_of("import hashlib"), names)
    assert names["previous"] == names["found"]
    with pytest.raises(AssertionError, match="record 0 was changed"):
        exec(script_of("import hashlib").replace('"records"', '"events"'), {})
