import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.simulation.inference.ac_multiplier import SineRecord, distortion
from smtjlab.simulation.inference.amplitude_response import amplitude_response
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.sine_fit import sine_fit
from smtjlab.simulation.inference.step_settling import step_settling

TIME = np.arange(500) * 1e-4 + 0.003
F = 137.0


def wave(amplitudes, phases, offset=0.0, frequency=F, time=TIME):
    parts = enumerate(zip(amplitudes, phases, strict=True), start=1)
    return offset + sum(a * np.cos(2 * np.pi * h * frequency * time + p) for h, (a, p) in parts)


def test_amplitudes_and_phases_come_back():
    fit = sine_fit(TIME, wave([2.0, 0.03, 0.01], [0.4, -1.0, 3.0], 0.7), F)
    assert fit.amplitudes[:3] == pytest.approx([2.0, 0.03, 0.01], rel=1e-9)
    assert fit.phases[:3] == pytest.approx([0.4, -1.0, 3.0], abs=1e-9)
    assert fit.offset.value == pytest.approx(0.7)
    assert fit.thd.value == pytest.approx(np.hypot(0.03, 0.01) / 2, rel=1e-9)
    assert len(fit.amplitudes) == 10


def test_a_free_frequency_is_found():
    fit = sine_fit(TIME, wave([2.0, 0.03], [0.4, -1.0]), F * 1.01, free=True)
    assert fit.frequency.value == pytest.approx(F, rel=1e-10)
    assert fit.phases[0] == pytest.approx(0.4, abs=1e-9)
    with pytest.raises(InferenceError, match=r"within 0\.3 periods over the record"):
        sine_fit(TIME, wave([2.0], [0.4]), F * 1.3, free=True)


@pytest.mark.parametrize("drive", [0.1, 0.5])
def test_a_cubic_transfer_has_the_distortion_of_its_closed_form(drive):
    """x + a x^3 at x = A cos: third harmonic a A^3/4 over a fundamental A + 3 a A^3/4."""
    x = wave([drive], [0.0])
    found = distortion([SineRecord(drive, F, TIME, x + 0.3 * x**3)])
    third, first = 0.3 * drive**3 / 4, drive + 0.9 * drive**3 / 4
    assert found.thd[0] == pytest.approx(third / first, rel=1e-6)
    assert found.harmonics[0, 2] == pytest.approx(third / first, rel=1e-6)
    assert found.gain[0] == pytest.approx(first / drive, rel=1e-9)


def test_pulls_of_a_noisy_sine_are_standard_normal():
    """Mean within 0.3 and width within 0.2 of 1 of 200 records: false alarm of all six below 0.1 %."""
    rng = np.random.default_rng(2)
    rows = []
    for _ in range(200):
        clean = wave([2.0, 0.3], [0.4, -1.0])
        fit = sine_fit(TIME, clean + 0.05 * rng.standard_normal(500), F, free=True, harmonics=2)
        truth = (2.0, 0.15, 0.4)
        phase = (fit.phases[0] - 0.4) / fit.phase_uncertainties[0]
        rows.append([(e.value - x) / e.uncertainty for e, x in zip((fit.amplitude, fit.thd), truth)] + [phase])  # noqa: B905
    assert np.abs(np.mean(rows, axis=0)).max() < 0.3
    assert np.std(rows, axis=0) == pytest.approx(1, abs=0.2)


def test_noise_alone_makes_the_distortion_of_its_floor():
    """Mean square of 40 records within 20 %: each has 18 degrees, so one deviation is 5.3 %."""
    rng = np.random.default_rng(3)
    fits = [sine_fit(TIME, wave([1.0], [0.0]) + 0.02 * rng.standard_normal(500), F) for _ in range(40)]
    floor = np.mean([fit.thd_floor**2 for fit in fits])
    assert np.mean([fit.thd.value**2 for fit in fits]) == pytest.approx(floor, rel=0.2)


def test_harmonics_above_half_the_sampling_rate_are_left_out_and_that_is_said():
    found = distortion([SineRecord(1.0, 1370.0, TIME, wave([1.0], [0.2], frequency=1370.0))])
    assert np.isnan(found.harmonics[0, 3:]).all()
    assert np.isfinite(found.harmonics[0, :3]).all()
    assert "sampled too slowly for 10 harmonics" in found.remarks[0]


def test_the_clean_amplitude_is_the_largest_below_which_all_are_clean():
    records = [
        SineRecord(drive, F, TIME, x + 0.3 * x**3) for drive in (0.5, 0.1, 0.2, 0.3) for x in [wave([drive], [0.0])]
    ]
    assert distortion(records).clean_amplitude(0.004) == {F: 0.2}
    assert np.isnan(distortion(records).clean_amplitude(1e-6)[F])


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1e-3, 1e3))
def test_distortion_knows_no_units(out, pace):
    made = wave([2.0, 0.03, 0.01], [0.4, -1.0, 3.0], 0.7)
    assert sine_fit(TIME * pace, out * made, F / pace).thd.value == pytest.approx(
        sine_fit(TIME, made, F).thd.value, rel=1e-7
    )


def one_pole(frequency, cut=1e6):
    return 1 / (1 + 1j * frequency / cut)


def test_one_pole_has_its_bandwidth_and_its_one_per_cent_frequency():
    frequency = np.geomspace(1e2, 1e7, 3001)
    found = amplitude_response(frequency, 3 * one_pole(frequency))
    assert found.estimate("bandwidth").value == pytest.approx(1e6, rel=1e-6)
    assert found.estimate("amplitude_error_frequency").value == pytest.approx(1e6 * (1 / 0.99**2 - 1) ** 0.5, rel=1e-6)
    assert found.estimate("gain").value == pytest.approx(3)


