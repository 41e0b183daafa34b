import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import this_process

Events = list[tuple[str, dict[str, object]]]


@pytest.fixture
def written_run(tmp_path: Path) -> Callable[..., Run]:
    """Write a run folder with these events and no readings; what a face sees of a run is its folder."""

    def write(events: Events, *, run_id: str = "0123abcd", simulated: bool | None = True) -> Run:
        folder = tmp_path / f"2026-03-01-{run_id}"
        folder.mkdir()
        facts = {
            "id": run_id,
            "created": "2026-03-01T10:00:00.000+00:00",
            "procedure": "smtjlab.procedures.transfer_curve:TransferCurve",
            "procedure_name": "transfer-curve",
            "parameters": {"stop": {"value": 0.4, "unit": "V"}, "poling": {"value": "as [found]", "unit": ""}},
            "planned": 82,
            "bench": "virtual [bench]",
            "junction": "fig5-die",
            "model": "sllg",
            "seed": 1,
            "engine": this_process(),
        }
        if simulated is not None:
            facts |= {"simulated": simulated, "identities": {"gate": "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001,1.7"}}
        with Journal.create(folder / JOURNAL, facts) as journal:
            for kind, payload in events:
                journal.note(kind, **payload)
        return Run(folder)

    return write


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Return when a condition holds; fail with it after some seconds. The condition is the world's, not ours."""

    def wait(condition: Callable[[], bool], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come about"
            time.sleep(0.02)

    return wait
