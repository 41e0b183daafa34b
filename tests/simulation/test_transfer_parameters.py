import numpy as np
import pytest
from scipy.integrate import quad

from smtjlab.simulation.transfer_parameters import TransferDataError, extract, rounded_ramp

GAMMA, NU, R_P, R_AP = 0.26, 0.004, 1100.0, 2000.0
V_TH = GAMMA + NU
SLOPE = (R_AP - R_P) / (2 * R_AP**2 * GAMMA)
WIDTH = 1.5e-3


def mean_square(t):
    """<q^2> for the weight exp(t q^2/2 - q^4/4), by quadrature."""
    top = max(t, 0) ** 2 / 4
    power = [
        quad(lambda q, p=p: q**p * np.exp(t * q * q / 2 - q**4 / 4 - top), 0, 12, points=[max(t, 0) ** 0.5], limit=500)[
            0
        ]
        for p in (0, 2)
    ]
    return power[1] / power[0]


MEAN_SQUARE = np.vectorize(mean_square)


def curve(v, width=WIDTH):
    """The closed form of the static curve, its kink rounded as temperature does it."""
    ramp = width * MEAN_SQUARE((v - V_TH) / width) if width else np.maximum(v - V_TH, 0)
    u = GAMMA + ramp
    return 2 / (R_P + R_AP) * u / (u + GAMMA * (R_AP - R_P) / (R_AP + R_P))


GATE = np.linspace(0.1, 0.45, 71)
ROUNDED = curve(GATE)


@pytest.mark.parametrize("t", [-25.0, -20.01, -19.99, -3.0, 0.0, 2.0, 19.99, 20.01, 30.0])
def test_the_rounded_ramp_is_the_thermal_mean_of_a_squared_angle(t):
    assert rounded_ramp(np.array([t]), 1.0)[0] == pytest.approx(mean_square(t), rel=1e-3, abs=2e-5)


@pytest.mark.parametrize(("conductance", "sign"), [(ROUNDED, 1), (ROUNDED, -1), (curve(GATE, 0), 1)])
def test_a_curve_gives_back_its_parameters(conductance, sign):
    found = extract(sign * GATE, conductance, 1e-9, gate_sign=sign)
    assert found.conductance_antiparallel.value == pytest.approx(1 / R_AP, rel=1e-5)
    assert found.threshold.value == pytest.approx(sign * V_TH, rel=1e-4)
    assert found.slope.value == pytest.approx(sign * SLOPE, rel=2e-3)
    assert found.rotation_voltage.value == pytest.approx(GAMMA, rel=5e-3)


def test_pulls_of_noisy_curves_are_standard_normal():
    """40 curves: a mean beyond 0.55 (3.5 standard errors) or a width beyond 1.4 (3.6) is a false alarm of 1 in 1000."""
    noise, pulls = np.random.default_rng(11), []
    for _ in range(40):
        found = extract(GATE, ROUNDED + 5e-8 * noise.standard_normal(len(GATE)), 5e-8, gate_sign=1)
        pairs = ((found.threshold, V_TH), (found.slope, SLOPE), (found.rotation_voltage, GAMMA))
        pulls.append([(estimate.value - true) / estimate.uncertainty for estimate, true in pairs])
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 0.55)
    assert np.all(np.std(pulls, axis=0) < 1.4)


def test_scatter_above_what_was_claimed_widens_the_uncertainties():
    noisy = ROUNDED + 1e-7 * np.random.default_rng(2).standard_normal(len(GATE))
    honest, bold = (extract(GATE, noisy, sigma, gate_sign=1) for sigma in (1e-7, 1e-8))
    assert bold.threshold.uncertainty == pytest.approx(honest.threshold.uncertainty, rel=0.3)


def test_a_shape_that_does_not_fit_is_doubted():
    slanted = ROUNDED + 5e-6 * np.sin(40 * GATE)
    assert "misses the data" in extract(GATE, slanted, 1e-8, gate_sign=1).doubt
    assert extract(GATE, ROUNDED, 1e-8, gate_sign=1).doubt is None


def test_a_sweep_below_the_threshold_tells_the_foot_and_says_why_no_more():
    found = extract(GATE[:25], ROUNDED[:25], 5e-8, gate_sign=1)
    assert found.conductance_antiparallel.value == pytest.approx(1 / R_AP, rel=1e-4)
    assert found.threshold is found.slope is found.rotation_voltage is None
    assert "does not cross the threshold" in found.reasons["threshold"]


def test_a_sweep_above_the_threshold_tells_nothing_and_says_why():
    found = extract(GATE[40:], ROUNDED[40:], 5e-8, gate_sign=1)
    assert found.conductance_antiparallel is found.threshold is None
    assert "no flat foot" in found.reasons["threshold"]


def test_a_short_way_above_the_threshold_leaves_gamma_unknown():
    found = extract(GATE[:38], ROUNDED[:38], 2e-7, gate_sign=1)
    assert found.threshold is not None
    assert "uncertain" in found.reasons["rotation_voltage"]


def test_the_wrong_sign_is_told():
    found = extract(-GATE, ROUNDED, 5e-8, gate_sign=1)
    assert found.threshold is None
    assert "gate_sign" in found.reasons["threshold"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"gate": GATE[:7], "conductance": ROUNDED[:7]}, "at least 8 valid readings, but there are 7"),
        ({"conductance": ROUNDED * np.nan}, "must be finite"),
        ({"sigma": 0.0}, "sigma must be above 0"),
        ({"gate": GATE * 0}, "different gate voltages"),
        ({"gate": GATE[1:]}, "same length"),
        ({"gate_sign": 0}, "`gate_sign` must be 1 or -1, but is 0"),
    ],
)
def test_data_that_are_no_curve_are_refused(change, sentence):
    data = {"gate": GATE, "conductance": ROUNDED, "sigma": 1e-8, "gate_sign": 1} | change
    with pytest.raises(TransferDataError, match=sentence):
        extract(**data)
