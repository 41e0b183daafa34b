"""What the page on fits shows runs, and its numbers are those of the package."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "user" / "fits.md").read_text(encoding="utf-8")


def test_the_example_runs_and_says_what_the_page_says():
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    exec(compile(code, "fits.md", "exec"), names)
    assert names["threshold"].value == pytest.approx(0.26362, abs=4 * names["threshold"].uncertainty)
    assert names["threshold"].uncertainty > 1e-4
    assert names["why_not"].startswith("it must come from R-H loops: ")
    assert names["interval"].low95 < 0.262346
    assert names["interval"].high95 > 0.262346
    assert "mV (95 %)" in names["in_words"]
