"""What a process does to the junctions of a wafer, against the moments of a disc and of normal numbers."""

import numpy as np
import pytest

from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.populations.drawn import drawn
from smtjlab.simulation.populations.process_spread import ProcessSpread, Variation

FIG5 = Junction.preset("fig5")
PAIR = ("resistance_parallel", "resistance_antiparallel")
SPREAD = ProcessSpread(
    {
        "resistance_parallel": Variation(radial=0.06, across=(0.03, -0.02), reticle=0.01, random=0.04),
        "resistance_antiparallel": Variation(offset=0.1, random=0.05),
    },
    {PAIR: 0.8},
)


def disc(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    radius, angle = np.sqrt(rng.random(n)), rng.uniform(0, 2 * np.pi, n)
    return radius * np.cos(angle), radius * np.sin(angle)


def test_systematic_parts_are_a_polynomial_of_the_place() -> None:
    found = SPREAD.systematic(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -0.5]))
    assert found[:, 0] == pytest.approx([0, 0.09, 0.025], abs=1e-15)
    assert found[:, 1] == pytest.approx([0.1, 0.1, 0.1], abs=1e-15)


def test_the_spread_over_a_whole_wafer_is_that_of_a_disc() -> None:
    """1e5 devices: the standard deviation is known to 0.3 %, the bound is five times that (false alarm 1e-6)."""
    rng = np.random.default_rng(1)
    parts = SPREAD.systematic(*disc(100_000, rng)) + SPREAD.random(100_000, rng)

    parts[:, 0] += 0.01 * rng.standard_normal(100_000)
    assert parts.std(axis=0) == pytest.approx(SPREAD.total_sigma(), rel=0.015)


def test_random_parts_are_correlated_as_the_process_says() -> None:
    """1e5 pairs know a coefficient of 0.8 to 0.0011; the bound is five times that."""
    parts = SPREAD.random(100_000, np.random.default_rng(2))
    assert np.corrcoef(parts.T)[0, 1] == pytest.approx(0.8, abs=0.006)
    assert parts.std(axis=0) == pytest.approx([0.04, 0.05], rel=0.015)


def test_a_mask_errs_alike_on_every_exposure() -> None:
    again = [SPREAD.reticle(6, np.random.default_rng(3)) for _ in range(2)]
    assert np.array_equal(*again)
    assert again[0].shape == (6, 2)
    assert not again[0][:, 1].any()


def test_a_device_is_the_drawn_one_times_what_deviates() -> None:
    found = SPREAD.apply(FIG5, [0.1, -0.1])
    assert found.resistance_parallel == pytest.approx(1.1 * FIG5.resistance_parallel, rel=1e-15)
    assert found.resistance_antiparallel == pytest.approx(0.9 * FIG5.resistance_antiparallel, rel=1e-15)
    assert found.changed(**{name: getattr(FIG5, name) for name in PAIR}) == FIG5


def test_an_axis_that_varies_leaves_resistance_times_area() -> None:
    """As `drawn` has it: an ellipse 2 % longer and 5 % narrower has resistances of 1/(1.02 0.95), RA and TMR stay."""
    shrunk = ProcessSpread({"major_axis": Variation(random=0.02), "minor_axis": Variation(random=0.05)})
    found = shrunk.apply(FIG5, [0.02, -0.05])
    assert found.resistance_parallel == pytest.approx(FIG5.resistance_parallel / (1.02 * 0.95), rel=1e-14)
    assert found.resistance_parallel * found.area == pytest.approx(FIG5.resistance_parallel * FIG5.area, rel=1e-14)
    assert found == drawn(FIG5, 1.02 * FIG5.major_axis, 0.95 * FIG5.minor_axis)


def test_the_area_and_the_resistance_of_a_device_vary_each_by_itself() -> None:
    """3 % of R_P and 4 % of an axis are 5 % of ln R_P to first order.

    2000 devices know a standard deviation to 1.6 %, the bound is four times that (false alarm 6e-5).
    """
    both = ProcessSpread({"minor_axis": Variation(random=0.04), "resistance_parallel": Variation(random=0.03)})
    rng = np.random.default_rng(6)
    low = np.array([both.device(FIG5, np.zeros(2), rng).resistance_parallel for _ in range(2000)])
    assert np.log(low).std() == pytest.approx(0.05, rel=0.065)


def test_a_draw_that_cannot_be_is_drawn_again() -> None:
    close = FIG5.changed(resistance_antiparallel=1.001 * FIG5.resistance_parallel)
    wild = ProcessSpread({"resistance_parallel": Variation(random=0.1)})
    rng = np.random.default_rng(4)
    devices = [wild.device(close, np.zeros(1), rng) for _ in range(100)]
    assert all(one.resistance_parallel < one.resistance_antiparallel for one in devices)


def test_a_process_that_leaves_nothing_is_told() -> None:
    none = ProcessSpread({"resistance_parallel": Variation(offset=0.5)})
    touching = FIG5.changed(resistance_antiparallel=1.01 * FIG5.resistance_parallel)
    with pytest.raises(JunctionError, match="a thousand draws cannot"):
        none.device(touching, none.systematic(np.zeros(1), np.zeros(1))[0], np.random.default_rng(5))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Variation(radial=0.6), "`radial` of a variation must be within 0.5, but is 0.6"),
        (lambda: Variation(random=-0.1), "`random` of a variation must be 0 to 0.3, but is -0.1"),
        (lambda: Variation(random=float("nan")), "`random` of a variation"),
        (lambda: ProcessSpread({"gate_sign": Variation()}), "must be of a number of a junction, but `gate_sign`"),
        (lambda: ProcessSpread({"thickness": Variation(random=0.1)}, {("thickness", "damping"): 0.5}), "`damping`"),
    ],
)
def test_what_cannot_be_is_refused(make: object, sentence: str) -> None:
    with pytest.raises(JunctionError, match=sentence):
        make()  # type: ignore[operator]
