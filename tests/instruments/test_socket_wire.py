from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator

import pytest

from smtjlab.instruments import socket_wire
from smtjlab.instruments.socket_wire import HungUp, SocketWire


@pytest.fixture
def ends() -> Iterator[tuple[SocketWire, socket.socket]]:
    """A wire and what it leads to."""
    server = socket.create_server(("127.0.0.1", 0))
    with socket.create_connection(server.getsockname()) as ours:
        theirs, _ = server.accept()
        server.close()
        with theirs:
            yield SocketWire(ours), theirs


def test_a_line_comes_whole_however_long_and_in_pieces(ends):
    wire, far = ends
    long = b"7" * 300_000 + b"\n"
    sender = threading.Thread(target=far.sendall, args=(long,))
    sender.start()
    assert wire.line(5.0) == long
    sender.join()


def test_what_comes_after_a_line_is_unasked_for(ends):
    wire, far = ends
    far.sendall(b"1\n2\n")
    assert wire.line(5.0) == b"1\n"
    assert wire.unasked() == b"2\n"


def test_nothing_is_unasked_for_on_a_quiet_line(ends):
    assert ends[0].unasked() == b""


def test_half_a_line_is_no_line(ends):
    wire, far = ends
    far.sendall(b"1.23")
    with pytest.raises(TimeoutError):
        wire.line(0.02)


def test_an_end_that_closes_is_told_at_once(ends):
    wire, far = ends
    far.sendall(b"1.2")
    far.shutdown(socket.SHUT_WR)
    with pytest.raises(HungUp, match="the other end closed the connection"):
        wire.line(60.0)
    with pytest.raises(HungUp):
        wire.unasked()


def test_an_end_that_takes_nothing_is_not_waited_for_for_ever(ends):
    with pytest.raises(TimeoutError):
        ends[0].send(b"x" * 50_000_000, 0.02)


def test_a_long_message_arrives_whole(ends):
    wire, far = ends
    sender = threading.Thread(target=wire.send, args=(b"x" * 5_000_000 + b"\n", 5.0))
    sender.start()
    with far.makefile("rb") as stream:
        assert len(stream.readline()) == 5_000_001
    sender.join()


def test_a_system_that_knows_no_poll_is_waited_on_by_select(monkeypatch):
    monkeypatch.delattr(select, "poll")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        readable = socket_wire._readiness(ours)
        assert not readable(0.0)
        theirs.sendall(b"1")
        assert readable(1.0)
