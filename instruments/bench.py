"""The bench of a station: named instruments, their roles, addresses, wiring and site limits, from one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from smtjlab.simulation.circuits.elements import Capacitor
from smtjlab.simulation.measured_circuit import Amplifier

from .calibration import Ambient, Circumstances
from .errors import BenchFileError
from .limits import FieldLimits, Limits, SetpointLimits, SiteLimits, TemperatureLimits
from .matrix import Matrix
from .monitor import Monitor
from .roles import Role

PACKAGED = Path(__file__).parent / "benches"
IN_PROCESS = "@smtj"
AT_DEVICE = ("gate", "junction")
"""The instruments that every bench has: source meters at the first device."""
TRANSVERSE = "transverse_field"
"""Name of the field source whose field is along the minor axis."""
AROUND = {"field": Role.FIELD_SOURCE, TRANSVERSE: Role.FIELD_SOURCE, "temperature": Role.THERMOMETER}
"""What a setpoint may ask of the surroundings of the device, and the role that brings it there."""


class BenchClock(StrEnum):
    """How time passes on a virtual bench."""

    REAL = "real"
    SCALED = "scaled"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSettings:
    """What a virtual bench has that metal has not. Its truth and its faults are for its server's eyes only."""

    clock: BenchClock = BenchClock.VIRTUAL
    factor: float = 1.0
    """Seconds on the bench for each second outside, where the clock is scaled."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentEntry:
    """One instrument as the bench file names it."""

    name: str
    driver: str
    """`file:Class` of smtjlab.instruments, or `package.module:Class`."""
    role: Role
    address: str
    """VISA resource name."""
    calibrated: date | None = None
    twin: str | None = None
    """Model that imitates it, where that is not the driver's namesake: `keithley_2450:Keithley2450`."""
    line: int | None = None
    """Line of the bench file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A resistor of the circuit around the devices: R_s, a load."""

    resistance: float
    """ohm."""
    between: tuple[str, str]
    """The two nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A station, checked. The mappings are keyed by instrument name; wiring by `instrument.terminal`.

    Limits of an instrument with two channels are keyed by channel, `dual.a`.
    """

    name: str
    path: Path
    text: str
    """The whole file, for the record, with its circuit file below it."""
    visa_library: str
    """What PyVISA's ResourceManager is given."""
    instruments: Mapping[str, InstrumentEntry]
    wiring: Mapping[str, str]
    limits: Mapping[str, SiteLimits]
    devices: tuple[str, ...] = ("device",)
    """Devices under test; the first is the one that procedures measure."""
    magnets: tuple[str, ...] = ()
    components: Mapping[str, Component] = field(default_factory=dict)
    capacitors: Mapping[str, Capacitor] = field(default_factory=dict)
    """Capacitors of a circuit file, between nodes of the bench."""
    amplifiers: Mapping[str, Amplifier] = field(default_factory=dict)
    """Operational amplifiers of a circuit file."""
    has_circuit: bool = False
    """Whether a circuit file says what is measured, rather than one junction between `gate` and `junction`."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Parts that a channel of an instrument plays: `gate` by `dual.a`."""
    ambient: Ambient | None = None
    """The temperature around the instruments; None where nobody says."""
    monitors: Mapping[str, Monitor] = field(default_factory=dict)
    """What must hold around a measurement, by name."""
    matrix: Matrix | None = None
    """Relays before the needles that lead to one of several devices; None where every device has pads of its own."""
    virtual: VirtualSettings | None = None
    in_process: bool = False
    """Whether the instruments are imitated inside this process (`@smtj`), for unit tests."""

    @classmethod
    def load(cls, name: str | Path) -> Bench:
        """Return the bench called `name`: a packaged one, or a file; with `@smtj` at its end, in process.

        Raises BenchFileError with file and line where the file does not say what it must.
        """
        from .bench_file import read_bench

        text = str(name)
        in_process = text.endswith(IN_PROCESS)
        return read_bench(find_bench(text.removesuffix(IN_PROCESS)), in_process=in_process)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all instruments, and of the parts that their channels play."""
        return (*self.instruments, *self.parts)

    def place_of(self, name: str) -> tuple[str, str]:
        """Return the instrument and the channel, empty for the whole, of a name: `dual` and `a` for the part `gate`."""
        instrument, _, channel = self.parts.get(name, name).partition(".")
        return instrument, channel

    def part_of(self, channel: str) -> str | None:
        """Return the part that a channel plays, `gate` for `dual.a`; None where it plays none."""
        return next((part for part, played in self.parts.items() if played == channel), None)

    def limits_of(self, name: str) -> SiteLimits | None:
        """Return the limits of an instrument or of a channel, `dual.a`, under whatever name it plays its part."""
        return self.limits.get(self.part_of(name) or name)

    @property
    def source_limits(self) -> dict[str, Limits]:
        """Return the limits of the two source meters at the device that procedures measure."""
        return {
            name: limits for name, limits in self.limits.items() if name in AT_DEVICE and isinstance(limits, Limits)
        }

    @property
    def device_limits(self) -> dict[str, SetpointLimits]:
        """Return the limits of all that a setpoint may ask for.

        They are `gate` and `junction`, and those of AROUND for which the bench has an instrument with limits.
        """
        found: dict[str, SetpointLimits] = dict(self.source_limits)
        for quantity in AROUND:
            limits = self.limits.get(self.around(quantity) or "")
            if isinstance(limits, FieldLimits | TemperatureLimits):
                found[quantity] = limits
        return found

    def around(self, quantity: str) -> str | None:
        """Return the name of the instrument that brings one of AROUND to a setpoint; None where none does.

        It is the first of the file with that role. The field along the minor axis is that of the field source called
        `transverse_field`, and of no other.
        """
        playing = [name for name, entry in self.instruments.items() if entry.role is AROUND[quantity]]
        return next((name for name in playing if (name == TRANSVERSE) == (quantity == TRANSVERSE)), None)

    def circumstances(self, today: date) -> dict[str, Circumstances]:
        """Return what the limits of the instruments at the device depend on, on a day.

        They are named `gate`, `junction`, and those of AROUND that the bench has.
        """
        names = {name: self.place_of(name)[0] for name in AT_DEVICE if name in self.names}
        names |= {quantity: name for quantity in AROUND if (name := self.around(quantity)) is not None}
        return {
            part: Circumstances(calibrated=self.instruments[name].calibrated, today=today, ambient=self.ambient)
            for part, name in names.items()
        }


def packaged_benches() -> list[str]:
    """Return the names of the benches that come with the package."""
    return sorted(path.stem for path in PACKAGED.glob("*.toml"))


def find_bench(name: str) -> Path:
    """Return the path of a packaged bench or of a bench file; BenchFileError where there is neither."""
    path = Path(name).expanduser()
    if path.suffix != ".toml" and path.name == name:
        if name in packaged_benches():
            return PACKAGED / f"{name}.toml"
        near = get_close_matches(name, packaged_benches(), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise BenchFileError(
            f"A bench must be a TOML file or one of {', '.join(packaged_benches())}, but is {name!r}.{hint}"
        )
    if not path.is_file():
        raise BenchFileError(f"A bench file must exist, but there is no {str(path)!r} (looked at {path.absolute()}).")
    return path.absolute()
