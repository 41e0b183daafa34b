"""What the page on the multiplier shows runs, its numbers are those of the package, and it defines every figure."""

import re
from pathlib import Path

import pytest

from smtjlab.simulation.inference.divider import DIVIDER_FIGURES
from smtjlab.simulation.inference.multiplier_figures import MULTIPLIER_FIGURES

PAGE = (Path(__file__).parents[3] / "docs" / "user" / "multiplier.md").read_text(encoding="utf-8")


def test_the_example_runs_and_says_what_the_page_says():
    [code, *_] = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    exec(compile(code, "multiplier.md", "exec"), names)
    assert names["which"].startswith("This differential circuit multiplies in all four quadrants")
    found, expected = names["product_error"], names["before"].product_error
    assert expected == pytest.approx(0.025, abs=0.001)
    assert found.value == pytest.approx(expected, abs=5 * found.uncertainty)


def test_every_figure_is_defined():
    undefined = [name for name in {**MULTIPLIER_FIGURES, **DIVIDER_FIGURES} if f"`{name}`" not in PAGE]
    assert undefined == []
