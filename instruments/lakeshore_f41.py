"""Lake Shore F41 teslameter as a field source: a gaussmeter that holds a field in closed loop (manual F71/F41).

Every message ends in a question for the errors, as the vendor's own driver does it, so that each exchange proves
itself. Fields are in T: the unit of the instrument is set and read back.
"""

from __future__ import annotations

import contextlib
import re
from typing import ClassVar

from .clock import Clock
from .errors import InstrumentFault, InstrumentReported, LimitError, SessionPoisoned, UnsafeError
from .lakeshore_f41_specification import MEASURE_FIELD, OUTPUT_VOLTAGE, SPECIFICATION_F41
from .limits import FieldLimits
from .roles import Role
from .safe_state import SafeStep
from .session import Session
from .specification import InstrumentSpecification, RangeSpecification, range_for
from .strict_driver import StrictDriver, agrees, number_or_none

ERRORS = ";:SYST:ERR:ALL?"
NO_PROBE, RAMP_DONE = 1, 32
"""Bits of the operation condition register."""
AT_VOLTAGE_LIMIT = 128
"""Bit of the questionable condition register."""
POLL = 0.05
"""Seconds between two looks at a ramp."""
PATIENCE = 5.0
"""Seconds that a loop may take to settle beyond the time of its ramp."""
AVERAGE = 20
"""Measurements of 10 ms in one reading."""
SETPOINT = ":SOUR:FIEL:CLL:SETP"
_PARTS = re.compile(r'(?:"[^"]*"|[^;"])+')
"""Answers between semicolons; those in quotes separate nothing."""


