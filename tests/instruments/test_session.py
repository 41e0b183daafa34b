import gc
import threading
import time
from types import SimpleNamespace

import pytest

from smtjlab.instruments.errors import (
    ForeignIdentity,
    InstrumentMistake,
    Interrupted,
    NotConnected,
    SessionPoisoned,
    SessionTimeout,
)
from smtjlab.instruments.line import Line
from smtjlab.instruments.session import Session

IDENTITY = "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001,1.7.12b"
SHORT = 0.05


def test_an_answer_comes_without_its_terminator(fake, session_to):
    assert session_to(fake().address).query("*IDN?") == IDENTITY


def test_opening_sends_nothing(fake, session_to):
    instrument = fake()
    session_to(instrument.address).query(":A?")
    assert instrument.received == [":A?"]


def test_a_late_answer_is_never_taken_for_the_next(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address, SHORT)
    session.identify("2450")
    for number in range(20):
        instrument.may_answer.clear()
        with pytest.raises(SessionTimeout, match=rf"must answer ':LATE{number}\?' within 0.05 s, but did not"):
            session.query(f":LATE{number}?")
        instrument.late_answer_sent.clear()
        instrument.may_answer.set()
        instrument.late_answer_sent.wait(5)
        with pytest.raises(SessionPoisoned, match=rf"must be healed before it is asked ':NEXT\?'.*LATE{number}"):
            session.query(":NEXT?")
        with pytest.raises(SessionPoisoned, match="must be healed"):
            session.write(":OUTP 1")
        session.heal()
        assert session.query(f":NEXT{number}?") == f"NEXT{number}"


def test_an_answer_that_nobody_asked_for_poisons(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address)
    session.query(":A?")
    instrument.say("0.123\n")
    until(lambda: readable(session))
    with pytest.raises(SessionPoisoned, match=r"must speak only when asked, but '0.123\\n' lay on the line"):
        session.query(":B?")
    session.heal()
    assert session.query(":B?") == "B"


def test_a_duplicated_answer_poisons(fake, session_to):
    session = session_to(fake(lambda message: "1\n1\n").address)
    assert session.query(":A?") == "1"
    with pytest.raises(SessionPoisoned, match="only when asked"):
        session.query(":B?")


def test_a_short_read_poisons(fake, session_to):
    session = session_to(fake(lambda message: "1.23").address, SHORT)
    with pytest.raises(SessionTimeout, match="must answer ':A\\?' within"):
        session.query(":A?")
    assert session.poisoned


def test_a_garbled_answer_poisons(fake, session_to):
    session = session_to(fake(lambda message: "1.\xff3\n").address)
    with pytest.raises(SessionPoisoned, match="one line of ASCII"):
        session.query(":A?")


@pytest.mark.parametrize("answer", ["abc", "1,2", "", "1;2;3;4"])
def test_an_answer_with_other_than_the_numbers_asked_for_is_foreign(fake, session_to, answer):
    session = session_to(fake(lambda message: f"{answer}\n").address)
    with pytest.raises(SessionPoisoned, match=f"must answer ':A\\?' with 3 numbers, but answered '{answer}'"):
        session.query_numbers(":A?", 3)
    assert session.poisoned


def test_nothing_at_the_address_is_told_with_name_and_address(fake, session_to):
    instrument = fake()
    instrument.close()
    session = session_to(instrument.address)
    with pytest.raises(NotConnected, match=r"`gate` must be reachable at TCPIP::127.0.0.1::\d+::SOCKET, but is not"):
        session.query("*IDN?")


@pytest.mark.filterwarnings("ignore:.*socket.socket:pytest.PytestUnraisableExceptionWarning")
def test_a_name_that_no_network_knows_is_not_connected():
    with pytest.raises(NotConnected, match="must be reachable") as caught:
        Session("@py", "TCPIP::no.such.host.invalid::5025::SOCKET", name="gate")
    del caught
    gc.collect()  # PyVISA-py leaves its socket to the garbage collector here


def test_a_library_that_is_missing_is_a_mistake():
    with pytest.raises(InstrumentMistake, match="`visa_library` must be one that PyVISA finds, but '@nowhere'"):
        Session("@nowhere", "TCPIP::127.0.0.1::1::SOCKET", name="gate")


def test_a_dropped_connection_is_told_at_once_and_healed_by_reopening(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address)
    session.identify("2450")
    instrument.drop()
    until(lambda: readable(session))
    begun = time.monotonic()
    with pytest.raises(NotConnected, match="must be reachable"):
        session.query(":A?")
    assert time.monotonic() - begun < 1
    session.heal()
    assert session.query(":A?") == "A"


