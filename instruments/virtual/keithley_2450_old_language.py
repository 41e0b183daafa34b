"""A virtual 2450 that was set to SCPI2400 and switched off and on: it speaks the language of a 2400.

What a program for a 2400 sends is understood, and native commands are not (-113); ranges and accuracy are those of the
2450, which answers `*IDN?` as what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_2450_specification import SPECIFICATION_2450
from smtjlab.instruments.source_meter_specification import SourceMeterSpecification
from smtjlab.instruments.specification import range_for

from .command_tree import Command
from .keithley_2400 import Keithley2400, commands_of
from .keithley_2400_sense import SenseSettings
from .keithley_2400_system import ERROR_TEXTS
from .keithley_2400_trigger import IDLE
from .parameter import Choice
from .status import TEXTS

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450


class Speaker2400(Keithley2400):
    """The 2400 inside a 2450: it drives the same terminals, with the same hidden errors and the same status."""

    specification = SPECIFICATION_2450

    def __init__(self, owner: Keithley2450) -> None:
        self.owner = owner
        super().__init__(owner.name, owner.world, owner.seed, owner.number)
        self.identity, self.errors = owner.identity, owner.errors
        self.interlock_open = owner.interlock_open
        self.status = owner.status
        self.status.texts, self.status.depth = TEXTS | dict(ERROR_TEXTS), self.queue_depth
        self.status.operation.condition = IDLE

    @property
    def clears(self) -> int:  # type: ignore[override]  # counted by the instrument that its clients see
        """Return the device clears so far."""
        return self.owner.clears

    def _fresh_voltage(self) -> SenseSettings:
        table = self.specification.measure_voltage
        return SenseSettings(table, protection=21.0, present=range_for(table, 20.0), lower_limit=0.021)

    def _fresh_current(self) -> SenseSettings:
        table = self.specification.measure_current
        return SenseSettings(table, protection=105e-6, present=range_for(table, 100e-6), lower_limit=10.5e-9)


def _choose(twin: Speaker2400, language: str) -> None:
    twin.owner.language = language


def old_commands(specification: SourceMeterSpecification) -> tuple[Command, ...]:
    """Return what a model of the family understands when it speaks as a 2400."""
    return (
        *commands_of(specification),
        Command(header=":*LANG", write=_choose, query=lambda twin: twin.owner.language,
                takes=(Choice(("SCPI", "TSP", "SCPI2400")),)),
    )  # fmt: skip


Speaker2400.commands = old_commands(SPECIFICATION_2450)
