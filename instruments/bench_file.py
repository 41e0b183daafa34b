"""Reading a bench file: every table, key and value is checked, and each mistake is told with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtjlab.simulation.errors import SimulationMistake, TomlError
from smtjlab.simulation.toml_file import TomlFile

from .addresses_file import check_addresses, read_address
from .bench import AT_DEVICE, IN_PROCESS, TRANSVERSE, Bench, BenchClock, InstrumentEntry, VirtualSettings
from .calibration import read_ambient
from .driver_name import DriverName, DriverNameError
from .errors import BenchFileError
from .limits import SiteLimits
from .limits_file import CHANNELS, KINDS, OPTIONAL, limited_names, read_limits
from .matrix import Matrix, read_matrix
from .monitor import read_monitors
from .roles import Role
from .terminals import STAGE
from .toml_reader import TomlReader
from .wiring_file import WiringReader, read_component

if TYPE_CHECKING:
    from .circuit_on_bench import PlacedCircuit

ROLES = {"gate": [Role.SOURCE_METER], "junction": [Role.SOURCE_METER], TRANSVERSE: [Role.FIELD_SOURCE]}
"""What instruments whose names say their part must be."""
NEEDED = ("driver", "role", "address")
NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_bench(path: Path, *, in_process: bool = False) -> Bench:
    """Return the bench that the file at `path` describes; BenchFileError at the first thing that is wrong."""
    try:
        file = TomlFile.read(path)
    except TomlError as problem:
        raise BenchFileError(str(problem)) from None
    return _BenchReader(file).bench(in_process)


class _BenchReader(TomlReader):
    """One file on its way to a bench. Keys are dotted paths, such as `limits.gate.voltage`."""

    def bench(self, in_process: bool) -> Bench:
        top = self.table("", self.file.data, needed=("name", "instruments", "wiring", "limits"), allowed=TOP_KEYS)
        library = self.text("visa_library", top.get("visa_library", "@py"), empty=True)
        in_process = in_process or library == IN_PROCESS
        virtual = self.virtual(top, in_process)
        placed = self.circuit(top)
        instruments = self.instruments(top["instruments"], virtual, in_process, needed=() if placed else AT_DEVICE)
        self.devices = placed.devices if placed else self.names("devices", top.get("devices", ["device"]))
        self.magnets = self.names("magnets", top.get("magnets", []), taken=(*self.devices, STAGE))
        self.components = {
            name: read_component(self, name, fields, self.devices)
            for name, fields in self.table("components", top.get("components", {})).items()
        } | ({} if placed is None else dict(placed.components))
        wiring = WiringReader(
            self,
            instruments,
            self.devices,
            self.magnets,
            self.components,
            self.parts,
            None if placed is None else placed.nets,
        ).wires(top["wiring"])
        return Bench(
            name=self.text("name", top["name"]),
            path=Path(self.file.path),
            text=self.text_for_record,
            visa_library=f"{self.file.path}{IN_PROCESS}" if in_process else library,
            instruments=instruments,
            wiring=wiring,
            limits=self.limits(top["limits"], instruments),
            devices=self.devices,
            magnets=self.magnets,
            components=self.components,
            capacitors={} if placed is None else placed.capacitors,
            amplifiers={} if placed is None else placed.amplifiers,
            has_circuit=placed is not None,
            parts=self.parts,
            ambient=read_ambient(self, top["ambient"]) if "ambient" in top else None,
            monitors=read_monitors(self, top.get("monitors", {}), self.roles(instruments)),
            matrix=self.matrix(top, instruments, wiring),
            virtual=virtual,
            in_process=in_process,
        )

    # The parts of the file, in its order.

    def circuit(self, top: Mapping[str, Any]) -> PlacedCircuit | None:
        """Return the circuit of the file that the bench names, next to its own; None where it names none."""
        self.text_for_record = self.file.text
        if "circuit" not in top:
            return None
        from .circuit_on_bench import read_placed

        if "devices" in top:
            self.fail("devices", "`devices` must be left to the circuit file, whose junctions they are")
        try:
            placed, lines = read_placed(Path(self.file.path).parent / self.text("circuit", top["circuit"]))
        except SimulationMistake as problem:
            self.fail("circuit", str(problem).removesuffix("."))
        self.text_for_record = f"{self.file.text.rstrip()}\n\n{lines}"
        return placed

    def instruments(
        self, tables: Any, virtual: VirtualSettings | None, in_process: bool, needed: Iterable[str]
    ) -> dict[str, InstrumentEntry]:
        entries: dict[str, InstrumentEntry] = {}
        tables = self.table("instruments", tables, needed=needed)
        played = {name: fields for name, fields in tables.items() if isinstance(fields, dict) and "part_of" in fields}
        for name, fields in tables.items():
            if name not in played:
                entries[name] = self.instrument(name, fields, virtual, in_process)
        self.parts: dict[str, str] = {}
        for name, fields in played.items():
            self.parts[name] = self.part(name, fields, entries)
        check_addresses(self, entries)
        return entries

    def part(self, name: str, fields: Any, entries: Mapping[str, InstrumentEntry]) -> str:
        """Return the channel that plays a part, `dual.a`."""
        key = f"instruments.{name}.part_of"
        channels = [
            channel for one, entry in entries.items() if entry.role is Role.SOURCE_METER_PAIR
            for channel in limited_names(one, entry.role)
        ]  # fmt: skip
        self.table(f"instruments.{name}", fields, allowed=("part_of",))
        if not channels:
            self.fail(key, "`part_of` must name a channel of a source_meter_pair, but the bench has none")
        channel = self.choice(key, fields["part_of"], channels)
        for other in [one for one, taken in self.parts.items() if taken == channel]:
            self.fail(key, f"A channel must play one part, but {channel!r} plays {other!r} and {name!r}")
        return channel

    def instrument(self, name: str, fields: Any, virtual: VirtualSettings | None, in_process: bool) -> InstrumentEntry:
        key = f"instruments.{name}"
        if not NAME.fullmatch(name):
            self.fail(key, f"An instrument's name must be of lower-case letters, digits and _, but is {name!r}")
        fields = self.table(key, fields, needed=NEEDED, allowed=(*NEEDED, "calibrated", "twin"))
        driver = self.text(f"{key}.driver", fields["driver"])
        try:
            DriverName.parse(driver).check()
        except DriverNameError as problem:
            self.fail(f"{key}.driver", str(problem))
        calibrated = fields.get("calibrated")
        if calibrated is not None and type(calibrated) is not date:
            self.fail(f"{key}.calibrated", f"`calibrated` must be a date such as 2026-03-01, but is {calibrated!r}")
        return InstrumentEntry(
            name=name,
            driver=driver,
            role=Role(self.choice(f"{key}.role", fields["role"], ROLES.get(name, [*Role]))),
            address=f"TCPIP::{name}::INSTR"
            if in_process
            else read_address(self, key, fields["address"], virtual=virtual is not None),
            calibrated=calibrated,
            twin=self.text(f"{key}.twin", fields["twin"]) if "twin" in fields else None,
            line=self.file.line_of(key),
        )

    def matrix(
        self, top: Mapping[str, Any], instruments: Mapping[str, InstrumentEntry], wiring: Mapping[str, str]
    ) -> Matrix | None:
        switches = [name for name, entry in instruments.items() if entry.role is Role.SWITCH]
        return read_matrix(self, top["matrix"], switches, wiring) if "matrix" in top else None

    def roles(self, instruments: Mapping[str, InstrumentEntry]) -> dict[str, Role]:
        """Return the role of each instrument, and of each part that a channel plays."""
        return {name: entry.role for name, entry in instruments.items()} | dict.fromkeys(self.parts, Role.SOURCE_METER)

    def names(self, key: str, value: Any, taken: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the names of devices or magnets; those of devices and of the stage are `taken` for magnets."""
        if not isinstance(value, list) or len(set(map(str, value))) != len(value) or (key == "devices" and not value):
            self.fail(key, f"`{key}` must be a list of different names, but is {value!r}")
        for name in value:
            if not isinstance(name, str) or not NAME.fullmatch(name):
                self.fail(key, f"A name in `{key}` must be of lower-case letters, digits and _, but is {name!r}")
            if name in taken:
                self.fail(key, f"A name in `{key}` must not be that of a device or of the stage, but is {name!r}")
        return tuple(value)

    def limits(self, tables: Any, instruments: Mapping[str, InstrumentEntry]) -> dict[str, SiteLimits]:
        tables = self.table("limits", tables)
        named = [*instruments, *self.parts]
        for name in tables:
            if name not in named:
                self.fail(f"limits.{name}", f"Limits must be of {self.one_of(name, named)}, but are of {name!r}")
            if name in instruments and instruments[name].role not in KINDS:
                self.fail(f"limits.{name}", f"Limits must be of what drives something, but {name!r} is a "
                          f"{instruments[name].role}")  # fmt: skip
            if name in instruments and instruments[name].role is Role.SOURCE_METER_PAIR:
                self.check_channels(name, tables[name])
        played = {channel: part for part, channel in self.parts.items()}
        found: dict[str, SiteLimits] = {}
        for name, entry in instruments.items():
            for channel in limited_names(name, entry.role):
                limited = played.get(channel, channel)
                table = self.channel_table(limited, tables)
                if table is not None:
                    found[limited] = read_limits(self, limited, entry.role, table)
                elif entry.role not in OPTIONAL:
                    missing = f"instruments.{limited.partition('.')[0]}"
                    self.fail(missing, f"Limits must be set for every source, but [limits.{limited}] is missing")
        return found

    def channel_table(self, limited: str, tables: Mapping[str, Any]) -> Any:
        """Return the table of an instrument's limits, or of one of its channels'; None where there is none."""
        name, _, channel = limited.partition(".")
        return tables[name].get(channel) if name in tables and channel else tables.get(name)

    def check_channels(self, name: str, table: Any) -> None:
        """Refuse limits of a channel that plays a part: those of the part hold, and two tables could differ."""
        for channel in self.table(f"limits.{name}", table, allowed=CHANNELS):
            for part in [one for one, played in self.parts.items() if played == f"{name}.{channel}"]:
                self.fail(
                    f"limits.{name}.{channel}",
                    f"Limits of a channel must stand under the part that it plays, [limits.{part}], but stand in "
                    f"[limits.{name}.{channel}]",
                )

    def virtual(self, top: Mapping[str, Any], in_process: bool) -> VirtualSettings | None:
        if "virtual" not in top:
            for key in ("truth", "faults"):
                if key in top:
                    first = f"{key}.{next(iter(top[key]), '')}" if isinstance(top[key], dict) else key
                    self.fail(first, f"[{key}] must stand below a [virtual] table, but there is none")
            if in_process:
                raise BenchFileError(f"A bench in process must have a [virtual] table, but {self.file.path} has none.")
            return None
        fields = self.table("virtual", top["virtual"], allowed=("clock", "factor", "seed"))
        clock = BenchClock(self.choice("virtual.clock", fields.get("clock", "virtual"), [*BenchClock]))
        factor, seed = fields.get("factor", 1.0), fields.get("seed", 0)
        if ("factor" in fields) != (clock is BenchClock.SCALED):
            self.fail(
                "virtual", f"`factor` must be given exactly where `clock` is 'scaled', but the clock is '{clock}'"
            )
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor <= 1e9:
            self.fail("virtual.factor", f"`factor` must be a number above 0 and at most 1e9, but is {factor!r}")
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
            self.fail("virtual.seed", f"`seed` must be a whole number of at least 0, but is {seed!r}")
        return VirtualSettings(clock=clock, factor=float(factor), seed=seed)


TOP_KEYS = (
    "name", "visa_library", "ambient", "circuit", "devices", "magnets", "components", "instruments", "wiring", "limits",
    "monitors", "matrix", "virtual", "truth", "faults",
)  # fmt: skip
