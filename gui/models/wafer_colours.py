"""Colours of sites: by how they stand, by bin, by a figure, by how far the model misses; with what a legend says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.gui import wafer_texts as texts
from smtjlab.instruments.quantity import format_quantity
from smtjlab.procedures.wafer.figures import FIGURES
from smtjlab.reports.map_scale import limits

from .wafer_sites import BIN, MISFIT, NOWHERE, STATE, Standing, WaferSites

Colours = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Palette:
    """Colours on one ground, each at least 1.8 times as light or dark as it, told apart without colour vision."""

    ground: str
    grey: str
    """Of what nobody knows yet."""
    standings: Mapping[Standing, str]
    bins: tuple[str, ...]
    """After Okabe and Ito, in the order in which bins come up; from then on again, hatched."""


ON_LIGHT = Palette(
    ground="#e9ecf0",
    grey="#a3abb4",
    standings={
        Standing.PLANNED: "#a3abb4", Standing.RUNNING: "#c98a2b", Standing.DONE: "#0072B2",
        Standing.FAILED: "#b34700", Standing.NO_CONTACT: "#7d2463", Standing.SKIPPED: "#3fa0f5",
    },
    bins=("#0072B2", "#b34700", "#cf9f1f", "#6aaee0", "#7d2463", "#868b00", "#0b7f66", "#111111"),
)  # fmt: skip
ON_DARK = Palette(
    ground="#2a323c",
    grey="#6d7884",
    standings={
        Standing.PLANNED: "#6d7884", Standing.RUNNING: "#E69F00", Standing.DONE: "#3a8fd6",
        Standing.FAILED: "#e8702a", Standing.NO_CONTACT: "#d982b5", Standing.SKIPPED: "#9fd8f7",
    },
    bins=("#3a8fd6", "#e8702a", "#E69F00", "#9fd8f7", "#d982b5", "#F0E442", "#19b88b", "#f7f7f7"),
)  # fmt: skip
WORDS = {one: texts.STANDINGS[one.name.lower()] for one in Standing}


@dataclass(frozen=True)
class Entry:
    """A word of a legend with its colour, hatched so many ways; 0 is plain."""

    text: str
    colour: str
    hatch: int = 0


@dataclass(frozen=True)
class Legend:
    """What colours mean: words to colours, or the ends of a scale."""

    entries: tuple[Entry, ...] = ()
    low: str = ""
    high: str = ""
    signed: bool = False
    """Whether the scale is of standard deviations about zero."""
    title: str = ""


@dataclass(frozen=True)
class Colouring:
    """Colours (sites, 3), how each is hatched (sites,), and what they mean."""

    colours: Colours
    hatches: Colours
    legend: Legend


def coloured(sites: WaferSites, by: str, ramps: tuple[Colours, Colours], palette: Palette = ON_LIGHT) -> Colouring:
    """Return the colours of sites by STATE, BIN, MISFIT or a figure.

    `ramps` are two scales of 256 colours each, (256, 3): for numbers, and for numbers about zero.
    """
    if by == STATE:
        return _by_standing(sites, palette)
    if by == BIN:
        return _by_bin(sites, palette)
    signed = by == MISFIT
    low, high = limits(sites.columns[by], signed=signed)
    legend = Legend(low=_told(low, by), high=_told(high, by), signed=signed, title=words(by))
    return on_scale(sites.columns[by], (low, high), ramps[int(signed)], legend, palette)


def on_scale(
    values: Floats, ends: tuple[float, float], ramp: Colours, legend: Legend, palette: Palette = ON_LIGHT
) -> Colouring:
    """Return the colours of numbers (sites,) on a scale between two ends; grey where there is none."""
    low, high = ends
    known = np.isfinite(values)
    places = np.zeros(len(values), int)
    places[known] = np.clip((values[known] - low) / (high - low) * 255, 0, 255).astype(int)
    colours = ramp[places]
    colours[~known] = rgb(palette.grey)
    return Colouring(colours, np.zeros(len(values), np.uint8), legend)


def words(by: str) -> str:
    """Return what is coloured by, in words."""
    if by == MISFIT:
        return texts.MISFIT
    if by in FIGURES:
        return "TMR" if by == "tmr" else by.replace("_", " ").capitalize()
    return texts.BIN if by == BIN else texts.STATE


def told(sites: WaferSites, number: int) -> list[str]:
    """Return what is known of a site, in lines."""
    site = sites.sites[number]
    lines = [f"{site}  {WORDS[Standing(int(sites.standings()[number]))]}"]
    if sites.bins[number] != NOWHERE:
        lines[0] += f", {sites.bin_names[sites.bins[number]]}"
    lines += [sites.reasons[number]] if number in sites.reasons else []
    for name, values in sites.columns.items():
        if np.isfinite(values[number]):
            lines.append(f"{words(name)}: {_told(float(values[number]), name)}")
    return lines


def rgb(colour: str) -> tuple[int, int, int]:
    """Return a colour written #rrggbb as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def brief(sites: WaferSites, number: int, by: str) -> str:
    """Return what a map colours a site by, in as few letters as fit into its cell."""
    if by == BIN:
        return "" if sites.bins[number] == NOWHERE else sites.bin_names[sites.bins[number]]
    if by in sites.columns:
        value = float(sites.columns[by][number])
        return _told(value, by, 3) if np.isfinite(value) else ""
    return WORDS[Standing(int(sites.standings()[number]))]


def _by_standing(sites: WaferSites, palette: Palette) -> Colouring:
    table = np.array([rgb(palette.standings[one]) for one in Standing], np.uint8)
    standings = sites.standings()
    counts = np.bincount(standings, minlength=len(table))
    entries = [_counted(WORDS[one], counts[one], palette.standings[one]) for one in Standing if counts[one]]
    return Colouring(table[standings], np.zeros(len(standings), np.uint8), Legend(tuple(entries), title=words(STATE)))


def _by_bin(sites: WaferSites, palette: Palette) -> Colouring:
    """Return colours by bin: after as many as there are colours they come again, hatched."""
    looks = [(palette.bins[k % len(palette.bins)], k // len(palette.bins)) for k in range(len(sites.bin_names))]
    table = np.array([*(rgb(colour) for colour, _ in looks), rgb(palette.grey)], np.uint8)
    hatches = np.array([*(hatch for _, hatch in looks), 0], np.uint8)
    entries = [_counted(name, (sites.bins == k).sum(), *looks[k]) for k, name in enumerate(sites.bin_names)]
    left = int((sites.bins == NOWHERE).sum())
    entries += [_counted(texts.NOT_YET, left, palette.grey)] if left else []
    return Colouring(table[sites.bins], hatches[sites.bins], Legend(tuple(entries), title=words(BIN)))


def _counted(name: str, count: int, colour: str, hatch: int = 0) -> Entry:
    return Entry(texts.COUNTED.format(name=name, count=count), colour, hatch)


def _told(value: float, name: str, digits: int = 4) -> str:
    unit = "σ" if name == MISFIT else FIGURES[name].unit
    rounded = float(f"{value:.{digits}g}")
    if name == "tmr":
        return f"{100 * rounded:.4g} %"
    return f"{rounded:.3g} σ" if name == MISFIT else format_quantity(rounded, unit)
