"""Two workers in processes of their own, over loopback; one is killed while it works."""

import os
import signal

import numpy as np
import pytest

from smtjlab.simulation.local_cluster import local_cluster
from smtjlab.simulation.populations.population import population

pytest.importorskip("distributed")
GATES = np.linspace(0.24, 0.5, 5)


def test_a_worker_that_is_killed_in_the_middle_changes_no_bit(exact, rough, monkeypatch):
    monkeypatch.setattr("smtjlab.simulation.scheduler.CHUNK_SECONDS", 1e-3)  # each chunk of devices travels alone
    asked = {"model": "sllg", "seed": 11, "average": 5e-10}
    killed: list[float] = []

    with local_cluster(2) as client:
        workers = client.run(os.getpid)
        assert len(workers) == 2

        def kill(fraction: float) -> None:
            if fraction > 0 and not killed:
                killed.append(fraction)
                os.kill(next(iter(workers.values())), signal.SIGKILL)

        found = population(exact, rough, 640, GATES, scheduler=client, progress=kill, **asked)
        assert set(client.run(os.getpid).values()) != set(workers.values())  # the nanny has started another
    assert killed[0] < 0.5
    alone = population(exact, rough, 640, GATES, threads=1, **asked)
    assert np.array_equal(found.conductance, alone.conductance)
    assert all(np.array_equal(found.figures[name], alone.figures[name], equal_nan=True) for name in found.figures)
