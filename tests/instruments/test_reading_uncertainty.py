"""Readings on the virtual bench against its truth: what the budget says holds, over many benches."""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from datetime import date

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import BenchFileError, LimitError
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.private_bench import InProcessBench, read_once, with_settings
from smtjlab.instruments.reading import Setpoint
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.predict import predict

BIAS = 0.1


@pytest.fixture
def bench(tmp_path):
    """Return a function: what to write into the bench file, and a seed in, a prepared device out."""

    @contextmanager
    def made(seed=1, top="", instrument="", junction="", truth="", name="virtual", today=date(2026, 1, 1)):
        text = (PACKAGED / f"{name}.toml").read_text(encoding="utf-8").replace("spread = 0.03", "spread = 0.0")
        text = text.replace("[instruments.junction]", f"[instruments.junction]\n{instrument}")
        text = text.replace("[limits.junction]", f"[limits.junction]\n{junction}")
        text = text.replace("[truth.device]", f"[truth.device]\n{truth}")
        (tmp_path / "bench.toml").write_text(f"{top}\n{text}", encoding="utf-8")
        read = read_once(tmp_path / "bench.toml", in_process=True)
        settled = with_settings(read, seed=seed, clock=None, factor=None)
        with InProcessBench(settled) as private, open_bench(private.bench, today=today) as opened:
            yield opened.device

    return made


def ready(device, **prepare):
    device.prepare(bias=BIAS, **prepare)
    device.apply(Setpoint(gate=0.0))
    return device


def truth() -> float:
    """Return the conductance at 0 V, where the gate does not matter."""
    return float(predict(Junction.preset("fig5"), "boltzmann", np.array([0.0]), bias=BIAS).conductance[0])


def standard(uncertainty) -> float:
    return math.hypot(uncertainty.independent, *uncertainty.common.values())


@pytest.mark.parametrize("reversal", [False, True])
def test_the_truth_lies_within_two_standard_uncertainties_as_often_as_it_should(bench, reversal):
    """60 benches: 2 u hold 97 % of sums of few rectangles. Less than 53, or a mean square of the pulls outside 0.4 to
    1.7, has a chance below 2e-3.
    """
    real, pulls = truth(), []
    for seed in range(60):
        with bench(seed) as device:
            reading = ready(device).conductance(2, reversal=reversal)
            pulls.append((reading.value - real) / standard(reading.uncertainty))
    assert np.sum(np.abs(pulls) < 2) >= 53
    assert 0.4 < np.mean(np.square(pulls)) < 1.7


def test_repeats_bring_the_reading_no_closer_than_its_gain(bench):
    with bench(3) as device:
        few, many = (ready(device).conductance(count) for count in (1, 60))
    assert many.uncertainty.independent < few.uncertainty.independent / 4
    assert many.uncertainty.common == pytest.approx(few.uncertainty.common, rel=1e-3)
    assert abs(many.value - truth()) > 20 * many.uncertainty.independent


@pytest.mark.parametrize(("reversal", "moved"), [(False, True), (True, False)])
def test_a_thermal_emf_pulls_plain_readings_and_no_reversed_ones(bench, reversal, moved):
    found = []
    for emf in ("0 V", "1 mV"):
        with bench(2, truth=f'thermal_emf = "{emf}"') as device:
            found.append(ready(device).conductance(8, reversal=reversal))
    without, with_emf = found
    noise = math.hypot(*(one.uncertainty.independent for one in found))
    assert (abs(with_emf.value - without.value) > 50 * noise) is moved
    assert abs(with_emf.value - without.value) < 5 * noise or moved


def test_a_stated_thermal_emf_covers_what_it_does(bench):
    with bench(2, truth='thermal_emf = "1 mV"', junction='thermal_emf = "3 mV"') as device:
        reading = ready(device).conductance()
    assert reading.uncertainty.common["junction thermal EMF"] == pytest.approx(
        -reading.value * 3e-3 / BIAS / math.sqrt(3), rel=0.01
    )
    assert abs(reading.value - truth()) < 2 * standard(reading.uncertainty)


def test_the_bias_stands_again_after_a_reversal(bench):
    with bench() as device:
        reading = ready(device).conductance(3, reversal=True)
        assert device.junction.level() == pytest.approx(BIAS)
    assert reading.repeats == 3
    assert [stimulus.bias > 0 for stimulus in reading.stimuli if stimulus.read] == [
        True,
        False,
        False,
        True,
        True,
        False,
    ]
    assert reading.bias == pytest.approx(BIAS, rel=1e-3)


