"""A line that was swept many times is drawn by its extremes at each x, with no stroke that nobody measured."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.gui.models import min_max_pyramid
from smtjlab.gui.models.envelope import Envelope
from smtjlab.gui.models.long_line import LongLine


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 500), min_size=1, max_size=6))
def test_no_extreme_is_lost_however_far_x_goes(seed, portions):
    rng = np.random.default_rng(seed)
    x, y = np.cumsum(rng.normal(size=sum(portions))) * 10.0 ** rng.integers(-9, 9), rng.normal(size=sum(portions))
    envelope = Envelope()
    for start, count in zip(np.cumsum([0, *portions]), portions, strict=False):
        envelope.extend(x[start : start + count], y[start : start + count])
    _, drawn, _ = envelope.visible(-np.inf, np.inf)
    assert (drawn.min(), drawn.max()) == (y.min(), y.max())


def test_many_sweeps_are_drawn_as_they_were_measured(monkeypatch):
    monkeypatch.setattr(min_max_pyramid, "BUDGET", 256)
    line, x = LongLine(), np.abs(np.arange(1000) / 500 - 1)
    for sweep in range(400):
        line.extend(np.arange(1000.0) + 1000 * sweep, x, x**2)
    drawn_x, drawn_y = line.visible(-np.inf, np.inf)
    assert np.abs(drawn_y - drawn_x**2).max() < 0.01
    assert len(drawn_x) <= 2048
    assert not line.coarse
    line.visible(0.5, 0.501)
    assert line.coarse
