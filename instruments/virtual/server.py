"""The server of a virtual bench: a raw TCP socket for each instrument and a control channel, on loopback only.

`python -m smtjlab.instruments.virtual.server FILE --json` prints the addresses, then serves until interrupted. A
server that was started for a station also ends by itself when nobody is connected and all outputs are off.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from smtjlab.instruments.bench import Bench

from .launch import Served, forget_served, remember_served
from .listener import Listener, bound, received
from .line_reader import LineReader
from .message_exchange import Answerer, ConnectionDropped
from .truth import LivingJunction
from .virtual_bench import VirtualBench
from .world import BenchClosedError

IDLE_SECONDS = 10.0
"""Seconds without a client, all outputs off, after which a station's server ends by itself."""
LONGEST_CONTROL_LINE = 4096
LOG = logging.getLogger(__name__)


class BenchServer:
    """A virtual bench on the network: a thread for each connection, one world behind a lock."""

    def __init__(self, bench: VirtualBench) -> None:
        """Bind all ports; NotConnected where one is taken."""
        self.bench = bench
        self.token = secrets.token_hex(16)
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._clients: set[socket.socket] = set()
        self._last_seen = time.monotonic()
        self._listeners = {name: self._listen(name) for name in bench.instruments}
        self._control = Listener(bound(0), self._serve_control)

    @property
    def served(self) -> Served:
        """Return where the bench is served."""
        addresses = {name: f"TCPIP::127.0.0.1::{listener.port}::SOCKET" for name, listener in self._listeners.items()}
        bench = self.bench.bench
        return Served.by_this_process(addresses, (self._control.port, self.token), bench.path, bench.text)

    def start(self) -> None:
        """Accept connections, in threads, and compile the kernels beside them."""
        self.bench.world.kernels_ready = False
        for listener in (*self._listeners.values(), self._control):
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        threading.Thread(target=self._warm, daemon=True).start()

    def wait_until_warm(self) -> None:
        """Return when the kernels are compiled, so that not even the first reading is slow."""
        world = self.bench.world
        with world.lock:
            world.lock.wait_for(lambda: world.kernels_ready)

    def wait(self, idle: float | None = None) -> None:
        """Return when the server was told to stop, or has been idle for `idle` s."""
        while not self._ended.wait(None if idle is None else max(0.05, idle / 4)):
            if idle is not None and self._idle_for() > idle and not any(self.bench.outputs().values()):
                return

    def stop(self) -> None:
        """Make `wait` return. May be called from a signal handler."""
        self._ended.set()

    def close(self) -> None:
        """Hang up on everybody."""
        self._ended.set()
        self.bench.close()
        for listener in (*self._listeners.values(), self._control):
            listener.listening.close()
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _idle_for(self) -> float:
        with self._lock:
            if self._clients:
                self._last_seen = time.monotonic()
            return time.monotonic() - self._last_seen

    def _listen(self, name: str) -> Listener:
        found = re.search(r"::(\d+)::SOCKET$", self.bench.bench.instruments[name].address, re.IGNORECASE)
        answerer = Answerer(self.bench, name)
        return Listener(bound(int(found[1]) if found else 0), lambda client: self._serve_instrument(client, answerer))

    def _accept(self, listener: Listener) -> None:
        while not self._ended.is_set():
            try:
                client, _ = listener.listening.accept()
            except OSError:  # closed at the end
                return
            threading.Thread(target=self._attend, args=(client, listener.serve), daemon=True).start()

    def _attend(self, client: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        with self._lock:
            self._clients.add(client)
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            serve(client)
        except (OSError, BenchClosedError) as problem:
            LOG.debug("a client has gone: %s", problem)
        finally:
            client.close()
            with self._lock:
                self._clients.discard(client)
                self._last_seen = time.monotonic()

    def _serve_instrument(self, client: socket.socket, answerer: Answerer) -> None:
        lines = LineReader()
        while data := received(client):
            for message in lines.feed(data):
                if message is None:
                    answerer.overrun()
                    continue
                try:
                    answered = answerer.answer(message)
                except ConnectionDropped:
                    return
                if answered is not None:
                    answer, late = answered
                    if late > 0:
                        self._ended.wait(late)
                    client.sendall(answer)  # one call: two small segments would wait for each other

    def _serve_control(self, client: socket.socket) -> None:
        with client.makefile("rb") as stream:
            while line := stream.readline(LONGEST_CONTROL_LINE):
                answer = self._command(line)
                client.sendall(json.dumps(answer).encode() + b"\n")
                if "stopping" in answer:
                    self.stop()
                if "error" in answer or "stopping" in answer:
                    return

    def _command(self, line: bytes) -> dict[str, Any]:
        """Carry out one command of the control channel."""
        try:
            command = json.loads(line)
            token, verb = str(command["token"]), str(command["do"])
            seconds = float(command.get("seconds", 0.0))
        except (ValueError, TypeError, KeyError, AttributeError):
            return {"error": "A command must be a JSON object with `token` and `do`."}
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return {"error": "The token must be the one in the station folder."}
        if verb == "sleep":
            if not 0 <= seconds < 1e9:
                return {"error": "`seconds` must be at least 0."}
            self.bench.world.sleep(seconds)
        elif verb == "stop":
            return {"stopping": True}
        elif verb == "outputs":
            return {"outputs": self.bench.outputs()}
        elif verb != "now":
            return {"error": "`do` must be now, sleep, outputs or stop."}
        return {"now": self.bench.world.now()}

    def _warm(self) -> None:
        """Compile the kernels on a junction of no consequence, then let the world begin."""
        world = self.bench.world
        try:
            LivingJunction(world.truth.junction, 0).read(0.02, 0.0, 0.1)
        finally:
            with world.lock:
                world.kernels_ready = True
                world.lock.notify_all()


def serve(
    bench: Bench,
    *,
    json_line: bool = False,
    station: Path | None = None,
    keep_alive: bool = True,
    on_ready: Callable[[Served], None] | None = None,
    idle: float = IDLE_SECONDS,
) -> None:
    """Serve a virtual bench from this process until it is interrupted or told to stop.

    With `station` the address file stands in that folder meanwhile, where `find_served` finds it. Without
    `keep_alive` the server also ends when it has been idle, all outputs off. `json_line` prints the addresses as one
    JSON line; `on_ready` is told too. Raises BenchFileError and NotConnected.
    """
    server = BenchServer(VirtualBench(bench))
    served = server.served
    with _signals(server.stop):
        try:
            server.start()
            if keep_alive:  # for strangers, whose patience with the first reading is not ours to choose
                server.wait_until_warm()
            if station is not None:
                remember_served(station, served)
            if json_line:
                print(json.dumps(dict(served.addresses)), flush=True)
            if on_ready is not None:
                on_ready(served)
            server.wait(None if keep_alive else idle)
        finally:
            if station is not None:
                forget_served(station, served)
            server.close()


class _signals:  # noqa: N801  # reads as a statement: with _signals(stop)
    """SIGINT and SIGTERM become a wish to stop, where this thread may decide that."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        import signal

        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, lambda *_: self._stop())

    def __exit__(self, *problem: object) -> None:
        import signal

        for number, handler in self._before.items():
            signal.signal(number, handler)


def main(arguments: list[str] | None = None) -> int:
    """Serve a bench from the command line; return the exit code."""
    import argparse
    import sys

    parser = argparse.ArgumentParser(description="Serve a virtual bench on loopback sockets.")
    parser.add_argument("bench", help="bench file, or the name of a packaged bench")
    parser.add_argument("--station", type=Path, help="folder for the address file")
    parser.add_argument("--json", action="store_true", help="print instrument name to VISA address as one JSON line")
    parser.add_argument("--idle", type=float, help="end after so many seconds without a client, all outputs off")
    options = parser.parse_args(arguments)
    try:
        serve(
            Bench.load(options.bench),
            json_line=options.json,
            station=options.station,
            keep_alive=options.idle is None,
            on_ready=None if options.json else _tell,
            idle=options.idle or IDLE_SECONDS,
        )
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2 if isinstance(problem, ValueError) else 1
    return 0


def _tell(served: Served) -> None:
    for name, address in served.addresses.items():
        print(f"{name:12} {address}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