def test_a_reversal_beyond_the_limits_is_refused_before_anything_moves(bench):
    with bench() as device:
        ready(device)
        device.limits = dict(device.limits) | {"junction": Limits(voltage=(0.0, 0.3), current=2e-4)}
        with pytest.raises(LimitError, match=re.escape("-100 mV was asked of it (reversed bias)")):
            device.conductance(reversal=True)
        assert device.junction.level() == pytest.approx(BIAS)


def test_a_reversal_goes_at_the_slew_limit(bench):
    with bench(junction='slew = "1 V/s"') as device:
        ready(device)
        began = device.clock.now()
        device.conductance(2, reversal=True)
        assert device.clock.now() - began > 2 * 2 * BIAS / 1.0


def test_two_wires_count_what_is_stated_of_the_leads(bench):
    with bench(truth='lead_resistance = "2 ohm"', junction='contact_resistance = "6 ohm"') as device:
        reading = ready(device, four_wire=False).conductance()
        assert device.errors.remarks() == [one for one in device.errors.remarks() if not one.matters]
    effect = reading.uncertainty.common["junction lead resistance"]
    assert effect == pytest.approx(-(reading.value**2) * 6 / math.sqrt(3))


def test_two_wires_of_which_nobody_says_anything_are_warned_of(bench):
    with bench() as device:
        [text] = [one.text for one in ready(device, four_wire=False).errors.remarks() if one.matters]
    assert "two wires" in text


def test_a_calibration_that_is_overdue_widens_and_is_told(bench):
    with bench(instrument="calibrated = 2022-01-02") as device:
        old = ready(device).conductance().uncertainty.common
        [text] = [one.text for one in device.errors.remarks() if one.matters]
    with bench() as device:
        usual = ready(device).conductance().uncertainty.common
    assert old == pytest.approx({name: 4 * effect for name, effect in usual.items()}, rel=0.01)
    assert text.startswith("The calibration of `junction` of 2022-01-02 is 1460 days old and overdue")


def test_a_hot_room_widens(bench):
    with bench(top='ambient = { temperature = "32 degC", uncertainty = "1 K" }') as device:
        common = ready(device).conductance().uncertainty.common
    ratio = common["junction current offset over temperature (1 mA)"] / common["junction current offset (1 mA)"]
    assert ratio == pytest.approx(0.15 * 5)


@pytest.mark.parametrize(
    ("table", "what"),
    [('temperature = "23 K"', "must be that of a room"), ("uncertainty = 1", "must have 'temperature'"),
     ('temperature = "23 degC", uncertainty = "-1 K"', "must be within 0 K and 50 K")],
)  # fmt: skip
def test_a_room_that_is_none_is_refused_with_its_line(bench, table, what):
    with pytest.raises(BenchFileError, match=rf"{what}.*line 1"), bench(top=f"ambient = {{ {table} }}"):
        pass


def test_every_error_of_a_reading_has_a_source_with_a_page(bench):
    with bench(top='ambient = { temperature = "30 degC" }', junction='thermal_emf = "2 uV"') as device:
        uncertainty = ready(device).conductance().uncertainty
        sources = {one.name: one for one in device.errors.sources()}
    assert {*uncertainty.common, *uncertainty.gate} <= set(sources)
    assert all(one.document and one.page and one.limit > 0 for one in sources.values())
    assert {one.kind for one in sources.values()} == {"gain", "offset", "noise", "resolution", "thermal EMF"}


def test_fields_and_their_errors_are_told_apart_by_axis(bench):
    with bench(name="two_axis") as device:
        device.check([Setpoint(gate=0.0, field=2e-3, transverse_field=1e-3)])
        device.prepare(bias=BIAS)
        device.apply(Setpoint(gate=0.0, field=2e-3, transverse_field=1e-3))
        uncertainty = device.conductance().uncertainty
    [gain] = [effect for name, effect in uncertainty.field.items() if "gain" in name]
    assert gain == pytest.approx(2e-3 * 0.15e-2 / math.sqrt(3), rel=0.05)
    assert all(name.startswith("transverse field ") for name in uncertainty.transverse_field)
    assert uncertainty.temperature == {}


def test_a_thermometer_has_an_error_in_kelvin(bench):
    with bench(name="full") as device:
        device.check([Setpoint(gate=0.0, temperature=300.0)])
        device.prepare(bias=BIAS)
        assert device.conductance().uncertainty.temperature == pytest.approx(
            {"temperature offset (475 K)": 32e-3 / math.sqrt(3)}
        )
