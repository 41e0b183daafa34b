"""What the benchmarks of acquisition share: an echo server, a served bench, bare PyVISA-py, times taken in turn.

Run by itself it is the echo server: it tells its port and answers each question at once, from a process of its own as
the served bench does, until its standard input ends.
"""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyvisa

STALL = 20e-3
"""Time in s that no point may take; Nagle's stall is 40 ms."""
SLOW = 10e-3
"""Time in s above which an exchange is counted."""
_LEVEL = re.compile(rb":SOUR:VOLT (\S+);:SOUR:VOLT\?")
_BYTES = re.compile(rb"BYTES (\d+)\?")


# The echo server


def answer(message: bytes) -> bytes | None:
    """Return what the echo answers a line: so many bytes, the level that was set, a reading, or 1."""
    if not message.endswith(b"?"):
        return None
    if asked := _BYTES.search(message):
        return b"7" * int(asked[1]) + b"\n"
    if level := _LEVEL.search(message):
        return level[1] + b"\n"
    if b"READ" not in message:
        return b"1\n"
    return b"5.000000E-10,1.000000E-01;0;1\n" if b":OUTP?" in message else b"5.000000E-10,1.000000E-01;0\n"


def echo() -> None:
    """Serve one connection after another, as a raw socket with QUICKACK and one send per answer."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    while True:
        client, _ = listening.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if os.fork() == 0:
            _serve(client)
            os._exit(0)
        client.close()


def _serve(client: socket.socket) -> None:
    rest = b""
    while data := client.recv(65536):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if (said := answer(line)) is not None:
                client.sendall(said)


@contextmanager
def echo_server() -> Iterator[str]:
    """Yield the address of an echo server in a process of its own."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            yield f"TCPIP::127.0.0.1::{int(process.stdout.readline())}::SOCKET"
        finally:
            process.kill()


# A served bench


@contextmanager
def served_bench(bench: str | Path, *also: str) -> Iterator[Mapping[str, str]]:
    """Yield the addresses of a bench served by a process of its own, those of transports `also` beside them."""
    command = [sys.executable, "-m", "smtjlab.instruments.virtual.server", str(bench), "--json"]
    command += [word for transport in also for word in ("--also", transport)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"The bench {bench} must be served, but is not (the reason stands above).")
        try:
            yield json.loads(line)
        finally:
            process.terminate()


def bare(address: str, timeout: float = 60.0) -> Any:
    """Return PyVISA-py on an address, without Nagle where it is a raw socket: the reference of all ratios."""
    manager = pyvisa.ResourceManager("@py")
    resource = manager.open_resource(
        address, read_termination="\n", write_termination="\n", timeout=1000 * timeout, chunk_size=2**20
    )
    if address.endswith("::SOCKET"):
        resource.visalib.sessions[resource.session].interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return resource


# Times


@dataclass
class Times:
    """Times in s of one way of doing something, all of them and the median of each round."""

    calls: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)

    def add(self, times: list[float]) -> None:
        """Add a round."""
        self.calls += times
        self.rounds.append(statistics.median(times))

    def percentile(self, percent: float) -> float:
        """Return the time below which so many calls stay."""
        ordered = sorted(self.calls)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    def over(self, reference: Times) -> float:
        """Return the median over the rounds of the ratio within each."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.rounds, reference.rounds, strict=True))

    def row(self, name: str, reference: Times | None = None) -> str:
        """Return a line of a table; with a ratio where there is a reference."""
        ratio = "" if reference is None else f"  {self.over(reference):6.2f} x"
        worst, slow = max(self.calls), sum(one > SLOW for one in self.calls)
        return (
            f"{name:<52} {1e6 * self.percentile(50):8.1f} {1e6 * self.percentile(99):8.1f} {1e3 * worst:8.2f} "
            f"{slow:6d}{ratio}"
        )


HEADER = f"{'':<52} {'p50/us':>8} {'p99/us':>8} {'max/ms':>8} {'>10ms':>6}"


def timed(act: Callable[[int], object], calls: int) -> list[float]:
    """Return the times of so many calls; each is told its number."""
    times = []
    for number in range(calls):
        begun = time.perf_counter()
        act(number)
        times.append(time.perf_counter() - begun)
    return times


class Machine:
    """The machine itself: how long it keeps a process waiting that only computes, looked at between the rounds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.seconds = 0.0

    def look(self, seconds: float = 0.05) -> None:
        """Look at the clock for a while, and note the longest moment between two looks."""
        begun = before = time.perf_counter()
        while before - begun < seconds:
            now = time.perf_counter()
            self.longest, before = max(self.longest, now - before), now
        self.seconds += seconds

    def __str__(self) -> str:
        return (
            f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}; one that "
            f"only computes was kept waiting for up to {1e3 * self.longest:.1f} ms within {self.seconds:.0f} s"
        )


MACHINE = Machine()


def in_turn(ways: Mapping[str, Callable[[int], list[float]]], rounds: int, calls: int) -> dict[str, Times]:
    """Return the times of several ways, each told how many calls to take, in turn round by round, and the machine's.

    Load falls on all alike. The first calls of each are thrown away.
    """
    found = {name: Times() for name in ways}
    for way in ways.values():
        way(min(calls, 20))
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].add(way(calls))
        MACHINE.look()
    return found


def repeated(act: Callable[[int], object]) -> Callable[[int], list[float]]:
    """Return what calls `act` so many times and returns how long each took."""
    return lambda calls: timed(act, calls)


def stalls(found: Mapping[str, Times]) -> str:
    """Return the sentence on whether anything took longer than a point may."""
    slow = {name: f"{1e3 * max(times.calls):.1f} ms" for name, times in found.items() if max(times.calls) > STALL}
    count = sum(len(times.calls) for times in found.values())
    told = "none" if not slow else ", ".join(f"{name} {worst}" for name, worst in slow.items())
    return f"Above {1e3 * STALL:g} ms, of {count}: {told}. (Nagle's stall would be 40 ms on about each second one.)"


if __name__ == "__main__":
    echo()
