"""Sweeps that source meters step through by themselves: what every model does alike, on its twin."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest

from smtjlab.instruments.errors import InstrumentFault, InstrumentMistake, LeakageTripped, LimitError, UnsafeError
from smtjlab.instruments.private_bench import InProcessBench, read_once

from .sweeping import LIMITS, MODELS, SLOW, bench_text, every_model, sweeps, switched_on, watched

UP_AND_DOWN = [0.0, 0.05, 0.1, 0.05, 0.0]


@pytest.fixture
def bench(model, tmp_path):
    (tmp_path / "bench.toml").write_text(bench_text(model), encoding="utf-8")
    with InProcessBench(read_once(tmp_path / "bench.toml", in_process=True)) as bench:
        yield bench


@pytest.fixture
def on(bench):
    """Return the junction's source meter, configured and switched on."""
    return switched_on(bench)


@every_model
def test_readings_of_a_sweep_are_those_of_single_steps(on):
    one_by_one = []
    for volts in UP_AND_DOWN:
        on.set_level(volts)
        on.clock.sleep(0.01)
        one_by_one.append(on.read_source())
    swept = on.sweep(UP_AND_DOWN, delay=0.01)
    for step, point, volts in zip(one_by_one, swept, UP_AND_DOWN, strict=True):
        assert point.voltage == pytest.approx(step.voltage, rel=1e-3, abs=3e-6)
        assert point.current == pytest.approx(step.current, rel=1e-3, abs=3e-7)
        assert point.voltage == pytest.approx(volts, abs=1.5e-3)
        assert not point.tripped
    assert on.level() == 0
    assert on.check_errors() == []


@every_model
def test_a_sweep_waits_at_every_level_and_takes_longer_lists_in_parts(on):
    levels = [0.001 * (place % 50) for place in range(120)] + [0.0]
    begun = on.clock.now()
    readings = on.sweep(levels, delay=0.02)
    assert len(readings) == 121
    assert readings[120 - 21].voltage == pytest.approx(0.049, abs=1e-3)
    assert on.clock.now() - begun > 121 * (0.02 + 1 / 60)


@every_model
def test_single_readings_are_right_after_a_sweep(on):
    on.sweep(UP_AND_DOWN, delay=0.01)
    on.set_level(0.05)
    reading = on.read_source()
    assert reading.voltage == pytest.approx(0.05, abs=1.5e-3)
    on.ramp_off(LIMITS)
    assert not on.output_is_on()


@pytest.mark.parametrize("model", [model for model in MODELS if "2400" not in model])
def test_the_last_level_stays_programmed(on, bench):
    on.sweep([0.0, 0.05, 0.08], delay=0.0)
    assert on.level() == pytest.approx(0.08)
    assert bench.virtual.world.seen_by(on.name).voltage == pytest.approx(0.08, abs=1e-3)


REFUSED = [
    ([0.0, 0.31, 0.0], r"within -300 mV and 300 mV, but 310 mV was asked of it \(point 2 of a sweep\)"),
    ([0.0, 0.0, float("nan")], r"but nan V was asked of it \(point 3 of a sweep\)"),
    ([float("-inf")], r"but -inf V was asked of it \(point 1 of a sweep\)"),
    ([0.0, 0.28], r"its range of 0\.[12] V, but 0\.28 V was asked of it \(point 2 of a sweep\)"),
    ([], r"must have 1 to \d+ levels, but has 0"),
    ([0.0] * 5001, r"must have 1 to \d+ levels, but has 5001"),
]


@every_model
@pytest.mark.parametrize(("levels", "sentence"), REFUSED)
def test_a_list_that_leaves_limits_or_range_is_refused_and_nothing_is_sent(on, levels, sentence):
    said = watched(on)
    with pytest.raises(LimitError, match=sentence):
        on.sweep(levels, delay=0.0)
    assert said == []


@every_model
@pytest.mark.parametrize("delay", [-0.1, float("nan"), float("inf"), 1e4])
def test_a_delay_that_is_none_is_refused_and_nothing_is_sent(on, delay):
    said = watched(on)
    with pytest.raises(LimitError, match=r"`delay` of a sweep of `\S+` must be within 0 s and 999 s"):
        on.sweep(UP_AND_DOWN, delay=delay)
    assert said == []


@every_model
def test_a_step_faster_than_the_slew_limit_is_refused_and_nothing_is_sent(bench):
    on = switched_on(bench, SLOW)
    said = watched(on)
    with pytest.raises(
        LimitError, match=r"0\.02 V at once, .* in 0\.02 s, but point 3 of a sweep lies 0\.05 V from the one"
    ):
        on.sweep([0.0, 0.02, 0.07], delay=10.0)  # however long it waits there
    with pytest.raises(LimitError, match=r"0\.0186667 V at once, .* point 2 .*: take more points"):
        on.sweep([0.0, 0.02, 0.02], delay=0.002)  # 18.7 ms with an integration of 16.7 ms
    assert said == []


@every_model
def test_the_step_to_the_first_level_must_obey_the_slew_limit_too(bench):
    on = switched_on(bench, SLOW)
    before = watched(on)
    with pytest.raises(
        (LimitError, InstrumentMistake), match=r"point 1 of a sweep lies 0\.05 V|be without a slew limit"
    ):
        on.sweep([0.05, 0.05], delay=0.01)
    assert all("?" in message or "print" in message for message in before)
    assert on.level() == 0


