"""Keithley 2470 as a source meter up to ±1100 V: the 2450's driver by other data (manual 2470-901-01)."""

from __future__ import annotations

from typing import ClassVar

from .keithley_2450 import Keithley2450
from .keithley_2470_specification import SPECIFICATION_2470
from .source_meter_specification import SourceMeterSpecification


class Keithley2470(Keithley2450):
    """A 2470 that sources voltage and measures current."""

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2470\b"
    specification: ClassVar[SourceMeterSpecification] = SPECIFICATION_2470
