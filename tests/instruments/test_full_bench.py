"""The packaged bench `full`: one of every model, all of them in one world, through our own drivers."""

from __future__ import annotations

import math
import statistics

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.open_bench import OpenBench, open_bench
from smtjlab.instruments.reading import Setpoint
from smtjlab.instruments.virtual import catalogue
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.predict import predict

FULL = Bench.load("full")
VARIANTS = {"Keithley2410", "Keithley2470", "Keithley2602B", "Keithley707B"}
"""Models by data of another one that is there."""


@pytest.fixture
def full():
    with open_bench("full@smtj") as bench:
        yield bench


def fig5(gate: float) -> float:
    return float(predict(Junction.preset("fig5"), "boltzmann", [gate]).conductance[0])


def biased(bench: OpenBench, gate: float = 0.0) -> float:
    """Prepare the first device, go to a gate voltage, return its conductance in S."""
    bench.device.prepare(bias=0.1)
    bench.device.apply(Setpoint(gate=gate))
    value = bench.device.conductance().value
    assert value is not None
    return value


def test_it_holds_one_of_every_model():
    held = {entry.driver for entry in FULL.instruments.values()}
    assert {name for name in catalogue.models() if name.partition(":")[2] not in VARIANTS} == held


def test_every_instrument_says_who_it_is_and_that_it_is_simulated(full):
    assert full.simulated
    assert len(set(full.identities.values())) == len(FULL.instruments)
    assert full.found_on == []


def test_the_way_into_the_safe_state_begins_at_junctions_and_ends_at_the_needles(full):
    order = [step.instrument for step in full.safe_plan.steps]
    assert order.index("junction") < order.index("gate") < order.index("switch") < order.index("field")
    assert order.index("dual.b") < order.index("dual.a") < order.index("supply") < order.index("prober")
    assert full.make_safe().safe


def test_source_and_voltmeter_agree_on_the_first_junction(full):
    assert biased(full, 0.3) == pytest.approx(fig5(0.3), rel=5e-3)
    meter = full.drivers["voltmeter"]
    meter.configure(largest_voltage=0.1, nplc=10)
    assert meter.read_voltage() == pytest.approx(0.1, abs=1e-3)  # the 2400 may be off by 600 uV


def test_the_prober_decides_whether_the_first_device_is_contacted(full):
    biased(full)
    prober = full.drivers["prober"]
    prober.configure(ContactLimits(contacts=10))
    prober.separate()
    reading = full.device.conductance()
    assert reading.current == pytest.approx(0.0, abs=1e-7)
    prober.contact()
    assert full.device.conductance().value == pytest.approx(fig5(0.0), rel=5e-3)


def test_the_second_device_stays_where_it_is_while_the_first_is_lifted(full):
    full.drivers["prober"].configure(ContactLimits(contacts=10))
    full.drivers["prober"].separate()
    gate, junction = full.drivers["dual"].a, full.drivers["dual"].b
    gate.configure(FULL.limits["dual.a"], largest_voltage=1.0, nplc=1, four_wire=False)
    junction.configure(FULL.limits["dual.b"], largest_voltage=0.1, nplc=1, four_wire=True)
    for smu in (gate, junction):
        smu.switch_on()
    gate.set_level(0.3)
    junction.set_level(0.1)
    reading = junction.read_source()
    assert reading.current / reading.voltage == pytest.approx(fig5(0.3), rel=1e-2)


def test_the_field_acts_on_both_devices_and_not_on_the_gaussmeter(full):
    gate = 0.27
    before = biased(full, gate)
    field = full.drivers["field"]
    field.configure(FULL.limits["field"])
    field.switch_on()
    assert field.set_field(-0.02) == pytest.approx(-0.02, abs=1e-3)
    after = full.device.conductance().value
    assert abs(after - before) > 1e-5
    assert full.drivers["gaussmeter"].read_field() == pytest.approx(0.0, abs=1e-4)
    field.ramp_off(FULL.limits["field"])


def test_the_supply_moves_what_the_gaussmeter_reads(full):
    supply = full.drivers["supply"]
    supply.configure(FULL.limits["supply"])
    supply.switch_on()
    assert supply.set_current(1.0) == pytest.approx(1.0, abs=2e-2)
    assert full.drivers["gaussmeter"].read_field() == pytest.approx(0.05, rel=3e-2)
    supply.ramp_off(FULL.limits["supply"])


def test_a_closed_matrix_shorts_what_the_multimeter_reads(full):
    meter, switch = full.sessions["multimeter"], full.drivers["switch"]
    meter.write(':SENS:FUNC "RES"')
    assert float(meter.query(":READ?")) == pytest.approx(102.0, rel=1e-2)
    switch.close((1, 1), (2, 1))
    assert float(meter.query(":READ?")) == pytest.approx(3.0, rel=5e-2)
    switch.open_all()
    assert float(meter.query(":READ?")) == pytest.approx(102.0, rel=1e-2)


def test_the_lock_in_reads_its_divider(full):
    lockin = full.drivers["lockin"]
    lockin.configure(FULL.limits["lockin"], frequency=137.0, time_constant=0.1, sensitivity=0.1)
    amplitude = lockin.set_amplitude(0.5)
    phasor = lockin.read_phasor()
    assert abs(phasor) == pytest.approx(amplitude * 1000 / (10_000 + 50 + 4), rel=2e-2)


def test_the_oscilloscope_sees_the_generator(full):
    generator, scope = full.drivers["generator"], full.drivers["oscilloscope"]
    generator.configure(FULL.limits["generator"], shape="SIN", frequency=1000.0, amplitude=0.4, offset=0.0)
    generator.switch_on()
    scope.configure(channels={1: 1.0}, duration=5e-3, points=2500)
    volts = [volt for volt in scope.record()[1] if volt is not None]
    assert (max(volts) - min(volts)) / 2 == pytest.approx(0.4, rel=6e-2)
    assert statistics.pstdev(volts) == pytest.approx(0.4 / math.sqrt(2), rel=6e-2)
    assert statistics.fmean(volts) == pytest.approx(0, abs=0.06)  # a tenth of a division of 500 mV, and a level
    generator.switch_off()
