"""Relative readings and limit tests of a virtual 2400: the subsystem CALCulate2 (manual 2400S-900-01, section 12)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from smtjlab.instruments.specification import OVERFLOW

from .command_tree import ON_OFF, Command, Extreme
from .keithley_2400_kinds import Real, exponent, numbered
from .parameter import Choice
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400
    from .keithley_2400_meter import MeterReading

BOUNDED = (2, 3, *range(5, 13))
"""Limit tests against an upper and a lower bound; test 1 is of the compliance."""
LARGEST = 9.999999e20
FAILED_1, FAILED_LOW_2, FAILED_HIGH_2, FAILED_LOW_3, FAILED_HIGH_3, PASSED = 1, 2, 4, 8, 16, 32
"""Bits of the measurement register."""
_NULL, _LIMITS, _RESULT = 1 << 6, 1 << 7, 1 << 8
"""Bits of the status word."""


@dataclass(slots=True)
class LimitTest:
    """One test against two bounds."""

    enabled: bool = False
    upper: float = 1.0
    lower: float = -1.0
    failed: bool = False


@dataclass(slots=True)
class Limits:
    """The whole subsystem."""

    feed: str = "VOLT"
    null: bool = False
    offset: float = 0.0
    compliance_enabled: bool = False
    compliance_fails: str = "IN"
    compliance_failed: bool = False
    tests: dict[int, LimitTest] = field(default_factory=lambda: {number: LimitTest() for number in BOUNDED})
    results: list[float] = field(default_factory=list)
    """Fed values of the last acquisition, less the offset."""

    @property
    def testing(self) -> bool:
        """Return whether any test is enabled."""
        return self.compliance_enabled or any(test.enabled for test in self.tests.values())

    def clear(self) -> None:
        """Forget what has failed."""
        self.compliance_failed = False
        for test in self.tests.values():
            test.failed = False


def fed(twin: Keithley2400, one: MeterReading) -> float:
    """Return the value that the subsystem works on, less the offset of a relative reading."""
    value = {"VOLT": one.voltage, "CURR": one.current, "RES": one.resistance}[twin.limits.feed]
    return value - twin.limits.offset if twin.limits.null and abs(value) < OVERFLOW else value


def judged(twin: Keithley2400, one: MeterReading) -> MeterReading:
    """Return a reading with the verdict of the tests in its status word; the registers hear of it too."""
    limits = twin.limits
    word = int(one.status) | (_NULL if limits.null else 0)
    if limits.testing:
        failed = _first_failure(twin, fed(twin, one), one.limited)
        word |= _LIMITS | (_RESULT if failed == 1 else 2 * _RESULT if failed else 0)
    return replace(one, status=type(one.status)(word))


def _first_failure(twin: Keithley2400, value: float, limited: bool) -> int:
    """Carry out the tests in their order; return the number of the first that fails, 0 where all pass."""
    limits, register = twin.limits, twin.status.measurement
    if limits.compliance_enabled and limited == (limits.compliance_fails == "IN"):
        limits.compliance_failed = True
        register.event |= FAILED_1
        return 1
    for number, test in limits.tests.items():
        low, high = value < test.lower, value > test.upper
        if test.enabled and (low or high):
            test.failed = True
            bits = {2: (FAILED_LOW_2, FAILED_HIGH_2), 3: (FAILED_LOW_3, FAILED_HIGH_3)}.get(number, (0, 0))
            register.event |= bits[1] if high else bits[0]
            return number
    register.event |= PASSED
    return 0


def _acquire(twin: Keithley2400) -> None:
    if not twin.trigger_model.sample or abs(value := fed(twin, twin.trigger_model.sample[-1])) >= OVERFLOW:
        raise ScpiError(-230)
    twin.limits.offset = value + (twin.limits.offset if twin.limits.null else 0.0)


def _data(twin: Keithley2400, only_latest: bool = False) -> str:
    sample = twin.trigger_model.sample
    if not sample:
        raise ScpiError(-230)
    return ",".join(f"{fed(twin, one):+.6E}" for one in (sample[-1:] if only_latest else sample))


def _bound_commands(edge: str, name: str, default: float) -> Command:
    kind = Real(-LARGEST, LARGEST, default)

    def test(twin: Keithley2400, number: int) -> LimitTest:
        if number not in twin.limits.tests:
            raise ScpiError(-114)
        return twin.limits.tests[number]

    return Command(
        header=f":CALCulate2:LIMit<1..12>:{edge}[:DATA]",
        takes=(kind,),
        asks=(Extreme(kind),),
        write=lambda twin, number, value: setattr(test(twin, number), name, value),
        query=lambda twin, number, special=None: exponent(
            getattr(test(twin, number), name) if special is None else special
        ),
    )


def _set_state(twin: Keithley2400, number: int, on: bool) -> None:
    if number == 1:
        twin.limits.compliance_enabled = on
    elif number in twin.limits.tests:
        twin.limits.tests[number].enabled = on
    else:  # test 4 is of the contact check, an option
        raise ScpiError(-241)


def _set_compliance_fails(twin: Keithley2400, number: int, word: str) -> None:
    if number != 1:
        raise ScpiError(-114)
    twin.limits.compliance_fails = word


def _state(twin: Keithley2400, number: int) -> str:
    limits = twin.limits
    return ON_OFF.write(
        limits.compliance_enabled if number == 1 else number in limits.tests and limits.tests[number].enabled
    )


def _failed(twin: Keithley2400, number: int) -> str:
    limits = twin.limits
    return ON_OFF.write(
        limits.compliance_failed if number == 1 else number in limits.tests and limits.tests[number].failed
    )


_FAIL = Choice(("IN", "OUT"))
_FEED = Choice(("VOLTage", "CURRent", "RESistance"))
_OFFSET = Real(-LARGEST, LARGEST, 0)

COMMANDS = tuple(
    both
    for command in (
        Command(header=":CALCulate2:FEED", takes=(_FEED,), query=lambda twin: twin.limits.feed,
                write=lambda twin, feed: setattr(twin.limits, "feed", feed)),
        Command(header=":CALCulate2:NULL:OFFSet", takes=(_OFFSET,), query=lambda twin: exponent(twin.limits.offset),
                write=lambda twin, value: setattr(twin.limits, "offset", value)),
        Command(header=":CALCulate2:NULL:STATe", takes=(ON_OFF,), query=lambda twin: ON_OFF.write(twin.limits.null),
                write=lambda twin, on: setattr(twin.limits, "null", on)),
        Command(header=":CALCulate2:NULL:ACQuire", write=_acquire),
        Command(header=":CALCulate2:DATA", query=_data),
        Command(header=":CALCulate2:DATA:LATest", query=lambda twin: _data(twin, only_latest=True)),
        Command(header=":CALCulate2:LIMit<1..12>:COMPliance:FAIL", takes=(_FAIL,), write=_set_compliance_fails,
                query=lambda twin, number: twin.limits.compliance_fails),
        _bound_commands("UPPer", "upper", 1.0),
        _bound_commands("LOWer", "lower", -1.0),
        Command(header=":CALCulate2:LIMit<1..12>:STATe", takes=(ON_OFF,), write=_set_state, query=_state),
        Command(header=":CALCulate2:LIMit<1..12>:FAIL", query=_failed),
        Command(header=":CALCulate2:CLIMits:CLEar[:IMMediate]", write=lambda twin: twin.limits.clear()),
    )
    for both in numbered(command)
)  # fmt: skip
"""Commands of CALCulate2; the binning patterns of the digital output are not among them."""
