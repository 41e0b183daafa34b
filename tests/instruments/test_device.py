import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

import pytest

from smtjlab.instruments.device import DeviceUnderTest
from smtjlab.instruments.errors import (
    ContactFault,
    InstrumentFault,
    InstrumentMistake,
    LeakageTripped,
    LimitError,
    PowerTripped,
)
from smtjlab.instruments.keithley_2450_settings import settings_for
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.reading import Flag, Reading, Setpoint
from smtjlab.instruments.roles import Role, SourceMeter, SourceReading, SourceSettings

LIMITS = {
    "gate": Limits(voltage=(0.0, 0.6), slew=0.5, current=1e-7, leakage=2e-8),
    "junction": Limits(voltage=(-0.3, 0.3), current=2e-4),
}
CONDUCTANCE = 5e-4


class CountingClock:
    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


LEAD = 5.0


@dataclass
class ResistiveSource:
    """A source meter on a resistor, in memory: notes what is asked of it and answers from a list where it has one."""

    clock: CountingClock
    conductance: float
    asked: list[str]
    name: str
    settings: SourceSettings | None = None
    answers: list[SourceReading] = field(default_factory=list)
    volts: float = 0.0
    on: bool = False
    four_wire: bool = False

    role: ClassVar[Role] = Role.SOURCE_METER
    identity_pattern: ClassVar[str] = ""
    identity_query: ClassVar[str] = "*IDN?"

    def note(self, verb: str) -> None:
        self.asked.append(f"{self.name} {verb}")

    def verify_language(self) -> None: ...

    def configure(self, limits, *, largest_voltage, nplc, four_wire):
        self.note(f"configure {largest_voltage:g} {four_wire}")
        self.four_wire = four_wire
        self.settings = settings_for(
            limits, largest_voltage=largest_voltage, nplc=nplc, four_wire=four_wire, name=self.name
        )
        return self.settings

    def output_is_on(self) -> bool:
        return self.on

    def switch_on(self) -> None:
        self.note("on")
        self.on = True

    def switch_off(self) -> None:
        self.on = False

    def ramp_off(self, limits) -> None:
        self.note(f"ramp off {limits.slew}")
        self.on, self.volts = False, 0.0

    def set_level(self, volts: float) -> float:
        self.note(f"level {volts:.6g}")
        self.volts = round(volts / 50e-6) * 50e-6
        return self.volts

    def level(self) -> float:
        return self.volts

    def read_source(self) -> SourceReading:
        self.clock.sleep(0.02)
        if self.answers:
            return self.answers.pop(0)
        leads = 0.0 if self.four_wire else 2 * LEAD
        current = self.volts / (1 / self.conductance + leads)
        return SourceReading(voltage=self.volts, current=current, tripped=False)

    def sweep(self, levels, *, dwell=0.0): ...

    def check_errors(self) -> list[object]:
        return []

    def safe_step(self, name, limits): ...


@pytest.fixture
def device() -> DeviceUnderTest:
    clock, asked = CountingClock(), []
    return DeviceUnderTest(
        gate=ResistiveSource(clock, 1e-9, asked, "gate"),
        junction=ResistiveSource(clock, CONDUCTANCE, asked, "junction"),
        limits=LIMITS,
        clock=clock,
    )


@pytest.fixture
def ready(device) -> DeviceUnderTest:
    device.prepare(bias=0.1)
    device.gate.asked.clear()
    return device


def at(device, repeats: int = 1, **setpoint) -> Reading:
    device.apply(Setpoint(**setpoint))
    return device.conductance(repeats)


def test_the_fake_source_plays_the_role(device):
    assert isinstance(device.gate, SourceMeter)


def test_both_are_configured_before_either_is_on(device):
    device.prepare(bias=0.1, four_wire=False)
    assert device.gate.asked == ["gate configure 0.6 False", "junction configure 0.1 False", "gate on", "junction on"]


def test_four_leads_are_checked_at_a_tenth_of_the_bias_before_the_gate_is_on(device):
    device.prepare(bias=0.1)
    check = ["on", "level 0.01", "level 0", "ramp off None"]
    two, four = (["configure 0.01 " + wires, *check] for wires in ("False", "True"))
    junction = [f"junction {verb}" for verb in [*two, *four, "configure 0.1 True"]]
    assert device.gate.asked == ["gate configure 0.6 False", *junction, "gate on", "junction on"]


def test_an_output_found_on_is_ramped_off_first_the_junction_before_the_gate(device):
    device.gate.on = device.junction.on = True
    device.prepare(bias=0.1)
    assert device.gate.asked[:2] == ["junction ramp off None", "gate ramp off 0.5"]


def test_the_conductance_is_current_over_voltage_as_read_back(ready):
    reading = at(ready, gate=0.2)
    assert reading.value == pytest.approx(CONDUCTANCE)
    assert (reading.gate, reading.bias) == (pytest.approx(0.2), pytest.approx(0.1))
    assert reading.flags == frozenset()


