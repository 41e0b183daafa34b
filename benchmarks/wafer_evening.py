"""A whole wafer from evening to morning on the virtual probe station, killed on the way: every device of every die.

    python benchmarks/wafer_evening.py [--dies 509] [--kills 10] [--out DIR]

Processes are the real ones: engine, guardian, shadow, bench server. Each device gets a pre-test and, where that finds
it good, a transfer curve of 13 readings, as the packaged recipe `quick` does. The engine gets SIGKILL at moments spread
over the way; then its guardian must have read the bench back as safe, and the wafer is resumed. Printed are wall time
without pauses and processor time by process, devices and readings per s, memory at a tenth and at the end of the way,
and whether every device was measured once. `benchmarks/wafer_truth.py` scores the run against the truth.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import Started, submit, submit_again
from smtjlab.procedures.status import State, engine_of
from smtjlab.procedures.wafer.named import recipe_path, wafer_path
from smtjlab.procedures.wafer.outcome import Outcome
from smtjlab.procedures.wafer.wafer_walk import WaferWalk
from smtjlab.procedures.why import made_safe

LOOK = 1.0
"""Seconds between two looks."""
GUARDIAN = 60.0
"""Seconds that a guardian may take."""
NAMES = {"engine_process": "engine", "shadow": "model", "guardian": "guardian", "server": "bench"}
"""What stands in the command of a process to what it is."""


class Watch:
    """Memory and processor time of the processes of a run, by what they are; those of the dead are added up."""

    def __init__(self, where: Path) -> None:
        """`where` stands in the command of each of them."""
        self._where = str(where)
        self.paused = 0.0
        """Time in s for which somebody has held the wafer."""
        self.memory: list[tuple[int, dict[str, float]]] = []
        self._spent: dict[tuple[str, int], float] = {}

    def look(self, taken: int) -> None:
        """Look at every process that lives."""
        memory: dict[str, float] = Counter()
        for process in psutil.process_iter(["cmdline"]):
            words = " ".join(process.info["cmdline"] or ())
            name = next((name for key, name in NAMES.items() if f".{key}" in words), None)
            if name is None:
                continue
            with suppress(psutil.Error):
                parent = process.parent()  # the model's command names no folder, that of its engine does
                if self._where not in words + " ".join(parent.cmdline() if parent is not None else ()):
                    continue
                memory[name] += process.memory_info().rss / 2**20
                times = process.cpu_times()
                self._spent[name, process.pid] = times.user + times.system
        self.memory.append((taken, dict(memory)))

    def spent(self) -> dict[str, float]:
        """Return processor time in s by name."""
        found: dict[str, float] = Counter()
        for (name, _), seconds in self._spent.items():
            found[name] += seconds
        return dict(found)


def recipe_of(folder: Path, dies: int) -> Path:
    """Return the recipe `quick`, for every device of the first dies in the shortest order."""
    text = recipe_path("quick").read_text(encoding="utf-8")
    every = [list(die) for die in read_wafer(wafer_path("200mm")).dies][:dies]
    start, end = text.index("[order]"), text.index("[pretest]")
    order = f'[order]\nkind = "listed"\ndies = {every}\n\n' if dies < 509 else '[order]\nkind = "serpentine"\n\n'
    path = folder / "evening.toml"
    path.write_text((text[:start] + order + text[end:]).replace('on = ["*/*1"]', 'on = ["*/*"]'), encoding="utf-8")
    return path


def killed(run: Run) -> bool:
    """Kill the engine of a run, and return whether its guardian has read the bench back as safe."""
    os.kill(int(engine_of(run.events(), run.meta["engine"])["pid"]), signal.SIGKILL)
    deadline = time.monotonic() + GUARDIAN
    while (safe := made_safe(run)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(safe)


def walked(started: Started, dies: int, kills: int, watch: Watch, seed: int) -> tuple[Run, list[bool]]:
    """Walk the wafer to its end through that many kills; return the run, and whether each ended safe."""
    rng, run, devices = random.Random(seed), started.run, 20 * dies
    moments = sorted(rng.uniform(0.02, 0.95) * devices for _ in range(kills))
    safe: list[bool] = []
    while not (state := run.status).ended:
        watch.look(taken := run.points_taken)
        watch.paused += LOOK if state is State.PAUSED else 0.0
        if moments and taken >= moments[0]:
            time.sleep(rng.uniform(0, 1))  # somewhere in a visit
            moments.pop(0)
            safe.append(killed(run))
            started.client.close()
            watch.look(taken)
            print(f"  killed at {taken} of {devices}: {'safe' if safe[-1] else 'NOT SAFE'}", flush=True)
            started = submit_again(Run(run.folder))
        time.sleep(LOOK)
    started.client.close()
    return run, safe


def main() -> None:
    """Print what an evening comes to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dies", type=int, default=509)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=None)
    wanted = parser.parse_args()
    out = wanted.out or Path(tempfile.mkdtemp(prefix="smtjlab-evening-"))
    out.mkdir(parents=True, exist_ok=True)
    walk = WaferWalk(wafer="200mm", recipe=str(recipe_of(out, wanted.dies)))
    watch, begun = Watch(out.resolve()), time.monotonic()
    started = submit(walk, bench="wafer", junction="fig5", model="boltzmann", out=out)
    run, safe = walked(started, wanted.dies, wanted.kills, watch, wanted.seed)
    wall = time.monotonic() - begun - watch.paused
    outcomes = [Outcome.of(row.values) for row in run.rows()]
    readings = sum(Run(run.folder / name).points_taken for one in outcomes for name in one.runs)
    visits = Counter(one.site for one in outcomes)
    print(f"run {run.id} in {out} ended {run.status}")
    twice = sum(n > 1 for n in visits.values())
    print(f"{len(visits)} devices of {20 * wanted.dies}, {twice} of them twice; {readings} readings")
    print(f"{sum(safe)} of {len(safe)} kills ended safe")
    print(f"wall {wall:.0f} s: {len(visits) / wall:.2f} devices/s, {readings / wall:.1f} readings/s")
    for name, seconds in watch.spent().items():
        print(f"  {name}: {seconds:.0f} s of processor time, {1e3 * seconds / max(len(visits), 1):.0f} ms a device")
    early = next((memory for taken, memory in watch.memory if taken >= 2 * wanted.dies), {})
    late = watch.memory[-2][1] if len(watch.memory) > 1 else {}
    for name in early:
        print(f"  {name}: {early[name]:.0f} MiB after a tenth, {late.get(name, 0):.0f} MiB at the end")


if __name__ == "__main__":
    main()
