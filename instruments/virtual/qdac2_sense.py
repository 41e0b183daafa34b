"""The current sensor of a channel of a virtual QDAC-II: range, integration, triggers, readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.qdac2_specification import CHANNELS, MEASURE_CURRENT, NPLC_LIMITS, SPECIFICATION_QDAC2
from smtjlab.instruments.specification import OVERFLOW, RangeSpecification

from .command_tree import ON_OFF, Command
from .parameter import Choice, Integer, Number
from .qdac2_kinds import CHANNEL_LIST, TriggerName, asked, per_channel, told
from .scpi import ScpiError
from .world import Operation

if TYPE_CHECKING:
    from .qdac2 import QDAC2
    from .world import Doing

LINE_FREQUENCY = 50
"""Power line frequency in Hz."""
SENSE = ":SENSe"


@dataclass(slots=True)
class Sensor:
    """Settings and readings of one sensor; currents in A, times in s."""

    range_name: str = "HIGH"
    aperture: float = 1 / LINE_FREQUENCY
    delay: float = 0.0
    count: int = 1
    trigger: str = "IMM"
    continuous: bool = False
    waiting: bool = False
    operation: Operation | None = None
    left: int = 0
    last: float = 0.0
    readings: list[float] = field(default_factory=list)

    @property
    def range(self) -> RangeSpecification:
        """Return the present range."""
        return MEASURE_CURRENT[self.range_name]

    @property
    def nplc(self) -> float:
        """Return the integration in power line cycles."""
        return self.aperture * LINE_FREQUENCY

    @property
    def running(self) -> bool:
        """Return whether readings are being taken."""
        return self.operation is not None and not self.operation.done


def measure(twin: QDAC2, numbers: Sequence[int]) -> Doing[dict[int, list[float]]]:
    """Take the readings of several sensors side by side."""
    taken: dict[int, list[float]] = {number: [] for number in numbers}
    sensors = {number: twin.channels[number].sensor for number in numbers}
    yield max(sensor.delay for sensor in sensors.values())
    for turn in range(max(sensor.count for sensor in sensors.values())):
        busy = [number for number in numbers if turn < sensors[number].count]
        wired = [number for number in busy if twin.wired(number)]
        longest = max(sensors[number].aperture for number in busy)
        integrals = {number: twin.world.begin(twin.port(number), sensors[number].aperture) for number in wired}
        yield longest
        for number in busy:
            amperes = integrals[number].mean().current if number in integrals else 0.0
            taken[number].append(_reading(twin, number, amperes))
        yield SPECIFICATION_QDAC2.overhead
    return taken


def _reading(twin: QDAC2, number: int, amperes: float) -> float:
    sensor = twin.channels[number].sensor
    shown = twin.errors[number].measured(sensor.range, amperes, sensor.nplc)
    sensor.last = shown if sensor.range.holds(shown) else OVERFLOW
    return sensor.last


def initiate(twin: QDAC2, number: int) -> None:
    """Make ready for the trigger, which may be immediate; -213 while it measures."""
    sensor = twin.channels[number].sensor
    if sensor.running:
        raise ScpiError(-213)
    sensor.waiting = True
    if sensor.trigger == "IMM":
        start(twin, number)


def start(twin: QDAC2, number: int) -> None:
    """Measure as often as the count says."""
    sensor = twin.channels[number].sensor
    if not sensor.running:
        sensor.waiting = sensor.continuous
        sensor.operation = twin.world.start(_run(twin, number))
        twin.world.catch_up()


def _run(twin: QDAC2, number: int) -> Doing[None]:
    sensor = twin.channels[number].sensor
    sensor.left = sensor.count
    yield sensor.delay
    while sensor.left > 0:
        integral = twin.world.begin(twin.port(number), sensor.aperture) if twin.wired(number) else None
        yield sensor.aperture
        sensor.readings.append(_reading(twin, number, integral.mean().current if integral else 0.0))
        sensor.left -= 1
        yield SPECIFICATION_QDAC2.overhead


def abort(twin: QDAC2, number: int) -> None:
    """Stop measuring."""
    sensor = twin.channels[number].sensor
    sensor.waiting, sensor.left = False, 0
    if sensor.running and sensor.operation is not None:
        twin.world.abort(sensor.operation)


def _read(twin: QDAC2, number: int, channels: tuple[int, ...] = ()) -> str:
    """Measure at once, whatever the sensors were waiting for, and return the currents."""
    numbers = channels or (number,)
    for one in numbers:
        abort(twin, one)
    taken = twin.carry_out(measure(twin, numbers))
    return ",".join(_AMPERES.write(value) for one in numbers for value in taken[one])


def _available(twin: QDAC2, number: int) -> list[float]:
    """Return the readings that wait; on imagined time whoever asks has waited for them."""
    sensor = twin.channels[number].sensor
    if sensor.running and sensor.operation is not None and twin.world.jumps:
        twin.world.wait_for(sensor.operation)
    return sensor.readings


def _fetch(twin: QDAC2, number: int) -> str:
    return ",".join(_AMPERES.write(value) for value in _available(twin, number))


def _remove(twin: QDAC2, number: int) -> str:
    answer = _fetch(twin, number)
    twin.channels[number].sensor.readings.clear()
    return answer


def _set_continuous(twin: QDAC2, number: int, on: bool) -> None:
    sensor = twin.channels[number].sensor
    sensor.continuous = on
    if on and not sensor.running:
        initiate(twin, number)


def _set_nplc(twin: QDAC2, number: int, cycles: int) -> None:
    twin.channels[number].sensor.aperture = cycles / LINE_FREQUENCY


_AMPERES = Number(-1, 1, 0, "A")

COMMANDS = (
    Command(header=f":READ<1..{CHANNELS[-1]}>[:CURRent]", query=_read, asks=(CHANNEL_LIST,), note="measures at once"),
    asked("[:CURRent]", _fetch, root=":FETCh"),
    per_channel("[:CURRent]:RANGe", Choice(tuple(MEASURE_CURRENT)), "range_name", part="sensor", root=SENSE),
    per_channel("[:CURRent]:APERture", Number(3e-4, 2, 0.02, "S"), "aperture", part="sensor", root=SENSE),
    per_channel("[:CURRent]:NPLCycles", Integer(*NPLC_LIMITS, 1), "nplc", part="sensor", root=SENSE, act=_set_nplc,
                read=lambda twin, number: round(twin.channels[number].sensor.nplc)),
    per_channel("[:CURRent]:DELay", Number(0, 3600, 0, "S"), "delay", part="sensor", root=SENSE),
    per_channel("[:CURRent]:COUNt", Integer(1, 2**16, 1), "count", part="sensor", root=SENSE),
    asked("[:CURRent]:NCLeft", lambda twin, number: str(twin.channels[number].sensor.left), root=SENSE),
    asked("[:CURRent]:DATA:LAST", lambda twin, number: _AMPERES.write(twin.channels[number].sensor.last), root=SENSE),
    asked("[:CURRent]:DATA:POINts", lambda twin, number: str(len(_available(twin, number))), root=SENSE),
    asked("[:CURRent]:DATA:REMove", _remove, root=SENSE),
    per_channel("[:CURRent]:TRIGger:SOURce", TriggerName(), "trigger", part="sensor", root=SENSE),
    told("[:CURRent]:INITiate[:IMMediate]", initiate, root=SENSE),
    per_channel("[:CURRent]:INITiate:CONTinuous", ON_OFF, "continuous", part="sensor", root=SENSE,
                act=_set_continuous),
    told("[:CURRent]:ABORt", abort, root=SENSE),
)  # fmt: skip
"""SENSe, READ and FETCh."""
