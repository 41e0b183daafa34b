"""What readings tell at once: of a curve that is known, of an open device, of one that overflows."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.reading import Flag, Reading, Setpoint, Uncertainty
from smtjlab.procedures.wafer.figures import FIGURES
from smtjlab.procedures.wafer.quick_figures import quick_figures

AREA = 4e-13


def read(gate: float, siemens: float | None, branch: str = "up") -> Reading:
    return Reading(
        setpoint=Setpoint(gate=gate, bias=0.1, branch=branch),
        value=siemens,
        uncertainty=Uncertainty(independent=1e-9),
        stimuli=(),
        time=0.0,
        gate=gate,
        gate_current=-2e-9 * gate,
        bias=0.1,
        current=None if siemens is None else 0.1 * siemens,
    )


def ramp(gate: float) -> float:
    """0.5 mS below 0.27 V, then 4 mS/V."""
    return 5e-4 + 4e-3 * max(0.0, gate - 0.27)


def test_a_ramp_has_its_slope_and_its_threshold() -> None:
    found = quick_figures([read(gate, ramp(gate)) for gate in np.linspace(0.0, 0.4, 9)], AREA, touchdowns=2)
    assert found["slope"] == pytest.approx(4e-3, rel=1e-9)
    assert found["threshold"] == pytest.approx(0.27, abs=1e-9)
    assert found["resistance"] == found["resistance_antiparallel"] == pytest.approx(2000)
    assert found["resistance_parallel"] == pytest.approx(1 / ramp(0.4))
    assert found["tmr"] == pytest.approx(ramp(0.4) / 5e-4 - 1)
    assert found["resistance_area"] == pytest.approx(AREA / ramp(0.4), rel=1e-9, abs=0)
    assert (found["leakage"], found["touchdowns"], found["flags"]) == (pytest.approx(0.8e-9, rel=1e-9, abs=0), 2, 0)


def test_only_the_first_branch_tells_the_threshold() -> None:
    gates = np.linspace(0.0, 0.4, 9)
    back = [read(gate, 2 * ramp(gate), "down") for gate in gates[::-1]]
    assert quick_figures([read(gate, ramp(gate)) for gate in gates] + back, AREA)["slope"] == pytest.approx(4e-3)


def test_a_sweep_downwards_has_the_threshold_of_one_upwards() -> None:
    found = quick_figures([read(gate, ramp(gate), "down") for gate in np.linspace(0.4, 0.0, 9)], AREA)
    assert (found["slope"], found["threshold"]) == (pytest.approx(4e-3), pytest.approx(0.27, abs=1e-9))


def test_many_readings_with_noise_have_the_figures_of_the_ramp() -> None:
    """301 readings with 0.1 % of noise; bounds are five deviations (false alarm 6e-7 each) of slope and threshold.

    R_AP is the extreme of 200 means of five: 2.5 of a single reading are 5.6 of theirs (false alarm 2e-6).
    """
    gates, sigma = np.linspace(0.0, 0.4, 301), 5e-7
    noise = sigma * np.random.default_rng(1).standard_normal(301)
    found = quick_figures([read(gate, ramp(gate) + off) for gate, off in zip(gates, noise, strict=True)], AREA)
    inside = gates[(gates > 0.27 + 0.2 * 0.13) & (gates < 0.27 + 0.8 * 0.13)]
    least = sigma / np.sqrt(((inside - inside.mean()) ** 2).sum())
    assert found["slope"] == pytest.approx(4e-3, abs=5 * least)
    assert found["threshold"] == pytest.approx(0.27, abs=5 * sigma / 4e-3)
    assert found["resistance_antiparallel"] == pytest.approx(2000, rel=2.5 * sigma / 5e-4)
    assert found["resistance_parallel"] == pytest.approx(1 / ramp(0.4 - 2 * 0.4 / 300), rel=2.5 * sigma / ramp(0.4))


def test_an_open_device_has_the_least_resistance_that_it_may_have() -> None:
    assert quick_figures([read(0.0, -3e-10), read(0.4, 1e-10)], AREA)["resistance"] == pytest.approx(1e9)


def test_what_overflows_tells_no_resistance() -> None:
    found = quick_figures([replace(read(0.0, None), flags=frozenset({Flag.OVERFLOW}))], AREA)
    assert found["flags"] == 1
    assert found.get("resistance") is None


def test_nothing_tells_nothing_but_what_is_counted() -> None:
    assert quick_figures([], AREA, touchdowns=3) == {"flags": 0.0, "touchdowns": 3.0, "leakage": None}


def test_every_figure_has_a_unit() -> None:
    assert set(quick_figures([read(gate, ramp(gate)) for gate in np.linspace(0, 0.4, 5)], AREA)) == set(FIGURES)
