"""Stanford Research SR830 as a source of a sine and meter of its answer: PyMeasure's class made strict.

It answers the questions of one message one by one and has no error queue: registers are asked after every setting
(manual of the SR830, pages 5-2 and 5-21). Its sine output has no switch; the smallest amplitude is the safe one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from pymeasure.instruments import srs

from .clock import Clock
from .errors import InstrumentReported, LimitError, UnsafeError
from .limits import Limits
from .roles import Role
from .safe_state import SafeStep
from .session import Session
from .session_adapter import SessionAdapter
from .specification import InstrumentSpecification
from .sr830_specification import (
    AMPLITUDES,
    FREQUENCIES,
    SCALES,
    SETTLING,
    SINE,
    SLOWEST,
    SPECIFICATION_SR830,
    TIME_CONSTANTS,
)
from .strict_driver import StrictDriver, agrees, refused, sealed

MISTAKES = {32: "illegal command", 16: "command not carried out", 4: "output queue overflow", 1: "input queue overflow"}
"""Bits of the standard event register that tell of mistakes (page 5-22)."""
OVERLOADS = 1 | 2 | 4 | 8
"""Bits of the lock-in status that spoil a reading: input, filter, output, reference unlocked (page 5-23)."""
STEEPEST = 3
"""Number of the slope of 24 dB/octave."""
ROUNDING = 1e-3
"""Volts by which an amplitude of 2 mV steps, or an auxiliary output, may read back otherwise."""


@sealed
class SR830(StrictDriver, srs.SR830):  # type: ignore[misc]  # PyMeasure ships no types
    """An SR830 on its internal reference. Limits hold for the peak of its sine; nothing is sent on construction."""

    role: ClassVar[Role] = Role.LOCK_IN
    identity_pattern: ClassVar[str] = r"(?i)^Stanford_Research_Systems,\s*SR830\b"
    specification: ClassVar[InstrumentSpecification] = SPECIFICATION_SR830

    def __init__(self, session: Session, *, clock: Clock | None = None) -> None:
        super().__init__(SessionAdapter(session), name=session.name)
        self.stand_on(session, clock)
        self.limits: Limits | None = None
        self.settling = 0.0
        """Seconds until a reading has settled to 1e-4 of a step; 0 until configured."""
        self.frequency_set = 0.0
        """Frequency of the sine in Hz; 0 until configured."""

    # The role

    def configure(self, limits: Limits, *, frequency: float, time_constant: float, sensitivity: float) -> None:
        """Set everything at the smallest amplitude with 24 dB/octave, input A, dc coupled, and read it back.

        Time constant (s) and sensitivity (V rms) are the next ones that are not below the wish. Raises LimitError
        where there are none, or where the smallest sine is beyond the limits.
        """
        limits.check(math.sqrt(2) * AMPLITUDES[0], instrument=self.name, where="peak of the smallest sine")
        self._within(FREQUENCIES, frequency, "Hz", "`frequency`")
        constant = self._next(TIME_CONSTANTS, time_constant, "s", "`time_constant`")
        scale = self._next(SCALES, sensitivity, "V", "`sensitivity`")
        if frequency > SLOWEST and TIME_CONSTANTS[constant] > 30:
            raise LimitError(f"`time_constant` of `{self.name}` must be at most 30 s above 200 Hz, but is longer.")
        self._check_slew(limits, frequency, AMPLITUDES[0])
        self.limits = None
        self.set_up(f"SLVL{AMPLITUDES[0]:.3f};FMOD1;HARM1;FREQ{frequency:.6g};PHAS0;ISRC0;ICPL1;ILIN0;RMOD1;SYNC0")
        self.set_up(f"SENS{scale};OFLT{constant};OFSL{STEEPEST};OEXP1,0,0;OEXP2,0,0;OEXP3,0,0")
        self.verify({"FMOD?": 1.0, "HARM?": 1.0, "PHAS?": 0.0, "ISRC?": 0.0, "ICPL?": 1.0, "ILIN?": 0.0})
        self.verify({"SENS?": float(scale), "OFLT?": float(constant), "OFSL?": float(STEEPEST)})
        self._read_back("FREQ?", frequency, max(1e-4 * frequency, 1e-4))
        self._read_back("SLVL?", AMPLITUDES[0], ROUNDING)
        self.limits, self.settling, self.frequency_set = limits, SETTLING * TIME_CONSTANTS[constant], frequency

    def set_amplitude(self, volts: float) -> float:
        """Set the rms amplitude of the sine, whose peak the limits hold, and return it as read back, in V."""
        limits = self._configured()
        for peak in (math.sqrt(2) * volts, -math.sqrt(2) * volts):
            limits.check(peak, instrument=self.name, where="peak of the sine")
        self._within(AMPLITUDES, volts, "V rms", "amplitude")
        self._check_slew(limits, self.frequency_set, volts)
        steps = math.floor(volts / SINE.resolution + 1e-6)
        self.set_up(f"SLVL{steps * SINE.resolution:.3f}")
        return self._read_back("SLVL?", steps * SINE.resolution, ROUNDING)

    def read_phasor(self) -> complex | None:
        """Return X + iY in V rms after the filter has settled; None where input, filter or output overloads.

        Whoever changes the circuit need not wait: the whole settling time passes here.
        """
        self._configured()
        self.clock.sleep(self.settling)
        self.session.query_numbers("LIAS?", 1)
        x, y = self.session.query_numbers("SNAP?1,2", 2)
        (status,) = self.session.query_numbers("LIAS?", 1)
        return None if int(status) & OVERLOADS else complex(x, y)

    def output_is_on(self) -> bool:
        """Return whether the sine is larger than it must be."""
        return self.session.query_numbers("SLVL?", 1)[0] > AMPLITUDES[0] + ROUNDING

    def safe_step(self, name: str, limits: Limits) -> SafeStep:
        """Return the safe state: the smallest amplitude, auxiliary outputs at 0 V."""
        outputs = (1, 2, 3, 4)
        return SafeStep(
            instrument=name,
            address=self.session.address,
            identity=self.identity_pattern,
            echo=self.echo,
            off=(f"SLVL{AMPLITUDES[0]:.3f}", *(f"AUXV{number},0" for number in outputs)),
            tolerance=ROUNDING,
            expected={"SLVL?": AMPLITUDES[0], **{f"AUXV?{number}": 0.0 for number in outputs}},
        )

    def ramp_off(self, limits: Limits) -> None:
        """Go to the smallest amplitude and read back; UnsafeError if not."""
        self.carry_out_safe_step(self.safe_step(self.name, limits))

    def shutdown(self) -> None:
        """Go to the smallest amplitude: what PyMeasure calls at the end of a `with`."""
        self.isShutdown = True
        if self.limits is not None:
            self.ramp_off(self.limits)

    # What the role stands on

    def oldest_error(self) -> tuple[int, str]:
        """Return the bits of mistakes in the event register, which this clears, and what they say; 0 for none."""
        (register,) = self.session.query_numbers("*ESR?", 1)
        bits = int(register) & sum(MISTAKES)
        return bits, ", ".join(text for bit, text in MISTAKES.items() if bits & bit)

    def verify(self, expected: Mapping[str, float | str]) -> None:
        """Raise UnsafeError where a setting reads back other than expected; each is asked by itself."""
        for query, value in expected.items():
            answer = self.session.query(query)
            if not agrees(answer, value):
                raise UnsafeError(f"{query} of `{self.name}` must read {value}, but reads {answer!r}.")

    def _read_back(self, query: str, wanted: float, slack: float) -> float:
        read = self.session.query_numbers(query, 1)[0]
        if not abs(read - wanted) <= slack:
            raise InstrumentReported(f"{query} of `{self.name}` must read {wanted:g}, but reads {read:g}.")
        return read

    def _check_slew(self, limits: Limits, frequency: float, volts: float) -> None:
        """Refuse a sine that is steeper at its zeros than the slew limit allows."""
        steepest = 2 * math.pi * frequency * math.sqrt(2) * volts
        if limits.slew is not None and steepest > limits.slew:
            raise LimitError(
                f"`slew` limit of `{self.name}` must hold for the whole sine, but {limits.slew:g} V/s are less than "
                f"the {steepest:.3g} V/s of {volts:g} V rms at {frequency:g} Hz."
            )

    def _within(self, pair: tuple[float, float], value: float, unit: str, what: str) -> None:
        if not pair[0] <= value <= pair[1]:
            raise LimitError(
                f"{what} of `{self.name}` must be within {pair[0]:g} and {pair[1]:g} {unit}, but is {value:g} {unit}."
            )

    def _next(self, steps: tuple[float, ...], value: float, unit: str, what: str) -> int:
        """Return the number of the smallest step that is not below `value`."""
        self._within((0.0, steps[-1]), value, unit, what)
        return next(number for number, step in enumerate(steps) if value <= step * (1 + 1e-9))

    def _configured(self) -> Limits:
        if self.limits is None:
            raise UnsafeError(f"`{self.name}` must be configured within its limits first, but is not.")
        return self.limits

    # PyMeasure's own verbs, led to the role's, or refused

    def _amplitude(self) -> float:
        return self.session.query_numbers("SLVL?", 1)[0]

    def _set_sine(self, volts: float) -> None:
        self.set_amplitude(volts)

    sine_voltage = property(_amplitude, _set_sine, doc="Control the rms amplitude in V, within the site limits.")
    _not_here = refused("is set up by `configure`, at its smallest amplitude")
    reset = load_setup = auto_gain = auto_reserve = auto_phase = auto_offset = set_scaling = quick_range = _not_here
    _no_buffer = refused("reads settled phasors on this bench, no buffer")
    fill_buffer = buffer_measure = start_buffer = get_buffer = wait_for_buffer = start_scan = trigger = _no_buffer
