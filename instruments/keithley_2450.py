"""Keithley 2450 as a source meter: PyMeasure's class made strict. Native SCPI (reference manual 2450-901-01)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pymeasure.instruments.keithley import Keithley2450 as PyMeasureKeithley2450

from .clock import Clock
from .errors import ForeignIdentity, UnsafeError
from .keithley_2450_settings import expected_answers, set_up_measurement, set_up_source, trigger_model
from .keithley_2450_specification import SPECIFICATION_2450
from .keithley_source_meter import KeithleySourceMeter
from .limits import HAZARDOUS
from .roles import SourceReading, SourceSettings
from .session import Session
from .session_adapter import SessionAdapter
from .source_meter_specification import SourceMeterSpecification
from .strict_driver import number_or_none, refused, sealed

READ = ':READ? "defbuffer1",READ,SOUR;:SOUR:VOLT:ILIM:TRIP?;:OUTP?'
"""Current, source voltage as measured, whether the limit is active and the output on: one exchange, one moment."""
SMALLEST_BUFFER = 10
"""Readings for which a buffer has room at least."""
BUFFER_PART = 200
"""Readings that are asked for in one exchange."""
AT_LIMIT = 32
"""Bit of a reading's source status: the source's limit acts."""


@sealed
class Keithley2450(KeithleySourceMeter, PyMeasureKeithley2450):  # type: ignore[misc]  # PyMeasure ships no types
    """A 2450 that sources voltage and measures current, with its native language.

    Above 42 V its interlock must be closed.
    """

    identity_pattern: ClassVar[str] = r"(?i)^KEITHLEY INSTRUMENTS( INC\.)?,\s*MODEL 2450\b"
    specification: ClassVar[SourceMeterSpecification] = SPECIFICATION_2450
    stop_messages = (":ABOR",)
    compliance_setting = ":SOUR:VOLT:ILIM"

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)

    def verify_language(self) -> None:
        """Raise ForeignIdentity where the instrument is set to TSP or to the 2400's language."""
        language = self.session.query("*LANG?").strip()
        if language != "SCPI":
            raise ForeignIdentity(
                f"`{self.name}` must be set to the command set SCPI (at its panel), but is set to {language!r}."
            )

    def set_up_messages(self, wanted: SourceSettings) -> tuple[str, ...]:
        """Return the messages that set up source and measurement."""
        return set_up_source(wanted, self.specification), set_up_measurement(wanted)

    def expected_answers(self, wanted: SourceSettings) -> dict[str, float | str]:
        """Return each query with what it must answer before the output goes on."""
        return expected_answers(wanted, self.specification)

    def check_interlock(self) -> None:
        """Raise UnsafeError where the interlock is open: `:INTerlock:TRIPped?` answers 1 where it is closed."""
        if self.session.query_numbers(":OUTP:INT:TRIP?", 1) != [1.0]:
            raise UnsafeError(f"Interlock of `{self.name}` must be closed above {HAZARDOUS:g} V, but is open.")

    def read_source(self) -> SourceReading:
        """Return voltage and current of one integration."""
        longest = self.session.timeout + self.specification.reading_time(self.configured().nplc)
        current, voltage, tripped, output = self.session.query_numbers(READ, 4, timeout=longest)
        return SourceReading(number_or_none(voltage), number_or_none(current), tripped != 0, output != 0)

    def sweep_messages(self, levels: Sequence[float], delay: float) -> tuple[str, ...]:
        """Return the messages that load levels and trigger model; the buffer is made large enough."""
        room = f':TRAC:POIN {self._room(levels)},"defbuffer1"'
        return (*self.list_messages(levels), room, *trigger_model(len(levels), delay))

    def sweep_settings(self, levels: Sequence[float], delay: float) -> dict[str, float | str]:
        """Return each query with what it must answer before the sweep starts."""
        count = float(len(levels))
        return {":SOUR:LIST:VOLT:POIN?": count, ':TRAC:POIN? "defbuffer1"': float(self._room(levels))}

    def _room(self, levels: Sequence[float]) -> int:
        return max(len(levels), SMALLEST_BUFFER)

    def sweeping(self) -> bool:
        """Return whether the trigger model runs."""
        return self.session.query(":TRIG:STAT?").strip().upper().startswith(("RUNNING", "WAITING", "BUILDING"))

    def swept_readings(self, count: int) -> list[SourceReading]:
        """Return what the buffer holds, asked for in parts."""
        taken = int(self.session.query_numbers(':TRAC:ACT? "defbuffer1"', 1)[0])
        found: list[SourceReading] = []
        for first in range(1, taken + 1, BUFFER_PART):
            last = min(first + BUFFER_PART - 1, taken)
            question = f':TRAC:DATA? {first},{last},"defbuffer1",READ,SOUR,SOURSTAT'
            numbers = self.session.query_numbers(question, 3 * (last - first + 1))
            found += [
                SourceReading(number_or_none(voltage), number_or_none(current), bool(int(status) & AT_LIMIT))
                for current, voltage, status in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
            ]
        return found

    def after_sweep(self, volts: float) -> str:
        """Return the message that empties the trigger model; the level of the list's last place stays programmed."""
        return ':TRIG:LOAD "Empty"'

    # What PyMeasure's class has beside the verbs of every source meter

    compliance_current = property(
        lambda self: self.session.query_numbers(":SOUR:VOLT:ILIM?", 1)[0],
        refused("takes its compliance from the site limits"),
        doc="Compliance in A.",
    )

    trigger = KeithleySourceMeter._one_reading
    _old_buffer = refused("is a 2450 with its native language, and this buffer verb is the 2400's")
    config_buffer = start_buffer = stop_buffer = reset_buffer = disable_buffer = wait_for_buffer = _old_buffer
    _no_current = KeithleySourceMeter._no_current
    source_current_delay = source_current_delay_auto = property(_no_current, _no_current)
    _not_here = refused("measures current: resistance is voltage over current, as read back")
    resistance = resistance_range = resistance_nplc = wires = property(_not_here, _not_here)
    measure_resistance = _not_here
