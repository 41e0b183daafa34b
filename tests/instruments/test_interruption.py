"""The reason of an interruption and its bell change together, whoever comes in between."""

from __future__ import annotations

import threading

import pytest

from smtjlab.instruments.errors import Interrupted
from smtjlab.instruments.interruption import Interruption


class Bell:
    """Rings; while it is silenced another thread interrupts."""

    def __init__(self, interruption):
        self.rings = False
        self.other = threading.Thread(target=interruption.come, args=("again",))

    def interrupt(self):
        self.rings = True

    def go_on(self):
        self.other.start()
        self.other.join(0.2)  # it gets in between where it can
        self.rings = False


def test_an_interruption_that_comes_while_one_is_lifted_is_not_lost():
    interruption = Interruption("gate")
    bell = Bell(interruption)
    interruption.hang(bell)
    interruption.come("first")
    interruption.lift()
    bell.other.join()
    assert (interruption.reason, bell.rings) == ("again", True)


def test_a_new_bell_rings_where_there_is_a_reason_already():
    interruption = Interruption("gate")
    interruption.come("stop")
    bell = Bell(interruption)
    interruption.hang(bell)
    assert bell.rings


def test_what_comes_while_two_are_undisturbed_comes_after_the_last():
    interruption = Interruption("gate")
    outer = interruption.undisturbed()
    outer.__enter__()
    with (
        pytest.raises(Interrupted, match=r"`gate` must not be interrupted .*, but was: stop"),
        interruption.undisturbed(),
    ):
        interruption.come("stop")
    assert interruption.reason is None
    with pytest.raises(Interrupted, match="but was: stop"):
        outer.__exit__(None, None, None)
    assert interruption.reason == "stop"
