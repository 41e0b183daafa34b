"""The strict 2400 and 2410, by transcripts in the words of the manual 2400S-900-01, and on their twins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymeasure.instruments.keithley import Keithley2400 as PyMeasureKeithley2400

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import InstrumentMistake, InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.keithley_2400 import Keithley2400, Keithley2410
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.roles import SourceMeter, SourceReading
from smtjlab.instruments.session import Session
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

from .scripted import scripted

LIMITS = Limits(voltage=(-0.3, 0.3), current=2e-4)
OK = (":SYST:ERR?", '0,"No error"')
SOURCE = (
    ':ABOR;:SENS:FUNC:CONC 1;:SENS:FUNC:OFF "RES";:SENS:FUNC "VOLT","CURR";:SOUR:FUNC VOLT;:SOUR:VOLT:MODE FIX;'
    ":SOUR:VOLT:RANG:AUTO 1;:SOUR:VOLT 0;:SENS:CURR:RANG:AUTO 1;:SENS:CURR:PROT 0.0002;:SOUR:VOLT:RANG 0.2;"
    ":SOUR:VOLT:PROT 20;:SOUR:DEL:AUTO 1;:SOUR:CLE:AUTO 0;:OUTP:SMOD NORM"
)
MEASUREMENT = (
    ":SENS:CURR:RANG 0.001;:SENS:CURR:NPLC 1;:SENS:AVER 0;:SYST:RSEN 1;:SYST:AZER 1;:FORM:DATA ASC;"
    ":FORM:ELEM VOLT,CURR,STAT;:ARM:SOUR IMM;:ARM:COUN 1;:TRIG:SOUR IMM;:TRIG:COUN 1;:TRIG:DEL 0"
)
SETTINGS = (
    ":SOUR:FUNC?;:SOUR:VOLT:MODE?;:SOUR:VOLT?;:SOUR:VOLT:RANG?;:SOUR:VOLT:PROT?;:SENS:FUNC?;:SENS:CURR:PROT?;"
    ":SENS:CURR:RANG?;:SENS:CURR:NPLC?;:SYST:RSEN?;:FORM:ELEM?;:ARM:COUN?;:TRIG:COUN?;:OUTP:SMOD?;:OUTP?"
)
ANSWERS = (
    'VOLT;FIX;0.000000E+00;2.100000E-01;2.000000E+01;"VOLT:DC","CURR:DC";2.000000E-04;1.050000E-03;1.000000E+00;1;'
    "VOLT,CURR,STAT;1;1;NORM;0"
)
CONFIGURED = [(":OUTP?", "0"), (SOURCE, None), OK, (MEASUREMENT, None), OK, (SETTINGS, ANSWERS)]


transcript = partial(scripted, Keithley2400, "gate")


def configure(keithley: Keithley2400) -> None:
    keithley.configure(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=True)


def test_it_plays_the_role_and_sends_nothing_on_construction():
    with transcript([]) as keithley:
        assert isinstance(keithley, SourceMeter)


def test_configuring_sets_reads_the_errors_and_reads_back():
    with transcript(CONFIGURED) as keithley:
        configure(keithley)
        assert keithley.settings.current_range.range == 1e-3
        assert keithley.settings.voltage_range.offset == 300e-6


@pytest.mark.parametrize(
    ("right", "wrong", "query"),
    [
        ("2.000000E-04", "1.050000E-04", ":SENS:CURR:PROT"),
        ("2.000000E+01", "2.100000E+02", ":SOUR:VOLT:PROT"),
        ('"VOLT:DC","CURR:DC"', '"CURR:DC"', ":SENS:FUNC"),
        ("VOLT,CURR,STAT", "VOLT,CURR,RES,TIME,STAT", ":FORM:ELEM"),
        ("NORM", "HIMP", ":OUTP:SMOD"),
    ],
)
def test_a_setting_that_reads_back_other_than_set_is_unsafe(right, wrong, query):
    pairs = [*CONFIGURED[:-1], (SETTINGS, ANSWERS.replace(right, wrong, 1))]
    with transcript(pairs) as keithley, pytest.raises(UnsafeError, match=rf"{query}\? of `gate` must read .* before"):
        configure(keithley)


def test_what_it_reports_is_told_with_what_was_sent():
    pairs = [*CONFIGURED[:2], (":SYST:ERR?", '826,"Attempt to exceed power limit"'), OK]
    with transcript(pairs) as keithley, pytest.raises(InstrumentReported, match=r"reported 826, 'Attempt.*:ABOR") as it:
        configure(keithley)
    assert it.value.code == 826


def test_a_reading_is_one_read_and_holds_both_quantities():
    answer = "+9.998000E-02,+5.100000E-05,+2.355200E+04"
    with transcript([*CONFIGURED, (":READ?", answer)]) as keithley:
        configure(keithley)
        assert keithley.read_source() == SourceReading(voltage=9.998e-2, current=5.1e-5, tripped=False)


@pytest.mark.parametrize("bit", [1 << 3, 1 << 16])
def test_both_kinds_of_compliance_trip(bit):
    with transcript([*CONFIGURED, (":READ?", f"+2E-02,+1E-05,{bit:+.6E}")]) as keithley:
        configure(keithley)
        assert keithley.read_source().tripped


@pytest.mark.parametrize("word", ["+9.900000E+37", "-9.900000E+37", "+9.910000E+37", "-9.91E37", "nan"])
def test_an_overflow_is_never_a_number(word):
    with transcript([*CONFIGURED, (":READ?", f"+1E-01,{word},+0E+00"), (":READ?", f"{word},1E-5,0")]) as keithley:
        configure(keithley)
        assert keithley.current is None
        assert keithley.voltage is None


def test_a_level_is_set_and_read_back_in_one_exchange():
    with transcript([*CONFIGURED, (":SOUR:VOLT 0.123456789;:SOUR:VOLT?", "1.234568E-01")]) as keithley:
        configure(keithley)
        assert keithley.set_level(0.123456789) == 0.1234568


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"nplc": 11.0}, "`nplc` must be within 0.01 and 10"),
        ({"largest_voltage": 0.5}, "must stay within -300 mV"),
        ({"limits": Limits(voltage=(0, 0.3), current=2.0)}, "within 1e-09 A and 1.05 A"),
        ({"limits": Limits(voltage=(0, 150), current=1e-3)}, "must be within ±145 V"),
        ({"limits": Limits(voltage=(0, 100), current=0.2), "largest_voltage": 50}, "at most 0.105 A, which a 2400"),
    ],
)
def test_what_a_2400_cannot_do_is_refused_before_anything_is_sent(fields, sentence):
    wish = {"limits": LIMITS, "largest_voltage": 0.1, "nplc": 1.0, "four_wire": True} | fields
    with transcript([]) as keithley, pytest.raises(LimitError, match=sentence):
        keithley.configure(wish.pop("limits"), **wish)


SETTABLE = [name for name in dir(PyMeasureKeithley2400) if getattr(getattr(PyMeasureKeithley2400, name), "fset", None)]


@pytest.mark.filterwarnings("ignore:Deprecated to use:FutureWarning")
@pytest.mark.parametrize("name", SETTABLE)
def test_no_property_of_pymeasure_truncates_a_wish(name):
    with transcript(CONFIGURED) as keithley:
        configure(keithley)
        with pytest.raises((ValueError, LookupError, AttributeError, TypeError)):
            setattr(keithley, name, 1e12)


VERBS = ["apply_current", "apply_voltage", "measure_current", "measure_voltage", "measure_resistance", "measure_all",
         "reset", "config_buffer", "start_buffer", "ramp_to_voltage", "ramp_to_current", "trigger_on_bus",
         "use_rear_terminals", "sample_continuously", "auto_range_source"]  # fmt: skip


@pytest.mark.parametrize("name", VERBS)
def test_verbs_that_would_pass_the_limits_are_refused(name):
    with transcript([]) as keithley, pytest.raises(InstrumentMistake, match="`gate` "):
        getattr(keithley, name)()


@pytest.mark.parametrize("name", ["resistance", "source_current"])
def test_what_would_measure_by_resetting_the_compliance_is_refused(name):
    with transcript([]) as keithley, pytest.raises(InstrumentMistake, match="`gate` "):
        getattr(keithley, name)


@contextmanager
def on_the_twin(tmp_path: Path, driver: type[Keithley2400]) -> Iterator[tuple[Keithley2400, Any]]:
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("spread = 0.03", "spread = 0.0")
    path = tmp_path / "bench.toml"
    path.write_text(text.replace("keithley_2450:Keithley2450", f"keithley_2400:{driver.__name__}"), encoding="utf-8")
    server = BenchServer(VirtualBench(Bench.load(path)))
    server.start()
    server.wait_until_warm()
    session = Session("@py", server.served.addresses["junction"], name="junction")
    try:
        yield driver(session), server.bench.instruments["junction"]
    finally:
        session.close()
        server.close()


@pytest.mark.parametrize("driver", [Keithley2400, Keithley2410])
def test_over_a_socket_it_measures_and_ends_safe(tmp_path, driver):
    with on_the_twin(tmp_path, driver) as (keithley, twin):
        keithley.configure(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=True)
        keithley.switch_on()
        keithley.set_level(0.1)
        reading = keithley.read_source()
        assert reading.current / reading.voltage == pytest.approx(5e-4, rel=2e-2)
        assert not reading.tripped
        keithley.ramp_off(LIMITS)
        assert not twin.output_is_on
        assert keithley.check_errors() == []


def test_over_a_socket_the_compliance_stays_what_the_limits_say(tmp_path):
    with on_the_twin(tmp_path, Keithley2400) as (keithley, twin):
        keithley.configure(Limits(voltage=(0, 0.3), current=1e-5), largest_voltage=0.1, nplc=0.1, four_wire=True)
        keithley.switch_on()
        keithley.set_level(0.1)
        assert keithley.read_source().tripped
        assert keithley.current == pytest.approx(1e-5, rel=1e-2)
        assert twin.sense.current.protection == 1e-5


def test_hazardous_voltage_needs_a_closed_interlock(tmp_path):
    with on_the_twin(tmp_path, Keithley2410) as (keithley, twin):
        keithley.configure(Limits(voltage=(0, 400), current=1e-3), largest_voltage=300, nplc=1.0, four_wire=False)
        assert keithley.settings.protection == 500
        twin.open_interlock()
        with pytest.raises(UnsafeError, match="Interlock of `junction` must be closed above 42 V, but is open"):
            keithley.switch_on()
        assert not twin.output_is_on
