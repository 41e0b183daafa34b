"""What a process of ours finds in its environment."""

from __future__ import annotations

import os
import sys

BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""Threads of NumPy's linear algebra. Our matrices are small: threads that wait for one another cost them more time than
they save, on a busy machine a hundred times as much."""


def child_environment() -> dict[str, str]:
    """Return the environment for a child: it sees the import path of its parent, and computes in one thread.

    Whoever has said how many threads there are to be is heard.
    """
    return {BLAS_THREADS: "1"} | os.environ | {"PYTHONPATH": os.pathsep.join(one or os.getcwd() for one in sys.path)}
