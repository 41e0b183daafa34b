"""What the page on circuits shows is run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from smtjlab.simulation.circuits.circuit_file import read_circuit

HOUSE = Path(__file__).parents[3]
PAGE = (HOUSE / "docs" / "user" / "circuits.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_scripts_of_the_page_run(monkeypatch):
    monkeypatch.chdir(HOUSE)
    names: dict[str, object] = {}
    for text in blocks("python"):
        exec(compile(text, "circuits.md", "exec"), names)
    pairs, plus, minus, volts = (names[name] for name in ("pairs", "plus", "minus", "volts"))
    product = pairs.products(plus.currents(volts), minus.currents(volts))
    np.testing.assert_allclose(product, volts @ np.array([[0.5, -1.0], [0.0, 0.25]]).T, rtol=0.02, atol=1e-4)


def test_the_file_of_the_page_is_one_and_its_examples_are_there(tmp_path):
    [text] = blocks("toml")
    (tmp_path / "page.toml").write_text(text, encoding="utf-8")
    assert read_circuit(tmp_path / "page.toml").nodes == ("in", "gate", "out")
    names = {path.stem for path in (HOUSE / "examples" / "circuits").glob("*.toml")}
    assert names >= {"multiplier", "differential_multiplier", "divider", "active_divider", "crossbar_2x2"}


@pytest.mark.parametrize("path", sorted((HOUSE / "examples" / "circuits").glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_a_circuit(path):
    assert read_circuit(path).nodes
