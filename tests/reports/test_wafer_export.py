"""Exports of a wafer run, read back: STDF by its library and by the bytes of its standard, maps by their readers."""

import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from smtjlab.instruments.wafer.csv_map import read_csv
from smtjlab.instruments.wafer.semi_xml import read_xml
from smtjlab.instruments.wafer.wafer import Site
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.row import Row
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer.figures import FIGURES
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import COLUMNS, Outcome, SiteState
from smtjlab.procedures.wafer.wafer_walk import RECIPE, WAFER
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.wafer_export import export_wafer
from smtjlab.reports.wafer_stdf_parts import part

TMR = 0.9123456789


def outcome(site: Site, number: int | None, name: str = "", **more: object) -> Outcome:
    figures = {"tmr": TMR, "resistance_parallel": 2000.0, "touchdowns": 1.0, "leakage": None}
    state = {"state": SiteState.DONE, "good": name == "good", "seconds": 1.5} | more
    return Outcome(site=site, die_type="A", device="d800", figures=figures, bin=number, bin_name=name, **state)  # type: ignore[arg-type]


VISITS = (
    outcome(Site(-2, 12, "a1"), 7, "short"),
    outcome(Site(-2, 12, "b1"), 1, "good"),
    outcome(Site(3, -4, "a1"), 1, "good"),
    outcome(Site(3, -4, "b1"), None, state=SiteState.NO_CONTACT, reason="No contact."),
    outcome(Site(5, 5, "a1"), 9, "rest"),
    outcome(Site(5, 5, "b1"), 8, "open"),
    outcome(Site(-2, 12, "a1"), 1, "good"),  # visited once more
)


