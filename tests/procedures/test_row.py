import json
from decimal import Decimal

import numpy as np
import pytest

from smtjlab.procedures.control import Control
from smtjlab.procedures.frame import row_frame
from smtjlab.procedures.journal import Journal, JournalReader
from smtjlab.procedures.own_loop import Recorder
from smtjlab.procedures.row import Row, is_row, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.5), 0.5),
        (np.int32(3), 3),
        (np.bool_(True), True),
        (Decimal("0.5"), 0.5),
        (float("nan"), None),
        (float("-inf"), None),
        (np.array([1.0, np.nan]), [1.0, None]),
        ((1, "a"), [1, "a"]),
        ("text", "text"),
        (1 + 2j, "(1+2j)"),
        (None, None),
    ],
)
def test_what_a_stranger_emits_is_written_as_json_can_hold_it(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)
    json.dumps(plain(value), allow_nan=False)


def test_a_row_comes_back_as_it_went():
    row = Row(values={"Gate (V)": 0.1, "Note": "up"}, time=2.0)
    assert is_row(row.to_dict())
    assert Row.from_dict(row.to_dict()) == row


def test_a_table_of_rows_has_units_apart_and_nan_for_what_is_missing():
    rows = [Row(values={"Gate (V)": 0.1, "N": 1}, time=1.0), Row(values={"N": 2, "extra": True}, time=2.0)]
    table = row_frame(rows, {"Gate (V)": "V", "N": ""})
    assert list(table.columns) == ["index", "Gate", "N", "extra", "bench_time"]
    assert (table.attrs["units"]["Gate"], table.attrs["units"]["bench_time"]) == ("V", "s")
    assert np.isnan(table["Gate"][1])
    assert (table["N"].dtype, table["extra"].to_list()) == ("int64", ["", "True"])


def test_two_columns_that_differ_in_their_units_alone_keep_them():
    table = row_frame([], {"Gate (V)": "V", "Gate (mV)": "mV"})
    assert list(table.columns) == ["index", "Gate (V)", "Gate (mV)", "bench_time"]


def test_progress_is_noted_once_a_percent(tmp_path):
    journal = Journal.create(tmp_path / "journal.sqlite", {})
    recorder = Recorder(journal, lambda: 0.0, control=Control(), between=lambda: None)
    for percent in (0, 0.5, 1.2, 1.9, 1.1, 150):
        recorder.progress(percent)
    journal.close()
    events = JournalReader(tmp_path / "journal.sqlite").events()
    assert [event.payload["percent"] for event in events] == [1, 100]


def test_what_must_end_a_run_is_raised_once_the_row_is_kept(tmp_path):
    def between():
        raise InterruptedError("a stop")

    with Journal.create(tmp_path / "journal.sqlite", {}) as journal:
        recorder = Recorder(journal, lambda: 0.0, control=Control(), between=between)
        with pytest.raises(InterruptedError, match="a stop"):
            recorder.add({"N": 1})
    assert JournalReader(tmp_path / "journal.sqlite").count() == 1


def test_a_shutdown_that_emits_is_not_cut_short(tmp_path):
    def between():
        raise InterruptedError("a stop")

    with Journal.create(tmp_path / "journal.sqlite", {}) as journal:
        recorder = Recorder(journal, lambda: 0.0, control=Control(), between=between)
        recorder.wind_down()
        recorder.add({"N": 1})
    assert JournalReader(tmp_path / "journal.sqlite").count() == 1
