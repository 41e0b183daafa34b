"""Every driver declares itself, its data have a source, and nothing of PyMeasure leads around its role."""

from __future__ import annotations

import inspect
import json
import math
import re
from functools import cache
from typing import Any

import pytest
from pymeasure.instruments.keithley import Keithley2182

from smtjlab.instruments import electrical_roles, roles, station_roles
from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.conformance_run import conform
from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.errors import InstrumentMistake, UnsafeError
from smtjlab.instruments.limits import ContactLimits, CurrentLimits, FieldLimits, Limits, TemperatureLimits
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.roles import Role
from smtjlab.instruments.safe_state import SafePlan
from smtjlab.instruments.session import Session
from smtjlab.instruments.specification import InstrumentSpecification, RangeSpecification
from smtjlab.instruments.strict_driver import HARMLESS, StrictDriver, sealed
from smtjlab.instruments.virtual.catalogue import models

NAMES = sorted(models())
DRIVERS = {name: DriverName.parse(name).load() for name in NAMES}
PROTOCOLS = {
    Role.SOURCE_METER: roles.SourceMeter,
    Role.SOURCE_METER_PAIR: roles.SourceMeterPair,
    Role.VOLTMETER: electrical_roles.Voltmeter,
    Role.CURRENT_SOURCE: electrical_roles.CurrentSource,
    Role.VOLTAGE_SOURCES: electrical_roles.VoltageSources,
    Role.LOCK_IN: electrical_roles.LockIn,
    Role.OSCILLOSCOPE: electrical_roles.Oscilloscope,
    Role.FUNCTION_GENERATOR: electrical_roles.FunctionGenerator,
    Role.FIELD_SOURCE: station_roles.FieldSource,
    Role.GAUSSMETER: station_roles.Gaussmeter,
    Role.MAGNET_SUPPLY: station_roles.MagnetSupply,
    Role.SWITCH: station_roles.Switch,
    Role.PROBER: station_roles.Prober,
    Role.THERMOMETER: station_roles.Thermometer,
}
VOLTS = Limits(voltage=(-1, 1), current=1e-4, slew=1.0)
LIMITS = {
    Role.CURRENT_SOURCE: CurrentLimits(current=(-1e-3, 1e-3), voltage=2.0, slew=1e-3),
    Role.MAGNET_SUPPLY: CurrentLimits(current=(-5, 5), voltage=20.0, slew=1.0),
    Role.FIELD_SOURCE: FieldLimits(field=(-0.1, 0.1), slew=0.05),
    Role.GAUSSMETER: FieldLimits(field=(-0.1, 0.1), slew=0.05),
    Role.THERMOMETER: TemperatureLimits(temperature=(280, 400), slew=0.1),
    Role.PROBER: ContactLimits(),
}
MEASURES_NOTHING = {Role.SWITCH, Role.PROBER}

every_driver = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def world():
    with InProcessBench(read_once("virtual", in_process=True)) as bench:
        yield bench.virtual.world


@pytest.fixture(scope="module")
def identities(world):
    """Return what every twin answers to the question who it is, asked as its driver asks."""
    with world.lock:
        twins = {name: twin(f"it{number}", world, 1, number) for number, (name, twin) in enumerate(models().items())}
        answers = {name: twin.execute(DRIVERS[name].identity_query) for name, twin in twins.items()}
        for twin in twins.values():
            twin.close()
    return answers


@pytest.fixture
def driver(name):
    """Return a driver that can send nothing."""
    return DRIVERS[name](SilentSession(None, "GPIB0::1::INSTR", name="it"))


class SilentSession(Session):
    """A session without a line."""

    def _open(self) -> Any:
        return None


@every_driver
def test_it_declares_itself(name, driver):
    assert isinstance(driver.role, Role)
    assert re.compile(driver.identity_pattern)
    assert driver.echo is None or "{nonce}" in driver.echo
    assert (driver.__doc__ or "").strip().splitlines()[0].endswith((".", ":"))
    assert type(driver).__module__.endswith(name.partition(":")[0])


