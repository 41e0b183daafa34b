"""Reads a wafer file: what was drawn, every key checked, each mistake told with file and line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.toml_reader import TomlReader
from smtjlab.simulation.errors import TomlError
from smtjlab.simulation.toml_file import TomlFile

from .die_list import read_dies, self_contained
from .reticle import CLOSEST, DeviceKind, Die, DieType, Reticle, SubSite, one_type
from .wafer import Notch, Wafer

TOP_KEYS = ("name", "lot", "diameter", "notch", "edge", "die", "reticle", "types", "devices", "excluded", "dies")
LONG = ("excluded", "dies")
"""Lists that may be long."""
MISTAKEN = (("excluded", "excluded"), ("dies", "listed"))
"""Keys of which a sentence speaks that has such a word; any other is of `die`."""
MOST_SITES = 1000
"""Sub-sites of one die type."""


def read_wafer(path: str | Path) -> Wafer:
    """Return the wafer that a file describes. Raises WaferFileError at the first thing that is wrong."""
    try:
        file = TomlFile.read(path, long=LONG)
    except TomlError as problem:
        raise WaferFileError(str(problem)) from None
    return _WaferReader(file).wafer()


def wafer_of_text(text: str, name: str) -> Wafer:
    """Return the wafer that a text describes, as `read_wafer` does; errors call it by `name`."""
    try:
        return _WaferReader(TomlFile.parse(text, name, long=LONG)).wafer()
    except TomlError as problem:
        raise WaferFileError(str(problem)) from None


def kept_wafer(path: str | Path) -> str:
    """Return the text of a wafer file for a copy elsewhere: dies of a table beside it are written into it."""
    wafer, text = read_wafer(path), ""
    for key, dies in (("excluded", wafer.excluded), ("dies", wafer.listed or ())):
        reader = _WaferReader(TomlFile.parse(text, path, long=LONG) if text else TomlFile.read(path, long=LONG))
        text = self_contained(reader, key, sorted(dies))
    return text


class _WaferReader(TomlReader):
    """One file on its way to a wafer."""

    mistake = WaferFileError
    whole = "the wafer file"

    def wafer(self) -> Wafer:
        top = self.table("", self.file.data, needed=("name", "diameter", "die", "types"), allowed=TOP_KEYS)
        die = self.table("die", top["die"], needed=("pitch",), allowed=("pitch", "size", "offset"))
        pitch = self.pair("die.pitch", die["pitch"])
        size = self.pair("die.size", die["size"]) if "size" in die else pitch
        devices = {name: self.device(name, one) for name, one in self.table("devices", top.get("devices", {})).items()}
        types = {
            name: self.die_type(name, one, devices, size) for name, one in self.table("types", top["types"]).items()
        }
        if not types:
            self.fail("types", "A wafer must have a die type, such as [types.A.sites.j1], but has none")
        try:
            wafer = Wafer(
                name=self.text("name", top["name"]),
                lot=self.text("lot", top.get("lot", ""), empty=True),
                diameter=self.length("diameter", top["diameter"]),
                notch=Notch(self.choice("notch", top.get("notch", Notch.DOWN), [*Notch])),
                edge=self.length("edge", top.get("edge", 0.0), zero=True),
                pitch=pitch,
                size=size,
                offset=self.pair("die.offset", die.get("offset", [0.0, 0.0]), signed=True),
                types=types,
                reticle=self.reticle(top.get("reticle"), types),
            )
            listed, excluded = (read_dies(self, key, top.get(key, []), wafer) for key in ("dies", "excluded"))
            return replace(wafer, listed=frozenset(listed) if "dies" in top else None, excluded=frozenset(excluded))
        except ValueError as problem:
            if isinstance(problem, WaferFileError):
                raise
            sentence = str(problem)
            self.fail(next((key for key, word in MISTAKEN if word in sentence), "die"), sentence)

    def device(self, name: str, value: Any) -> DeviceKind:
        key = f"devices.{name}"
        table = self.table(key, value, needed=("axes",), allowed=("axes", "junction"))
        major, minor = self.pair(f"{key}.axes", table["axes"])
        if minor > major:
            self.fail(f"{key}.axes", f"`axes` must be the major and then the minor one, but are {table['axes']!r}")
        junction = self.text(f"{key}.junction", table.get("junction", "fig5"))
        if junction.endswith(".toml"):
            junction = str((Path(self.file.path).parent / Path(junction).expanduser()).resolve())
        return DeviceKind(name=name, major_axis=major, minor_axis=minor, junction=junction)

    def die_type(self, name: str, value: Any, devices: Mapping[str, DeviceKind], size: tuple[float, float]) -> DieType:
        key = f"types.{name}.sites"
        table = self.table(f"types.{name}", value, needed=("sites",), allowed=("sites",))
        sites = self.table(key, table["sites"])
        if not 1 <= len(sites) <= MOST_SITES:
            self.fail(key, f"A die type must have 1 to {MOST_SITES} sub-sites, but {name!r} has {len(sites)}")
        found: list[SubSite] = []
        for site, one in sites.items():
            found.append(self.sub_site(f"{key}.{site}", site, one, devices))
            self.check_place(f"{key}.{site}", found, size)
        # Devices behind the same pads follow each other: needles stay down between them.
        drawn = DieType(name, tuple(found))
        return DieType(name, tuple(dict.fromkeys(near for one in found for near in drawn.behind(one))))

    def sub_site(self, key: str, name: str, value: Any, devices: Mapping[str, DeviceKind]) -> SubSite:
        table = self.table(key, value, needed=("at", "device"), allowed=("at", "device", "route"))
        if any(mark in name for mark in "/,*? "):
            self.fail(key, f"The name of a sub-site must be one word without / , * and ?, but is {name!r}")
        x, y = self.pair(f"{key}.at", table["at"], signed=True)
        route = self.text(f"{key}.route", table["route"]) if "route" in table else ""
        return SubSite(name, x, y, devices[self.choice(f"{key}.device", table["device"], devices)], route)

    def check_place(self, key: str, sites: list[SubSite], size: tuple[float, float]) -> None:
        *others, last = sites
        if abs(last.x) > size[0] / 2 or abs(last.y) > size[1] / 2:
            self.fail(f"{key}.at", f"A sub-site must lie on its die, but {last.name!r} lies beyond it")
        for other in others:
            if math.hypot(last.x - other.x, last.y - other.y) >= CLOSEST:
                continue
            if not (last.route and other.route):
                self.fail(
                    f"{key}.at",
                    f"Sub-sites must lie apart, but {other.name!r} and {last.name!r} are one place, and not each has a "
                    "`route` through a matrix",
                )
            if last.route == other.route:
                self.fail(
                    f"{key}.route",
                    f"Sub-sites behind the same pads must have routes of their own, but {other.name!r} and "
                    f"{last.name!r} have {last.route!r}",
                )

    def reticle(self, value: Any, types: Mapping[str, DieType]) -> Reticle:
        if value is None:
            if len(types) > 1:
                self.fail(
                    f"types.{list(types)[1]}.sites",
                    "A wafer of several die types must have a [reticle] that says where, but has none",
                )
            return one_type(next(iter(types)))
        table = self.table("reticle", value, needed=("types",), allowed=("types", "first"))
        listed = self.sequence("reticle.types", table["types"])
        rows = [
            tuple(self.choice("reticle.types", one, types, "A die type of the reticle") for one in row)
            for row in (self.sequence("reticle.types", row) for row in listed)
        ]
        if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
            self.fail("reticle.types", "`types` of the reticle must be rows of equal length, but are not")
        return Reticle(tuple(reversed(rows)), self.die("reticle.first", table.get("first", [0, 0])))

    def die(self, key: str, value: Any) -> Die:
        return self.whole_pair(key, value, "A die must be [column, row]")

    def pair(self, key: str, value: Any, *, signed: bool = False) -> tuple[float, float]:
        first, second = self.sequence(key, value, 2, "lengths")
        if signed:
            return self.quantity(key, first, "m"), self.quantity(key, second, "m")
        return self.length(key, first), self.length(key, second)

    def length(self, key: str, value: Any, *, zero: bool = False) -> float:
        metres = self.quantity(key, value, "m")
        if metres < 0 or (metres == 0 and not zero):
            least = "0 m or more" if zero else "above 0 m"
            self.fail(key, f"`{key.rpartition('.')[2]}` must be {least}, but is {value!r}")
        return metres
