"""Delta mode of the virtual 6221 with a virtual 2182A at its cables; the algorithm against closed solutions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.specification import OVERFLOW
from smtjlab.instruments.virtual.clock import VirtualClock
from smtjlab.instruments.virtual.keithley_2182a import Keithley2182A
from smtjlab.instruments.virtual.keithley_6221 import Keithley6221
from smtjlab.instruments.virtual.keithley_6221_delta import delta_reading
from smtjlab.instruments.virtual.netlist import Netlist
from smtjlab.instruments.virtual.nodal import Resistor
from smtjlab.instruments.virtual.surroundings import Surroundings
from smtjlab.instruments.virtual.truth import StageTruth, Truth
from smtjlab.instruments.virtual.world import World

WIRES = {
    "source.hi": "load.a", "source.lo": "load.b", "meter.hi": "load.a", "meter.lo": "load.b", "source.link": "meter",
}  # fmt: skip


class Pair:
    """Both twins, spoken to without any transport; a load of 1 kOhm."""

    def __init__(self) -> None:
        around = Surroundings(Truth(devices={}, magnets={}, stage=StageTruth()), WIRES, 296.0)
        netlist = Netlist(WIRES, [Resistor("load.a", "load.b", 1e-3)], [], around)
        self.world = World(netlist, around, VirtualClock())
        self.twins = {
            "source": Keithley6221("source", self.world, 1, 1), "meter": Keithley2182A("meter", self.world, 1, 2),
        }  # fmt: skip

    def __call__(self, message: str, name: str = "source") -> str | None:
        with self.world.lock:
            return self.twins[name].execute(message)

    def numbers(self, message: str) -> list[float]:
        return [float(word) for word in (self(message) or "nothing").split(",")]

    def error(self) -> int:
        return int((self("SYST:ERR?") or "").split(",")[0])


@pytest.fixture
def pair():
    both = Pair()
    both("SENS:VOLT:NPLC 1;:SENS:VOLT:RANG 0.01", "meter")
    yield both
    both.world.close()


def start(pair: Pair, count: int = 5, amperes: float = 5e-6, more: str = "") -> None:
    pair(f":SOUR:DELT:HIGH {amperes};COUN {count}{more};ARM;:INIT")


volts = st.floats(-1e-2, 1e-2, allow_subnormal=False)


@given(volts, volts, volts, st.integers(0, 7))
def test_constant_and_linearly_drifting_thermal_voltages_cancel(signal, emf, drift, number):
    """A = s + e, B = -s + e + d, C = s + e + 2d: (A - 2B + C)/4 = s, and with the next three its sign alternates."""
    sign = (-1) ** number
    seen = [sign * signal + emf, -sign * signal + emf + drift, sign * signal + emf + 2 * drift]
    assert delta_reading(*seen, number=number) == pytest.approx(signal, abs=1e-15)


def test_two_conversions_would_not_cancel_a_drift():
    signal, emf, drift = 1e-6, 1e-3, 1e-6
    assert ((signal + emf) - (-signal + emf + drift)) / 2 == pytest.approx(signal - drift / 2)


def test_an_overflow_of_one_conversion_overflows_the_reading():
    assert delta_reading(1e-3, OVERFLOW, 1e-3, number=0) == OVERFLOW


def test_the_meter_is_found_at_the_cables(pair):
    assert pair(":SOUR:DELT:NVPR?") == "1"
    pair(":SYST:COMM:SER:SEND '*IDN?'")
    assert (pair(":SYST:COMM:SER:ENT?") or "").startswith("KEITHLEY INSTRUMENTS INC.,MODEL 2182A,SMTJ0002")
    assert pair(":SYST:COMM:SER:ENT?") == ""


def test_readings_stand_in_the_buffer_with_their_times(pair):
    start(pair)
    readings = pair.numbers(":TRAC:DATA?")
    assert readings[::2] == pytest.approx([5e-3] * 5, rel=3e-3)
    period = 2e-3 + 2 * 0.02 + 6e-3
    assert readings[1::2] == pytest.approx([turn * period for turn in range(5)], abs=1e-6)
    assert pair(":TRAC:POIN?;:TRAC:POIN:ACT?") == "5;5"


def test_24_readings_a_second_at_one_cycle_of_60_hertz(pair):
    pair("SENS:VOLT:APER 0.0166667", "meter")
    start(pair, 25)
    assert 24 / pair.numbers(":TRAC:DATA?")[-1] == pytest.approx(24, rel=0.02)


def test_elements_and_units_are_as_asked_for(pair):
    pair(":UNIT OHMS;:FORM:ELEM READ,UNIT,SOUR,COMP,RNUM")
    start(pair, 2)
    pair("*WAI")
    first = (pair(":TRAC:DATA:SEL? 0,1") or "").split(",")
    assert first[0].endswith("OHM")
    assert float(first[0].removesuffix("OHM")) == pytest.approx(1000, rel=3e-3)
    assert first[1:] == ["+5.000000E-06", "F", "+00001"]


@pytest.mark.parametrize(("unit", "value"), [("V", 5e-3), ("OHMS", 1e3), ("W", 25e-9), ("SIEM", 1e-3)])
def test_units(pair, unit, value):
    start(pair, 3)
    pair(f"*WAI;:UNIT {unit};:FORM:ELEM READ")
    assert pair.numbers(":TRAC:DATA?") == pytest.approx([value] * 3, rel=3e-3)


def test_the_latest_reading_is_asked_while_it_runs(pair):
    pair(":FORM:ELEM READ,RNUM")
    start(pair, 4)
    assert [int(pair.numbers(":SENS:DATA?")[1]) for _ in range(4)] == [1, 2, 3, 4]
    assert pair(":SENS:DATA:FRES?") is None
    assert pair.error() == -230


def test_statistics_filter_and_arithmetic_work_on_the_readings(pair):
    pair(":CALC:FORM MXB;KMAT:MMF 2;MBF 1;:CALC:STAT 1;:FORM:ELEM READ;:CALC2:STAT 1;FORM MEAN")
    start(pair, 6)
    pair("*WAI")
    mean = pair.numbers(":CALC2:IMM?")[0]
    assert mean == pytest.approx(5e-3, rel=3e-3)
    assert pair.numbers(":CALC:DATA?")[0] == pytest.approx(1 + 2 * 5e-3, rel=1e-3)
    pair(":CALC2:FORM PKPK")
    assert pair.numbers(":CALC2:IMM?")[0] < 1e-6


def test_a_full_buffer_tells_its_bits(pair):
    start(pair, 4)
    pair("*WAI")
    assert int(pair(":STAT:MEAS?") or 0) == 32 + 128 + 256 + 512


def test_an_overflow_of_the_meter_is_one_of_the_reading(pair):
    pair(":FORM:ELEM READ")
    start(pair, 2, amperes=1e-4)
    assert pair.numbers(":TRAC:DATA?") == [9.9e37, 9.9e37]
    assert int(pair(":STAT:MEAS?") or 0) & 1


def test_compliance_ends_a_run_that_was_told_to(pair):
    pair(":SOUR:CURR:COMP 0.5")
    start(pair, 5, amperes=1e-3, more=";CAB 1")
    pair("*WAI")
    assert pair(":OUTP?;:STAT:OPER?;:TRAC:POIN:ACT?") == "0;1036;0"


def test_cold_switching_takes_its_time(pair):
    start(pair, 3)
    warm = pair.numbers(":TRAC:DATA?")[-1]
    start(pair, 3, more=";CSW 1")
    assert pair.numbers(":TRAC:DATA?")[-1] == pytest.approx(warm + 2 * 10e-3)


def test_a_run_without_end_goes_on_until_it_is_aborted(pair):
    pair(":SOUR:DELT:HIGH 5e-6;COUN INF;ARM;:INIT")
    pair.world.sleep(1.0)
    assert pair(":SOUR:DELT:ARM?") == "1"
    assert int(pair(":TRAC:POIN:ACT?") or 0) > 15
    pair(":SOUR:SWE:ABOR")
    assert pair(":SOUR:DELT:ARM?;:OUTP?") == "0;0"


def test_a_run_can_be_started_again(pair):
    start(pair, 2)
    pair("*WAI;:INIT;*WAI")
    assert len(pair.numbers(":TRAC:DATA?")) == 4
