import numpy as np

from smtjlab.instruments.reading import Flag, Reading, Setpoint, Uncertainty
from smtjlab.procedures.frame import UNITS, frame
from smtjlab.simulation.expectation import Expectation


def reading(**fields):
    given = {"value": 5e-4, "gate": 0.1, "flags": frozenset()} | fields
    return Reading(
        setpoint=Setpoint(gate=0.1, branch="up"),
        uncertainty=Uncertainty(independent=3e-8, common={"gain": 4e-8}),
        stimuli=(),
        time=1.0,
        gate_current=None,
        bias=0.1,
        current=5e-5,
        **given,
    )


def test_a_frame_has_the_band_beside_the_data_and_units_in_its_metadata():
    expected = Expectation(
        5e-4, 4e-4, 6e-4, 3e-4, 7e-4, parts={"thermal": 1e-10, "flicker": 2e-10}, effective_gate=0.11
    )
    table = frame([reading(), reading()], {0: expected})
    assert table.attrs["units"] == UNITS
    assert list(table.columns) == list(UNITS)
    assert (table["high95"][0], table["band_thermal"][0], table["effective_gate"][0]) == (7e-4, 1e-10, 0.11)
    assert table["band_flicker"][0] == 2e-10
    assert np.isnan(table["median"][1])
    assert table["standard"][0] == 5e-8


def test_what_is_missing_is_nan_and_flags_are_words():
    table = frame([reading(value=None, flags=frozenset({Flag.OVERFLOW, Flag.COMPLIANCE}))])
    assert np.isnan(table["conductance"][0])
    assert np.isnan(table["gate_current"][0])
    assert table["flags"][0] == "compliance; overflow"


def test_an_empty_frame_has_its_columns_and_kinds():
    table = frame([])
    assert len(table) == 0
    assert table["gate"].dtype == "float64"
