"""Lake Shore 336 as a thermometer that holds a temperature, in its own line language (manual of the 336, chapter 6).

What it does not understand it ignores in silence: every setting is followed by a question for the event register in
the same message. Input A is controlled by output 1; setpoints are in K.
"""

from __future__ import annotations

import contextlib
from typing import ClassVar

from .clock import Clock
from .errors import InstrumentFault, InstrumentReported, LimitError, UnsafeError
from .lakeshore_336_specification import LARGEST_RATE, SPECIFICATION_336
from .limits import TemperatureLimits
from .roles import Role
from .safe_state import SafeStep
from .session import Session
from .specification import InstrumentSpecification
from .strict_driver import StrictDriver

MISTAKES = {32: "a command was not understood", 16: "a command was not carried out", 8: "a device error", 4: "a query"}
"""Bits of the standard event register that tell of mistakes."""
OUTPUTS = (1, 2, 3, 4)
RANGES = ";".join(f"RANGE? {output}" for output in OUTPUTS)
MARGIN = 5.0
"""Distance in K of the over-temperature limit from the highest temperature that may be asked for."""
TOLERANCE = 0.1
"""Largest distance in K from the setpoint at which the temperature counts as settled."""
HELD = 10.0
"""Time in s for which it must stay there."""
POLL = 1.0
"""Seconds between two looks at the temperature."""
PATIENCE = 900.0
"""Seconds that the stage may take to settle beyond the time of its ramp."""


class LakeShore336(StrictDriver):
    """A 336 whose output 1 heats what its input A measures. Nothing is sent on construction.

    `heater_range` is 1 low, 2 medium or 3 high.
    """

    role: ClassVar[Role] = Role.THERMOMETER
    identity_pattern: ClassVar[str] = r"(?i)^LSCI,\s*MODEL336\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_336

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        self.stand_on(session, clock)
        self.limits: TemperatureLimits | None = None
        self.heater_range = 3

    # The role

    def configure(self, limits: TemperatureLimits) -> None:
        """Set control, ramp and over-temperature limit with the heater off, and read them back."""
        rate = 0.0 if limits.slew is None else limits.slew * 60
        if rate and not 0.1 <= rate <= LARGEST_RATE:
            raise LimitError(f"`slew` of `{self.name}` must be within 0.1 and 100 K/min, but is {rate:g} K/min.")
        if self.output_is_on():
            raise UnsafeError(f"Heaters of `{self.name}` must be off while it is configured, but are on.")
        self.limits = None
        if not self.session.query("INTYPE? A").strip().endswith(",1"):
            raise UnsafeError(f"Input A of `{self.name}` must be set to kelvin (at its panel), but is not.")
        limit = limits.temperature[1] + MARGIN
        ramp = int(rate > 0)
        self.command("OUTMODE 1,1,1,0", f"RAMP 1,{ramp},{rate:.3f}", f"TLIMIT A,{limit:.3f}")
        self._read_back("OUTMODE? 1", [1.0, 1.0, 0.0])
        self._read_back("RAMP? 1", [float(ramp), rate])
        self._read_back("TLIMIT? A", [limit])
        self.limits = limits

    def read_temperature(self, channel: str = "A") -> float | None:
        """Return the temperature of an input in K; None where its sensor does not answer or is out of range."""
        status, kelvin = self.session.query_numbers(f"RDGST? {channel};KRDG? {channel}", 2)
        return None if status else kelvin

    def set_temperature(self, kelvin: float) -> float:
        """Go to a temperature within the limits, wait on the bench's clock until it has settled, return it as measured.

        The heater goes on at the temperature of the moment, so that a ramp begins there. Where anything fails on the
        way, a sensor that no longer answers above all, the heaters go off.
        """
        if self.limits is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        self.limits.check(kelvin, instrument=self.name)
        now = self._measured()
        if not self.output_is_on():
            self.command("RAMP 1,0,0", f"SETP 1,{now:.3f}")
            rate = 0.0 if self.limits.slew is None else self.limits.slew * 60
            self.command(f"RAMP 1,{int(rate > 0)},{rate:.3f}", f"RANGE 1,{self.heater_range}")
            self._read_back("RANGE? 1", [float(self.heater_range)])
        try:
            self.command(f"SETP 1,{kelvin:.3f}")
            return self._await_temperature(kelvin, abs(kelvin - now))
        except InstrumentFault:
            with contextlib.suppress(InstrumentFault):
                self.switch_off()
            raise

    def switch_off(self) -> None:
        """Switch all heaters off and read back that they are; UnsafeError if not."""
        self.command(*(f"RANGE {output},0" for output in OUTPUTS))
        if self.output_is_on():
            raise UnsafeError(f"Heaters of `{self.name}` must read off after they were switched, but do not.")

    def output_is_on(self) -> bool:
        """Return whether a heater is on."""
        return any(self.session.query_numbers(RANGES, len(OUTPUTS)))

    def heater_output(self) -> float:
        """Return the output of heater 1 in percent of its range."""
        return self.session.query_numbers("HTR? 1", 1)[0]

    def safe_step(self, name: str, limits: TemperatureLimits | None) -> SafeStep:
        """Return the safe state: all heaters off."""
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            off=tuple(f"RANGE {output},0" for output in OUTPUTS),
            expected={f"RANGE? {output}": 0.0 for output in OUTPUTS},
            echo=self.echo,
        )

    # What the role stands on

    def check_errors(self) -> list[object]:
        """Raise InstrumentReported where the event register tells of a mistake; return an empty list otherwise."""
        self.command()
        return []

    def command(self, *units: str) -> None:
        """Send settings and ask in the same message whether they were understood; InstrumentReported where not."""
        message = ";".join([*units, "*ESR?"])
        bits = int(self.session.query_numbers(message, 1)[0]) & sum(MISTAKES)
        if bits:
            text = ", ".join(words for bit, words in MISTAKES.items() if bits & bit)
            raise InstrumentReported(
                f"`{self.name}` must accept what it is sent, but reported {bits}, {text!r} after {message!r}.",
                code=bits,
                text=text,
                sent=message,
            )

    def _read_back(self, query: str, expected: list[float]) -> None:
        """Raise UnsafeError where a setting reads back other than it was set."""
        read = self.session.query_numbers(query, len(expected))
        if any(abs(found - wanted) > 1e-3 for found, wanted in zip(read, expected, strict=True)):
            raise UnsafeError(f"{query} of `{self.name}` must read {expected} after it was set, but reads {read}.")

    def _measured(self) -> float:
        kelvin = self.read_temperature()
        if kelvin is None:
            raise UnsafeError(f"Input A of `{self.name}` must read a temperature while its heater is on, but does not.")
        return kelvin

    def _await_temperature(self, kelvin: float, way: float) -> float:
        """Wait until the temperature has stayed near the setpoint, and until the setpoint is there itself."""
        assert self.limits is not None
        patience = PATIENCE + (way / self.limits.slew if self.limits.slew else 0.0)
        start = since = self.clock.now()
        while (now := self.clock.now()) - since < HELD:
            measured = self._measured()
            if not self.output_is_on():
                raise UnsafeError(f"Heater of `{self.name}` must stay on, but went off at {measured:g} K.")
            if abs(measured - kelvin) > TOLERANCE:
                since = now
            if now - start > patience:
                self.switch_off()
                raise InstrumentReported(
                    f"`{self.name}` must settle at {kelvin:g} K within {patience:.0f} s, but reads {measured:g} K; "
                    "its heaters are off."
                )
            self.clock.sleep(POLL)
        self._read_back("SETP? 1", [kelvin])
        return self._measured()
