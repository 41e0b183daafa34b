"""How a virtual 475 measures: ranges, digits, zeroing, extremes, and what it says where there is nothing to say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.lakeshore_475_specification import MEASURE_FIELD, READING_TIMES, SPECIFICATION_475, UNITS
from smtjlab.instruments.specification import RangeSpecification

from .command_tree import Command, setting
from .lakeshore import Whole
from .line_language import Real
from .scpi import ScpiError

if TYPE_CHECKING:
    from .lakeshore_475 import LakeShore475

OVERLOAD, NO_PROBE = "OL", "NO PROBE"
"""Answers in place of a number; not found on a page, and neither can be read as one."""
ZEROING = 5.0
"""Seconds that `ZPROBE` takes; an assumption."""
COARSER = {1: 100.0, 2: 10.0, 3: 1.0}
"""Resolution and noise relative to those at 5 3/4 digits."""


@dataclass(slots=True)
class Meter:
    """Settings of the measurement; fields in T."""

    unit: int = 1
    temperature_unit: int = 1
    range: int = 4
    autorange: int = 1
    mode: tuple[int, ...] = (1, 2, 1, 1, 1)
    """Dc, rms or peak; digits; filter; kind of peak; peak shown."""
    relative: tuple[int, int] = (0, 1)
    relative_setpoint: float = 0.0
    maximum: float | None = None
    minimum: float | None = None
    zero: dict[RangeSpecification, float] = field(default_factory=dict)
    """What is subtracted since the probe was zeroed, by range."""

    @property
    def specification(self) -> RangeSpecification:
        """Return the present range."""
        return MEASURE_FIELD[self.range - 1]

    @property
    def size(self) -> float:
        """Return the size in T of the unit that fields are told in."""
        return UNITS[self.unit]

    def range_for(self, tesla: float) -> int:
        """Return the number of the range that autorange chooses; the largest where none holds the field."""
        return next((number for number, spec in enumerate(MEASURE_FIELD, 1) if spec.holds(tesla)), len(MEASURE_FIELD))


def written(tesla: float, size: float) -> str:
    """Return a field as `±nnn.nnnE±nn`: three digits before the point, so that six are always told."""
    value = tesla / size
    if value == 0:
        return "+000.000E+00"
    exponent = math.floor(math.log10(abs(value))) - 2
    mantissa = value / 10.0**exponent
    if abs(mantissa) >= 999.9995:
        exponent, mantissa = exponent + 1, mantissa / 10
    return f"{mantissa:+08.3f}E{exponent:+03d}"


def read_field(twin: LakeShore475) -> float | None:
    """Return the dc reading in T when the measurement under way has ended; None where the range is too small."""
    meter = twin.meter
    twin.world.wait(READING_TIMES[meter.mode[1]])
    true = twin.loop.sensed.field(twin.world.time)
    if meter.autorange and meter.range_for(true) != meter.range:
        meter.range = meter.range_for(true)
        twin.world.wait(SPECIFICATION_475.range_change)
        twin.control.follow(twin)
    spec, coarser = meter.specification, COARSER[meter.mode[1]]
    exact = twin.errors.measured(spec, true, nplc=1 / coarser**2) - meter.zero.get(spec, 0.0)
    step = spec.resolution * coarser
    value = round(exact / step) * step
    if not spec.holds(value):
        return None
    meter.maximum = value if meter.maximum is None else max(meter.maximum, value)
    meter.minimum = value if meter.minimum is None else min(meter.minimum, value)
    return value


def _reading(twin: LakeShore475, offset: float = 0.0) -> str:
    if not twin.probe_connected:
        return NO_PROBE
    if twin.meter.mode[0] != 1:
        return written(0.0, 1.0)  # rms and peak of a steady field
    value = read_field(twin)
    return OVERLOAD if value is None else written(value - offset, twin.meter.size)


def _extremes(twin: LakeShore475) -> str:
    """Return minimum and maximum since they were reset, this reading included."""
    if not twin.probe_connected:
        return f"{NO_PROBE},{NO_PROBE}"
    read_field(twin)
    ends = (twin.meter.minimum, twin.meter.maximum)
    return ",".join(OVERLOAD if end is None else written(end, twin.meter.size) for end in ends)


def _reset_extremes(twin: LakeShore475) -> None:
    twin.meter.maximum = twin.meter.minimum = None


def _zero(twin: LakeShore475) -> None:
    """Take what the probe sees now for zero: right in a zero-gauss chamber, wrong in a magnet."""
    if not twin.probe_connected:
        raise ScpiError(-221)
    twin.world.wait(ZEROING)
    seen = twin.loop.sensed.field(twin.world.time)
    for spec in MEASURE_FIELD:
        twin.meter.zero[spec] = twin.errors.measured(spec, seen, nplc=10)
    twin.control.follow(twin)


def _forget_zero(twin: LakeShore475) -> None:
    twin.meter.zero.clear()
    twin.control.follow(twin)


def _set_unit(twin: LakeShore475, unit: int) -> None:
    twin.meter.unit = unit


def _set_range(twin: LakeShore475, number: int) -> None:
    twin.meter.range, twin.meter.autorange = number, 0
    twin.control.follow(twin)


def _set_relative(twin: LakeShore475, state: int, source: int) -> None:
    """Choose the setpoint of the relative reading: the user's own, or the field of this moment."""
    twin.meter.relative = (state, source)
    if state and source == 2 and twin.probe_connected:
        twin.meter.relative_setpoint = read_field(twin) or 0.0


