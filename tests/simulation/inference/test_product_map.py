from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.multiplier_figures import LARGEST, MULTIPLIER_FIGURES
from smtjlab.simulation.inference.product_grid import ProductGrid
from smtjlab.simulation.inference.product_map import product_map
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.models import Model
from smtjlab.simulation.multiplier_circuit import Encoding, MultiplierCircuit

K, X0, Y0, LEVEL = 0.024, 2e-4, -3e-4, 5e-7
X, Y = (one.ravel() for one in np.meshgrid(np.linspace(-0.1, 0.1, 9), np.linspace(-0.015, 0.015, 11), indexing="ij"))

EDGE = (X > 0.09) | (Y > 0.014)
INNER = (Y < 0.014) | (X > 0.09)


def grid(out, scatter=0.0, x=X, y=Y, encoding=Encoding.DIFFERENTIAL, **fields):
    return ProductGrid(x, y, np.asarray(out, float), np.full(len(x), scatter), encoding, **fields)


def told(data, seed=1, **fields):
    return product_map(data, np.random.default_rng(seed), **fields)


def values(data, **fields):
    sheet = told(data, draws=2, **fields)
    return dict(zip(sheet.extraction.names, sheet.extraction.values, strict=True))


def perfect(x=X, y=Y):
    return K * (x - X0) * (y - Y0) + LEVEL


def test_a_bilinear_output_gives_its_scale_factor_and_offsets_back():
    found = values(grid(perfect()), nominal=0.02)
    expected = {"scale": K, "x_offset": X0, "y_offset": Y0, "output_offset": LEVEL, "scale_error": 0.2}
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)
    assert found["full_scale"] == pytest.approx(0.02 * 0.1 * 0.015)
    assert found["x_feedthrough"] == pytest.approx(K * (0.1 + X0) * -Y0 / found["full_scale"], rel=1e-9)
    assert found["y_feedthrough"] == pytest.approx(K * X0 * (0.015 - Y0) / found["full_scale"], rel=1e-9)
    assert found["total_error"] == pytest.approx(np.abs(perfect() - 0.02 * X * Y).max() / found["full_scale"])
    nulled = ("x_feedthrough_nulled", "y_feedthrough_nulled", "x_nonlinearity", "y_nonlinearity", "inl", "dnl")
    assert max(found[name] for name in nulled) < 1e-9


def test_product_and_bilinear_errors_are_those_of_general_least_squares():
    out = K * X * (Y - 0.001 + 5 * Y**2) + 1e-6
    found = values(grid(out))
    one = out - (X * Y) * (np.linalg.lstsq((X * Y)[:, None], out, rcond=None)[0])
    design = np.stack([X * Y, X], axis=1)
    coefficients = np.linalg.lstsq(design / [1, 0.01], out, rcond=None)[0] / [1, 0.01]
    two = out - design @ coefficients
    assert found["product_error"] == pytest.approx(np.abs(one).max() / np.ptp(out), rel=1e-9)
    assert found["bilinear_error"] == pytest.approx(np.abs(two).max() / np.ptp(out), rel=1e-9)
    assert found["offset_share"] == pytest.approx(found["product_error"] - found["bilinear_error"])
    assert found["shift"] == pytest.approx(-coefficients[1] / coefficients[0], rel=1e-9)


def test_a_square_in_y_gives_the_deviation_of_a_parabola_from_its_line():
    """Of n equal steps over -1 to 1 the mean of y^2 is (n + 1)/(3 (n - 1)), so the ends deviate by 1 less that."""
    bend = 0.02
    found = values(grid(K * X * (Y + bend * Y**2 / 0.015)))
    deviation = bend * (1 - 12 / 30)
    assert found["inl"] == pytest.approx(deviation / 2, rel=1e-9)
    assert found["bits_inl"] == pytest.approx(np.log2(1 / deviation), rel=1e-9)
    assert found["dnl"] == pytest.approx(bend * (2 - 0.2), rel=1e-9)
    assert found["y_nonlinearity"] * found["full_scale"] == pytest.approx(K * 0.1 * 0.015 * deviation, rel=1e-9)
    assert found["x_nonlinearity"] < 1e-12


