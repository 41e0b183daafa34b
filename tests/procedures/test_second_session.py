import threading

from smtjlab.instruments.safe_state import SafePlan
from smtjlab.procedures.second_session import SecondSession


class StandIn:
    """A bench without instruments that remembers what was asked of it."""

    def __init__(self):
        self.cut = threading.Event()
        self.told = []

    def interrupt(self, reason):
        self.told.append("cut")
        self.cut.set()


def standing_by(bench):
    noted = threading.Event()
    return SecondSession(bench, SafePlan(visa_library="@py", steps=()), lambda *_, **__: noted.set()), noted


def test_an_engine_that_comes_out_of_its_call_makes_safe_itself():
    bench = StandIn()
    beside, noted = standing_by(bench)
    beside.act()
    assert bench.cut.wait(5)
    with beside.own_turn():
        assert bench.told == ["cut"]
    assert not noted.is_set()


def test_where_the_engine_hangs_a_second_session_makes_safe():
    beside, noted = standing_by(StandIn())
    beside.act()
    assert noted.wait(5)


def test_making_safe_is_not_cut_by_a_stop_that_comes_late():
    bench = StandIn()
    beside, _ = standing_by(bench)
    with beside.own_turn():
        beside.act()
        for thread in threading.enumerate():
            if thread.name == "second session":
                thread.join(5)
    assert not bench.told
