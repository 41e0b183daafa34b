"""What is fuzzed: each function returns what takes the bytes of one input, and inputs to begin with.

An exception that leaves a target is a crash. Whatever it imports inside itself is watched for coverage.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

Target = Callable[[bytes], None]


def scpi(folder: Path) -> tuple[Target, list[bytes]]:
    """Lines to one instrument of a bench, which is made anew now and then."""
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.virtual.message_exchange import Answerer, BusExchange, ConnectionDropped
    from smtjlab.instruments.virtual.tsp_instrument import TspInstrument
    from smtjlab.instruments.virtual.virtual_bench import VirtualBench

    bench = Bench.load("full@smtj")
    made: list[Any] = []

    def anew() -> list[BusExchange]:
        virtual = VirtualBench(bench)
        made[:] = [virtual]
        plain = [name for name, twin in virtual.instruments.items() if not isinstance(twin, TspInstrument)]
        return [BusExchange(Answerer(virtual, name)) for name in plain]

    exchanges, calls = anew(), 0

    def target(data: bytes) -> None:
        nonlocal exchanges, calls
        calls += 1
        if calls % 2000 == 0:
            made[0].close()
            exchanges = anew()
        if not data:
            return
        exchange = exchanges[data[0] % len(exchanges)]
        with contextlib.suppress(ConnectionDropped):
            exchange.write(data[1:])
        exchange.forget()

    words = [one.command.split(" ")[0] for name in made[0].instruments.values() for one in name.supported()]
    seeds = [bytes([k % 256]) + f"{word}?;{word} 1".encode("latin-1", "replace") for k, word in enumerate(words)]
    return target, seeds


def journal(folder: Path) -> tuple[Target, list[bytes]]:
    """A list of patches, two bytes of place and one of value each, of a run's journal."""
    made = _a_run(folder)
    path = made.folder / "journal.sqlite"
    whole = path.read_bytes()

    def target(data: bytes) -> None:
        torn = bytearray(whole)
        for place in range(0, len(data) - 2, 3):
            torn[int.from_bytes(data[place : place + 2], "big") * 7 % len(torn)] = data[place + 2]
        path.write_bytes(torn)
        _read(made.folder)

    return target, [bytes([0, 16, 7]), b"\x00\x01\x02" * 20]


def contents(folder: Path) -> tuple[Target, list[bytes]]:
    """Three lines of JSON: facts, a reading, an event with its kind."""
    from smtjlab.procedures.journal import Journal

    made = _a_run(folder)
    facts = {key: value for key, value in made.meta.items() if key != "format"}
    reading = made.readings()[0].to_dict()
    event = {"kind": "state", "state": "running"}
    number = 0

    def target(data: bytes) -> None:
        nonlocal number
        lines = data.split(b"\n")
        try:
            told = [json.loads(line) for line in lines[:3]]
        except (ValueError, RecursionError):
            return
        if len(told) < 3 or not all(isinstance(one, dict) for one in told):
            return
        number += 1
        place = folder / f"2026-01-01-{number:08x}"
        place.mkdir()
        with Journal.create(place / "journal.sqlite", told[0]) as written:
            written._connection.execute("PRAGMA synchronous=OFF")
            written.append(0, told[1])
            kind = told[2].pop("kind", "state")
            written.note(kind if isinstance(kind, str) else "state", **{"at": told[2]} | _named(told[2]))
        _read(place)
        shutil.rmtree(place)

    return target, ["\n".join(json.dumps(one) for one in (facts, reading, event)).encode()]


def bench(folder: Path) -> tuple[Target, list[bytes]]:
    """The text of a bench file."""
    from smtjlab.instruments.bench import PACKAGED, Bench
    from smtjlab.instruments.errors import InstrumentMistake
    from smtjlab.instruments.virtual.virtual_bench import VirtualBench

    path = folder / "bench.toml"

    def target(data: bytes) -> None:
        path.write_bytes(data)
        try:
            VirtualBench(Bench.load(path)).close()
        except InstrumentMistake as told:
            _one_sentence(str(told))

    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    return target, [re.sub(r"\s*#.*", "", text).encode(), b'name = "x"\n[[faults]]\nkind = "late"\nat = "1 s"\n']


