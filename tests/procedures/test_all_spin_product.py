"""The all-spin product on the virtual bench in this process, and what it refuses before anything moves."""

import json
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.bench import find_bench
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.private_bench import read_once
from smtjlab.procedures.all_spin_product import AllSpinProduct
from smtjlab.procedures.errors import ParameterError, ProcedureMistake
from smtjlab.procedures.find import packaged_procedures
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.errors import InferenceError

SMALL = AllSpinProduct(size=2, first="1 0.5; -0.3 0", second="0.8 -1; 0.4 0.6")
BENCH = read_once(find_bench("multiplier"), in_process=True)
EXACT = np.array([[1.0, -0.7], [-0.24, 0.3]])


@pytest.fixture(scope="module")
def readings():
    with open_bench("multiplier@smtj") as bench:
        setpoints = SMALL.setpoints()
        bench.circuit.check(setpoints)
        SMALL.prepare(bench.circuit)
        return [SMALL.measure(bench.circuit, setpoint) for setpoint in setpoints]


@pytest.fixture(scope="module")
def belief():
    return Belief.preset("fig5")


def test_it_is_found_by_its_name_and_has_a_bench_of_its_own():
    assert packaged_procedures()["all-spin-product"] is AllSpinProduct
    assert AllSpinProduct.virtual_bench == "multiplier"


def test_it_calibrates_at_nine_pairs_and_measures_every_term_once():
    setpoints = SMALL.setpoints()
    assert [one.branch for one in setpoints] == ["calibration"] * 9 + ["terms"] * 8
    levels = {(round(one.levels["junction"], 9), round(one.levels["gate"], 9)) for one in setpoints[9:]}
    assert (-0.03, 0.273) in levels  # a_21 b_12 = -0.3 x -1
    assert {one.levels["reference_gate"] for one in setpoints} == {0.285}


def test_measured_terms_added_exactly_are_the_product(readings):
    """Within the product error of the multiplier, some 2 % of full scale for each of two terms."""
    found = SMALL.figures(readings)
    assert found.summed == pytest.approx(EXACT, abs=0.06)
    assert found.result.exact == pytest.approx(EXACT)


def test_smooth_walls_without_threshold_and_scatter_add_what_was_measured(readings):
    ideal = replace(SMALL, grooves=0, threshold=0.0, scatter=0.0).figures(readings)
    assert ideal.result.product == pytest.approx(ideal.summed, rel=1e-6, abs=1e-9)
    assert ideal.extraction.estimate("wall_rmse").value == pytest.approx(0, abs=1e-9)


def test_grooves_and_threshold_lose_small_terms(readings, belief):
    told = SMALL.extraction(readings, belief)
    error, terms = told.estimate("relative_rmse"), told.estimate("terms_rmse")
    assert error.value > terms.value > 0
    assert error.uncertainty > 0
    assert told.estimate("unit").value == pytest.approx(2.4e-5, rel=0.3)


def test_the_same_readings_give_the_same_figures(readings, belief):
    first, second = (SMALL.extraction(readings, belief) for _ in range(2))
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())


def test_a_run_that_was_stopped_says_what_is_missing(readings, belief):
    with pytest.raises(InferenceError, match="All 17 outputs must be known to make the product, but 5 are not"):
        SMALL.extraction(readings[:12], belief)


def test_it_says_before_the_run_that_walls_are_a_model(belief):
    text = " ".join(SMALL.foretold(BENCH, belief))
    assert "a model, no instrument" in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first": "1 0 0; 0 1 0"}, "`first` must be square, but has 2 rows and 3 columns"),
        ({"first": "1 0; 0"}, "Rows of `first` must be equally long, but have 2, 1 entries"),
        ({"second": "1"}, "`second` must have `size` 2 rows, but has 1"),
        ({"second": "1 nan; 0 1"}, "`second` must be finite, but is nan in row 1, column 2"),
        ({"second": "1 2; 0 1"}, "`second` must fit the range of voltages, within ±`full_scale` 1, but .* size 2"),
        ({"first": "one"}, "`first` must be `random`, rows of numbers"),
        ({"first": "0 0; 0 0"}, "The product must have an entry that is not 0"),
        ({"swing": 0.3}, "The gate must keep its sign"),
        ({"grooves": 1}, "`grooves` must be 0, a smooth track, or at least 2"),
        ({"pre_current": 2e10}, "`pre_current` must be at most `threshold` 1e\\+10"),
        ({"series": 0.0}, "`series` must"),
    ],
)
def test_what_cannot_be_multiplied_is_refused_on_construction(changes, sentence):
    with pytest.raises(ParameterError, match=sentence):
        replace(SMALL, **changes)


def test_a_gate_outside_the_straight_window_is_refused_before_the_run(belief):
    with pytest.raises(ProcedureMistake, match="The gate must stay inside the window"):
        replace(SMALL, middle=0.27, swing=0.02).foretold(BENCH, belief)


def test_a_series_resistor_other_than_the_bench_has_is_refused():
    with pytest.raises(ProcedureMistake, match="`series` must be the resistance of 'series'"):
        replace(SMALL, series=100.0).check_bench(BENCH)
