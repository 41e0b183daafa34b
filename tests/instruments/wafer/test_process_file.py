"""Files that tell how devices differ."""

from pathlib import Path

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.wafer.process_file import read_process
from smtjlab.simulation.populations.process_spread import Variation

TEXT = """
[fields.resistance_parallel]
radial = "8 %"
across = [0.02, "-1 %"]
random = 0.02
[fields.dipole_field]
random = 0.01
[correlation]
"resistance_parallel, dipole_field" = 0.5
"""


def process(folder: Path, text: str):
    (folder / "p.toml").write_text(text, encoding="utf-8")
    return read_process(folder / "p.toml")


def test_fields_and_correlations_are_read(tmp_path: Path) -> None:
    found = process(tmp_path, TEXT)
    assert found.variations["resistance_parallel"] == Variation(radial=0.08, across=(0.02, -0.01), random=0.02)
    assert (found.root @ found.root.T)[0, 1] == pytest.approx(0.5 * 0.02 * 0.01)


def test_the_tables_of_a_virtual_wafer_are_a_process_file(tmp_path: Path) -> None:
    text = (PACKAGED / "wafer.toml").read_text(encoding="utf-8")
    lines = text[text.index("[truth.wafer.fields.") : text.index("[truth.wafer.defects]")]
    found = process(tmp_path, lines.replace("truth.wafer.", ""))
    assert found.names == ("resistance_parallel", "resistance_antiparallel", "dipole_field", "thickness")
    assert found.variations["dipole_field"] == Variation(radial=-0.03, random=0.02)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"must have 'fields', but has not"),
        ("[fields.thicknes]\nrandom = 0.1", r"number of a junction, but `thicknes` is none \(.*p.toml, line 1"),
        ("[fields.thickness]\nradial = 0.1\nrandon = 0.1", r"must be 'random' or .*but is 'randon' \(.*line 3"),
        ("[fields.thickness]\nrandom = '2 V'", r"`random` must be a plain number.*line 2"),
        ("[fields.thickness]\nrandom = 0.9", r"`random` of a variation must be 0 to 0.3, but is 0.9 \(.*line 1"),
        ("[fields.thickness]\nacross = [0.1]", r"list of 2 fractions, but is \[0.1\] \(.*line 2"),
        ("[field.thickness]\nrandom = 0.1", r"must be 'fields' or"),
        ("[fields.thickness", r"p.toml"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(WaferFileError, match=sentence):
        process(tmp_path, text)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(WaferFileError, match=r"nowhere\.toml"):
        read_process("nowhere.toml")
