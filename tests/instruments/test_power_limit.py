"""A largest power at the junction: held by the instrument's own compliance, on three models."""

from __future__ import annotations

import re

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import LimitError
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.open_bench import OpenBench, open_bench
from smtjlab.instruments.reading import Flag, Setpoint
from smtjlab.instruments.specification import range_for

MODELS = ["keithley_2450:Keithley2450", "keithley_2400:Keithley2400", "keithley_2636b:Keithley2636B"]


@pytest.fixture(params=MODELS)
def bench(request, tmp_path):
    """Open a bench of one model whose junction of 2 kohm may take 3 uW."""
    pair = request.param.endswith("2636B")
    text = (PACKAGED / f"{'two_channel' if pair else 'virtual'}.toml").read_text(encoding="utf-8")
    text = text if pair else re.sub(r'(?m)^driver = ".*"', f'driver = "{request.param}"', text)
    text = text.replace("[limits.junction]", '[limits.junction]\npower = "3 uW"')
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    with open_bench(f"{tmp_path / 'bench.toml'}@smtj") as opened:
        yield opened


def test_the_instrument_holds_the_power_by_its_compliance(bench: OpenBench):
    bench.device.prepare(bias=0.1)
    assert bench.device.junction.settings.compliance == pytest.approx(3e-5)
    bench.device.apply(Setpoint(gate=0.0))
    reading = bench.device.conductance()
    assert reading.flags == {Flag.COMPLIANCE}
    assert reading.current == pytest.approx(3e-5, rel=1e-3)
    assert abs(reading.bias * reading.current) < 3e-6


def test_a_smaller_bias_leaves_the_site_its_current(bench: OpenBench):
    bench.device.prepare(bias=0.01)
    assert bench.device.junction.settings.compliance == 2e-4


def test_no_level_that_the_compliance_does_not_hold_is_taken(bench: OpenBench):
    junction = bench.drivers["junction"]
    limits = bench.bench.source_limits["junction"]
    junction.configure(limits, largest_voltage=0.1, nplc=1.0, four_wire=True)
    with pytest.raises(LimitError, match=r"within 100 mV, where its compliance of 30 uA holds its power within 3 uW"):
        junction.set_level(0.15)
    assert junction.level() == 0


def test_a_compliance_that_the_power_lowers_is_a_whole_step_below(bench: OpenBench):
    junction = bench.drivers["junction"]
    limits = bench.bench.source_limits["junction"]
    for volts in (0.07, 0.09, 0.1, 0.3):
        settings = junction.configure(limits, largest_voltage=volts, nplc=1.0, four_wire=True)
        step = range_for(junction.specification.source_current, settings.compliance).resolution
        assert 0 <= 3e-6 / volts - settings.compliance < step * (1 + 1e-6)
        assert settings.compliance / step == pytest.approx(round(settings.compliance / step), abs=1e-6)


def test_a_power_that_no_compliance_holds_is_refused(bench: OpenBench):
    tiny = Limits(voltage=(-0.3, 0.3), current=2e-4, power=1e-14)
    with pytest.raises(LimitError, match=r"`power` limit of `.*` must be at least .* W, which the smallest compliance"):
        bench.drivers["junction"].configure(tiny, largest_voltage=0.3, nplc=1.0, four_wire=True)
