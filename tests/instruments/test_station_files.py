import json
import stat
import sys

import pytest

from smtjlab.instruments.station_files import lock, write_private


def test_a_private_file_is_for_its_owner_only_and_leaves_no_draft(tmp_path):
    write_private(tmp_path / "engine.json", {"port": 1})
    write_private(tmp_path / "engine.json", {"port": 2})
    assert json.loads((tmp_path / "engine.json").read_text()) == {"port": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["engine.json"]
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "engine.json").stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_told_and_nothing_is_written(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_private(tmp_path / "nowhere" / "engine.json", {})


def test_a_lock_has_one_holder_until_it_is_closed(tmp_path):
    first, second = (tmp_path / "a.lock").open("a"), (tmp_path / "a.lock").open("a")
    with second:
        with first:
            assert lock(first)
            assert not lock(second)
        assert lock(second, wait=True)
