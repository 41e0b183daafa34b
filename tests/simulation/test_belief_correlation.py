"""Beliefs whose fields depend on each other, and that say where they come from."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.simulation.agreement import Agreement
from smtjlab.simulation.belief import Belief, belief_from_table
from smtjlab.simulation.belief_evaluator import BeliefEvaluator
from smtjlab.simulation.correlation import matrix_pairs, square_root
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.expectation import Expectation
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.toml_file import TomlFile

NAMES = ("dipole_field", "magnetostriction", "resistance_parallel", "thickness")


def believed(**pairs):
    """Return Fig. 5 known to 3 %, with correlations by `one__other=rho`."""
    die = Belief.preset("fig5-die")
    return Belief(die.junction, die.uncertainty, {tuple(key.split("__")): rho for key, rho in pairs.items()})


def read(text):
    return belief_from_table(TomlFile.parse(text, "b.toml"))


@st.composite
def beliefs(draw):
    """Return a belief with any possible correlation and provenance."""
    rows = [draw(st.lists(st.floats(-1, 1), min_size=4, max_size=4)) for _ in range(4)]
    square = np.array(rows) @ np.array(rows).T + 1e-3 * np.eye(4)
    matrix = square / np.sqrt(np.outer(np.diag(square), np.diag(square)))
    sigmas = {name: draw(st.floats(1e-12, 1e-3)) for name in NAMES}
    told = draw(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40).filter(str.isprintable)))
    return Belief(Junction.preset("fig5"), sigmas, matrix_pairs(NAMES, matrix), told)


@settings(max_examples=60, deadline=None)
@given(beliefs())
def test_a_belief_reads_back_as_it_was_bit_for_bit(belief):
    assert read(belief.to_toml()) == belief
    assert pickle.loads(pickle.dumps(belief)) == belief


def test_a_file_tells_pairs_and_where_values_come_from():
    text = 'preset = "fig5-die"\n[correlation]\n"dipole_field, thickness" = -0.4\n'
    belief = read(text + '[provenance]\ndipole_field = "run 1a2b3c4d, field-loop: \\"centre\\""\n')
    assert belief.correlation == {("dipole_field", "thickness"): -0.4}
    assert belief.provenance == {"dipole_field": 'run 1a2b3c4d, field-loop: "centre"'}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('"dipole_field" = 0.5', r'must be of a pair such as .*, but is of "dipole_field" \(b.toml, line 2\)'),
        ('"dipole_field, damping" = 0.5', r"but `damping` of `dipole_field, damping` is none \(b.toml, line 3\)"),
        (
            '"dipole_field, thickness" = 1.5',
            r"`dipole_field, thickness` must be from -1 to 1, but is 1.5 \(b.toml, lin",
        ),
        ('"thickness, thickness" = 0.5', r"must be of two fields, but `thickness, thickness` is one"),
        ('"dipole_field, thickness" = 0.1\n"thickness, dipole_field" = 0.1', r"given twice \(b.toml, line 4\)"),
    ],
)
def test_correlations_that_cannot_be_are_refused_with_their_line(lines, sentence):
    with pytest.raises(JunctionError, match=sentence):
        read(f'preset = "fig5-die"\n[correlation]\n{lines}\n')


def test_correlations_that_exclude_each_other_are_refused_by_the_pair_at_fault():
    with pytest.raises(JunctionError, match=r"but -?0.9 is not: the matrix is not positive semi-definite"):
        believed(
            dipole_field__thickness=0.9,
            magnetostriction__thickness=0.9,
            dipole_field__magnetostriction=-0.9,
        )


@pytest.mark.parametrize("lines", ['colour = "red"', "thickness = 1", 'thickness = ["a"]'])
def test_a_provenance_is_a_line_about_a_field(lines):
    with pytest.raises(JunctionError, match=r"provenance .*\(b.toml, line 3\)"):
        read(f'preset = "fig5"\n[provenance]\n{lines}\n')


def test_junctions_are_drawn_with_the_correlation_that_is_believed():
    """False-alarm rate: the two correlations of 2000 draws miss by 5 standard errors once in 1e6."""
    belief = believed(dipole_field__magnetostriction=0.95, resistance_parallel__thickness=-0.6)
    drawn = np.array([[getattr(j, name) for name in NAMES] for j in belief.draw(2000, seed=3)])
    found = np.corrcoef(drawn.T)
    assert found[0, 1] == pytest.approx(0.95, abs=5 * (1 - 0.95**2) / 2000**0.5)
    assert found[2, 3] == pytest.approx(-0.6, abs=5 * (1 - 0.6**2) / 2000**0.5)
    assert np.std(drawn, axis=0) == pytest.approx([belief.uncertainty[name] for name in NAMES], rel=0.08)


def test_a_belief_without_correlations_draws_what_it_always_drew():
    die = Belief.preset("fig5-die")
    rng = np.random.default_rng((7, 0))
    expected = {
        name: getattr(die.junction, name) + sigma * rng.standard_normal() for name, sigma in die.uncertainty.items()
    }
    assert die.draw(1, seed=7)[0] == die.junction.changed(**expected)


@pytest.mark.parametrize("rho", [0.5, 0.999, 1.0, -1.0])
def test_the_root_gives_the_matrix_back_and_leaves_every_unknown_its_name(rho):
    matrix = np.array([[1, rho, 0], [rho, 1, 0], [0, 0, 1]])
    root = square_root(matrix)
    assert root @ root == pytest.approx(matrix, abs=1e-9)
    assert np.all(np.argmax(root, axis=0)[2] == 2)
    assert root[0, 0] >= abs(root[0, 1]) - 1e-9


def agreement_with(rho, off):
    """Return the verdict on a junction that is off by these factors, believed with H_d and lambda_s so correlated."""
    fields = ("dipole_field", "magnetostriction")
    die = Belief.preset("fig5-die")
    belief = Belief(die.junction, {name: die.uncertainty[name] for name in fields}, {fields: rho})
    truth = belief.junction.changed(**{name: f * getattr(belief.junction, name) for name, f in off.items()})
    gate, agreement = np.linspace(0.2, 0.4, 21), Agreement(belief, "static")
    conductance = BeliefEvaluator(Belief(truth), "static")(np.zeros((1, 0)), gate[None, :])[0]
    own = SimpleNamespace(independent=1e-8, common={}, gate={})
    for volts, value in zip(gate.tolist(), conductance.tolist(), strict=True):
        agreement.add(value, Expectation(value, 0, 0, 0, 0, effective_gate=volts), own)
    return agreement.evaluate()


@pytest.mark.parametrize(("rho", "agrees"), [(0.0, True), (0.99, False)])
def test_what_a_correlation_excludes_is_told_as_different(rho, agrees):
    """3 % more H_d with 3 % less lambda_s: likely where they are independent, 14 sigma off where they go together."""
    verdict = agreement_with(rho, {"dipole_field": 1.03, "magnetostriction": 0.97})
    assert verdict.agrees is agrees


def test_what_a_correlation_expects_is_told_as_agreeing():
    assert agreement_with(0.99, {"dipole_field": 1.03, "magnetostriction": 1.03}).agrees


def test_pairs_of_a_matrix_are_those_that_are_not_zero():
    matrix = np.eye(3)
    matrix[0, 2] = matrix[2, 0] = -0.25
    assert matrix_pairs(("a", "b", "c"), matrix) == {("a", "c"): -0.25}
