from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.virtual.scpi_instrument import ScpiInstrument
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.transport import Endpoint
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

EXACT = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("spread = 0.03", "spread = 0.0")
"""The packaged bench, its truth being the preset itself."""

PAIR_PARTS = """
[instruments.dual]
driver = "keithley_2636b:{model}"
role = "source_meter_pair"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.load]
resistance = "1 kohm"
between = ["load.hi", "load.lo"]

[components.other]
resistance = "10 kohm"
between = ["other.hi", "other.lo"]

[limits.dual.a]
voltage = ["-10 V", "10 V"]
current = "20 mA"

[limits.dual.b]
voltage = ["-10 V", "10 V"]
current = "1 mA"
"""

PAIR_WIRES = """"device.gate"
"dual.a.hi" = "load.hi"
"dual.a.lo" = "load.lo"
"dual.a.sense_hi" = "load.hi"
"dual.a.sense_lo" = "load.lo"
"dual.b.hi" = "other.hi"
"dual.b.lo" = "other.lo\""""

METER_PARTS = """
[instruments.meter]
driver = "{driver}"
role = "voltmeter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.load]
resistance = "{load}"
between = ["load.a", "load.b"]
"""


class Twin:
    """One virtual instrument, spoken to without any transport."""

    def __init__(self, bench: VirtualBench, name: str) -> None:
        self.bench = bench
        self.instrument: ScpiInstrument = bench.instruments[name]

    def __call__(self, message: str) -> str | None:
        with self.bench.held():
            return self.instrument.execute(message)

    def number(self, message: str) -> float:
        return float(self(message) or "nothing")

    def numbers(self, message: str) -> list[float]:
        return [float(word) for word in (self(message) or "nothing").split(",")]

    def error(self) -> int:
        return int((self("SYST:ERR?") or "").split(",")[0])


class Dual:
    """A 2636B without any transport: channel a across 1 kohm, channel b across 10 kohm."""

    def __init__(self, bench: VirtualBench) -> None:
        self.bench, self.twin = bench, bench.instruments["dual"]

    def __call__(self, *messages: str) -> str | None:
        answer = None
        for message in messages:
            with self.bench.held():
                answer = self.twin.execute(message)
        return answer

    def value(self, expression: str) -> float:
        """Return a number as a script would hold it."""
        return float(self(f"print(string.format('%.12g', {expression}))") or "nothing")

    def error(self) -> int:
        return int(float((self("print(errorqueue.next())") or "").split("\t")[0]))


class Meter:
    """A multimeter without any transport, beside the junction's 2450."""

    def __init__(self, bench: VirtualBench) -> None:
        self.bench, self.twin = bench, bench.instruments["meter"]

    def __call__(self, message: str, name: str = "meter") -> str | None:
        with self.bench.held():
            return self.bench.instruments[name].execute(message)

    def number(self, message: str) -> float:
        return float(self(message) or "nothing")

    def error(self) -> int:
        return int((self("SYST:ERR?") or "").split(",")[0])

    @property
    def time(self) -> float:
        return self.bench.world.now()


@pytest.fixture
def write_bench(tmp_path: Path) -> Callable[..., Path]:
    """Write a bench file: the packaged one, some of its words replaced, more at its end."""

    def write(more: str = "", **replaced: str) -> Path:
        text = EXACT
        for old, new in replaced.items():
            line = next(line for line in text.splitlines() if line.startswith(f"{old} = "))
            text = text.replace(line, f"{old} = {new}")
        (tmp_path / "bench.toml").write_text(text + more, encoding="utf-8")
        return tmp_path / "bench.toml"

    return write


@pytest.fixture
def make_bench(write_bench: Callable[..., Path]) -> Iterator[Callable[..., VirtualBench]]:
    made: list[VirtualBench] = []

    def make(more: str = "", **replaced: str) -> VirtualBench:
        made.append(VirtualBench(Bench.load(write_bench(more, **replaced))))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def smu(make_bench: Callable[..., VirtualBench]) -> Twin:
    """The junction's 2450 on a bench of its own."""
    return Twin(make_bench(), "junction")


