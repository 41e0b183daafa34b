"""What drivers of a station's surroundings must do: fields, coils, relays, needles, temperature."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from .conformance import Check, Fails, Skip
from .conformance_candidate import Candidate
from .conformance_electrical import level_of
from .conformance_meters import field, field_garbled, field_overflow
from .conformance_sources import SMALL, Source, narrow, source_checks
from .errors import InstrumentFault, InstrumentReported, LimitError, UnsafeError
from .limits import ContactLimits
from .roles import Role

CROSSPOINTS = ((1, 1), (2, 2))
LONGEST_ROUTE = 10_000
"""Dies of a route; a prober that never ends must not hold us for ever."""


def field_source(c: Candidate) -> Source:
    """Return a magnet under control as a source."""
    pair = narrow(c.limits.field, SMALL * max(map(abs, c.limits.field)))
    limits = replace(c.limits, field=pair)
    weaker = {"slew": limits.slew / 2} if limits.voltage is None else {"voltage": limits.voltage / 2}
    return Source(
        unit="T",
        limits=limits,
        other_limits=replace(limits, **weaker),
        pair=pair,
        configure=c.driver.configure,
        set_level=c.driver.set_field,
        level=lambda: level_of(c),
        ramp_off=c.driver.ramp_off,
        switch_on=c.driver.switch_on,
        sets_while_off=False,
        measures=0.02 * max(map(abs, pair)),
    )


def magnet_supply(c: Candidate) -> Source:
    """Return a coil's supply as a source."""
    pair = narrow(c.limits.current, SMALL * max(map(abs, c.limits.current)))
    limits = replace(c.limits, current=pair)
    return Source(
        unit="A",
        limits=limits,
        other_limits=replace(limits, voltage=limits.voltage / 2),
        pair=pair,
        configure=c.driver.configure,
        set_level=c.driver.set_current,
        level=lambda: level_of(c),
        ramp_off=c.driver.ramp_off,
        switch_on=c.driver.switch_on,
        sets_while_off=False,
        measures=0.1 * max(map(abs, pair)),
    )


def off_under_current(c: Candidate) -> str:
    """Look at a coil that is switched off while a current flows in it."""
    source = magnet_supply(c)
    source.stand_ready()
    source.set_level(source.edge)
    seen = c.refused("switching off", c.driver.switch_off, UnsafeError)
    if not c.is_on():
        raise Fails("the output went off under current")
    return seen


def relays(c: Candidate) -> str:
    """Look at relays that close and open, as they read back."""
    c.driver.open_all()
    for count in range(1, len(CROSSPOINTS) + 1):
        c.driver.close(CROSSPOINTS[count - 1])
        _closed_must_be(c, *CROSSPOINTS[:count])
    c.driver.open(CROSSPOINTS[0])
    _closed_must_be(c, *CROSSPOINTS[1:])
    c.driver.open_all()
    _closed_must_be(c)
    return "two crosspoints closed one after the other, one opened, then all, and each time that was read back"


def _closed_must_be(c: Candidate, *crosspoints: tuple[int, int]) -> None:
    found = c.driver.closed()
    if found != frozenset(crosspoints):
        raise Fails(f"{sorted(crosspoints)} must be closed, but {sorted(found)} read back as closed")


def relays_read_back(c: Candidate) -> str:
    """Look at a matrix that closes another relay than it is told."""
    c.driver.open_all()

    def close(crosspoint: tuple[int, int]) -> None:
        c.driver.open_all()
        c.driver.close(crosspoint)

    seen = c.notices_setting("a crosspoint", lambda: close(CROSSPOINTS[0]), lambda: close(CROSSPOINTS[1]))
    c.driver.open_all()
    return seen


def unknown_relay(c: Candidate) -> str:
    """Look at a crosspoint that no card has."""
    return c.refused("row 99, column 99", lambda: c.driver.close((99, 99)), LimitError, ValueError, silent=True)


def relays_safe(c: Candidate) -> str:
    """Look at the way into the safe state from relays that are closed."""
    c.driver.open_all()
    c.driver.close(*CROSSPOINTS)
    c.driver.carry_out_safe_step(c.driver.safe_step(c.name, c.limits))
    _closed_must_be(c)
    c.must_be_off("its safe step")
    return "from two closed crosspoints every relay opened, and that was read back"


def needles(c: Candidate) -> str:
    """Look at needles that go down and up, as they read back, and at one contact more than the limit."""
    c.driver.separate()
    c.refused("a contact before the limits are known", c.driver.contact, UnsafeError, silent=True)
    c.driver.configure(ContactLimits(contacts=2))
    for _ in range(2):
        c.driver.contact()
        _in_contact_must_be(c, True)
        c.driver.separate()
        _in_contact_must_be(c, False)
    seen = c.refused("a third contact of two", c.driver.contact, LimitError)
    _in_contact_must_be(c, False)
    return seen


def _in_contact_must_be(c: Candidate, down: bool) -> None:
    if c.driver.is_in_contact() is not down:
        raise Fails(f"the needles must read {'down' if down else 'up'}, but do not")


