import pytest

from smtjlab.simulation.errors import TomlError
from smtjlab.simulation.toml_file import TomlFile

TEXT = """\
name = "station"

[limits.gate]
voltage = ["0 V",
           "0.6 V"]
slew = "0.5 V/s"  # note

[wiring]
"gate.hi" = "device.gate"

[[faults]]
kind = "timeout"
[[faults]]
kind = "noise"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "bench.toml"
    path.write_text(TEXT, encoding="utf-8")
    return TomlFile.read(path)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("name", 1),
        ("limits.gate", 3),
        ("limits.gate.voltage", 4),
        ("limits.gate.slew", 6),
        ("wiring.gate.hi", 9),
        ("faults.0.kind", 12),
        ("faults.1.kind", 14),
        ("limits.gate.absent", 3),
        ("absent", None),
    ],
)
def test_every_key_knows_its_line(file, key, line):
    assert file.line_of(key) == line


def test_a_place_is_told_by_file_and_line(file):
    assert file.where("limits.gate.slew") == "bench.toml, line 6"
    assert file.where("absent") == "bench.toml"


def test_broken_syntax_is_told_with_its_line(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("a = 1\nb = = 2\n")
    with pytest.raises(TomlError, match=r"must be valid TOML, but: .* \(broken.toml, line 2\)\.$"):
        TomlFile.read(path)


def test_a_file_that_ends_too_early_has_a_line_too(tmp_path):
    path = tmp_path / "short.toml"
    path.write_text("a = 1\nb =")
    with pytest.raises(TomlError, match=r"short.toml, line 2"):
        TomlFile.read(path)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(TomlError, match="must be a readable TOML file, but: No such file"):
        TomlFile.read(tmp_path / "absent.toml")


def test_bytes_that_are_no_text_are_one_sentence(tmp_path):
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(TomlError, match="must be UTF-8 text, but its byte 5 is not"):
        TomlFile.read(path)
