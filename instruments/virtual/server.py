"""The server of a virtual bench: each instrument on a raw socket, HiSLIP or VXI-11, and a control channel.

Everything listens on loopback, each instrument on a port of its own; an address says which transport it is. With
another `host` the instruments, and never the control channel, can be reached from other computers, by anybody.

`python -m smtjlab.instruments.virtual.server FILE --json` prints the addresses, then serves until interrupted. A
server that was started for a station also ends by itself when nobody is connected and all outputs are off.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import NotConnected

from .clock import VirtualClock
from .control_server import ControlServer
from .errands import Errands
from .faults import Fault
from .hislip import HislipServer
from .launch import Served, forget_served, remember_served
from .listener import LOOPBACK, Listener, bound, checked_host, prepared
from .living_junction import compile_kernels
from .message_exchange import Answerer
from .raw_socket import serve_raw
from .transport import Endpoint, Transport
from .virtual_bench import VirtualBench
from .vxi11 import Vxi11Server
from .world import BenchClosedError

IDLE_SECONDS = 10.0
"""Seconds without a client, all outputs off, after which a station's server ends by itself."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only where a user asks for it, who is warned
PAUSE = 0.05
"""Seconds until a connection is tried again to be taken."""
LOG = logging.getLogger(__name__)


class BenchServer:
    """A virtual bench on the network: a thread for each connection, one world behind a lock."""

    def __init__(self, bench: VirtualBench, also: Iterable[Transport | str] = (), host: str = LOOPBACK) -> None:
        """Bind all ports; NotConnected where one is taken. Each instrument is on the transports `also` too."""
        self.bench = bench
        self._host = checked_host(host)
        self._control = ControlServer(bench, self.stop)
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._clients: set[socket.socket] = set()
        self._last_seen = time.monotonic()
        self._errands = Errands("service requests")
        self._vxi11: list[Vxi11Server] = []
        self._bound: list[Listener] = []
        transports = [Transport(name) for name in also]
        try:
            self._control_port = self._listener(0, self._control.serve, LOOPBACK).port
            self._listeners = {name: self._listen(name, transports) for name in bench.instruments}
        except NotConnected:
            self._let_go()
            raise

    @property
    def served(self) -> Served:
        """Return where the bench is served."""
        addresses: dict[str, str] = {}
        host = LOOPBACK if self._host == EVERYWHERE else self._host
        also: dict[str, dict[str, str]] = {}
        for name, listeners in self._listeners.items():
            found = {kind.value: Endpoint(kind, one.port, host).address for kind, one in listeners.items()}
            addresses[name] = found.pop(next(iter(found)))
            also[name] = found
        bench, control = self.bench.bench, (self._control_port, self._control.token)
        return Served.by_this_process(addresses, control, bench.path, bench.text, also)

    def start(self) -> None:
        """Accept connections, in threads, and compile the kernels beside them."""
        self.bench.world.kernels_ready = False
        for listener in self._bound:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        threading.Thread(target=self._warm, daemon=True).start()

    def wait_until_warm(self) -> None:
        """Return when the kernels are compiled, so that not even the first reading is slow."""
        world = self.bench.world
        with world.lock:
            world.lock.wait_for(lambda: world.kernels_ready)

    def wait(self, idle: float | None = None) -> None:
        """Return when the server was told to stop, or has been idle for `idle` s from now on."""
        with self._lock:
            self._last_seen = time.monotonic()  # nobody knew of it while it compiled
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
        self._let_go()
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        for listener in self._bound:
            with suppress(OSError):  # closing alone wakes nobody who accepts there
                listener.listening.shutdown(socket.SHUT_RDWR)
            listener.listening.close()
        self._errands.close()
        for server in self._vxi11:
            server.device.close()

    def _listener(self, port: int, serve: Callable[[socket.socket], None], host: str | None = None) -> Listener:
        self._bound.append(Listener(bound(port, host or self._host), serve))
        return self._bound[-1]

    def _idle_for(self) -> float:
        with self._lock:
            if self._clients:
                self._last_seen = time.monotonic()
            return time.monotonic() - self._last_seen

    def _listen(self, name: str, also: list[Transport]) -> dict[Transport, Listener]:
        """Return the listeners of an instrument, that of its address in the bench file first."""
        answerer = Answerer(self.bench, name)
        first = Endpoint.parse(self.bench.bench.instruments[name].address) or Endpoint(Transport.SOCKET, 0)
        ports = {first.transport: first.port} | {kind: 0 for kind in also if kind is not first.transport}
        return {kind: self._listener(port, self._server(kind, answerer)) for kind, port in ports.items()}

    def _server(self, transport: Transport, answerer: Answerer) -> Callable[[socket.socket], None]:
        """Return what serves a connection to an instrument."""
        if transport is Transport.SOCKET:
            return lambda client: serve_raw(client, answerer, self._ended)
        if transport is Transport.HISLIP:
            return HislipServer(answerer, self._errands).serve
        server = Vxi11Server(answerer, self._errands)
        server.abort_port = self._listener(0, server.serve_abort).port
        self._vxi11.append(server)
        return server.serve

    def _accept(self, listener: Listener) -> None:
        while not self._ended.is_set():
            try:
                client, _ = listener.listening.accept()
            except OSError:
                if listener.listening.fileno() < 0:  # closed at the end
                    return
                self._ended.wait(PAUSE)  # no file is left for another connection: somebody will hang up
                continue
            if listener.seats.acquire(blocking=False):
                threading.Thread(target=self._attend, args=(client, listener), daemon=True).start()
            else:
                client.close()

    def _attend(self, client: socket.socket, listener: Listener) -> None:
        with self._lock:
            self._clients.add(client)
        try:
            listener.serve(prepared(client))
        except (OSError, BenchClosedError) as problem:
            LOG.debug("a client has gone: %s", problem)
        finally:
            client.close()
            with self._lock:
                self._clients.discard(client)
                self._last_seen = time.monotonic()
            listener.seats.release()

    def _warm(self) -> None:
        """Compile the kernels on a junction of no consequence, then let the world begin."""
        world = self.bench.world
        try:
            junction = next(iter(self.bench.truth.devices.values())).junction
            compile_kernels(junction)
        finally:
            with world.lock:
                world.kernels_ready = True
                world.lock.notify_all()


