"""Parameters of devices on a page: the words that people write, and their columns, symbols, units and scales."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.procedures.wafer.device_table import FITTED
from smtjlab.procedures.wafer.figures import FIGURES, figure_named
from smtjlab.simulation.inference.parameters import PARAMETERS

from .errors import ReportMistake
from .rounding import prefix_of

if TYPE_CHECKING:
    import pandas as pd

ENOUGH = 0.9
"""Share of good devices whose fit tells a parameter, from which on the fitted one is shown and not the one read."""
UNITS = {"ohm": "Ω", "ohm m^2": "Ω m²"}
"""Units of figures as a page has them."""
SYMBOLS = {"resistance": "R", "leakage": "I_gate"}
"""Of figures that no fit tells."""
SCALES = {"tmr": (100.0, "%"), "resistance_area": (1e12, "Ω µm²")}
"""Factors and units of maps whose unit takes no prefix."""


def parameter_named(word: str, frame: pd.DataFrame) -> str:
    """Return the name of the parameter that a word means in a table of results.

    It is a figure by its short or long name, or a parameter that was fitted, by its name or symbol. Raises
    ReportMistake for a word that means none, or one of which the table has nothing.
    """
    fitted = [str(column).removeprefix(f"{FITTED}_") for column in frame if str(column).startswith(f"{FITTED}_")]
    by_symbol = {symbol_of(one).lower(): one for one in fitted}
    found = figure_named(word) or (word if word in fitted else by_symbol.get(word.lower(), ""))
    if not found or column_of(frame, found) not in frame:
        known = ", ".join(dict.fromkeys((*(one for one in FIGURES if one in frame), *fitted)))
        raise ReportMistake(f"A map must be of something that is known of the devices, {known}, but not of {word!r}.")
    return found


def column_of(group: pd.DataFrame, name: str) -> str:
    """Return the column that stands for a parameter: the fitted one where nearly every good device has it."""
    fitted = f"{FITTED}_{name}"
    if fitted in group and name not in group:
        return fitted
    good = group[group["good"]]
    return fitted if fitted in group and len(good) and good[fitted].notna().mean() >= ENOUGH else name


def symbol_of(name: str) -> str:
    """Return the symbol of a parameter; its name in words where it has none."""
    return PARAMETERS[name].symbol if name in PARAMETERS else SYMBOLS.get(name, name.replace("_", " "))


def unit_of(name: str) -> str:
    """Return the unit of a parameter as a page has it."""
    if name in PARAMETERS:
        return PARAMETERS[name].unit
    return UNITS.get(FIGURES[name].unit, FIGURES[name].unit)


def scale_of(name: str, values: NDArray[np.float64]) -> tuple[float, str]:
    """Return factor and unit in which values (n,) in SI are drawn: those of their median."""
    known = np.abs(values[np.isfinite(values)])
    return SCALES.get(name) or prefix_of(float(np.median(known)) if len(known) else 0.0, unit_of(name))


def set_in_figure(symbol: str) -> str:
    """Return a symbol as a figure can write it."""
    return re.sub(r"(\w)_(\w+)", r"$\1_{\\mathrm{\2}}$", symbol)
