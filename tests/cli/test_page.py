import json
import math

import pytest

from smtjlab.cli import page
from smtjlab.cli.page import print_facts, print_json, print_table


def test_json_is_standard_where_numbers_are_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": [1.0, math.nan], "b": (math.inf,)})
    assert json.loads(capsys.readouterr().out) == {"a": [1.0, None], "b": [None]}


def test_tables_keep_brackets_and_fit_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "text"), [("[red]", "[/] :smile: " + "word " * 40)])
    out = capsys.readouterr().out
    assert "[red]" in out
    assert "[/] :smile:" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_table_that_needs_more_loses_no_letter(capsys: pytest.CaptureFixture[str]) -> None:
    whole = ("0123abcd" * 4, "adaptive-transfer-curve", "differs, p = 2e-09" * 2)
    print_table(("id", "procedure", "verdict", "tags"), [(*whole, "good-die very-good-die")])
    row = capsys.readouterr().out.splitlines()[2]
    assert [cell.strip() for cell in row.split("   ")][:3] == list(whole)


def test_tables_in_a_pipe_have_no_control_codes(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_table(("name",), [("value",)])
    assert "\x1b" not in capsys.readouterr().out


def test_long_paths_are_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts([("folder", "/a" * 100)])
    assert capsys.readouterr().out == f"folder  {'/a' * 100}\n"


def test_a_long_table_is_laid_out_like_a_short_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same rows by Rich and line by line; what is flush right is so in both."""
    columns, rows = ("site", "R_P (kΩ)", "state"), [("0,0/a1", "1.02", "done"), ("-3,12/c5", "", "no contact")]
    print_table(columns, rows, right=("R_P (kΩ)",))
    short = capsys.readouterr().out
    monkeypatch.setattr(page, "MANY", 2)
    print_table(columns, rows, right=("R_P (kΩ)",))
    assert capsys.readouterr().out == short
