"""What the pages for users show is run, or read, as it stands there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import typer.main

from smtjlab.cli.verbs import app
from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.transcript import Transcript
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.procedures.run import Run

DOCS = Path(__file__).parent.parent / "docs" / "user"
VIRTUAL, TWO_CHANNELS = (
    (PACKAGED / f"{name}.toml").read_text(encoding="utf-8").partition("\n[virtual]\n")[0]
    for name in ("virtual", "two_channel")
)
"""The packaged benches without what only virtual benches have."""


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a page in a language, in their order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


def block(page: str, language: str, words: str) -> str:
    """Return the only block of a page that holds these words."""
    [found] = [one for one in blocks(page, language) if words in one]
    return found


def run(text: str, **names: object) -> dict[str, object]:
    """Run a block, which may use the names that the page takes for granted; return all of its names."""
    exec(compile(text, "a page", "exec"), names)
    return names


@pytest.fixture
def station(tmp_path, monkeypatch):
    """Be in a folder with a `station.toml`, whose instruments live in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace('"@py"', '"@smtj"')
    (tmp_path / "station.toml").write_text(text, encoding="utf-8")
    yield tmp_path
    for process in psutil.process_iter(["cmdline"]):  # an engine started here
        if any(str(tmp_path) in word for word in process.info["cmdline"] or []):
            process.kill()


MODEL = blocks("model.md", "python")


@pytest.mark.parametrize("text", MODEL, ids=range(len(MODEL)))
def test_the_scripts_of_the_page_on_the_model_run(text: str) -> None:
    run(text.replace("10_000", "10").replace("[:64]", "[:2]").replace("0.4, 41", "0.4, 3"))


def test_the_client_of_the_page_on_virtual_benches_is_answered(served_bench) -> None:
    text = block("virtual-bench.md", "python", "import pyvisa")
    script = text.replace("TCPIP::127.0.0.1::40211::SOCKET", served_bench.addresses["gate"])
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "MODEL 2450,SMTJ0001" in said


def test_the_fault_of_the_page_on_virtual_benches_strikes(virtual_bench) -> None:
    run(block("virtual-bench.md", "python", "bench.fail"), bench=virtual_bench)
    virtual_bench.clock.sleep(3)
    assert virtual_bench.ask("gate", "*IDN?") is None


def test_the_example_of_a_transcript_is_one(tmp_path) -> None:
    path = tmp_path / "gate.transcript"
    path.write_text(block("testing.md", "", "# transcript of"), encoding="utf-8")
    assert Transcript.load(path).instrument == "gate"


def test_the_recordings_of_the_page_on_testing_are_made(station) -> None:
    text = block("testing.md", "python", "RecordingAdapter")
    there = 'VISAAdapter("TCPIP::junction::INSTR", visa_library="@smtj", read_termination="\\n")'
    run(text.replace('VISAAdapter("GPIB0::24::INSTR")', there))  # nobody has metal at that address
    for name in ("gate", "junction"):
        made = (station / f"{name}.transcript").read_text(encoding="utf-8")
        assert f"# address: TCPIP::{name}::INSTR" in made
        assert "> :SOUR:VOLT?" in made


def test_the_replays_and_the_parity_of_the_page_on_testing_run(station, replayed, virtual_bench, capsys) -> None:
    head = "# transcript of `{}`, recorded 2026-03-01T10:00:00+00:00 with smtjlab 0.1.0\n# identity: not asked\n"
    for name, level in (("gate", "0.4"), ("junction", "0.05")):
        text = head.format(name) + f"# address: \n0.000000 > :SOUR:VOLT?\n0.000100 < {level}\n"
        (station / f"{name}.transcript").write_text(text, encoding="utf-8")
    tests = run(block("testing.md", "python", "ReplayAdapter"))
    tests["test_the_level_as_metal_told_it"](replayed)
    tests["test_their_driver_as_well"]()
    run(block("testing.md", "python", "parity("), virtual_bench=virtual_bench)
    assert "0 of 1 messages to `gate`" in capsys.readouterr().out


def test_the_test_of_the_page_on_conformance_passes(station) -> None:
    run(block("conformance.md", "python", "def test_"))["test_my_driver_conforms"]()


