"""Opens the record of a new run: its folder, its journal, and the bench and belief as used."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smtjlab.instruments.bench_circuit import circuit_of

from .errors import JournalFault
from .find import kebab
from .journal import Journal
from .network_folder import refuse_network
from .own_loop import OwnLoop
from .parameter import parameters_of
from .plan import Plan
from .provenance import code_hash, text_hash, versions
from .run import BENCH, JOURNAL, JUNCTION, REQUEST
from .status import this_process
from .synced import sync, sync_names

SHARED = (BENCH, JUNCTION, REQUEST)
"""Files of a run beside its journal, that runs above many may keep once."""


class Shared:
    """What the records of many runs of one plan have in common: made once, by a run above them."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        """`folder` has bench, junction and request already (`write_shared`); they are linked."""
        self.folder = folder
        self.facts = _facts(plan)
        self.setpoints = [one.to_dict() for one in plan.listed]


def open_record(plan: Plan) -> tuple[Path, Journal]:
    """Create the run's folder and journal, all of it synced to disk.

    Raises JournalFault where that cannot be done, and ProcedureMistake where another computer keeps the runs folder.
    """
    refuse_network(Path(plan.request.runs))
    return _opened(
        Path(plan.request.runs),
        lambda folder: write_shared(plan, folder),
        lambda: (_facts(plan), [one.to_dict() for one in plan.listed]),
        patient=False,
    )


def open_shared_record(shared: Shared, runs: Path, **more: Any) -> tuple[Path, Journal]:
    """Create the folder and a patient journal of one run of many; `more` are facts of it alone."""

    def link(folder: Path) -> None:
        for name in SHARED:
            _link(shared.folder / name, folder / name)

    return _opened(runs, link, lambda: (shared.facts | more, shared.setpoints), patient=True)


def _opened(
    runs: Path,
    fill: Callable[[Path], None],
    told: Callable[[], tuple[dict[str, Any], list[dict[str, Any]]]],
    *,
    patient: bool,
) -> tuple[Path, Journal]:
    run_id, now = secrets.token_hex(4), datetime.now(UTC)
    folder = runs / f"{now.date().isoformat()}-{run_id}"
    try:
        folder.mkdir(parents=True)
        fill(folder)
        if not patient:
            sync_names(folder)
    except OSError as error:
        raise JournalFault(f"The run's folder {folder} cannot be written: {error.strerror}.") from error
    facts, setpoints = told()
    own = {"id": run_id, "created": now.isoformat(timespec="milliseconds"), "seed": int(run_id, 16)}
    return folder, Journal.create(folder / JOURNAL, own | facts, setpoints, patient=patient)


def write_shared(plan: Plan, folder: Path) -> None:
    """Write bench, junction and request as used into a folder that exists. Raises OSError."""
    texts = (plan.bench.text, plan.belief.to_toml(), json.dumps(plan.request.to_dict(), indent=2))
    for name, text in zip(SHARED, texts, strict=True):
        _write(folder / name, text)


def _link(source: Path, target: Path) -> None:
    """Give a file a second name; where the file system has none, copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _write(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        sync(file)


def _facts(plan: Plan) -> dict[str, Any]:
    """Return the facts of a run, but for what tells it from another one of the same plan."""
    procedure = plan.procedure
    declared = parameters_of(type(procedure))
    return {
        "procedure": plan.request.procedure,
        "procedure_name": kebab(type(procedure).__name__),
        "parameters": {
            name: {"value": value, "unit": declared[name].unit} for name, value in procedure.parameter_values().items()
        },
        **_extent(plan),
        **({"rival": procedure.rival} if procedure.rival else {}),
        **({"foretold": plan.foretold} if plan.foretold else {}),
        "bench": plan.bench.name,
        **({"circuit": circuit_of(plan.bench).to_dict()} if plan.bench.has_circuit else {}),
        "limits": {name: asdict(limits) for name, limits in plan.bench.limits.items()},
        "junction": plan.request.junction,
        "model": str(plan.model),
        "versions": versions(),
        "hashes": {
            "bench": text_hash(plan.bench.text),
            "junction": text_hash(plan.belief.to_toml()),
            "code": code_hash(),
        },
        "engine": this_process(),
    }


def _extent(plan: Plan) -> dict[str, Any]:
    """Return how many setpoints are planned; of a loop that is the procedure's own, its columns with their units."""
    if isinstance(plan.procedure, OwnLoop):
        return {"planned": plan.procedure.planned_rows(), "columns": plan.procedure.columns()}
    if plan.is_adaptive:
        return {"planned": plan.most_points, "adaptive": True}
    return {"planned": len(plan.setpoints)}