def test_healing_is_refused_where_the_nonce_does_not_come_back(fake, session_to):
    session = session_to(fake(lambda message: "7\n" if "?" in message else None).address)
    session._nonce = 7
    with pytest.raises(SessionPoisoned, match=r"must give \d+ back, but answered '7'"):
        session.heal()
    assert session.poisoned


def test_healing_is_refused_where_another_instrument_answers(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address)
    session.identify("2450")
    session.identity = "KEITHLEY INSTRUMENTS,MODEL 2450,04000001,1.7.12b"
    with pytest.raises(ForeignIdentity, match=r"must be .*04000001.* as before"):
        session.heal()
    assert session.poisoned


def test_a_foreign_identity_is_refused(fake, session_to):
    with pytest.raises(ForeignIdentity, match=r"`gate` must be an instrument that answers \*IDN\? with 'MODEL 2400'"):
        session_to(fake().address).identify("MODEL 2400")


def test_four_threads_on_one_session_get_their_own_answers(fake, session_to):
    session = session_to(fake().address)
    wrong: list[str] = []

    def ask(thread: int) -> None:
        wrong.extend(
            answer
            for number in range(250)
            if (answer := session.query(f":T{thread}N{number}?")) != f"T{thread}N{number}"
        )

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_write_and_query_do_not_stall(fake, session_to):
    session = session_to(fake().address)
    seconds = []
    for _ in range(20):
        begun = time.monotonic()
        session.write(":SOUR:VOLT 0.1")
        session.write(":SOUR:VOLT 0.2")
        session.query(":READ?")
        seconds.append(time.monotonic() - begun)
    # A delayed acknowledgement would cost each time 40 ms; a busy machine delays some.
    assert sorted(seconds)[10] < 0.02


@pytest.mark.parametrize("message", ["A?\nB?", "5 µA?"])
def test_a_message_is_one_line_of_ascii(fake, session_to, message):
    with pytest.raises(ValueError, match="must be one line of ASCII"):
        session_to(fake().address).query(message)


def test_a_question_is_not_written(fake, session_to):
    with pytest.raises(ValueError, match="must ask nothing"):
        session_to(fake().address).write("*IDN?")


def test_a_closed_session_stays_closed(fake, session_to):
    session = session_to(fake().address)
    session.close()
    session.close()
    with pytest.raises(SessionPoisoned, match="it is closed"):
        session.query(":A?")
    with pytest.raises(SessionPoisoned, match="it is closed"):
        session.heal()


class Remembered(Session):
    """A session on lines that remember what was done to them, with an instrument that answers as it should."""

    def _open(self):
        self.done = [*getattr(self, "done", []), "open"]
        return self

    def clear(self) -> bool:
        self.done.append("clear")
        return True

    def exchange(self, message: str, timeout: float) -> str:
        return message.partition(" ")[2].partition(";")[0] or IDENTITY


@pytest.mark.parametrize(
    ("echo", "done"), [("*ESE {nonce};*ESE?", ["open", "clear"]), (None, ["open", "clear", "open"])]
)
def test_a_clear_heals_where_a_nonce_can_prove_it_and_reconnecting_where_there_is_none(echo, done):
    session = Remembered(None, "GPIB0::1::INSTR", name="gate")
    session.close = session._release = lambda: None
    session.echo = echo
    session.identify("2450")
    session.poison("a test")
    session.heal()
    assert (session.done, session.poisoned) == (done, None)


