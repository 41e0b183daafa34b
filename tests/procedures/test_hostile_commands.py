"""Strangers at an engine's command socket: floods, lines without end, silence. Who knows the token is served."""

import os
import socket
import threading
from contextlib import suppress

import pytest

from smtjlab.procedures import commands
from smtjlab.procedures.commands import LONGEST_LINE, MOST_CLIENTS, CommandServer, EngineClient


@pytest.fixture
def server():
    with CommandServer(lambda message: {"heard": message["do"]}, lambda attached: None) as server:
        server.start()
        yield server
        server.shutdown()


@pytest.fixture
def connect(server):
    opened = []

    def stranger():
        opened.append(socket.create_connection(("127.0.0.1", server.port), 20))
        return opened[-1]

    yield stranger
    for one in opened:
        one.close()


def hung_up(stranger):
    try:
        return stranger.recv(1) == b""
    except ConnectionError:
        return True


def is_served(server):
    with EngineClient(server.port, server.token) as client:
        return client.ask("status")["heard"] == "status"


@pytest.mark.parametrize(
    "noise",
    [
        b"[" * 4000,
        b'{"token": "\\ud800"}',
        b'{"token": "\xc3\xa9"}',
        b'{"token": ["", {}]}',
        os.urandom(500),
        b"1" * 5000,
    ],
)
def test_noise_is_answered_once_and_hung_up_on(server, connect, noise):
    stranger = connect()
    stranger.sendall(noise.replace(b"\n", b"") + b"\n{}\n")
    lines = stranger.makefile("rb")
    assert b"The token of a command must be the engine's" in lines.readline()
    assert lines.read() == b""
    assert is_served(server)


def test_a_line_without_end_is_not_waited_for(server, connect):
    stranger = connect()
    with suppress(ConnectionError):  # hung up on amid what it sends
        for _ in range(100):
            stranger.sendall(b"x" * (LONGEST_LINE // 10))
    assert hung_up(stranger)
    assert is_served(server)


def test_a_flood_is_hung_up_on_and_leaves_no_threads(server, connect, wait_until):
    known = EngineClient(server.port, server.token)
    assert known.ask("status")["ok"]
    flood = [connect() for _ in range(MOST_CLIENTS + 8)]
    assert hung_up(flood[-1])
    assert known.ask("status")["ok"]
    for one in flood:
        one.close()
    known.close()
    wait_until(lambda: server._seats._value == MOST_CLIENTS)
    assert is_served(server)


def test_who_stays_silent_or_drips_is_hung_up_on_and_who_has_shown_the_token_is_not(server, connect, monkeypatch):
    monkeypatch.setattr(commands, "PATIENCE", 0.2)
    with EngineClient(server.port, server.token) as known:
        assert known.ask("status")["ok"]
        silent, dripping = connect(), connect()
        dripping.sendall(b"{")
        assert hung_up(silent)
        assert hung_up(dripping)
        assert known.ask("status")["ok"]
    assert threading.active_count() < 20
