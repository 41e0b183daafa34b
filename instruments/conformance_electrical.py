"""What drivers of electrical sources must do: source meters, current sources, many gates, function generators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .conformance import Check, Fails, Skip
from .conformance_candidate import Candidate
from .conformance_meters import checked_words, readings
from .conformance_sources import SMALL, Source, narrow, source_checks
from .conformance_sweeps import sweep_checks
from .errors import InstrumentFault, LimitError, UnsafeError
from .roles import Role, SourceReading

NPLC = 1.0


def source_meter(c: Candidate) -> Source:
    """Return a source meter, or a channel of a pair, as a source."""
    pair = narrow(c.limits.voltage, SMALL)
    limits = replace(c.limits, voltage=pair, leakage=None)
    return Source(
        unit="V",
        limits=limits,
        other_limits=replace(limits, current=limits.current / 2),
        pair=pair,
        configure=lambda wanted: configured(c, wanted),
        set_level=c.driver.set_level,
        level=c.driver.level,
        ramp_off=c.driver.ramp_off,
        switch_on=c.driver.switch_on,
        sets_while_off=True,
        measures=1e-3 * SMALL,
    )


def configured(c: Candidate, limits: Any, *, share: float = 1.0, four_wire: bool = True) -> Any:
    """Configure a source meter for a share of its limits."""
    return c.driver.configure(limits, largest_voltage=share * limits.largest_voltage, nplc=NPLC, four_wire=four_wire)


def wires(c: Candidate) -> str:
    """Look at an instrument that stays on two wires when it is told four."""
    limits = source_meter(c).limits
    if not configured(c, limits, four_wire=True).four_wire or configured(c, limits, four_wire=False).four_wire:
        raise Fails("the settings that came back were not those that were asked for")
    return c.notices_setting(
        "four wires", lambda: configured(c, limits), lambda: configured(c, limits, four_wire=False)
    )


def source_range(c: Candidate) -> str:
    """Look at an instrument that takes another source range than it is sent."""
    first, second, *_ = c.driver.specification.source_voltage
    # Programmed and read back at 0 V with the output off, never switched on.
    limits = replace(c.limits, voltage=(-second.range, second.range), leakage=None)
    return c.notices_setting(
        "the range",
        lambda: configured(c, limits, share=0.5 * first.range / second.range),
        lambda: configured(c, limits, share=0.9),
    )


def source_reading(c: Candidate) -> str:
    """Look at a reading of a source that is on."""
    source = source_meter(c)
    source.stand_ready()
    wanted = source.set_level(source.edge / 2)
    found = c.driver.read_source()
    if not isinstance(found, SourceReading) or found.voltage is None or found.current is None:
        raise Fails(f"{found!r} came back")
    if not found.tripped and not abs(found.voltage - wanted) <= 0.02 * SMALL:
        raise Fails(f"at {wanted:g} V it read {found.voltage:g} V")
    told = ", in compliance" if found.tripped else ""
    return f"at {wanted:g} V it read {found.voltage:.4g} V and {found.current:.3g} A{told}"


def source_overflow(c: Candidate) -> str:
    """Look at what a driver makes of the words for overflow and for not a number."""
    source_meter(c).stand_ready()
    c.driver.set_level(source_meter(c).edge / 2)

    def read() -> Any:
        found = c.driver.read_source()
        return None if found.voltage is None and found.current is None and found.overflow else found

    return checked_words(c, read)


def source_garbled(c: Candidate) -> str:
    """Look at a reading that comes garbled."""
    source_meter(c).stand_ready()
    c.twin_fails("garbled")
    return c.refused("a garbled reading", c.driver.read_source, InstrumentFault)


def current_source(c: Candidate) -> Source:
    """Return a current source as a source."""
    pair = narrow(c.limits.current, SMALL * max(map(abs, c.limits.current)))
    limits = replace(c.limits, current=pair)
    most = max(map(abs, pair))
    return Source(
        unit="A",
        limits=limits,
        other_limits=replace(limits, voltage=limits.voltage / 2),
        pair=pair,
        configure=lambda wanted: c.driver.configure(wanted, largest_current=most),
        set_level=c.driver.set_current,
        level=lambda: level_of(c),
        ramp_off=c.driver.ramp_off,
        switch_on=c.driver.switch_on,
        sets_while_off=True,
        measures=1e-3 * most,
    )


def level_of(c: Candidate) -> float:
    """Return the level that is programmed, by the question that the safe state asks."""
    return c.session.query_numbers(c.driver.safe_step(c.name, c.limits).level_query, 1)[0]


def untripped(c: Candidate) -> str:
    """Look at the compliance of a source at zero."""
    current_source(c).stand_ready()
    if c.driver.tripped():
        raise Fails("at 0 A it said that its voltage limit was active")
    return "at 0 A its voltage limit was not active"


def gates(c: Candidate) -> Source:
    """Return the first channel of many as a source."""
    pair = narrow(c.limits.voltage, SMALL)
    channel = c.driver.channels[0]
    return Source(
        unit="V",
        limits=replace(c.limits, voltage=pair, leakage=None),
        other_limits=None,
        pair=pair,
        configure=lambda wanted: c.driver.configure(wanted, channels=[channel]),
        set_level=lambda volts: float(c.driver.set_level(channel, volts)),
        level=lambda: float(c.driver.level(channel)),
        ramp_off=c.driver.ramp_off,
        switch_on=None,
        sets_while_off=False,
        measures=1e-3 * SMALL,
    )


def gate_current(c: Candidate) -> str:
    """Look at the current of a channel."""
    source = gates(c)
    source.stand_ready()
    return readings(c, lambda: c.driver.read_current(c.driver.channels[0]), "A")


def gate_overflow(c: Candidate) -> str:
    """Look at what a driver makes of the words for overflow."""
    gates(c).stand_ready()
    return checked_words(c, lambda: c.driver.read_current(c.driver.channels[0]))


def unknown_channel(c: Candidate) -> str:
    """Look at a channel that does not exist."""
    source = gates(c)
    beyond = max(c.driver.channels) + 1
    return c.refused(
        f"channel {beyond}", lambda: c.driver.configure(source.limits, channels=[beyond]), LimitError, silent=True
    )


def _generated(c: Candidate, amplitude: float, offset: float = 0.0, frequency: float = 1e3) -> Callable[[], object]:
    limits = replace(c.limits, voltage=narrow(c.limits.voltage, SMALL))
    return lambda: c.driver.configure(limits, shape="SIN", frequency=frequency, amplitude=amplitude, offset=offset)


def wave_limits(c: Candidate) -> str:
    """Look at waves whose peaks reach beyond the limits."""
    low, high = narrow(c.limits.voltage, SMALL)
    most = min(-low, high)
    if most <= 0:
        raise Skip("the site limits leave no room for a wave around 0 V")
    _generated(c, 0.5 * most)()
    for amplitude, offset in ((1.01 * most, 0.0), (0.6 * most, 0.6 * most), (0.6 * most, -0.6 * most)):
        c.refused(f"{amplitude:g} V at {offset:g} V", _generated(c, amplitude, offset), LimitError, silent=True)
    return f"waves within {low:g} and {high:g} V were taken, others refused and nothing was sent"


def wave_read_back(c: Candidate) -> str:
    """Look at an instrument that takes another amplitude or frequency than it is sent."""
    most = narrow(c.limits.voltage, SMALL)[1]
    c.notices_setting("the frequency", _generated(c, most / 2), _generated(c, most / 2, frequency=2e3))
    return c.notices_setting("the amplitude", _generated(c, most / 2), _generated(c, most / 4))


def wave_safe(c: Candidate) -> str:
    """Look at the output of a generator: on, off, and off by the way into its safe state."""
    c.refused("switching on unconfigured", c.driver.switch_on, UnsafeError)
    _generated(c, narrow(c.limits.voltage, SMALL)[1] / 2)()
    c.driver.switch_on()
    if not c.is_on():
        raise Fails("its output was off although it had been switched on")
    c.driver.switch_off()
    c.must_be_off("`switch_off`")
    c.driver.switch_on()
    c.driver.carry_out_safe_step(c.driver.safe_step(c.name, c.limits))
    c.must_be_off("its safe step")
    return "unconfigured it did not go on; it went off by `switch_off` and by its safe step"


_SOURCE_METER = (
    *source_checks(source_meter, sets_while_off=True),
    Check("range", "The source range must be read back.", source_range),
    Check("four wires", "Four wires must be read back.", wires),
    Check("reading", "A reading must hold voltage and current of the level.", source_reading, acts=True),
    Check("overflow", "An overflow must never be a number.", source_overflow, acts=True),
    Check("garbled reading", "A garbled reading must be refused.", source_garbled, acts=True, virtual_only=True),
    *sweep_checks(source_meter),
)
CHECKS: dict[Role, tuple[Check, ...]] = {
    Role.SOURCE_METER: _SOURCE_METER,
    Role.CURRENT_SOURCE: (
        *source_checks(current_source, sets_while_off=True),
        Check("tripped", "The voltage limit must be told as it is.", untripped, acts=True),
    ),
    Role.VOLTAGE_SOURCES: (
        *source_checks(gates, sets_while_off=False),
        Check("channels", "A channel that does not exist must be refused unsent.", unknown_channel),
        Check("reading", "The current of a channel must be a number.", gate_current, acts=True),
        Check("overflow", "An overflow must never be a number.", gate_overflow, acts=True),
    ),
    Role.FUNCTION_GENERATOR: (
        Check("limits", "A wave whose peaks leave the limits must be refused unsent.", wave_limits),
        Check("settings", "Amplitude and frequency must be read back.", wave_read_back),
        Check("safe state", "The output must go off by its switch and by its safe step.", wave_safe, acts=True),
    ),
}
