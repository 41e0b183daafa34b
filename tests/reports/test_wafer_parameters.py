"""Words for parameters of devices, and how they are drawn."""

import numpy as np
import pandas as pd
import pytest

from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.wafer_parameters import parameter_named, scale_of, set_in_figure, unit_of

FRAME = pd.DataFrame({"good": [True], "slope": [3e-4], "fitted_dipole_field": [4e4], "leakage": [1e-10]})


@pytest.mark.parametrize(
    ("word", "name"),
    [("kappa", "slope"), ("slope", "slope"), ("i_gate", "leakage"), ("dipole_field", "dipole_field"),
     ("H_d", "dipole_field")],
)  # fmt: skip
def test_a_parameter_is_named_as_people_write_it(word: str, name: str) -> None:
    assert parameter_named(word, FRAME) == name


@pytest.mark.parametrize("word", ["tmr", "kapa", "good", ""])
def test_a_word_of_which_nothing_is_known_is_a_mistake(word: str) -> None:
    with pytest.raises(ReportMistake, match=rf"slope, leakage, dipole_field, but not of '{word}'"):
        parameter_named(word, FRAME)


@pytest.mark.parametrize(
    ("name", "value", "scale"),
    [("tmr", 0.9, (100, "%")), ("resistance_parallel", 4e3, (1e-3, "kΩ")), ("slope", -3e-4, (1e6, "µS/V")),
     ("leakage", 9e-11, (1e12, "pA")), ("resistance_area", 4e-10, (1e12, "Ω µm²")), ("flags", 0.0, (1, ""))],
)  # fmt: skip
def test_maps_are_drawn_in_a_unit_that_fits(name: str, value: float, scale: tuple[float, str]) -> None:
    factor, unit = scale_of(name, np.array([value, np.nan]))
    assert (factor, unit) == (pytest.approx(scale[0]), scale[1])


def test_symbols_and_units_are_those_of_a_page() -> None:
    assert set_in_figure("V_th of d800") == r"$V_{\mathrm{th}}$ of d800"
    assert unit_of("resistance_area") == "Ω m²"
    assert unit_of("leakage") == "A"
