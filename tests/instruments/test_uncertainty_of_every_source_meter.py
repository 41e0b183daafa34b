"""The uncertainty of a conductance covers the truth, whichever source meter reads it, and by that model's own data."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.reading import Reading, Setpoint
from smtjlab.instruments.roles import Role
from smtjlab.instruments.specification import range_for
from smtjlab.instruments.virtual.catalogue import models
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.predict import predict

KINDS = {name: DriverName.parse(name).load() for name in models()}
SOURCE_METERS = [
    *((name, "") for name, kind in KINDS.items() if kind.role is Role.SOURCE_METER),
    *((name, at) for name, kind in KINDS.items() if kind.role is Role.SOURCE_METER_PAIR for at in "ab"),
]
"""Each model with the channel that reads the junction; the other one drives the gate."""
BIAS = 0.1
GATES = (0.0, 0.2, 0.3, 0.4)
"""Volts at which the junction of the preset is read; it is steepest at 0.3 V."""


@pytest.fixture(params=SOURCE_METERS, ids=lambda model: " ".join(model).strip())
def model(request):
    return request.param


@pytest.fixture(params=[1, 2, 3])
def device(request, model, tmp_path):
    """Return the device of a bench where one model plays gate and junction; its truth is the preset itself."""
    name, channel = model
    text = (PACKAGED / f"{'two_channel' if channel else 'virtual'}.toml").read_text(encoding="utf-8")
    text = re.sub(r'(?m)^driver = ".*"', f'driver = "{name}"', text).replace("spread = 0.03", "spread = 0.0")
    if channel == "a":
        text = re.sub(r'part_of = "dual.(.)"', lambda part: f'part_of = "dual.{"ab"[part[1] == "a"]}"', text)
    (tmp_path / "bench.toml").write_text(re.sub(r"(?m)^seed = 1", f"seed = {request.param}", text), encoding="utf-8")
    with InProcessBench(read_once(tmp_path / "bench.toml", in_process=True)) as bench:
        yield bench.open().device


def truth(gate: float, bias: float) -> float:
    return float(predict(Junction.preset("fig5"), "boltzmann", np.array([gate]), bias=bias).conductance[0])


def largest_error(reading: Reading) -> float:
    """Return the sum of all limits in S: a rectangle of half-width a has the standard uncertainty a/√3."""
    assert reading.gate is not None
    assert reading.bias is not None
    volts = math.sqrt(3) * sum(map(abs, reading.uncertainty.gate.values()))
    by_gate = max(
        abs(truth(reading.gate + side * volts, reading.bias) - truth(reading.gate, reading.bias)) for side in (-1, 1)
    )
    return math.sqrt(3) * sum(map(abs, reading.uncertainty.common.values())) + by_gate


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_read_lies_within_the_limits_around_the_truth(device, sign):
    device.prepare(bias=sign * BIAS)
    for gate in GATES:
        device.apply(Setpoint(gate=gate))
        reading = device.conductance(4)
        assert reading.flags == frozenset()
        error = reading.value - truth(reading.gate, reading.bias)
        assert abs(error) <= largest_error(reading) + 6 * reading.uncertainty.independent


@pytest.mark.parametrize("device", [1], indirect=True)
def test_limits_are_those_of_the_ranges_of_its_own_model(device, model):
    device.prepare(bias=BIAS)
    device.apply(Setpoint(gate=0.2))
    reading = device.conductance()
    spec = KINDS[model[0]].specification
    amperes = range_for(spec.measure_current, device.limits["junction"].current)
    source = range_for(spec.source_voltage, BIAS)
    volts = next(one for one in spec.measure_voltage if one.range == source.range)
    expected = [
        reading.value * amperes.gain,
        amperes.offset / reading.bias,
        reading.value * volts.gain,
        reading.value * volts.offset / reading.bias,
    ]
    found = [math.sqrt(3) * abs(part) for part in reading.uncertainty.common.values()]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("device", [1], indirect=True)
@pytest.mark.parametrize("nplc", [0.1, 10.0])
def test_repeats_scatter_as_the_budget_says_at_any_integration(device, nplc):
    """The variance ratio of 60 single readings stays within 0.5 and 2; false alarm below 1e-3."""
    device.prepare(bias=BIAS, nplc=nplc)
    device.apply(Setpoint(gate=0.0))
    readings = [device.conductance() for _ in range(60)]
    specified = readings[0].uncertainty.independent
    assert 0.5 < np.var([reading.value for reading in readings], ddof=1) / specified**2 < 2