def serve(
    bench: Bench,
    *,
    also: Iterable[Transport | str] = (),
    faults: Iterable[str] = (),
    json_line: bool = False,
    station: Path | None = None,
    keep_alive: bool = True,
    on_ready: Callable[[Served], None] | None = None,
    idle: float = IDLE_SECONDS,
    host: str = LOOPBACK,
) -> None:
    """Serve a virtual bench from this process until it is interrupted or told to stop.

    With `station` the address file stands in that folder meanwhile, where `find_served` finds it. Without
    `keep_alive` the server also ends when it has been idle, all outputs off. `also` names transports that each
    instrument is on beside that of its address. `faults` await instruments beside those of the bench file, each as
    `Fault.parse` reads it. `json_line` prints the addresses as one JSON line, those of `also` under
    `instrument.transport`; `on_ready` is told too. Instruments listen at `host`. Raises BenchFileError,
    InstrumentMistake and NotConnected.
    """
    awaited = [Fault.parse(text, bench.names) for text in faults]
    server = BenchServer(VirtualBench(bench), also, host)
    for fault in awaited:
        server.bench.await_fault(fault)
    served = server.served
    if keep_alive and isinstance(server.bench.world.clock, VirtualClock):
        server.bench.world.clock.flow()  # strangers sleep by the computer's clock
    with _signals(server.stop):
        try:
            server.start()
            server.wait_until_warm()  # where nothing is compiled yet it takes longer than a client's patience
            if station is not None:
                remember_served(station, served)
            if json_line:
                print(json.dumps(served.every_address()), flush=True)
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
    parser.add_argument("--also", action="append", default=[], choices=[*Transport], help="a further transport")
    options = parser.parse_args(arguments)
    try:
        serve(
            Bench.load(options.bench),
            also=options.also,
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
    for name, address in served.every_address().items():
        print(f"{name:12} {address}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
