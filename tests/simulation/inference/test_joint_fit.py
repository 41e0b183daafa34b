import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.inference.joint_fit import JointRun, joint_fit
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.inference.static_fit import believed, fit_transfer

BELIEF = Belief.preset("fig5-die")
FIG5 = curve_parameters(BELIEF.junction)
HELD = believed(BELIEF)
GATE = np.linspace(0.1, 0.5, 61)


def run(gain=0.0, meter="A", scatter=2e-8, seed=1, gate=GATE):
    """A run with a meter whose gain is off by `gain` sigma."""
    true = static_curve(gate, FIG5)
    read = true * (1 + 1e-3 * gain) + scatter * np.random.default_rng(seed).standard_normal(len(gate))
    data = Observations(
        gate, read, np.full(len(gate), scatter), {"gain": 1e-3 * read}, {"offset": np.full(len(gate), 1e-5)}
    )
    return JointRun(data, {"gain": meter})


def pull(estimate, true):
    return abs(estimate.value - true) / estimate.uncertainty


def test_two_meters_whose_gains_differ_agree_once_each_has_an_error_of_its_own():
    found = joint_fit([run(1.0, "A"), run(-1.0, "B", seed=2)], HELD)
    extraction = found.fit.extraction
    assert set(found.errors) == {"gain (A)", "gain (B)", "offset"}
    assert found.errors["gain (A)"] - found.errors["gain (B)"] == pytest.approx(2, abs=0.02)
    assert extraction.chi_square < extraction.dof + 5 * (2 * extraction.dof) ** 0.5
    assert pull(extraction.estimate("conductance_antiparallel"), 5e-4) < 4
    assert sum(found.points) == extraction.points == 122


def test_one_meter_is_one_unknown_and_its_gain_does_not_average_away():
    same = joint_fit([run(0.5, "A"), run(0.5, "A", seed=2)], HELD).fit.extraction
    other = joint_fit([run(0.5, "A"), run(-0.5, "B", seed=2)], HELD).fit.extraction
    sigma = [one.estimate("conductance_antiparallel").uncertainty for one in (same, other)]
    assert sigma[0] == pytest.approx(5e-7, rel=0.02)
    assert sigma[1] == pytest.approx(5e-7 / 2**0.5, rel=0.02)


def test_runs_together_tell_more_than_each_alone():
    aligned = HELD | {"transverse_ratio": Estimate(0.0, 0.0)}
    both = joint_fit([run(), run(seed=2)], aligned).fit.extraction
    alone = fit_transfer(run().observations, aligned)
    ratio = alone.estimate("rotation_voltage").uncertainty / both.estimate("rotation_voltage").uncertainty
    assert ratio == pytest.approx(2**0.5, rel=0.02)
    assert both.estimate("threshold").uncertainty >= 1e-5  # the offset of the gate is common


def test_what_the_effects_do_to_one_run_they_do_in_a_joint_fit():
    joint = joint_fit([run(), run(seed=2)], HELD).fit.extraction
    alone = fit_transfer(run().observations, HELD)
    for name in ("conductance_antiparallel", "threshold"):
        near = 1e-3 * alone.estimate(name).uncertainty
        assert joint.contributions[name]["offset"] == pytest.approx(alone.contributions[name]["offset"], abs=near)
    assert joint.contributions["conductance_antiparallel"]["gain (A)"] == pytest.approx(-5e-7, rel=0.02)


def test_a_run_of_another_junction_shows_in_its_own_chi_square():
    other = run(seed=3, gate=GATE + 2e-3)
    moved = JointRun(Observations(GATE, *(getattr(other.observations, n) for n in ("conductance", "scatter")), {}, {}))
    found = joint_fit([run(), run(seed=2), run(seed=4), moved], HELD)
    assert np.argmax(found.chi_square) == 3
    assert "misses the data" in found.fit.extraction.remarks[0]


def test_one_run_is_no_joint_fit():
    with pytest.raises(InferenceError, match="at least two runs, but 1 were given"):
        joint_fit([run()], HELD)
