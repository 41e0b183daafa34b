"""Where independent pieces of work are done: on the threads of this process, or on the workers of a Dask cluster.

A piece is done by `work(item, threads, progress, stop)`, which tells `progress` the fraction done and ends early, by
raising Cancelled, once the event `stop` is set. Neither place nor chunking changes what a piece returns, as long as
the piece depends on its item alone.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from .errors import Cancelled, ModelError, SimulationMistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

Item = TypeVar("Item")
Result = TypeVar("Result")
Progress: TypeAlias = Callable[[float], object]
"""Is told the fraction done, in the thread of the caller."""

CHUNK_SECONDS = 1.0
"""Least work in s that is worth sending to a worker of a cluster; a scheduler costs about 1 ms a task."""
ENCRYPTED = ("tls", "wss", "inproc")
"""Protocols of Dask that no stranger can speak to us; the last never leaves this process."""
PLAIN = ("", "tcp", "ws")
_POLL = 0.01
"""Time in s between looks at `cancel`: the caller is promised an answer within 50 ms."""


class Work(Protocol[Item, Result]):  # type: ignore[misc]
    """Does one piece of work on some threads."""

    def __call__(self, item: Item, threads: int, progress: Progress, stop: threading.Event, /) -> Result:
        """Return the result of an item. Raises Cancelled once `stop` is set."""


def gathered(
    work: Work[Item, Result],
    items: Sequence[Item],
    *,
    seconds: Sequence[float],
    threads: int | None = None,
    scheduler: Client | str | None = None,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> list[Result]:
    """Return the results of all items, in order.

    `seconds` estimates the work of each item on one core. `scheduler` is None for threads of this process (`threads`
    of them, None: one a core), a Dask client, or the address of a Dask scheduler, on this computer or over TLS; there,
    items travel in chunks of a second or more and a chunk whose worker is lost is done again by another. Raises
    Cancelled within 50 ms of `cancel` (what a worker has begun, it ends for nobody), ModelError where the cluster
    cannot do the work, and whatever `work` raises.
    """
    if not items:
        return []
    if cancel is not None and cancel.is_set():
        raise Cancelled("The calculation was cancelled before it began.")
    report = _Report(seconds, progress)
    if scheduler is None:
        return _in_threads(work, items, checked_threads(threads), report, cancel)
    with _client(scheduler) as client:
        return _on_cluster(client, work, items, seconds, report, cancel)


def cores() -> int:
    """Return how many cores this process may use: no more than it is bound to, where the system can tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def checked_threads(threads: int | None) -> int:
    """Return the number of threads, `cores()` for None. Raises ModelError."""
    if threads is None:
        return cores()
    if not hasattr(threads, "__index__"):
        raise ModelError(f"`threads` must be a whole number of at least 1 or None, but is {threads!r}.")
    if threads < 1:
        raise ModelError(f"`threads` must be at least 1, but is {threads}.")
    return threads


def chunked(seconds: Sequence[float]) -> list[range]:
    """Return consecutive indices in chunks of at least `CHUNK_SECONDS` of work each, but for the last."""
    chunks, begin, held = [], 0, 0.0
    for index, cost in enumerate(seconds):
        held += cost
        if held >= CHUNK_SECONDS or index == len(seconds) - 1:
            chunks.append(range(begin, index + 1))
            begin, held = index + 1, 0.0
    return chunks


class _Report:
    """Adds up what the pieces tell, and tells the caller."""

    def __init__(self, seconds: Sequence[float], progress: Progress | None) -> None:
        whole = max(sum(seconds), 1e-300)
        self._share = [cost / whole for cost in seconds]
        self._done = [0.0] * len(seconds)
        self._progress = progress
        self._told, self._when = -1.0, 0.0

    def of(self, index: int) -> Progress:
        return partial(self._done.__setitem__, index)

    def tell(self, *, last: bool = False) -> None:
        """Tell the caller, in the caller's thread, if there is news; not more often than the caller can look."""
        now = time.monotonic()
        if self._progress is None or (now - self._when < _POLL and not last):
            return
        fraction = min(1.0, sum(share * done for share, done in zip(self._share, self._done, strict=True)))
        if last or fraction > self._told:
            self._told, self._when = fraction, now
            self._progress(1.0 if last else fraction)


