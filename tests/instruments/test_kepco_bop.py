"""The driver of the Kepco BOP: its words on the wire, and the coil it drives on the virtual bench."""

from __future__ import annotations

from functools import partial

import pytest
from pymeasure.instruments.kepco import KepcoBOP3612 as PyMeasureKepcoBOP3612

from smtjlab.instruments.errors import ForeignIdentity, InstrumentMistake, InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.kepco_bop import STANDSTILL, KepcoBOP3612
from smtjlab.instruments.limits import CurrentLimits
from smtjlab.instruments.session import Session
from smtjlab.instruments.station_roles import MagnetSupply

from .scripted import scripted

LIMITS = CurrentLimits(current=(-5, 5), voltage=10, slew=1)
OK = (":SYST:ERR?", '0,"No error"')
CONFIGURED = [
    ("OUTP?", "0"), ("FUNC:MODE CURR", None), OK, ("CURR 0;VOLT 10.000000", None),
    OK,
    ("FUNC:MODE?;:CURR?;:VOLT?;:OUTP?", "1;0E0;9.99974E0;0"),
]  # fmt: skip
BENCH = """
[instruments.supply]
driver = "kepco_bop:KepcoBOP3612"
role = "magnet_supply"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring.supply]
output = "coil"

[limits.supply]
current = ["-5 A", "5 A"]
voltage = "10 V"
slew = "1 A/s"

[truth.coil]
inductance = "0.5 H"
"""

transcript = partial(scripted, KepcoBOP3612, "gate")


@pytest.fixture
def bench(in_process):
    return in_process(BENCH, magnets=("coil",))


@pytest.fixture
def supply(bench):
    return KepcoBOP3612(Session(bench, "TCPIP::supply::INSTR", name="supply"), clock=bench.visalib.clock)


def test_a_supply_of_other_ratings_is_refused_though_its_name_is_right(supply, monkeypatch):
    supply.verify_language()
    monkeypatch.setattr(supply.session, "query", lambda message, **how: "2E1;2E1")
    with pytest.raises(ForeignIdentity, match=r"must be rated 36 V, 12 A, but says .* 20 V, 20 A"):
        supply.verify_language()


@pytest.fixture
def ready(supply):
    supply.configure(LIMITS)
    supply.switch_on()
    return supply


def coil(bench):
    world = bench.visalib.bench.world
    return world.magnet("supply.output"), world.now()


def test_it_plays_the_role():
    with transcript([]) as supply:
        assert isinstance(supply, MagnetSupply)


def test_configuring_programs_the_voltage_limit_and_reads_it_back():
    with transcript(CONFIGURED) as supply:
        supply.configure(LIMITS)


@pytest.mark.parametrize(
    ("answer", "query"),
    [
        ("0;0E0;1E1;0", "FUNC:MODE"),
        ("1;1E0;1E1;0", "CURR"),
        ("1;0E0;3.6E1;0", "VOLT"),
        ("1;0E0;1E1;1", "OUTP"),
    ],
)
def test_a_setting_that_reads_back_other_than_set_is_unsafe(answer, query):
    pairs = [*CONFIGURED[:-1], (CONFIGURED[-1][0], answer)]
    with transcript(pairs) as supply, pytest.raises(UnsafeError, match=rf"{query}\? of `gate` must read"):
        supply.configure(LIMITS)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (CurrentLimits(current=(-13, 13), voltage=10, slew=1), "within ±12 A, but reach 13 A"),
        (CurrentLimits(current=(-5, 5), voltage=40, slew=1), "within 36 V, but is 40 V"),
        (
            CurrentLimits(current=(-5, 5), voltage=10),
            "`slew` limit of `gate` must be given",
        ),
    ],
)
def test_what_no_coil_should_see_is_refused_before_anything_is_sent(limits, sentence):
    with transcript([]) as supply, pytest.raises(LimitError, match=sentence):
        supply.configure(limits)


def test_nothing_is_driven_before_the_limits_are_programmed():
    with transcript([]) as supply:
        for act in (supply.switch_on, lambda: supply.set_current(1)):
            with pytest.raises(UnsafeError, match="must be configured within its limits first"):
                act()


def test_numbers_have_no_exponents_which_the_card_would_refuse():
    pairs = [*CONFIGURED, ("OUTP?", "1"), ("CURR?", "0E0"), ("CURR 0.000001;CURR?", "0E0"), OK,
             ("MEAS:CURR?", "1E-3")]  # fmt: skip
    with transcript(pairs) as supply:
        supply.configure(LIMITS)
        assert supply.set_current(1e-6) == 1e-3


@pytest.mark.parametrize("amperes", [2.0, -3.0])
def test_a_current_is_ramped_and_measured(ready, bench, amperes):
    start = bench.visalib.clock.now()
    assert ready.set_current(amperes) == pytest.approx(amperes, abs=STANDSTILL)
    assert bench.visalib.clock.now() - start >= 0.999 * abs(amperes)
    magnet, now = coil(bench)
    assert magnet.current(now) == pytest.approx(amperes, abs=STANDSTILL)


def test_a_current_outside_the_limits_is_refused(ready):
    with pytest.raises(LimitError, match="must stay within -5 A and 5 A"):
        ready.set_current(5.1)
    with pytest.raises(LimitError, match="must stay within"):
        ready.current_setpoint = 20


def test_a_voltage_limit_that_keeps_the_coil_back_is_told(supply):
    supply.configure(CurrentLimits(current=(-5, 5), voltage=2, slew=1))
    supply.switch_on()
    with pytest.raises(InstrumentReported, match=r"must reach 4 A, but stands at .* its voltage limit of 2 V keeps"):
        supply.set_current(4)


def test_an_output_is_not_switched_off_under_current(ready):
    ready.set_current(1)
    with pytest.raises(UnsafeError, match="must be 0 A before its output goes off"):
        ready.switch_off()
    ready.set_current(0)
    ready.switch_off()
    assert not ready.output_is_on()
    with pytest.raises(UnsafeError, match="must be on before it is asked for a current"):
        ready.set_current(1)


def test_it_ramps_to_zero_before_its_output_goes_off(ready, bench):
    ready.set_current(3)
    start = bench.visalib.clock.now()
    ready.shutdown()
    assert bench.visalib.clock.now() - start >= 3 * 0.99
    assert not ready.output_is_on()
    magnet, now = coil(bench)
    assert magnet.current(now) == pytest.approx(0, abs=STANDSTILL)


def test_an_output_that_is_on_is_not_reconfigured(ready):
    with pytest.raises(UnsafeError, match="must be off while it is configured"):
        ready.configure(LIMITS)


def test_attributes_of_pymeasure_read_and_refuse(ready):
    ready.current_setpoint = 1.0
    assert ready.current == pytest.approx(1, abs=STANDSTILL)
    assert ready.voltage == pytest.approx(1, abs=0.1)
    assert (ready.operating_mode, ready.output_enabled) == ("CURR", True)
    assert ready.voltage_setpoint == pytest.approx(10, abs=2e-3)
    with pytest.raises(InstrumentMistake, match="swings to its full ratings"):
        _ = ready.bop_test


SETTABLE = [name for name in dir(PyMeasureKepcoBOP3612) if getattr(getattr(PyMeasureKepcoBOP3612, name), "fset", None)]


@pytest.mark.parametrize("name", SETTABLE)
def test_no_property_of_pymeasure_truncates_a_wish(name):
    with transcript(CONFIGURED) as supply:
        supply.configure(LIMITS)
        with pytest.raises((ValueError, LookupError, AttributeError)):
            setattr(supply, name, 1e12)
