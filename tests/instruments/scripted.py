"""Drivers whose wire is a transcript: exact messages out, exact answers back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pymeasure.adapters import ProtocolAdapter
from pymeasure.test import expected_protocol

from smtjlab.instruments.session import Session


class ScriptedLine:
    def __init__(self, adapter: ProtocolAdapter) -> None:
        self.adapter = adapter

    def send(self, message: str) -> None:
        self.adapter.write(message)

    def exchange(self, message: str, timeout: float) -> str:
        self.adapter.write(message)
        return str(self.adapter.read())

    def close(self) -> None:
        pass


class ScriptedSession(Session):
    def __init__(self, adapter: ProtocolAdapter, name: str) -> None:
        self.adapter = adapter
        super().__init__(adapter, "GPIB0::18::INSTR", name=name)

    def _open(self) -> Any:
        return ScriptedLine(self.adapter)


@contextmanager
def scripted(driver: Callable[[Session], Any], name: str, pairs: list[tuple[str, str | None]]) -> Iterator[Any]:
    """Give the driver of the instrument `name`, whose wire is `[(sent, answered or None), ...]`: all of it is used."""
    with expected_protocol(lambda adapter: driver(ScriptedSession(adapter, name)), pairs) as made:
        yield made