class SlowResource:
    """A VISA resource on a clock of its own: it takes a message within 0.8 s, and its time-out is noted."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timeouts: list[float] = []

    def write_raw(self, data: bytes) -> None:
        self.now += 0.8

    def read_raw(self) -> bytes:
        return b"1\n"

    def __setattr__(self, name: str, value: object) -> None:
        if name == "timeout":
            self.timeouts.append(value)
        super().__setattr__(name, value)


def test_what_sending_took_of_a_deadline_is_not_waited_for_again(monkeypatch):
    resource = SlowResource()
    monkeypatch.setattr("smtjlab.instruments.line.time.monotonic", lambda: resource.now)
    manager = SimpleNamespace(open_resource=lambda *_, **__: resource)
    resource.visalib = SimpleNamespace(sessions=None)
    line = Line(manager, "GPIB0::1::INSTR", name="gate", timeout=5.0)
    assert line.exchange(":A?", 1.0) == "1"
    assert resource.timeouts == pytest.approx([5000.0, 1000.0, 200.0])


# Interrupting


def interrupted_while_it_waits(session: Session, instrument) -> None:
    """Ask a question that is not answered, and interrupt it from another thread."""
    instrument.may_answer.clear()
    asked = len(instrument.received)

    def interrupt() -> None:
        until(lambda: len(instrument.received) > asked)
        session.interrupt("the run was stopped")

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(
        Interrupted, match=r"`gate` must not be interrupted to answer ':A\?', but was: the run was stop"
    ):
        session.query(":A?")
    other.join()
    instrument.may_answer.set()


def test_an_exchange_that_waits_is_interrupted_from_another_thread(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address, 60.0)
    interrupted_while_it_waits(session, instrument)
    with pytest.raises(Interrupted, match="the run was stopped"):
        session.write(":OUTP 1")
    session.go_on()
    with pytest.raises(SessionPoisoned, match="must be healed"):  # its answer may still come
        session.query(":B?")


def test_an_interrupted_session_goes_on_where_nothing_was_cut(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address)
    session.interrupt("first")
    session.interrupt("second")
    with pytest.raises(Interrupted, match=r"answer ':A\?', but was: first"):
        session.query(":A?")
    assert instrument.received == []
    session.go_on()
    assert (session.query(":B?"), session.interrupted, session.poisoned) == ("B", None, None)


def test_healing_lifts_an_interruption_and_the_answer_that_was_cut_is_never_taken(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address, 60.0)
    session.identify("2450")
    interrupted_while_it_waits(session, instrument)
    session.heal()
    assert session.query(":B?") == "B"


def test_an_interruption_while_it_heals_ends_the_healing_and_stays(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address, 60.0)
    instrument.may_answer.clear()
    session.poison("a test")
    other = threading.Thread(target=lambda: (until(lambda: instrument.received), session.interrupt("stop")))
    other.start()
    with pytest.raises(Interrupted, match="but was: stop"):
        session.heal()
    other.join()
    assert (session.interrupted, bool(session.poisoned)) == ("stop", True)


def test_an_exchange_by_another_transport_ends_by_its_own_deadline_and_tells_why():
    session = StuckSession(None, "GPIB0::1::INSTR", name="gate")
    with pytest.raises(Interrupted, match=r"to answer ':A\?', but was: stop"):
        session.query(":A?")
    assert session.poisoned


class StuckSession(Session):
    """Interrupted while its line waits, of which the line hears nothing."""

    def _open(self):
        return self

    def exchange(self, message: str, timeout: float) -> str:
        self.interrupt("stop")
        raise SessionTimeout(f"{message} was not answered.")


def test_a_closed_session_is_not_interrupted(fake, session_to):
    session = session_to(fake().address)
    session.close()
    session.interrupt("stop")
    with pytest.raises(SessionPoisoned, match="it is closed"):
        session.query(":A?")


class CutSession(Session):
    """Ctrl-C comes while its line waits."""

    def _open(self):
        return self

    def exchange(self, message: str, timeout: float) -> str:
        raise KeyboardInterrupt

    def send(self, message: str) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("ask", [lambda session: session.query(":A?"), lambda session: session.ask_if_idle(0.0)])
def test_an_exchange_that_the_keyboard_cuts_poisons(fake, session_to, ask):
    instrument = fake()
    session = session_to(instrument.address)
    session.identify("2450")
    session._bare.exchange = CutSession(None, "GPIB0::1::INSTR", name="gate").exchange
    with pytest.raises(KeyboardInterrupt):
        ask(session)
    with pytest.raises(SessionPoisoned, match="an exchange was cut in the middle"):
        session.query(":B?")
    session.heal()
    assert session.query(":B?") == "B"


def test_a_write_and_a_healing_that_the_keyboard_cuts_poison():
    for say in (lambda session: session.write(":A"), lambda session: session.heal()):
        session = CutSession(None, "GPIB0::1::INSTR", name="gate")
        session._renew = lambda session=session: session
        with pytest.raises(KeyboardInterrupt):
            say(session)
        assert session.poisoned == "an exchange was cut in the middle."


@pytest.mark.parametrize("message", [":A?\n:B?", ":\u03a9?"])
def test_what_cannot_be_sent_poisons_nothing(fake, session_to, message):
    session = session_to(fake().address)
    with pytest.raises(ValueError, match="must be one line of ASCII"):
        session.query(message)
    assert session.query(":A?") == "A"


def test_a_session_lets_go_of_the_instrument_where_it_is_opened_again(fake, session_to):
    instrument = fake()
    session = session_to(instrument.address)
    session.identify("2450")
    fresh = session.again(1.0)
    until(lambda: not instrument.threads[1].is_alive())  # there are instruments that take one connection at a time
    assert fresh.query("*IDN?") == IDENTITY
    fresh.close()
    session.heal()
    assert session.query(":A?") == "A"


def readable(session: Session) -> bool:
    import select

    return bool(select.select([session._line._socket], [], [], 0.01)[0])


def until(true) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