def junction(folder: Path) -> tuple[Target, list[bytes]]:
    """The text of a junction file."""
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.errors import SimulationMistake

    path = folder / "junction.toml"

    def target(data: bytes) -> None:
        path.write_bytes(data)
        try:
            Belief.load(path).draw(2, 1)
        except SimulationMistake as told:
            _one_sentence(str(told))

    seeds = [b'preset = "fig5"\nthickness = "12 nm"\n[uncertainty]\nthickness = "3 %"\n', b'dipole_field = "10 Oe"\n']
    return target, [*seeds, Belief.load("fig5-die").to_toml().encode()]


def transcript(folder: Path) -> tuple[Target, list[bytes]]:
    """The text of a transcript."""
    from smtjlab.instruments.errors import InstrumentMistake
    from smtjlab.instruments.transcript import Sign, Transcript

    def target(data: bytes) -> None:
        try:
            list(Transcript.parse(data.decode("latin-1")).exchanges())
        except InstrumentMistake as told:
            _one_sentence(str(told))

    whole = Transcript(instrument="dmm", recorded="2026-01-01", software="smtjlab")
    whole.note(0.0, Sign.SENT, "*IDN?")
    whole.note(0.1, Sign.ANSWERED, "A,B,C,D\n")
    return target, [whole.text.encode()]


def wire(folder: Path) -> tuple[Target, list[bytes]]:
    """Bytes of a connection by HiSLIP or, where the first one is odd, by VXI-11."""
    from smtjlab.instruments.virtual.hislip_messages import HislipError, Message, next_message
    from smtjlab.instruments.virtual.listener import Incoming
    from smtjlab.instruments.virtual.vxi11_xdr import Program, call, next_record, record

    program = Program(7, 1, {1: lambda arguments: arguments.opaque(100)})

    def target(data: bytes) -> None:
        stream = Incoming(_Connection(data[1:]))  # type: ignore[arg-type]
        with contextlib.suppress(ConnectionError, HislipError):
            while True:
                if data[:1] and data[0] % 2:
                    program.reply(next_record(stream))
                else:
                    next_message(stream)

    return target, [
        b"\x00" + Message(6, 0, 1, b"*IDN?\n").packed(),
        b"\x01" + record(call(1, 7, 1, 1, b"\0\0\0\1a\0\0\0")),
    ]


class _Connection:
    """Bytes that come as from a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, count: int) -> bytes:
        data, self._data = self._data[:count], self._data[count:]
        return data

    def setsockopt(self, *_: object) -> None:
        """Take what a socket takes."""


TARGETS = {one.__name__: one for one in (scpi, journal, contents, bench, junction, transcript, wire)}


def _a_run(folder: Path) -> Any:
    """Return a run of two readings as an engine leaves it."""
    from journal import reading

    from smtjlab.procedures.journal import Journal
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.status import this_process

    place = folder / "2026-01-01-0a0a0a0a"
    place.mkdir()
    facts = {
        "id": "0a0a0a0a", "created": "2026-01-01T00:00:00.000+00:00", "procedure_name": "transfer-curve", "planned": 2,
        "procedure": "smtjlab.procedures.transfer_curve:TransferCurve", "engine": this_process() | {"pid": 1},
        "parameters": {"stop": {"value": 0.4, "unit": "V"}}, "bench": "virtual", "simulated": True, "seed": 1,
    }  # fmt: skip
    with Journal.create(place / "journal.sqlite", facts, [{"gate": 0.0}, {"gate": 0.1}]) as written:
        for number in range(2):
            written.append(number, reading(number).to_dict())
        written.note("state", state="running")
        written.note("safety", by="guardian", safe=True, findings=[])
        written.finish()
    return Run(place)


def _read(folder: Path) -> None:
    """Read a run as faces and reports do; a stranger's run is refused in words or taken."""
    from smtjlab.procedures.errors import MISTAKES, JournalFault
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.why import why

    for look in (lambda run: run.summary(), lambda run: run.readings(), lambda run: run.frame(), lambda run: run.rows(),
                 lambda run: why(run, run.status), lambda run: run.verdict()):  # fmt: skip
        try:
            look(Run(folder))
        except (JournalFault, *MISTAKES) as told:
            _one_sentence(str(told))


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key.isidentifier() and key != "kind"}


def _one_sentence(text: str) -> None:
    if len(text) > 20_000:
        raise AssertionError(f"A refusal must be a sentence, but has {len(text)} characters.")
