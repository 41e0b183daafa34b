"""Every word that a user of the window reads stands in one place."""

import ast
import re
from pathlib import Path

import pytest

from smtjlab.gui import texts

ROOM = Path(texts.__file__).parent
PLACES = ("texts.py", "wafer_texts.py", "tips.py", "keys.py")
SENTENCE = re.compile(r"[A-Za-z]{2,}[,:;.]* [A-Za-z]{2,}|^[A-Z][a-z]{2,}")
"""Two words, or one that begins as a title does."""
WORD = re.compile(r"[A-Za-z]{2,}")
ELSE = {
    "in use", "out of use", "not safe",  # how instruments stand; their words are in INSTRUMENT_STATES
    "level of ", "queue ", "stop now",  # before the name of a column, of an errand; of a thread
    "window-", "plot-", ".png", ".svg",  # names of files
    "Return", "Enter", "Fusion", "Answer",  # keys, a style of Qt, a type
    " mm", "color: ", '<span style="color:', "</span>", "padding-left: 4px; padding-right: 4px;",
}  # fmt: skip
"""Read by nobody, or by everybody in the same way."""


def words_in(source: str) -> list[str]:
    """Return the literals that a person would read: sentences, titles, and words in a text with numbers.

    Docstrings are none, nor what a mistake says: that stands where it is made, as in every room.
    """
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    silent = [one for one in nodes if isinstance(one, ast.Raise | ast.Assert)]
    silent += [one for one in nodes if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
    left_out = {id(inside) for one in silent for inside in ast.walk(one)}
    parts = {id(part) for one in nodes if isinstance(one, ast.JoinedStr) for part in one.values}
    found = [one for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [
        one.value
        for one in found
        if id(one) not in left_out and (WORD if id(one) in parts else SENTENCE).search(one.value)
    ]


def test_no_file_of_the_window_has_words_of_its_own():
    files = [path for path in ROOM.rglob("*.py") if path.name not in PLACES and path.name != "theme.py"]
    assert len(files) > 60
    found = {path.name: [one for one in words_in(path.read_text("utf-8")) if one not in ELSE] for path in files}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "line",
    ['button.setToolTip("Stop at once")', 'QLabel("Residual")', 'label.setText(f"of {name}")', 'WORDS = ("Run",)'],
)
def test_words_in_a_view_would_be_found(line):
    assert words_in(line)


@pytest.mark.parametrize(
    "line", ['"""A docstring of words."""', 'settings.value("geometry")', 'raise ValueError("It must be, but is not.")']
)
def test_what_is_no_word_of_the_window_is_left_alone(line):
    assert words_in(line) == []


def test_every_text_is_asked_for():
    sources = "\n".join(path.read_text("utf-8") for path in ROOM.rglob("*.py") if path.name not in PLACES)
    for place in ("texts", "wafer_texts"):
        tree = ast.parse((ROOM / f"{place}.py").read_text("utf-8"))
        names = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        assert {name for name in names if not re.search(rf"\b{name}\b", sources)} == set()


def test_every_way_an_instrument_may_stand_has_its_words():
    assert set(texts.INSTRUMENT_STATES) == set(texts.STATE_TIPS)
