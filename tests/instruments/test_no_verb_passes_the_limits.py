"""No public verb of a source takes a level, a list, a sweep or a waveform beyond its site limits, or no number."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.delta_mode import DeltaMode
from smtjlab.instruments.driver_name import DriverName
from smtjlab.instruments.errors import InstrumentMistake, LimitError, UnsafeError
from smtjlab.instruments.limits import CurrentLimits, FieldLimits, Limits, TemperatureLimits
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.roles import Role
from smtjlab.instruments.virtual.catalogue import models

VOLTS = Limits(voltage=(-0.1, 0.15), current=1e-4)
AMPERES = CurrentLimits(current=(-1e-3, 2e-3), voltage=2.0)
COIL = CurrentLimits(current=(-1.0, 2.0), voltage=10.0, slew=1.0)
FIELD = FieldLimits(field=(-0.05, 0.1), slew=0.05, voltage=5.0)
PAGE = Path(__file__).parents[2] / "docs" / "user" / "drivers.md"
KELVIN = TemperatureLimits(temperature=(280, 400), slew=0.1)


@dataclass(frozen=True)
class Ways:
    """How sources of one role are asked for a value: each way with what it takes."""

    limits: Any
    low: float
    high: float
    configure: Callable[[Any, Any], object]
    verbs: dict[str, Callable[[Any, float], object]]

    def beyond(self) -> list[float]:
        """Return values beyond the limits, and some that are no values."""
        span = self.high - self.low
        return [self.high + 1e-6 * span, self.low - 1e-6 * span, 1e3 * self.high, math.nan, math.inf, -math.inf]


def put(name: str) -> Callable[[Any, float], object]:
    """Return what sets an attribute that PyMeasure's class has too."""
    return lambda driver, value: setattr(driver, name, value)


def wave(driver: Any, **changed: Any) -> object:
    return driver.configure(VOLTS, **{"shape": "SIN", "frequency": 1e3, "amplitude": 0.05, "offset": 0.0} | changed)


def reference(driver: Any, frequency: float) -> object:
    return driver.configure(VOLTS, frequency=frequency, time_constant=0.1, sensitivity=0.1)


def delta(driver: Any, amperes: float) -> object:
    return DeltaMode(driver).configure(AMPERES, current=amperes, largest_voltage=1e-2, nplc=1.0)


WAYS = {
    Role.SOURCE_METER: Ways(
        VOLTS, -0.1, 0.15,
        lambda driver, limits: driver.configure(limits, largest_voltage=0.15, nplc=1.0, four_wire=False),
        {
            "set_level": lambda driver, volts: driver.set_level(volts),
            "check_level": lambda driver, volts: driver.check_level(volts),
            "source_voltage": put("source_voltage"),
            "sweep": lambda driver, volts: driver.sweep([0.0, volts, 0.0], delay=0.01),
            "sweep delay": lambda driver, seconds: driver.sweep([0.0], delay=seconds if seconds < 0 else 1e9 + seconds),
            "configure": lambda driver, volts: driver.configure(
                VOLTS, largest_voltage=max(volts, 0.2) if math.isfinite(volts) else volts, nplc=1.0, four_wire=False),
        },
    ),
    Role.CURRENT_SOURCE: Ways(
        AMPERES, -1e-3, 2e-3, lambda driver, limits: driver.configure(limits, largest_current=2e-3),
        {
            "set_current": lambda driver, amperes: driver.set_current(amperes),
            "source_current": put("source_current"),
            "delta mode": delta,
            "configure": lambda driver, amperes: driver.configure(
                AMPERES, largest_current=max(amperes, 3e-3) if math.isfinite(amperes) else amperes),
        },
    ),
    Role.VOLTAGE_SOURCES: Ways(
        VOLTS, -0.1, 0.15, lambda driver, limits: driver.configure(limits, channels=[1, 2]),
        {"set_level": lambda driver, volts: driver.set_level(1, volts)},
    ),
    Role.FUNCTION_GENERATOR: Ways(
        VOLTS, -0.1, 0.15, lambda driver, limits: wave(driver),
        {
            "configure": lambda driver, volts: wave(driver, amplitude=volts),
            "configure offset": lambda driver, volts: wave(driver, offset=volts),
            "configure DC": lambda driver, volts: wave(driver, shape="DC", offset=volts),
            "configure frequency": lambda driver, hertz: wave(driver, frequency=hertz if hertz < 0 else 1e9 + hertz),
        },
    ),
    Role.LOCK_IN: Ways(
        VOLTS, -0.1, 0.15, lambda driver, limits: reference(driver, 137.0),
        {
            "set_amplitude": lambda driver, volts: driver.set_amplitude(volts),
            "sine_voltage": put("sine_voltage"),
            "configure": lambda driver, hertz: reference(driver, hertz if hertz < 0 else 1e9 + hertz),
        },
    ),
    Role.MAGNET_SUPPLY: Ways(
        COIL, -1.0, 2.0, lambda driver, limits: driver.configure(limits),
        {
            "set_current": lambda driver, amperes: driver.set_current(amperes),
            "current_setpoint": put("current_setpoint"),
        },
    ),
    Role.FIELD_SOURCE: Ways(
        FIELD, -0.05, 0.1, lambda driver, limits: driver.configure(limits),
        {"set_field": lambda driver, tesla: driver.set_field(tesla)},
    ),
    Role.THERMOMETER: Ways(
        KELVIN, 280, 400, lambda driver, limits: driver.configure(limits),
        {"set_temperature": lambda driver, kelvin: driver.set_temperature(kelvin)},
    ),
}  # fmt: skip

