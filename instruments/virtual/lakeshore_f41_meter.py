"""How a virtual F41 measures: probe, ranges, the averaging window, extremes, the streaming buffer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.lakeshore_f41_specification import LONGEST_AVERAGE, MEASURE_FIELD, SAMPLE, SPECIFICATION_F41
from smtjlab.instruments.specification import OVERFLOW, RangeSpecification

from .command_tree import ON_OFF, Command, setting
from .parameter import Choice, Integer, Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .lakeshore_f41 import LakeShoreF41

NOT_A_NUMBER = 9.91e37
"""What stands for an axis or a probe that is not there; not found on a page, SCPI-99's own word."""
WINDOW_POINTS = 21
"""Moments at which a field that still moves is looked at within one averaging window."""
DEEPEST_BUFFER = 1000
"""Points that the streaming buffer holds before the oldest are lost; an assumption."""
EPOCH = np.datetime64("2026-01-01T00:00:00")
"""What the clock of the instrument shows when the bench begins."""


@dataclass(slots=True)
class Sense:
    """Settings of the measurement; fields in T."""

    mode: str = "DC"
    autorange: bool = True
    range: RangeSpecification = MEASURE_FIELD[0]
    average: int = 20
    baseline: float = 0.0
    maximum: float | None = None
    minimum: float | None = None
    compensation: str = "PROBE"
    manual_temperature: float = 25.0
    filter: bool = False
    filter_type: str = "LPASS"
    lowest_cutoff: str = "NONE"
    highest_cutoff: str = "NONE"
    band_pass: float = 1000.0
    qualifier: bool = False
    latching: bool = False
    latched: bool = False
    threshold: tuple[str, float, float | None] = ("OVER", 0.0, None)
    buffered_until: float = field(default=0.0)

    @property
    def window(self) -> float:
        """Return the averaging window in s."""
        return self.average * SAMPLE

    def range_for(self, tesla: float) -> RangeSpecification:
        """Return the range that autorange chooses for a field; the largest where none holds it."""
        return next((spec for spec in MEASURE_FIELD if spec.holds(tesla)), MEASURE_FIELD[-1])


def true_mean(twin: LakeShoreF41, end: float, window: float) -> float:
    """Return the mean of the field in T at the probe over the window before `end`."""
    magnet = twin.loop.sensed
    start = max(0.0, end - window)
    if magnet.settled_at <= start:
        return float(magnet.field(end))
    moments = np.linspace(start, end, WINDOW_POINTS)
    return float(np.mean([magnet.field(float(moment)) for moment in moments]))


def shown(twin: LakeShoreF41, true: float) -> float:
    """Return what the display shows in T where the window's mean is `true`: a word where the range is too small."""
    value = twin.errors.measured(twin.sense.range, true, nplc=twin.sense.average)
    return value if twin.sense.range.holds(value) else OVERFLOW


def read_field(twin: LakeShoreF41) -> float:
    """Return the reading in T at the end of the measurement under way, or a word that is no number."""
    twin.world.wait(SAMPLE)
    if not twin.probe_connected:
        return NOT_A_NUMBER
    sense = twin.sense
    true = true_mean(twin, twin.world.time, sense.window)
    if sense.autorange and sense.range_for(true) is not sense.range:
        sense.range = sense.range_for(true)
        twin.world.wait(SPECIFICATION_F41.range_change)
        twin.control.apply(twin)
    value = shown(twin, true)
    if abs(value) < OVERFLOW:
        sense.maximum = value if sense.maximum is None else max(sense.maximum, value)
        sense.minimum = value if sense.minimum is None else min(sense.minimum, value)
        sense.latched = sense.latched or qualifies(sense, value)
    return value


def qualifies(sense: Sense, value: float) -> bool:
    """Return whether a reading meets the qualifier's condition."""
    kind, low, high = sense.threshold
    size = abs(value) if kind.startswith("ABS") else value
    if kind == "OVER":
        return value > low
    if kind == "UNDER":
        return value < low
    inside = low <= size <= (low if high is None else high)
    return inside if kind.endswith("BETWEEN") else not inside


