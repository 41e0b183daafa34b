from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from .evidence import Evidence, resumed
from .matrix import ROWS, Row

AT_ONCE = 4
"""Rows that are played at the same time: most of them wait for a deadline."""


@pytest.fixture(scope="session")
def plays(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Evidence]]]:
    """Play every row of which a cell is to be tested, several at once; what they leave running ends with the tests."""
    wanted = {item.callspec.params["row"].fault for item in request.session.items if "row" in _parameters(item)}
    folder = tmp_path_factory.mktemp("faults")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {row.fault: pool.submit(_play, row, folder) for row in ROWS if row.fault in wanted}
    _end_all(folder)


@pytest.fixture
def evidence(plays: dict[str, Future[Evidence]], row: Row) -> Evidence:
    """What the row of this cell has left."""
    return plays[row.fault].result()


def _parameters(item: pytest.Item) -> dict[str, object]:
    return getattr(getattr(item, "callspec", None), "params", {})


def _play(row: Row, folder: Path) -> Evidence:
    own = folder / row.fault.replace(" ", "_")
    own.mkdir()
    return resumed(row.player(own), row.repair, row.accept)


def _end_all(folder: Path) -> None:
    """End the benches, engines and models of all rows."""
    living = [process for process in psutil.process_iter(["cmdline"]) if str(folder) in _words(process)]
    for process in living:
        process.kill()
    psutil.wait_procs(living, timeout=10)


def _words(process: psutil.Process) -> str:
    return " ".join(process.info["cmdline"] or [])
