"""Source meters as somebody left them, and at voltages that hurt: what drivers of every model do alike."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.errors import LimitError, UnsafeError
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.roles import Role
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.virtual.catalogue import models

MODELS = [name for name in models() if DriverName.parse(name).load().role is Role.SOURCE_METER]
LIMITS = Limits(voltage=(-0.3, 0.3), current=2e-4)
WIDE = Limits(voltage=(-100, 100), current=1e-3)


@pytest.fixture(params=MODELS)
def bench(request, tmp_path):
    """Return a bench of one model."""
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    text = re.sub(r'(?m)^driver = ".*"', f'driver = "{request.param}"', text).replace("spread = 0.03", "spread = 0.0")
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    with InProcessBench(read_once(tmp_path / "bench.toml", in_process=True)) as bench:
        yield bench


LEFT = {
    "2450": (":SENS:CURR:UNIT OHM", ":SENS:CURR:AVER:COUN 10;:SENS:CURR:AVER 1",
             ":SENS:CURR:REL 1e-3;:SENS:CURR:REL:STAT 1",
             ":CALC:CURR:MATH:FORM MXB;:CALC:CURR:MATH:MMF 2;:CALC:CURR:MATH:STAT 1", ":SOUR:VOLT:READ:BACK 0",
             ":SENS:FUNC 'RES'", ":FORM:DATA REAL", ":OUTP:VOLT:SMOD HIMP", ":SENS:COUN 5"),
    "2400": (":SENS:FUNC:CONC 0", ":SENS:AVER:COUN 10;:SENS:AVER 1", ":SENS:FUNC 'RES'", ":FORM:ELEM RES",
             ":FORM:DATA REAL,32", ":OUTP:SMOD HIMP", ":TRIG:COUN 5", ":SOUR:FUNC CURR", ":ARM:SOUR BUS"),
}  # fmt: skip


def left_at(model: str) -> tuple[str, ...]:
    return LEFT["2400" if "keithley_2400" in model else "2450"]


@pytest.mark.parametrize("number", range(9))
def test_what_somebody_left_does_not_reach_a_reading(bench, number):
    entry = bench.bench.instruments["junction"]
    bench.ask("junction", left_at(entry.driver)[number])
    driver = bench.driver("junction")
    driver.configure(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=True)
    driver.switch_on()
    driver.set_level(0.1)
    reading = driver.read_source()
    assert reading.voltage == pytest.approx(0.1, rel=1e-2)
    assert reading.voltage / reading.current == pytest.approx(2000, rel=1e-2)
    driver.ramp_off(LIMITS)
    assert not bench.outputs()["junction"]


def test_a_source_meter_that_has_lost_its_power_is_not_switched_on(bench):
    driver = bench.driver("junction")
    driver.configure(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=True)
    bench.virtual.instruments["junction"].power_cycle()
    with pytest.raises(UnsafeError, match=r"of `junction` must read .* before its output goes on, but reads"):
        driver.switch_on()
    assert not bench.outputs()["junction"]


def test_a_level_from_before_somebody_made_safe_is_gone_to_at_the_slew_limit(bench):
    driver, limits = bench.driver("junction"), replace(LIMITS, slew=1.0)
    driver.configure(limits, largest_voltage=0.1, nplc=1.0, four_wire=True)
    driver.switch_on()
    driver.set_level(0.1)
    plan = SafePlan(visa_library="", steps=(driver.safe_step("junction", limits),))
    assert carry_out(plan, sessions={"junction": driver.session}, clock=driver.clock).safe
    driver.switch_on()
    begun = driver.clock.now()
    driver.set_level(0.1)
    assert driver.clock.now() - begun >= 0.1 - 0.02 - 1e-6


def test_a_hazardous_voltage_asks_for_a_closed_interlock(bench):
    driver, twin = bench.driver("gate"), bench.virtual.instruments["gate"]
    driver.configure(WIDE, largest_voltage=100, nplc=1.0, four_wire=False)
    twin.interlock_open = True
    with pytest.raises(UnsafeError, match="Interlock of `gate` must be closed above 42 V, but is open"):
        driver.switch_on()
    assert not bench.outputs()["gate"]
    twin.interlock_open = False
    driver.switch_on()
    driver.ramp_off(WIDE)
    assert not bench.outputs()["gate"]


def test_a_hazardous_voltage_needs_an_explicit_word_from_a_driver_too(bench):
    driver = bench.driver("gate")
    driver.configure(WIDE, largest_voltage=100, nplc=1.0, four_wire=False)
    driver.switch_on()
    for ask in (driver.set_level, lambda volts: driver.sweep([0.0, volts, 0.0], delay=0.1)):
        with pytest.raises(LimitError, match=r"`gate` must stay within 42 V unless .*, but 43 V was asked of it"):
            ask(43.0)
    assert driver.level() == 0
    driver.hazardous = True
    assert driver.set_level(43.0) == pytest.approx(43.0, abs=0.01)
    driver.ramp_off(WIDE)


def test_a_device_tells_its_drivers_that_voltages_may_be_hazardous():
    with open_bench("two_channel@smtj") as opened:
        for allowed in (True, False):
            opened.device.hazardous = allowed
            assert [opened.drivers[part].hazardous for part in ("gate", "junction")] == [allowed, allowed]


def test_a_hazardous_voltage_of_one_channel_of_two_asks_for_a_closed_interlock():
    with InProcessBench(read_once(PACKAGED / "two_channel.toml", in_process=True)) as bench:
        channel, twin = bench.driver("gate"), bench.virtual.instruments["dual"]
        channel.configure(WIDE, largest_voltage=100, nplc=1.0, four_wire=False)
        twin.interlock_open = True
        with pytest.raises(UnsafeError, match="must be closed above 42 V, but is open"):
            channel.switch_on()
        twin.interlock_open = False
        channel.switch_on()
        twin.open_interlock()
        assert not channel.output_is_on()
        assert float(bench.ask("dual", "smua.source.output = 1 print((errorqueue.next()))")) == 802


LEFT_IN_TSP = (
    "smub.measure.rel.leveli = 1e-3 smub.measure.rel.enablei = 1",
    "smub.measure.filter.count = 10 smub.measure.filter.enable = 1",
    "smub.source.func = smub.OUTPUT_DCAMPS",
    "smub.measure.count = 5",
    "smub.source.offmode = smub.OUTPUT_HIGH_Z",
    "format.data = format.REAL32",
    "format.asciiprecision = 2",
    "smub.source.limitp = 1e-6",
)


@pytest.mark.smtjlab_bench("two_channel")
@pytest.mark.parametrize("left", LEFT_IN_TSP)
def test_what_a_script_left_does_not_reach_a_reading(virtual_bench, left):
    virtual_bench.ask("dual", left)
    channel = virtual_bench.driver("dual").b
    channel.configure(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=True)
    channel.switch_on()
    channel.set_level(0.1)
    reading = channel.read_source()
    assert reading.voltage == pytest.approx(0.1, rel=1e-2)
    assert reading.voltage / reading.current == pytest.approx(2000, rel=0.1)  # the truth of that bench is spread by 3 %
    channel.ramp_off(LIMITS)
    assert not any(virtual_bench.outputs().values())
