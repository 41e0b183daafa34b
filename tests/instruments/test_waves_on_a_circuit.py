"""A sine of a generator through a circuit file with a capacitor, as an oscilloscope on the same bench records it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.private_bench import InProcessBench

CIRCUIT = """
[junctions.device]
between = ["out", "ground"]
gate = ["gate", "back"]

[resistors.series]
between = ["in", "out"]
resistance = "1 kohm"

[capacitors.load]
between = ["out", "ground"]
capacitance = "100 nF"

[voltage_sources.generator]
between = ["in", "ground"]
"""
BENCH = """
name = "low pass"
circuit = "low_pass.toml"

[instruments.gate]
driver = "keithley_2450:Keithley2450"
role = "source_meter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.generator]
driver = "keysight_33511b:Keysight33511B"
role = "function_generator"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.scope]
driver = "tektronix_tps2012:TektronixTPS2012"
role = "oscilloscope"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring]
"gate.hi" = "circuit.gate"
"gate.lo" = "circuit.back"
"generator.out.hi" = "circuit.in"
"generator.out.lo" = "circuit.ground"
"scope.ch1.hi" = "circuit.in"
"scope.ch1.lo" = "circuit.ground"
"scope.ch2.hi" = "circuit.out"
"scope.ch2.lo" = "circuit.ground"

[limits.gate]
voltage = ["0 V", "0.6 V"]
slew = "0.5 V/s"
current = "100 nA"
leakage = "20 nA"

[limits.generator]
voltage = ["-1 V", "1 V"]
current = "10 mA"

[virtual]
seed = 1

[truth.device]
preset = "fig5"
"""
ANTIPARALLEL = 1 / 2000
"""Conductance in S of the junction at 0 V of its gate, to a percent."""


@pytest.fixture
def low_pass(tmp_path: Path) -> Iterator[InProcessBench]:
    (tmp_path / "low_pass.toml").write_text(CIRCUIT, encoding="utf-8")
    (tmp_path / "bench.toml").write_text(BENCH, encoding="utf-8")
    with InProcessBench(Bench.load(f"{tmp_path / 'bench.toml'}@smtj")) as opened:
        yield opened


def line(volts: Any, interval: float, hertz: float) -> complex:
    """Return the complex amplitude in V of a sine in a record."""
    turns = 2 * np.pi * hertz * interval * np.arange(len(volts))
    parts = np.column_stack([np.sin(turns), np.cos(turns), np.ones(len(volts))])
    (sine, cosine, _), *_ = np.linalg.lstsq(parts, np.array(volts, float), rcond=None)
    return complex(sine, cosine)


@pytest.mark.parametrize("hertz", [240.0, 2400.0])
def test_the_low_pass_of_a_circuit_file_has_its_amplitude_and_phase(low_pass: InProcessBench, hertz: float) -> None:
    """1/(1 + R G + i w R C) of what stands before it, to 3 % and 2 degrees: the two channels' own errors."""
    generator, scope = low_pass.driver("generator"), low_pass.driver("scope")
    limits = Limits(voltage=(-1.0, 1.0), current=10e-3)
    generator.configure(limits, shape="SIN", frequency=hertz, amplitude=0.5, offset=0.0)
    generator.switch_on()
    scope.configure(channels={1: 1.0, 2: 1.0}, duration=5 / hertz, points=2500)
    found = scope.record()
    before, behind = (line(found[channel], scope.interval, hertz) for channel in (1, 2))
    ratio = behind / before
    wanted = 1 / (1 + 1000 * ANTIPARALLEL + 2j * np.pi * hertz * 1000 * 1e-7)
    assert abs(ratio) == pytest.approx(abs(wanted), rel=0.03)
    assert np.angle(ratio / wanted, deg=True) == pytest.approx(0.0, abs=2.0)


def test_the_record_of_such_a_bench_tells_its_capacitor(low_pass: InProcessBench) -> None:
    circuit = circuit_of(low_pass.bench)
    assert circuit.capacitors == {"load": (pytest.approx(100e-9), "device.top", "device.bottom")}
    assert circuit.amplifiers == {}
