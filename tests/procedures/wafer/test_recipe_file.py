"""Recipes: what a file says, what it does with a wafer, and one clear sentence with file and line for a mistake."""

from pathlib import Path

import pytest

from smtjlab.instruments.wafer import Site
from smtjlab.procedures.transfer_curve import TransferCurve
from smtjlab.procedures.wafer.errors import RecipeError
from smtjlab.procedures.wafer.recipe import Recipe
from smtjlab.procedures.wafer.recipe_file import code_named, kept_recipe, read_recipe
from smtjlab.procedures.wafer.route import Order

from .test_route import WAFER

FILE = """
name = "evening"
touch_again = 2

[order]
kind = "sampled"
sample = 12
seed = 3

[pretest]
procedure = "transfer-curve"
parameters = { points = 2, direction = "up" }

[[steps]]
name = "curve"
procedure = "transfer-curve"
parameters = { stop = "350 mV", points = 12 }
on = ["A/j*"]
if = "tmr > 20 %"
retest = 1
retest_if = "flags > 0"

[[bins]]
number = 7
name = "short"
if = "r_p < 100 ohm"

[[bins]]
number = 1
name = "good"
if = "tmr > 80 % and 1 kohm < r_p < 3 kohm"
good = true

[[bins]]
number = 9
name = "rest"

[stop]
yield_below = "20 %"
after = 10
contact_failures = 5
time = "8 h"

[[notify]]
command = ["notify-send", "wafer"]
on = ["stop"]
"""


def read(folder: Path, text: str = FILE) -> Recipe:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(path)


def test_a_file_says_what_is_done(tmp_path: Path) -> None:
    recipe = read(tmp_path)
    assert recipe.pretest is not None
    assert [one.name for one in recipe.all_steps] == ["pretest", "curve"]
    assert recipe.steps[0].procedure == TransferCurve(stop=0.35, points=12)
    assert (recipe.walk.order, recipe.walk.sample, recipe.touch_again) == (Order.SAMPLED, 12, 2)
    assert (recipe.stops.yield_below, recipe.stops.time) == (0.2, 8 * 3600)


def test_devices_are_sorted_by_the_first_bin_that_holds(tmp_path: Path) -> None:
    recipe = read(tmp_path)
    good = {"tmr": 0.9, "resistance_parallel": 2000.0}
    assert [one.name for one in map(recipe.bin_of, (good, good | {"resistance_parallel": 50.0}, {})) if one] == [
        "good",
        "short",
        "rest",
    ]


def test_code_of_files_is_told_before_anything_of_it_is_run(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("raise SystemExit('run')", encoding="utf-8")
    path = tmp_path / "recipe.toml"
    path.write_text(FILE.replace('"transfer-curve"\nparameters = { stop', '"own.py:Own"\nparameters = { stop'))
    assert code_named(path) == (["own.py:Own"], ["['notify-send', 'wafer']"])
    assert read_recipe(path, look=False).name == "evening"


def test_a_sample_of_the_wafer_is_visited(tmp_path: Path) -> None:
    sites = list(read(tmp_path).sites(WAFER))
    assert len({site.die for site in sites}) == len(sites) == 12
    assert all(isinstance(site, Site) and site.name == "j1" for site in sites)


def test_a_pattern_must_match_a_sub_site(tmp_path: Path) -> None:
    recipe = read(tmp_path, FILE.replace("A/j*", "B/j*"))
    with pytest.raises(RecipeError, match=r"must match a sub-site of wafer 'W1', which are A/j1, but 'B/j"):
        recipe.check(WAFER)


def test_a_die_of_the_order_must_lie_on_the_wafer(tmp_path: Path) -> None:
    recipe = read(tmp_path, FILE.replace('kind = "sampled"', 'kind = "listed"\ndies = [[0, 0], "40,1"]'))
    with pytest.raises(RecipeError, match="must lie on wafer 'W1', but 40,1 does not"):
        recipe.check(WAFER)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"missed": 5}, "5 sites in a row had no contact, and 5 end the wafer"),
        ({"measured": 10, "good": 1}, "1 of 10 devices are good, and a yield below 20 % ends the wafer"),
        ({"measured": 9, "good": 0}, None),
        ({"measured": 10, "good": 2}, None),
        ({"elapsed": 28_800.0}, "28800 s have passed, and 28800 s end the wafer"),
    ],
)
def test_rules_end_a_wafer(tmp_path: Path, now: dict[str, float], reason: str | None) -> None:
    counts = {"good": 0, "measured": 0, "missed": 0, "elapsed": 0.0} | now
    assert read(tmp_path).stops.reason(**counts) == reason  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('procedure = "transfer-curve"\nparameters = { stop', 'procedure = "transfer"\nparameters = { stop', "No proc"),
        ("points = 12", "points = 0", r"`points` must be .*\(recipe.toml, line 16\)"),
        ("tmr > 20 %", "tmrr > 20 %", r"'tmrr' is no figure, such as 'tmr' \(recipe.toml, line 19\)"),
        ('kind = "sampled"', 'kind = "random"', "must be 'serpentine' or .*, but is 'random'"),
        ('kind = "sampled"', "kind = 'listed'\ndies = [[0, 0], '0,0']", "A die must be listed once, but 0,0 is again"),
        ("sample = 12", "", "An order that is sampled must say `sample`"),
        ("number = 9", "number = 7", r"must be its own, 0 to 254, but is 7 \(recipe.toml, line 35\)"),
        ('if = "r_p < 100 ohm"', "", r"A bin without `if` must be the last, but 'short' is not"),
        ('yield_below = "20 %"', "yield_below = 20", "must be 0 to 100 %, but is 20"),
        ("good = true", 'good = "yes"', "must be true or false"),
        ('on = ["stop"]', 'on = ["never"]', "must be 'end' or 'stop' or 'attention', but is 'never'"),
        ('name = "curve"', 'name = "pretest"', "two are called 'pretest'"),
        ("touch_again = 2", "touch_again = -1", "must be a whole number of at least 0"),
        ('name = "evening"', "", "The recipe must have 'name'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        read(tmp_path, FILE.replace(old, new, 1))


def test_dies_of_a_list_may_stand_in_a_table_with_bins(tmp_path):
    (tmp_path / "bins.csv").write_text("column,row,bin\n1,0,9\n0,0,1\n-1,0,9\n", encoding="utf-8")
    order = '[order]\nkind = "listed"\ndies = { file = "bins.csv", bins = [9] }'
    path = tmp_path / "recipe.toml"
    path.write_text(f'name = "again"\n{order}\n[[steps]]\nprocedure = "pre-test"\n', encoding="utf-8")
    assert read_recipe(path).walk.dies == ((1, 0), (-1, 0))
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "recipe.toml").write_text(kept_recipe(path), encoding="utf-8")
    assert read_recipe(tmp_path / "copy" / "recipe.toml").walk == read_recipe(path).walk


def test_a_table_that_a_copy_could_not_have_is_told(tmp_path):
    (tmp_path / "bins.csv").write_text("column,row,bin\n1,0,9\n", encoding="utf-8")
    path = tmp_path / "recipe.toml"
    path.write_text('name = "a"\norder = { dies = "bins.csv" }\n[[steps]]\nprocedure = "pre-test"\n', encoding="utf-8")
    with pytest.raises(RecipeError, match=r"must name its table within one line of its own.*\(recipe.toml, line 2\)"):
        kept_recipe(path)
