"""Waveforms and drives: lines between points, edges, pulses, sequences."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.errors import ModelError

VALUES = st.floats(-1e6, 1e6)
TIMES = st.lists(st.floats(0, 1e-8), min_size=1, max_size=8).map(sorted)


@st.composite
def waveforms(draw: st.DrawFn) -> Waveform:
    times = draw(TIMES)
    return Waveform.piecewise(times, draw(st.lists(VALUES, min_size=len(times), max_size=len(times))))


@given(waveforms(), st.lists(st.floats(-1e-8, 2e-8), min_size=1, max_size=5))
def test_a_waveform_stays_between_its_extremes(wave: Waveform, times: list[float]) -> None:
    values = wave.at(times)
    slack = 1e-9 * np.abs(wave.values).max()
    assert (values >= wave.values.min() - slack).all()
    assert (values <= wave.values.max() + slack).all()


@given(waveforms())
def test_a_waveform_passes_through_its_points_from_either_side(wave: Waveform) -> None:
    first, last = np.searchsorted(wave.times, wave.times), np.searchsorted(wave.times, wave.times, "right") - 1
    assert wave.before(wave.times) == pytest.approx(wave.values[first], rel=1e-15)
    assert wave.at(wave.times) == pytest.approx(wave.values[last], rel=1e-15)


@given(waveforms(), VALUES, st.floats(-1e-8, 1e-8))
def test_a_later_signal_is_the_same_signal_later(wave: Waveform, factor: float, delay: float) -> None:
    where = (wave.times[1:] + wave.times[:-1]) / 2
    gaps = np.diff(wave.times) > 1e-12
    moved = wave.shifted(delay).scaled(factor).at((where + delay)[gaps])
    scale = 1 + np.abs(factor) * np.abs(wave.values).max()
    assert moved == pytest.approx(factor * wave.at(where[gaps]), abs=1e-3 * scale)


@given(VALUES, st.floats(1e-12, 1e-8), st.floats(0, 1), VALUES)
def test_the_area_of_a_pulse_is_height_times_width(height: float, width: float, share: float, rest: float) -> None:
    pulse = Waveform.pulse(height, width, rise=share * width, rest=rest)
    outside = rest * (pulse.times[-1] - pulse.times[0])
    assert pulse.integral() - outside == pytest.approx((height - rest) * width, rel=1e-6, abs=1e-12)


def test_an_edge_belongs_to_what_follows_it() -> None:
    pulse = Waveform.pulse(0.3, 1e-9, start=2e-9)
    assert pulse.at(pulse.times) == pytest.approx([0.3, 0.3, 0, 0])
    assert pulse.before(pulse.times) == pytest.approx([0, 0, 0.3, 0.3])


def test_samples_are_joined_by_lines() -> None:
    wave = Waveform.sampled([0.0, 1.0, 4.0], 1e-9)
    assert wave.at([-1e-9, 0.5e-9, 1.5e-9, 9e-9]) == pytest.approx([0.0, 0.5, 2.5, 4.0])


def test_the_square_of_a_ramp_is_a_fine_parabola() -> None:
    square = Waveform.piecewise([0, 1e-9, 2e-9, 2e-9], [0, 2.0, 2.0, -1.0]).squared(0.5, parts=100)
    times = np.linspace(0, 1e-9, 777)
    assert square.at(times) == pytest.approx(2 * (times / 1e-9) ** 2, abs=2 / (4 * 100**2) * 1.01)
    assert square.at([1.5e-9, 3e-9]) == pytest.approx([2.0, 0.5])


def test_cut_pieces_in_sequence_are_the_whole_again() -> None:
    wave = Waveform.pulse(1.0, 1e-9, start=1e-9, rise=0.2e-9)
    whole = Drive(4e-9, {"gate": wave, "bias": Waveform.constant(0.1)})
    times = np.linspace(0, 3.999e-9, 500)
    for moment in (0.5e-9, 1e-9, 1.1e-9, 2.2e-9):
        again = whole.cut(0, moment).then(whole.cut(moment, 4e-9))
        assert again.duration == pytest.approx(4e-9)
        assert again.signal("gate").at(times) == pytest.approx(wave.at(times), abs=1e-9)


def test_a_sequence_holds_each_part_to_its_own_time() -> None:
    first = Drive(1e-9, {"gate_1": Waveform.constant(0.2)})
    both = first.then(Drive(2e-9, {"gate_2": Waveform.constant(0.3)}))
    assert both.signal("gate_1").at([0, 0.9e-9, 1e-9, 2e-9]) == pytest.approx([0.2, 0.2, 0, 0])
    assert both.signal("gate_2").at([0, 0.9e-9, 1e-9, 2e-9]) == pytest.approx([0, 0, 0.3, 0.3])
    assert both.breaks() == pytest.approx([0, 1e-9, 3e-9])


def test_a_drive_travels_to_another_process() -> None:
    drive = pickle.loads(pickle.dumps(Drive(1e-9, {"gate": Waveform.constant(0.2)})))
    assert drive.signal("gate").values == pytest.approx([0.2])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Waveform.piecewise([0, 1], [0]), "must be as many as its `times`, at least one, but are"),
        (lambda: Waveform.piecewise([], []), "at least one, but are"),
        (lambda: Waveform.piecewise([0, 2, 1], [0, 0, 0]), "must never fall, but 1 s follows 2 s"),
        (lambda: Waveform.piecewise([0, 1], [0, math.nan]), "`values` of a waveform must be finite, but hold nan"),
        (lambda: Waveform.pulse(1, 1e-9, rise=2e-9), "`rise` of a pulse must be at least 0 and at most its `width`"),
        (lambda: Waveform.sampled([1.0], 0.0), "`interval` of samples must be above 0 s, but is 0 s"),
        (lambda: Waveform.piecewise(["a"], [1]), r"`times` of a waveform must be numbers, but are \['a'\]"),
        (lambda: Waveform.sampled(["a"], 1e-9), "`values` of samples must be numbers"),
        (lambda: Waveform.constant(1).squared(parts=0), "`parts` must be at least 1, but is 0"),
        (lambda: Drive(1e-9, {"gate": 1.0}), r"`gate` of a drive must be a Waveform, such as .*, but is 1\.0"),  # type: ignore[dict-item]
        (lambda: Drive(0.0), "`duration` of a drive must be above 0 s, but is 0 s"),
        (lambda: Drive(1.0, {"volts": Waveform.constant(1)}), "must be one of gate, .*, but is 'volts'"),
        (lambda: Drive(1.0, {"temperature": Waveform.constant(-1)}), "must be at least 0 K, but is -1 K"),
        (
            lambda: Drive(1.0, {"temperature": Waveform.constant(1)}).then(Drive(1.0)),
            "in both drives of a sequence or in neither",
        ),
    ],
)
def test_impossible_drives_are_refused_in_a_sentence(make: object, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        make()  # type: ignore[operator]
