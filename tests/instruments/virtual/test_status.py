from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.virtual.status import QUEUE_DEPTH, Register, Status, event_bit


def test_a_fresh_instrument_says_that_it_was_switched_on():
    assert Status().event == 128


def test_a_full_queue_keeps_the_oldest_and_ends_in_overflow():
    status = Status()
    for _ in range(QUEUE_DEPTH + 5):
        status.report(-113)
    codes = [status.next_error()[0] for _ in range(QUEUE_DEPTH + 1)]
    assert codes == [-113] * (QUEUE_DEPTH - 1) + [-350, 0]


@given(st.integers(-499, 9999))
def test_every_error_sets_the_bit_of_its_class(code):
    expected = {1: 32, 2: 16, 3: 8, 4: 4}.get(-code // 100 if code <= -100 else 2 if code > 0 else 0, 0)
    assert event_bit(code) == expected


def test_an_event_is_a_rising_condition_and_stays_until_read():
    register = Register(enable=4)
    register.raise_condition(4)
    register.raise_condition(4)
    register.lower_condition(4)
    assert register.summary
    assert register.take_event() == 4
    assert register.take_event() == 0


def test_the_status_byte_sums_up_what_is_enabled():
    status = Status(event=0)
    status.report(-222)
    assert status.byte == 4
    status.event_enable = 16
    assert status.byte == 4 + 32
    status.service_enable = 32
    assert status.byte == 4 + 32 + 64


def test_a_serial_poll_returns_the_request_once():
    status = Status(event=0, service_enable=4)
    status.report(-113)
    assert status.serial_poll() & 64
    assert not status.serial_poll() & 64
    assert status.byte & 64


def test_service_is_requested_once_for_each_new_reason():
    requests = []
    status = Status(event=0, service_enable=4, on_service_request=lambda: requests.append(1))
    status.report(-113)
    status.report(-113)
    assert len(requests) == 1
    status.clear()
    status.report(-113)
    assert len(requests) == 2


def test_clear_leaves_the_enables():
    status = Status(event_enable=7, service_enable=5)
    status.questionable.enable = 3
    status.clear()
    assert (status.event_enable, status.service_enable, status.questionable.enable) == (7, 5, 3)
    status.preset()
    assert status.questionable.enable == 0
