"""Junctions that the tests of the simulation share."""

from collections.abc import Iterator
from typing import Any

import pytest

from smtjlab.simulation.junction import Junction


@pytest.fixture
def fig5() -> Junction:
    return Junction.preset("fig5")


@pytest.fixture
def soft(fig5: Junction) -> Junction:
    """A soft volume a hundred times smaller than that of Fig. 5: thermal motion is visible."""
    return fig5.changed(major_axis=80e-9, minor_axis=70e-9)


@pytest.fixture
def shaped(fig5: Junction) -> Junction:
    """A shape for which nu is as large as Gamma, so that formulas that differ do not look alike."""
    return fig5.changed(major_axis=200e-9, minor_axis=60e-9, thickness=5e-9, dipole_field=30e3)


@pytest.fixture
def restless(fig5: Junction) -> Junction:
    """A barrier of a few kT and unequal wells."""
    return fig5.changed(major_axis=50e-9, minor_axis=45e-9, dipole_field=20e3, transverse_field=300.0)


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    """A Dask client of a cluster in this process, which binds no port that another test run may have."""
    distributed: Any = pytest.importorskip("distributed")
    # Without an address the scheduler would take port 8787 for its pages all the same.
    address = {"dashboard_address": "127.0.0.1:0", "protocol": "inproc://"}
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, **address) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