def _set_relative_setpoint(twin: LakeShore475, value: float) -> None:
    twin.meter.relative_setpoint = value * twin.meter.size


def _temperature(twin: LakeShore475) -> str:
    if not twin.probe_connected:
        return NO_PROBE
    kelvin = twin.world.stage.surroundings
    return f"{kelvin if twin.meter.temperature_unit == 2 else kelvin - 273.15:+07.2f}"


def _hall_resistance(twin: LakeShore475) -> str:
    """Return the Hall resistance of the sensor in ohm: the field times its sensitivity."""
    return written(twin.loop.sensed.field(twin.world.time) * SENSITIVITY / HALL_CURRENT, 1.0)


SENSITIVITY = 8e-3 / 0.1
"""Of the sensor, in V/T at its current: 8 mV/kG."""
HALL_CURRENT = 0.1
"""Current through the sensor in A."""
MODES = (Whole(1, 3), Whole(1, 3), Whole(1, 3), Whole(1, 2), Whole(1, 3))

COMMANDS = (
    Command(header="RDGFIELD", query=_reading, note="field in the unit chosen"),
    Command(header="RDGREL", query=lambda twin: _reading(twin, twin.meter.relative_setpoint), note="less the setpoint"),
    Command(header="RDGMNMX", query=_extremes, note="minimum and maximum"),
    Command(header="MXRST", write=_reset_extremes, note="begins anew"),
    Command(header="RDGPEAK", query=lambda twin: ",".join([written(0.0, 1.0)] * 2), note="none on this bench"),
    Command(header="RDGFRQ", query=lambda twin: written(0.0, 1.0), note="no alternating field on this bench"),
    Command(header="RDGOHM", query=_hall_resistance, note="Hall resistance in ohm"),
    Command(header="RDGTEMP", query=_temperature, note="of the probe"),
    setting("TUNIT", "meter.temperature_unit", Whole(1, 2)),
    setting("UNIT", "meter.unit", Whole(1, 4), write=_set_unit),
    setting("RANGE", "meter.range", Whole(1, len(MEASURE_FIELD)), write=_set_range),
    setting("AUTO", "meter.autorange", Whole(0, 1)),
    Command(header="RDGMODE", write=lambda twin, *mode: setattr(twin.meter, "mode", mode), takes=MODES,
            query=lambda twin: ",".join(map(str, twin.meter.mode))),
    Command(header="REL", write=_set_relative, takes=(Whole(0, 1), Whole(1, 2)),
            query=lambda twin: ",".join(map(str, twin.meter.relative))),
    Command(header="RELSP", write=_set_relative_setpoint, takes=(Real(-1e12, 1e12),),
            query=lambda twin: written(twin.meter.relative_setpoint, twin.meter.size)),
    Command(header="ZPROBE", write=_zero, note="takes the field of this moment for zero"),
    Command(header="ZCLEAR", write=_forget_zero, note="forgets the zero"),
    Command(header="TYPE", query=lambda twin: "40" if twin.probe_connected else "0", note="40: high sensitivity"),
    Command(header="PRBSNUM", query=lambda twin: f"{twin.serial_number}P" if twin.probe_connected else NO_PROBE),
    Command(header="PRBSENS", query=lambda twin: written(SENSITIVITY * 1e2, 1.0), note="in mV/kG"),
)  # fmt: skip
"""Commands of the measurement."""
