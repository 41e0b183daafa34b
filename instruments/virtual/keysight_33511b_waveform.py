"""What a virtual 33511B puts out: shape, frequency, amplitude and offset, with the rules that bind them together.

Levels are kept as into an open circuit. What is displayed is what a load as large as OUTPut:LOAD would see: set for
50 ohm, as after `*RST`, an open circuit sees twice what is displayed. That is the trap of the real one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.keysight_33511b_specification import (
    AMPLITUDE,
    FREQUENCIES,
    LARGEST_LEVEL,
    LOWEST_FREQUENCY,
    OFFSET,
    OUTPUT_RESISTANCE,
    SHORTEST_PULSE,
    SMALLEST_AMPLITUDE,
)

from .circuit import OPEN, Drive, Wave
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keysight_33511b import Keysight33511B

RMS = {"SIN": 2 * math.sqrt(2), "SQU": 2.0, "PULS": 2.0, "TRI": 2 * math.sqrt(3), "RAMP": 2 * math.sqrt(3), "NOIS": 6.0}
"""Peak to peak over rms of each shape; noise has three standard deviations at its peak."""
NAMES = {
    "SIN": "sine",
    "SQU": "square",
    "TRI": "triangle",
    "RAMP": "ramp",
    "PULS": "pulse",
    "NOIS": "noise",
    "DC": "dc",
}
ONE_MILLIWATT = 1e-3
DEFAULTS = {"frequency": 1e3, "amplitude": 0.2, "offset": 0.0}


@dataclass(slots=True)
class Waveform:
    """Settings as after `*RST`: 1 kHz, 100 mV peak to peak into 50 ohm. Levels in V into an open circuit."""

    function: str = "SIN"
    frequency: float = 1e3
    amplitude: float = 0.2
    """Peak to peak."""
    offset: float = 0.0
    unit: str = "VPP"
    load: float = 50.0
    """Ohm; infinite for a high impedance."""
    phase: float = 0.0
    """Degrees at bench time 0."""
    duty: float = 50.0
    """Per cent, of a square."""
    symmetry: float = 100.0
    """Per cent, of a ramp."""
    width: float = 100e-6
    """Seconds, of a pulse."""
    hold: str = "WIDT"
    lead: float = 10e-9
    trail: float = 10e-9
    bandwidth: float = 100e3
    """Hz, of noise."""
    inverted: str = "NORM"

    @property
    def share(self) -> float:
        """Return the part of the open-circuit voltage that the load it is set for sees."""
        return 1.0 if math.isinf(self.load) else self.load / (self.load + OUTPUT_RESISTANCE)

    @property
    def peak(self) -> float:
        """Return the peak of the wave; a direct voltage has none."""
        return 0.0 if self.function == "DC" else self.amplitude / 2

    def displayed(self, amplitude: float) -> float:
        """Return an amplitude as it is displayed, in the unit in use."""
        volts = amplitude * self.share
        if self.unit == "VPP":
            return volts
        rms = volts / RMS.get(self.function, 2.0)
        return rms if self.unit == "VRMS" else 10 * math.log10(rms**2 / (self.load * ONE_MILLIWATT))

    def understood(self, value: float, unit: str) -> float:
        """Return the amplitude that a displayed value stands for."""
        volts = value
        if unit != "VPP":
            rms = value if unit == "VRMS" else math.sqrt(10 ** (value / 10) * ONE_MILLIWATT * self.load)
            volts = rms * RMS.get(self.function, 2.0)
        return volts / self.share


def drive_of(twin: Keysight33511B) -> Drive:
    """Return what the output does to its terminals, its errors included."""
    waveform = twin.waveform
    if not twin.output:
        return OPEN
    sign = -1.0 if waveform.inverted == "INV" else 1.0
    level = twin.errors.sourced(OFFSET[0], waveform.offset)  # stays when the wave is inverted
    return Drive(level=level, resistance=OUTPUT_RESISTANCE, wave=wave_of(twin, sign))


def wave_of(twin: Keysight33511B, sign: float = 1.0) -> Wave | None:
    """Return the wave around the offset; None while there is none."""
    waveform = twin.waveform
    if waveform.function == "DC" or twin.awaits_trigger:
        return None
    shape, duty = waveform.function, 0.5
    if shape == "SQU":
        duty = waveform.duty / 100
    elif shape == "RAMP":
        duty = waveform.symmetry / 100
    elif shape == "TRI":
        shape = "RAMP"
    elif shape == "PULS":
        shape, duty = "SQU", waveform.width * waveform.frequency
    frequency = waveform.bandwidth if shape == "NOIS" else waveform.frequency
    phase = waveform.phase if twin.burst_began is None else twin.burst.phase - 360 * twin.burst_began * frequency
    peak = twin.errors.sourced(AMPLITUDE[0], waveform.amplitude) / 2
    return Wave(frequency, sign * peak, shape, phase, duty)


def clipped(twin: Keysight33511B, value: float, low: float, high: float, default: float) -> float:
    """Return a value within limits: one beyond is reported (-222) and clipped; MIN, MAX and DEF are -inf, inf, nan."""
    if math.isnan(value):
        return default
    if math.isfinite(value) and value > high * (1 + 1e-9):
        twin.status.report(-222, "value clipped to upper limit")
    elif math.isfinite(value) and value < low - 1e-9 * abs(low):
        twin.status.report(-222, "value clipped to lower limit")
    return min(max(value, low), high)


def set_frequency(twin: Keysight33511B, hertz: float) -> None:
    """Set the frequency; a pulse wider than its period gives way (-221)."""
    waveform = twin.waveform
    ratio = waveform.width * waveform.frequency
    highest = FREQUENCIES[waveform.function]
    waveform.frequency = clipped(twin, hertz, LOWEST_FREQUENCY, highest, DEFAULTS["frequency"])
    period = 1 / waveform.frequency
    if waveform.hold == "DCYC":
        waveform.width = ratio * period
    elif waveform.width > period - SHORTEST_PULSE:
        waveform.width = max(period - SHORTEST_PULSE, period / 2)
        if waveform.function == "PULS":
            twin.status.report(-221, "pulse width decreased due to period")


def set_function(twin: Keysight33511B, function: str) -> None:
    """Take another shape, which may be slower, or leave less room for the offset than a direct voltage did (-221)."""
    waveform = twin.waveform
    waveform.function = function
    if waveform.frequency > FREQUENCIES[function]:
        waveform.frequency = FREQUENCIES[function]
        twin.status.report(-221, f"frequency reduced for {NAMES[function]} function")
    if abs(waveform.offset) + waveform.peak > LARGEST_LEVEL:
        waveform.offset = math.copysign(LARGEST_LEVEL - waveform.peak, waveform.offset)
        twin.status.report(-221, "offset changed on exit from dc function")


def set_amplitude(twin: Keysight33511B, value: float, unit: str | None = None) -> None:
    """Set the amplitude as displayed; the offset gives way to it (-221)."""
    waveform = twin.waveform
    wanted = waveform.understood(value, unit or waveform.unit) if math.isfinite(value) else value
    waveform.amplitude = clipped(twin, wanted, SMALLEST_AMPLITUDE, 2 * LARGEST_LEVEL, DEFAULTS["amplitude"])
    if abs(waveform.offset) + waveform.peak > LARGEST_LEVEL * (1 + 1e-9):
        waveform.offset = math.copysign(LARGEST_LEVEL - waveform.peak, waveform.offset)
        twin.status.report(-221, "offset changed due to amplitude")


def set_offset(twin: Keysight33511B, volts: float) -> None:
    """Set the offset as displayed, within what the amplitude leaves (-222)."""
    waveform = twin.waveform
    room = LARGEST_LEVEL - waveform.peak
    waveform.offset = clipped(twin, volts / waveform.share, -room, room, DEFAULTS["offset"])


def set_levels(twin: Keysight33511B, low: float | None, high: float | None) -> None:
    """Set one of the two levels as displayed; the other one gives way where they meet (-221)."""
    waveform = twin.waveform
    bottom, top = waveform.offset - waveform.amplitude / 2, waveform.offset + waveform.amplitude / 2
    if high is not None:
        top = clipped(twin, high / waveform.share, -LARGEST_LEVEL + SMALLEST_AMPLITUDE, LARGEST_LEVEL, 0.1)
        if bottom > top - SMALLEST_AMPLITUDE:
            bottom = top - SMALLEST_AMPLITUDE
            twin.status.report(-221, "low level changed due to high level")
    if low is not None:
        bottom = clipped(twin, low / waveform.share, -LARGEST_LEVEL, LARGEST_LEVEL - SMALLEST_AMPLITUDE, -0.1)
        if top < bottom + SMALLEST_AMPLITUDE:
            top = bottom + SMALLEST_AMPLITUDE
            twin.status.report(-221, "high level changed due to low level")
    waveform.amplitude, waveform.offset = top - bottom, (top + bottom) / 2


def set_load(twin: Keysight33511B, ohms: float) -> None:
    """Tell what load the display is for: the output stays as it is, the display changes. DBM needs a finite one."""
    waveform = twin.waveform
    if math.isinf(ohms) and waveform.unit == "DBM":
        waveform.unit = "VPP"
        twin.status.report(-221, "amplitude units changed to Vpp due to high-Z load")
    waveform.load = ohms


def set_unit(twin: Keysight33511B, unit: str) -> None:
    """Choose the unit of amplitudes; -221 for dBm into a high impedance."""
    if unit == "DBM" and math.isinf(twin.waveform.load):
        raise ScpiError(-221, "unable to select dBm units due to high-Z load")
    twin.waveform.unit = unit


def set_width(twin: Keysight33511B, seconds: float) -> None:
    """Set the width of a pulse within its period."""
    period = 1 / twin.waveform.frequency
    twin.waveform.width = clipped(twin, seconds, SHORTEST_PULSE, max(period - SHORTEST_PULSE, period / 2), 100e-6)