def test_the_script_of_the_page_on_queues_hands_its_runs_in(station, capsys) -> None:
    text = block("queue.md", "python", "queue=True").replace('"virtual"', '"virtual@smtj"')
    run(text.replace("(31, 61)", "(2, 3)"))
    said = capsys.readouterr().out.split()
    assert [Run.find(station / "runs", run_id).points_planned for run_id in said[::2]] == [4, 6]


def test_the_window_of_the_page_on_bridges_is_python() -> None:
    compile(block("bridges.md", "python", "ManagedWindow"), "bridges.md", "exec")  # to run it takes Qt and a screen


THEIRS = """
from pymeasure.experiment import FloatParameter, Parameter, Procedure


class Sweep(Procedure):
    stop = FloatParameter("Stop", units="V", default=0.1)
    address = Parameter("Address", default="")
    DATA_COLUMNS = ["Gate (V)"]

    def execute(self):
        assert self.address == "TCPIP::junction::INSTR"
        self.emit("results", {"Gate (V)": self.stop})
"""


def test_a_procedure_of_pymeasures_runs_as_the_page_on_bridges_says(station, capsys) -> None:
    (station / "their_file.py").write_text(THEIRS, encoding="utf-8")
    frame = run(block("bridges.md", "python", "from_pymeasure"))["run"].frame()
    assert frame["Gate"].tolist() == [0.2]
    assert frame.attrs["units"]["Gate"] == "V"


def loaded(folder: Path, text: str) -> Bench:
    """Return the bench of a text."""
    (folder / "bench.toml").write_text(text, encoding="utf-8")
    return Bench.load(folder / "bench.toml")


def test_the_bench_file_of_its_page_is_one_and_takes_the_devices_and_magnets_below(tmp_path) -> None:
    whole = block("bench-file.md", "toml", 'name = "probe station 1"')
    names, table, component = block("bench-file.md", "toml", "devices =").partition("[components")
    bench = loaded(tmp_path, names + whole + table + component)
    assert bench.limits["gate"].leakage == 20e-9
    assert bench.devices == ("device", "second")
    assert bench.components["series"].resistance == 2000


def test_the_two_channels_of_the_page_on_bench_files_play_gate_and_junction(tmp_path) -> None:
    rest = TWO_CHANNELS[TWO_CHANNELS.index("[wiring]") :]
    bench = loaded(tmp_path, 'name = "two"\n' + block("bench-file.md", "toml", "part_of") + rest)
    assert bench.parts == {"gate": "dual.a", "junction": "dual.b"}


WHAT_MAY_BE_SAID = re.compile(r'^# (\w+(?:, \w+)*) = ("[^"]*"|\S+).*$', flags=re.MULTILINE)
"""A key of the truth that stands there as a comment, or several, and the value."""


def test_the_truth_and_the_fault_of_the_page_on_virtual_benches_are_known(tmp_path) -> None:
    truth, fault = block("virtual-bench.md", "toml", "[truth.device]"), block("virtual-bench.md", "toml", "[[faults]]")
    said, many = WHAT_MAY_BE_SAID.subn(
        lambda key: "\n".join(f"{name} = {key[2]}" for name in key[1].split(", ")), truth
    )
    bench = loaded(tmp_path, 'magnets = ["main"]\n' + VIRTUAL + "\n" + said + fault)
    VirtualBench(bench).close()
    assert many == 9


COMMANDS = sorted(
    {
        line.removeprefix("$ ").partition("  #")[0].strip()
        for page in [*DOCS.glob("*.md"), DOCS.parent.parent / "README.md"]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("$ smtjlab ")
    }
)


@pytest.mark.parametrize("line", COMMANDS)
def test_the_command_line_knows_every_command_of_the_pages(line: str) -> None:
    command, words, context = typer.main.get_command(app), shlex.split(line)[1:], None
    while command:
        context = command.make_context(command.name, words, parent=context)  # raises at an option it does not know
        group, rest = command, [*getattr(context, "_protected_args", ()), *context.args]
        _, command, words = group.resolve_command(context, rest) if hasattr(group, "commands") else ("", None, [])
