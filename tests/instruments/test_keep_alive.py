from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import SessionPoisoned
from smtjlab.instruments.keep_alive import KeepAlive
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.private_bench import ServedBench
from smtjlab.instruments.session import Session

SOON = 0.05
"""Seconds after which an instrument counts as idle here."""


@pytest.fixture
def looked_after(fake, session_to) -> Iterator[Callable[..., tuple[Session, object]]]:
    """A session with an instrument that is looked after."""
    kept: list[KeepAlive] = []

    def make(answer=None, timeout: float = 5.0):
        instrument = fake(answer)
        session = session_to(instrument.address, timeout)
        session.identify("2450")
        kept.append(KeepAlive([session], SOON))
        return session, instrument

    yield make
    for one in kept:
        one.close()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_an_idle_instrument_is_asked_who_it_is_again_and_again(looked_after):
    session, instrument = looked_after()
    until(lambda: instrument.received.count("*IDN?") > 3)
    assert session.poisoned is None
    assert session.query(":A?") == "A"


def test_an_idle_instrument_of_the_served_bench_is_kept_awake():
    with ServedBench(Bench.load("virtual")) as bench:
        session = bench.session("gate")
        session.identify("2450")
        used = session._bare.used
        kept = KeepAlive([session], SOON)
        until(lambda: session._bare.used > used + 2 * SOON)
        kept.close()
        assert session.poisoned is None


def test_an_instrument_that_was_exchanged_while_idle_poisons(looked_after):
    identities = iter(["KEITHLEY,2450,1,1\n"])
    session, _ = looked_after(lambda message: next(identities, "ACME,HEATER,2,1\n"))
    until(lambda: session.poisoned)
    with pytest.raises(SessionPoisoned, match="must be 'KEITHLEY,2450,1,1' while idle, but answered 'ACME,HEATER,2,1'"):
        session.query(":A?")


def test_an_instrument_that_fell_asleep_poisons(looked_after):
    identities = iter(["KEITHLEY,2450,1,1\n"])
    session, _ = looked_after(lambda message: next(identities, None), timeout=SOON)
    until(lambda: session.poisoned)
    with pytest.raises(SessionPoisoned, match=r"It was idle. `gate` must answer '\*IDN\?' within 0.05 s"):
        session.query(":A?")


def asked_for_a_while(session: Session) -> None:
    """Look after one session as the thread would, ten times."""
    for _ in range(10):
        session.ask_if_idle(0.0)


@pytest.mark.parametrize("spoil", [Session.poison, Session.interrupt])
def test_a_session_that_may_not_be_used_is_left_alone(fake, session_to, spoil):
    instrument = fake()
    session = session_to(instrument.address)
    session.identify("2450")
    spoil(session, "a test")
    asked_for_a_while(session)
    assert instrument.received == ["*IDN?"]


def test_an_instrument_that_was_never_identified_is_left_alone(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address)
    asked_for_a_while(session)
    assert session.query(":A?") == "A"
    assert instrument.received == [":A?"]


def test_a_session_that_is_being_recorded_is_left_alone_until_then(fake, session_to):
    from smtjlab.instruments.transcript_session import recording

    instrument = fake()
    session = session_to(instrument.address)
    session.identify("2450")
    with recording(session) as transcript:
        asked_for_a_while(session)
    assert transcript.events == []
    session.ask_if_idle(0.0)
    assert instrument.received == ["*IDN?"] * 2


def test_a_session_that_somebody_uses_is_not_waited_for(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address, 60.0)
    session.identify("2450")
    instrument.may_answer.clear()
    asking = threading.Thread(target=session.query, args=(":A?",))
    asking.start()
    until(lambda: ":A?" in instrument.received)
    asked_for_a_while(session)  # would wait for a minute
    instrument.may_answer.set()
    asking.join()
    assert instrument.received == ["*IDN?", ":A?"]


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "keep alive"]


def test_closing_cuts_a_question_under_way(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address, 60.0)
    session.identify("2450")
    instrument.may_answer.clear()
    kept = KeepAlive([session], SOON)
    until(lambda: len(instrument.received) == 2)
    kept.close()
    assert session.interrupted == "the bench is being closed."
    until(lambda: not threads())
    assert session.poisoned


def test_an_instrument_at_another_interface_is_not_looked_after():
    class OnGpib(Session):
        def _open(self):
            return None

    KeepAlive([OnGpib(None, "GPIB0::1::INSTR", name="gate")], SOON)
    assert threads() == []


@pytest.mark.parametrize(("name", "kept"), [("virtual", 1), ("virtual@smtj", 0)])
def test_a_bench_looks_after_its_instruments_until_it_is_closed(name, kept):
    with open_bench(name, keep_alive=SOON) as bench:
        assert len(threads()) == kept
        used = [session._bare.used for session in bench.sessions.values()]
        if kept:
            until(lambda: [s._bare.used for s in bench.sessions.values()] > used)
    until(lambda: not threads())
