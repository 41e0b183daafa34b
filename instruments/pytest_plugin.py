"""The plugin by which pytest knows virtual benches and transcripts in every project that has smtjlab installed.

pytest loads it everywhere, so everything but pytest itself is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .bench import Bench
    from .private_bench import InProcessBench, PrivateBench, ServedBench
    from .transcript_session import ReplayedSession

MARKERS = (
    'smtjlab_bench(name="virtual", *, seed=None, clock=None, factor=None): '
    "the packaged bench or bench file of `virtual_bench` and `served_bench`, and what differs from its [virtual] table",
    "smtjlab_fault(text): a fault that awaits an instrument of the bench, such as gate:timeout@3s; may be repeated",
)


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest the markers."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def virtual_bench(request: pytest.FixtureRequest) -> Iterator[InProcessBench]:
    """Return a virtual bench in this process, a fresh world for each test."""
    from .private_bench import InProcessBench

    with InProcessBench(_wanted(request, in_process=True)) as bench:
        _let_fail(bench, request)
        yield bench


@pytest.fixture
def served_bench(request: pytest.FixtureRequest) -> Iterator[ServedBench]:
    """Return a virtual bench served over TCP from a thread, a fresh world for each test."""
    from .private_bench import ServedBench

    with ServedBench(_wanted(request, in_process=False)) as bench:
        _let_fail(bench, request)
        yield bench


@pytest.fixture
def replayed() -> Iterator[Callable[[str | Path], ReplayedSession]]:
    """Return a function: a transcript in, the session that replays it out. The test fails where not all is used up."""
    from .transcript import Transcript
    from .transcript_session import ReplayedSession

    sessions: list[ReplayedSession] = []

    def replay(path: str | Path) -> ReplayedSession:
        sessions.append(ReplayedSession(Transcript.load(path)))
        return sessions[-1]

    yield replay
    for session in sessions:
        session.close()
        session.player.finish()


def _wanted(request: pytest.FixtureRequest, *, in_process: bool) -> Bench:
    """Return the bench that the closest marker asks for; the packaged one where there is none."""
    marker = request.node.get_closest_marker("smtjlab_bench")
    named, settings = ((), {}) if marker is None else (marker.args, marker.kwargs)
    return _bench(in_process, *named, **settings)


def _bench(
    in_process: bool,
    name: str | Path = "virtual",
    *,
    seed: int | None = None,
    clock: str | None = None,
    factor: float | None = None,
) -> Bench:
    """Return a bench as a marker describes it: its arguments are checked by this signature."""
    from .private_bench import read_once, with_settings

    return with_settings(read_once(name, in_process=in_process), seed=seed, clock=clock, factor=factor)


def _let_fail(bench: PrivateBench, request: pytest.FixtureRequest) -> None:
    """Let the faults of the markers await their instruments, those of a class before those of its test."""
    for marker in reversed(list(request.node.iter_markers("smtjlab_fault"))):
        bench.await_fault(*marker.args)
