"""What every driver of a source must do, be it of voltage, current or field: limits, read-back, and a way to safety."""

from __future__ import annotations

import contextlib
import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from string import Formatter
from typing import Any

from .conformance import Check, Fails, Skip
from .conformance_candidate import Candidate, swapped
from .errors import InstrumentFault, LimitError, UnsafeError
from .safe_state import SafePlan, carry_out
from .safe_walk import RAMP_INTERVAL

SMALL = 0.1
"""Largest voltage in V, and largest fraction of the site limits of a current or a field, that a check asks for."""
SLACK = 1e-6
"""How far inside and outside a limit a wish lies, as a fraction of the limits' span."""
HURRY = 1.02
"""A ramp may be so much faster than the slew limit: instruments round to steps of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A driver as a source of one level, whatever its role."""

    unit: str
    limits: Any
    """Narrow site limits, for small levels."""
    other_limits: Any
    """The same with another compliance; None where the instrument has none to program."""
    pair: tuple[float, float]
    """Lowest and highest level of the narrow limits."""
    configure: Callable[[Any], object]
    set_level: Callable[[float], float]
    level: Callable[[], float]
    ramp_off: Callable[[Any], None]
    switch_on: Callable[[], None] | None
    """None where there is no switch."""
    sets_while_off: bool
    """Whether a level can be programmed while the output is off."""
    measures: float
    """How far in its unit the level that is returned may be from the one asked for."""

    @property
    def edge(self) -> float:
        """Return the limit that is farther from zero."""
        low, high = self.pair
        return high if high >= -low else low

    def stand_ready(self) -> None:
        """Configure, and switch on."""
        self.configure(self.limits)
        if self.switch_on is not None:
            self.switch_on()

    def stand_settable(self) -> None:
        """Configure, and switch on only where levels cannot be set otherwise."""
        if self.sets_while_off:
            self.configure(self.limits)
        else:
            self.stand_ready()


def source_checks(view: Callable[[Candidate], Source], *, sets_while_off: bool) -> tuple[Check, ...]:
    """Return the checks of a source that `view` shows; `sets_while_off` as the source has it."""

    def check(
        name: str, must: str, look: Callable[[Candidate, Source], str], *, acts: bool = True, virtual: bool = False
    ) -> Check:
        return Check(name, must, lambda c: look(c, view(c)), acts=acts, virtual_only=virtual)

    acts = not sets_while_off
    return (
        check("unconfigured", "A source must not go on, nor take a level, before its limits are programmed.", raw),
        check(
            "limits", "A level just inside the limits must be taken, one outside be refused unsent.", limits, acts=acts
        ),
        check("compliance", "Compliance must be programmed and read back.", compliance, acts=False),
        check("level", "A level must be read back before it counts as set.", level, acts=acts),
        check("level while on", "An output must not go on at a level.", on_at_level),
        check("configured while on", "An output that is on must not be configured.", configured_on),
        check("safe state", "A ramp to zero must obey the slew limit, and end with the output off.", safe),
        check("broken ramp", "The output must go off although the ramp fails half-way.", broken_ramp, virtual=True),
        check("deaf ramp", "The output must go off although no answer comes.", deaf_ramp, virtual=True),
        check("abandoned", "An output that its program abandons must go off.", abandoned),
    )


def narrow(pair: tuple[float, float], most: float) -> tuple[float, float]:
    """Return limits cut down to a magnitude."""
    return max(pair[0], -most), min(pair[1], most)


def raw(c: Candidate, source: Source) -> str:
    """Look at a source that was not configured."""
    seen = c.refused("a level", lambda: source.set_level(source.edge / 2), UnsafeError, silent=True)
    if source.switch_on is not None:
        seen = c.refused("switching on", source.switch_on, UnsafeError)
    c.must_be_off("it was refused")
    return seen


def limits(c: Candidate, source: Source) -> str:
    """Look at both sides of both limits."""
    source.stand_settable()
    low, high = source.pair
    step = SLACK * (high - low)
    for bound, inward in ((low, step), (high, -step)):
        source.set_level(bound + inward)
        wish = bound - inward
        c.refused(f"{wish:.9g} {source.unit}", partial(source.set_level, wish), LimitError, silent=True)
    for wish in (math.nan, math.inf):
        c.refused(f"{wish} {source.unit}", partial(source.set_level, wish), LimitError, silent=True)
    source.set_level(0.0)
    return f"within {low:g} and {high:g} {source.unit} levels were taken, beyond they were refused and nothing was sent"


def compliance(c: Candidate, source: Source) -> str:
    """Look at an instrument that takes another compliance than it is sent."""
    if source.other_limits is None:
        raise Skip("the instrument has no compliance to program")
    return c.notices_setting(
        "the compliance", lambda: source.configure(source.limits), lambda: source.configure(source.other_limits)
    )


def level(c: Candidate, source: Source) -> str:
    """Look at what is returned and programmed, and at an instrument that takes another level than it is sent."""
    source.stand_settable()
    wanted = source.edge / 2
    other = -wanted if source.pair[0] <= -wanted <= source.pair[1] else wanted / 2
    theirs = c.sent_by(lambda: source.set_level(other))
    source.set_level(0.0)
    ours = c.sent_by(lambda: _must_be(source, wanted, source.set_level(wanted)))
    _must_be(source, wanted, source.level())
    source.set_level(0.0)
    return c.notices("the level", swapped(ours, theirs), lambda: source.set_level(wanted))


