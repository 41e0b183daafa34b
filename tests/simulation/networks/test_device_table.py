"""Tables of devices: what makes one, what refuses to be one, and a junction's own."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.networks.device_table import DeviceTable

FIG5 = Junction.preset("fig5")
CURVE = DeviceTable.of_junction(FIG5, 0.265, 1.0)


@given(st.floats(0.0, 1.0))
def test_gates_and_conductances_lead_to_each_other(share: float) -> None:
    gate = 0.265 + 0.735 * share
    assert float(CURVE.gate_at(CURVE.conductance_at(gate))) == pytest.approx(gate, abs=1e-12)


def test_the_table_of_a_junction_has_its_averages_and_the_noise_of_a_short_reading() -> None:
    """The values of physics.md, sections 5.1 and 5.2."""
    assert CURVE.conductance_at([0.3, 0.4, 1.0]) == pytest.approx([515.6789e-6, 546.7478e-6, 612.9929e-6], rel=1e-6)
    assert CURVE.at([0.3, 0.4], CURVE.read_noise) == pytest.approx([0.083e-6, 0.044e-6], rel=0.03)


def test_a_junction_that_turns_at_negative_gates_has_a_falling_table() -> None:
    falling = DeviceTable.of_junction(FIG5.changed(gate_sign=-1), -0.265, -1.0)
    assert (falling.sign, falling.chord) == (-1.0, pytest.approx(-CURVE.chord))
    assert falling.conductance_at(-0.3) == pytest.approx(CURVE.conductance_at(0.3), rel=1e-9)
    assert falling.gate_at(falling.conductance_at(-0.5)) == pytest.approx(-0.5)


def test_readings_of_many_devices_scatter_and_repeats_of_one_are_noisy() -> None:
    """1000 rows: a standard deviation is known to 2.2 %; 5 standard errors, false alarm below 1e-6 a gate."""
    gate = np.linspace(0.3, 0.4, 5)
    readings = CURVE.conductance_at(gate) + 1e-7 * np.random.default_rng(5).standard_normal((1000, 5))
    many = DeviceTable.of_readings("lot", gate, readings, repeated=False)
    one = DeviceTable.of_readings("one", gate, readings, repeated=True)
    assert many.scatter == pytest.approx(np.full(5, 1e-7), rel=0.12)
    assert (many.scatter == one.read_noise).all()
    assert not many.read_noise.any()
    assert not one.scatter.any()


def test_a_straightened_table_has_one_slope() -> None:
    straight = CURVE.straightened()
    assert straight.slope == pytest.approx(np.full(601, CURVE.chord), rel=1e-9)
    assert straight.span == pytest.approx(CURVE.span)


@pytest.mark.parametrize(
    ("gate", "conductance", "words", "sentence"),
    [
        ([0, 1], [1e-3], {}, "two gates or more"),
        ([0, 0], [1e-3, 2e-3], {}, "`gate` of a device table"),
        ([0, 1, 2], [1e-3, 1e-3, 2e-3], {}, "leave out the flat foot"),
        ([0, 1], [1e-3, math.nan], {}, "`conductance` of a device table"),
        ([0, 1], [1e-3, 2e-3], {"scatter": [1e-6]}, "`scatter` must be"),
        ([0, 1], [1e-3, 2e-3], {"read_noise": -1.0}, "`read_noise` must be"),
        ([0, 1], [1e-3, 2e-3], {"droop_time": 0.0}, "`droop_time` must be"),
    ],
)
def test_what_is_no_device_is_one_sentence(gate: list, conductance: list, words: dict, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        DeviceTable.of("x", gate, conductance, **words)


def test_one_row_of_readings_has_no_spread() -> None:
    with pytest.raises(ModelError, match="`readings` must be two rows"):
        DeviceTable.of_readings("x", [0, 1], [[1e-3, 2e-3]], repeated=True)
