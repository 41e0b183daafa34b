from __future__ import annotations

import threading

from smtjlab.instruments.virtual.fair_lock import FairLock


def test_it_is_a_lock_that_its_holder_may_take_again():
    lock = FairLock()
    with lock, lock:
        lock.notify_all()
    assert lock.acquire(blocking=False)
    lock.release()


def test_whoever_holds_it_for_long_lets_others_pass():
    lock, passed = FairLock(), []
    with lock:
        others = [
            threading.Thread(target=lambda: lock.__enter__() and (passed.append(1), lock.release())) for _ in "abc"
        ]
        for one in others:
            one.start()
        while len(passed) < 3:  # busy all the time, as a long measurement on imagined time is
            lock.let_pass(1.0)
    for one in others:
        one.join()
    assert len(passed) == 3


def test_nobody_is_waited_for_where_nobody_waits():
    lock = FairLock()
    with lock:
        lock.let_pass(1e9)


def test_those_who_never_come_are_waited_for_no_longer_than_said():
    lock = FairLock()
    lock._waiting = 1
    with lock:
        lock.let_pass(0.01)