def _written(twin: LakeShoreF41, tesla: float) -> str:
    """Return a field in the chosen unit; words stay words."""
    return f"{tesla if abs(tesla) >= OVERFLOW else tesla / twin.unit_size:.8E}"


def _fetch(twin: LakeShoreF41, axis: str = "MAG") -> str:
    """Return the reading of the one axis, Z; the others are not there."""
    value = _written(twin, read_field(twin))
    absent = f"{NOT_A_NUMBER:.8E}"
    if axis == "ALL":
        return ",".join((absent, absent, value))
    return absent if axis in ("X", "Y") else value


def _fetch_rms(twin: LakeShoreF41, axis: str = "MAG") -> str:
    """Return the RMS value: of a steady field the noise of the instrument is all there is."""
    twin.world.wait(SAMPLE)
    noise = twin.sense.range.noise * abs(1 + 0.05 * float(twin.noise.standard_normal()))
    value = _written(twin, noise if twin.probe_connected else NOT_A_NUMBER)
    absent = f"{NOT_A_NUMBER:.8E}"
    if axis == "ALL":
        return ",".join((absent, absent, value))
    return absent if axis in ("X", "Y") else value


def _extreme(twin: LakeShoreF41, name: str) -> str:
    read_field(twin)
    value = getattr(twin.sense, name)
    return _written(twin, NOT_A_NUMBER if value is None else value)


def _relative(twin: LakeShoreF41) -> str:
    value = read_field(twin)
    return _written(twin, value if abs(value) >= OVERFLOW else value - twin.sense.baseline)


def _tare(twin: LakeShoreF41) -> None:
    value = read_field(twin)
    if abs(value) >= OVERFLOW:
        raise ScpiError(-230)
    twin.sense.baseline = value


def _reset_extremes(twin: LakeShoreF41) -> None:
    twin.sense.maximum = twin.sense.minimum = None


def _buffer(twin: LakeShoreF41) -> str:
    """Return the points since the last question, one for each averaging window, each ending in a semicolon."""
    sense, now = twin.sense, twin.world.time
    if now - sense.buffered_until < sense.window and twin.world.jumps:
        twin.world.wait(sense.window)  # on imagined time, whoever asks is who waits
        now = twin.world.time
    count = int((now - sense.buffered_until) / sense.window + 1e-9)
    first = max(0, count - DEEPEST_BUFFER)
    ends = [sense.buffered_until + (index + 1) * sense.window for index in range(first, count)]
    sense.buffered_until += count * sense.window
    return '"' + "".join(_point(twin, end) for end in ends) + '"'


def _point(twin: LakeShoreF41, end: float) -> str:
    value = shown(twin, true_mean(twin, end, twin.sense.window)) if twin.probe_connected else NOT_A_NUMBER
    stamp = EPOCH + np.timedelta64(round(end * 1e3), "ms")
    field_text, absent = _written(twin, value), f"{NOT_A_NUMBER:.8E}"
    setpoint = _written(twin, twin.control.setpoint)
    return f"{stamp},{field_text},{absent},{absent},{field_text},{setpoint},0;"


def _set_range(twin: LakeShoreF41, value: float) -> None:
    tesla = abs(value) * twin.unit_size
    spec = next((one for one in MEASURE_FIELD if one.holds(tesla)), None)
    if spec is None:
        raise ScpiError(-222)
    twin.sense.range, twin.sense.autorange = spec, False
    twin.control.apply(twin)


def _set_baseline(twin: LakeShoreF41, value: float) -> None:
    twin.sense.baseline = value * twin.unit_size


def _set_threshold(twin: LakeShoreF41, kind: str, low: float, high: float | None = None) -> None:
    if (high is None) is not (kind in ("OVER", "UNDER")):
        raise ScpiError(-109 if high is None else -108)
    twin.sense.threshold = (kind, low * twin.unit_size, None if high is None else high * twin.unit_size)


def _threshold(twin: LakeShoreF41) -> str:
    kind, *ends = twin.sense.threshold
    return ",".join((kind, *(_written(twin, end) for end in ends if end is not None)))


