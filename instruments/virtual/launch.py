"""Virtual benches that are served by processes of their own: start, find and stop one. Stdlib only.

The address file in the station folder is readable by its owner only: it holds the token of the control channel.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from smtjlab.instruments.child_environment import child_environment
from smtjlab.instruments.errors import BenchFileError, NotConnected
from smtjlab.instruments.station_files import lock, write_private

from .control import ControlChannel

ADDRESS_FILE = "virtual_bench.json"
LOCK_FILE = "virtual_bench.lock"
LOG_FILE = "virtual_bench.log"
IDLE_SECONDS = 10.0
START_SECONDS = 60.0
"""Seconds after which a server that has not said where it serves counts as failed."""
ANSWER_SECONDS = 30.0
"""Seconds within which a server must tell the time: it may be compiling."""
END_SECONDS = 10.0
"""Seconds that a server may take to end."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where a virtual bench is served."""

    addresses: Mapping[str, str]
    """Instrument name to VISA address."""
    control: tuple[int, str]
    """Port and token of the control channel."""
    pid: int
    bench: str
    """Path of the bench file."""
    fingerprint: str
    """Hash of the bench file's text, its circuit file's included."""
    also: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Instrument name to transport to VISA address, where an instrument is on more than one."""

    @classmethod
    def by_this_process(
        cls,
        addresses: Mapping[str, str],
        control: tuple[int, str],
        path: Path,
        text: str,
        also: Mapping[str, Mapping[str, str]],
    ) -> Served:
        """Return where this process serves a bench."""
        return cls(addresses, control, os.getpid(), str(path), fingerprint_of(text), also)

    def every_address(self) -> dict[str, str]:
        """Return all VISA addresses, those of further transports under `instrument.transport`."""
        more = {f"{name}.{kind}": address for name, others in self.also.items() for kind, address in others.items()}
        return dict(self.addresses) | more


def fingerprint_of(text: str) -> str:
    """Return the hash by which a changed bench file is told from the one that is served."""
    return hashlib.sha256(text.encode()).hexdigest()


def ensure_served(bench_path: str | Path, station: str | Path) -> Served:
    """Return where the bench is served, after starting its server where there is none.

    A server of another bench, or of an older text of the same file, gives way if all its outputs are off. Two
    callers at once start one server. Raises BenchFileError for a wrong bench file, NotConnected for a server that
    does not start.
    """
    station, path = Path(station), Path(bench_path).absolute()
    station.mkdir(parents=True, exist_ok=True)
    with _alone(station):
        served = find_served(station)
        if served is not None:
            if (served.bench, served.fingerprint) == (str(path), _fingerprint(path)):
                return served
            _give_way(served, station)
        return _start(path, station)


def find_served(station: str | Path) -> Served | None:
    """Return where the station's virtual bench is served, or None; a file that lies is removed.

    Raises NotConnected for a server that is there and does not answer: nobody knows what of its bench is on.
    """
    file = Path(station) / ADDRESS_FILE
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        served = Served(**{**fields, "control": (int(fields["control"][0]), str(fields["control"][1]))})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        file.unlink(missing_ok=True)
        return None
    try:
        with ControlChannel(*served.control, patience=ANSWER_SECONDS) as channel:
            channel.now()
    except TimeoutError:
        raise NotConnected(
            f"The process {served.pid} that serves {served.bench} must answer within {ANSWER_SECONDS:g} s, but does "
            "not: let it go on or end it."
        ) from None
    except OSError:
        forget_served(station, served)
        return None
    return served


def stop_served(station: str | Path) -> bool:
    """Switch the station's virtual bench off; return whether there was one. NotConnected where it does not end."""
    served = find_served(station)
    if served is None:
        return False
    _end(served)
    forget_served(station, served)
    return True


def remember_served(station: str | Path, served: Served) -> None:
    """Write the address file, whole or not at all, for its owner only."""
    station = Path(station)
    station.mkdir(parents=True, exist_ok=True)
    write_private(station / ADDRESS_FILE, asdict(served))


def forget_served(station: str | Path, served: Served) -> None:
    """Remove the address file if it is still that server's."""
    file = Path(station) / ADDRESS_FILE
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        if list(json.loads(file.read_text(encoding="utf-8"))["control"]) == list(served.control):
            file.unlink(missing_ok=True)


def _start(path: Path, station: Path) -> Served:
    """Start a server in a session of its own and wait for its first line, which says that it serves."""
    log = station / LOG_FILE
    command = [sys.executable, "-P", "-m", "smtjlab.instruments.virtual.server", str(path), "--json",
               "--station", str(station), "--idle", str(IDLE_SECONDS)]  # fmt: skip
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=child_environment(),  # a driver that is found here is found there
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout as answers:
        ready, _, _ = select.select([answers], [], [], START_SECONDS)
        line = answers.readline() if ready else b""
    if line:
        served = find_served(station)
        if served is not None:
            _watch(process)
            return served
    _fail(process, path, log)
    raise AssertionError


def _watch(process: subprocess.Popen[bytes]) -> None:
    """Let the server be: it outlives this process. Its end is nobody's business here, but is collected."""
    import threading

    threading.Thread(target=process.wait, name="virtual bench", daemon=True).start()


def _fail(process: subprocess.Popen[bytes], path: Path, log: Path) -> None:
    """Raise what kept a server from starting, in its own words."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS if process.poll() is None else 0)
    if process.poll() is None:
        process.kill()
        process.wait()
    words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    reason = words[-1] if words else f"it ended with code {process.returncode} and said nothing."
    if process.returncode == 2:
        raise BenchFileError(reason)
    raise NotConnected(f"A virtual bench must be served for {path.name}, but: {reason}")


def _give_way(served: Served, station: Path) -> None:
    """End the server of another bench, if its outputs are off."""
    with ControlChannel(*served.control) as channel:
        on = [name for name, state in channel.outputs().items() if state]
    if on:
        raise NotConnected(
            f"The station {station} must serve one virtual bench, but serves {served.bench} with the output of "
            f"{', '.join(on)} on. Make it safe and stop it first."
        )
    _end(served)
    forget_served(station, served)


def _end(served: Served) -> None:
    """Ask a server to end, and wait until it hangs up its last connection."""
    with contextlib.suppress(ConnectionError), ControlChannel(*served.control) as channel:
        channel.stop()
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        try:
            with ControlChannel(*served.control, patience=1.0) as channel:
                channel.now()
        except OSError:
            return
        time.sleep(0.01)
    raise NotConnected(f"The virtual bench of process {served.pid} must end when told to, but still answers.")


def _fingerprint(path: Path) -> str:
    from smtjlab.instruments.bench import Bench

    return fingerprint_of(Bench.load(path).text)


@contextlib.contextmanager
def _alone(station: Path) -> Iterator[None]:
    """Hold the station's lock: a second caller waits."""
    with (station / LOCK_FILE).open("w") as file:
        lock(file, wait=True)
        yield
