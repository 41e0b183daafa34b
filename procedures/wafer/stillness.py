"""Nothing moves under voltage: every source near the needles is read back as off before they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from smtjlab.instruments.errors import UnsafeError
from smtjlab.instruments.open_bench import OpenBench
from smtjlab.instruments.roles import Role

WITHOUT_NEEDLES = {Role.FIELD_SOURCE, Role.GAUSSMETER, Role.MAGNET_SUPPLY, Role.THERMOMETER}
"""Instruments whose outputs lead to no needle."""


def be_still(bench: OpenBench, tell: Callable[[str], None]) -> None:
    """Read every source back as off, for needles are about to move; make safe what is on, and UnsafeError if not.

    Bias first, then gate, ramped down, off and read back, with the needles where they are; `tell` hears of it. What
    holds a field or a temperature does nothing to needles and stays as it is.
    """
    if not (on := on_at_needles(bench)):
        return
    with needles_down(bench):
        report = bench.make_safe()
    if not report.safe or on_at_needles(bench):
        raise UnsafeError(f"Needles must not move while an output is on, but {' and '.join(on)} is. {report}")
    tell(f"The output of `{'`, `'.join(on)}` was on while needles were to move; it is off now.")


def on_at_needles(bench: OpenBench) -> list[str]:
    """Return the instruments whose outputs are on and may lead to the needles, as read now."""
    entries = bench.bench.instruments
    near = [name for name, entry in entries.items() if entry.role not in WITHOUT_NEEDLES]
    return [name for name in near if bench.drivers[name].output_is_on()]


@contextmanager
def needles_down(bench: OpenBench) -> Iterator[None]:
    """Let needles stay down when the bench is made safe meanwhile."""
    bench.keeps_contact = True
    try:
        yield
    finally:
        bench.keeps_contact = False