def test_a_cube_in_x_is_an_x_nonlinearity_alone():
    found = values(grid(K * (X + 3 * X**3) * Y))
    along = np.linspace(-0.1, 0.1, 9)
    curve = along + 3 * along**3
    left = np.abs(curve - np.polynomial.Polynomial.fit(along, curve, 1)(along)).max()
    assert found["x_nonlinearity"] * found["full_scale"] == pytest.approx(K * 0.015 * left, rel=1e-9)
    assert found["y_nonlinearity"] < 1e-12


def test_bits_of_noise_are_those_of_an_ideal_converter():
    found = values(grid(K * X * Y, scatter=np.ptp(K * X * Y) / 2**10 / 12**0.5))
    assert found["bits_noise"] == pytest.approx(10)
    assert found["bits_noise_along_y"] == pytest.approx(10)


def test_pulls_of_scale_factor_and_offsets_are_standard_normal():
    """Mean within 0.3 and width within 0.2 of 1 of 150 maps: false alarm of all eight figures below 0.5 %."""
    truth = {"scale": K, "x_offset": X0, "y_offset": Y0, "output_offset": LEVEL}
    rng = np.random.default_rng(7)
    rows = []
    for _ in range(150):
        sheet = product_map(grid(perfect() + 2e-7 * rng.standard_normal(len(X)), 2e-7), rng, draws=200)
        one = [sheet.extraction.estimate(name) for name in truth]
        rows.append([(e.value - true) / e.uncertainty for e, true in zip(one, truth.values(), strict=True)])
    assert np.abs(np.mean(rows, axis=0)).max() < 0.3
    assert np.std(rows, axis=0) == pytest.approx(1, abs=0.2)


def test_the_uncertainty_of_the_scale_factor_is_that_of_linear_regression():
    """400 draws know it to 3.5 %; asked within 15 %, four of these."""
    found = told(grid(perfect(), 2e-7)).extraction.estimate("scale")
    u, v = X - X.mean(), Y - Y.mean()
    assert found.uncertainty == pytest.approx(2e-7 / np.sqrt(((u * v) ** 2).sum()), rel=0.15)


def test_common_errors_move_what_they_must_and_nothing_else():
    common = {"out": {"gain": 1e-3 * perfect()}, "y": {"zero": np.full(len(X), 1e-5)}}
    found = told(grid(perfect(), common=common)).extraction
    assert found.contributions["scale"] == pytest.approx({"gain": 1e-3 * K, "zero": 0}, abs=1e-12)
    assert found.contributions["y_offset"] == pytest.approx({"gain": 0, "zero": 1e-5}, abs=1e-12)
    assert found.estimate("scale").uncertainty == pytest.approx(1e-3 * K, rel=1e-6)


def test_a_perfect_multiplier_with_noise_shows_its_floor():
    """Over 20 maps the mean of each largest deviation is its floor within 15 %; each scatters by some 20 %."""
    rng = np.random.default_rng(3)
    shown, floors = [], []
    for _ in range(20):
        sheet = product_map(grid(K * X * Y + 1e-7 * rng.standard_normal(len(X)), 1e-7), rng, draws=100)
        shown.append([sheet.extraction.estimate(name).value for name in LARGEST])
        floors.append(list(sheet.floors.values()))
    assert tuple(sheet.floors) == LARGEST
    assert np.mean(shown, axis=0) / np.mean(floors, axis=0) == pytest.approx(1, abs=0.15)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.sampled_from([-1, 1]))
def test_fractions_do_not_know_the_units(out_scale, x_scale, y_scale, sign):
    out = K * (X + 3 * X**3) * (Y - 0.001 + 5 * Y**2) + 1e-6
    first = values(grid(out))
    again = values(grid(sign * out_scale * out, x=x_scale * X, y=y_scale * Y))
    fractions = [name for name, one in MULTIPLIER_FIGURES.items() if one.unit in ("", "bit") and name in first]
    assert len(fractions) > 10
    wanted = [first[name] for name in fractions]  # 1e-12 of full scale: some are zero, but for rounding
    assert [again[name] for name in fractions] == pytest.approx(wanted, rel=1e-7, abs=1e-12)


