import pytest

from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.noise_spectrum import NoiseSpectrum
from smtjlab.simulation.belief import Belief

TRUTH = 'preset = "fig5"\nflicker_noise = "1e-8 um^2"'


def test_readings_follow_each_other_without_a_wait():
    setpoints = NoiseSpectrum(readings=256, settle=3.0).setpoints()
    assert [one.dwell for one in setpoints] == [3.0] + [0.0] * 255


def test_too_few_readings_for_the_segments_are_refused():
    with pytest.raises(ParameterError, match="at least 16 for each of 100 segments, but is 1000"):
        NoiseSpectrum(readings=1000, segments=100)


def test_zero_bias_cannot_measure_a_conductance():
    with pytest.raises(ParameterError, match="`bias` must not be 0 V"):
        NoiseSpectrum(bias=0.0)


def test_the_hidden_flicker_noise_is_found_through_the_wire(through_the_wire):
    """Within 4 standard uncertainties, and the 6 % by which one fluctuator a decade ripples about 1/f; seed fixed."""
    procedure = NoiseSpectrum(readings=1024, nplc=0.1)
    readings = through_the_wire(TRUTH, procedure)
    found = procedure.extraction(readings, Belief.preset("fig5"))
    hooge, exponent = found.estimate("hooge"), found.estimate("flicker_exponent")
    assert hooge.value == pytest.approx(1e-20, abs=4 * hooge.uncertainty + 6e-22)
    assert exponent.value == pytest.approx(1, abs=4 * exponent.uncertainty)
    assert hooge.uncertainty < 0.2 * hooge.value


def test_without_it_the_instruments_own_noise_is_left(through_the_wire):
    procedure = NoiseSpectrum(readings=512)
    readings = through_the_wire('preset = "fig5"', procedure)
    seen = procedure.view(readings)
    assert "alpha_H is below" in procedure.extraction(readings, Belief.preset("fig5")).reasons["hooge"]
    assert seen.white[0] == pytest.approx(seen.instrument, rel=0.3)
