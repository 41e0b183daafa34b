from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.virtual.scpi_instrument import ScpiInstrument
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

EXACT = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("spread = 0.03", "spread = 0.0")
"""The packaged bench, its truth being the preset itself."""


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
