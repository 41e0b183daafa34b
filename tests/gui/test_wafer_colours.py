"""Colours of bins and states: seen on their ground, told apart without colour vision, marked where they come again."""

from itertools import combinations

import numpy as np
import pytest

from smtjlab.gui.models.wafer_colours import ON_DARK, ON_LIGHT, brief, coloured, rgb
from smtjlab.gui.models.wafer_sites import BIN, STATE, WaferSites
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.wafer.named import wafer_path
from smtjlab.procedures.wafer.outcome import Outcome, SiteState

RAMP = np.zeros((256, 3), np.uint8)
DEFICIENT = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
"""Machado, Oliveira and Fernandes, IEEE Trans. Vis. Comput. Graph. 15, 1291 (2009), severity 1, on linear RGB."""
APART = 0.05
"""Distance in Oklab between any two colours, five times what is just seen side by side."""


def linear(colour):
    share = np.array(rgb(colour)) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    """WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def oklab(light):
    """Ottosson 2020."""
    lms = np.array([[0.41222147, 0.53633254, 0.05144599], [0.2119035, 0.6806995, 0.10739696],
                    [0.08830246, 0.28171884, 0.62997870]]) @ light  # fmt: skip
    return np.array([[0.21045426, 0.79361779, -0.00407205], [1.97799850, -2.42859221, 0.45059371],
                     [0.02590404, 0.78277177, -0.80867577]]) @ np.cbrt(np.clip(lms, 0, None))  # fmt: skip


@pytest.mark.parametrize("palette", [ON_LIGHT, ON_DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", ["bins", "standings"])
def test_every_colour_is_seen_on_its_ground(palette, kind):
    colours = palette.bins if kind == "bins" else palette.standings.values()
    assert min(contrast(one, palette.ground) for one in colours) > 1.8


@pytest.mark.parametrize("palette", [ON_LIGHT, ON_DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", ["bins", "standings"])
@pytest.mark.parametrize("eyes", ["all", *DEFICIENT])
def test_any_two_are_told_apart_also_without_colour_vision(palette, kind, eyes):
    seen = np.array(DEFICIENT.get(eyes, np.eye(3)))
    colours = palette.bins if kind == "bins" else palette.standings.values()
    places = [oklab(np.clip(seen @ linear(one), 0, 1)) for one in colours]
    assert min(np.linalg.norm(one - other) for one, other in combinations(places, 2)) > APART


@pytest.fixture
def sites():
    wafer = read_wafer(wafer_path("200mm"))
    found = WaferSites(wafer, list(wafer.all_sites)[:40])
    for number in range(20):
        told = {"bin": number, "bin_name": f"bin {number}", "figures": {"tmr": 1.23456}}
        found.take(Outcome(site=found.sites[number], die_type="A", device="d", state=SiteState.DONE, **told))
    return found


def test_bins_after_the_eighth_have_the_same_colours_hatched(sites):
    found = coloured(sites, BIN, (RAMP, RAMP))
    pairs = zip(found.colours[:20], found.hatches[:20], strict=True)
    assert len({(tuple(colour), int(hatch)) for colour, hatch in pairs}) == 20
    assert found.hatches[:20].tolist() == [0] * 8 + [1] * 8 + [2] * 4
    assert [entry.hatch for entry in found.legend.entries] == [0] * 8 + [1] * 8 + [2] * 4 + [0]


def test_states_are_never_hatched_and_a_cell_says_in_a_word_what_it_is(sites):
    assert not coloured(sites, STATE, (RAMP, RAMP)).hatches.any()
    assert [brief(sites, 3, by) for by in (STATE, BIN, "tmr")] == ["done", "bin 3", "123 %"]
    assert [brief(sites, 30, by) for by in (STATE, BIN, "tmr")] == ["planned", "", ""]
