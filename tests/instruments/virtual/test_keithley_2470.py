"""A virtual 2470: what its data change in the 2450's twin (manual 2470-901-01)."""

import pytest


@pytest.fixture
def smu(in_place):
    return in_place("keithley_2470:Keithley2470")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*IDN?", "KEITHLEY INSTRUMENTS,MODEL 2470,SMTJ0002,1.7.12b"), ("*LANG?", "SCPI"), ("SOUR:VOLT? MAX", "1100"),
        (":SOUR:VOLT:ILIM?", "0.000105"), (":SOUR:CURR:VLIM?", "0.21"), (":SENS:VOLT:RANG? MAX", "1000"),
        (":SENS:VOLT:RANG? MIN", "0.2"), (":OUTP:INT:TRIP?", "1"), (":SOUR:VOLT:PROT?", "NONE"),
    ],
)  # fmt: skip
def test_a_fresh_2470_answers_as_its_manual_says(smu, query, answer):
    assert smu(query) == answer
    assert smu.error() == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (":SOUR:VOLT 1101", -222), (":SOUR:VOLT:PROT PROT2", -224), (":SOUR:VOLT 1100", 0), (":SOUR:VOLT:RANG 1000", 0),
        (":SOUR:VOLT:PROT PROT500", 0), (":SOUR:SWE:VOLT:LIN 0,1000,3", 0), (":SENS:VOLT:RANG 0.02", -222),
    ],
)  # fmt: skip
def test_it_takes_what_its_ranges_hold(smu, command, code):
    smu(command)
    assert smu.error() == code


def test_it_measures_as_its_little_sister(smu):
    smu(":SOUR:VOLT:RANG 0.2;:SOUR:VOLT:ILIM 2e-4;:SENS:CURR:RANG 1e-4;RSEN ON;:SOUR:VOLT 0.1;:OUTP ON")
    amperes, volts = smu.numbers(':READ? "defbuffer1",READ,SOUR')
    assert volts / amperes == pytest.approx(2000, rel=1e-2)


def test_an_open_interlock_forbids_the_high_ranges(smu):
    smu(":SOUR:VOLT:RANG 1000;:OUTP ON")
    smu.instrument.open_interlock()
    assert smu(":OUTP?;:OUTP:INT:TRIP?") == "0;0"
    smu(":OUTP ON")
    assert smu.error() == -221
    smu(":SOUR:VOLT:RANG 20;:OUTP ON")
    assert smu(":OUTP?") == "1"
