import pytest

from smtjlab.procedures.control import Control, HeedingClock, StopNow


class Pendulum:
    """A clock that counts how long it was asked to sleep."""

    def __init__(self, *, then=lambda: None):
        self.slept = 0.0
        self.pieces = 0
        self._then = then

    def now(self):
        return self.slept

    def sleep(self, seconds):
        self.slept += seconds
        self.pieces += 1
        self._then()


def test_a_sleep_lasts_as_long_as_asked():
    clock = Pendulum()
    HeedingClock(clock, Control().heed).sleep(3600)
    assert clock.slept == pytest.approx(3600)


def test_imagined_time_is_slept_in_few_pieces():
    clock = Pendulum()
    HeedingClock(clock, Control().heed).sleep(3600)
    assert clock.pieces < 20


def test_a_stop_now_ends_a_long_sleep():
    control = Control()
    clock = Pendulum(then=lambda: control.stop(now=True))
    with pytest.raises(StopNow):
        HeedingClock(clock, control.heed).sleep(3600)
    assert clock.slept < 1


def test_a_stop_after_the_point_lets_the_sleep_finish():
    control = Control()
    clock = Pendulum(then=control.stop)
    HeedingClock(clock, control.heed).sleep(1)
    assert clock.slept == pytest.approx(1)
    assert control.stopping


def test_a_stop_ends_a_pause():
    control = Control()
    control.pause()
    assert control.paused
    control.stop()
    assert not control.paused


def test_a_pause_that_may_wait_holds_from_the_end_on():
    control = Control()
    with control.pausing_later():
        control.pause()
        assert not control.paused
        control.wait_while_paused(60)
    assert control.paused
    control.stop()
    assert not control.paused
