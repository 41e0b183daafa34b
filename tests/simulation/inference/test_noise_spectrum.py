import numpy as np
import pytest

from smtjlab.simulation.inference.density_posterior import two_parts
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.inference.noise_spectrum import NoiseTrace, noise_spectrum, spectrum_of
from smtjlab.simulation.inference.power_density import DensityFit, Estimates, estimates, inflation

AREA = Estimate(4.4e-13, 0.0)
FINE = 8
"""Steps of the finely made noise from reading to reading; a reading averages over one of them."""
INTERVAL = 4e-3


def trace(seed, count=1024, hooge=2e-20, white=1e-10, exponent=1.0):
    """Return readings with noise made by its Fourier components, four times as long as it is needed."""
    rng = np.random.default_rng(seed)
    length, step = 4 * count * FINE, INTERVAL / FINE
    frequency = np.fft.rfftfreq(length, step)[1:]
    density = (hooge / AREA.value * frequency**-exponent) * np.sinc(frequency * step) ** 2
    parts = (rng.standard_normal(len(frequency)) + 1j * rng.standard_normal(len(frequency))) * np.sqrt(density)
    slow = np.fft.irfft(np.concatenate([[0], parts]) * np.sqrt(length / step) / 2, length)[: count * FINE : FINE]
    sigma = np.sqrt(white / (2 * step))
    relative = slow + sigma * rng.standard_normal(count)
    time = INTERVAL * np.arange(1, count + 1)
    return NoiseTrace(time, 5e-4 * (1 + relative), np.full(count, 5e-4 * sigma), np.ones(count, bool), step)


def test_pulls_are_standard_normal():
    """Mean within 0.5 and width 0.7 to 1.35 of 50 sets: false alarm of all six figures some 0.5 %, seeds fixed."""
    truth = {"hooge": 2e-20, "white_noise": 5e-10, "flicker_exponent": 1.0}
    found = [noise_spectrum(trace(seed, count=2048, white=5e-10), AREA) for seed in range(50)]
    told = [[one.estimate(name) for name in truth] for one in found]
    exact = list(truth.values())
    pulls = np.array([[(e.value - x) / e.uncertainty for e, x in zip(row, exact, strict=True)] for row in told])
    assert np.abs(pulls.mean(axis=0)).max() < 0.5
    assert pulls.std(axis=0) == pytest.approx(1, abs=0.35)


def test_the_size_of_noise_of_one_shape_is_told_as_its_inverse_gamma_distribution():
    """Two parts of the same shape are one, of M nu/2c degrees over two: mean and width are known in closed form."""
    data = Estimates(np.arange(1.0, 41), np.random.default_rng(1).gamma(3.0, 1 / 3, 40), 6.0, 0.01, 0.01)
    shapes = np.array([np.ones(40), 1 + 1e-5 * np.arange(40)])
    fit = DensityFit(np.array([0.5, 0.5]), np.diag([0.5, 0.5]), 0.0)
    mean, covariance = two_parts(shapes, fit, data)
    half = 6.0 / 2 * 40 / inflation(shapes)
    assert mean.sum() == pytest.approx(data.density.mean() * half / (half - 1), rel=1e-3)
    assert covariance.sum() ** 0.5 / mean.sum() == pytest.approx((half - 2) ** -0.5, rel=1e-3)


def test_white_noise_that_is_not_there_does_not_lower_hooges_parameter():
    """Mean of 40 pulls within 0.6, four of its deviations; held at no less than 0, white noise makes it -0.9."""
    told = [noise_spectrum(trace(seed, count=512, white=1e-16), AREA, 4).estimate("hooge") for seed in range(40)]
    assert abs(np.mean([(one.value - 2e-20) / one.uncertainty for one in told])) < 0.6


def test_the_corner_is_where_both_parts_are_equal():
    found = noise_spectrum(trace(1), AREA)
    hooge, white, corner = (found.estimate(n).value for n in ("hooge", "white_noise", "corner_frequency"))
    assert corner == pytest.approx(hooge / AREA.value / white)


def test_white_noise_folds_back_by_the_dead_time():
    white = np.random.default_rng(1).standard_normal(4096)
    data = estimates(white, INTERVAL, INTERVAL / FINE, 8)
    assert data.white() == pytest.approx(FINE)
    assert data.density.mean() == pytest.approx(2 * INTERVAL, rel=0.1)


