import math

import numpy as np
import pytest

from smtjlab.simulation import Junction, ModelError
from smtjlab.simulation.junction import GateSign
from smtjlab.simulation.linear_range import linear_range, static_window, thermal_window
from smtjlab.simulation.linear_window import linear_window
from smtjlab.simulation.transfer_curves import transfer_curves

FIG5 = Junction.preset("fig5")


def width(**fields: float) -> float:
    start, stop = static_window(FIG5.changed(**fields))
    return stop - start


def test_resistances_in_proportion_leave_the_window_as_it_is() -> None:
    for parallel in (1e3, 2e3, 5e3):
        found = width(resistance_parallel=parallel, resistance_antiparallel=2 * parallel)
        assert found == pytest.approx(29.14e-3, abs=5e-6)
        assert found == pytest.approx(width(), rel=1e-12)


def test_a_higher_tmr_widens_it_by_half_at_most_and_gamma_without_bound() -> None:
    assert width(resistance_antiparallel=1e12) == pytest.approx(43.7e-3, abs=5e-5)
    assert width(resistance_antiparallel=1e12) / width() == pytest.approx(1.5, rel=1e-6)
    assert width(piezo_thickness=2e-6) == pytest.approx(58.3e-3, abs=5e-5)


@pytest.mark.parametrize("tolerance", [0.002, 0.01, 0.05])
def test_the_ends_obey_the_closed_form(tolerance: float) -> None:
    start, stop = static_window(FIG5, tolerance)
    offset = FIG5.rotation_voltage / 3 - FIG5.shape_voltage
    ratio = math.sqrt((stop + offset) / (start + offset))
    assert ratio == pytest.approx((1 + 2 * tolerance) / (1 - 2 * tolerance), rel=1e-6)


def test_the_search_finds_the_closed_form() -> None:
    gate = np.linspace(0.25, 0.33, 801)
    static = transfer_curves([FIG5], gate, model="static").conductance[0]
    found = linear_window(gate, static, line="minimax")
    start, stop = static_window(FIG5)
    assert found.stop == pytest.approx(stop, abs=2e-4)
    assert found.start == pytest.approx(start, abs=1e-3)  # a bit of the flat foot costs nothing


@pytest.mark.parametrize(("tolerance", "antiparallel"), [(0.03, 21e3), (0.05, 2e3), (0.2, 21e3)])
def test_no_sweep_cuts_a_wide_thermal_window_short(tolerance: float, antiparallel: float) -> None:
    """Before the static window, up to 8.5 Gamma wide, the flat foot costs nothing as long as the line, of the window's
    mean slope, falls by less than 2 tol of the change: 2 tol of the width. Heat and the sweep's steps add a bit."""
    start, stop = static_window(FIG5.changed(resistance_antiparallel=antiparallel), tolerance)
    expected = (1 + 2 * tolerance) * (stop - start)
    found = thermal_window(FIG5.changed(resistance_antiparallel=antiparallel), tolerance)
    assert expected <= found < 1.03 * expected


def test_the_thermal_window_is_the_same_for_either_sign_of_the_gate() -> None:
    mirrored = FIG5.changed(gate_sign=GateSign.NEGATIVE)
    assert thermal_window(mirrored, 0.05) == pytest.approx(thermal_window(FIG5, 0.05), rel=1e-9)


def test_the_claim_is_right_for_gamma_and_wrong_for_resistance() -> None:
    found = {one.variation.name: one for one in linear_range(FIG5, points=2).ranges}
    assert found["piezo"].claim == pytest.approx(found["piezo"].static)
    assert found["both"].claim[-1] == pytest.approx(5 * found["both"].static[-1])
    up = found["antiparallel"]
    assert up.claim[-1] / up.claim[0] == pytest.approx(up.value[-1] / up.value[0])
    assert found["parallel"].claim == pytest.approx(np.full(2, width()))  # of R_P the paper's kappa knows nothing
    assert found["dipole"].claim[-1] == pytest.approx(16 * found["dipole"].claim[0])  # Gamma, from 1/4 to 4
    assert np.ptp(found["temperature"].thermal) < 1.5e-3  # heat moves the window, it does not widen it


def test_a_junction_without_the_closed_form_is_refused() -> None:
    with pytest.raises(ModelError, match="aligned hard layer"):
        static_window(FIG5.changed(hard_layer_angle=0.1))
    with pytest.raises(ModelError, match="`tolerance` must be"):
        static_window(FIG5, 0.3)