@every_driver
def test_it_knows_its_own_instrument_and_none_of_the_others(name, identities):
    pattern = DRIVERS[name].identity_pattern
    assert [other for other, identity in identities.items() if re.search(pattern, identity)] == [name]


@every_driver
def test_it_has_every_verb_of_its_role_and_takes_what_the_role_gives(name, driver):
    protocol = PROTOCOLS[driver.role]
    assert isinstance(driver, protocol)
    for verb in verbs(protocol):
        _, *given = inspect.signature(getattr(protocol, verb)).parameters.values()
        named = {one.name: None for one in given if one.kind is one.KEYWORD_ONLY}
        inspect.signature(getattr(driver, verb)).bind(*[None] * (len(given) - len(named)), **named)


def verbs(protocol: type) -> list[str]:
    return [name for name in dir(protocol) if not name.startswith("_") and inspect.isfunction(getattr(protocol, name))]


@every_driver
def test_its_way_into_the_safe_state_is_plain_data(name, driver):
    limits = LIMITS.get(driver.role, VOLTS)
    plan = SafePlan(visa_library="", steps=(driver.safe_step("it.a", limits),))
    assert SafePlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    (step,) = plan.steps
    assert step.identity == driver.identity_pattern
    assert bool(step.level_query) == bool(step.level_command)
    assert step.slew in (None, getattr(limits, "slew", None))
    assert all(math.isfinite(value) for value in step.expected.values())


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("lakeshore_f41:LakeShoreF41", "LSCI,F71,0/0FC,1.6"),  # three axes: another reading, another sign
        ("keithley_2400:Keithley2400", "KEITHLEY INSTRUMENTS INC.,MODEL 2401,0,C32"),
        ("keithley_2636b:Keithley2636B", "Keithley Instruments Inc., Model 2636A, 0, 2.2"),
        ("keysight_34461a:Keysight34461A", "Keysight Technologies,34465A,0,A.03"),
        ("lakeshore_336:LakeShore336", "LSCI,MODEL335,0/0,2.9"),
    ],
)
def test_a_sister_model_is_a_stranger(name, identity):
    assert not re.search(DRIVERS[name].identity_pattern, identity)


# Specification


@every_driver
def test_its_data_have_a_source(name):
    spec = DRIVERS[name].specification
    assert isinstance(spec, InstrumentSpecification)
    assert spec.model.lower() in name.lower().replace("_", "") or spec.model in ("BOP 36-12", "QDAC-II")
    named = re.search(r"(page|pages|section|chapter|appendix|chapters|table|data sheet|`:)", spec.source)
    assert named, f"{spec.source!r} must name a document and a place in it, or say that there is none"
    assert spec.unverified or "page" in spec.source


@every_driver
def test_its_tables_hold_ranges_from_small_to_large(name):
    spec = DRIVERS[name].specification
    assert bool(spec.tables) != (DRIVERS[name].role in MEASURES_NOTHING)
    for function, table in spec.tables.items():
        assert table, function
        assert [one.range for one in table] == sorted({one.range for one in table})
        for one in table:
            check_range(spec, function, one)


def check_range(spec: InstrumentSpecification, function: str, one: RangeSpecification) -> None:
    """Look at one range: an error of nothing, or noise of nothing, must be told in words."""
    assert 0 < one.resolution < one.range
    assert one.usable >= 1
    assert one.gain >= 0
    assert one.offset >= 0
    assert 0 < one.limit(one.range) < 0.2 * one.range
    noiseless = function.startswith("source") or spec.noise_density is not None or "noise" in spec.unverified
    assert one.noise > 0 or noiseless


@every_driver
def test_its_times_are_seconds_of_an_instrument(name):
    spec = DRIVERS[name].specification
    for seconds in (spec.settling, spec.relay_time, spec.overhead, spec.range_change):
        assert 0 <= seconds <= 1
    longest = spec.nplc_limits[1] if spec.nplc_limits else 1
    assert spec.reading_time(longest) >= longest * 0.02 * spec.integrations


