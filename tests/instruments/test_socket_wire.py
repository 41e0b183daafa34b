from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from smtjlab.instruments import socket_wire
from smtjlab.instruments.socket_wire import HungUp, SocketWire, Woken


def within(seconds: float) -> float:
    return time.monotonic() + seconds


@pytest.fixture
def ends() -> Iterator[tuple[SocketWire, socket.socket]]:
    """A wire and what it leads to."""
    server = socket.create_server(("127.0.0.1", 0))
    with socket.create_connection(server.getsockname()) as ours:
        theirs, _ = server.accept()
        server.close()
        wire = SocketWire(ours)
        with theirs, contextlib.closing(wire):
            yield wire, theirs


def test_a_line_comes_whole_however_long_and_in_pieces(ends):
    wire, far = ends
    long = b"7" * 300_000 + b"\n"
    sender = threading.Thread(target=far.sendall, args=(long,))
    sender.start()
    assert wire.line(within(5.0)) == long
    sender.join()


def test_what_comes_after_a_line_is_unasked_for(ends):
    wire, far = ends
    far.sendall(b"1\n2\n")
    assert wire.line(within(5.0)) == b"1\n"
    assert wire.unasked() == b"2\n"


def test_nothing_is_unasked_for_on_a_quiet_line(ends):
    assert ends[0].unasked() == b""


def test_half_a_line_is_no_line(ends):
    wire, far = ends
    far.sendall(b"1.23")
    with pytest.raises(TimeoutError):
        wire.line(within(0.02))


def test_no_wait_begins_after_its_deadline(ends):
    wire, far = ends
    far.sendall(b"1\n")
    with pytest.raises(TimeoutError):
        wire.line(within(-0.01))


def test_an_end_that_closes_is_told_at_once(ends):
    wire, far = ends
    far.sendall(b"1.2")
    far.shutdown(socket.SHUT_WR)
    with pytest.raises(HungUp, match="the other end closed the connection"):
        wire.line(within(60.0))
    with pytest.raises(HungUp):
        wire.unasked()


def test_an_end_that_takes_nothing_is_not_waited_for_for_ever(ends):
    with pytest.raises(TimeoutError):
        ends[0].send(b"x" * 50_000_000, within(0.02))


def test_a_long_message_arrives_whole(ends):
    wire, far = ends
    sender = threading.Thread(target=wire.send, args=(b"x" * 5_000_000 + b"\n", within(5.0)))
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


@pytest.fixture(params=["poll", "select"])
def with_either(request, monkeypatch):
    """What waits: `poll`, or `select` where a system knows no other."""
    if request.param == "select":
        monkeypatch.delattr(select, "poll")


def test_another_thread_ends_a_wait(with_either, ends):
    wire, _ = ends
    threading.Timer(0.05, wire.wake).start()
    with pytest.raises(Woken):
        wire.line(within(60.0))


def test_no_wait_begins_before_a_woken_wire_is_calm(with_either, ends):
    wire, far = ends
    for _ in range(100_000):  # more than the bell holds
        wire.wake()
    with pytest.raises(Woken):
        wire.line(within(60.0))
    wire.calm()
    far.sendall(b"1\n")
    assert wire.line(within(5.0)) == b"1\n"


def test_an_answer_that_lies_there_whole_is_taken_though_woken_and_half_of_one_is_not(with_either, ends):
    wire, far = ends
    wire.wake()
    far.sendall(b"1\n2")
    while not wire.unasked():
        pass
    assert wire.line(within(5.0)) == b"1\n"
    with pytest.raises(Woken):
        wire.line(within(5.0))


def test_sending_to_an_end_that_takes_nothing_can_be_ended_too(ends):
    wire, _ = ends
    threading.Timer(0.05, wire.wake).start()
    with pytest.raises(Woken):
        wire.send(b"x" * 50_000_000, within(60.0))


def test_an_answer_that_trickles_on_ends_by_its_deadline(ends):
    wire, far = ends
    enough = threading.Event()

    def trickle() -> None:
        while not enough.wait(0.001):
            far.sendall(b"7")

    sender = threading.Thread(target=trickle)
    sender.start()
    with pytest.raises(TimeoutError):
        wire.line(within(0.05))
    enough.set()
    sender.join()


def test_a_line_without_an_end_is_given_up(ends, monkeypatch):
    monkeypatch.setattr(socket_wire, "LONGEST", 10_000)
    wire, far = ends
    far.sendall(b"7" * 20_000)
    with pytest.raises(ConnectionError, match="has no end"):
        wire.line(within(5.0))


def test_a_closed_wire_is_calm(ends):
    wire, _ = ends
    wire.close()
    wire.calm()


def test_a_closed_wire_is_woken_by_nobody(ends):
    wire, _ = ends
    wire.close()
    wire.wake()
    assert wire._rope.fileno() == -1
