"""Stale and foreign answers that are taken for the right one, after so many faults on the line: ours and PyVISA-py's.

python benchmarks/stale_answers.py [--timeouts 10000] [--others 2000] [--bare 500]

A virtual bench is served over TCP. Each question sets another level and asks for it, so that no two answers are alike.
Half of the time-outs are answers that are lost, half are late by up to three deadlines; others come twice, one behind,
broken off or garbled. After each fault the question is put that a script would put next. Our session has to be healed
for that; bare PyVISA-py, which raises at a time-out too, is asked on, as scripts do it.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from loopback import MACHINE, bare
from pyvisa.errors import VisaIOError

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import InstrumentFault, SessionPoisoned, SessionTimeout
from smtjlab.instruments.private_bench import ServedBench
from smtjlab.instruments.session import Session

TIMEOUT = 10e-3
"""Deadline in s of a question."""
OTHERS = ("duplicated", "one_behind", "truncated", "garbled")
FOLLOWING = 3
"""Questions after each fault: what is one behind shows itself only then."""
WRONG, REFUSED, RIGHT = "wrong answers accepted", "refused in words", "right answers"
SILENT = "timed out"


def faults(timeouts: int, others: int) -> Iterator[tuple[str, float]]:
    """Yield kind and lateness in s of each fault, time-outs first."""
    for number in range(timeouts):
        yield ("timeout", 0.0) if number % 2 else ("late", TIMEOUT * random.uniform(1.3, 3.0))
    for number in range(others):
        yield OTHERS[number % len(OTHERS)], 0.0


def question(number: int) -> tuple[str, float]:
    """Return a message that no other resembles, and the answer to it."""
    level = 1e-6 * (number % 199_999 + 1)
    return f":SOUR:VOLT {level:.6f};:SOUR:VOLT?", level


class Ours:
    """Our session, healed where it says that it must be."""

    def __init__(self, address: str) -> None:
        self.session = Session("@py", address, name="gate")
        self.session.identify("2450")
        self.session.timeout = TIMEOUT

    def ask(self, message: str) -> float | str:
        """Return the number that was accepted, or what came of the question."""
        try:
            return self.session.query_numbers(message, 1)[0]
        except SessionTimeout:
            return SILENT
        except InstrumentFault:
            return REFUSED

    def go_on(self) -> None:
        """Heal, for as long as it takes on a busy machine."""
        while self.session.poisoned:
            try:
                self.session.heal()
            except (SessionPoisoned, SessionTimeout):
                continue

    def close(self) -> None:
        self.session.close()


class Bare:
    """PyVISA-py as scripts use it."""

    def __init__(self, address: str) -> None:
        self.resource = bare(address, TIMEOUT)

    def ask(self, message: str) -> float | str:
        """Return the number that was accepted, or what came of the question."""
        try:
            return float(self.resource.query(message))
        except VisaIOError:
            return SILENT
        except ValueError:
            return REFUSED

    def go_on(self) -> None:
        """Do nothing: PyVISA has no notion of it."""

    def close(self) -> None:
        self.resource.close()


def tried(bench: ServedBench, client: Ours | Bare, wanted: Iterator[tuple[str, float]]) -> Counter[str]:
    """Return what came of all questions."""
    found: Counter[str] = Counter()
    numbers = itertools.count()
    mishaps = bench.virtual.mishaps["gate"]
    for kind, delay in wanted:
        bench.fail("gate", kind, after=0, delay=delay)
        for _ in range(1 + FOLLOWING):
            message, right = question(next(numbers))
            answer = client.ask(message)
            if isinstance(answer, float):
                answer = RIGHT if abs(answer - right) < 1e-9 else WRONG
            found[answer] += 1
            client.go_on()
        with bench.virtual.world.lock:
            mishaps.faults.clear()  # used up
    client.close()
    return found


def told(name: str, count: int, act: Callable[[], Counter[str]]) -> None:
    begun = time.perf_counter()
    found = act()
    rest = ", ".join(f"{found[word]} {word}" for word in (RIGHT, SILENT, REFUSED))
    print(
        f"{name}: {found[WRONG]} {WRONG} after {count} faults ({rest}; {time.perf_counter() - begun:.0f} s)", flush=True
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timeouts", type=int, default=10_000, help="answers that are lost or late")
    parser.add_argument("--others", type=int, default=2_000, help=f"of {', '.join(OTHERS)}")
    parser.add_argument("--bare", type=int, default=500, help="time-outs, and as many others, for bare PyVISA-py")
    asked = parser.parse_args(arguments)
    sys.setswitchinterval(5e-4)  # the bench shares this process
    random.seed(1)
    with ServedBench(Bench.load("virtual")) as bench:
        address = bench.addresses["gate"]
        told("our session, time-outs", asked.timeouts, lambda: tried(bench, Ours(address), faults(asked.timeouts, 0)))
        told("our session, others", asked.others, lambda: tried(bench, Ours(address), faults(0, asked.others)))
        told("bare PyVISA-py, time-outs", asked.bare, lambda: tried(bench, Bare(address), faults(asked.bare, 0)))
        told("bare PyVISA-py, others", asked.bare, lambda: tried(bench, Bare(address), faults(0, asked.bare)))
    MACHINE.look()
    print(MACHINE)


if __name__ == "__main__":
    main()