def _must_be(source: Source, wanted: float, found: float) -> None:
    if not abs(found - wanted) <= source.measures:
        raise Fails(f"{wanted:g} {source.unit} was asked for, but {found:g} {source.unit} came back")


def on_at_level(c: Candidate, source: Source) -> str:
    """Look at a source that is switched on at a level."""
    if not source.sets_while_off or source.switch_on is None:
        raise Skip("its level cannot be programmed while its output is off")
    source.configure(source.limits)
    source.set_level(source.edge / 2)
    seen = c.refused("switching on", source.switch_on, UnsafeError)
    c.must_be_off("it was refused")
    return seen


def configured_on(c: Candidate, source: Source) -> str:
    """Look at a source that is configured while it drives something."""
    source.stand_ready()
    source.set_level(source.edge / 2)
    before = source.level()
    seen = c.refused("a configuration", lambda: source.configure(source.limits), UnsafeError)
    _must_be(source, before, source.level())
    return seen


def safe(c: Candidate, source: Source) -> str:
    """Look at a ramp, step by step, and at its end."""
    _drive(c, source)
    start, before = c.clock.now(), len(c.watch.sent)
    level = source.level()
    source.ramp_off(source.limits)
    c.must_be_off("its ramp")
    _must_be(source, 0.0, source.level())
    slew = source.limits.slew
    if slew is None:
        return f"it went from {level:g} {source.unit} to 0 and off; the site sets no slew limit"
    took = c.clock.now() - start
    if took * HURRY < abs(level) / slew:
        raise Fails(f"it went from {level:g} {source.unit} to 0 in {took:.3g} s, faster than {slew:g} {source.unit}/s")
    rate = _largest_rate(c, [(start, level), *_levels(c, before)], slew)
    told = f", at most {rate:.3g} {source.unit}/s" if rate else ""
    return f"it went from {level:g} {source.unit} to 0 in {took:.3g} s{told}, and off"


def _levels(c: Candidate, before: int) -> list[tuple[float, float]]:
    """Return times and levels of a ramp, as they were sent."""
    command = c.driver.safe_step(c.name, c.limits).level_command
    parts = [literal for literal, *_ in Formatter().parse(command)]
    if not parts or not command:
        return []
    pattern = re.compile(re.escape(parts[0]) + r"([-+.\deE]+)")
    found = [(time, pattern.match(message)) for time, message in c.watch.sent[before:]]
    return [(time, float(match[1])) for time, match in found if match]


def _largest_rate(c: Candidate, steps: list[tuple[float, float]], slew: float) -> float:
    """Return the largest rate between two steps; Fails where one is too fast. No step is larger than an interval's."""
    largest = 0.0
    for (before, level), (time, next_level) in itertools.pairwise(steps):
        passed = max(time - before, RAMP_INTERVAL)
        largest = max(largest, abs(next_level - level) / passed)
        if abs(next_level - level) > HURRY * slew * passed:
            raise Fails(f"from {level:g} to {next_level:g} it went in {passed:.3g} s, faster than {slew:g} in 1 s")
    return largest


def broken_ramp(c: Candidate, source: Source) -> str:
    """Look at a ramp in whose middle an answer is lost."""
    _drive(c, source)
    count = len(c.sent_by(lambda: source.ramp_off(source.limits)))
    _drive(c, source)
    c.twin_fails("timeout", skip=count // 2)
    return _must_end_off(c, source, f"answer {count // 2} of {count} was lost")


def deaf_ramp(c: Candidate, source: Source) -> str:
    """Look at a ramp during which the instrument hears and no more answers."""
    _drive(c, source)
    count = len(c.sent_by(lambda: source.ramp_off(source.limits)))
    _drive(c, source)
    c.twin_fails("timeout", skip=count // 2, count=10_000)
    return _must_end_off(c, source, f"from message {count // 2} of {count} on it answered nothing")


def _must_end_off(c: Candidate, source: Source, fate: str) -> str:
    try:
        source.ramp_off(source.limits)
        told = "was read back as safe"
    except UnsafeError:
        told = "was told as unsafe"
    c.must_be_off(f"a ramp in which {fate} ({told})")
    return f"{fate}: the output went off, and {told}"


def abandoned(c: Candidate, source: Source) -> str:
    """Look at an output whose program ends with an error: by the driver's own `with`, or by who walks its safe step."""
    _drive(c, source)
    if callable(getattr(c.case, "shutdown", None)) and hasattr(c.case, "__exit__"):
        with contextlib.suppress(Abandoned), c.case:
            raise Abandoned
        c.must_be_off("its `with`")
        return "it went off at the end of its `with`, by an error"
    step = c.driver.safe_step(c.name, source.limits)
    report = carry_out(SafePlan(visa_library="", steps=(step,)), sessions={c.name: c.session}, clock=c.clock)
    c.must_be_off("its safe step")
    if not report.safe:
        raise Fails(str(report))
    return "it went off by its safe step, and was read back; the driver has no `with`"


class Abandoned(InstrumentFault):
    """A program ended in the middle."""


def _drive(c: Candidate, source: Source) -> None:
    """Let the source drive a small level."""
    source.stand_ready()
    source.set_level(source.edge / 2)
    if not c.is_on():
        raise Fails("its output was off although it had been switched on")
