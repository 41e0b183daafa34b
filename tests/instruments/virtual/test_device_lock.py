from __future__ import annotations

import threading

import pytest

from smtjlab.instruments.virtual.device_lock import DeviceLock, LockOutcome


@pytest.fixture
def lock():
    return DeviceLock()


def test_an_exclusive_lock_keeps_the_others_out(lock):
    assert lock.request("a") is LockOutcome.DONE
    assert (lock.admits("a"), lock.admits("b")) == (True, False)
    assert lock.request("b") is LockOutcome.REFUSED
    assert lock.request("b", b"key") is LockOutcome.REFUSED


def test_a_shared_lock_lets_in_who_has_the_key(lock):
    assert lock.request("a", b"key") is LockOutcome.DONE
    assert lock.request("b", b"other") is LockOutcome.REFUSED
    assert lock.request("b", b"key") is LockOutcome.DONE
    assert (lock.admits("b"), lock.admits("c")) == (True, False)
    assert lock.holders() == (False, 2)


def test_a_sharer_may_have_the_exclusive_lock_too_and_gives_it_back_first(lock):
    lock.request("a", b"key")
    lock.request("b", b"key")
    assert lock.request("a") is LockOutcome.DONE
    assert lock.holders() == (True, 2)
    assert not lock.admits("b")
    assert [lock.release("a") for _ in range(3)] == [LockOutcome.DONE, LockOutcome.SHARED_DONE, LockOutcome.WRONG]


def test_asking_twice_makes_no_sense(lock):
    lock.request("a")
    assert lock.request("a") is LockOutcome.WRONG
    assert lock.request("a", b"key") is LockOutcome.WRONG
    lock.forget("a")
    lock.request("a", b"key")
    assert lock.request("a", b"key") is LockOutcome.WRONG


def test_whoever_waits_gets_the_lock_when_it_is_free(lock):
    lock.request("a")
    outcomes = []
    waiter = threading.Thread(target=lambda: outcomes.append(lock.request("b", patience=20.0)))
    waiter.start()
    lock.release("a")
    waiter.join(20)
    assert outcomes == [LockOutcome.DONE]


def test_who_gives_up_waits_no_longer(lock):
    lock.request("a")
    assert lock.request("b", patience=1e9, gave_up=lambda: True) is LockOutcome.REFUSED
    assert not lock.admits("b", 1e9, lambda: True)


def test_who_has_gone_holds_nothing(lock):
    lock.request("a", b"key")
    lock.request("a")
    lock.forget("a")
    assert lock.holders() == (False, 0)
    assert lock.admits("b")
