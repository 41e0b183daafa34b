"""The strict driver of the 3706A and 707B on their twins, and by transcript where an answer must be wrong."""

from __future__ import annotations

import pytest
import pyvisa

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import (
    ForeignIdentity,
    InstrumentMistake,
    InstrumentReported,
    LimitError,
    SessionPoisoned,
    UnsafeError,
)
from smtjlab.instruments.keithley_3706a import Keithley707B, Keithley3706A
from smtjlab.instruments.roles import Role
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.session import Session
from smtjlab.instruments.station_roles import Switch

PARTS = """[instruments.switch]
driver = "keithley_3706a:{model}"
role = "switch"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.meter]
driver = "keithley_2450:Keithley2450"
role = "source_meter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.meter]
voltage = ["-10 V", "10 V"]
current = "1 A"

[wiring]
"meter.hi" = "bus.one"
"meter.lo" = "bus.two"
"switch.1.r1" = "bus.one"
"switch.1.r2" = "bus.two"
"""


@pytest.fixture
def make_switch(tmp_path):
    """Return the driver on a bench in process, and what the bench is."""
    opened = []

    def make(model=Keithley3706A, **named):
        path = tmp_path / "bench.toml"
        parts = PARTS.format(model=model.__name__)
        path.write_text((PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("[wiring]", parts))
        manager = pyvisa.ResourceManager(f"{path}@smtj")
        session = Session(manager, "TCPIP::switch::INSTR", name="switch")
        opened.extend((session, manager))
        session.identify(model.identity_pattern)
        return model(session, clock=manager.visalib.clock, **named)

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def switch(make_switch):
    return make_switch()


def test_it_plays_the_role(switch):
    assert isinstance(switch, Switch)
    assert switch.role is Role.SWITCH
    switch.verify_language()
    assert switch.check_errors() == []
    assert not switch.output_is_on()
    assert switch.closed() == frozenset()


def test_closing_adds_to_what_is_closed_and_is_read_back(switch):
    switch.close((1, 1), (2, 16))
    switch.close((6, 3))
    assert switch.closed() == {(1, 1), (2, 16), (6, 3)}
    switch.open((1, 1), (5, 5))
    assert switch.closed() == {(2, 16), (6, 3)}
    assert switch.closures((1, 1), (5, 5)) == [1, 0]
    switch.open_all()
    assert switch.closed() == frozenset()


def test_only_these_stay_closed_and_break_before_they_make(switch):
    switch.session.write("channel.connectrule = channel.MAKE_BEFORE_BREAK")
    switch.close((1, 1))
    switch.close_only((2, 2), (3, 3))
    assert switch.closed() == {(2, 2), (3, 3)}
    assert switch.session.query_numbers("print(channel.connectrule)", 1) == [1]
    switch.close_only()
    assert switch.closed() == frozenset()


@pytest.mark.parametrize("crosspoint", [(0, 1), (7, 1), (1, 0), (1, 17), (1.5, 1)])
def test_a_crosspoint_that_the_card_does_not_have_is_refused(switch, crosspoint):
    switch.close((1, 1))
    with pytest.raises(InstrumentMistake, match="must lie within 6 rows and 16 columns"):
        switch.close((1, 2), crosspoint)
    assert switch.closed() == {(1, 1)}


def test_forbidden_crosspoints_are_honoured_and_reported(switch):
    switch.forbid((1, 2), (2, 2))
    assert switch.forbidden() == {(1, 2), (2, 2)}
    with pytest.raises(LimitError, match="must not be forbidden, but 1102 is; nothing was moved"):
        switch.close((1, 1), (1, 2))
    assert switch.closed() == frozenset()
    switch.allow((1, 2))
    switch.close((1, 2))
    assert switch.forbidden() == {(2, 2)}


def test_the_instrument_refuses_what_is_forbidden_after_we_have_looked(switch, monkeypatch):
    monkeypatch.setattr(switch, "_ready_to_close", lambda wanted: frozenset())
    switch.forbid((1, 2))
    with pytest.raises(InstrumentReported, match="1115, 'Parameter error channel 1102 is forbidden to close'"):
        switch.close((1, 2))


def test_nothing_moves_while_a_current_flows(make_switch):
    quiet = []
    switch = make_switch(no_current=lambda: bool(quiet))
    for move in (lambda: switch.close((1, 1)), lambda: switch.close_only((1, 1)), switch.open_all):
        with pytest.raises(UnsafeError, match="must move without current, but one flows; nothing was moved"):
            move()
    quiet.append(True)
    switch.close((1, 1))
    quiet.clear()
    with pytest.raises(UnsafeError, match="without current"):
        switch.open((1, 1))
    assert switch.closed() == {(1, 1)}


def test_the_way_into_the_safe_state_asks_nobody(make_switch):
    switch = make_switch(no_current=lambda: True)
    switch.close((1, 1), (2, 1))
    switch.session.write("channel.close('1911')")
    switch.no_current = lambda: False
    step = switch.safe_step("switch", None)
    plan = SafePlan.from_dict(SafePlan(visa_library="", steps=(step,)).to_dict())
    report = carry_out(plan, sessions={"switch": switch.session}, clock=switch.clock)
    assert report.safe, str(report)
    assert switch.session.query("print(channel.getclose('allslots'))") == "nil"


def test_a_707b_names_its_rows_by_letters(make_switch):
    switch = make_switch(Keithley707B)
    switch.verify_language()
    switch.close((1, 3), (8, 12))
    assert switch.session.query("print(channel.getclose('slot1'))") == "1A03;1H12"
    assert switch.closed() == {(1, 3), (8, 12)}
    with pytest.raises(InstrumentMistake, match="8 rows and 12 columns, but row 1, column 13"):
        switch.close((1, 13))


def test_a_poisoned_session_heals_by_its_echo(switch):
    switch.session.poison("for a test")
    with pytest.raises(SessionPoisoned, match="for a test"):
        switch.closed()
    switch.session.heal()
    assert switch.closed() == frozenset()


def scripted(fake, session_to, answers):
    """Return a driver whose instrument answers by a table: a question's answer, or the next of several."""

    def answer(line):
        found = answers.get(line, "0.00000e+00\tQueue Is Empty\t0.00000e+00\t1.00000e+00" if "error" in line else None)
        found = found.pop(0) if isinstance(found, list) else found
        return None if found is None else found + "\n"

    return Keithley3706A(session_to(fake(answer).address))


STATE = "print(channel.getclose('allslots'), channel.getforbidden('allslots'), channel.connectrule)"


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("nil\tnil\t1.00000e+00", "must have closed 1101, but nothing reads as closed"),
        ("1101;1102\tnil\t1.00000e+00", "must have closed 1101, but 1101,1102 reads as closed"),
        ("1101\tnil\t2.00000e+00", "must break before they make, but connectrule reads 2"),
    ],
)
def test_what_is_not_read_back_is_not_believed(fake, session_to, after, words):
    driver = scripted(fake, session_to, {STATE: ["nil\tnil\t1.00000e+00", after]})
    with pytest.raises(UnsafeError, match=words):
        driver.close((1, 1))


