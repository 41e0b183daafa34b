"""A Dask cluster on this computer, for as long as it is needed: one process a core, spoken to over loopback only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .errors import ModelError
from .scheduler import checked_threads

if TYPE_CHECKING:
    from distributed import Client


@contextmanager
def local_cluster(workers: int | None = None) -> Iterator[Client]:
    """Lend a client of a cluster of so many processes, one a core for None. Raises ModelError where Dask is missing."""
    try:
        import distributed
    except ImportError:
        raise ModelError(
            "A local cluster must have Dask (pip install -e '.[dask]'), but `distributed` cannot be imported."
        ) from None
    dask: Any = distributed  # annotated in part only
    cluster = dask.LocalCluster(
        n_workers=checked_threads(workers), threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with cluster, dask.Client(cluster, set_as_default=False) as client:
        yield client
