"""The outputs of a virtual Lake Shore 336: a PID loop on the bench's clock, ramps, heater ranges and power.

The controller computes, ten times a second, u = P (e + 1/T_i ∫e dt + T_d de/dt) in percent of the full power of the
heater range, with T_i = 1000/I s and T_d = D/400 T_i (manual of the 336, section 2.7); the integral stops where u is
clamped to 0 or 100 percent. Outputs 1 and 2 heat the stage; 3 and 4 are voltages that nothing is wired to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.lakeshore_336_specification import CURRENTS, HEATER_RANGES, LARGEST_RATE, SAMPLE

from .command_tree import Command
from .lakeshore import Whole
from .lakeshore_336_inputs import KELVIN, LETTERS, in_unit
from .line_language import Real
from .scpi import ScpiError

if TYPE_CHECKING:
    from .lakeshore_336 import LakeShore336

OFF, CLOSED_LOOP, ZONE, OPEN_LOOP = 0, 1, 2, 3
HEATERS = (1, 2)
LIMITS = {1: 2.0, 2: 1.414}
"""Largest current of each heater in A."""
RESISTANCES = {1: 25.0, 2: 50.0}
"""Heater resistances in ohm that `HTRSET` numbers."""


@dataclass(slots=True)
class Output:
    """One control output."""

    mode: int = OFF
    input: int = 0
    """Number of the input that it controls, 0 for none."""
    power_up: int = 0
    p: float = 50.0
    i: float = 20.0
    d: float = 0.0
    range: int = 0
    manual: float = 0.0
    """Manual output in percent."""
    resistance: int = 1
    current: int = 4
    user_current: float = 2.0
    display: int = 2
    """Whether percents are of the current (1) or of the power (2)."""
    ramp: int = 0
    rate: float = 0.0
    """Ramp of the setpoint in K/min; 0 lets it jump."""
    target: float = 0.0
    _from: float = 0.0
    _since: float = 0.0
    _integral: float = 0.0
    _last: float | None = None
    percent: float = 0.0
    """What comes out, in percent of the full power of the range."""

    def setpoint(self, time: float) -> float:
        """Return the setpoint at a bench time, on its ramp."""
        if not self.ramp or self.rate == 0:
            return self.target
        way = self.rate / 60 * (time - self._since)
        left = self.target - self._from
        return self.target if way >= abs(left) else self._from + (way if left > 0 else -way)

    def go_to(self, setpoint: float, time: float) -> None:
        """Ramp from the setpoint of the moment."""
        self._from, self._since, self.target = self.setpoint(time), time, setpoint

    def ramps(self, time: float) -> bool:
        """Return whether the setpoint is on its way."""
        return self.setpoint(time) != self.target

    def change_ramp(self, on: int, rate: float, time: float) -> None:
        """Change the ramp; one that is under way goes on from where it is, one that is switched off jumps."""
        self._from, self._since = self.setpoint(time), time
        self.ramp, self.rate = on, rate

    def forget(self) -> None:
        """Begin to control anew."""
        self._integral, self._last, self.percent = 0.0, None, 0.0

    def control(self, error: float, seconds: float) -> None:
        """Compute the output after `seconds` at an error in units of the setpoint."""
        reset = 1000 / self.i if self.i > 0 else float("inf")
        slope = 0.0 if self._last is None or seconds <= 0 else (error - self._last) / seconds
        self._last = error
        integral = self._integral + error * seconds / reset
        wish = self.p * (error + integral + self.d / 400 * min(reset, 1e6) * slope)
        self.percent = min(max(wish, 0.0), 100.0)
        if wish == self.percent:
            self._integral = integral

    @property
    def full_power(self) -> float:
        """Return the power of the range at 100 percent in W."""
        current = self.user_current if self.current == 0 else CURRENTS[self.current]
        return HEATER_RANGES.get(self.range, 0.0) * current**2 * RESISTANCES[self.resistance]

    def shown(self) -> float:
        """Return the output in percent of what is displayed."""
        if self.range == 0:
            return 0.0
        return 10 * self.percent**0.5 if self.display == 1 else self.percent

    def set_manual(self) -> None:
        """Let the manual output come out."""
        self.percent = self.manual**2 / 100 if self.display == 1 else self.manual


def outputs() -> dict[int, Output]:
    """Return the outputs as they leave the factory; heater 1 controls input A."""
    return {
        1: Output(mode=CLOSED_LOOP, input=1),
        2: Output(mode=OFF, input=2, resistance=2, current=2),
        3: Output(),
        4: Output(),
    }


def regulate(twin: LakeShore336, seconds: float) -> None:
    """Let every heater that is on do its work after `seconds`, and the stage take the power."""
    now = twin.world.time
    check_limits(twin)
    power = 0.0
    for number in HEATERS:
        output = twin.outputs[number]
        if output.range == 0 or output.mode == OFF:
            output.percent = 0.0
        elif output.mode == OPEN_LOOP:
            output.set_manual()
        elif output.input in range(1, 5):
            letter = LETTERS[output.input - 1]
            reading = in_unit(twin, letter, twin.inputs[letter].unit)
            invalid = not twin.inputs[letter].where
            output.control(0.0 if invalid else output.setpoint(now) - reading, seconds)
        power += output.percent / 100 * output.full_power
    twin.world.stage.heat(power, now)


def check_limits(twin: LakeShore336) -> None:
    """Switch all heaters off where an input reads above its limit."""
    for letter, sensor in twin.inputs.items():
        if sensor.limit > 0 and in_unit(twin, letter, 1) > sensor.limit:
            all_off(twin)
            return


def all_off(twin: LakeShore336) -> None:
    """Set every range to off."""
    for output in twin.outputs.values():
        output.range = 0
        output.forget()


def period(twin: LakeShore336) -> float:
    """Return the time in s to the next look: ten a second in a loop, one a second for limits alone."""
    loops = any(twin.outputs[number].mode != OPEN_LOOP and twin.outputs[number].range for number in HEATERS)
    return SAMPLE if loops else 10 * SAMPLE


NUMBER = Whole(1, 4)
HEATER = Whole(1, 2)


def _set_mode(twin: LakeShore336, number: int, mode: int, source: int, power_up: int) -> None:
    output = twin.outputs[number]
    if number in HEATERS and mode > OPEN_LOOP:
        raise ScpiError(-224)
    if mode != output.mode:
        output.forget()
    output.mode, output.input, output.power_up = mode, source, power_up
    twin.follow()


def _mode(twin: LakeShore336, number: int) -> str:
    output = twin.outputs[number]
    return f"{output.mode},{output.input},{output.power_up}"


def _set_range(twin: LakeShore336, number: int, range_: int) -> None:
    output = twin.outputs[number]
    if output.range == 0:
        output.forget()
    output.range = range_
    twin.follow()


def _set_pid(twin: LakeShore336, number: int, p: float, i: float, d: float) -> None:
    output = twin.outputs[number]
    output.p, output.i, output.d = p, i, d
    twin.follow()


def _pid(twin: LakeShore336, number: int) -> str:
    output = twin.outputs[number]
    return f"{output.p:+07.1f},{output.i:+07.1f},{output.d:+07.1f}"


def _set_point(twin: LakeShore336, number: int, setpoint: float) -> None:
    twin.outputs[number].go_to(setpoint, twin.world.time)
    twin.follow()


def _set_ramp(twin: LakeShore336, number: int, on: int, rate: float) -> None:
    twin.outputs[number].change_ramp(on, rate, twin.world.time)
    twin.follow()


def _ramp_state(twin: LakeShore336, number: int) -> str:
    answer = str(int(twin.outputs[number].ramps(twin.world.time)))
    twin.ramp_was_asked_for()
    return answer


def _set_manual(twin: LakeShore336, number: int, percent: float) -> None:
    twin.outputs[number].manual = percent
    twin.follow()


def _set_heater(twin: LakeShore336, number: int, resistance: int, current: int, user: float, display: int) -> None:
    output = twin.outputs[number]
    output.resistance, output.current, output.display = resistance, current, display
    if current == 0:
        output.user_current = min(user, LIMITS[number])
    twin.follow()


def _heater(twin: LakeShore336, number: int) -> str:
    output = twin.outputs[number]
    return f"{output.resistance},{output.current},{output.user_current:+.3f},{output.display}"


COMMANDS = (
    Command(header="SETP", write=_set_point, takes=(NUMBER, Real(-1000, 1000)), asks=(NUMBER,), ask_needed=1,
            query=lambda twin, number: KELVIN.write(twin.outputs[number].setpoint(twin.world.time)),
            note="answers where the ramp is"),
    Command(header="RANGE", write=_set_range, takes=(NUMBER, Whole(0, 3)), asks=(NUMBER,), ask_needed=1,
            query=lambda twin, number: str(twin.outputs[number].range), note="0 off, 1 low, 2 medium, 3 high"),
    Command(header="HTR", asks=(HEATER,), ask_needed=1, note="in percent of the range",
            query=lambda twin, number: f"{twin.outputs[number].shown():+06.1f}"),
    Command(header="AOUT", asks=(Whole(3, 4),), ask_needed=1, query=lambda twin, number: "+000.0"),
    Command(header="HTRST", asks=(HEATER,), ask_needed=1, query=lambda twin, number: "0"),
    Command(header="HTRSET", write=_set_heater, query=_heater, asks=(HEATER,), ask_needed=1,
            takes=(HEATER, Whole(1, 2), Whole(0, 4), Real(0, 2), Whole(1, 2)),
            note="resistance, current, user's current, unit of percents"),
    Command(header="MOUT", write=_set_manual, takes=(NUMBER, Real(0, 100)), asks=(NUMBER,), ask_needed=1,
            query=lambda twin, number: f"{twin.outputs[number].manual:+08.3f}"),
    Command(header="OUTMODE", write=_set_mode, query=_mode, asks=(NUMBER,), ask_needed=1,
            takes=(NUMBER, Whole(0, 5), Whole(0, 8), Whole(0, 1))),
    Command(header="PID", write=_set_pid, query=_pid, asks=(NUMBER,), ask_needed=1,
            takes=(NUMBER, Real(0.1, 1000), Real(0.1, 1000), Real(0, 200))),
    Command(header="RAMP", write=_set_ramp, takes=(NUMBER, Whole(0, 1), Real(0, LARGEST_RATE)), asks=(NUMBER,),
            ask_needed=1, note="on, K/min",
            query=lambda twin, number: f"{twin.outputs[number].ramp},{twin.outputs[number].rate:+08.3f}"),
    Command(header="RAMPST", asks=(NUMBER,), ask_needed=1, query=_ramp_state),
)  # fmt: skip