def test_the_estimates_scatter_as_chi_square():
    """The variance of 80 spectra of 60 frequencies, within 15 %: five standard deviations."""
    found = [estimates(np.random.default_rng(seed).standard_normal(1024), 1.0, 0.5, 8) for seed in range(80)]
    density = np.array([one.density for one in found]) / 2
    assert density.var() == pytest.approx(2 / found[0].degrees, rel=0.15)


def test_without_flicker_noise_there_is_a_bound():
    """The false alarm, 0.1 % by the asked gain in likelihood, is excluded by the seed."""
    found = noise_spectrum(trace(1, hooge=0.0), AREA)
    assert "hooge" not in found
    assert "alpha_H is below" in found.reasons["hooge"]
    assert found.estimate("white_noise").value == pytest.approx(1e-10, rel=0.2)


def test_white_noise_alone_has_a_number_and_a_spectrum_however_little_the_fit_sees_of_flicker_noise():
    """Within six standard deviations; 1/f noise that there may be all the same draws it down by one of them."""
    for seed in (1, 3, 6, 7):
        one = trace(seed, count=2048, hooge=0.0)
        white = noise_spectrum(one, AREA).estimate("white_noise")
        assert white.value == pytest.approx(1e-10, abs=6 * white.uncertainty)
        assert white.uncertainty == pytest.approx(1e-10 * (2 / 2048) ** 0.5, rel=0.5)
        assert spectrum_of(one).white[0] == pytest.approx(FINE * white.value, rel=1e-3)


def test_white_noise_that_flicker_covers_has_no_number():
    found = noise_spectrum(trace(2, white=1e-14), AREA)
    assert "1/f noise covers it" in found.reasons["white_noise"]
    assert "corner_frequency" not in found


def test_noise_of_another_exponent_is_told():
    found = noise_spectrum(trace(3, count=4096, white=1e-12, exponent=1.4), AREA)
    assert any("This is not 1/f: its exponent is 1.3" in remark for remark in found.remarks)


def test_white_noise_that_is_not_seen_does_not_flatten_the_exponent():
    """Mean of 40 pulls or more within 0.9, six of its standard deviations; left out, white noise makes it -1.5."""
    found = [noise_spectrum(trace(seed, count=512), AREA, 4) for seed in range(50)]
    told = [one.estimate("flicker_exponent") for one in found if "white_noise" not in one]
    pulls = [(one.value - 1) / one.uncertainty for one in told if one is not None]
    assert len(pulls) >= 40
    assert abs(np.mean(pulls)) < 0.9


def test_the_uncertainty_of_the_area_is_that_of_hooges_parameter():
    sharp, vague = (noise_spectrum(trace(1), Estimate(4.4e-13, u)) for u in (0.0, 4.4e-14))
    added = vague.estimate("hooge").uncertainty ** 2 - sharp.estimate("hooge").uncertainty ** 2
    assert added == pytest.approx((0.1 * vague.estimate("hooge").value) ** 2)
    assert vague.estimate("corner_frequency") == sharp.estimate("corner_frequency")


def test_the_drawn_parts_add_up_to_the_density():
    seen = spectrum_of(trace(1))
    assert seen.interval == pytest.approx(INTERVAL)
    ratio = np.mean(seen.density / (seen.flicker + seen.white))
    assert ratio == pytest.approx(1, abs=0.1)
    assert seen.instrument == pytest.approx(1e-10 * FINE, rel=0.01)


def test_the_longest_unbroken_stretch_is_used_and_told():
    data = trace(1)
    data.valid[700] = False
    found = noise_spectrum(data, AREA)
    assert found.points == 700
    assert any("700 of 1024" in remark for remark in found.remarks)


def changed(**fields):
    return NoiseTrace(**{name: getattr(trace(1), name) for name in NoiseTrace.__dataclass_fields__} | fields)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (trace(1, count=100), "at least 256 valid readings in a row, but there are 100"),
        (changed(valid=np.zeros(1024, bool)), "in a row, but there are 0"),
        (changed(conductance=np.full(1024, np.nan)), "in a row, but there are 0"),
        (changed(conductance=np.full(1024, 5e-4)), "readings that differ, but all are 0.0005 S"),
        (changed(time=np.arange(1024.0) ** 1.1), "must be equally spaced"),
        (changed(time=np.zeros(1024)), "must rise"),
    ],
)
def test_what_cannot_tell_is_refused(data, sentence):
    with pytest.raises(InferenceError, match=sentence):
        noise_spectrum(data, AREA)
