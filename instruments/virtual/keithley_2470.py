"""A virtual Keithley 2470: the 2450's twin by other data, up to ±1100 V while its interlock is closed."""

from __future__ import annotations

from smtjlab.instruments.keithley_2470_specification import SPECIFICATION_2470

from .keithley_2450 import Keithley2450, commands
from .keithley_2450_old_language import Speaker2400, old_commands


class _Speaker2470(Speaker2400):
    """The 2400 inside a 2470."""

    specification = SPECIFICATION_2470
    commands = old_commands(SPECIFICATION_2470)


class Keithley2470(Keithley2450):
    """One 2470 on a bench. Its current source is limited to 210 mV by default (manual 2470-901-01, page 12-78)."""

    specification = SPECIFICATION_2470
    default_voltage_limit = 0.21
    speaker = _Speaker2470
    commands = commands(SPECIFICATION_2470, 0.21)
