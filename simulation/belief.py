"""What somebody believes about a junction: its parameters and how well they are known."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from .errors import JunctionError
from .junction import Junction
from .junction_file import FIELDS, converted, junction_from_table, junction_lines, require
from .toml_file import TomlFile

SPREAD_FIELDS = (
    "saturation_magnetization",
    "magnetostriction",
    "dipole_field",
    "resistance_parallel",
    "resistance_antiparallel",
    "thickness",
)
"""The fields that differ from die to die: what `spread` varies, and what `fig5-die` is uncertain of."""

_PERCENT = re.compile(r"^\s*([0-9.eE+-]+)\s*%\s*$")


@dataclass(frozen=True)
class Belief:
    """A junction with the standard uncertainties (absolute, SI, independent) of some of its fields."""

    junction: Junction
    uncertainty: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "uncertainty", MappingProxyType(dict(self.uncertainty)))
        for name, sigma in self.uncertainty.items():
            _check_uncertain(self.junction, name, sigma)

    def __reduce__(self) -> tuple[type[Belief], tuple[Junction, dict[str, float]]]:
        return Belief, (self.junction, dict(self.uncertainty))

    @classmethod
    def preset(cls, name: str) -> Belief:
        """Return the packaged belief of that name."""
        if name not in preset_names():
            known = ", ".join(f"`{known}`" for known in preset_names())
            raise JunctionError(f"A preset must be one of {known}, but `{name}` was asked for.")
        text = (resources.files("smtjlab.simulation.presets") / f"{name}.toml").read_text(encoding="utf-8")
        return belief_from_table(TomlFile.parse(text, f"{name}.toml"))

    @classmethod
    def load(cls, name_or_path: str | Path) -> Belief:
        """Return a packaged belief, or the one in a TOML file."""
        name = str(name_or_path)
        if name in preset_names():
            return cls.preset(name)
        if not Path(name).suffix and not Path(name).exists():
            known = ", ".join(f"`{known}`" for known in preset_names())
            raise JunctionError(f"A junction must be one of {known} or a TOML file, but `{name}` was asked for.")
        return belief_from_table(TomlFile.read(name_or_path))

    def draw(self, n: int, seed: int) -> list[Junction]:
        """Return `n` junctions as they may be: independent normal draws, redrawn where they cannot be."""
        if not self.uncertainty:
            return [self.junction] * n
        return [_drawn(self.junction, self.uncertainty, np.random.default_rng((seed, i))) for i in range(n)]

    def to_toml(self) -> str:
        """Return the belief as TOML text that `load` reads back, bit for bit."""
        lines = junction_lines(self.junction)
        if self.uncertainty:
            lines += ["", "[uncertainty]  # standard uncertainties, in the units above"]
            lines += [f"{name} = {sigma!r}" for name, sigma in self.uncertainty.items()]
        return "".join(f"{line}\n" for line in lines)

    def save(self, path: str | Path) -> None:
        """Write the belief to a TOML file."""
        Path(path).write_text(self.to_toml(), encoding="utf-8")


def preset_names() -> list[str]:
    """Return the names of the packaged junctions."""
    folder = resources.files("smtjlab.simulation.presets")
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def belief_from_table(file: TomlFile, table: Mapping[str, Any] | None = None, prefix: str = "") -> Belief:
    """Return the belief in a TOML file, or in one table of it whose dotted name is `prefix`.

    Keys are the fields of `Junction`, an optional `preset` whose values stand for the missing ones, and an
    optional table `uncertainty` with absolute SI numbers, strings with units, or strings such as "3 %".
    """
    keys = dict(file.data if table is None else table)
    dot = f"{prefix}." if prefix else ""
    uncertain = keys.pop("uncertainty", {})
    require(isinstance(uncertain, dict), "`uncertainty` must be a table", file, f"{dot}uncertainty")
    base = _base(file, keys.pop("preset", None), f"{dot}preset")
    junction = junction_from_table(file, keys, prefix, base.junction if base else None)
    sigmas = {} if base is None else _still_valid(base, junction)
    for name, value in uncertain.items():
        place = f"{dot}uncertainty.{name}"
        sigmas[name] = _sigma(file, place, junction, name, value)
    return Belief(junction, sigmas)


def spread(junction: Junction, relative: float, seed: int) -> Junction:
    """Return a junction whose SPREAD_FIELDS differ from the given one by seeded normal draws (relative)."""
    if relative == 0:
        return junction
    sigmas = {name: relative * abs(getattr(junction, name)) for name in SPREAD_FIELDS}
    return _drawn(junction, sigmas, np.random.default_rng(seed))


def _base(file: TomlFile, name: Any, place: str) -> Belief | None:
    if name is None:
        return None
    try:
        return Belief.preset(str(name))
    except JunctionError as error:
        raise JunctionError(f"{str(error).rstrip('.')} ({file.where(place)}).") from None


def _still_valid(base: Belief, junction: Junction) -> dict[str, float]:
    """Return the preset's uncertainties of the fields that the junction still has, relative to its values."""
    sigmas = {}
    for name, sigma in base.uncertainty.items():
        if (value := getattr(junction, name)) is not None:
            before = getattr(base.junction, name)
            sigmas[name] = sigma if value == before or before == 0 else sigma * abs(value / before)
    return sigmas


def _sigma(file: TomlFile, place: str, junction: Junction, name: str, value: Any) -> float:
    """Return an uncertainty of the file as an absolute SI number."""
    try:
        if isinstance(value, str) and (percent := _PERCENT.match(value)) and name in FIELDS:
            value = float(percent[1]) / 100 * abs(getattr(junction, name) or 0.0)
        elif isinstance(value, str) and name in FIELDS:
            return converted(value, FIELDS[name].metadata["unit"], f"uncertainty.{name}", file.where(place))
        _check_uncertain(junction, name, value)
    except JunctionError as error:
        if file.path.name in str(error):
            raise
        raise JunctionError(f"{str(error).rstrip('.')} ({file.where(place)}).") from None
    return float(value)


def _check_uncertain(junction: Junction, name: str, sigma: Any) -> None:
    if name not in FIELDS or "choices" in FIELDS[name].metadata:
        raise JunctionError(f"An uncertainty must belong to a numeric field of a junction, but `{name}` is none.")
    value = getattr(junction, name)
    if value is None or not math.isfinite(value):
        raise JunctionError(f"`{name}` must have a finite value to be uncertain, but is {value}.")
    if isinstance(sigma, bool) or not isinstance(sigma, int | float) or not 0 <= sigma < math.inf:
        raise JunctionError(f"The uncertainty of `{name}` must be a number of at least 0, but is {sigma!r}.")


def _drawn(junction: Junction, sigmas: Mapping[str, float], rng: np.random.Generator) -> Junction:
    for _ in range(1000):
        fields = {name: getattr(junction, name) + sigma * rng.standard_normal() for name, sigma in sigmas.items()}
        try:
            return junction.changed(**fields)
        except JunctionError:
            continue
    raise JunctionError("A junction must be possible within its uncertainties, but 1000 draws gave none.")
