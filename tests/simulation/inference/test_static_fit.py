from dataclasses import replace

import numpy as np
import pytest
from scipy.special import chdtrc

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.inference.common_errors import common_errors_of
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.inference.static_fit import believed, fit_of_transfer, fit_transfer

BELIEF = Belief.preset("fig5-die")
FIG5 = curve_parameters(BELIEF.junction)
HELD = believed(BELIEF)
COLD = HELD | {"thermal_energy": Estimate(np.inf, 0.0)}
GATE = np.linspace(0.1, 0.5, 81)
FOUR = ("conductance_antiparallel", "threshold", "rotation_voltage", "resistance_parallel")


def readings(parameters=FIG5, gate=GATE, scatter=2e-8, seed=None, sign=1, **others):
    """Readings of a curve, exact where no seed is given."""
    noise = 0.0 if seed is None else scatter * np.random.default_rng(seed).standard_normal(len(gate))
    curve = static_curve(gate, parameters, gate_sign=sign) + noise
    return Observations(gate, curve, np.full(len(gate), scatter), **({"common": {}, "gate_effects": {}} | others))


def slope(p):
    return p["conductance_antiparallel"] * (1 - p["resistance_parallel"] * p["conductance_antiparallel"]) / (
        2 * p["rotation_voltage"]
    )  # fmt: skip


def test_401_points_with_a_permille_of_noise_tell_what_the_theory_says_they_do():
    gate = np.linspace(0.2, 0.6, 401)
    cold = FIG5 | {"thermal_energy": np.inf}
    exact = static_curve(gate, cold)
    found = fit_transfer(Observations(gate, exact, 1e-3 * exact, {}, {}), COLD, free=FOUR, gate_sign=1)
    sigma = {name: found.estimate(name).uncertainty for name in FOUR}
    assert sigma["rotation_voltage"] == pytest.approx(2.2e-3, rel=0.03)
    assert sigma["threshold"] == pytest.approx(0.26e-3, rel=0.03)
    assert sigma["resistance_parallel"] == pytest.approx(4, rel=0.03)
    assert "±2.3 mV" in found.reasons["shape_voltage"]
    assert "R-H loops" in found.reasons["pole"]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("ratio", [0.0, 0.004, 0.05])
def test_a_curve_gives_back_its_parameters_and_its_sign(sign, ratio):
    true = FIG5 | {"threshold": sign * FIG5["threshold"], "transverse_ratio": ratio}
    fit = fit_of_transfer(readings(true, sign * GATE, sign=sign), HELD)
    found = fit.extraction
    assert fit.gate_sign == sign
    for name in FOUR:
        assert found.estimate(name).value == pytest.approx(true[name], rel=2e-4)
    assert found.estimate("slope").value == pytest.approx(sign * slope(true), rel=1e-3)
    assert found.estimate("tmr").value == pytest.approx(1.0, rel=1e-3)
    if ratio:
        assert found.estimate("transverse_ratio").value == pytest.approx(ratio, rel=1e-2)
    else:
        assert "none is seen: |H_y| is below" in found.reasons["transverse_ratio"]


@pytest.mark.parametrize("ratio", [0.0, 0.01])
def test_pulls_are_standard_normal_with_errors_common_to_all_readings(ratio):
    """100 dies: a mean beyond 0.36 or a width outside 0.72 to 1.26 (3.6 standard errors) is 1 false alarm in 300.

    Near a field of 0 chi-square is no parabola, and widths down to 0.7 are right.
    """
    pulls, chances, rng = [], [], np.random.default_rng(5)
    for k in range(100):
        true = curve_parameters(BELIEF.draw(1, k)[0]) | {"transverse_ratio": ratio}
        z_gain, z_gate = rng.standard_normal(2)
        data = readings(true, GATE * (1 + 2e-4 * z_gate), seed=(5, k))
        measured = data.conductance + 3e-4 * z_gain * data.conductance
        shared = {"common": {"gain": 3e-4 * measured}, "gate_effects": {"gate gain": 2e-4 * GATE}}
        found = fit_transfer(replace(data, gate=GATE, conductance=measured, **shared), HELD)
        told = {**true, "slope": slope(true)}
        pulls.append([(found.estimate(n).value - told[n]) / found.estimate(n).uncertainty for n in (*FOUR, "slope")])
        chances.append(chdtrc(found.dof, found.chi_square))
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 0.36)
    assert np.all((np.std(pulls, axis=0) > 0.72) & (np.std(pulls, axis=0) < 1.26))
    assert np.mean(chances) == pytest.approx(0.5, abs=3.6 * 12**-0.5 / 10)