def route(c: Candidate) -> str:
    """Look at a walk over the whole route, and at one die that is gone to by its number."""
    c.driver.configure(ContactLimits(contacts=2))
    dies = [c.driver.step_first_die()]
    while (die := c.driver.step_next_die()) is not None and len(dies) < LONGEST_ROUTE:
        dies.append(die)
    if len(set(dies)) != len(dies):
        raise Fails(f"of {len(dies)} dies only {len(set(dies))} were different")
    wanted = dies[len(dies) // 2]
    if c.driver.go_to_die(*wanted) != wanted or c.driver.die() != wanted:
        raise Fails(f"die {wanted} was asked for, but {c.driver.die()} read back")
    return f"{len(dies)} dies, each once, then the end as None; and die {wanted} by its number"


def travel(c: Candidate) -> str:
    """Look at a step to another die that is asked for while the needles are down."""
    c.driver.configure(ContactLimits(contacts=2))
    first = c.driver.step_first_die()
    c.driver.contact()
    c.driver.step_next_die()
    _in_contact_must_be(c, False)
    c.driver.contact()
    c.driver.go_to_die(*first)
    _in_contact_must_be(c, False)
    return "from contact both steps went separated, and stayed so"


def prober_errors(c: Candidate) -> str:
    """Look at a die that is not on the wafer."""
    c.driver.configure(ContactLimits(contacts=2))
    try:
        c.driver.go_to_die(9999, 9999)
    except InstrumentReported as reported:
        return str(reported)
    raise Fails("die 9999, 9999 was gone to")


def prober_garbled(c: Candidate) -> str:
    """Look at an answer that comes garbled."""
    c.twin_fails("garbled")
    return c.refused("a garbled height", c.driver.is_in_contact, InstrumentFault)


def temperature(c: Candidate) -> str:
    """Look at one reading."""
    found = c.driver.read_temperature()
    if not isinstance(found, float) or not found > 0:
        raise Fails(f"{found!r} came back")
    return f"it read {found:.4g} K"


def temperature_garbled(c: Candidate) -> str:
    """Look at a reading that comes garbled."""
    c.twin_fails("garbled")
    return c.refused("a garbled reading", c.driver.read_temperature, InstrumentFault)


def temperature_limits(c: Candidate) -> str:
    """Look at temperatures outside the limits, and at one before the limits are known."""
    low, high = c.limits.temperature
    c.refused("a temperature", lambda: c.driver.set_temperature((low + high) / 2), UnsafeError, silent=True)
    c.driver.configure(c.limits)
    for kelvin in (low - 0.01, high + 0.01, float("nan")):
        c.refused(f"{kelvin:g} K", partial(c.driver.set_temperature, kelvin), LimitError, silent=True)
    c.must_be_off("it was refused")
    return f"{low - 0.01:g} K and {high + 0.01:g} K were refused, nothing was sent, and no heater went on"


def temperature_settings(c: Candidate) -> str:
    """Look at a controller that takes another ramp or over-temperature limit than it is sent."""
    low, high = c.limits.temperature
    other = replace(c.limits, temperature=(low, (low + high) / 2))
    return c.notices_setting(
        "the over-temperature limit", lambda: c.driver.configure(c.limits), lambda: c.driver.configure(other)
    )


def heat(c: Candidate) -> str:
    """Look at a small step of temperature, and at the way into the safe state from there."""
    c.driver.configure(c.limits)
    start = c.driver.read_temperature()
    low, high = c.limits.temperature
    if start is None or not low < start + 2 < high:
        raise Skip(f"2 K above {start} K is not within the limits")
    began = c.clock.now()
    found = c.driver.set_temperature(start + 2)
    if not abs(found - start - 2) < 0.5 or not c.is_on():
        raise Fails(f"{start + 2:.4g} K was asked for, but {found:.4g} K came back")
    c.refused("a configuration under heat", lambda: c.driver.configure(c.limits), UnsafeError)
    took = c.clock.now() - began
    c.driver.carry_out_safe_step(c.driver.safe_step(c.name, c.limits))
    c.must_be_off("its safe step")
    return f"from {start:.4g} K it went to {found:.4g} K in {took:.0f} s, and its heaters off by the safe step"


def heaters_off(c: Candidate) -> str:
    """Look at the switch of the heaters."""
    c.driver.configure(c.limits)
    c.driver.switch_off()
    c.must_be_off("`switch_off`")
    return "all heaters read back off"


CHECKS: dict[Role, tuple[Check, ...]] = {
    Role.FIELD_SOURCE: (
        *source_checks(field_source, sets_while_off=False),
        Check("reading", "A reading must be a number.", field),
        Check("overflow", "An overflow must never be a number.", field_overflow),
        Check("garbled reading", "A garbled reading must be refused.", field_garbled, virtual_only=True),
    ),
    Role.MAGNET_SUPPLY: (
        *source_checks(magnet_supply, sets_while_off=False),
        Check("coil", "A coil must not be switched off under current.", off_under_current, acts=True),
    ),
    Role.SWITCH: (
        Check("relays", "Relays must read back as they were told.", relays, acts=True),
        Check("read-back", "A relay that is another than was told must be noticed.", relays_read_back, acts=True),
        Check("limits", "A crosspoint that no card has must be refused unsent.", unknown_relay),
        Check("safe state", "Every relay must open by the safe step.", relays_safe, acts=True),
    ),
    Role.PROBER: (
        Check("needles", "Contacts must be counted, limited and read back.", needles, acts=True),
        Check("route", "Every die of the route must be reached once, and read back.", route, acts=True),
        Check("travel", "A chuck must never travel in contact.", travel, acts=True),
        Check("errors raised", "What the prober reports must be raised.", prober_errors, acts=True),
        Check("garbled answer", "A garbled answer must be refused.", prober_garbled, virtual_only=True),
    ),
    Role.THERMOMETER: (
        Check("reading", "A reading must be a number.", temperature),
        Check("garbled reading", "A garbled reading must be refused.", temperature_garbled, virtual_only=True),
        Check("limits", "A temperature outside the limits must be refused unsent.", temperature_limits, acts=True),
        Check("settings", "The over-temperature limit must be read back.", temperature_settings),
        Check("heat", "A temperature must be reached, and the heaters go off after it.", heat, virtual_only=True),
        Check("switch", "The heaters must go off by their switch.", heaters_off),
    ),
}