@pytest.mark.parametrize("answer", ["1101", "nil\tnil\tx", "rubbish!\tnil\t1", "1101;;1102\tnil\t1"])
def test_an_answer_of_another_kind_poisons_the_session(fake, session_to, answer):
    driver = scripted(fake, session_to, {STATE: answer})
    with pytest.raises(InstrumentReported, match="must tell closed and forbidden channels"):
        driver.closed()
    with pytest.raises(SessionPoisoned, match="the state of the relays was answered"):
        driver.closed()


def test_four_pole_pairs_and_channels_of_other_slots_are_understood(fake, session_to):
    driver = scripted(fake, session_to, {STATE: "1203(1233);2101;1911\t1101,1102\t1.00000e+00"})
    assert driver.closed() == {(2, 3)}
    assert driver.forbidden() == {(1, 1), (1, 2)}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("2636B\tnil", "must be a 3706A that speaks TSP, but says that it is '2636B'"),
        ("3706A-SNFP\tEmpty Slot", "must hold a 3730 card, but holds 'Empty Slot'"),
        ("3706A\t3720,Dual 1x30 Multiplexer,01.40h,1", "must hold a 3730 card"),
    ],
)
def test_another_model_or_card_is_foreign(fake, session_to, answer, words):
    driver = scripted(fake, session_to, {"print(localnode.model, slot[1].idn)": answer})
    with pytest.raises(ForeignIdentity, match=words):
        driver.verify_language()
