"""What strikes: faults of the bench, processes that die, hang or run out of something, and a clock that jumps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import psutil

from smtjlab.instruments.virtual.launch import stop_served
from smtjlab.procedures.find import find_procedure
from smtjlab.procedures.run import Run, run_folders

from .benches import packaged, with_hazard, with_magnet, with_prober
from .evidence import PATIENCE, Evidence, Onlooker, Strike, left_by, looks, outputs_of, play, sweep

FULL = 1_000_000
"""Size in bytes beyond which no file can grow on a disk that is full."""
COMMAND = [sys.executable, "-m", "smtjlab.cli.main"]
"""The command line, as a process."""
WINDOW = [sys.executable, str(Path(__file__).parent / "window_face.py")]
"""A window, as a process."""
SET_BACK = Path(__file__).parent / "set_back"
"""Folder of what sets a process's clock back."""

Player = Callable[[Path], Evidence]


def faulty(*faults: str) -> Player:
    """Return a row played on the packaged bench with these faults."""
    return lambda folder: play(folder, packaged(*faults))


def struck(strike: Strike, points: int) -> Player:
    """Return a row in whose run of so many points something strikes from outside."""
    return lambda folder: play(folder, packaged(), strike=strike, procedure=sweep(points))


def open_interlock(folder: Path) -> Evidence:
    """Let the interlock of a gate in a hazardous range open."""
    bench = with_hazard("gate interlock after=300")
    return play(folder, bench, procedure=sweep(stop=80.0), hazardous=True)


def lose_contact(folder: Path) -> Evidence:
    """Let the needles of a prober lose contact."""
    return play(folder, with_prober("prober lost_contact at=16.0"))


def quench(folder: Path) -> Evidence:
    """Let the magnet quench that the device lies in, while its field rises."""
    kind = find_procedure(f"{Path(__file__).parent / 'in_field.py'}:InField")
    return play(folder, with_magnet("field quench after=200"), procedure=kind(points=60, direction="up", averaging=1))


# Strikes


def kill_engine(run: Run) -> None:
    """Kill the engine."""
    os.kill(engine_of(run), signal.SIGKILL)


def stop_engine(run: Run) -> None:
    """Let the engine hang: it neither runs nor ends."""
    os.kill(engine_of(run), signal.SIGSTOP)


def kill_shadow(run: Run) -> None:
    """Kill the model's process."""
    attendant(run, "shadow").kill()


def kill_guardian(run: Run) -> None:
    """Kill the guardian."""
    attendant(run, "guardian").kill()


def starve_shadow(run: Run) -> None:
    """Leave the model's process no more memory than it has."""
    import resource  # POSIX has it, Windows has not

    shadow = attendant(run, "shadow")
    resource.prlimit(shadow.pid, resource.RLIMIT_AS, (resource.getpagesize(),) * 2)


def engine_of(run: Run) -> int:
    """Return the process of the engine."""
    return int(next(event for event in run.events() if event.kind == "engine").payload["process"]["pid"])


def attendant(run: Run, name: str) -> psutil.Process:
    """Return the guardian or the shadow of a run."""
    children = psutil.Process(engine_of(run)).children()
    return next(child for child in children if f"procedures.{name}" in " ".join(child.cmdline()))


# Repairs


def without_faults(bench: Path) -> None:
    """Take the faults out of a bench file: what was broken has been repaired, which makes it another bench."""
    bench.write_text(bench.read_text(encoding="utf-8").partition("\n[[faults]]")[0] + "\n")


def right_instrument_back(bench: Path) -> None:
    """Bring the right instruments back, switched on anew, and make the bench safe by hand."""
    [station] = (bench.parent / "runs" / ".stations").glob("*/")
    stop_served(station)
    without_faults(bench)
    made_safe_by_hand(bench)


def made_safe_by_hand(bench: Path) -> None:
    """Make a bench safe by hand."""
    safe = [*COMMAND, "bench", "safe", str(bench), "--out", str(bench.parent / "runs")]
    subprocess.run(safe, check=True, capture_output=True, timeout=PATIENCE)


