"""What a heat map says without its colours."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from smtjlab.reports.crossbar_figures import mark_negative


def test_cells_well_below_zero_have_a_minus_and_the_others_none() -> None:
    axes = Figure().subplots()
    mark_negative(axes, np.array([[1.0, -1.0, -0.01], [0.0, -0.3, np.nan]]))
    found = [(text.get_position(), text.get_text(), text.get_color()) for text in axes.texts]
    assert found == [((1, 0), "−", "white"), ((1, 1), "−", "black")]
