import os
import sys
import threading
import time

import pytest

from smtjlab.simulation import scheduler
from smtjlab.simulation.errors import Cancelled, ModelError
from smtjlab.simulation.scheduler import checked_threads, chunked, cores, gathered

MAIN = threading.get_ident()


def square(item, threads, progress, stop):
    progress(0.5)
    progress(1.0)
    return item * item


def who(item, threads, progress, stop):
    return threads


def refuse(item, threads, progress, stop):
    if item == 2:
        raise ModelError("`item` must not be 2, but is.")
    return item


def stumble(item, threads, progress, stop):
    raise ZeroDivisionError("oh")


def endless(item, threads, progress, stop):
    while not stop.wait(0.001):
        pass
    raise Cancelled("Stopped.")


@pytest.fixture(params=["threads", "dask"])
def place(request):
    return {"scheduler": None if request.param == "threads" else request.getfixturevalue("client")}


def test_results_come_in_order_from_anywhere(place):
    assert gathered(square, range(20), seconds=[0.3] * 20, **place) == [k * k for k in range(20)]
    assert gathered(square, [], seconds=[], **place) == []


def test_progress_rises_to_one_in_the_thread_of_the_caller(place):
    told, threads = [], set()

    def progress(fraction):
        told.append(fraction)
        threads.add(threading.get_ident())

    gathered(square, range(20), seconds=[2.0] * 20, progress=progress, **place)
    assert told == sorted(told)
    assert told[-1] == 1
    assert threads == {MAIN}


def test_a_mistake_comes_back_as_it_is(place):
    with pytest.raises(ModelError, match="`item` must not be 2, but is"):
        gathered(refuse, range(4), seconds=[1.0] * 4, **place)


def test_another_error_on_a_worker_is_one_sentence(client):
    with pytest.raises(ModelError, match=r"must finish its chunk, but did not \(ZeroDivisionError: oh\)"):
        gathered(stumble, [1], seconds=[1.0], scheduler=client)
    with pytest.raises(ZeroDivisionError, match="oh"):
        gathered(stumble, [1], seconds=[1.0])


def seconds_to_end():
    """Return the time from `cancel` to Cancelled."""
    cancel, asked = threading.Event(), []
    timer = threading.Timer(0.05, lambda: (asked.append(time.monotonic()), cancel.set()))
    timer.start()
    with pytest.raises(Cancelled, match="The calculation was cancelled"):
        gathered(endless, range(4), seconds=[1.0] * 4, threads=2, cancel=cancel)
    return time.monotonic() - asked[0]


def test_cancelling_ends_threads_at_once():
    # 10 ms on an idle machine; a busy one must not make a test fail that finds a forgotten look at `cancel`.
    assert min(seconds_to_end() for _ in range(3)) < 0.25


def nap(item, threads, progress, stop):
    time.sleep(0.1)


def test_cancelling_takes_waiting_chunks_from_the_cluster(client):
    cancel = threading.Event()
    threading.Timer(0.05, cancel.set).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled, match="The calculation was cancelled"):
        gathered(nap, range(1000), seconds=[1.0] * 1000, scheduler=client, cancel=cancel)
    # All of them would take 50 s; the bound only catches a wrong order of magnitude.
    assert time.monotonic() - begin < 5


def test_what_is_cancelled_before_it_begins_does_not_begin(place):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled, match="before it began"):
        gathered(stumble, [1], seconds=[1.0], cancel=cancel, **place)


def test_threads_that_have_no_piece_of_their_own_help_with_one():
    assert gathered(who, range(2), seconds=[1.0] * 2, threads=5) == [2, 2]
    assert gathered(who, range(8), seconds=[1.0] * 8, threads=5) == [1] * 8


def test_chunks_are_a_second_or_more_of_work():
    assert chunked([0.4] * 7) == [range(3), range(3, 6), range(6, 7)]
    assert chunked([5.0, 0.1, 2.0]) == [range(1), range(1, 3)]


def test_a_scheduler_may_be_an_address(client):
    address = client.scheduler.address
    assert gathered(square, [3], seconds=[1.0], scheduler=address) == [9]


def test_impossible_schedulers_are_refused(monkeypatch):
    with pytest.raises(ModelError, match="`threads` must be at least 1, but is 0"):
        gathered(square, [1], seconds=[1.0], threads=0)
    with pytest.raises(ModelError, match=r"`threads` must be a whole number of at least 1 or None, but is 1\.5"):
        gathered(square, [1], seconds=[1.0], threads=1.5)
    with pytest.raises(ModelError, match="`scheduler` must be None, a Dask client or an address, but is 3"):
        gathered(square, [1], seconds=[1.0], scheduler=3)
    with pytest.raises(
        ModelError, match="must be the address of a running Dask scheduler, but at 'tls://nowhere:1' is"
    ):
        gathered(square, [1], seconds=[1.0], scheduler="tls://nowhere:1")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModelError, match=r"must be None unless Dask is installed \(pip install -e '\.\[dask\]'\)"):
        gathered(square, [1], seconds=[1.0], scheduler="tcp://127.0.0.1:1")


def test_all_cores_are_used_where_nothing_is_asked():
    assert checked_threads(None) == cores() >= 1
    assert cores() <= (os.cpu_count() or 1)
    assert scheduler.CHUNK_SECONDS >= 1
