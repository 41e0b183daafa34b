"""An instrument on VXI-11: the core channel, the abort channel and the interrupt channels that clients ask for."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Address

from .errands import Errands
from .listener import Incoming, prepared
from .message_exchange import Answerer
from .vxi11_device import ErrorCode, Link, Vxi11Device, Vxi11Error
from .vxi11_xdr import Program, Unpacker, call, next_record, opaque, record, words

CORE, ASYNC, VERSION = 0x0607AF, 0x0607B0, 1
INTR_SRQ = 30
WAIT_LOCK, END, TERMINATOR_SET = 1, 8, 128
LARGEST_WRITE = 2**18
"""Bytes of one write, as create_link tells them."""
LONGEST_NAME = 256
LONGEST_HANDLE = 40
MOST_LINKS = 64
"""Links with one instrument at once."""
PATIENCE = 2.0
"""Seconds that a client's interrupt channel may take to answer or to read."""
DEVICE_NAME = b"inst0"
TCP = 0


class Vxi11Server:
    """The links of one instrument, whichever connections they came by."""

    def __init__(self, answerer: Answerer, errands: Errands) -> None:
        self.abort_port = 0
        """Port of the abort channel, once it is bound."""
        self.device = Vxi11Device(answerer)
        self.links: dict[int, Link] = {}
        self._errands = errands
        self._connections: set[CoreConnection] = set()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        answerer.listen(lambda: errands.run(self._tell_service_request))

    def serve(self, client: socket.socket) -> None:
        """Serve a core channel until the client hangs up. Raises OSError."""
        connection = CoreConnection(self, client)
        with self._lock:
            self._connections.add(connection)
        try:
            _serve(client, connection.stream, connection.program)
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def serve_abort(self, client: socket.socket) -> None:
        """Serve an abort channel until the client hangs up. Raises OSError."""
        _serve(client, Incoming(client), Program(ASYNC, VERSION, {1: self._abort}))

    def open(self, connection: CoreConnection) -> Link:
        """Return a new link. Raises Vxi11Error."""
        with self._lock:
            if len(self.links) >= MOST_LINKS:
                raise Vxi11Error(ErrorCode.OUT_OF_RESOURCES)
            link = Link(next(self._numbers) & 0x7FFFFFFF, connection.stream.at_end, connection.hang_up)
            self.links[link.number] = link
            return link

    def destroy(self, link: Link) -> None:
        """Forget a link and what it has locked."""
        with self._lock:
            self.links.pop(link.number, None)
        self.device.answerer.lock.forget(link)

    def _abort(self, arguments: Unpacker) -> bytes:
        link = self.links.get(arguments.unsigned())
        if link is None:
            return words(ErrorCode.INVALID_LINK)
        link.aborted.set()
        return words(ErrorCode.NONE)

    def _tell_service_request(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.tell_service_request()


class CoreConnection:
    """One connection of the core channel: its links, its interrupt channel, its procedures."""

    def __init__(self, server: Vxi11Server, client: socket.socket) -> None:
        self.stream = Incoming(client)
        self._client = client
        self._server = server
        self._device = server.device
        self._links: dict[int, Link] = {}
        self._interrupts: socket.socket | None = None
        self._interrupt_program = (0, 0)
        self._calls = itertools.count(1)

    @property
    def program(self) -> Program:
        """Return what can be called; beside each procedure the words of its result that a failure leaves at zero."""
        procedures: Mapping[int, tuple[Callable[[Unpacker], bytes], int]] = {
            10: (self._create_link, 3),
            11: (self._write, 1),
            12: (self._read, 2),
            13: (self._read_status, 1),
            14: (self._trigger, 0),
            15: (self._clear, 0),
            16: (self._remote_or_local, 0),
            17: (self._remote_or_local, 0),
            18: (self._lock, 0),
            19: (self._unlock, 0),
            20: (self._enable_service_requests, 0),
            22: (self._do_command, 1),
            23: (self._destroy_link, 0),
            25: (self._create_interrupt_channel, 0),
            26: (self._destroy_interrupt_channel, 0),
        }
        return Program(
            CORE, VERSION, {number: partial(_result, *procedure) for number, procedure in procedures.items()}
        )

    def hang_up(self) -> None:
        """Break the connection; whoever reads it is told."""
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Forget the links and the interrupt channel of a client that has gone."""
        for link in list(self._links.values()):
            self._server.destroy(link)
        if self._interrupts is not None:
            self._interrupts.close()

    def tell_service_request(self) -> None:
        """Call the client, once for each link that wants to be told. Nothing comes back: the call is one-way."""
        channel = self._interrupts
        if channel is None:
            return
        for link in list(self._links.values()):
            if link.handle is not None:
                body = call(next(self._calls), *self._interrupt_program, INTR_SRQ, opaque(link.handle))
                try:
                    channel.sendall(record(body))
                except OSError:
                    self._interrupts = None
                    channel.close()
                    return

    # Procedures: arguments in, result without its error out. All raise Vxi11Error.

    def _create_link(self, arguments: Unpacker) -> bytes:
        arguments.unsigned()  # the client's own number
        lock, lock_timeout = bool(arguments.unsigned()), arguments.unsigned()
        if arguments.opaque(LONGEST_NAME).lower() != DEVICE_NAME:
            raise Vxi11Error(ErrorCode.DEVICE_NOT_ACCESSIBLE)
        link = self._server.open(self)
        if lock:
            try:
                self._device.lock(link, True, lock_timeout)
            except Vxi11Error:
                self._server.destroy(link)
                raise
        self._links[link.number] = link
        return words(link.number, self._server.abort_port, LARGEST_WRITE)

    def _write(self, arguments: Unpacker) -> bytes:
        link, io_timeout = self._link(arguments), arguments.unsigned()
        lock_timeout, flags = arguments.unsigned(), arguments.unsigned()
        data = arguments.opaque(LARGEST_WRITE)
        self._device.admit(link, bool(flags & WAIT_LOCK), lock_timeout)
        self._device.write(link, data, bool(flags & END), io_timeout)
        return words(len(data))

    def _read(self, arguments: Unpacker) -> bytes:
        link, count, io_timeout = self._link(arguments), arguments.unsigned(), arguments.unsigned()
        lock_timeout, flags, terminator = arguments.unsigned(), arguments.unsigned(), arguments.unsigned()
        self._device.admit(link, bool(flags & WAIT_LOCK), lock_timeout)
        ends = bytes([terminator & 0xFF]) if flags & TERMINATOR_SET else None
        data, ending = self._device.read(link, count, ends, io_timeout)
        return words(ending) + opaque(data)

    def _read_status(self, arguments: Unpacker) -> bytes:
        self._generic(arguments)
        return words(self._device.exchange.serial_poll())

    def _trigger(self, arguments: Unpacker) -> bytes:
        self._device.trigger(*self._generic(arguments))
        return b""

    def _clear(self, arguments: Unpacker) -> bytes:
        self._device.clear(*self._generic(arguments))
        return b""

    def _remote_or_local(self, arguments: Unpacker) -> bytes:
        self._generic(arguments)  # the virtual front panel has no keys
        return b""

    def _lock(self, arguments: Unpacker) -> bytes:
        link, flags, lock_timeout = self._link(arguments), arguments.unsigned(), arguments.unsigned()
        self._device.lock(link, bool(flags & WAIT_LOCK), lock_timeout)
        return b""

    def _unlock(self, arguments: Unpacker) -> bytes:
        self._device.unlock(self._link(arguments))
        return b""

    def _enable_service_requests(self, arguments: Unpacker) -> bytes:
        link, enabled = self._link(arguments), bool(arguments.unsigned())
        handle = arguments.opaque(LONGEST_HANDLE)
        link.handle = handle if enabled else None
        return b""

    def _do_command(self, arguments: Unpacker) -> bytes:
        self._link(arguments)
        raise Vxi11Error(ErrorCode.NOT_SUPPORTED)

    def _destroy_link(self, arguments: Unpacker) -> bytes:
        link = self._link(arguments)
        del self._links[link.number]
        self._server.destroy(link)
        return b""

    def _create_interrupt_channel(self, arguments: Unpacker) -> bytes:
        host, port = IPv4Address(arguments.unsigned()), arguments.unsigned()
        program, family = (arguments.unsigned(), arguments.unsigned()), arguments.unsigned()
        if self._interrupts is not None:
            raise Vxi11Error(ErrorCode.CHANNEL_ALREADY_ESTABLISHED)
        if family != TCP:
            raise Vxi11Error(ErrorCode.NOT_SUPPORTED)
        if not host.is_loopback:  # a virtual bench calls nobody but its own computer
            raise Vxi11Error(ErrorCode.INVALID_ADDRESS)
        try:
            self._interrupts = prepared(socket.create_connection((str(host), port), PATIENCE))
        except (OSError, OverflowError):
            raise Vxi11Error(ErrorCode.CHANNEL_NOT_ESTABLISHED) from None
        self._interrupt_program = program
        return b""

    def _destroy_interrupt_channel(self, arguments: Unpacker) -> bytes:
        channel, self._interrupts = self._interrupts, None
        if channel is None:
            raise Vxi11Error(ErrorCode.CHANNEL_NOT_ESTABLISHED)
        channel.close()
        return b""

    def _link(self, arguments: Unpacker) -> Link:
        link = self._links.get(arguments.unsigned())
        if link is None:
            raise Vxi11Error(ErrorCode.INVALID_LINK)
        return link

    def _generic(self, arguments: Unpacker) -> tuple[Link, int]:
        """Return link and I/O time-out in ms of a call that has no other arguments, once the lock lets it pass."""
        link, flags = self._link(arguments), arguments.unsigned()
        lock_timeout, io_timeout = arguments.unsigned(), arguments.unsigned()
        self._device.admit(link, bool(flags & WAIT_LOCK), lock_timeout)
        return link, io_timeout


def _result(procedure: Callable[[Unpacker], bytes], empty: int, arguments: Unpacker) -> bytes:
    try:
        return words(ErrorCode.NONE) + procedure(arguments)
    except Vxi11Error as problem:
        return words(problem.code, *[0] * empty)


def _serve(client: socket.socket, stream: Incoming, program: Program) -> None:
    while True:
        client.sendall(record(program.reply(next_record(stream))))
