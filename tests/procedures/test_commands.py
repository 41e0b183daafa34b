import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtjlab.procedures.commands import CommandServer, EngineClient, read_record
from smtjlab.procedures.errors import EngineFault, ProcedureMistake


@pytest.fixture
def server():
    def handle(message):
        if message["do"] == "wrong":
            raise ProcedureMistake("`x` must be 1, but is 2.")
        if message["do"] == "broken":
            raise EngineFault("The disk is full.")
        return {"heard": message["do"]}

    gone = []
    arrived = threading.Event()
    with CommandServer(handle, lambda attached: (gone.append(attached["name"]), arrived.set())) as server:
        server.who_left, server.somebody_left = gone, arrived
        server.start()
        yield server
        server.shutdown()


def test_a_command_is_answered(server):
    with EngineClient(server.port, server.token) as client:
        assert client.ask("status")["heard"] == "status"


def test_threads_that_share_a_conversation_hear_their_own_answers(server):
    with EngineClient(server.port, server.token) as client, ThreadPoolExecutor(8) as pool:
        words = [f"word {k}" for k in range(400)]
        assert [answer["heard"] for answer in pool.map(client.ask, words)] == words


def test_a_command_without_the_token_is_refused(server):
    with EngineClient(server.port, "guess") as client, pytest.raises(ProcedureMistake, match="token"):
        client.ask("stop")


def test_a_mistake_and_a_fault_arrive_as_what_they_are(server):
    with EngineClient(server.port, server.token) as client:
        with pytest.raises(ProcedureMistake, match="`x` must be 1"):
            client.ask("wrong")
        with pytest.raises(EngineFault, match="disk is full"):
            client.ask("broken")


def test_a_client_that_vanishes_is_noticed(server):
    client = EngineClient(server.port, server.token)
    client.ask("attach", name="window")
    client.close()
    assert server.somebody_left.wait(5)
    assert server.who_left == ["window"]


def test_a_client_that_says_goodbye_is_not_missed(server):
    with EngineClient(server.port, server.token) as client:
        client.ask("attach", name="window")
        client.ask("bye")
    assert not server.somebody_left.wait(0.1)


@pytest.mark.parametrize("noise", [b"\n", b"{\n", b"[]\n", b"\xff\xfe\n", b"x" * 100 + b"\n", b"3\n"])
def test_noise_is_answered_and_survived(server, noise):
    with socket.create_connection(("127.0.0.1", server.port), 5) as stranger:
        stranger.sendall(noise)
        assert b'"ok": false' in stranger.recv(1000)
    with EngineClient(server.port, server.token) as client:
        assert client.ask("status")["ok"]


def test_nobody_listens_there():
    with pytest.raises(EngineFault, match="No engine answers"):
        EngineClient(1, "")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"port": 1, "token": "x", "process": {"pid": 1}}'])
def test_a_record_that_is_not_whole_is_none(tmp_path, text):
    (tmp_path / "engine.json").write_text(text)
    assert read_record(tmp_path / "engine.json") is None
