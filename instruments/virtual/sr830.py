"""A virtual Stanford Research SR830: what the driver of the same name, and anybody else's, meets on the wire.

Internal reference, and an external one where exactly one frequency of other sources reaches input A: the lock-in then
counts phases from the bench's zero of time, and its sine output rests, which the real one's does not. Auxiliary inputs
see nothing, auxiliary outputs lead nowhere. It was left at the smallest amplitude; `*RST` makes it 1 V rms. Not
verified on a page: the digits of some answers.
"""

from __future__ import annotations

import copy
import math
import zlib
from typing import ClassVar

import numpy as np

from smtjlab.instruments.sr830_specification import (
    AMPLITUDES,
    AUXILIARY_STEP,
    CURRENT_NOISE,
    CURRENT_RESISTANCE,
    INPUT_RESISTANCE,
    LARGEST_INPUT,
    OUTPUT_RESISTANCE,
    SENSITIVITIES,
    SINE,
    VOLTAGE_NOISE,
)

from . import sr830_settings, sr830_store
from .circuit import Drive, Quantity, Wave
from .command_tree import Command
from .hidden_errors import HiddenErrors, quantised
from .scpi import ScpiError
from .sr830_detector import Detected, detect, reference
from .sr830_filter import Filter
from .sr830_language import COMMON, SrsInstrument, Whole, register
from .sr830_settings import Settings
from .sr830_store import Store
from .world import World

INPUT, FILTER, OUTPUT, UNLOCKED = 1, 2, 4, 8
"""Bits of the lock-in status (manual, page 5-23)."""
BRIEF = 0.02
"""Part of a time constant for which the input counts as unchanged when nobody has changed anything."""
EXPANSIONS = (1, 10, 100)
NOISY = 2
"""Number of the noise among what a display shows."""