PLACES = {
    "keithley_2450:Keithley2450": "gate", "keithley_2470:Keithley2470": "gate",
    "keithley_2400:Keithley2400": "junction", "keithley_2400:Keithley2410": "junction",
    "keithley_2636b:Keithley2636B": "dual.a", "keithley_2636b:Keithley2602B": "dual.a",
    "keithley_6221:Keithley6221": "current", "qdac2:QDAC2": "gates", "keysight_33511b:Keysight33511B": "generator",
    "sr830:SR830": "lockin", "kepco_bop:KepcoBOP3612": "supply", "lakeshore_f41:LakeShoreF41": "field",
    "lakeshore_336:LakeShore336": "thermometer",
}  # fmt: skip
"""Every model that drives something, and where on the bench `full`."""
DRIVES = {Role.SOURCE_METER_PAIR, *WAYS}


@pytest.fixture(scope="module")
def stand(request, tmp_path_factory):
    """Return one driver, configured, and the list of what it sends from then on."""
    name, path = request.param, tmp_path_factory.mktemp("bench") / "bench.toml"
    text, instrument = (PACKAGED / "full.toml").read_text(encoding="utf-8"), PLACES[request.param].partition(".")[0]
    head, table, tail = text.partition(f"[instruments.{instrument}]")
    path.write_text(head + table + tail.replace(tail.split('"')[1], name, 1), encoding="utf-8")
    bench = read_once(path, in_process=True)
    with InProcessBench(replace(bench, instruments={instrument: bench.instruments[instrument]})) as private:
        driver = private.driver(PLACES[name])
        ways = WAYS[driver.role]
        ways.configure(driver, ways.limits)
        said: list[str] = []
        driver.session.speak_through(partial(Spy, said))
        yield driver, said


class Spy:
    """A wire that notes what goes over it."""

    def __init__(self, said, inner):
        self.said, self.inner = said, inner

    def send(self, message):
        self.said.append(message)
        self.inner.send(message)

    def exchange(self, message, timeout):
        self.said.append(message)
        return self.inner.exchange(message, timeout)

    def clear(self):
        return self.inner.clear()

    def close(self):
        self.inner.close()


every_source = pytest.mark.parametrize("stand", PLACES, indirect=True)


def test_every_model_that_drives_something_is_here():
    assert {name for name in models() if DriverName.parse(name).load().role in DRIVES} == set(PLACES)


@every_source
def test_nothing_beyond_the_limits_is_sent_by_any_verb(stand):
    driver, said = stand
    ways = WAYS[driver.role]
    for verb, ask in ways.verbs.items():
        if " " not in verb and not hasattr(type(driver), verb):
            continue
        for value in ways.beyond():
            with pytest.raises(LimitError):
                ask(driver, value)
            assert said == [], f"{verb} {value}"


def takes_numbers(member: Any) -> bool:
    given = inspect.signature(member).parameters.values()
    return any("float" in str(one.annotation) for one in given)