def test_the_gate_goes_up_no_faster_than_its_slew_limit(ready):
    begun = ready.clock.now()
    ready.apply(Setpoint(gate=0.3))
    levels = [0.0, *(float(line.split()[2]) for line in ready.gate.asked if line.startswith("gate level"))]
    assert max(b - a for a, b in pairwise(levels)) <= 0.5 * 0.02 * (1 + 1e-6)
    assert ready.clock.now() - begun >= 0.3 / 0.5 * (1 - 1e-9)
    assert levels[-1] == 0.3


def test_the_stimuli_tile_the_time_since_the_last_reading(ready):
    begun = 100.0  # before it was prepared: the junction lives through the check of its leads too
    first = at(ready, gate=0.1, dwell=0.5)
    second = at(ready, gate=0.05, repeats=3)
    assert sum(one.duration for one in first.stimuli) == pytest.approx(first.time - begun)
    assert sum(one.duration for one in second.stimuli) == pytest.approx(second.time - first.time)
    assert [one.read for one in second.stimuli].count(True) == 3
    assert all(one.gate == pytest.approx(0.05) for one in second.stimuli if one.read)


def test_a_dwell_is_seen_at_the_setpoint(ready):
    reading = at(ready, gate=0.1, dwell=0.5)
    assert any(one.duration == 0.5 and one.gate == pytest.approx(0.1) for one in reading.stimuli)


def test_a_setpoint_that_is_reached_is_not_ramped_to_again(ready):
    at(ready, gate=0.12345678)
    ready.gate.asked.clear()
    at(ready, gate=0.12345678)
    assert ready.gate.asked == []


def test_limits_hold_at_every_point(ready):
    with pytest.raises(LimitError, match="`gate` must stay within"):
        ready.apply(Setpoint(gate=0.61))
    assert ready.gate.asked == []


def test_the_whole_list_is_checked_before_the_first_volt(device):
    with pytest.raises(LimitError, match=r"700 mV was asked of it \(setpoint 2\)"):
        device.check([Setpoint(gate=0.1), Setpoint(gate=0.2), Setpoint(gate=0.7)])
    assert device.gate.asked == []


def test_a_gate_that_leaks_trips_the_run(ready):
    ready.gate.conductance = 1e-7
    ready.apply(Setpoint(gate=0.3))
    with pytest.raises(LeakageTripped, match="Gate must draw at most 20 nA, but draws 30 nA at 300 mV"):
        ready.conductance()


@pytest.mark.parametrize("current", [None, -3e-8])
def test_a_leak_beyond_the_range_or_backwards_trips_too(ready, current):
    ready.gate.answers = [SourceReading(voltage=0.0, current=current, tripped=True)]
    with pytest.raises(LeakageTripped, match="Gate must draw at most 20 nA"):
        at(ready)


@pytest.mark.parametrize("name", ["gate", "junction"])
def test_an_output_that_has_gone_off_by_itself_ends_the_run(ready, name):
    getattr(ready, name).answers = [SourceReading(voltage=0.0, current=0.0, tripped=False, output=False)]
    with pytest.raises(InstrumentFault, match=f"Output of `{name}` must be on while it is read, but is off"):
        at(ready)


def test_a_conductance_that_cannot_be_told_from_none_makes_the_contact_suspect(ready):
    ready.junction.answers = [SourceReading(voltage=0.1, current=1e-9, tripped=False)]
    assert at(ready, bias=0.1).flags == {Flag.CONTACT_SUSPECT}


def test_a_junction_that_takes_too_much_power_trips_the_run(device):
    device.limits = LIMITS | {"junction": Limits(voltage=(-0.3, 0.3), current=2e-4, power=1e-5)}
    device.prepare(bias=0.1)
    assert device.junction.settings.compliance == pytest.approx(1e-4)
    device.apply(Setpoint(gate=0.0))
    device.junction.answers = [SourceReading(voltage=-0.1, current=1.2e-4, tripped=False)]
    with pytest.raises(PowerTripped, match="Junction must take at most 10 uW, but takes 12 uW at -100 mV"):
        device.conductance()


def test_a_range_and_a_power_hold_for_every_setpoint_that_was_checked(device):
    device.limits = LIMITS | {"junction": Limits(voltage=(-0.3, 0.3), current=2e-4, power=1e-5)}
    device.check([Setpoint(bias=0.1), Setpoint(bias=-0.25)])
    device.prepare(bias=0.1)
    assert "junction configure 0.25 True" in device.gate.asked
    assert device.junction.settings.compliance == pytest.approx(4e-5)


def test_a_contact_fault_leaves_the_junction_off_and_the_gate_never_on(device):
    device.junction.conductance = 1e-15
    with pytest.raises(ContactFault, match="a force lead or a needle is likely open"):
        device.prepare(bias=0.1)
    assert (device.junction.on, device.junction.volts, "gate on" in device.gate.asked) == (False, 0.0, False)


def test_a_slew_limit_of_the_junction_holds_in_the_check_of_its_leads_too(device):
    device.limits = LIMITS | {"junction": Limits(voltage=(-0.3, 0.3), current=2e-4, slew=0.1)}
    device.prepare(bias=0.1)
    levels = [float(line.split()[2]) for line in device.gate.asked if line.startswith("junction level")]
    assert max(abs(b - a) for a, b in pairwise([0.0, *levels])) <= 0.1 * 0.02 * (1 + 1e-6)
    assert max(levels) == 0.01


