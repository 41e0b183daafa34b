"""Bench files from strangers: refused in one sentence or taken, soon, and nothing that they name is run."""

import os
import re
import sys

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

VALUES = (
    "nan", "-inf", "1e999", "-1", "0", "1e308", "true", "[]", "{}", "0x7" + "f" * 15, "1979-05-27", '""', '"nan V"',
    '"9**9**9 V"', '"1e999 V"', '"1 V**9**9"', '"((((((1 V"', '"1 furlong"', '"../../etc/passwd"', '"/dev/zero"',
    '"os:system"', '"antigravity:Fly"', '"smtjlab.instruments.virtual.server:BenchServer"', "[[[[[[1]]]]]]",
    f"[{'1, ' * 100}]", f'"{"k" * 900}"', '"½ V"', '"1e-999 V"', '["0 V", "1e308 V"]', "[nan, nan]", '["1 V", "0 V"]',
)  # fmt: skip
FAULT = '\n[[faults]]\ninstrument = "gate"\nkind = "late"\nat = "1 s"\ndelay = "1 s"\n'
SPY = "from pathlib import Path\nPath(r'{}').touch()\nclass Driver: pass\n"


def refusal(path):
    """Return the sentence by which a bench is refused; empty where it is taken."""
    try:
        VirtualBench(Bench.load(path)).close()
    except InstrumentMistake as told:
        return str(told)
    return ""


@pytest.mark.parametrize(("name", "each"), [("virtual", 4), ("full", 1)])
def test_no_value_does_more_than_be_refused_or_taken(tmp_path, name, each):
    """So many values for each line; all were tried once."""
    lines = ((PACKAGED / f"{name}.toml").read_text(encoding="utf-8") + FAULT).splitlines()
    path = tmp_path / "bench.toml"
    for place, key in [
        (place, found[1]) for place, line in enumerate(lines) if (found := re.match(r"([^=#[]+)=", line))
    ]:
        for value in (VALUES[(each * place + number) % len(VALUES)] for number in range(each)):
            path.write_text("\n".join([*lines[:place], f"{key}= {value}", *lines[place + 1 :]]), encoding="utf-8")
            told = refusal(path)
            assert len(told) < 1500
            assert "\n" not in told
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize("driver", ["stranger:Driver", "stranger.inner:Driver", "stranger.Driver"])
def test_checking_a_bench_runs_no_driver_that_it_names(tmp_path, monkeypatch, driver):
    package = tmp_path / "stranger"
    package.mkdir()
    for file in ("__init__.py", "inner.py"):
        (package / file).write_text(SPY.format(tmp_path / "ran"), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    text = text.replace(
        'driver = "keithley_2450:Keithley2450"', f'driver = "{driver}"\ntwin = "keithley_2450:Keithley2450"'
    )
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    assert refusal(tmp_path / "bench.toml") == ""
    assert not (tmp_path / "ran").exists()


def test_a_twin_is_one_of_the_house_and_nothing_else_is_imported(tmp_path):
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    path = tmp_path / "bench.toml"
    path.write_text(text.replace('role = "source_meter"', 'role = "source_meter"\ntwin = "antigravity:Fly"', 1))
    assert re.search("`twin` must be a model", refusal(path))
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    "name", ["../gate", "gate/x", "gate\\u0000", "Gate", "g" * 2000, "gate.hi", "\\u202egate", "con"]
)
def test_a_name_that_could_be_a_path_is_refused(tmp_path, name):
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    path = tmp_path / "bench.toml"
    path.write_text(text + f'\n[instruments."{name}"]\ndriver = "keithley_2450:Keithley2450"\n', encoding="utf-8")
    with pytest.raises(BenchFileError):
        Bench.load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_a_device_and_a_folder_are_no_bench_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "folder.toml").mkdir()
    for name in ("pipe", "zero", "folder"):
        with pytest.raises(BenchFileError, match="A bench file must exist"):
            Bench.load(tmp_path / f"{name}.toml")


def test_a_bench_file_that_is_too_large_is_not_read(tmp_path):
    with (tmp_path / "bench.toml").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(BenchFileError, match="must have at most"):
        Bench.load(tmp_path / "bench.toml")


@pytest.mark.parametrize("node", ["[]", "true", "1", '"nowhere"', "nan"])
def test_a_wire_ends_at_a_node_and_nowhere_else(tmp_path, node):
    text = (PACKAGED / "full.toml").read_text(encoding="utf-8")
    path = tmp_path / "bench.toml"
    path.write_text(re.sub(r'^("switch\.1\.r1" *=).*$', rf"\1 {node}", text, flags=re.MULTILINE), encoding="utf-8")
    with pytest.raises(BenchFileError, match=r"node|switch"):
        Bench.load(path)