MOVES_NOTHING = {"after_sweep", "list_messages", "sweep_messages", "sweep_settings", "verify"}
"""Return what a sweep consists of, or only ask."""


@every_source
def test_every_public_verb_that_takes_a_number_is_tried(stand):
    driver, _ = stand
    ours = {}
    for kind in reversed(type(driver).__mro__):
        if kind.__module__.startswith("smtjlab."):
            ours |= {name: member for name, member in vars(kind).items() if not name.startswith("_")}
    verbs = {name for name, member in ours.items() if inspect.isfunction(member) and takes_numbers(member)}
    settable = {
        name for name, one in ours.items() if isinstance(one, property) and one.fset and not refuses(driver, name)
    }
    assert verbs | settable <= {*WAYS[driver.role].verbs, *MOVES_NOTHING, "output", "output_enabled"}


def refuses(driver: Any, name: str) -> bool:
    """Return whether setting an attribute is refused whatever the value."""
    try:
        setattr(driver, name, 0.0)
    except LimitError:
        return False
    except InstrumentMistake:
        return True
    except Exception:  # noqa: BLE001  any other end means that it was tried
        return False
    return False


PROTECTIONS = {
    "keithley_2450:Keithley2450": (r":SOUR:VOLT:PROT PROT\d+", ":SOUR:VOLT:PROT NONE"),
    "keithley_2470:Keithley2470": (r":SOUR:VOLT:PROT PROT\d+", ":SOUR:VOLT:PROT NONE"),
    "keithley_2400:Keithley2400": (r":SOUR:VOLT:PROT [^;]+", ":SOUR:VOLT:PROT NONE"),
    "keithley_2400:Keithley2410": (r":SOUR:VOLT:PROT [^;]+", ":SOUR:VOLT:PROT NONE"),
    "keithley_6221:Keithley6221": (r":SOUR:CURR:COMP [^;]+", ":SOUR:CURR:COMP 5"),
    "keysight_33511b:Keysight33511B": (r":VOLT:LIM:HIGH [^;]+", ":VOLT:LIM:HIGH 5"),
    "kepco_bop:KepcoBOP3612": (r"VOLT \d[^;]*", "VOLT 20"),
    "lakeshore_f41:LakeShoreF41": (r":SOUR:FIEL:VLIM [^;]+", ":SOUR:FIEL:VLIM 10"),
    "lakeshore_336:LakeShore336": (r"TLIMIT A,[^;]+", "TLIMIT A,0"),
}
"""What limits voltage or temperature in the instrument itself, and how it is put out of action on the wire."""
UNPROTECTED = {"keithley_2636b:Keithley2636B", "keithley_2636b:Keithley2602B", "qdac2:QDAC2", "sr830:SR830"}


def test_drivers_without_a_protection_are_named_on_the_page():
    assert {*PROTECTIONS, *UNPROTECTED} == set(PLACES)
    [paragraph] = [part for part in PAGE.read_text(encoding="utf-8").split("\n\n") if "No such protection" in part]
    for name in UNPROTECTED:
        assert DriverName.parse(name).load().specification.model in paragraph


@pytest.mark.parametrize("stand", PROTECTIONS, indirect=True)
def test_a_protection_that_did_not_take_is_noticed_before_the_output_may_go_on(stand, request):
    driver, said = stand
    pattern, word = PROTECTIONS[request.node.callspec.params["stand"]]
    count = len(said)
    driver.session.speak_through(lambda wire: Changing(wire, pattern, word))
    ways = WAYS[driver.role]
    with pytest.raises(UnsafeError, match=r"must (read|be)"):
        ways.configure(driver, ways.limits)
    assert any(word in message for message in said[count:])
    if hasattr(driver, "switch_on"):
        with pytest.raises(UnsafeError, match="must be configured within its limits first"):
            driver.switch_on()


class Changing(Spy):
    """A wire that puts another word into the place of what matches a pattern."""

    def __init__(self, inner, pattern, word):
        super().__init__([], inner)
        self.pattern, self.word = pattern, word

    def send(self, message):
        super().send(re.sub(self.pattern, self.word, message))

    def exchange(self, message, timeout):
        return super().exchange(re.sub(self.pattern, self.word, message), timeout)
