"""What the page on learning shows is run as it stands there, and what it lists exists."""

import re
from pathlib import Path

import pytest

from smtjlab.simulation.networks import gate_weights, table_exports
from smtjlab.simulation.networks.rounding import Rounding

PAGE = (Path(__file__).parents[3] / "docs" / "user" / "learning.md").read_text(encoding="utf-8")


def test_the_script_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [script] = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    exec(compile(script, "learning.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert all(re.search(r": \d+\.\d % ± \d\.\d %", line) for line in lines)


def test_choices_and_exports_of_the_page_have_their_names() -> None:
    for name in [*gate_weights.Correction, *Rounding]:
        assert f"`{name}`" in PAGE
    exports = re.findall(r"^\| `(\w+)` \| `", PAGE, flags=re.MULTILINE)
    assert [name for name in exports if not hasattr(table_exports, name)] == []
