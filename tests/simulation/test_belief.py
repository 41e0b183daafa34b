import pickle

import numpy as np
import pytest

from smtjlab.simulation.belief import SPREAD_FIELDS, Belief, preset_names, spread
from smtjlab.simulation.errors import JunctionError


def load(tmp_path, text):
    path = tmp_path / "b.toml"
    path.write_text(text)
    return Belief.load(path)


def test_a_die_is_uncertain_of_what_dies_differ_in(fig5):
    die = Belief.load("fig5-die")
    assert die.junction == fig5
    assert die.uncertainty == pytest.approx({name: 0.03 * getattr(fig5, name) for name in SPREAD_FIELDS})


def test_presets_are_found_by_name():
    assert preset_names() == ["cofeb", "fig5", "fig5-die", "fig5-lab"]
    assert not Belief.load("fig5").uncertainty


def test_uncertainties_are_numbers_units_or_percents(tmp_path):
    text = 'preset = "fig5"\n[uncertainty]\nthickness = "0.1 nm"\ndipole_field = "5 %"\ndamping = 0.01\n'
    belief = load(tmp_path, text)
    assert dict(belief.uncertainty) == pytest.approx(
        {"thickness": 1e-10, "dipole_field": 0.05 * belief.junction.dipole_field, "damping": 0.01}
    )


def test_a_presets_uncertainty_stays_relative_to_new_values(tmp_path):
    belief = load(tmp_path, 'preset = "fig5-die"\nthickness = 4.4e-9\n')
    assert belief.uncertainty["thickness"] == pytest.approx(0.03 * 4.4e-9)


def test_a_belief_survives_its_file_and_a_pickle(tmp_path):
    die = Belief.load("fig5-die")
    die.save(tmp_path / "b.toml")
    assert Belief.load(tmp_path / "b.toml") == die
    assert pickle.loads(pickle.dumps(die)) == die


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("gate_sign = 1", r"must belong to a numeric field .*, but `gate_sign` is none \(b.toml, line 3\)"),
        ("colour = 1", r"but `colour` is none \(b.toml, line 3\)"),
        ("thickness = -1e-9", r"must be a number of at least 0, but is -1e-09 \(b.toml, line 3\)"),
        ("bias_half_tmr = 0.1", r"`bias_half_tmr` must have a finite value to be uncertain, but is inf"),
        ("stress_per_volt = 1e6", r"`stress_per_volt` must have a finite value to be uncertain, but is None"),
        ('thickness = "1 V"', r"`uncertainty.thickness` must be a number or a string .* \(b.toml, line 3\)"),
    ],
)
def test_wrong_uncertainties_are_refused_with_their_line(tmp_path, lines, sentence):
    with pytest.raises(JunctionError, match=sentence):
        load(tmp_path, f'preset = "fig5"\n[uncertainty]\n{lines}\n')


def test_draws_scatter_as_believed_and_depend_on_their_number_only():
    # The standard deviation of 400 draws is right to 3.5 %: five of these sigma are never reached by chance.
    die = Belief.load("fig5-die")
    drawn = die.draw(400, seed=1)
    values = np.array([junction.thickness for junction in drawn])
    assert np.std(values) == pytest.approx(0.03 * die.junction.thickness, rel=0.18)
    assert die.draw(3, seed=1) == drawn[:3]
    assert die.draw(3, seed=2) != drawn[:3]


def test_impossible_draws_are_drawn_again(fig5):
    wide = Belief(fig5, {"damping": 1.0})
    assert all(junction.damping > 0 for junction in wide.draw(50, seed=1))


def test_a_spread_truth_is_seeded_and_differs_in_the_spread_fields_only(fig5):
    truth = spread(fig5, 0.03, seed=1)
    assert truth == spread(fig5, 0.03, seed=1) != spread(fig5, 0.03, seed=2)
    back = truth.changed(**{name: getattr(fig5, name) for name in SPREAD_FIELDS})
    assert back == fig5
    assert spread(fig5, 0, seed=1) == fig5
