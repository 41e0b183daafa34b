"""Maps as tables: there and back, and the line of what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.wafer.csv_map import read_csv, write_csv

from .test_wafer import WAFER


@given(st.dictionaries(st.sampled_from(WAFER.dies), st.integers(-5, 10**6)))
def test_what_is_written_reads_the_same(bins: dict[tuple[int, int], int]) -> None:
    assert read_csv(write_csv(WAFER, bins), "map.csv") == {die: bins.get(die) for die in WAFER.dies}


def test_a_table_tells_places_and_types() -> None:
    first = write_csv(WAFER, {WAFER.dies[0]: 3}).splitlines()[1]
    column, row = WAFER.dies[0]
    assert first == f"{column},{row},3,{WAFER.type_of((column, row)).name},{10 * column},{8 * row}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x,y\n1,2\n", r"must have a column 'column', but has not \(map.csv, line 1\)"),
        ("column,row\n1,2\n1,b\n", r"whole numbers, but is .*'b'.* \(map.csv, line 3\)"),
        ("column,row,bin\n1,2,1.5\n", r"\(map.csv, line 2\)"),
        ("column,row\n1,2\n1,2\n", r"tells 1,2 again \(map.csv, line 3\)"),
        ("", "must have a column 'column'"),
    ],
)
def test_a_table_that_is_wrong_is_told_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(WaferFileError, match=sentence):
        read_csv(text, "map.csv")
