"""Junction files from strangers: whatever stands in them is refused in one sentence, soon, and runs nothing."""

import os

import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import SimulationMistake, TomlError
from smtjlab.simulation.junction_file import FIELDS
from smtjlab.simulation.toml_file import LARGEST_FILE, TomlFile

VALUES = (
    "nan", "-inf", "1e999", "-1", "0", "true", "[]", "{}", "1" * 4000, "0x" + "f" * 4000, "1979-05-27", '""',
    '"9**9**9 m"', '"1e999 m"', '"1 m**9**9"', '"((((((((((1 m"', '"1 furlong per fortnight"', '"1 \\u202e m"',
    '"\\u0000"', '"__import__(\'os\').abort()"', "[[[[[[[[[[1]]]]]]]]]]", f"[{'1, ' * 100}]",
    f'"{"k" * 900}"', '"½ m"', '"١ m"',
)  # fmt: skip


def load(tmp_path, text):
    path = tmp_path / "junction.toml"
    path.write_text(text, encoding="utf-8")
    return Belief.load(path)


def load_or_refusal(tmp_path, text):
    """Return the sentence of a refusal; empty where the file was taken."""
    try:
        load(tmp_path, text)
    except SimulationMistake as told:
        return str(told)
    return ""


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("key", ["thickness", "temperature", "gate_sign", "preset", "uncertainty", "strange"])
def test_no_value_of_a_key_does_more_than_be_refused_or_taken(tmp_path, key, value):
    told = load_or_refusal(tmp_path, f"{key} = {value}\n" + ('preset = "fig5"\n' if key != "preset" else ""))
    assert len(told) < 3000
    assert "\n" not in told


@pytest.mark.parametrize("value", VALUES)
def test_no_uncertainty_does_either(tmp_path, value):
    told = load_or_refusal(tmp_path, f'preset = "fig5"\n[uncertainty]\nthickness = {value}\n')
    assert "\n" not in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * 2000 + " = 1", "at most 1000 characters"),
        (".".join("a" * 30) + " = 1", "at most 20 words"),
        (" . ".join(['"a b"'] * 100_000) + " = 1", "at most 20 words"),
        (f"[{'.'.join('a' * 300_000)}]", "at most 20 words"),
        ("a = " + "[" * 100_000, "must be valid TOML"),
        ("a = " + "[" * 30 + "]" * 30, "at most 20 deep"),
        ("a = " + "{b = " * 30 + "1" + "}" * 30, "at most 20 deep"),
        (f"a = [{'1,' * 20_000}]", "at most 100 entries"),
        ("[[a]]\n" * 20_000, "at most 10000 entries"),
        ("a = " + "9" * 5000, "must be valid TOML"),
        ("a = 0x1" + "0" * 16, "at most 64 bits"),
        ('a = "\\u001b[2J"', "must be printable"),
        ('a = "x"\na = "y"', "must be valid TOML"),
        ('a = """\n[' + " " * 3000 + '\n"""', "at most 1000 characters"),
    ],
)
def test_what_no_junction_needs_is_refused_with_its_line(tmp_path, text, words):
    with pytest.raises(TomlError, match=rf"{words}.*\(junction.toml, line \d+\)"):
        load(tmp_path, text)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "junction.toml"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(TomlError, match=f"at most {LARGEST_FILE} bytes"):
        Belief.load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_a_device_and_a_folder_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "folder.toml").mkdir()
    for name in ("pipe", "zero", "folder"):
        with pytest.raises(TomlError, match="must be a readable TOML file, but"):
            TomlFile.read(tmp_path / f"{name}.toml")


def test_a_symlink_to_a_file_is_followed_and_one_to_itself_is_refused(tmp_path):
    (tmp_path / "real.toml").write_text('preset = "fig5"')
    (tmp_path / "link.toml").symlink_to(tmp_path / "real.toml")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    assert Belief.load(tmp_path / "link.toml").junction == Belief.load("fig5").junction
    with pytest.raises(TomlError, match="must be a readable TOML file"):
        Belief.load(tmp_path / "loop.toml")


@pytest.mark.parametrize("name", ["../presets/fig5", "fig5.toml/../fig5", "/etc/passwd", "\u202efig5"])
def test_a_preset_is_a_name_and_no_path(tmp_path, name):
    with pytest.raises(SimulationMistake):
        load(tmp_path, f'preset = "{name}"')


def test_every_field_of_a_junction_refuses_what_is_no_number(tmp_path):
    for name in FIELDS:
        with pytest.raises(SimulationMistake, match=name):
            load(tmp_path, f'preset = "fig5"\n{name} = nan')
