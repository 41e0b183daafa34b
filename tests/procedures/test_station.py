"""The processes of a station: what they find, and what they must not find."""

import subprocess

from smtjlab.procedures.station import start_process


def test_a_module_in_the_current_folder_does_not_take_the_place_of_pythons_own(tmp_path, monkeypatch):
    """Somebody who measures in a folder of a stranger's runs none of its code by that."""
    for name in ("json", "socket", "numpy"):
        (tmp_path / f"{name}.py").write_text(f"from pathlib import Path\nPath(r'{tmp_path / 'ran'}').touch()\n")
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "guardian.log"
    with start_process("smtjlab.procedures.guardian", log=log, stdin=subprocess.PIPE) as process:
        process.communicate(b"", timeout=60)
    assert not (tmp_path / "ran").exists()
    assert "Traceback" not in log.read_text()