def test_the_datasheet_of_the_fig_5_junction_has_the_errors_of_section_7():
    circuit = MultiplierCircuit(
        junction=Junction.preset("fig5"), series_resistance=50.0, model=Model.STATIC, middle_gate=0.285
    )
    first, gates = np.linspace(-0.02, 0.02, 9), np.linspace(0.27, 0.30, 31)
    x, y = (one.ravel() for one in np.meshgrid(first, circuit.multiplicand(gates), indexing="ij"))
    sheet = told(grid(circuit.output(first, gates).ravel(), 1e-9, x, y))
    assert sheet.four_quadrant
    assert sheet.extraction.estimate("product_error").value == pytest.approx(0.0198, rel=0.02)
    assert sheet.extraction.estimate("bilinear_error").value == pytest.approx(0.0129, rel=0.02)
    assert sheet.error_map.shape == (9, 31)
    assert np.nanmax(np.abs(sheet.error_map)) == pytest.approx(sheet.extraction.estimate("total_error").value)


def test_a_single_ended_map_says_that_it_is_no_multiplier_of_signed_operands():
    y = Y + 0.54
    sheet = told(grid(K * X * y, 1e-7, y=y, encoding=Encoding.SINGLE_ENDED))
    assert not sheet.four_quadrant
    assert "single-ended circuit cannot reach zero or negative y: y runs from 0.525 V to 0.555 V" in sheet.quadrants
    assert "2.8 % of modulation on a pedestal of 0.54 V" in sheet.quadrants
    assert "y = 0 is not in the map" in sheet.extraction.reasons["x_feedthrough"]
    assert "y_feedthrough" in sheet.extraction


def test_feedthrough_is_interpolated_where_zero_lies_between():
    y = Y + 4e-4
    found = values(grid(K * (X - X0) * (y - Y0), y=y))
    assert found["x_feedthrough"] == pytest.approx(K * (0.1 + X0) * -Y0 / found["full_scale"], rel=1e-9)


def test_repeats_are_folded_and_lost_cells_are_left_out():
    twice = grid(np.tile(perfect(), 2), 1e-7, np.tile(X, 2), np.tile(Y, 2))
    assert told(twice).extraction.estimate("scale").uncertainty == pytest.approx(
        told(grid(perfect(), 1e-7)).extraction.estimate("scale").uncertainty / 2**0.5, rel=0.2
    )
    keep = np.arange(len(X)) != 40
    sheet = told(grid(perfect()[keep], 1e-7, X[keep], Y[keep]))
    assert np.isnan(sheet.error_map).sum() == 1
    assert sheet.to_dict()["error_map"][3][7] is None
    assert sheet.extraction.estimate("scale").value == pytest.approx(K)


def test_noise_without_a_measured_width_is_said_to_be_stated():
    stated, measured = (told(grid(perfect(), 1e-7, noise_dof=dof)).extraction for dof in (0, 200))
    assert "not a measured one" in stated.remarks[0]
    assert measured.remarks == ()
    assert measured.estimate("noise").uncertainty == pytest.approx(1e-7 / 20)
    assert "nobody says" in told(grid(perfect())).extraction.reasons["bits_noise"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (grid(np.where(X > 0, np.nan, X * Y)), "`out` must be finite, but 44 readings are not"),
        (grid(np.ones_like(X)), "The output must change over the map, but is the same everywhere"),
        (grid(X * Y, x=np.full_like(X, 0.1)), "takes 1 of x and 11 of y"),
        (
            grid(X * Y, y=np.where(Y > 0, 0.01, -0.01)),
            "3 different values of x and of y at the least, but takes 9 of x and 2",
        ),
        (grid(X + 0.5), "The output must depend on the product of x and y, but does not"),
        (grid((X * Y)[EDGE], x=X[EDGE], y=Y[EDGE]), "Readings must tell the product from its offsets, but lie on"),
        (grid((X * Y)[INNER], x=X[INNER], y=Y[INNER]), "3 readings along x at the full scale of y, but has 1"),
        (grid((X * Y)[:3], x=X[:3], y=Y[:3]), "takes 1 of x and 3 of y"),
        (grid([], x=X[:0], y=Y[:0]), "takes 0 of x and 0 of y"),
        (grid(X * Y, scatter=-1.0), "`scatter` must be at least 0 V, but is -1 V"),
        (grid((X * Y)[1:]), "must be lists of one length"),
        (grid(X * Y, common={"gate": {"gain": X}}), "must act on `x`, `y` or `out`, but one acts on `gate`"),
    ],
)
def test_what_tells_nothing_is_said_in_one_sentence(data, sentence):
    with pytest.raises(InferenceError, match=sentence):
        told(replace(data))