class SR830(SrsInstrument):
    """One SR830 on a bench. Everything is called with the world's lock held."""

    missing: ClassVar[tuple[str, ...]] = ("*TST?", "*OPC", "FAST, its unasked talk", "STRD by hardware trigger")
    terminals: ClassVar[tuple[str, ...]] = ("osc.hi", "osc.lo", "a.hi", "a.lo", "b.hi", "b.lo")

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.identity = f"Stanford_Research_Systems,SR830,{self.serial_number},ver1.07"
        self.rng = np.random.default_rng([seed, 3, zlib.crc32(name.encode())])
        self.errors = HiddenErrors(self.rng, (SENSITIVITIES, (SINE,)))
        self.filter = Filter(self.rng)
        self.settings, self.store = Settings(amplitude=AMPLITUDES[0]), Store()
        self.saved: dict[int, Settings] = {}
        self.power_clear, self.interface, self.override, self.click, self.alarm, self.local = 1, 1, 0, 1, 1, 0
        self.detected: Detected | None = None
        """What stands behind the multiplier; None where something has changed since."""
        self.lived_until = world.time
        self.listened = False
        """Whether anybody has asked what it reads: before that nothing need be followed."""
        world.before_change.append(self._before_change)
        self.apply()

    # What it does to its terminals

    @property
    def output_is_on(self) -> bool:
        """Return whether the sine is larger than it must be: the output has no switch."""
        return self.settings.amplitude > AMPLITUDES[0]

    def apply(self) -> None:
        """Let the terminals follow the settings."""
        settings = self.settings
        peak = math.sqrt(2) * self.errors.sourced(SINE, settings.amplitude)
        wave = Wave(settings.frequency, peak) if settings.internal else None
        self.world.drive(f"{self.name}.osc", Drive(resistance=OUTPUT_RESISTANCE, wave=wave))
        resistance = CURRENT_RESISTANCE if settings.source > 1 else INPUT_RESISTANCE
        self.world.drive(f"{self.name}.a", Drive(Quantity.CURRENT, 0.0, input_resistance=resistance))
        self.world.drive(f"{self.name}.b", Drive(Quantity.CURRENT, 0.0, input_resistance=INPUT_RESISTANCE))

    def reset(self) -> None:
        """Return to the standard settings: 1 kHz, 1 V rms; stored points are lost."""
        self.before_setting()
        sr830_store.clear(self)
        self.settings, self.store = Settings(), Store()
        self.after_setting()

    def power_cycle(self) -> None:
        """Switch the instrument off and on: it comes back with its settings, the store empty."""
        self.before_setting()
        sr830_store.clear(self)
        self.filter = Filter(self.rng)
        super().power_cycle()

    def device_clear(self) -> None:
        """Forget what was to be sent."""
        self.sent_bytes = False

    # How its filter lives

    def before_setting(self) -> None:
        """Live until now under the settings that were."""
        self.live()
        self._before = copy.deepcopy(self.settings)

    def after_setting(self) -> None:
        """Follow the settings that are."""
        if self.settings != self._before:
            self.apply()
            self.detected = None

    def _before_change(self) -> None:
        """Live until now, before somebody changes the circuit; what changes in quick succession counts as once."""
        elapsed = self.world.time - self.lived_until
        if self.listened and elapsed > (BRIEF * self.settings.time_constant if self.detected is None else 0.0):
            self.live()
        self.detected = None

    def live(self) -> None:
        """Let the filter live until now; its input is that of this moment, or between then and now."""
        now, before = self.world.time, self.detected
        elapsed = now - self.lived_until
        self.listened = True
        unchanged = before is not None and elapsed <= BRIEF * self.settings.time_constant
        found = before if unchanged and before is not None else detect(self)
        phasor = found.phasor if before is None else (found.phasor + before.phasor) / 2
        for moment in self.store.due(now):
            self._advance(moment, phasor)
            self.detected = found
            self.store.add(self.displays(moment))
        self.status.storing = self.store.running
        self._advance(now, phasor)
        self.detected = found
        self.status.lock_in |= self.overloads()

    def _advance(self, until: float, phasor: complex) -> None:
        self.filter.advance(until - self.lived_until, self.settings.time_constant, phasor)
        self.lived_until = max(self.lived_until, until)

    def was_polled(self) -> None:
        """On imagined time somebody who polls is waiting: the next poll finds one point more."""
        wait = self.store.next - self.world.time
        if self.world.jumps and self.store.running and math.isfinite(wait) and wait > 0:
            self.world.wait(wait)

    # What it reads

    @property
    def noise(self) -> float:
        """Return the noise density at the input in V or A/sqrt(Hz)."""
        source = self.settings.source
        return CURRENT_NOISE[source - 2] if source > 1 else VOLTAGE_NOISE * (math.sqrt(2) if source else 1.0)

    def output(self, moment: float | None = None) -> complex:
        """Return X + iY behind the filter in V or A rms, before offset and errors."""
        settings, pole = self.settings, self.settings.slope
        found = self.detected or Detected()
        time = self.world.time if moment is None else moment
        rippling = found.rippling(time, settings.time_constant, pole + 1)
        noise = self.filter.noise[pole] * self.noise * self.errors.noise_factor
        return complex(self.filter.signal[pole] + noise) + rippling

    def frequency(self) -> float | None:
        """Return the reference frequency in Hz; None where it is not locked."""
        return reference(self)

    def value(self, which: int, moment: float | None = None) -> float:
        """Return one of X, Y, R, theta, the auxiliary inputs, the frequency and the displays, by its number."""
        if which in (1, 2, 3, 4):
            return self._value(which, self.output(moment))
        if which in (5, 6, 7, 8):
            return quantised(1e-4 * float(self.rng.standard_normal()), AUXILIARY_STEP)
        if which == 9:
            return self.frequency() or 0.0
        return self.displays(moment)[which - 10]

    def _value(self, which: int, output: complex) -> float:
        settings, scale = self.settings, SENSITIVITIES[self.settings.scale]
        largest = scale.usable * scale.range
        parts = [self.errors.measured(scale, part / settings.unit, 1.0) for part in (output.real, output.imag)]
        if which == 4:
            return math.degrees(math.atan2(parts[1], parts[0]))
        read = math.hypot(*parts) if which == 3 else parts[which - 1]
        read -= settings.offsets[which - 1][0] / 100 * scale.range
        return min(max(read, -largest), largest) * settings.unit

    def displays(self, moment: float | None = None) -> tuple[float, float]:
        """Return what both displays show."""
        output = self.output(moment)
        return self._shown(0, output), self._shown(1, output)

    def _shown(self, place: int, output: complex) -> float:
        what, ratio = self.settings.displays[place]
        if what < NOISY:
            shown = self._value(((1, 3), (2, 4))[place][what], output)
        elif what == NOISY:
            shown = self.noise * abs(1 + 0.1 * float(self.rng.standard_normal()))
        else:
            shown = self.value(5 + 2 * place + what - NOISY - 1)
        return shown if ratio == 0 else shown / (self.value(5 + 2 * place + ratio - 1) or AUXILIARY_STEP)

    def overloads(self) -> int:
        """Return the bits of the lock-in status that hold at this moment."""
        settings, found, output = self.settings, self.detected or Detected(), self.output()
        room = settings.full_scale * settings.headroom
        pairs = zip((output.real, output.imag, abs(output)), settings.offsets, strict=True)
        outputs = [abs(part / settings.full_scale - offset / 100) * EXPANSIONS[more] for part, (offset, more) in pairs]
        states = {
            INPUT: found.peak > min(math.sqrt(2) * room, LARGEST_INPUT * settings.unit),
            FILTER: found.largest(settings.time_constant) > room,
            OUTPUT: max(outputs) > SENSITIVITIES[settings.scale].usable,
            UNLOCKED: found.frequency is None,
        }
        return sum(bit for bit, holds in states.items() if holds)

    def binary(self, data: bytes) -> str:
        """Return bytes as an answer that no LF ends."""
        self.sent_bytes = True
        return data.decode("latin-1")