class LakeShoreF41(StrictDriver):
    """An F41 with the field control option, its probe in the gap of the magnet that its output drives.

    Nothing is sent on construction; wishes outside the limits are refused, never truncated.
    """

    role: ClassVar[Role] = Role.FIELD_SOURCE
    identity_pattern: ClassVar[str] = r"(?i)^(LSCI|Lake ?Shore)[^,]*,\s*(MODEL\s*)?F41\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_F41
    error_query: ClassVar[str] = ":SYST:ERR?"
    averaging: ClassVar[int] = AVERAGE
    """Measurements in one reading of the field."""

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        self.stand_on(session, clock)
        self.limits: FieldLimits | None = None
        self.range: RangeSpecification | None = None
        """Range that the limits need; None until configured."""

    # The role

    def configure(self, limits: FieldLimits) -> None:
        """Set unit, range, averaging, ramp rate and voltage limit at 0 T with the output off, and read them back."""
        largest = max(abs(limits.field[0]), abs(limits.field[1]))
        if not MEASURE_FIELD[-1].holds(largest):
            raise LimitError(f"`field` limits of `{self.name}` must be within ±3.5 T, but reach {largest:g} T.")
        volts = OUTPUT_VOLTAGE if limits.voltage is None else limits.voltage
        if volts > OUTPUT_VOLTAGE:
            raise LimitError(
                f"`voltage` limit of `{self.name}` must be within {OUTPUT_VOLTAGE:g} V, but is {volts:g} V."
            )
        if self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be off while it is configured, but is on.")
        self.limits = None
        self.range = range_for(MEASURE_FIELD, largest)
        self._settle_in(limits, volts)
        self.limits = limits

    def _settle_in(self, limits: FieldLimits, volts: float) -> None:
        assert self.range is not None
        self.command(":UNIT:FIEL TESLA")
        self.command(":SENS:MODE DC;:SENS:RANG:AUTO 0", f":SENS:RANG {self.range.range:.9g}")
        self.command(f":SENS:AVER:COUN {AVERAGE}", f":SOUR:FIEL:VLIM {volts:.9g}", ":SOUR:FIEL:MODE CLLOOP")
        self.command(f"{SETPOINT} 0", f":SOUR:FIEL:CLL:RAMP {limits.slew:.9g}")
        self._read_back(
            {
                ":UNIT:FIEL?": "TESLA",
                ":SENS:MODE?": "DC",
                ":SENS:RANG:AUTO?": 0.0,
                ":SENS:RANG?": self.range.range,
                ":SENS:AVER:COUN?": float(AVERAGE),
                ":SOUR:FIEL:VLIM?": volts,
                ":SOUR:FIEL:MODE?": "CLLOOP",
                f"{SETPOINT}?": 0.0,
                ":SOUR:FIEL:CLL:RAMP?": limits.slew,
                ":SOUR:FIEL:STAT?": 0.0,
            }
        )

    def output_is_on(self) -> bool:
        """Return whether the field control is on."""
        return self.number(":SOUR:FIEL:STAT?") == 1

    def switch_on(self) -> None:
        """Switch the control on at a setpoint of 0 T and wait until the loop has settled there; off if it does not."""
        self._limits()
        if self.read_field() is None:
            raise UnsafeError(f"Probe of `{self.name}` must see the field before its loop is closed, but sees none.")
        if (level := self.number(f"{SETPOINT}?")) != 0:
            raise UnsafeError(f"Setpoint of `{self.name}` must be 0 T before its output goes on, but is {level:g} T.")
        self._switch(1)
        try:
            self._await_field(0.0)
        except InstrumentFault:
            with contextlib.suppress(InstrumentFault):
                self._switch(0)
            raise

    def switch_off(self) -> None:
        """Switch the control off, from whatever field, and read back that it is."""
        self._switch(0)

    def set_field(self, tesla: float) -> float:
        """Go to a field within the limits, wait on the bench's clock until it has settled, return it as measured."""
        limits = self._limits()
        limits.check(tesla, instrument=self.name)
        if not self.output_is_on():
            raise UnsafeError(f"Output of `{self.name}` must be on before it is asked for a field, but is off.")
        read = self.number(f"{SETPOINT} {tesla:.9g};{SETPOINT}?")
        if not agrees(str(read), tesla):
            raise InstrumentReported(f"`{self.name}` must be set to {tesla:g} T, but reads back {read:g} T.")
        return self._await_field(tesla)

    def read_field(self) -> float | None:
        """Return the field in T, averaged over 0.2 s; None where it is beyond the range or no probe is there."""
        return number_or_none(self.number(":FETC:DC?"))

    def probe_is_there(self) -> bool:
        """Return whether a probe is connected."""
        return not int(self.number(":STAT:OPER:COND?")) & NO_PROBE

    def ramp_off(self, limits: FieldLimits) -> None:
        """Ramp to zero field, switch off whatever happens on the way, and read back; UnsafeError if not."""
        self.carry_out_safe_step(self.safe_step(self.name, limits))

    def safe_step(self, name: str, limits: FieldLimits) -> SafeStep:
        """Return the safe state: setpoint ramped to 0 T, then control off."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            output_query=":SOUR:FIEL:STAT?",
            level_query=f"{SETPOINT}?",
            level_command=SETPOINT + " {level:.9g}",
            unit="T",
            slew=limits.slew,
            tolerance=MEASURE_FIELD[0].resolution,
            off=(":SOUR:FIEL:STAT 0",),
            expected={":SOUR:FIEL:STAT?": 0.0, f"{SETPOINT}?": 0.0},
        )

    # What the role stands on

    def command(self, *messages: str) -> None:
        """Send settings one by one; InstrumentReported where one is not accepted."""
        for message in messages:
            self._exchange(message)

    def number(self, message: str) -> float:
        """Return the one number that a message is answered with."""
        answers = self._exchange(message)
        try:
            (value,) = map(float, answers)
        except ValueError:
            sentence = f"`{self.name}` must answer {message!r} with a number, but answered {';'.join(answers)!r}."
            self.session.poison(sentence)
            raise SessionPoisoned(sentence) from None
        return value

    def _exchange(self, message: str) -> list[str]:
        """Return the answers to a message; the errors that come after them must be none."""
        *answers, errors = _PARTS.findall(self.session.query(message + ERRORS)) or [""]
        code, comma, text = errors.partition(",")
        try:
            number = int(code) if comma else None
        except ValueError:
            number = None
        if number is None:
            self.session.poison(f"the question for the errors was answered {errors!r}.")
            raise SessionPoisoned(f"`{self.name}` must tell its errors after {message!r}, but answered {errors!r}.")
        if number != 0:
            raise self._reported([(number, text.strip('"'))], message)
        return answers

    def _read_back(self, expected: dict[str, float | str]) -> None:
        for query, value in expected.items():
            (answer,) = self._exchange(query) or [""]
            if not agrees(answer, value):
                raise UnsafeError(
                    f"{query} of `{self.name}` must read {value} before its output goes on, but reads {answer!r}."
                )

    def _await_field(self, tesla: float) -> float:
        """Wait until the ramp is done and the averaging window holds nothing older; return the field as measured."""
        limits = self._limits()
        present = self.read_field()
        way = abs(tesla - present) if present is not None else abs(tesla) + max(map(abs, limits.field))
        deadline = self.clock.now() + way / limits.slew + PATIENCE
        while not int(self.number(":STAT:OPER:COND?")) & RAMP_DONE:
            if self.clock.now() > deadline:
                found = "is still on its way" if self.output_is_on() else "its control has gone off by itself"
                raise InstrumentReported(f"`{self.name}` must reach {tesla:g} T in time, but {found}.")
            self.clock.sleep(POLL)
        self.clock.sleep(AVERAGE * 10e-3)
        return self._settled(tesla)

    def _settled(self, tesla: float) -> float:
        assert self.range is not None
        field = self.read_field()
        slack = self.range.gain * abs(tesla) + self.range.offset + 5 * self.range.reading_noise(AVERAGE)
        if field is None or abs(field - tesla) > slack:
            found = "no number" if field is None else f"{field:g} T"
            limit = int(self.number(":STAT:QUES:COND?")) & AT_VOLTAGE_LIMIT
            why = " Its output is at its voltage limit." if limit else ""
            raise InstrumentReported(f"`{self.name}` must settle at {tesla:g} T, but reads {found}.{why}")
        return field

    def _switch(self, state: int) -> None:
        if self.number(f":SOUR:FIEL:STAT {state};:SOUR:FIEL:STAT?") != state:
            raise UnsafeError(f"Output of `{self.name}` must read {state} after it was switched, but does not.")

    def _limits(self) -> FieldLimits:
        if self.limits is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        return self.limits