def test_common_errors_do_what_shifted_data_do():
    shared = {"common": {"gain": 3e-4 * np.full(81, 5e-4)}, "gate_effects": {"gate gain": 2e-4 * GATE}}
    data = readings(FIG5 | {"transverse_ratio": 0.01}, **shared)
    found = fit_transfer(data, HELD)

    def again(shifted):
        return {name: fit_transfer(shifted, HELD).estimate(name).value for name in FOUR}

    shifted = common_errors_of(again, data)
    for name in FOUR:
        for error in ("gain", "gate gain"):
            assert found.contributions[name][error] == pytest.approx(
                shifted.contributions[name][error], rel=0.02, abs=0.02 * found.estimate(name).uncertainty
            )


def test_common_errors_do_not_masquerade_as_scatter():
    data = readings(seed=3)
    alone, shared = (
        fit_transfer(replace(data, common={"gain": part * data.conductance}), HELD) for part in (0.0, 1e-3)
    )
    assert shared.chi_square == alone.chi_square
    assert shared.statistical == pytest.approx(alone.statistical)
    assert shared.estimate("conductance_antiparallel").uncertainty == pytest.approx(5e-7, rel=0.01)


def test_r_p_is_taken_where_the_readings_tell_it_less_well_than_it_is_known():
    data = readings(gate=np.linspace(0, 0.4, 81), scatter=2e-6, seed=1)
    found = fit_transfer(data, HELD)
    assert "resistance_parallel" not in found
    assert "would tell it to ±" in found.reasons["resistance_parallel"]
    assert found.taken["resistance_parallel"] == HELD["resistance_parallel"]
    assert abs(found.contributions["rotation_voltage"]["resistance_parallel"]) > 1e-3


def test_what_is_taken_to_be_known_exactly_makes_everything_else_certain():
    data = readings(scatter=1e-6, seed=1)
    vague = fit_transfer(data, HELD | {"resistance_parallel": Estimate(1000.0, 5.0)})
    exact = fit_transfer(data, HELD | {"resistance_parallel": Estimate(1000.0, 0.01)})
    assert exact.estimate("rotation_voltage").uncertainty < 0.8 * vague.estimate("rotation_voltage").uncertainty


def test_nu_from_loops_gives_the_pole():
    nu = Estimate(FIG5["threshold"] - FIG5["rotation_voltage"], 1e-5)
    alone, helped = (fit_transfer(readings(), held) for held in (HELD, HELD | {"shape_voltage": nu}))
    assert helped.estimate("pole").value == pytest.approx(FIG5["rotation_voltage"] - nu.value, rel=1e-3)
    assert helped.estimate("rotation_voltage").uncertainty < alone.estimate("rotation_voltage").uncertainty
    assert "shape_voltage" not in helped.reasons
    assert "pole" in alone.reasons


def test_the_branches_of_a_hysteretic_piezo_are_fitted_together():
    down = np.repeat([0.0, 1.0], 81)
    gate = np.tile(GATE, 2)
    shifted = readings(gate=gate - 3e-3 * down, seed=2)
    found = fit_transfer(replace(shifted, gate=gate), HELD, shapes={"hysteresis_voltage": -down})
    width = found.estimate("hysteresis_voltage")
    assert width.value == pytest.approx(3e-3, abs=4 * width.uncertainty)
    assert width.uncertainty < 1e-4


def test_a_robust_fit_leaves_outliers_where_they_are():
    data = readings(seed=4)
    data.conductance[[20, 60]] += 5e-6
    plain, robust = (fit_transfer(data, HELD, robust=which) for which in (False, True))
    errors = [abs(one.estimate("threshold").value - FIG5["threshold"]) for one in (plain, robust)]
    assert errors[1] < min(4 * robust.estimate("threshold").uncertainty, 5e-4) < 1e-3 < errors[0]
    assert "2 of 81 lie beyond 5 sigma" in robust.remarks[0]


