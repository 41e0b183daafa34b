"""What connecting sends: questions, to every model there is."""

from __future__ import annotations

import pytest

from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.session import Session

CHOICE_OF_LANGUAGE = "*RCS 1"
"""A SENTIO is told which command set is spoken, before it is asked anything."""


@pytest.fixture
def said(monkeypatch):
    """Return every message that sessions send from now on."""
    messages: list[str] = []
    query, write = Session.query, Session.write

    def note_query(session, message, **options):
        messages.append(message)
        return query(session, message, **options)

    def note_write(session, message, **options):
        messages.append(message)
        return write(session, message, **options)

    monkeypatch.setattr(Session, "query", note_query)
    monkeypatch.setattr(Session, "write", note_write)
    return messages


def is_question(message: str) -> bool:
    units = message.replace(":SYST:ERR:ALL?", "").strip(";").split(";")
    asks = ("?", "print(", "status:get_", "IsAppRegistered ")
    return all(any(word in unit for word in asks) and "=" not in unit.partition("print(")[0] for unit in units)


def test_connecting_to_every_model_asks_and_commands_nothing(said):
    with open_bench("full@smtj") as bench:
        assert bench.found_on == []
        assert len(bench.identities) == len(bench.bench.instruments)
    assert [message for message in said if not is_question(message)] == [CHOICE_OF_LANGUAGE]
    assert len(said) > 2 * len(bench.bench.instruments)


@pytest.mark.parametrize("message", ["*RST", ":OUTP 0", "smua.source.output = 0 print(1)", ":OUTP 0;:OUTP?"])
def test_a_command_would_be_noticed(message):
    assert not is_question(message)
