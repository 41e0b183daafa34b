"""Studies of switching: grids, intervals, energies against errors."""

import math
import pickle
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.current_switching import SpinTransferSwitching
from smtjlab.simulation.errors import Cancelled, JunctionError, ModelError
from smtjlab.simulation.switching import energy_against_error, mechanisms, switching_probability
from smtjlab.simulation.voltage_switching import GatePairSwitching, StrainSwitching

QUICK = replace(StrainSwitching(), equilibration=1e-9, relaxation=1e-9)


def test_a_grid_has_an_axis_for_widths_amplitudes_and_fields() -> None:
    grid = switching_probability(QUICK, widths=[5e-11, 1e-10], amplitudes=[0.1, 0.2, 0.3], fields=[0, 50], replicas=64)
    assert grid.probability.shape == grid.energy.shape == (2, 3, 2)
    assert (grid.low <= grid.probability).all()
    assert (grid.probability <= grid.high).all()
    assert grid.error == pytest.approx(1 - grid.probability)
    assert (np.diff(grid.energy, axis=1) > 0).all()


def test_what_is_left_out_is_usual() -> None:
    grid = switching_probability(QUICK, replicas=64)
    assert (grid.widths, grid.amplitudes, grid.fields) == ([QUICK.width], [QUICK.amplitude], [0.0])


def test_a_field_against_the_turn_holds_the_layer() -> None:
    """The two probabilities differ by 1; 128 replicas, seed fixed."""
    grid = switching_probability(GatePairSwitching(), fields=[-250.0, 3000.0], replicas=128)
    assert grid.probability[0, 0, 0] > 0.95
    assert grid.probability[0, 0, 1] < 0.05


def test_more_current_switches_more_often() -> None:
    """From nearly never to nearly always; 256 replicas, seed fixed, false alarm below 1e-6."""
    grid = switching_probability(SpinTransferSwitching(), amplitudes=[5e10, 1.3e11, 2.5e11], replicas=256)
    never, sometimes, always = grid.probability[0, :, 0]
    assert never < 0.1 < sometimes < 0.99 < always


def test_strain_takes_a_thousandth_of_the_energy_of_a_current() -> None:
    current, strain = energy_against_error(
        [SpinTransferSwitching(equilibration=1e-9, relaxation=2e-9), GatePairSwitching()], points=3, replicas=128
    )
    assert strain.energy[-1] < 1e-3 * current.energy[-1]
    assert current.error[-1] <= current.high[-1] < 0.05
    assert strain.error[-1] <= strain.high[-1] < 0.05


def test_progress_rises_to_one_and_a_stop_is_heard_between_points() -> None:
    seen: list[float] = []
    energy_against_error([QUICK, QUICK], points=2, replicas=1, progress=seen.append)
    assert seen == pytest.approx([0.25, 0.5, 0.75, 1.0])
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        switching_probability(QUICK, cancel=stop)


def test_every_mechanism_has_a_name_a_unit_and_travels() -> None:
    units = [(mechanism.title, mechanism.unit) for mechanism in mechanisms()]
    assert units == [("STT", "A/m^2"), ("SOT", "A/m^2"), ("VCMA", "V"), ("strain", "V"), ("two gate pairs", "V")]
    assert all(pickle.loads(pickle.dumps(mechanism)) == mechanism for mechanism in mechanisms())


def test_any_whole_number_is_a_seed() -> None:
    once, again = (switching_probability(QUICK, replicas=4, seed=seed) for seed in (3, np.int64(3)))
    assert once.probability == again.probability
    assert once.astray.shape == (1, 1, 1)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: switching_probability(QUICK, widths=[]), r"`widths` must be one value or a list of some, but have"),
        (lambda: switching_probability(QUICK, widths=[[1e-9, 2e-9]]), r"`widths` must be .* the shape \(1, 2\)"),
        (lambda: switching_probability(QUICK, fields=["a"]), r"`fields` must be numbers, but are \['a'\]"),
        (lambda: switching_probability(QUICK, amplitudes=[math.nan]), "`amplitudes` must be finite, but hold nan"),
        (lambda: switching_probability(QUICK, seed=1.5), r"`seed` must be a whole number of at least 0, .* is 1\.5"),
        (lambda: switching_probability(QUICK, replicas=0), "`replicas` must be at least 1, but is 0"),
        (lambda: energy_against_error([]), "`some` must be at least one mechanism"),
        (lambda: energy_against_error([QUICK], points=0), "`points` must be at least 1, but is 0"),
        (lambda: energy_against_error([QUICK], points=-1), "`points` must be at least 1, but is -1"),
        (lambda: energy_against_error([QUICK], seed=-1), "`seed` must be a whole number of at least 0, .* is -1"),
    ],
)
def test_impossible_questions_are_refused_in_a_sentence(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        make()


def test_impossible_mechanisms_are_refused_in_a_sentence() -> None:
    with pytest.raises(JunctionError, match=r"`pad_area` must be above 0 and at most 0\.0001 m\^2, but is 0 m\^2"):
        StrainSwitching(pad_area=0.0)