@pytest.mark.parametrize("model", [model for model in MODELS if "2400" in model])
def test_a_2400_says_why_it_sweeps_only_without_a_slew_limit_and_back_to_where_it_stands(bench):
    on = switched_on(bench, SLOW)
    with pytest.raises(InstrumentMistake, match=r"must be without a slew limit to sweep by itself.* 1 V/s"):
        on.sweep([0.0, 0.0], delay=0.0)
    on.ramp_off(SLOW)
    on = switched_on(bench)
    with pytest.raises(InstrumentMistake, match=r"must end at 0 V, where it stands.*but ends at 0\.1 V"):
        on.sweep([0.0, 0.1], delay=0.0)


LEVEL = re.compile(r"(?:levelv = |:SOUR:VOLT )([-+.\de]+)")


@every_model
def test_a_sweep_lowers_the_compliance_to_the_leakage_limit_and_restores_it(bench):
    on = switched_on(bench, replace(LIMITS, leakage=1e-4))
    said = watched(on)
    assert len(on.sweep(UP_AND_DOWN, delay=0.01)) == 5
    told = [message for message in said if re.search(r"(ILIM|PROT|limiti =?) ?[\d.]", message)]
    assert [re.search(r"0\.000\d", message)[0] for message in told] == ["0.0001", "0.0002"]
    assert on.check_errors() == []


@every_model
def test_a_reading_that_reaches_the_leakage_limit_ends_a_sweep_and_it_stays_low(bench):
    on = switched_on(bench, replace(LIMITS, leakage=2e-5))
    with pytest.raises(LeakageTripped, match=r"must draw at most 20 uA in its sweep, but draws .* \(point 2\)"):
        on.sweep(UP_AND_DOWN, delay=0.01)
    assert not sweeps(bench)
    assert on._number(on.compliance_setting) == pytest.approx(2e-5)
    with pytest.raises(UnsafeError, match=r"must read 0\.0002 "):
        on.sweep([0.0, 0.0], delay=0.01)
    on.ramp_off(LIMITS)


@every_model
def test_a_leakage_limit_below_every_compliance_is_refused_before_a_sweep(bench):
    on = switched_on(bench, replace(LIMITS, leakage=1e-13))
    said = watched(on)
    with pytest.raises(LimitError, match=r"`leakage` limit of .* must be at least .* for a sweep, but is 1e-13 A"):
        on.sweep(UP_AND_DOWN, delay=0.01)
    assert said == []


@every_model
def test_an_output_that_goes_off_during_a_sweep_is_noticed(on, bench):
    readings = on.swept_readings

    def lost(count):
        bench.ask("junction", on._assignment(on.output_setting, "0"))
        return readings(count)

    on.swept_readings = lost
    with pytest.raises(InstrumentFault, match="must be on at the end of its sweep, but is off: its interlock"):
        on.sweep(UP_AND_DOWN, delay=0.01)
    assert not sweeps(bench)


@every_model
def test_a_sweep_that_is_not_loaded_as_it_should_be_is_taken_back(on, bench):
    setting = on._question(on.output_setting) if "smu" not in on.output_setting else on.output_setting
    on.sweep_settings = lambda levels, delay: {setting: 7.0}
    with pytest.raises(UnsafeError, match=r"must read 7\.0"):
        on.sweep(UP_AND_DOWN, delay=0.01)
    assert not sweeps(bench)
    on.verify(on.standing_answers())  # a 2400 has left its list


@every_model
def test_a_single_level_is_gone_to_at_the_slew_limit(bench):
    on = switched_on(bench, SLOW)
    said, begun = watched(on), on.clock.now()
    on.set_level(0.1)
    levels = [0.0, *(float(found[1]) for found in map(LEVEL.search, said) if found)]
    assert len(levels) == 6
    assert max(after - before for before, after in itertools.pairwise(levels)) <= 1.0 * 0.02 * 1.001
    assert on.clock.now() - begun >= 4 * 0.02 - 1e-6
    assert on.level() == pytest.approx(0.1)


@every_model
def test_small_steps_that_come_too_early_wait_for_the_slew_limit(bench):
    on = switched_on(bench, SLOW)
    begun = on.clock.now()
    for place in range(1, 11):
        on.set_level(0.01 * place)
    assert on.clock.now() - begun >= 9 * 0.01 - 1e-6


@every_model
def test_an_output_that_is_off_does_not_sweep(on):
    on.switch_off()
    with pytest.raises(UnsafeError, match=r"Output of `\S+` must be on before it sweeps, but is off"):
        on.sweep(UP_AND_DOWN, delay=0.0)


@every_model
def test_nothing_unconfigured_sweeps(bench):
    with pytest.raises(UnsafeError, match="must be configured within its limits first"):
        bench.driver("junction").sweep(UP_AND_DOWN, delay=0.0)


TURNED = {
    "keithley_24": (":SENS:CURR:RANG:AUTO 1", ":SOUR:VOLT:RANG:AUTO 1"),
    "keithley_26": ("smub.measure.autorangei = 1", "smub.source.autorangev = 1", "smub.source.limiti = 1e-3"),
}


@every_model
@pytest.mark.parametrize("number", [0, 1])
def test_a_setting_that_somebody_turned_meanwhile_stops_a_sweep_before_it_starts(on, bench, model, number):
    bench.ask("junction", TURNED[model[:11]][number])
    with pytest.raises(UnsafeError, match=r"(?i)rang\S* of `\S+` must read"):
        on.sweep(UP_AND_DOWN, delay=0.0)
    assert on.level() == 0


@every_model
def test_compliance_ends_a_sweep_with_the_reading_that_sat_in_it(bench):
    on = switched_on(bench, replace(LIMITS, current=2e-5), nplc=0.01)
    readings = on.sweep([0.1, *[0.0] * 199], delay=0.04)
    assert [reading.tripped for reading in readings] == [True]
    assert readings[0].current == pytest.approx(2e-5, rel=1e-2)
    on.ramp_off(LIMITS)
    assert not on.output_is_on()
