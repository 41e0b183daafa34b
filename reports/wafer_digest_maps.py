"""The maps of a wafer's digest: bins, parameters, how far the model misses, and how far devices are from expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .svg import Picture
from .wafer_digest import Digest, sites_of
from .wafer_map import bin_map, value_map
from .wafer_parameters import column_of, scale_of, set_in_figure, symbol_of

if TYPE_CHECKING:
    import pandas as pd

Titled = tuple[str, Picture]


@dataclass(frozen=True)
class Maps:
    """All maps of a digest, with what stands below each."""

    bins: Picture
    values: Sequence[Titled]
    """Of parameters and misfits, kind by kind."""
    expected: Sequence[Titled]
    """Of distances from what was predicted."""

    def save(self, folder: Path, wafer: str) -> list[Path]:
        """Write every map into a folder as SVG and PNG, titled, and return the paths. Raises ReportFault."""
        pictures = [("bins", self.bins), *self.values, *self.expected]
        titled = [(set_in_figure(f"{title}, {wafer}"), one) for title, one in pictures]
        return [path for title, one in titled for path in one.save(folder, title)]


def maps_of(found: Digest, mark: str) -> Maps:
    """Return the maps of a digest; `mark` stands in the corner of each."""
    return Maps(_bins(found, mark), list(_values(found, mark)), list(_expected(found, mark)))


def _bins(found: Digest, mark: str) -> Picture:
    names = [
        str(name) if name else str(state)
        for name, state in zip(found.frame["bin_name"], found.frame["state"], strict=True)
    ]
    counts = {one.name: one.count for one in found.bins}
    return bin_map(found.wafer, sites_of(found.frame), names, counts, mark=mark)


def _values(found: Digest, mark: str) -> Iterator[Titled]:
    for device, group in found.frame.groupby("device"):
        for name in found.mapped:
            column = column_of(group, name)
            if column in group and (group[column].notna() & group["good"]).any():
                how = "as read" if column == name else "fitted"
                yield f"{symbol_of(name)} of {device}, {how}", _value(found, name, str(device), group, mark)
        if "misfit" in group and group["misfit"].notna().any():
            shown: dict[str, Any] = {"title": "misfit", "unit": "σ", "name": f"misfit-{device}", "mark": mark}
            sites = sites_of(group)
            svg = value_map(found.wafer, sites, list(group["misfit"]), signed=True, **shown)
            yield f"where the model misses {device}", svg


def _value(found: Digest, name: str, device: str, group: pd.DataFrame, mark: str) -> Picture:
    column = column_of(group, name)
    values = group[column].where(group["good"]).to_numpy(float)
    factor, unit = scale_of(name, values)
    shown: dict[str, Any] = {"title": symbol_of(name), "unit": unit, "name": f"{name}-{device}", "mark": mark}
    return value_map(found.wafer, sites_of(group), list(factor * values), **shown)


def _expected(found: Digest, mark: str) -> Iterator[Titled]:
    for one in found.expected or ():
        sites = sites_of(found.frame[found.frame["device"] == one.device])
        shown: dict[str, Any] = {
            "title": f"{symbol_of(one.parameter)} off",
            "unit": "σ",
            "name": f"{one.parameter}-off-{one.device}",
            "mark": mark,
        }
        yield (
            f"{symbol_of(one.parameter)} of {one.device} against predicted",
            value_map(found.wafer, sites, list(one.off), signed=True, **shown),
        )
