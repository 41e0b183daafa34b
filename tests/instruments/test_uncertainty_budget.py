import math
from datetime import date

import numpy as np
import pytest

from smtjlab.instruments.calibration import Ambient, Circumstances
from smtjlab.instruments.keithley_2450_settings import settings_for
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.meter_errors import Meter
from smtjlab.instruments.uncertainty_budget import JunctionErrors

LIMITS = Limits(voltage=(-0.3, 0.3), current=2e-4)
SPECIFIED = math.hypot(2e-9 / 0.1, 5e-4 * 200e-9 / 0.1)
STEP = math.hypot(1e-9 / 0.1, 5e-4 * 100e-9 / 0.1) / math.sqrt(12)


def errors(nplc=1.0, circumstances=Circumstances(), **more) -> JunctionErrors:  # noqa: B008 - it cannot change
    settings = settings_for(LIMITS, largest_voltage=0.1, nplc=nplc, four_wire=True, name="junction")
    current, voltage = (
        Meter(name=f"junction {name}", unit=unit, range=one, nplc=nplc, circumstances=circumstances)
        for name, unit, one in (("current", "A", settings.current_range), ("voltage", "V", settings.voltage_range))
    )
    return JunctionErrors(current=current, voltage=voltage, **more)


def independent(values, nplc=1.0, *, reversal=False) -> float:
    return errors(nplc).independent(values, 0.1, reversal=reversal)


def test_one_reading_scatters_as_specified():
    assert independent([5e-4]) == pytest.approx(math.hypot(SPECIFIED, STEP))


def test_noise_falls_with_the_root_of_the_integration():
    assert independent([5e-4], 4.0) == pytest.approx(math.hypot(SPECIFIED / 2, STEP))


def test_few_repeats_that_agree_are_backed_by_the_specification():
    assert independent([5e-4, 5e-4, 5e-4, 5e-4]) == pytest.approx(math.hypot(SPECIFIED / 2, STEP))


def test_few_repeats_that_contradict_the_specification_are_believed():
    values = [5e-4 - 1e-6, 5e-4 + 1e-6]
    assert independent(values) == pytest.approx(1e-6, rel=1e-3)


@pytest.mark.parametrize("repeats", [1, 3, 10, 40])
def test_squared_residuals_over_the_uncertainty_average_to_one(repeats):
    """A draw of 4000: the mean of such squares stays within 0.15 of 1, false alarm below 1e-4."""
    rng = np.random.default_rng(7)
    draws = 5e-4 + rng.normal(0, SPECIFIED, (4000, repeats))
    squares = [(draw.mean() - 5e-4) ** 2 / (independent(list(draw)) ** 2 - STEP**2) for draw in draws]
    assert np.mean(squares) == pytest.approx(1, abs=0.15)


def test_a_negative_bias_turns_the_sign_of_offsets_only():
    told = errors(thermal_emf=2e-6)
    forward, backward = told.common(5e-4, 0.1), told.common(5e-4, -0.1)
    signs = {name: backward[name] / forward[name] for name in forward}
    assert signs == pytest.approx({name: 1.0 if "gain" in name else -1.0 for name in forward})


def test_gain_and_offset_are_those_of_the_data_sheet():
    common = errors().common(5e-4, 0.1)
    assert common == pytest.approx(
        {
            "junction current gain (1 mA)": 5e-4 * 0.02e-2 / math.sqrt(3),
            "junction current offset (1 mA)": 60e-9 / 0.1 / math.sqrt(3),
            "junction voltage gain (200 mV)": -5e-4 * 0.012e-2 / math.sqrt(3),
            "junction voltage offset (200 mV)": -5e-4 * 200e-6 / 0.1 / math.sqrt(3),
        }
    )


def test_averaging_makes_no_gain_smaller():
    """The common part knows no repeats at all: what stays when the scatter has gone."""
    many = errors()
    assert many.independent([5e-4] * 9, 0.1) < many.independent([5e-4], 0.1)
    assert math.hypot(*many.common(5e-4, 0.1).values()) > 100 * many.independent([5e-4] * 9, 0.1) / 3


def test_reversal_leaves_gains_and_halves_the_variance_of_noise():
    told = errors(thermal_emf=2e-6)
    left = told.common(5e-4, 0.1, reversal=True)
    assert left == {name: effect for name, effect in told.common(5e-4, 0.1).items() if "gain" in name}
    assert len(left) == 2
    assert independent([5e-4], reversal=True) == pytest.approx(independent([5e-4]) / math.sqrt(2))


def test_a_thermal_emf_is_one_more_offset_of_the_voltage():
    assert errors(thermal_emf=2e-6).common(5e-4, 0.1)["junction thermal EMF"] == pytest.approx(
        -5e-4 * 2e-6 / 0.1 / math.sqrt(3)
    )


def test_leads_on_two_wires_are_in_the_conductance():
    assert errors(lead_resistance=3.0).common(5e-4, 0.1)["junction lead resistance"] == pytest.approx(
        -(5e-4**2) * 3 / math.sqrt(3)
    )


def test_an_old_calibration_widens_in_proportion():
    old = errors(circumstances=Circumstances(calibrated=date(2024, 1, 1), today=date(2025, 12, 31)))
    plain, wide = errors().common(5e-4, 0.1), old.common(5e-4, 0.1)
    assert wide == pytest.approx({name: effect * 730 / 365 for name, effect in plain.items()})


def test_a_warm_room_adds_unknowns_of_its_own():
    warm = errors(circumstances=Circumstances(ambient=Ambient(temperature=303.15, uncertainty=1.0)))
    common = warm.common(5e-4, 0.1)
    ratio = common["junction current gain over temperature (1 mA)"] / common["junction current gain (1 mA)"]
    assert ratio == pytest.approx(0.15 * 3)
    assert len(common) == 2 * len(errors().common(5e-4, 0.1))


def test_a_room_within_the_band_adds_none():
    mild = errors(circumstances=Circumstances(ambient=Ambient(temperature=294.15, uncertainty=2.0)))
    assert mild.common(5e-4, 0.1) == errors().common(5e-4, 0.1)


def test_short_integrations_widen_the_offsets_alone():
    short, usual = errors(0.1).common(5e-4, 0.1), errors().common(5e-4, 0.1)
    wider = {name for name in usual if abs(short[name]) > 1.01 * abs(usual[name])}
    assert wider == {"junction current offset (1 mA)", "junction voltage offset (200 mV)"}


def test_the_specification_is_told_beside_what_repeats_say():
    values = [5e-4 - 1e-6, 5e-4 + 1e-6]
    assert errors().specified(values, 0.1) == pytest.approx(math.hypot(SPECIFIED / math.sqrt(2), STEP))


def test_a_display_scatters_by_noise_and_step():
    assert errors().current.random == pytest.approx(math.hypot(2e-9, 1e-9 / math.sqrt(12)))
