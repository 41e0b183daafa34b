"""`[truth.wafer]`: what the devices of a virtual wafer really are. Nobody but the world reads it, and who scores."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.wafer.process_file import CORRELATION, FIELDS, ProcessReader
from smtjlab.instruments.wafer.reticle import DeviceKind
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.populations.drawn import drawn
from smtjlab.simulation.populations.process_spread import ProcessSpread
from smtjlab.simulation.toml_file import TomlFile

WAFER = "wafer"
"""Name of the table of a wafer."""
KEYS = ("file", "device", FIELDS, CORRELATION, "defects", "cleaning")
_NOWHERE: frozenset[tuple[str, str]] = frozenset({("", "")})
"""Joints of a route that the bench does not have."""
LEAK = 1e-6
"""Conductance in S of a gate that leaks by a defect: 0.3 uA at 0.3 V."""
STUCK = 1e-6
"""Factor on the magnetostriction of a soft layer that does not turn."""

Joints = frozenset[tuple[str, str]]
"""Pairs of terminals that closed relays join."""


class Defect(StrEnum):
    """What is wrong with a device from the start."""

    OPEN = "open"
    """Nothing joins its pads."""
    SHORT = "short"
    """Metal joins them."""
    STUCK = "stuck"
    """Its soft layer does not turn."""
    LEAKY_GATE = "leaky_gate"
    BROKEN_BARRIER = "broken_barrier"
    """A pinhole carries the current."""


@dataclass(frozen=True)
class SiteTruth:
    """One device as it really is."""

    junction: Junction
    defect: Defect | None = None


@dataclass(frozen=True)
class WaferTruth:
    """A whole wafer as it really is; each device is the same whenever, and in whatever order, somebody looks."""

    wafer: Wafer
    device: str
    """The device of the bench that is the one under the needles."""
    process: ProcessSpread
    defects: Mapping[Defect, float]
    """Probability of each defect; of two on one device the first counts."""
    seed: int
    cleaning: tuple[float, float] | None = None
    """Where needles are cleaned, in m from the middle of the wafer."""
    routes: Mapping[str, Joints] = field(default_factory=dict)
    """What relays join on each way through the matrix of the bench."""
    _drawn: dict[str, Junction] = field(default_factory=dict, compare=False)

    def at(self, site: Site) -> SiteTruth:
        """Return the device at a site."""
        rng = np.random.default_rng([self.seed, 8, zlib.crc32(str(site).encode())])
        lot = rng.random()  # first, so that a defect does not depend on how many fields vary
        x, y = self.wafer.place(site)
        radius = self.wafer.diameter / 2
        systematic = self.process.systematic(np.array([x / radius]), np.array([y / radius]))[0]
        place = self.wafer.reticle.place(site.die)
        systematic = systematic + self._mask[place[1] * self.wafer.reticle.size[0] + place[0]]
        junction = self.process.device(self._believed(self.wafer.sub_site(site).device), systematic, rng)
        defect = self._defect(lot)
        if defect is Defect.STUCK:
            junction = junction.changed(magnetostriction=STUCK * junction.magnetostriction)
        return SiteTruth(junction, defect)

    def near(self, x: float, y: float) -> tuple[Site | None, float, float]:
        """Return the site whose pads lie nearest to a place in m, and how far off them it is, (x, y) in m.

        None where no die is printed.
        """
        (width, height), (right, up) = self.wafer.pitch, self.wafer.offset
        die = round((x - right) / width), round((y - up) / height)
        if die not in self._printed:
            return None, x, y
        middle = self.wafer.position(die)
        off = x - middle[0], y - middle[1]
        nearest = min(self.wafer.type_of(die).sites, key=lambda one: (one.x - off[0]) ** 2 + (one.y - off[1]) ** 2)
        return Site(*die, nearest.name), off[0] - nearest.x, off[1] - nearest.y

    def behind(self, pads: Site, closed: Joints) -> Site | None:
        """Return the site behind some pads that closed relays lead to; None for none, or for several at once."""
        kind = self.wafer.type_of(pads.die)
        sites = kind.behind(kind.site(pads.name))
        led = [one.name for one in sites if not one.route or self.routes.get(one.route, _NOWHERE) <= closed]
        return Site(*pads.die, led[0]) if len(led) == 1 else None

    def _believed(self, kind: DeviceKind) -> Junction:
        """Return the junction that a device was drawn to be."""
        if kind.name not in self._drawn:
            self._drawn[kind.name] = drawn(Junction.load(kind.junction), kind.major_axis, kind.minor_axis)
        return self._drawn[kind.name]

    def _defect(self, lot: float) -> Defect | None:
        for defect, probability in self.defects.items():
            if lot < probability:
                return defect
            lot -= probability
        return None

    @cached_property
    def _mask(self) -> NDArray[np.float64]:
        columns, rows = self.wafer.reticle.size
        return self.process.reticle(columns * rows, np.random.default_rng([self.seed, 9]))

    @cached_property
    def _printed(self) -> frozenset[tuple[int, int]]:
        return frozenset(self.wafer.printed)


def read_wafer_truth(
    file: TomlFile, value: Any, devices: Mapping[str, Any], seed: int, routes: Mapping[str, Joints]
) -> WaferTruth:
    """Return the truth of the table `[truth.wafer]`; `routes` are those of the bench. Raises BenchFileError."""
    return replace(_Reader(file).truth(value, list(devices), seed), routes=routes)


class _Reader(ProcessReader):
    """The table on its way to a wafer."""

    key = f"truth.{WAFER}"

    def truth(self, value: Any, devices: list[str], seed: int) -> WaferTruth:
        table = self.table(self.key, value, needed=("file",), allowed=KEYS)
        named = self.text(f"{self.key}.file", table["file"])
        path = Path(self.file.path).parent / Path(named).expanduser()
        try:
            wafer = read_wafer(path)
        except WaferFileError as problem:
            self.fail(f"{self.key}.file", f"`file` must be a wafer file, but: {str(problem).removesuffix('.')}")
        return WaferTruth(
            wafer=wafer,
            device=self.choice(f"{self.key}.device", table.get("device", devices[0]), devices),
            process=self.process(self.key, table.get(FIELDS, {}), table.get(CORRELATION, {})),
            defects=self.defects(table.get("defects", {})),
            seed=seed,
            cleaning=self.place(table.get("cleaning")),
        )

    def place(self, value: Any) -> tuple[float, float] | None:
        key = f"{self.key}.cleaning"
        if value is None:
            return None
        x, y = self.sequence(key, value, 2, "lengths")
        return self.quantity(key, x, "m"), self.quantity(key, y, "m")

    def defects(self, value: Any) -> dict[Defect, float]:
        key = f"{self.key}.defects"
        table = self.table(key, value, allowed=[*Defect])
        found = {Defect(name): self.quantity(f"{key}.{name}", one, "") for name, one in table.items()}
        if any(one < 0 for one in found.values()) or sum(found.values()) > 1:
            self.fail(key, f"Probabilities of defects must be 0 or more and at most 1 together, but are {table!r}")
        return found
