import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError, StepSizeWarning
from smtjlab.simulation.predict import predict


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("fig5", {}),
        ("fig5", {"hard_layer_angle": 0.05, "damping": 0.03}),
        ("soft", {}),
        ("soft", {"gate_sign": -1, "transverse_field": 2e3}),
        ("restless", {}),
        ("shaped", {"temperature": 400.0}),
        ("soft", {"dipole_field": 40.0, "minor_axis": 60e-9}),
    ],
)
def test_trajectories_agree_with_the_thermal_average(name, changes, request):
    # 35 gates in all, each beyond 4 standard errors once in 15 000: a false alarm in 400 seeds.
    junction = request.getfixturevalue(name).changed(**changes)
    gates = junction.threshold_voltage * np.array([0.0, 0.9, 1.0, 1.03, 1.8])
    exact, found = (predict(junction, model, gates, seed=3) for model in ("boltzmann", "sllg"))
    assert np.abs((found.conductance - exact.conductance) / found.standard_error).max() < 4
    assert found.angle == pytest.approx(exact.angle, abs=0.12)


def test_cold_trajectories_end_at_the_static_angle(fig5):
    cold = fig5.changed(temperature=0.0)
    gates = [0.2, 0.27, 0.3, 0.5]
    static, found = (predict(cold, model, gates, replicas=4) for model in ("static", "sllg"))
    assert found.conductance == pytest.approx(static.conductance, rel=1e-7)
    assert found.angle == pytest.approx(static.angle, abs=1e-4)


def test_a_soft_volume_moves_away_from_the_static_curve(soft):
    gates = [0.26, 0.27]
    static, found = (predict(soft, model, gates) for model in ("static", "sllg"))
    assert (np.abs(found.conductance - static.conductance) > 20 * found.standard_error).all()


def test_the_same_seed_gives_the_same_numbers(soft):
    one, again, other = (predict(soft, "sllg", [0.3], replicas=32, seed=seed) for seed in (1, 1, 2))
    assert one.conductance == again.conductance
    assert one.conductance != other.conductance


def test_the_bias_lowers_the_antiparallel_resistance_only(fig5):
    rolling = fig5.changed(bias_half_tmr=0.4)
    assert predict(rolling, "static", [0.0], bias=0.4).conductance[0] == pytest.approx(1 / 1500)
    assert predict(rolling, "tangent_exact", [0.0], bias=0.4).conductance[0] == pytest.approx(1 / 1500)


def test_an_applied_field_adds_to_the_dipole_field(fig5):
    shifted = fig5.changed(dipole_field=fig5.dipole_field + 5e3)
    for model in ("static", "boltzmann"):
        found = predict(fig5, model, [0.3], field=5e3).conductance
        assert found == pytest.approx(predict(shifted, model, [0.3]).conductance, rel=1e-12)


def test_only_trajectories_have_a_standard_error(fig5):
    assert predict(fig5, "boltzmann", 0.3).standard_error is None
    assert predict(fig5, "sllg", 0.3, replicas=4).standard_error.shape == (1,)


def test_mirror_wells_have_opposite_angles_and_one_conductance(fig5):
    up, down = (predict(fig5, "static", [0.3], well=well) for well in (1, -1))
    assert up.angle == -down.angle > 0
    assert up.conductance == down.conductance


def test_impossible_questions_are_refused(fig5):
    with pytest.raises(ModelError, match="`replicas` must be at least 2 for `sllg`, but is 1"):
        predict(fig5, "sllg", [0.3], replicas=1)
    with pytest.raises(ModelError, match="`gate` must be one or more finite voltages"):
        predict(fig5, "static", [np.nan])
    for wrong, message in [
        ({"replicas": 1.5}, "`replicas` must be a whole number of at least 1, but is 1.5"),
        ({"seed": 1.5}, "`seed` must be a whole number of at least 0, but is 1.5"),
        ({"bias": np.nan}, "`bias` must be finite, but is nan V"),
        ({"field": np.inf}, "`field` must be finite, but is inf A/m"),
    ]:
        for model in ("tangent_exact", "static", "sllg"):
            with pytest.raises(ModelError, match=message):
                predict(fig5, model, [0.3], **wrong)
    with pytest.raises(ModelError, match="`gate` must be one or more finite voltages, but is 'a'"):
        predict(fig5, "static", "a")
    with pytest.raises(ModelError, match="`step` must be above 0 and at most"):
        predict(fig5, "sllg", [0.6], replicas=2, step=20e-12)
    with pytest.warns(StepSizeWarning, match="should be at most 1 ps"):
        predict(fig5, "sllg", [0.6], replicas=2, step=2e-12)
    with pytest.raises(ModelError, match="`gate` must be one or more finite voltages"):
        predict(fig5, "static", [])