def test_a_target_that_was_not_reached_is_gone_to_again(ready):
    ready.apply(Setpoint(gate=0.02))
    set_level, ready.gate.set_level = ready.gate.set_level, lambda volts: 1 / 0
    with pytest.raises(ZeroDivisionError):
        ready.apply(Setpoint(gate=0.04))
    ready.gate.set_level = set_level
    ready.gate.asked.clear()
    ready.apply(Setpoint(gate=0.02))
    assert "gate level 0.02" in ready.gate.asked


def test_a_level_that_compliance_no_longer_limits_is_what_was_set(ready):
    ready.junction.answers = [SourceReading(0.03, 2e-4, True), SourceReading(0.1, 1e-4, False)]
    reading = at(ready, repeats=2)
    ready.apply(Setpoint(dwell=1.0))
    assert reading.stimuli[-1].bias == pytest.approx(0.1)
    assert ready._notebook.take()[-1].bias == pytest.approx(0.1)


@pytest.mark.parametrize("setpoint", [Setpoint(gate=42.5), Setpoint(bias=-43.0)])
def test_a_hazardous_voltage_needs_an_explicit_word_at_every_point(device, setpoint):
    wide = Limits(voltage=(-100.0, 100.0), current=1e-7)
    device.limits = {"gate": wide, "junction": wide}
    device.prepare(bias=0.1, four_wire=False)
    for ask in (device.apply, lambda one: device.check([one])):
        with pytest.raises(LimitError, match=r"within 42 V unless somebody says explicitly .* but 4\d.* V was"):
            ask(setpoint)
    device.hazardous = True
    device.apply(setpoint)


def test_an_overflow_is_no_number_and_flagged(ready):
    ready.junction.answers = [SourceReading(voltage=0.1, current=None, tripped=False)]
    reading = at(ready, repeats=2)
    assert reading.value is None
    assert reading.current is None
    assert reading.flags == {Flag.OVERFLOW}
    assert Reading.from_dict(reading.to_dict()) == reading


def test_compliance_is_flagged(ready):
    ready.junction.answers = [SourceReading(voltage=0.04, current=2e-4, tripped=True)]
    reading = at(ready)
    assert reading.flags == {Flag.COMPLIANCE}
    assert reading.value == pytest.approx(5e-3)


def test_a_bias_that_does_not_arrive_makes_a_contact_suspect(ready):
    ready.junction.answers = [SourceReading(voltage=0.05, current=2e-9, tripped=False)]
    assert at(ready).flags == {Flag.CONTACT_SUSPECT}


def test_a_gate_that_somebody_else_has_switched_off_is_flagged(ready):
    ready.apply(Setpoint(gate=0.4))
    ready.gate.answers = [SourceReading(voltage=-46e-6, current=0.0, tripped=False)]
    assert ready.conductance().flags == {Flag.CONTACT_SUSPECT}


def test_a_gate_that_may_only_be_negative_is_prepared(device):
    device.limits = LIMITS | {"gate": Limits(voltage=(-0.6, 0.0), slew=0.5, current=1e-7, leakage=2e-8)}
    device.prepare(bias=0.1)
    assert at(device, gate=-0.4).gate == pytest.approx(-0.4)


@pytest.mark.parametrize("bias", [0.0, 0.31])
def test_a_bias_that_reads_nothing_or_too_much_is_refused(device, bias):
    with pytest.raises((InstrumentMistake, LimitError), match="must"):
        device.prepare(bias=bias)
    assert device.gate.asked == []


def test_nothing_is_applied_before_it_is_prepared(device):
    with pytest.raises(InstrumentMistake, match="`prepare` must come before `apply`"):
        device.apply(Setpoint(gate=0.1))


def test_repeats_are_at_least_one(ready):
    with pytest.raises(InstrumentMistake, match="`repeats` must be at least 1, but is 0"):
        ready.conductance(0)


def test_gain_and_offset_are_kept_apart_from_noise(ready):
    uncertainty = at(ready, gate=0.2).uncertainty
    assert uncertainty.common["junction current gain (1 mA)"] == pytest.approx(CONDUCTANCE * 0.02e-2 / math.sqrt(3))
    assert uncertainty.common["junction current offset (1 mA)"] == pytest.approx(60e-9 / math.sqrt(3) / 0.1)
    assert uncertainty.common["junction voltage gain (200 mV)"] == pytest.approx(-CONDUCTANCE * 0.012e-2 / math.sqrt(3))
    assert uncertainty.common["junction voltage offset (200 mV)"] == pytest.approx(
        -CONDUCTANCE * 200e-6 / 0.1 / math.sqrt(3)
    )
    assert uncertainty.gate["gate voltage gain (2 V)"] == pytest.approx(0.2 * 0.012e-2 / math.sqrt(3))
    assert uncertainty.gate["gate voltage offset (2 V)"] == pytest.approx(300e-6 / math.sqrt(3))