def _condition(twin: LakeShoreF41) -> str:
    value = read_field(twin)
    met = abs(value) < OVERFLOW and qualifies(twin.sense, value)
    return str(int(met or (twin.sense.latching and twin.sense.latched)))


AXES = Choice(("X", "Y", "Z", "MAGnitude", "ALL"))
CUTOFFS = Choice(("NONE", "F10", "F30", "F100", "F300", "F1000", "F3000", "F10000"))
FIELD = Number(-1e9, 1e9, 0.0)
"""A field in the chosen unit; what it may be is decided in T."""
THRESHOLDS = Choice(("OVER", "UNDER", "BETWEEN", "OUTSIDE", "ABSBETWEEN", "ABSOUTSIDE"))

COMMANDS = (
    Command(header=":FETCh:DC", query=_fetch, asks=(AXES,), note="rolling average of the field"),
    Command(header=":FETCh:RMS", query=_fetch_rms, asks=(AXES,)),
    Command(header=":FETCh:FREQuency", query=lambda twin: f"{0.0:.8E}", note="0: no alternating field on this bench"),
    Command(header=":FETCh:MAXimum", query=lambda twin: _extreme(twin, "maximum")),
    Command(header=":FETCh:MINimum", query=lambda twin: _extreme(twin, "minimum")),
    Command(header=":FETCh:MAXPeak", query=lambda twin: _extreme(twin, "maximum")),
    Command(header=":FETCh:MINPeak", query=lambda twin: _extreme(twin, "minimum")),
    Command(header=":FETCh:TEMPerature", query=lambda twin: f"{twin.temperature():.8E}", note="of the probe, in °C"),
    Command(header=":FETCh:RELative", query=_relative),
    Command(header=":FETCh:BUFFer:DC", query=_buffer, note="streaming buffer, a point for each averaging window"),
    setting(":SENSe:MODE", "sense.mode", Choice(("DC", "AC", "HIFR"))),
    setting(":SENSe:RANGe:AUTO", "sense.autorange", ON_OFF),
    Command(header=":SENSe:RANGe[:UPPer]", write=_set_range, takes=(FIELD,),
            query=lambda twin: _written(twin, twin.sense.range.range)),
    setting(":SENSe:AVERage:COUNt", "sense.average", Integer(1, LONGEST_AVERAGE, 20)),
    Command(header=":SENSe:MRESet", write=_reset_extremes),
    Command(header=":SENSe:RELative:TARE", write=_tare),
    Command(header=":SENSe:RELative:BASEline", write=_set_baseline, takes=(FIELD,),
            query=lambda twin: _written(twin, twin.sense.baseline)),
    setting(":SENSe:TCOMpensation:TSOURce", "sense.compensation", Choice(("PROBE", "MTEM", "NONE"))),
    setting(":SENSe:TCOMpensation:MTEMperature", "sense.manual_temperature", Number(-273.15, 1000, 25)),
    setting(":SENSe:FILTer[:STATe]", "sense.filter", ON_OFF),
    setting(":SENSe:FILTer:TYPE", "sense.filter_type", Choice(("LPASS", "HPASS", "BPASS"))),
    setting(":SENSe:FILTer:LPASs:CUTOff", "sense.lowest_cutoff", CUTOFFS),
    setting(":SENSe:FILTer:HPASs:CUTOff", "sense.highest_cutoff", CUTOFFS),
    setting(":SENSe:FILTer:BPASs:CENTer", "sense.band_pass", Number(1, 1e5, 1000)),
    setting(":SENSe:QUALifier[:STATe]", "sense.qualifier", ON_OFF),
    Command(header=":SENSe:QUALifier:CONDition", query=_condition),
    setting(":SENSe:QUALifier:LATCh", "sense.latching", ON_OFF),
    Command(header=":SENSe:QUALifier:LRESet", write=lambda twin: setattr(twin.sense, "latched", False)),
    Command(header=":SENSe:QUALifier:THREshold", write=_set_threshold, query=_threshold,
            takes=(THRESHOLDS, FIELD, FIELD), needed=2),
)  # fmt: skip
"""Commands of the measurement."""
