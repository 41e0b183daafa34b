"""Run folders of strangers: what their request says is refused in words, and runs nothing by itself."""

import json
import os
import sys

import pytest

from smtjlab.procedures.errors import JournalFault, ProcedureMistake
from smtjlab.procedures.resume import LONGEST_REQUEST, Resumption, read_request
from smtjlab.procedures.run import REQUEST

WHOLE = {
    "procedure": "smtjlab.procedures.transfer_curve:TransferCurve",
    "parameters": {"points": 5},
    "bench": "virtual",
    "junction": "fig5",
    "model": "static",
    "runs": "/tmp",
}
SPY = "from pathlib import Path\nPath(r'{}').touch()\n"


@pytest.fixture
def stranger(make_run, tmp_path, monkeypatch):
    """Make an interrupted run with a request; modules in a folder of its own leave a mark when they are run."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("stranger.py", "strange_procedure.py"):
        (tmp_path / name).write_text(SPY.format(tmp_path / "ran"), encoding="utf-8")
    run = make_run("0a0a0a0a", "running", "stopped", readings=2)

    def make(**changed):
        (run.folder / REQUEST).write_text(json.dumps(WHOLE | changed), encoding="utf-8")
        return run

    return make


@pytest.mark.parametrize(
    "procedure",
    ["stranger:Anything", "strange_procedure.py:Curve", "os:system",
     "smtjlab.procedures.transfer_curve:TransferCurve.x",
     "smtjlab.simulation.junction:Junction", "", ":", "antigravity:Fly", "../../stranger.py:Curve"],
)  # fmt: skip
def test_no_code_that_a_request_names_is_run(stranger, tmp_path, procedure):
    run = stranger(procedure=procedure)
    with pytest.raises(ProcedureMistake, match="--accept procedure"):
        Resumption.of(run)
    assert not (tmp_path / "ran").exists()
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    "text",
    ["", "[" * 100_000, "null", "[]", "{}", '{"procedure": 1}', json.dumps(WHOLE | {"parameters": []}), "\x00" * 100,
     json.dumps(WHOLE | {"bench": ["virtual"]}), json.dumps(WHOLE | {"more": 1}), '{"a": ' * 5000],
)  # fmt: skip
def test_a_request_that_is_none_is_refused_in_words(stranger, text):
    run = stranger()
    (run.folder / REQUEST).write_text(text, encoding="utf-8")
    with pytest.raises(JournalFault, match="must be the request of a run"):
        read_request(run.folder / REQUEST)


@pytest.mark.parametrize(
    "parameters",
    [{"points": 10**9}, {"points": 1e400}, {"points": "9**9**9"}, {"start": float("nan")}, {"points": [[[]]]},
     {"__class__": 1}, {"nplc": True}, {"direction": "x" * 10_000}, {"stop": 1e308}],
)  # fmt: skip
def test_parameters_are_checked_before_anything_is_made_of_them(stranger, parameters):
    with pytest.raises(ValueError, match=r"must|no parameter|known"):
        Resumption.of(stranger(parameters=parameters))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_a_link_and_a_folder_are_no_request(stranger, tmp_path):
    place = stranger().folder / REQUEST
    (tmp_path / "elsewhere.json").write_text(place.read_text())
    for make in (os.mkfifo, lambda path: os.symlink(tmp_path / "elsewhere.json", path), os.mkdir):
        place.unlink()
        make(place)
        with pytest.raises(JournalFault, match="no file of its own"):
            read_request(place)


def test_a_request_without_an_end_is_not_read(stranger):
    place = stranger().folder / REQUEST
    with place.open("wb") as stream:
        stream.truncate(1 << 40)
    assert LONGEST_REQUEST < 1 << 30
    with pytest.raises(JournalFault, match="must be the request of a run"):
        read_request(place)
