"""The page on drivers and the pages on models say what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.virtual import catalogue

DOCS = Path(__file__).parents[2] / "docs"
MODELS = catalogue.models()


def test_the_page_on_drivers_names_every_driver_with_its_role():
    page = (DOCS / "user" / "drivers.md").read_text(encoding="utf-8")
    rows = {name: f"| `{name}` | {DriverName.parse(name).load().role} |" for name in MODELS}
    assert [name for name, row in rows.items() if row not in page] == []


@pytest.mark.parametrize("name", MODELS)
def test_the_page_of_a_model_is_what_its_code_says(name):
    twin = MODELS[name]
    page = (DOCS / "models" / catalogue.name_of(name, twin)).read_text(encoding="utf-8")
    assert page == catalogue.page(name, twin), "`smtjlab bench commands --write docs/models` writes it anew"


@pytest.mark.parametrize("name", MODELS)
def test_every_model_tells_what_it_understands_and_says_that_it_is_simulated(name):
    commands = [one.command for one in MODELS[name].supported()]
    assert len(commands) > 10
    assert any("IDN" in command.upper() for command in commands)
    assert not set(commands) & set(MODELS[name].missing)
