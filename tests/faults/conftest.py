from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from .evidence import Evidence, resumed
from .matrix import ROWS, Row

AT_ONCE = 4
"""Stations at which rows are played at the same time: most of them wait for a deadline."""


@pytest.fixture(scope="session")
def plays(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Evidence]]]:
    """Play every row of which a cell is to be tested, several at once; what they leave running ends with the tests."""
    wanted = {item.callspec.params["row"].fault for item in request.session.items if "row" in _parameters(item)}
    folder = tmp_path_factory.mktemp("faults")
    played: dict[str, Future[Evidence]] = {fault: Future() for fault in wanted}
    stations: dict[str, list[Row]] = {}
    for row in ROWS:
        if row.fault in wanted:
            stations.setdefault(row.station or row.fault, []).append(row)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, rows in stations.items():
            pool.submit(_play, rows, folder / name.replace(" ", "_"), played)
        yield played
    _end_all(folder)


@pytest.fixture
def evidence(plays: dict[str, Future[Evidence]], row: Row) -> Evidence:
    """What the row of this cell has left."""
    return plays[row.fault].result()


def _parameters(item: pytest.Item) -> dict[str, object]:
    return getattr(getattr(item, "callspec", None), "params", {})


def _play(rows: list[Row], folder: Path, played: dict[str, Future[Evidence]]) -> None:
    """Play rows at one station, one after the other."""
    folder.mkdir()
    for row in rows:
        try:
            played[row.fault].set_result(resumed(row.player(folder), row.repair, row.accept))
        except BaseException as problem:  # noqa: BLE001 - it is raised where the row is asked for
            played[row.fault].set_exception(problem)


def _end_all(folder: Path) -> None:
    """End the benches, engines and models of all rows."""
    living = [process for process in psutil.process_iter(["cmdline"]) if str(folder) in _words(process)]
    for process in living:
        process.kill()
    psutil.wait_procs(living, timeout=10)


def _words(process: psutil.Process) -> str:
    return " ".join(process.info["cmdline"] or [])
