from __future__ import annotations

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake
from smtjlab.instruments.virtual.disturbances import Flicker
from smtjlab.instruments.virtual.faults import Fault, FaultKind
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.simulation.belief import SPREAD_FIELDS
from smtjlab.simulation.junction import Junction


def junction_of(make_bench, more="", **replaced):
    return make_bench(more, **replaced).truth.devices["device"].junction


def test_without_spread_the_truth_is_the_preset(make_bench):
    assert junction_of(make_bench) == Junction.preset("fig5")


def test_a_spread_changes_what_it_should_and_nothing_else(make_bench):
    spread, preset = junction_of(make_bench, spread="0.03"), Junction.preset("fig5")
    changed = {name for name in preset.__dataclass_fields__ if getattr(spread, name) != getattr(preset, name)}
    assert changed == set(SPREAD_FIELDS)
    assert spread == junction_of(make_bench, spread="0.03")
    assert spread != junction_of(make_bench, spread="0.03", seed="2")


def test_a_field_that_is_stated_is_exact(make_bench):
    assert junction_of(make_bench, 'resistance_parallel = "1.2 kohm"\n', spread="0.03").resistance_parallel == 1200


def test_the_junction_can_stand_in_a_file_beside_the_bench(make_bench, tmp_path):
    Junction.preset("cofeb").save(tmp_path / "mine.toml")
    assert junction_of(make_bench, preset='"fig5"\n#') == Junction.preset("fig5")
    bench = (tmp_path / "bench.toml").read_text().replace('preset = "fig5"\n#', 'junction = "mine.toml"')
    (tmp_path / "bench.toml").write_text(bench)
    with VirtualBench(Bench.load(tmp_path / "bench.toml")) as found:
        assert found.truth.devices["device"].junction == Junction.preset("cofeb")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("colour = 3\n", r"unknown|known keys.*bench\.toml, line \d+"),
        ('leakage_resistance = "1 V"\n', r"`leakage_resistance` must be in ohm.*line \d+"),
        ("lead_resistance = -1\n", r"must not be below 0 ohm.*line \d+"),
        ("damping = -1\n", r"`damping` must be above 0.*line \d+"),
        ('junction = "x.toml"\n', r"names both"),
        ('[truth.other]\npreset = "fig5"\n', r"must be of 'device' or 'stage' or 'wafer', but is of 'other'.*line \d+"),
        ('[[faults]]\ninstrument = "gate"\nkind = "fire"\nafter = 1\n', r"`kind` must be one of.*'fire'.*line \d+"),
        ('[[faults]]\ninstrument = "door"\nkind = "drop"\nafter = 1\n', r"`instrument` must be one of.*line \d+"),
        ('[[faults]]\ninstrument = "gate"\nkind = "drop"\n', r"either `at` or `after`.*line \d+"),
        ('[[faults]]\ninstrument = "gate"\nkind = "drop"\nat = "3 V"\n', r"`at` must be in s.*line \d+"),
        ('[[faults]]\ninstrument = "gate"\nkind = "drop"\nafter = -3\n', r"`after` must be a whole number.*line \d+"),
        ('[[faults]]\ninstrument = "gate"\nkind = "drop"\nat = "-3 s"\n', r"`at`.* must not be below 0.*line \d+"),
        ('[[faults]]\ninstrument = "gate"\nkind = "drop"\nat = 1\ncount = 0\n', r"`count`.* but is 0.*line \d+"),
        ('[[faults]]\ninstrument = "gate"\nkind = "drop"\nwhen = 3\n', r"must be one of.*'when'.*line \d+"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(make_bench, more, sentence):
    with pytest.raises(BenchFileError, match=sentence):
        make_bench(more)


def test_a_spread_has_limits(make_bench):
    with pytest.raises(BenchFileError, match=r"`spread` must be between 0 and 0.3, but is 2"):
        make_bench(spread="2")


def test_a_driver_without_a_twin_cannot_be_served(write_bench):
    path = write_bench()
    driver = '"pymeasure.instruments.keithley:Keithley2450"'
    path.write_text(path.read_text().replace('"keithley_2450:Keithley2450"', driver, 1))
    with pytest.raises(BenchFileError, match=r"must have a twin .*line \d+"):
        VirtualBench(Bench.load(path))


def test_a_driver_of_another_name_may_name_its_twin(write_bench):
    path = write_bench()
    driver = '"json.decoder:JSONDecoder"'
    text = path.read_text().replace('"keithley_2450:Keithley2450"', driver + '\ntwin = "keithley_2470:Keithley2470"', 1)
    path.write_text(text)
    with VirtualBench(Bench.load(path)) as bench:
        assert "MODEL 2470" in (bench.instruments["gate"].execute("*IDN?") or "")
    for twin, sentence in [
        ("keithley_2471:Keithley2470", r"`twin` must be a model of .*but is 'keithley_2471.*line \d+"),
        ("sr830:SR830", r"`twin` of 'gate' must play the role 'source_meter', but sr830:SR830 plays 'lock_in' .*line"),
    ]:
        path.write_text(text.replace("keithley_2470:Keithley2470", twin))
        with pytest.raises(BenchFileError, match=sentence):
            VirtualBench(Bench.load(path))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"at": -1.0}, "`at` of a fault must not be below 0, but is -1.0"),
        ({"after": -1}, "`after` of a fault must not be below 0, but is -1"),
        ({"at": 0.0, "delay": -2.0}, "`delay` of a fault must not be below 0"),
        ({"at": 0.0, "count": 0}, "`count` of a fault must be at least 1, but is 0"),
    ],
)
def test_a_fault_of_python_is_checked_as_well(fault, sentence):
    with pytest.raises(InstrumentMistake, match=sentence):
        Fault(instrument="gate", kind=FaultKind.TIMEOUT, **fault)


def test_flicker_has_equal_power_in_each_decade():
    """Means over 1 s scatter as those over 0.1 s, within a factor of 2: white noise would differ by 10."""
    flicker = Flicker(1e-9, 1.0, np.random.default_rng(1))
    short = np.array([flicker.over(0.1) for _ in range(4000)])
    long = short.reshape(-1, 10).mean(axis=1)
    steps = [np.var(np.diff(series)) for series in (short, long)]
    assert 0.5 < steps[0] / steps[1] < 2
