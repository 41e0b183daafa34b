"""What somebody believes about a junction: its parameters and how well they are known."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from .correlation import Floats, Pair, checked_pairs, correlation_matrix, named, pair_of, square_root
from .errors import JunctionError
from .junction import Junction
from .junction_file import FIELDS, converted, junction_from_table, junction_lines, require
from .toml_file import LONGEST_TEXT, TomlFile

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
    """A junction, how well some of its fields are known, how they depend on each other, and how anybody knows."""

    junction: Junction
    uncertainty: Mapping[str, float] = field(default_factory=dict)
    """Standard uncertainty of a field, absolute, SI."""
    correlation: Mapping[Pair, float] = field(default_factory=dict)
    """Correlation coefficient of two uncertain fields; 0 for a pair that is not named."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Where the value of a field comes from, one sentence or less."""

    def __post_init__(self) -> None:
        for name, sigma in self.uncertainty.items():
            _check_uncertain(self.junction, name, sigma)
        for name, text in self.provenance.items():
            _check_provenance(name, text)
        pairs = checked_pairs(self.correlation, [name for name, sigma in self.uncertainty.items() if sigma > 0])
        for name, value in (("uncertainty", self.uncertainty), ("correlation", pairs), ("provenance", self.provenance)):
            object.__setattr__(self, name, MappingProxyType(dict(value)))

    def __reduce__(self) -> tuple[type[Belief], tuple[Junction, *tuple[dict[Any, Any], ...]]]:
        return Belief, (self.junction, dict(self.uncertainty), dict(self.correlation), dict(self.provenance))

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Names of the fields whose uncertainty is above 0, in their order."""
        return tuple(name for name, sigma in self.uncertainty.items() if sigma > 0)

    def root(self, names: Sequence[str]) -> Floats:
        """Return B (k, k): with z (k,) independent and standard normal, B z are the deviations of these fields, SI.

        z number i is the direction closest to field number i, see `square_root` of `smtjlab.simulation.correlation`.
        """
        sigma = np.array([self.uncertainty[name] for name in names])
        return np.asarray(sigma[:, None] * square_root(correlation_matrix(names, self.correlation)), float)

    def covariance(self, names: Sequence[str]) -> Floats:
        """Return the covariance matrix (k, k) of some uncertain fields, SI."""
        sigma = np.array([self.uncertainty[name] for name in names])
        return np.asarray(np.outer(sigma, sigma) * correlation_matrix(names, self.correlation), float)

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
        if not Path(name).suffix and not os.path.exists(name):  # that of Path may raise what the disk says
            known = ", ".join(f"`{known}`" for known in preset_names())
            raise JunctionError(f"A junction must be one of {known} or a TOML file, but `{name[:60]}` was asked for.")
        return belief_from_table(TomlFile.read(name_or_path))

    def draw(self, n: int, seed: int) -> list[Junction]:
        """Return `n` junctions as they may be: normal draws with their correlations, redrawn where they cannot be."""
        if not self.uncertainty:
            return [self.junction] * n
        names = list(self.uncertainty)
        root = self.root(names)
        return [_drawn(self.junction, names, root, np.random.default_rng((seed, i))) for i in range(n)]

    def to_toml(self) -> str:
        """Return the belief as TOML text that `load` reads back, bit for bit."""
        lines = junction_lines(self.junction)
        if self.uncertainty:
            lines += ["", "[uncertainty]  # standard uncertainties, in the units above"]
            lines += [f"{name} = {sigma!r}" for name, sigma in self.uncertainty.items()]
        if self.correlation:
            lines += ["", "[correlation]  # coefficients; 0 for pairs that are not named"]
            lines += [f'"{named(pair)}" = {rho!r}' for pair, rho in self.correlation.items()]
        if self.provenance:
            lines += ["", "[provenance]  # where the values come from"]
            lines += [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in self.provenance.items()]
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

    Keys are the fields of `Junction`, an optional `preset` whose values stand for the missing ones, and optional
    tables: `uncertainty` with absolute SI numbers, strings with units, or strings such as "3 %"; `correlation` of
    pairs such as "dipole_field, thickness"; `provenance` with a sentence a field.
    """
    keys = dict(file.data if table is None else table)
    dot = f"{prefix}." if prefix else ""
    uncertain, correlated, told = (
        _table(file, keys, dot, name) for name in ("uncertainty", "correlation", "provenance")
    )
    base = _base(file, keys.pop("preset", None), f"{dot}preset")
    junction = junction_from_table(file, keys, prefix, base.junction if base else None)
    sigmas = {} if base is None else _still_valid(base, junction)
    for name, value in uncertain.items():
        sigmas[name] = _sigma(file, f"{dot}uncertainty.{name}", junction, name, value)
    inherited = {} if base is None else {p: rho for p, rho in base.correlation.items() if all(map(sigmas.get, p))}
    known = {} if base is None else {n: t for n, t in base.provenance.items() if n not in keys}
    with _placed(file, dot):
        pairs = {pair_of(text): rho for text, rho in correlated.items()}
        return Belief(junction, sigmas, inherited | pairs, known | told)


def spread(junction: Junction, relative: float, seed: int) -> Junction:
    """Return a junction whose SPREAD_FIELDS differ from the given one by seeded normal draws (relative)."""
    if relative == 0:
        return junction
    sigmas = np.array([relative * abs(getattr(junction, name)) for name in SPREAD_FIELDS])
    return _drawn(junction, SPREAD_FIELDS, np.diag(sigmas), np.random.default_rng(seed))


@contextmanager
def _placed(file: TomlFile, dot: str) -> Iterator[None]:
    """Tell the line in what goes wrong with the correlations or the provenance of a file."""
    try:
        yield
    except JunctionError as error:
        pair = re.search(r"`(\w+, \w+)`", str(error))
        name = re.search(r"provenance\b.* `(\w+)`", str(error))
        place = f"provenance.{name[1]}" if name else f"correlation.{pair[1]}" if pair else "correlation"
        raise JunctionError(f"{str(error).rstrip('.')} ({file.where(dot + place)}).") from None


def _table(file: TomlFile, keys: dict[str, Any], dot: str, name: str) -> dict[str, Any]:
    """Take a table out of the keys."""
    table = keys.pop(name, {})
    require(isinstance(table, dict), f"`{name}` must be a table", file, f"{dot}{name}")
    return dict(table)


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


def _check_provenance(name: str, text: Any) -> None:
    if name not in FIELDS:
        raise JunctionError(f"A provenance must belong to a field of a junction, but `{name}` is none.")
    if not isinstance(text, str) or not text.isprintable() or len(text) > LONGEST_TEXT:
        raise JunctionError(
            f"The provenance of `{name}` must be a line of at most {LONGEST_TEXT} printable characters."
        )


def _drawn(junction: Junction, names: Sequence[str], root: Floats, rng: np.random.Generator) -> Junction:
    """Return a junction whose fields of these names differ by `root` times a standard normal vector."""
    believed = np.array([getattr(junction, name) for name in names])
    for _ in range(1000):
        fields = believed + root @ rng.standard_normal(len(names))
        try:
            return junction.changed(**dict(zip(names, map(float, fields), strict=True)))
        except JunctionError:
            continue
    raise JunctionError("A junction must be possible within its uncertainties, but 1000 draws gave none.")