@every_driver
def test_driver_and_twin_share_their_data(name):
    twin = models()[name]
    assert getattr(twin, "specification", DRIVERS[name].specification) is DRIVERS[name].specification


# PyMeasure's classes


@cache
def offered(kind: type) -> frozenset[str]:
    """Return the public names that PyMeasure's own classes of an instrument bring, beside those of any instrument."""
    from pymeasure.instruments import Instrument

    bases = [base for base in kind.__mro__ if base.__module__.startswith("pymeasure.instruments.")]
    names = {name for base in bases for name in vars(base) if not name.startswith("_")}
    return frozenset(names - ({*dir(Instrument)} - {"reset"}))


def owner(kind: type, name: str) -> type:
    return next(base for base in kind.__mro__ if name in vars(base))


PYMEASURE = [name for name in NAMES if offered(DRIVERS[name])]
OFFERED = [(name, member) for name in PYMEASURE for member in sorted(offered(DRIVERS[name]))]
SETTABLE = [
    (name, member) for name, member in OFFERED if isinstance(inspect.getattr_static(DRIVERS[name], member), property)
]


@pytest.mark.parametrize(("name", "member"), OFFERED)
def test_nothing_of_pymeasure_leads_around_the_role(name, member):
    kind = DRIVERS[name]
    found = inspect.getattr_static(kind, member)
    data = isinstance(found, str | int | float | list | tuple | dict)
    ours = not owner(kind, member).__module__.startswith("pymeasure.")
    assert ours or data or member in HARMLESS


@pytest.mark.parametrize(("name", "member"), SETTABLE)
def test_no_wish_is_cut_down_to_what_can_be_done(name, member, driver):
    """Nor is anything sent: the line is not even open, and would raise NotConnected."""
    for senseless in (1e12, -1e12, "nonsense"):
        with pytest.raises((ValueError, LookupError, AttributeError, UnsafeError)):
            setattr(driver, member, senseless)


def test_an_overflow_read_through_pymeasure_is_no_number():
    class Meter(StrictDriver, Keithley2182):
        pass

    meter = sealed(Meter)(SilentSession(None, "GPIB0::1::INSTR", name="it"))
    meter.values = lambda *asked, **how: [9.9e37]
    assert meter.mean is None
    with pytest.raises(InstrumentMistake, match="is set up by `configure`"):
        meter.mean = 1.0


def test_a_source_meter_of_1994_is_never_told_to_measure():
    """`:MEASure` returns a 2400's compliance to its default."""
    from smtjlab.instruments import keithley_2400, keithley_2400_settings, keithley_source_meter

    for module in (keithley_2400, keithley_2400_settings, keithley_source_meter):
        code = re.sub(r'""".*?"""', "", inspect.getsource(module), flags=re.DOTALL)
        assert not re.search(r":?MEAS(ure)?[:?]", code, re.IGNORECASE)


SISTERS = {
    "gate": ("keithley_2450:Keithley2450", "keithley_2470:Keithley2470"),
    "junction": ("keithley_2400:Keithley2400", "keithley_2400:Keithley2410"),
    "dual": ("keithley_2636b:Keithley2636B", "keithley_2636b:Keithley2602B"),
    "switch": ("keithley_3706a:Keithley3706A", "keithley_3706a:Keithley707B"),
}
"""Models that the bench `full` does not hold, each in the place of one that it does."""


@pytest.mark.parametrize("instrument", SISTERS)
def test_a_model_that_the_full_bench_does_not_hold_conforms_too(instrument, tmp_path):
    text = (PACKAGED / "full.toml").read_text(encoding="utf-8")
    (tmp_path / "bench.toml").write_text(text.replace(*SISTERS[instrument]), encoding="utf-8")
    report = conform(Bench.load(tmp_path / "bench.toml"), only=instrument)
    assert [(driver.instrument, finding.check) for driver in report.drivers for finding in driver.failed] == []
    assert report.conforms
    assert {driver.driver for driver in report.drivers} == {SISTERS[instrument][1]}
