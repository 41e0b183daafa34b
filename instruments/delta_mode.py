"""Resistance by current reversal: a 6221 with a 2182A at its cables, as one instrument (manual 622x-901-01, section 5).

The current alternates between +I and -I; the meter converts once after each reversal; (A - 2B + C)/4 of any three
conversions in a row, its sign alternating, holds no thermal voltage that is constant or drifts linearly. The meter is
spoken to through the 6221's serial port only, for a 2182A listens to one line at a time. A run ends with its output
off, and at once where the source meets its compliance.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from . import keithley_2182a as meter
from .errors import InstrumentReported, LimitError, NotConnected, UnsafeError
from .keithley_2182a_specification import SPECIFICATION_2182A
from .keithley_6221 import Keithley6221, compliance_of
from .keithley_6221_specification import DELTA_COUNT, DELTA_DELAY
from .limits import CurrentLimits
from .strict_driver import agrees, number_or_none

SWEEP_DONE, SWEEP_ABORTED = 2, 4
"""Bits of the operation event register (manual, page 11-3)."""
SEND = ":SYST:COMM:SER:SEND"
"""Word that hands a message on to the meter."""
POLL = 0.05
"""Seconds between two looks at a run."""
PATIENCE = 5.0
"""Seconds that a run may take beyond the time that was worked out for it."""


@dataclass(frozen=True, slots=True)
class DeltaRun:
    """What one run of delta mode has found. Neighbouring readings share conversions: they are not independent."""

    current: float
    """Amplitude of the current in A."""
    voltages: tuple[float | None, ...]
    """Delta readings in V; None where a conversion overflowed."""
    thermal_voltage: float | None
    """Voltage in V that the meter saw before the run, with the source off: what delta mode takes out."""

    @property
    def voltage(self) -> float | None:
        """Return the mean reading in V; None where one overflowed."""
        read = [volts for volts in self.voltages if volts is not None]
        return statistics.fmean(read) if read and len(read) == len(self.voltages) else None

    @property
    def resistance(self) -> float | None:
        """Return the resistance in ohm; None where a reading overflowed."""
        return None if self.voltage is None else self.voltage / self.current


class DeltaMode:
    """A 6221 and the 2182A at its cables. Nothing is sent on construction."""

    def __init__(self, source: Keithley6221) -> None:
        self.source = source
        self.current: float | None = None
        """Amplitude in A; None until configured."""
        self._conversion = 0.0

    @property
    def name(self) -> str:
        """Return the name of the source."""
        return self.source.name

    def configure(
        self, limits: CurrentLimits, *, current: float, largest_voltage: float, nplc: float, delay: float = 2e-3
    ) -> None:
        """Set up source, meter and delta mode with the output off, compliance abort on, and read everything back.

        `current` in A is the amplitude, ±`largest_voltage` in V what the meter's range must hold, `delay` in s the
        time between a reversal and its conversion.
        """
        limits.check(-abs(current), instrument=self.name, where="lower level of delta mode")
        if not (current > 0 and DELTA_DELAY[0] <= delay <= DELTA_DELAY[1]):
            raise LimitError(
                f"`current` of `{self.name}` must be above 0 A and `delay` within 0 s and {DELTA_DELAY[1]:g} s, "
                f"but they are {current:g} A and {delay:g} s."
            )
        if limits.slew is not None:
            raise LimitError(
                f"`{self.name}` must be without a slew limit in delta mode, which reverses its current in one step, "
                f"but the site allows {limits.slew:g} A/s."
            )
        wanted = meter.range_of(self.name, largest_voltage, nplc)
        self.current = None
        self.source.configure(limits, largest_current=current)
        if self.source.session.query_numbers(":SOUR:DELT:NVPR?", 1) != [1.0]:
            raise NotConnected(f"`{self.name}` must have a 2182A at its serial port, but has none.")
        self._set_up_meter((":INIT:CONT 0;:ABOR", *meter.set_up_blocks(wanted, nplc)))
        self._verify_meter(meter.expected_answers(wanted, nplc))
        self.source.set_up(
            f":SOUR:DELT:HIGH {current:.9g};:SOUR:DELT:LOW {-current:.9g};:SOUR:DELT:DEL {delay:.9g};"
            ":SOUR:DELT:CAB 1;:SOUR:DELT:CSW 0;:SENS:AVER 0;:UNIT V;:FORM:ELEM READ;:TRAC:FEED SENS"
        )
        self.source.verify(
            {
                ":SOUR:DELT:HIGH?": current,
                ":SOUR:DELT:LOW?": -current,
                ":SOUR:DELT:DEL?": delay,
                ":SOUR:DELT:CAB?": 1.0,
                ":SOUR:CURR:COMP?": compliance_of(limits),
                ":UNIT?": "V",
            }
        )
        self.current, self._conversion = current, delay + SPECIFICATION_2182A.reading_time(nplc)

    def thermal_voltage(self) -> float | None:
        """Return what the meter sees with the source off, in V; None where it overflowed."""
        if self.source.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off for a thermal voltage, but is on.")
        return number_or_none(float(self._ask_meter(":READ?")))

    def run(self, count: int) -> DeltaRun:
        """Take `count` delta readings and return them, the output off again whatever happens.

        Raises InstrumentReported where the source met its compliance, which ends a run at once.
        """
        if self.current is None:
            raise UnsafeError(f"`{self.name}` must be configured for delta mode first, but is not.")
        if not 1 <= count <= DELTA_COUNT:
            raise LimitError(f"`count` of `{self.name}` must be within 1 and {DELTA_COUNT}, but is {count}.")
        thermal = self.thermal_voltage()
        source = self.source
        source.session.query(":STAT:OPER?")
        try:
            source.set_up(f":SOUR:DELT:COUN {count};:SOUR:DELT:ARM")
            source.set_up(":INIT:IMM")
            self._wait(count)
            voltages = source.session.query_numbers(":TRAC:DATA?", count)
        finally:
            source.session.write(":SOUR:SWE:ABOR;:OUTP 0")
        if source.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off after a run of delta mode, but is on.")
        return DeltaRun(self.current, tuple(map(number_or_none, voltages)), thermal)

    # What that stands on

    def _wait(self, count: int) -> None:
        """Return when the run is done."""
        clock, expected = self.source.clock, (count + 2) * self._conversion
        deadline = clock.now() + 2 * expected + PATIENCE
        clock.sleep(expected)
        while not (event := int(self.source.session.query_numbers(":STAT:OPER?", 1)[0])) & SWEEP_DONE:
            if event & SWEEP_ABORTED:
                raise InstrumentReported(
                    f"`{self.name}` must stay below its compliance in delta mode, but met it and ended the run."
                )
            if clock.now() > deadline:
                raise InstrumentReported(
                    f"`{self.name}` must end {count} delta readings within {2 * expected + PATIENCE:.3g} s, "
                    "but has not."
                )
            clock.sleep(POLL)

    def _set_up_meter(self, blocks: tuple[str, ...]) -> None:
        """Send messages to the meter; its error queue is read after each."""
        for block in blocks:
            self._tell_meter(block)
            code, _, text = self._ask_meter(":SYST:ERR?").partition(",")
            if int(code) != 0:
                raise InstrumentReported(
                    f"The 2182A at `{self.name}` must accept what it is sent, but reported {code}, {text} "
                    f"after {block!r}.",
                    code=int(code),
                    text=text.strip('"'),
                    sent=block,
                )

    def _verify_meter(self, expected: Mapping[str, float | str]) -> None:
        for query, value in expected.items():
            answer = self._ask_meter(query)
            if not agrees(answer, value):
                raise UnsafeError(f"{query} of the 2182A at `{self.name}` must read {value}, but reads {answer!r}.")

    def _tell_meter(self, message: str) -> None:
        self.source.set_up(f'{SEND} "{message}"')

    def _ask_meter(self, message: str) -> str:
        """Return the meter's answer; the serial port gives it when it has come."""
        self.source.session.query(f'{SEND} "{message}";*OPC?')
        self.source.check_queue(message)
        clock = self.source.clock
        deadline = clock.now() + PATIENCE
        while not (answer := self.source.session.query(":SYST:COMM:SER:ENT?").strip()):
            if clock.now() > deadline:
                raise NotConnected(
                    f"The 2182A at `{self.name}` must answer {message!r} within {PATIENCE:g} s, but has not."
                )
            clock.sleep(POLL)
        return answer
