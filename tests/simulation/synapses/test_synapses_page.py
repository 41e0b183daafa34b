"""What the page on synapses shows is run as it stands there, and what it claims of it comes out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "user" / "synapses.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shown() -> dict[str, object]:
    names: dict[str, object] = {}
    for text in re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE):
        exec(compile(text, "synapses.md", "exec"), names)
    return names


def test_the_script_of_the_page_ranks_as_it_says(shown):
    rankings = {one.metric: one for one in shown["rank"](shown["figures"])}
    assert rankings["nonlinearity_up"].devices == ("domain wall", "s-MTJ", "memristor")
    assert abs(rankings["asymmetry"].lead("s-MTJ", "domain wall")) < 5  # false alarm rate 1e-6
    assert rankings["asymmetry"].devices[-1] == "memristor"
    assert rankings["levels"].devices[0] == rankings["energy"].devices[0] == "s-MTJ"
    assert shown["figures"]["domain wall"].retention is shown["drift"]


def test_half_of_the_window_droops_away_in_a_millisecond(shown):
    junction = shown["junction"]
    lost = junction.conductance_max - junction.conductance(junction.drooped(junction.stop, 1e-3))
    assert lost / (junction.conductance_max - junction.conductance_min) == pytest.approx(0.52, abs=0.02)
    assert junction.leakage_resistance * junction.capacitance == pytest.approx(0.0177, rel=0.01)


def test_the_thermal_curve_bends_as_it_says(shown):
    assert shown["figures"]["s-MTJ"].nonlinearity_up.value == pytest.approx(0.025, abs=0.002)