def test_pulls_of_the_bandwidth_are_standard_normal():
    """Mean within 0.35 and width within 0.25 of 1 of 60 sweeps: false alarm below 2 %, seeds fixed."""
    frequency = np.geomspace(1e4, 1e7, 13)
    rng = np.random.default_rng(4)
    truth = np.abs(one_pole(frequency))
    cut = float(amplitude_response(frequency, truth).estimate("bandwidth").value)
    assert cut == pytest.approx(1e6, rel=0.01)
    pulls = []
    for _ in range(60):
        found = amplitude_response(frequency, truth + 3e-3 * rng.standard_normal(13), 3e-3).estimate("bandwidth")
        pulls.append((found.value - cut) / found.uncertainty)
    assert abs(np.mean(pulls)) < 0.35
    assert np.std(pulls) == pytest.approx(1, abs=0.25)


def test_a_bandwidth_that_is_not_reached_has_a_reason():
    frequency = np.geomspace(1e2, 1e4, 20)
    found = amplitude_response(frequency, one_pole(frequency))
    assert "up to the highest frequency, 10000 Hz" in found.reasons["bandwidth"]


def test_a_rise_by_one_per_cent_ends_the_flat_part_as_well():
    frequency = np.geomspace(1.0, 1e3, 400)
    found = amplitude_response(frequency, 1 + frequency / 1e3)
    assert found.estimate("amplitude_error_frequency").value == pytest.approx(1e3 * (1.01 * 1.001 - 1), rel=1e-6)


def test_an_exponential_settles_to_one_per_cent_after_4_6_time_constants():
    time = np.linspace(-1, 20, 210001)
    found = step_settling(time, 2 * (1 - np.exp(-np.maximum(time, 0))), 0.0, 0.0)
    assert found.time.value == pytest.approx(np.log(100), rel=1e-6)
    assert found.change.value == pytest.approx(2, rel=1e-6)
    assert found.overshoot < 1e-6


def test_a_ringing_output_settles_at_its_last_exit_and_tells_its_overshoot():
    """cos(w t) exp(-t): the last exit by a scan of the closed form; overshoot exp(-pi/w) at the half turn."""
    time = np.linspace(-1, 20, 42001)
    ringing = np.where(time < 0, 1.0, np.cos(8 * time) * np.exp(-time))
    fine = np.linspace(0, 20, 2_000_001)
    last = fine[np.abs(np.cos(8 * fine) * np.exp(-fine)) > 0.01][-1]
    found = step_settling(time, 1 - ringing, 0.0, 0.0)
    assert found.time.value == pytest.approx(last, abs=2e-5)
    assert found.overshoot == pytest.approx(np.exp(-np.pi / 8), rel=0.01)


def test_pulls_of_the_settling_time_are_nearly_standard_normal():
    """Mean within 0.5 and width within 0.35 of 1 of 100 records: the local line leaves 1.2; false alarm below 1 %."""
    rng = np.random.default_rng(6)
    time = np.linspace(-1, 12, 261)
    clean = 1 - np.exp(-np.maximum(time, 0))
    found = [step_settling(time, clean + 1e-3 * rng.standard_normal(261), 0.0, 1e-3).time for _ in range(100)]
    pulls = [(one.value - np.log(100)) / one.uncertainty for one in found]
    assert abs(np.mean(pulls)) < 0.5
    assert np.std(pulls) == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize(
    ("output", "scatter", "sentence"),
    [
        (np.full(100, np.nan), 0.0, "must be finite, but are not everywhere"),
        (np.zeros(100), 0.1, "The output must step, but changes by"),
        (np.arange(100) > 50, 0.02, "Noise must leave half of the band of ±1 % of the step free, but reaches"),
        (np.arange(100) / 100, 0.0, "must be long enough for the output to settle"),
        (np.zeros(99), 0.0, "must be lists of one length"),
    ],
)
def test_a_step_that_tells_nothing_is_said_in_one_sentence(output, scatter, sentence):
    with pytest.raises(InferenceError, match=sentence):
        step_settling(np.linspace(-1, 10, 100), np.asarray(output, float), 0.0, scatter)


@pytest.mark.parametrize(
    ("time", "output", "frequency", "sentence"),
    [
        (TIME, np.ones(500), F, "The output of a record must change"),
        (TIME, np.where(TIME > 0.02, np.nan, 1.0), F, "must be finite, but are not everywhere"),
        (TIME, wave([1.0], [0.0]), 6e3, "below half the sampling rate, 5000 Hz, but is 6000 Hz"),
        (TIME[:8], wave([1.0], [0.0])[:8], F, "8 readings do not: they are too few"),
        (TIME, wave([1.0], [0.0]), 0.01, "cover too little of a period"),
        (TIME[::-1], wave([1.0], [0.0]), F, "The time of a record must rise"),
    ],
)
def test_a_record_that_tells_nothing_is_said_in_one_sentence(time, output, frequency, sentence):
    with pytest.raises(InferenceError, match=sentence):
        sine_fit(time, output, frequency)


def test_a_response_that_tells_nothing_is_said_in_one_sentence():
    with pytest.raises(InferenceError, match="of 3 frequencies or more"):
        amplitude_response(np.ones(2), np.ones(2), 0.0)
    with pytest.raises(InferenceError, match="must be above 0 Hz and rise"):
        amplitude_response(np.ones(4), np.ones(4), 0.0)
    with pytest.raises(InferenceError, match="must stand out of its uncertainty"):
        amplitude_response(np.arange(1.0, 5), np.ones(4), 1.0)
