"""Reading a bench file: every table, key and value is checked, and each mistake is told with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from smtjlab.simulation.errors import TomlError
from smtjlab.simulation.toml_file import TomlFile

from .bench import IN_PROCESS, Bench, BenchClock, InstrumentEntry, VirtualSettings
from .driver_name import DriverName, DriverNameError
from .errors import BenchFileError, LimitError, QuantityError
from .limits import Limits
from .quantity import parse_quantity
from .roles import Role

DEVICE_WIRING = {
    "gate.hi": "device.gate",
    "gate.lo": "device.back",
    "junction.hi": "device.top",
    "junction.lo": "device.bottom",
}
TERMINALS = {Role.SOURCE_METER: ("hi", "lo", "sense_hi", "sense_lo")}
NODES = tuple(DEVICE_WIRING.values())
LIMIT_UNITS = {"voltage": "V", "slew": "V/s", "current": "A", "leakage": "A"}
NEEDED_LIMITS = {"gate": ("voltage", "slew", "current", "leakage"), "junction": ("voltage", "current")}
ANY_PORT = re.compile(r"TCPIP\d*::127\.0\.0\.1::(\d+)::SOCKET", re.IGNORECASE)
ADDRESS = re.compile(r"(TCPIP|GPIB|USB|ASRL|VXI|PXI|PRLGX-\w+|SMTJ)\S*::\S+", re.IGNORECASE)
NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_bench(path: Path, *, in_process: bool = False) -> Bench:
    """Return the bench that the file at `path` describes; BenchFileError at the first thing that is wrong."""
    try:
        file = TomlFile.read(path)
    except TomlError as problem:
        raise BenchFileError(str(problem)) from None
    return _BenchReader(file).bench(in_process)


class _BenchReader:
    """One file on its way to a bench. Keys are dotted paths, such as `limits.gate.voltage`."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file

    def bench(self, in_process: bool) -> Bench:
        top = self.table("", self.file.data, needed=("name", "instruments", "wiring", "limits"), allowed=TOP_KEYS)
        library = self.text("visa_library", top.get("visa_library", "@py"), empty=True)
        in_process = in_process or library == IN_PROCESS
        virtual = self.virtual(top, in_process)
        instruments = self.instruments(top["instruments"], virtual, in_process)
        wiring = self.wiring(top["wiring"], instruments)
        return Bench(
            name=self.text("name", top["name"]),
            path=Path(self.file.path),
            text=self.file.text,
            visa_library=f"{self.file.path}{IN_PROCESS}" if in_process else library,
            instruments=instruments,
            wiring=wiring,
            limits=self.limits(top["limits"], instruments),
            virtual=virtual,
            in_process=in_process,
        )

    # The parts of the file, in its order.

    def instruments(self, tables: Any, virtual: VirtualSettings | None, in_process: bool) -> dict[str, InstrumentEntry]:
        entries: dict[str, InstrumentEntry] = {}
        for name, fields in self.table("instruments", tables, needed=("gate", "junction")).items():
            entries[name] = self.instrument(name, fields, virtual, in_process)
        self.check_addresses(entries)
        return entries

    def instrument(self, name: str, fields: Any, virtual: VirtualSettings | None, in_process: bool) -> InstrumentEntry:
        key = f"instruments.{name}"
        if not NAME.fullmatch(name):
            self.fail(key, f"An instrument's name must be of lower-case letters, digits and _, but is {name!r}")
        fields = self.table(
            key, fields, needed=("driver", "role", "address"), allowed=("driver", "role", "address", "calibrated")
        )
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
            role=Role(self.choice(f"{key}.role", fields["role"], [*Role])),
            address=f"TCPIP::{name}::INSTR" if in_process else self.address(key, fields["address"], virtual),
            calibrated=calibrated,
            line=self.file.line_of(key),
        )

    def address(self, key: str, value: Any, virtual: VirtualSettings | None) -> str:
        address = self.text(f"{key}.address", value)
        served = ANY_PORT.fullmatch(address)
        if not ADDRESS.fullmatch(address):
            self.fail(
                f"{key}.address",
                f"`address` must be a VISA resource name such as 'TCPIP::192.0.2.10::5025::SOCKET', but is {address!r}",
            )
        if virtual and not served:
            self.fail(
                f"{key}.address",
                f"`address` on a virtual bench must be 'TCPIP::127.0.0.1::<port or 0>::SOCKET', but is {address!r}",
            )
        if served and int(served[1]) == 0 and not virtual:
            self.fail(f"{key}.address", "`address` must name a port; 0, any free one, is for benches with [virtual]")
        return address

    def check_addresses(self, entries: Mapping[str, InstrumentEntry]) -> None:
        seen: dict[str, str] = {}
        for name, entry in entries.items():
            address = entry.address.upper()
            if address in seen and not re.search(r"::0::SOCKET$", address):
                self.fail(
                    f"instruments.{name}.address",
                    f"Each instrument must have an address of its own, but {seen[address]!r} and {name!r} share "
                    f"{entry.address!r}",
                )
            seen[address] = name

    def wiring(self, table: Any, instruments: Mapping[str, InstrumentEntry]) -> dict[str, str]:
        wires = _flat(self.table("wiring", table))
        for terminal, node in wires.items():
            key = f"wiring.{terminal}"
            name, _, pin = terminal.partition(".")
            if name not in instruments:
                self.fail(key, f"Wiring must start at {self.one_of(name, instruments)}, but starts at {terminal!r}")
            pins = TERMINALS[instruments[name].role]
            if pin not in pins:
                self.fail(key, f"A terminal of {name!r} must be {self.one_of(pin, pins)}, but is {pin!r}")
            self.choice(key, node, NODES, what=f"Wiring of {terminal!r}")
        for terminal, node in DEVICE_WIRING.items():
            if wires.get(terminal) != node:
                self.fail(
                    f"wiring.{terminal}" if terminal in wires else "wiring",
                    f'Wiring must say "{terminal}" = "{node}", but says {wires.get(terminal, "nothing")!r}',
                )
        return dict(wires)

    def limits(self, tables: Any, instruments: Mapping[str, InstrumentEntry]) -> dict[str, Limits]:
        tables = self.table("limits", tables)
        for name in tables:
            if name not in instruments:
                self.fail(f"limits.{name}", f"Limits must be of {self.one_of(name, instruments)}, but are of {name!r}")
        for name in instruments:
            if name not in tables:
                self.fail("limits", f"Limits must be set for every source meter, but [limits.{name}] is missing")
        return {name: self.limits_of(name, fields) for name, fields in tables.items()}

    def limits_of(self, name: str, fields: Any) -> Limits:
        key = f"limits.{name}"
        fields = self.table(key, fields, needed=NEEDED_LIMITS.get(name, ("voltage", "current")), allowed=LIMIT_UNITS)
        voltage = fields["voltage"]
        if not isinstance(voltage, list) or len(voltage) != 2:
            self.fail(f"{key}.voltage", f'`voltage` must be a pair such as ["0 V", "0.6 V"], but is {voltage!r}')
        low, high = (self.quantity(f"{key}.voltage", one, "V") for one in voltage)
        others = {
            limit: self.quantity(f"{key}.{limit}", value, LIMIT_UNITS[limit])
            for limit, value in fields.items()
            if limit != "voltage"
        }
        try:
            return Limits(voltage=(low, high), **others)
        except LimitError as problem:
            named = re.match(r"`(\w+)`", str(problem))
            self.fail(f"{key}.{named[1]}" if named else key, str(problem).removesuffix("."))

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

    # What every part is made of.

    def table(
        self, key: str, value: Any, *, needed: Iterable[str] = (), allowed: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Return `value` if it is a table with the keys it needs and none it may not have."""
        named = f"[{key}]" if key else "the bench file"
        if not isinstance(value, dict):
            self.fail(key, f"`{key}` must be a table, {named}, but is {value!r}")
        for name in value:
            if allowed is not None and name not in allowed:
                self.fail(
                    f"{key}.{name}".lstrip("."),
                    f"A key of {named} must be {self.one_of(name, allowed)}, but is {name!r}",
                )
        for name in needed:
            if name not in value:
                self.fail(key, f"{named[0].upper()}{named[1:]} must have {name!r}, but has not")
        return value

    def text(self, key: str, value: Any, *, empty: bool = False) -> str:
        if not isinstance(value, str) or not (value.strip() or empty):
            self.fail(key, f"`{key.rpartition('.')[2]}` must be text, but is {value!r}")
        return str(value)

    def choice(self, key: str, value: Any, choices: Iterable[str], what: str = "") -> str:
        choices = list(choices)
        if not isinstance(value, str) or value not in choices:
            what = what or f"`{key.rpartition('.')[2]}`"
            self.fail(key, f"{what} must be {self.one_of(str(value), choices)}, but is {value!r}")
        return value

    def quantity(self, key: str, value: Any, unit: str) -> float:
        try:
            return parse_quantity(value, unit)
        except QuantityError as problem:
            self.fail(key, f"`{key.rpartition('.')[2]}` must be in {unit}: {str(problem).removesuffix('.')}")

    def one_of(self, word: str, choices: Iterable[str]) -> str:
        """Return the choices for a sentence, the nearest to `word` first."""
        choices = [str(choice) for choice in choices]
        near = get_close_matches(word, choices, n=1, cutoff=0.5)
        return " or ".join(repr(choice) for choice in sorted(choices, key=lambda choice: choice not in near))

    def fail(self, key: str, sentence: str) -> NoReturn:
        """Raise BenchFileError, with the line of `key` or of the nearest table around it."""
        raise BenchFileError(f"{sentence} ({self.file.where(key)}).")


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return wires by `instrument.terminal`: without its quotes a TOML key with a dot is a table."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= {f"{name}.{pin}": node for pin, node in value.items()} if isinstance(value, dict) else {name: value}
    return flat


TOP_KEYS = ("name", "visa_library", "instruments", "wiring", "limits", "virtual", "truth", "faults")
