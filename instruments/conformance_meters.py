"""What drivers of meters must do: voltmeters, gaussmeters, lock-ins, oscilloscopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from .conformance import Check, Fails, Skip
from .conformance_candidate import Candidate
from .errors import InstrumentFault, InstrumentMistake, LimitError
from .roles import Role

SMALL = 0.1
"""Largest amplitude in V that a check asks for."""
WORDS = ("9.9E+37", "-9.9E+37", "9.91E+37", "-9.91E+37")
"""What SCPI says in place of a number: overflow, and not a number, of either sign."""
SENSITIVITY = (1.0, 1e-3)
"""Full scales in V of a lock-in: one that holds its own sine, and one that cannot hold a tenth of it."""
TIME_CONSTANT = 0.1


def checked_words(c: Candidate, read: Callable[[], Any]) -> str:
    """Return that none of the words for overflow became a number; Fails where one did."""
    words = getattr(c.driver, "overflow_words", WORDS)
    for word in words:
        found = c.reading_as(word, read)
        if found is not None:
            raise Fails(f"{word} came back as {found!r}")
    return f"{', '.join(words)} came back as None"


def readings(c: Candidate, read: Callable[[], Any], unit: str) -> str:
    """Return what was read; Fails where it is no number."""
    found = read()
    if not isinstance(found, float):
        raise Fails(f"{found!r} came back")
    return f"it read {found:.4g} {unit}"


def _configured(c: Candidate, volts: float = 1.0, nplc: float = 1.0) -> Callable[[], object]:
    return lambda: c.driver.configure(largest_voltage=volts, nplc=nplc)


def voltage_unconfigured(c: Candidate) -> str:
    """Look at a meter that is read before its range is fixed."""
    return c.refused("a reading", c.driver.read_voltage, InstrumentMistake, InstrumentFault, silent=True)


def voltage_range(c: Candidate) -> str:
    """Look at wishes that no range holds."""
    for volts, nplc in ((1e6, 1.0), (1.0, 1e6), (1.0, 0.0)):
        c.refused(f"{volts:g} V over {nplc:g} cycles", _configured(c, volts, nplc), LimitError, silent=True)
    return "1 MV, a million cycles and none were refused, and nothing was sent"


def voltage_settings(c: Candidate) -> str:
    """Look at a meter that takes another range or integration than it is sent."""
    c.notices_setting("the integration", _configured(c), _configured(c, nplc=0.1 if _takes(c, 0.1) else 0.2))
    return c.notices_setting("the range", _configured(c), _configured(c, volts=0.01))


def _takes(c: Candidate, nplc: float) -> bool:
    try:
        _configured(c, nplc=nplc)()
    except LimitError:
        return False
    return True


def voltage(c: Candidate) -> str:
    """Look at one reading."""
    _configured(c)()
    return readings(c, c.driver.read_voltage, "V")


def voltage_overflow(c: Candidate) -> str:
    """Look at what a driver makes of the words for overflow."""
    _configured(c)()
    return checked_words(c, c.driver.read_voltage)


def voltage_garbled(c: Candidate) -> str:
    """Look at a reading that comes garbled."""
    _configured(c)()
    c.twin_fails("garbled")
    return c.refused("a garbled reading", c.driver.read_voltage, InstrumentFault)


def field(c: Candidate) -> str:
    """Look at one reading."""
    return readings(c, c.driver.read_field, "T")


def field_overflow(c: Candidate) -> str:
    """Look at what a driver makes of the words for overflow and for a probe that is not there."""
    return checked_words(c, c.driver.read_field)


def field_garbled(c: Candidate) -> str:
    """Look at a reading that comes garbled."""
    c.twin_fails("garbled")
    return c.refused("a garbled reading", c.driver.read_field, InstrumentFault)


def _locked(c: Candidate, sensitivity: float = SENSITIVITY[0], frequency: float = 1e3) -> Callable[[], object]:
    limits = replace(c.limits, voltage=(max(c.limits.voltage[0], -SMALL), min(c.limits.voltage[1], SMALL)))
    return lambda: c.driver.configure(limits, frequency=frequency, time_constant=TIME_CONSTANT, sensitivity=sensitivity)


def sine_settings(c: Candidate) -> str:
    """Look at a lock-in that takes another frequency or sensitivity than it is sent."""
    c.notices_setting("the frequency", _locked(c), _locked(c, frequency=2e3))
    return c.notices_setting("the sensitivity", _locked(c), _locked(c, sensitivity=SENSITIVITY[1]))


def sine_limits(c: Candidate) -> str:
    """Look at amplitudes on both sides of the limit: it is the peak that must stay within."""
    _locked(c)()
    c.driver.set_amplitude(SMALL / 2)
    for volts in (1.001 * SMALL, -0.05, float("nan")):
        c.refused(f"{volts:g} V", partial(c.driver.set_amplitude, volts), LimitError, silent=True)
    return f"{SMALL / 2:g} V was taken, more than {SMALL:g} V refused and nothing was sent"


def sine_read_back(c: Candidate) -> str:
    """Look at a lock-in that takes another amplitude than it is sent."""
    _locked(c)()
    found = c.driver.set_amplitude(0.05)
    if not abs(found - 0.05) <= 0.002:
        raise Fails(f"0.05 V was asked for, but {found:g} V came back")
    return c.notices_setting(
        "the amplitude", lambda: c.driver.set_amplitude(0.05), lambda: c.driver.set_amplitude(0.02)
    )


def phasor(c: Candidate) -> str:
    """Look at one reading, and at one of an input that is overloaded."""
    _locked(c)()
    c.driver.set_amplitude(SMALL / 2)
    found = c.driver.read_phasor()
    if not isinstance(found, complex):
        raise Fails(f"{found!r} came back")
    if abs(found) < 10 * SENSITIVITY[1] / 5:
        return f"it read {abs(found):.3g} V; its sine does not reach its input, so that nothing overloads it"
    _locked(c, sensitivity=SENSITIVITY[1])()
    c.driver.set_amplitude(SMALL / 2)
    loaded = c.driver.read_phasor()
    if loaded is not None:
        raise Fails(f"{abs(found):.3g} V on a full scale of {SENSITIVITY[1]:g} V came back as {loaded!r}")
    return f"it read {abs(found):.3g} V, and None on a full scale of {SENSITIVITY[1]:g} V"


def sine_safe(c: Candidate) -> str:
    """Look at the way into the safe state from an amplitude."""
    _locked(c)()
    before = c.driver.set_amplitude(SMALL / 2)
    c.driver.carry_out_safe_step(c.driver.safe_step(c.name, c.limits))
    return f"from {before:g} V it went to its smallest amplitude, and that was read back"


def _shown(c: Candidate, scale: float = 1.0, duration: float = 1e-2) -> Callable[[], object]:
    return lambda: c.driver.configure(channels={1: scale}, duration=duration, points=1000)


def record_settings(c: Candidate) -> str:
    """Look at an oscilloscope that takes another scale or duration than it is sent."""
    c.notices_setting("the duration", _shown(c), _shown(c, duration=1e-1))
    return c.notices_setting("the scale", _shown(c), _shown(c, scale=8.0))


def record(c: Candidate) -> str:
    """Look at one record."""
    _shown(c)()
    found = c.driver.record()
    if list(found) != [1] or len(found[1]) < 100:
        raise Fails(f"channels {list(found)} came back")
    numbers = [volts for volts in found[1] if volts is not None]
    if not all(isinstance(volts, float) for volts in numbers):
        raise Fails("a record held what is neither a number nor None")
    return f"one record held {len(found[1])} samples, {len(found[1]) - len(numbers)} of them clipped"


def record_unconfigured(c: Candidate) -> str:
    """Look at an oscilloscope that is asked for a record before it is set up."""
    return c.refused("a record", c.driver.record, InstrumentMistake, InstrumentFault, silent=True)


def nothing_out(c: Candidate) -> str:
    """Look at whether a mere meter drives anything."""
    if c.case.output_is_on():
        raise Skip("it drives something, as somebody left it")
    return "it drives nothing, and says so"


CHECKS: dict[Role, tuple[Check, ...]] = {
    Role.VOLTMETER: (
        Check("output", "A meter must say whether it drives anything.", nothing_out),
        Check("unconfigured", "A meter must not be read before its range is fixed.", voltage_unconfigured),
        Check("limits", "A range that the meter has not must be refused unsent.", voltage_range),
        Check("settings", "Range and integration must be read back.", voltage_settings),
        Check("reading", "A reading must be a number.", voltage),
        Check("overflow", "An overflow must never be a number.", voltage_overflow),
        Check("garbled reading", "A garbled reading must be refused.", voltage_garbled, virtual_only=True),
    ),
    Role.GAUSSMETER: (
        Check("output", "A meter must say whether it drives anything.", nothing_out),
        Check("reading", "A reading must be a number.", field),
        Check("overflow", "An overflow, or a missing probe, must never be a number.", field_overflow),
        Check("garbled reading", "A garbled reading must be refused.", field_garbled, virtual_only=True),
    ),
    Role.LOCK_IN: (
        Check("settings", "Frequency and sensitivity must be read back.", sine_settings),
        Check("limits", "An amplitude outside the limits must be refused unsent.", sine_limits, acts=True),
        Check("amplitude", "The amplitude must be read back.", sine_read_back, acts=True),
        Check("reading", "An overloaded input must never be a number.", phasor, acts=True),
        Check("safe state", "The amplitude must go to its smallest by the safe step.", sine_safe, acts=True),
    ),
    Role.OSCILLOSCOPE: (
        Check("output", "A meter must say whether it drives anything.", nothing_out),
        Check("unconfigured", "An oscilloscope must not be read before it is set up.", record_unconfigured),
        Check("settings", "Scale and duration must be read back.", record_settings),
        Check("reading", "A record must hold numbers, and None where it is clipped.", record),
    ),
}
