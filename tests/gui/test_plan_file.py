"""A plan in a file."""

import pytest

from smtjlab.gui.models.desk import Wish
from smtjlab.gui.models.plan_file import read_plan, write_plan
from smtjlab.gui.models.plan_list import Planned
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.errors import ProcedureMistake


def test_a_plan_comes_back_as_it_was(tmp_path):
    lines = tuple(Planned("transfer-curve", Wish(TransferCurve(points=n), "fig5", "static"), 1.5) for n in (5, 9))
    write_plan(tmp_path / "plan.json", lines)
    assert read_plan(tmp_path / "plan.json") == lines


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "must be a file that this window has written"),
        ("[1]", "must be a file that this window has written"),
        ('{"format": 2, "plan": []}', "must be a file that this window has written"),
        ('{"format": 1, "plan": [3]}', "Line 1 of the plan"),
        (
            '{"format": 1, "plan": [{"name": "x", "parameters": {}, "junction": "", "model": "", "seconds": 1}]}',
            "No procedure",
        ),
    ],
)
def test_what_is_no_plan_is_told_in_a_sentence(tmp_path, text, part):
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(ProcedureMistake, match=part):
        read_plan(tmp_path / "plan.json")
