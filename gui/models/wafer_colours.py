"""Colours of sites: by how they stand, by bin, by a figure, by how far the model misses; with what a legend says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.quantity import format_quantity
from smtjlab.procedures.wafer.figures import FIGURES

from .wafer_sites import BIN, MISFIT, NOWHERE, STATE, Standing, WaferSites, scale

Colours = NDArray[np.uint8]

GREY = "#b9bfc6"
OF_STANDINGS = {
    Standing.PLANNED: ("planned", GREY),
    Standing.RUNNING: ("needles here", "#E69F00"),
    Standing.DONE: ("done", "#0072B2"),
    Standing.FAILED: ("failed", "#D55E00"),
    Standing.NO_CONTACT: ("no contact", "#A0457D"),
    Standing.SKIPPED: ("skipped", "#56B4E9"),
}
OF_BINS = ("#0072B2", "#D55E00", "#E69F00", "#56B4E9", "#A0457D", "#F0E442", "#009E73", "#111111")
"""Okabe and Ito's, in the order in which bins come up."""


@dataclass(frozen=True)
class Legend:
    """What colours mean: words to colours, or the ends of a scale."""

    entries: tuple[tuple[str, str], ...] = ()
    low: str = ""
    high: str = ""
    signed: bool = False
    """Whether the scale is of standard deviations about zero."""
    title: str = ""


@dataclass(frozen=True)
class Colouring:
    """Colours (sites, 3), and what they mean."""

    colours: Colours
    legend: Legend


def coloured(sites: WaferSites, by: str, ramps: tuple[Colours, Colours]) -> Colouring:
    """Return the colours of sites by STATE, BIN, MISFIT or a figure.

    `ramps` are two scales of 256 colours each, (256, 3): for numbers, and for numbers about zero.
    """
    if by == STATE:
        return _by_standing(sites)
    if by == BIN:
        return _by_bin(sites)
    signed = by == MISFIT
    values = sites.columns[by]
    low, high = scale(values, signed=signed)
    known = np.isfinite(values)
    places = np.zeros(len(values), int)
    places[known] = np.clip((values[known] - low) / (high - low) * 255, 0, 255).astype(int)
    colours = ramps[int(signed)][places]
    colours[~known] = rgb(GREY)
    return Colouring(colours, Legend(low=_told(low, by), high=_told(high, by), signed=signed, title=words(by)))


def words(by: str) -> str:
    """Return what is coloured by, in words."""
    if by == MISFIT:
        return "Misfit of the model (σ)"
    if by in FIGURES:
        return f"{by.replace('_', ' ').capitalize()}"
    return by.capitalize()


def told(sites: WaferSites, number: int) -> list[str]:
    """Return what is known of a site, in lines."""
    site = sites.sites[number]
    lines = [f"{site}  {OF_STANDINGS[Standing(int(sites.standings()[number]))][0]}"]
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


def _by_standing(sites: WaferSites) -> Colouring:
    table = np.array([rgb(colour) for _, colour in OF_STANDINGS.values()], np.uint8)
    standings = sites.standings()
    counts = np.bincount(standings, minlength=len(OF_STANDINGS))
    looks = zip(OF_STANDINGS.values(), counts, strict=True)
    entries = tuple((f"{name}: {count}", colour) for (name, colour), count in looks if count)
    return Colouring(table[standings], Legend(entries, title=words(STATE)))


def _by_bin(sites: WaferSites) -> Colouring:
    names = sites.bin_names
    looks = [OF_BINS[k % len(OF_BINS)] for k in range(len(names))]
    table = np.array([*map(rgb, looks), rgb(GREY)], np.uint8)
    entries = [(f"{name}: {(sites.bins == k).sum()}", looks[k]) for k, name in enumerate(names)]
    left = int((sites.bins == NOWHERE).sum())
    entries += [(f"not yet: {left}", GREY)] if left else []
    return Colouring(table[sites.bins], Legend(tuple(entries), title=words(BIN)))


def _told(value: float, name: str) -> str:
    unit = "σ" if name == MISFIT else FIGURES[name].unit
    rounded = float(f"{value:.4g}")
    if name == "tmr":
        return f"{100 * rounded:.4g} %"
    return f"{rounded:.3g} σ" if name == MISFIT else format_quantity(rounded, unit)
