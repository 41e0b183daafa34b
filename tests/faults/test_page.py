from .matrix import COLUMNS, ROWS
from .page import PAGE, page


def test_the_page_says_what_the_suite_tests() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "`python -m tests.faults` writes it anew"


def test_no_fault_stands_twice_in_the_matrix() -> None:
    assert len({row.fault for row in ROWS}) == len(ROWS)


def test_at_most_one_cell_in_ten_has_a_reason_instead_of_a_test() -> None:
    excused = [row.fault for row in ROWS for column in COLUMNS if row.cells[column].holds is None]
    assert len(excused) <= len(ROWS) * len(COLUMNS) / 10
