"""The strict driver of the 2636B on its twin: limits before anything moves, settings read back, the safe state."""

from __future__ import annotations

import pytest
import pyvisa

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import ForeignIdentity, InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.keithley_2636b import Keithley2602B, Keithley2636B
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.roles import Role, SourceMeter, SourceMeterPair
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.session import Session

PARTS = """[instruments.dual]
driver = "keithley_2636b:Keithley2636B"
role = "source_meter_pair"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.load]
resistance = "1 kohm"
between = ["load.hi", "load.lo"]

[limits.dual.a]
voltage = ["-10 V", "10 V"]
current = "20 mA"

[limits.dual.b]
voltage = ["-10 V", "10 V"]
current = "1 mA"

[wiring]
"dual.a.hi" = "load.hi"
"dual.a.lo" = "load.lo"
"dual.a.sense_hi" = "load.hi"
"dual.a.sense_lo" = "load.lo"
"""
LIMITS = Limits(voltage=(-5.0, 5.0), current=10e-3, slew=100.0)


@pytest.fixture
def manager(tmp_path):
    path = tmp_path / "bench.toml"
    path.write_text((PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("[wiring]", PARTS))
    opened = pyvisa.ResourceManager(f"{path}@smtj")
    yield opened
    opened.close()


@pytest.fixture
def dual(manager):
    with Session(manager, "TCPIP::dual::INSTR", name="dual") as session:
        session.identify(Keithley2636B.identity_pattern)
        yield Keithley2636B(session, clock=manager.visalib.clock)


@pytest.fixture
def ready(dual):
    """Channel a, configured and on at 0 V."""
    dual.a.configure(LIMITS, largest_voltage=5.0, nplc=1.0, four_wire=True)
    dual.a.switch_on()
    return dual.a


def test_it_is_a_pair_of_source_meters(dual):
    assert dual.role is Role.SOURCE_METER_PAIR
    assert isinstance(dual, SourceMeterPair)
    assert isinstance(dual.a, SourceMeter)
    assert isinstance(dual.b, SourceMeter)
    assert (dual.a.name, dual.b.name) == ("dual.a", "dual.b")


def test_configuring_reads_back_ranges_and_compliance_at_0_v(dual):
    settings = dual.a.configure(LIMITS, largest_voltage=1.0, nplc=0.5, four_wire=True)
    assert (settings.source_range.range, settings.current_range.range, settings.compliance) == (2.0, 10e-3, 10e-3)
    assert dual.session.query("print(smua.source.limiti, smua.sense, smua.measure.nplc)") == (
        "1.00000e-02\t1.00000e+00\t5.00000e-01"
    )
    assert not dual.output_is_on()
    assert dual.b.settings is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"current": 1e-11}, "must be within 1e-10 A and 1.515 A, but is 1e-11 A"),
        ({"current": 1.6}, "must be within 1e-10 A and 1.515 A, but is 1.6 A"),
        ({"voltage": (-300.0, 300.0)}, "must be within ±202 V"),
    ],
)
def test_limits_that_the_model_cannot_keep_are_refused_before_anything_is_sent(dual, change, says):
    limits = Limits(**{"voltage": (-5.0, 5.0), "current": 1e-3} | change)
    with pytest.raises(LimitError, match=says):
        dual.a.configure(limits, largest_voltage=5.0, nplc=1.0, four_wire=False)
    assert dual.a.settings is None


def test_an_instrument_that_takes_another_compliance_is_not_trusted(dual):
    dual.session.write("fake = setmetatable({}, {__index = smua.source, __newindex = function() end})")
    dual.session.write("smua = setmetatable({source = fake}, {__index = smua})")
    with pytest.raises(UnsafeError, match=r"smua\.source\.rangev of `dual\.a` must read 20\.0 before its output"):
        dual.a.configure(LIMITS, largest_voltage=5.0, nplc=1.0, four_wire=False)


def test_an_output_that_is_on_is_never_configured(ready):
    with pytest.raises(UnsafeError, match=r"Output of `dual\.a` must be off while it is configured, but is on"):
        ready.configure(LIMITS, largest_voltage=5.0, nplc=1.0, four_wire=True)


def test_nothing_goes_on_before_it_is_configured_or_away_from_0_v(dual):
    with pytest.raises(UnsafeError, match=r"`dual\.b` must be configured within its limits first"):
        dual.b.switch_on()
    dual.b.configure(LIMITS, largest_voltage=5.0, nplc=1.0, four_wire=False)
    dual.session.write("smub.source.levelv = 0.5")
    with pytest.raises(UnsafeError, match=r"Level of `dual\.b` must read 0 V .* but reads 0\.5 V"):
        dual.b.switch_on()