def _in_threads(
    work: Work[Item, Result], items: Sequence[Item], threads: int, report: _Report, cancel: threading.Event | None
) -> list[Result]:
    stop, finished = threading.Event(), queue.SimpleQueue[Future[Result]]()
    workers = min(threads, len(items))
    pool = ThreadPoolExecutor(workers, thread_name_prefix="smtjlab")
    futures: list[Future[Result]] = []

    def begin(ended: int) -> None:
        """Hand out a few pieces beyond those being done: thousands at once would queue for the interpreter."""
        for index in range(len(futures), min(ended + 2 * workers, len(items))):
            future = pool.submit(work, items[index], max(1, threads // workers), report.of(index), stop)
            future.add_done_callback(finished.put)
            futures.append(future)

    try:
        begin(0)
        for ended in _ended(finished, len(items), cancel):
            begin(ended)
            report.tell(last=ended == len(items))
        return [future.result() for future in futures]
    finally:
        # Whoever cancels is answered at once; threads that are within NumPy end by themselves a little later.
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _ended(finished: queue.SimpleQueue[Future[Result]], count: int, cancel: threading.Event | None) -> Iterator[int]:
    """Yield how many pieces have ended, also while none does; raise the first error, or Cancelled."""
    ended = 0
    while ended < count:
        try:
            finished.get(timeout=_POLL).result()
            ended += 1
        except queue.Empty:
            pass
        if ended < count and cancel is not None and cancel.is_set():
            raise Cancelled("The calculation was cancelled.")
        yield ended


def _on_cluster(
    client: Any,
    work: Work[Item, Result],
    items: Sequence[Item],
    seconds: Sequence[float],
    report: _Report,
    cancel: threading.Event | None,
) -> list[Result]:
    chunks = chunked(seconds)
    futures = [client.submit(_through, work, [items[i] for i in chunk], pure=False) for chunk in chunks]
    waiting = cancel or threading.Event()
    try:
        pending = list(range(len(chunks)))
        while pending:
            if waiting.wait(_POLL):
                raise Cancelled("The calculation was cancelled.")
            for number in [number for number in pending if futures[number].done()]:
                _check(futures[number])
                pending.remove(number)
                for index in chunks[number]:
                    report.of(index)(1.0)
            report.tell(last=not pending)
        return [result for results in client.gather(futures) for result in results]
    finally:
        client.cancel([future for future in futures if not future.done()])


def _through(work: Work[Item, Result], items: Sequence[Item]) -> list[Result]:
    """Do a chunk of items on one thread of a worker: its other threads have chunks of their own."""
    return [work(item, 1, lambda _: None, threading.Event()) for item in items]


def _check(future: Any) -> None:
    """Raise what went wrong on a worker: a mistake of the user as it is, anything else as one sentence."""
    if future.status == "finished":
        return
    error = future.exception() if future.status == "error" else None
    if isinstance(error, (SimulationMistake, Warning)):
        raise error
    reason = f"{type(error).__name__}: {error}" if error is not None else f"the cluster has {future.status} it"
    raise ModelError(f"A worker of the cluster must finish its chunk, but did not ({reason}).") from error


def _check_trusted(address: str) -> None:
    """Refuse a cluster whose messages a stranger could send: Dask unpickles them, which runs what they say."""
    protocol, _, place = address.rpartition("://")
    if protocol in ENCRYPTED or (protocol in PLAIN and _is_loopback(place.rpartition(":")[0].strip("[]"))):
        return
    raise ModelError(
        "`scheduler` must be on this computer (tcp://127.0.0.1:...) or speak TLS (tls://...), for Dask runs what "
        f"arrives unencrypted whoever has sent it, but is '{address}'."
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, which may lead anywhere
        return False


@contextmanager
def _client(scheduler: Client | str) -> Iterator[Any]:
    """Lend the client given, or one of our own for an address."""
    try:
        from distributed import Client
    except ImportError:
        raise ModelError(
            "`scheduler` must be None unless Dask is installed (pip install -e '.[dask]'), "
            f"but is {scheduler!r} and `distributed` cannot be imported."
        ) from None
    if isinstance(scheduler, Client):
        connected: Any = scheduler.scheduler
        _check_trusted(str(connected.address))
        yield scheduler
        return
    if not isinstance(scheduler, str):
        raise ModelError(f"`scheduler` must be None, a Dask client or an address, but is {scheduler!r}.")
    _check_trusted(scheduler)
    connect: Any = Client  # Dask annotates its methods in part only.
    try:
        client = connect(scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # TypeError: TLS without certificates
        raise ModelError(
            f"`scheduler` must be the address of a running Dask scheduler, but at '{scheduler}' is none ({error})."
        ) from error
    with client:
        yield client