def test_a_shape_that_does_not_fit_is_told_and_widens_the_uncertainties():
    data = readings(seed=1)
    bent = replace(data, conductance=data.conductance + 1e-6 * np.sin(60 * GATE))
    found = fit_transfer(bent, HELD)
    assert "misses the data (χ²/ν =" in found.remarks[0]
    assert found.estimate("threshold").uncertainty > 3 * fit_transfer(data, HELD).estimate("threshold").uncertainty


def test_a_gain_of_the_gate_is_fitted_where_gamma_is_known():
    held = HELD | {"rotation_voltage": Estimate(FIG5["rotation_voltage"], 1e-6)}
    free = ("conductance_antiparallel", "threshold", "gate_gain")
    found = fit_transfer(replace(readings(gate=1.01 * GATE), gate=GATE), held, free=free, gate_sign=1)
    assert found.estimate("gate_gain").value == pytest.approx(1.01, abs=1e-4)


def test_a_series_resistance_is_fitted_where_both_resistances_are_known():
    held = HELD | {
        "conductance_antiparallel": Estimate(5e-4, 1e-9), "resistance_parallel": Estimate(1000.0, 0.01)
    }  # fmt: skip
    free = ("threshold", "rotation_voltage", "series_resistance")
    found = fit_transfer(readings(FIG5 | {"series_resistance": 20.0}), held, free=free, gate_sign=1)
    assert found.estimate("series_resistance").value == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize(
    ("free", "sentence"),
    [
        ((*FOUR, "gate_gain"), "`gate_gain` can be fitted only where `rotation_voltage` is held"),
        ((*FOUR, "series_resistance"), "`series_resistance` can be fitted only where"),
        (("threshold", "colour"), "must be one of .*`threshold`.* but `colour` was asked for"),
    ],
)
def test_what_is_degenerate_is_refused_in_words(free, sentence):
    with pytest.raises(InferenceError, match=sentence):
        fit_transfer(readings(), HELD, free=free)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"gate": GATE[:7], "conductance": GATE[:7], "scatter": GATE[:7]},
            "at least 8 valid readings, but there are 7",
        ),
        ({"gate": GATE[:0], "conductance": GATE[:0], "scatter": GATE[:0]}, "but there are 0"),
        ({"conductance": GATE * np.nan}, "must be finite"),
        ({"scatter": GATE * 0}, "scatter must be above 0"),
        ({"gate": GATE * 0}, "different gate voltages, but all are 0 V"),
        ({"gate": GATE[1:]}, "same length"),
    ],
)
def test_data_that_are_no_curve_are_refused(change, sentence):
    with pytest.raises(InferenceError, match=sentence):
        fit_transfer(replace(readings(), **change), HELD)


@pytest.mark.parametrize(
    ("gate", "free", "missing", "reason"),
    [
        (np.linspace(0, 0.2, 50), None, "threshold", "does not cross the threshold"),
        (np.linspace(0.3, 0.6, 50), None, "threshold", "no flat foot"),
        (np.linspace(0.1, 0.2658, 80), None, "rotation_voltage", "ends at the threshold"),
        (np.linspace(0.2, 0.28, 50), FOUR, "rotation_voltage", "more than a third"),
    ],
)
def test_what_a_sweep_does_not_tell_has_a_reason(gate, free, missing, reason):
    scatter = 8e-7 if free else 5e-9
    found = fit_transfer(readings(gate=gate, scatter=scatter, seed=1), HELD, gate_sign=1, free=free)
    assert missing not in found
    assert reason in found.reasons[missing]


def test_a_constant_curve_tells_the_foot_only():
    flat = replace(readings(), conductance=np.full(81, 5e-4))
    found = fit_transfer(flat, HELD, gate_sign=1)
    assert found.names == ("conductance_antiparallel",)
    assert fit_transfer(flat, HELD).names == ()


def test_the_wrong_sign_is_told():
    found = fit_transfer(readings(), HELD, gate_sign=-1)
    assert found.names == ()
    assert "`gate_sign` is probably the other one" in found.reasons["threshold"]
