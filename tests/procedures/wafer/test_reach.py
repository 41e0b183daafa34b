"""What a wafer, a recipe and a bench make of each other is told with file and line, before anything moves."""

import sys

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.procedures.wafer.errors import RecipeError
from smtjlab.procedures.wafer.reach import check_notices
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.procedures.wafer.wafer_walk import WaferWalk

from .conftest import RECIPE, WAFER

BENCH = (PACKAGED / "wafer.toml").read_text(encoding="utf-8").replace("wafers/200mm.toml", "wafer.toml")
AT_HAND = 'cleaning = ["110 mm", "0 mm"]               # where, from home'


def check(folder, *, wafer=WAFER, recipe=RECIPE, bench=BENCH):
    for name, text in (("wafer.toml", wafer), ("recipe.toml", recipe), ("bench.toml", bench)):
        (folder / name).write_text(text, encoding="utf-8")
    walk = WaferWalk(wafer=str(folder / "wafer.toml"), recipe=str(folder / "recipe.toml"))
    walk.check_bench(Bench.load(folder / "bench.toml"))


def test_files_that_fit_each_other_pass(tmp_path):
    check(tmp_path)


AXES = 'axes = ["800 nm", "700 nm"]'
CURVE, LIST = 'name = "curve"', "dies = [[0, 0], [1, 0], [0, 1]]"
WALK = '"smtjlab.procedures.wafer.wafer_walk:WaferWalk"'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (AXES, f'{AXES}\njunction = "fig6"', r"but `fig6` .*\(wafer.toml, line 9\)"),
        ('diameter = "60 mm"', 'diameter = "1e300 mm"', r"at most 20000 dies, .*\(wafer.toml, line 5\)"),
        ('edge = "5 mm"', 'edge = "-5 mm"', r"`edge` must be 0 m or more, but .*line 4"),
        ("[1, 0],", "[7, 7],", r"must lie on wafer 'W1', but 7,7 does not \(recipe.toml, line 5\)"),
        (LIST, "dies = []", r"must list a die, but lists none \(recipe.toml, line 5\)"),
        (CURVE, f'{CURVE}\non = ["A/j9"]', r"'A/j9' matches none \(recipe.toml, line 10\)"),
        (CURVE, f"{CURVE}\non = []", r"must name a sub-site.* \(recipe.toml, line 10\)"),
        ("stop = 0.5", "stop = 5.0", r"Step 'curve' at 'mtj' cannot be: .* \(recipe.toml, line 10\)"),
        ('"pre-test"', '"pre-test"\nif = "tmr > 1 %"', r"must have no `if`.*line 8"),
        (CURVE, f"{CURVE}\nretest = 1", r"`retest` must have `retest_if` beside it.*line 10"),
        ('"transfer-curve"', WALK, r"keeps a loop of its own .*line 10"),
        ("[pretest]", '[stop]\ntime = "0 s"\n[pretest]', r"must be above 0 s, but is '0 s' \(recipe.toml, line 7"),
        ("contacts = 100000", "contacts = 2", r"no more than the 2 touchdowns .* for 6 \(recipe.toml, line 3\)"),
        ('travel = "115 mm"', 'travel = "5 mm"', r"within 5 mm of home, .* \(1,0/j1\) \(recipe.toml, line 3\)"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path, old, new, sentence):
    files = {"wafer": WAFER, "recipe": RECIPE, "bench": BENCH.replace(AT_HAND, "")}
    changed = {name: text.replace(old, new, 1) for name, text in files.items()}
    assert changed != files
    with pytest.raises(ValueError, match=sentence):
        check(tmp_path, **changed)


def test_a_program_that_is_not_there_is_told_in_the_evening(tmp_path):
    notice = f'[[notify]]\ncommand = ["{sys.executable}"]\n[[notify]]\ncommand = ["no-such-program", "wafer"]\n'
    (tmp_path / "recipe.toml").write_text(RECIPE + notice, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"but 'no-such-program' is none \(recipe.toml, line 32\)"):
        check_notices(read_recipe(tmp_path / "recipe.toml"))