@pytest.fixture
def pair(make_bench: Callable[..., VirtualBench]) -> Callable[..., tuple[Twin, Twin]]:
    """Gate and junction of one bench."""

    def make(more: str = "", **replaced: str) -> tuple[Twin, Twin]:
        bench = make_bench(more, **replaced)
        return Twin(bench, "gate"), Twin(bench, "junction")

    return make


@pytest.fixture
def in_place(tmp_path: Path) -> Iterator[Callable[..., Twin]]:
    """The junction's instrument on the packaged bench, another model in the place of both 2450s; 50 Ω in each lead."""
    made: list[VirtualBench] = []

    def make(driver: str) -> Twin:
        text = EXACT.replace("keithley_2450:Keithley2450", driver) + 'lead_resistance = "50 ohm"\n'
        (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
        made.append(VirtualBench(Bench.load(tmp_path / "bench.toml")))
        return Twin(made[-1], "junction")

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def smu_2400(in_place: Callable[..., Twin]) -> Twin:
    """The junction's 2400."""
    return in_place("keithley_2400:Keithley2400")


@pytest.fixture
def reads_2400(smu_2400: Twin) -> Twin:
    """A 2400 that reads the junction at 0.1 V on four wires."""
    smu_2400(":SOUR:VOLT 0.1;:SENS:CURR:PROT 2e-4;:SYST:RSEN 1;:OUTP 1")
    return smu_2400


@pytest.fixture
def make_dual(make_bench: Callable[..., VirtualBench]) -> Callable[..., Dual]:
    def make(model: str = "Keithley2636B", **replaced: str) -> Dual:
        return Dual(make_bench(PAIR_PARTS.format(model=model), **{'"gate.hi"': PAIR_WIRES}, **replaced))

    return make


@pytest.fixture
def dual(make_dual: Callable[..., Dual]) -> Dual:
    return make_dual()


@pytest.fixture
def make_meter(make_bench: Callable[..., VirtualBench], model: str) -> Callable[..., Meter]:
    """Wire the multimeter `model`, a fixture of the test's own, to a resistor or to something else."""

    def make(hi: str = "load.a", lo: str = "load.b", load: str = "1 kohm") -> Meter:
        wires = f'"device.bottom"\n"meter.hi" = "{hi}"\n"meter.lo" = "{lo}"'
        return Meter(make_bench(METER_PARTS.format(driver=model, load=load), **{'"junction.lo"': wires}))

    return make


@pytest.fixture
def meter(make_meter: Callable[..., Meter]) -> Meter:
    """Across 1 kohm."""
    return make_meter()


@pytest.fixture
def across(make_meter: Callable[..., Meter]) -> Meter:
    """Across the junction, whose 2450 drives 0.1 V at the device."""
    one = make_meter(hi="device.top", lo="device.bottom")
    one(":SENS:CURR:RSEN 1;:SOUR:VOLT:ILIM 1e-3;:SOUR:VOLT 0.1;:OUTP ON", "junction")
    return one


@pytest.fixture
def serve_over(write_bench: Callable[..., Path]) -> Iterator[Callable[..., int]]:
    """Serve a bench inside this process over a transport more; return the port of the gate's instrument there."""
    with ExitStack() as servers:

        def make(transport: str, more: str = "", **replaced: str) -> int:
            server = BenchServer(VirtualBench(Bench.load(write_bench(more, **replaced))), also=(transport,))
            servers.callback(server.close)
            server.start()
            server.wait_until_warm()
            return Endpoint.parse(server.served.also["gate"][transport]).port

        yield make


@pytest.fixture
def keep() -> Iterator[Callable[[Any], Any]]:
    """Return what is given, and close it at the end of the test."""
    with ExitStack() as kept:
        yield lambda one: kept.enter_context(closing(one))