# Rows that need a command line, or a window, of their own


def killed_face(folder: Path) -> Evidence:
    """Kill the command line that watches a run."""
    return _by_face(folder, strike=lambda face: face.kill(), points=400)


def killed_window(folder: Path) -> Evidence:
    """Kill the window in which Run was pressed, and open another one, which says how the run ended that it finds."""
    unseen = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*.warning=false"}
    opened: list[subprocess.Popen[str]] = []

    def strike(face: subprocess.Popen[str]) -> None:
        face.kill()
        again = [*WINDOW, str(folder / "bench.toml"), str(folder / "runs")]
        opened.append(subprocess.Popen(again, stdout=subprocess.PIPE, text=True, env=os.environ | unseen))

    evidence = _by_face(folder, strike=strike, environment=unseen, points=1500, words=_window)
    said, _ = opened[0].communicate(timeout=PATIENCE)
    return replace(evidence, sentence=evidence.sentence + said.strip())


def full_disk(folder: Path) -> Evidence:
    """Let no file of any process of the run grow beyond a size, until the run has ended."""
    import resource  # POSIX has it, Windows has not

    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, most))

    evidence = _by_face(folder, before=limit, points=600)
    for process in psutil.process_iter(["cmdline"]):  # space is made: what still lives may write again
        if str(folder) in " ".join(process.info["cmdline"] or []):
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
    return evidence


def clock_jump(folder: Path) -> Evidence:
    """Set the clock of all processes of a run back by an hour, in the midst of it."""
    mark = folder / "set_back"
    environment = {"PYTHONPATH": str(SET_BACK), "SMTJLAB_CLOCK_MARK": str(mark)}
    return _by_face(folder, strike=lambda _: mark.touch(), environment=environment, points=400)


def _command_line(bench: Path, out: Path, points: int) -> list[str]:
    places = ["--bench", str(bench), "--junction", "fig5", "--model", "static", "--out", str(out)]
    wishes = [word for wish in (f"points={points}", "direction=up", "averaging=1") for word in ("-p", wish)]
    return [*COMMAND, "run", "transfer-curve", *places, *wishes]


def _window(bench: Path, out: Path, points: int) -> list[str]:
    return [*WINDOW, str(bench), str(out), str(points)]


def _by_face(
    folder: Path,
    *,
    points: int,
    strike: Callable[[subprocess.Popen[str]], None] | None = None,
    before: Callable[[], None] | None = None,
    environment: Mapping[str, str] | None = None,
    words: Callable[[Path, Path, int], list[str]] = _command_line,
) -> Evidence:
    """Run by a process of its own, `smtjlab run` unless told otherwise, that inherits `before` and `environment`."""
    bench, out = folder / "bench.toml", folder / "runs"
    bench.write_text(packaged(), encoding="utf-8")
    told = folder / "told.txt"
    with told.open("w") as errors:
        face = subprocess.Popen(
            words(bench, out, points),
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=os.environ | (environment or {}),
            preexec_fn=before,
        )
    onlooker = Onlooker(None if strike is None else lambda _: strike(face))
    run = _followed(out, face, onlooker)
    outputs = outputs_of(out)
    face.wait(PATIENCE)
    return left_by(run.folder, told.read_text(encoding="utf-8").strip(), outputs, onlooker, bench)


def _followed(out: Path, face: subprocess.Popen[str], onlooker: Onlooker) -> Run:
    """Return the run that a face has begun, once it has ended or nobody waits for it any more."""
    deadline = time.monotonic() + PATIENCE
    while not run_folders(out):
        assert time.monotonic() < deadline, "no run began"
        time.sleep(0.02)
    run = Run(run_folders(out)[0].resolve())
    for state in looks(run):
        if face.poll() is not None and onlooker.struck is None:
            break
        onlooker(run, state)
    return run
