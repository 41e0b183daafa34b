"""Dask unpickles what comes: a cluster is used where no stranger can send to it, and nowhere else."""

from types import SimpleNamespace

import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.scheduler import gathered

distributed = pytest.importorskip("distributed")


@pytest.mark.parametrize(
    "address",
    [
        "tcp://192.0.2.1:8786", "192.0.2.1:8786", "tcp://0.0.0.0:8786", "tcp://example.org:8786", "ucx://127.0.0.1:8786",
        "tcp://localhost.example.org:1", "ws://192.0.2.1:1", "tcp://[2001:db8::1]:8786", "tcp://127.0.0.1.nip.io:1", "",
    ],
)  # fmt: skip
def test_a_cluster_that_a_stranger_could_speak_to_is_not_connected_to(address):
    with pytest.raises(ModelError, match="must be on this computer"):
        gathered(pow, [1], seconds=[1.0], scheduler=address)


def test_a_client_of_such_a_cluster_is_refused_too(monkeypatch):
    client = distributed.Client.__new__(distributed.Client)
    monkeypatch.setattr(client, "scheduler", SimpleNamespace(address="tcp://192.0.2.1:8786"), raising=False)
    monkeypatch.setattr(distributed.Client, "__del__", lambda self: None)
    with pytest.raises(ModelError, match="Dask runs what arrives unencrypted"):
        gathered(pow, [1], seconds=[1.0], scheduler=client)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1", "tls://127.0.0.1:1"])
def test_this_computer_and_tls_are_asked(address, monkeypatch):
    def refuse(address, **options):
        raise OSError(f"asked {address}")

    monkeypatch.setattr(distributed.Client, "__init__", lambda self, address, **options: refuse(address))
    monkeypatch.setattr(distributed.Client, "__del__", lambda self: None)
    with pytest.raises(ModelError, match="asked"):
        gathered(pow, [1], seconds=[1.0], scheduler=address)
