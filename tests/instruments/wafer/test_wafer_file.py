"""Wafer files: what one says, and one clear sentence with file and line for what it must not."""

from pathlib import Path

import pytest

from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.wafer import Site, Wafer, read_wafer
from smtjlab.instruments.wafer.wafer import Notch

FILE = """
name = "W07"
lot = "L12"
diameter = "200 mm"
notch = "left"
edge = "5 mm"
excluded = [[0, 0], "1,-2"]

[die]
pitch = ["8 mm", "7.2 mm"]
size = ["7.9 mm", "7.1 mm"]
offset = ["4 mm", "0 mm"]

[devices.small]
axes = ["60 nm", "30 nm"]

[devices.large]
axes = ["120 nm", "40 nm"]
junction = "fig5"

[types.A.sites.j1]
at = ["-2 mm", "1 mm"]
device = "small"

[types.A.sites.j2]
at = ["2 mm", "1 mm"]
device = "large"

[types.T.sites.short]
at = ["0 mm", "0 mm"]
device = "large"

[reticle]
types = [["A", "A"], ["A", "T"]]
first = [1, 0]
"""


def read(folder: Path, text: str = FILE) -> Wafer:
    path = folder / "wafer.toml"
    path.write_text(text, encoding="utf-8")
    return read_wafer(path)


def test_a_file_says_what_was_drawn(tmp_path: Path) -> None:
    wafer = read(tmp_path)
    assert (wafer.name, wafer.lot, wafer.diameter, wafer.notch) == ("W07", "L12", 0.2, Notch.LEFT)
    assert wafer.pitch == (8e-3, 7.2e-3)
    assert wafer.excluded == {(0, 0), (1, -2)}
    assert wafer.sub_site(Site(1, 1, "j2")).device.major_axis == 120e-9


def test_rows_of_a_reticle_are_written_from_above(tmp_path: Path) -> None:
    wafer = read(tmp_path)
    assert [wafer.type_of((column, row)).name for row in (0, 1) for column in (1, 2)] == ["A", "T", "A", "A"]


def test_a_device_may_have_a_junction_file_beside_the_wafer_file(tmp_path: Path) -> None:
    wafer = read(tmp_path, FILE.replace('junction = "fig5"', 'junction = "own.toml"'))
    assert wafer.sub_site(Site(1, 1, "j2")).device.junction == str(tmp_path / "own.toml")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('size = ["7.9 mm"', 'size = ["8.1 mm"', r"must not overlap, but are 8.1 mm wide.*\(wafer.toml, line 9\)"),
        ('pitch = ["8 mm", "7.2 mm"]', 'pitch = "8 mm"', r"list of 2 lengths, but is '8 mm' \(wafer.toml, line 10\)"),
        ('device = "small"', 'device = "smal"', r"must be 'small' or 'large', but is 'smal'.*line 23"),
        ('at = ["2 mm", "1 mm"]', 'at = ["-2 mm", "1 mm"]', r"must lie apart, but 'j1' and 'j2' are one place"),
        ('at = ["2 mm", "1 mm"]', 'at = ["5 mm", "1 mm"]', r"must lie on its die, but 'j2' lies beyond it"),
        ('["A", "T"]', '["A", "X"]', r"A die type of the reticle must be .*, but is 'X'.*line 34"),
        ('["A", "T"]', '["A"]', "rows of equal length"),
        ("[0, 0],", "[99, 0],", r"must lie on the wafer, but 99,0 does not.*line 7"),
        ("[0, 0],", "[0],", r"A die must be \[column, row\], but is \[0\]"),
        ('axes = ["60 nm", "30 nm"]', 'axes = ["30 nm", "60 nm"]', "the major and then the minor one"),
        ('diameter = "200 mm"', 'diameter = "200 kg"', "must be in m"),
        ('notch = "left"', 'notch = "south"', "must be 'down' or 'left' or 'up' or 'right', but is 'south'"),
        ("[reticle]", "[retikle]", "must be 'reticle' or .*, but is 'retikle'"),
        ("sites.j1", 'sites."j/1"', "must be one word"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(WaferFileError, match=sentence):
        read(tmp_path, FILE.replace(old, new))


def test_several_types_want_a_reticle(tmp_path: Path) -> None:
    with pytest.raises(WaferFileError, match=r"must have a \[reticle\]"):
        read(tmp_path, FILE[: FILE.index("[reticle]")])


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WaferFileError, match="must be a readable TOML file"):
        read_wafer(tmp_path / "none.toml")


BEHIND = FILE.replace('at = ["2 mm", "1 mm"]', 'at = ["-2 mm", "1 mm"]\nroute = "two"').replace(
    'device = "small"', 'device = "small"\nroute = "one"'
)


def test_devices_behind_one_set_of_pads_have_routes_and_follow_each_other(tmp_path: Path) -> None:
    apart = BEHIND.replace("[types.T", '[types.A.sites.j0]\nat = ["0 mm", "0 mm"]\ndevice = "small"\n[types.T')
    late = apart + '[types.A.sites.j3]\nat = ["-2 mm", "1 mm"]\ndevice = "small"\nroute = "three"\n'
    wafer = read(tmp_path, late)
    names = [site.name for site in wafer.sites((1, 1))]
    assert names == ["j1", "j2", "j3", "j0"]
    assert {wafer.pads(Site(1, 1, name)).name for name in names[:3]} == {"j1"}
    assert wafer.pads(Site(1, 1, "j0")).name == "j0"


def test_devices_behind_one_set_of_pads_must_have_different_routes(tmp_path: Path) -> None:
    with pytest.raises(
        WaferFileError, match=r"routes of their own, but 'j1' and 'j2' have 'one' \(wafer.toml, line 28"
    ):
        read(tmp_path, BEHIND.replace('"two"', '"one"'))
    with pytest.raises(WaferFileError, match=r"are one place, and not each has a `route` through a matrix"):
        read(tmp_path, BEHIND.replace('route = "two"', ""))
