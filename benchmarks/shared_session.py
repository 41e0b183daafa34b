"""Wrong answers where four threads share one line: our session, and a resource of bare PyVISA-py.

python benchmarks/shared_session.py [--queries 100000] [--bare 2000]

The virtual bench is served by a process of its own. Each question sets a level that no other does and asks for it.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from collections.abc import Callable

from loopback import MACHINE, bare, served_bench
from pyvisa.errors import Error

from smtjlab.instruments.session import Session

THREADS = 4
BARE_TIMEOUT = 0.1
"""Deadline in s of bare PyVISA-py: an answer that another thread has taken never comes."""
WRONG, RIGHT, FAILED = "wrong answers", "right", "failed"


def shared(query: Callable[[str], str], queries: int) -> Counter[str]:
    """Return what came of so many questions, put by all threads together."""
    found: Counter[str] = Counter()
    adding = threading.Lock()

    def ask(first: int) -> None:
        mine: Counter[str] = Counter()
        for number in range(first, queries, THREADS):
            level = 1e-6 * (number % 199_999 + 1)
            try:
                answer = float(query(f":SOUR:VOLT {level:.6f};:SOUR:VOLT?"))
                mine[RIGHT if abs(answer - level) < 1e-9 else WRONG] += 1
            except (OSError, ValueError, Error):
                mine[FAILED] += 1
        with adding:
            found.update(mine)

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def told(name: str, query: Callable[[str], str], queries: int) -> None:
    begun = time.perf_counter()
    found = shared(query, queries)
    print(
        f"{name}: {found[WRONG]} {WRONG} of {queries} from {THREADS} threads ({found[RIGHT]} {RIGHT}, {found[FAILED]} "
        f"{FAILED}; {time.perf_counter() - begun:.0f} s)",
        flush=True,
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=100_000, help="of our session, all threads together")
    parser.add_argument("--bare", type=int, default=2_000, help="of bare PyVISA-py")
    asked = parser.parse_args(arguments)
    with served_bench("virtual") as addresses:
        with Session("@py", addresses["gate"], name="gate") as session:
            told("one session", session.query, asked.queries)
        resource = bare(addresses["junction"], BARE_TIMEOUT)
        told("one resource of bare PyVISA-py", resource.query, asked.bare)
        resource.close()
    MACHINE.look()
    print(MACHINE)


if __name__ == "__main__":
    main()