@pytest.fixture
def walked(tmp_path: Path) -> Run:
    """A wafer run of six devices on three dies, one of them visited twice."""
    folder = tmp_path / "2026-11-27-0123abcd"
    folder.mkdir()
    facts = {"id": "0123abcd", "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk"}
    facts |= {"planned": 160, "columns": COLUMNS, "engine": this_process(), "bench": "station", "simulated": True}
    for name, source in ((WAFER, wafer_path("200mm")), (RECIPE, recipe_path("quick"))):
        (folder / name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    with Journal.create(folder / JOURNAL, facts) as journal:
        for number, one in enumerate(VISITS):
            journal.append(number, Row(values=one.values(), time=float(number)).to_dict())
        journal.note("state", state="stopped")
    return Run(folder)


@pytest.fixture
def records(walked: Run) -> list[dict]:
    """The records of the STDF export as its library reads them."""
    stdf = pytest.importorskip("Semi_ATE.STDF")
    return [one.to_dict() for one in stdf.records_from_file(str(export_wafer(walked, "stdf")), unpack=True)]


def of(records: list[dict], kind: str) -> list[dict]:
    return [one for one in records if one["rec_id"] == kind]


def test_records_stand_in_the_order_of_the_standard(records: list[dict]) -> None:
    kinds = [one["rec_id"] for one in records]
    assert kinds[:6] == ["FAR", "MIR", "SDR", "WCR", "WIR", "PIR"]
    assert kinds[-1] == "MRR"
    assert kinds[kinds.index("WRR") - 1] == "PRR"
    assert kinds[kinds.index("WRR") + 1 :] == ["TSR"] * 3 + ["HBR"] * 5 + ["SBR"] * 5 + ["PCR", "MRR"]
    assert kinds.count("PIR") == kinds.count("PRR") == 6


def test_the_wafer_is_described(records: list[dict]) -> None:
    [master], [wafer] = of(records, "MIR"), of(records, "WCR")
    assert (master["LOT_ID"], master["JOB_NAM"], master["NODE_NAM"]) == ("smtj", "quick", "station")
    assert master["START_T"] == 1795773600  # 2026-11-27, 10:00 UTC
    assert master["USER_TXT"] == "run 0123abcd, simulated instruments"
    assert (wafer["WAFR_SIZ"], wafer["WF_UNITS"], wafer["WF_FLAT"], wafer["POS_X"], wafer["POS_Y"]) == (
        200, 3, "D", "R", "U",
    )  # fmt: skip
    assert (wafer["DIE_WID"], wafer["DIE_HT"]) == pytest.approx((7.2, 7.2))
    assert of(records, "WIR")[0]["WAFER_ID"] == "virtual wafer"


def test_each_device_is_a_part_with_its_place_and_its_last_bin(records: list[dict]) -> None:
    parts = {one["PART_ID"]: one for one in of(records, "PRR")}
    found = {name: (one["X_COORD"], one["Y_COORD"], one["HARD_BIN"], one["SOFT_BIN"]) for name, one in parts.items()}
    assert found == {
        "-2,12/a1": (-2, 12, 1, 1),  # of its second visit
        "-2,12/b1": (-2, 12, 1, 1),
        "3,-4/a1": (3, -4, 1, 1),
        "3,-4/b1": (3, -4, 0, 0),  # no bin took it, and no bin of the recipe is 0
        "5,5/a1": (5, 5, 9, 9),
        "5,5/b1": (5, 5, 8, 8),
    }
    assert {one["TEST_T"] for one in parts.values()} == {1500}
    flags = {name: "".join(one["PART_FLG"]) for name, one in parts.items()}
    assert flags["-2,12/a1"] == "00000000"
    assert flags["5,5/b1"] == "00001000"  # failed
    assert flags["3,-4/b1"] == "00001100"  # failed, and ended before its end


def test_figures_are_parametric_tests_to_single_precision(records: list[dict]) -> None:
    tests = of(records, "PTR")
    assert len(tests) == 18
    names = list(FIGURES)
    for one in tests:
        assert names[one["TEST_NUM"] - 1] == one["TEST_TXT"]
        assert FIGURES[one["TEST_TXT"]].unit == one["UNITS"]
    [told] = {one["RESULT"] for one in tests if one["TEST_TXT"] == "tmr"}
    assert told == float(np.float32(TMR))
    assert {one["NUM_TEST"] for one in of(records, "PRR")} == {3}  # a figure that is not known is no test


def test_records_packed_by_hand_are_those_of_the_library_to_the_byte() -> None:
    library = pytest.importorskip("Semi_ATE.STDF")

    def packed(kind: str, **fields: object) -> bytes:
        record = getattr(library, kind)("V4", "<")
        for name, value in fields.items():
            record.set_value(name, value)
        return bytes(record.__repr__())

    common = {"HEAD_NUM": 1, "SITE_NUM": 1}
    test = common | {"TEST_FLG": list("01000000"), "PARM_FLG": list("00000000"), "OPT_FLAG": list("11001110")}
    result = {"PART_FLG": list("00001100"), "NUM_TEST": 2, "HARD_BIN": 7, "SOFT_BIN": 7, "X_COORD": -2, "Y_COORD": 12}
    wanted = (
        packed("PIR", **common)
        + packed("PTR", **test, TEST_NUM=1, RESULT=TMR, TEST_TXT="tmr", UNITS="")
        + packed("PTR", **test, TEST_NUM=3, RESULT=-2e-9, TEST_TXT="leak", UNITS="A")
        + packed("PRR", **common, **result, TEST_T=1500, PART_ID="-2,12/a1", PART_TXT="d?800")
    )
    figures, units = {"leak": -2e-9, "tmr": TMR, "v": None}, {"tmr": "", "v": "V", "leak": "A"}
    told = part(figures, units, place=(-2, 12), name="-2,12/a1", device="d\u00f8800", number=7, flags=12, seconds=1.5)
    assert told == wanted


def test_each_test_is_summed_up(records: list[dict]) -> None:
    told = {one["TEST_NAM"]: (one["TEST_NUM"], one["EXEC_CNT"]) for one in of(records, "TSR")}
    assert told == {name: (list(FIGURES).index(name) + 1, 6) for name in ("tmr", "resistance_parallel", "touchdowns")}
    [tmr] = [one for one in of(records, "TSR") if one["TEST_NAM"] == "tmr"]
    summed = [tmr[name] for name in ("TEST_MIN", "TEST_MAX", "TST_SUMS", "TST_SQRS")]
    assert summed == pytest.approx([TMR, TMR, 6 * TMR, 6 * TMR**2], rel=1e-6)


def test_bins_and_counts_are_those_of_the_devices(records: list[dict]) -> None:
    hard = {one["HBIN_NUM"]: (one["HBIN_CNT"], one["HBIN_PF"], one["HBIN_NAM"]) for one in of(records, "HBR")}
    soft = {one["SBIN_NUM"]: (one["SBIN_CNT"], one["SBIN_PF"], one["SBIN_NAM"]) for one in of(records, "SBR")}
    assert hard == soft
    assert hard[1] == (3, "P", "good")
    assert hard[7] == (0, "F", "short")
    assert hard[0] == (1, "F", "unsorted")
    assert sum(count for count, _, _ in hard.values()) == 6
    for kind in ("WRR", "PCR"):
        [one] = of(records, kind)
        assert [one[f"{name}_CNT"] for name in ("PART", "GOOD", "ABRT", "RTST")] == [6, 3, 1, 1]


def test_the_bytes_are_those_of_the_standard(walked: Run) -> None:
    """Without the library: headers of two bytes of length, type and subtype; PRR's fields by their places."""
    pytest.importorskip("Semi_ATE.STDF")
    data, place, parts = export_wafer(walked, "stdf").read_bytes(), 0, []
    assert data[:6] == b"\x02\x00\x00\x0a\x02\x04"
    while place < len(data):
        length, kind, sub = struct.unpack_from("<HBB", data, place)
        body = data[place + 4 : place + 4 + length]
        if (kind, sub) == (5, 20):
            parts.append(struct.unpack_from("<BBBHHHhhI", body))
        place += 4 + length
    assert place == len(data)
    assert parts[0] == (1, 1, 0, 3, 1, 1, -2, 12, 1500)


def test_a_missing_library_is_one_sentence(walked: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "Semi_ATE", None)
    with pytest.raises(ReportMistake, match=r"must have Semi-ATE-STDF \(pip install -e '\.\[stdf\]'\), but"):
        export_wafer(walked, "stdf")
    assert not list(walked.folder.glob("*.stdf"))


DIES = {(-2, 12): 1, (3, -4): 1, (5, 5): 8}
"""The worst of each die: `open` is asked for before `rest`; what no bin took does not count."""


def test_a_table_has_the_worst_bin_of_each_die(walked: Run) -> None:
    text = export_wafer(walked, "csv").read_text(encoding="utf-8")
    found = read_csv(text, "bins.csv")
    assert {die: number for die, number in found.items() if number is not None} == DIES
    assert len(found) == 509


@pytest.mark.parametrize("form", ["g85", "e142"])
def test_maps_have_it_too_and_the_rest_is_untested(walked: Run, form: str) -> None:
    path = export_wafer(walked, form, walked.folder.parent)
    assert path.parent == walked.folder.parent
    printed = read_xml(path.read_text(encoding="utf-8"), path.name)
    found = printed.on(read_wafer(walked.folder / WAFER))
    assert {die: number for die, number in found.items() if number != 0} == DIES
    assert len(found) == 509
    told = {one.number: (one.name, one.good) for one in printed.definitions}
    assert told == {0: ("untested", False), 1: ("good", True), 8: ("open", False)}


def test_what_cannot_be_exported_is_refused(walked: Run) -> None:
    with pytest.raises(ReportMistake, match="must be stdf, csv, g85, e142, but 'xls' was asked for"):
        export_wafer(walked, "xls")
    with pytest.raises(ReportMistake, match="folder of an export must exist"):
        export_wafer(walked, "csv", walked.folder / "nowhere" / "bins.csv")
