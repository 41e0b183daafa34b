"""Dies of a list or of a table beside it, and copies that need no table any more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.wafer import Wafer, read_wafer
from smtjlab.instruments.wafer.bin_map import BinMap
from smtjlab.instruments.wafer.semi_xml import write_e142, write_g85
from smtjlab.instruments.wafer.wafer_file import kept_wafer, wafer_of_text

from .test_wafer_file import FILE

LIST = 'excluded = [[0, 0], "1,-2"]'


def read(folder: Path, value: str, table: str = "column,row,bin\n0,0,1\n1,-2,9\n2,0,\n") -> Wafer:
    (folder / "edge.csv").write_text(table, encoding="utf-8")
    (folder / "wafer.toml").write_text(FILE.replace(LIST, f"excluded = {value}"), encoding="utf-8")
    return read_wafer(folder / "wafer.toml")


def test_a_table_names_dies(tmp_path: Path) -> None:
    assert read(tmp_path, '"edge.csv"').excluded == {(0, 0), (1, -2), (2, 0)}
    assert read(tmp_path, '{ file = "edge.csv", bins = [9, 8] }').excluded == {(1, -2)}


def test_a_copy_elsewhere_has_the_dies_themselves(tmp_path: Path) -> None:
    wafer = read(tmp_path, '{ file = "edge.csv", bins = [1, 9] }  # of last night')
    text = kept_wafer(tmp_path / "wafer.toml")
    assert "edge.csv" not in text
    assert wafer_of_text(text, "copy") == wafer
    assert text.splitlines()[0:6] == FILE.replace(LIST, "excluded = [[0, 0], [1, -2]]").splitlines()[0:6]
    (tmp_path / "wafer.toml").write_text(FILE, encoding="utf-8")
    assert kept_wafer(tmp_path / "wafer.toml") == FILE


def test_a_list_may_be_long(tmp_path: Path) -> None:
    dies = [list(die) for die in read(tmp_path, "[]").dies[:150]]
    assert len(read(tmp_path, str(dies)).excluded) == 150


@pytest.mark.parametrize(
    ("value", "table", "sentence"),
    [
        ('"none.csv"', "", r"none.csv` must be a readable file of dies, but: No such file or directory"),
        ('"."', "", r"must be a list of dies or a file of them, 'dies.csv' or 'dies.xml', but is '.'"),
        ("5", "", r"must be a list of dies or a file of them, 'dies.csv' or 'dies.xml', but is 5"),
        ('"edge.csv"', "column,line\n", r"must have a column 'row', but has not \(edge.csv, line 1\)"),
        ('"edge.csv"', "column,row\n0,0\n0,0\n", r"tell each die once, but tells 0,0 again \(edge.csv, line 3\)"),
        ('"edge.csv"', "column,row\n0,nan\n", r"must be of whole numbers, but is .*\(edge.csv, line 2\)"),
        ('"edge.csv"', "column,row\n", r"must tell a die, but tells none"),
        ('{ file = "edge.csv", bins = [3] }', "column,row,bin\n0,0,1\n", r"tell a die of bins \[3\], but tells none"),
        ('{ file = "edge.csv", bin = 3 }', "", r"must be 'bins' or 'file', but is 'bin'"),
        ('"edge.csv"', "column,row\n99,99\n", r"must lie on the wafer, but 99,99 does not"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, value: str, table: str, sentence: str) -> None:
    with pytest.raises(WaferFileError, match=rf"{sentence}.*\(wafer.toml, line 7\)"):
        read(tmp_path, value, table)


NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.mark.parametrize("write", [lambda printed: write_g85(printed, NOW), write_e142])
def test_a_printed_map_tells_which_dies_there_are(tmp_path: Path, write: Callable[[BinMap], str]) -> None:
    drawn = read(tmp_path, "[]")
    bins = {die: 9 if die[1] > 0 else 1 for die in drawn.dies}
    (tmp_path / "map.xml").write_text(write(BinMap.of(drawn, bins)), encoding="utf-8")
    wafer = read(tmp_path, '{ file = "map.xml", bins = [9] }\ndies = "map.xml"')
    assert wafer.printed == drawn.printed
    assert wafer.excluded == {die for die in drawn.dies if die[1] > 0}
    copy = wafer_of_text(kept_wafer(tmp_path / "wafer.toml"), "copy")
    assert (copy.dies, copy.excluded) == (wafer.dies, wafer.excluded)


def test_dies_may_be_listed_and_no_others_are_there(tmp_path: Path) -> None:
    wafer = read(tmp_path, "[]\ndies = [[0, 0], [1, 0], [20, 0]]")
    assert wafer.printed == ((0, 0), (1, 0), (20, 0))
    with pytest.raises(WaferFileError, match=r"must lie on the wafer, but 2,0 does not \(wafer.toml, line 7\)"):
        read(tmp_path, "[[2, 0]]\ndies = [[0, 0]]")
    with pytest.raises(WaferFileError, match=r"must hold a whole die.*line 1"):
        read(tmp_path, "[]\ndies = []")


def test_a_map_of_another_grid_is_refused(tmp_path: Path) -> None:
    drawn = read(tmp_path, "[]")
    few = replace(drawn, listed=frozenset({(0, 0), (1, 0)}))
    (tmp_path / "map.xml").write_text(write_g85(BinMap.of(few, {}), NOW), encoding="utf-8")
    with pytest.raises(WaferFileError, match=r"map.xml` must be a readable file of dies, but: The map of .* must have"):
        read(tmp_path, '"map.xml"')