def _lock_in_status(twin: SR830, *bit: int) -> str:
    """Return what has happened since somebody asked, what holds at this moment included."""
    twin.live()
    answer: str = _LATCHED.query(twin, *bit)  # type: ignore[misc]  # a register can always be asked
    return answer


def _snap(twin: SR830, *which: int) -> str:
    twin.live()
    return ",".join(f"{twin.value(one):.6g}" for one in which)


def _read(twin: SR830, which: int) -> str:
    return _snap(twin, which)


def _recall(twin: SR830, place: int) -> None:
    if place not in twin.saved:
        raise ScpiError(-221)
    twin.settings = copy.deepcopy(twin.saved[place])


def _plain(header: str, name: str, highest: int = 1) -> Command:
    return Command(header=header, takes=(Whole(0, highest),), query=lambda twin: str(getattr(twin, name)),
                   write=lambda twin, value: setattr(twin, name, value))  # fmt: skip


_LATCHED = register("LIAS", "lock_in")

COMMANDS: tuple[Command, ...] = (
    *COMMON,
    *sr830_settings.COMMANDS,
    *sr830_store.COMMANDS,
    Command(header="LIAS", query=_lock_in_status, asks=_LATCHED.asks, polls=True,
            note="1 input, 2 filter, 4 output overload, 8 unlocked, 16 range, 32 time constant, 64 trigger"),
    Command(header="OUTP", query=_read, asks=(Whole(1, 4),), ask_needed=1, note="X, Y, R or theta"),
    Command(header="OUTR", query=lambda twin, which: _snap(twin, which + 9), asks=(Whole(1, 2),), ask_needed=1,
            note="a display"),
    Command(header="SNAP", query=_snap, asks=(Whole(1, 11),) * 6, ask_needed=2, note="two to six values at once"),
    Command(header="OAUX", query=lambda twin, which: f"{twin.value(which + 4):.6g}", asks=(Whole(1, 4),), ask_needed=1),
    Command(header="SSET", takes=(Whole(1, 9),), note="keeps the settings",
            write=lambda twin, place: twin.saved.update({place: copy.deepcopy(twin.settings)})),
    Command(header="RSET", takes=(Whole(1, 9),), write=_recall, note="recalls them"),
    _plain("OUTX", "interface"),
    _plain("OVRM", "override"),
    _plain("KCLK", "click"),
    _plain("ALRM", "alarm"),
    _plain("LOCL", "local", 2),
)  # fmt: skip
"""Everything that this twin understands."""

SR830.commands = COMMANDS