def test_a_level_reads_back_and_current_and_voltage_come_in_one_exchange(ready):
    assert ready.set_level(1.23456) == pytest.approx(1.23456, abs=1e-6)
    reading = ready.read_source()
    assert reading.voltage / reading.current == pytest.approx(1000, rel=2e-3)
    assert not reading.tripped
    assert ready.check_errors() == []


@pytest.mark.parametrize(("volts", "says"), [(6.0, "between|within"), (-5.1, "within")])
def test_a_level_outside_the_limits_is_refused(ready, volts, says):
    with pytest.raises(LimitError, match=says):
        ready.set_level(volts)
    assert ready.level() == 0


def test_a_level_outside_the_range_is_refused(dual):
    dual.a.configure(LIMITS, largest_voltage=1.0, nplc=1.0, four_wire=True)
    with pytest.raises(LimitError, match=r"`dual\.a` must stay within its range of 2 V, but 3 V was asked of it"):
        dual.a.set_level(3.0)


def test_compliance_is_told_and_an_overflow_is_no_number(dual):
    dual.a.configure(Limits(voltage=(-5.0, 5.0), current=1e-4), largest_voltage=5.0, nplc=0.1, four_wire=True)
    dual.a.switch_on()
    dual.a.set_level(2.0)
    assert dual.a.read_source().tripped
    dual.session.write("smua.measure.rangei = 1e-6")
    reading = dual.a.read_source()
    assert reading.current is None
    assert reading.overflow


def test_a_sweep_ends_with_the_reading_in_compliance_and_its_level_stays(dual):
    dual.a.configure(Limits(voltage=(-5.0, 5.0), current=1.5e-3), largest_voltage=5.0, nplc=0.1, four_wire=True)
    dual.a.switch_on()
    readings = dual.a.sweep([0.5, 1.0, 2.0, 3.0, 4.0], delay=1e-3)
    assert [reading.tripped for reading in readings] == [False, False, True]
    assert dual.a.level() == 2.0


def test_a_slow_sweep_comes_in_slices_and_a_lost_one_stays_where_it_is(ready):
    ready.sweep([1.0, 2.0], delay=0.35)
    ready.session.write("smtjlab_sweep_a = nil")
    assert ready.session.query("print(smtjlab_sweep_a and smtjlab_sweep_a:go() or 0)") == "0.00000e+00"
    assert ready.level() == 2.0


def test_mistakes_are_reported_with_number_and_text(dual):
    dual.session.write("smua.source.levelv = 999 foo.bar = 1")
    with pytest.raises(InstrumentReported, match=r"reported 1102, 'Parameter too big', and 1 more"):
        dual.check_errors()
    assert dual.check_errors() == []


def test_ramping_off_is_read_back(ready):
    ready.set_level(4.0)
    ready.ramp_off(LIMITS)
    assert not ready.output_is_on()
    assert ready.level() == 0


def test_the_safe_step_ends_a_sweep_and_a_script_that_is_half_loaded(manager, ready):
    ready.set_level(3.0)
    ready.session.write("smua.trigger.source.linearv(0, 5, 100) smua.trigger.source.action = 1 smua.trigger.count = 0")
    ready.session.write("smua.trigger.initiate()")
    step = ready.safe_step("dual.a", LIMITS)
    report = carry_out(SafePlan(visa_library="", steps=(step,)), sessions={"dual.a": ready.session}, clock=ready.clock)
    assert report.safe, str(report)
    assert ready.session.query("print(status.operation.sweeping.condition, smua.source.output)") == (
        "0.00000e+00\t0.00000e+00"
    )


def test_a_session_heals_by_what_lua_gives_back(dual):
    dual.session.poison("for the test")
    dual.session.heal()
    assert dual.session.query("print(1)") == "1.00000e+00"


def test_another_model_is_foreign(dual):
    with pytest.raises(ForeignIdentity, match="must be a 2602B that speaks TSP, but says that it is '2636B'"):
        Keithley2602B(dual.session).verify_language()
    dual.verify_language()


def test_each_print_is_a_line_of_its_own_on_a_bus_too(manager):
    with manager.open_resource("TCPIP::dual::INSTR", read_termination="\n", write_termination="\n") as resource:
        resource.write("print(1) print(2)")
        assert (resource.read(), resource.read()) == ("1.00000e+00", "2.00000e+00")
        resource.write("loadscript half")
        resource.clear()
        assert resource.query("print(3)") == "3.00000e+00"
