"""Physics through the wire: what the two 2450s see of the one junction."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import BenchFileError
from smtjlab.instruments.keithley_2450_specification import MEASURE_CURRENT, MEASURE_VOLTAGE
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.predict import predict

from .conftest import Twin

READ = ':READ? "defbuffer1",READ,SOUR'
BIAS = ":SOUR:VOLT:RANG 0.2;:SOUR:VOLT:ILIM 2e-4;:SENS:CURR:RANG 1e-4;RSEN ON;:SOUR:VOLT 0.1;:OUTP ON"
GATE = ":SOUR:VOLT:RANG 2;:SOUR:VOLT:ILIM 1e-7;:OUTP ON"


def conductance(smu):
    current, voltage = (float(word) for word in smu(READ).split(","))
    return current / voltage


def truth_at(gate, junction=None):
    return float(predict(junction or Junction.preset("fig5"), "boltzmann", np.array([gate])).conductance[0])


def allowed(siemens):
    """Sum of the one-year limits of both readings: never exceeded."""
    volts, amperes = MEASURE_VOLTAGE[1], next(spec for spec in MEASURE_CURRENT if spec.range == 1e-4)
    return siemens * (volts.gain + volts.offset / 0.1 + amperes.gain + amperes.offset / (0.1 * siemens))


@pytest.mark.parametrize("gate", [0.0, 0.2, 0.28, 0.4])
def test_four_wires_read_the_truth_within_the_specification(pair, gate):
    gate_smu, smu = pair()
    smu(BIAS)
    gate_smu(f"{GATE};:SOUR:VOLT {gate}")
    # The gate itself is off by up to 300 µV + 0.02 %, the model has no lead: the slope counts.
    slope = abs(truth_at(gate + 5e-4) - truth_at(gate - 5e-4))
    assert abs(conductance(smu) - truth_at(gate)) < allowed(truth_at(gate)) + slope


def test_two_wires_read_the_leads_as_well(pair):
    _, smu = pair('lead_resistance = "50 ohm"\n')
    smu(BIAS)
    four = 1 / conductance(smu)
    smu(":SENS:CURR:RSEN OFF")
    assert 1 / conductance(smu) - four == pytest.approx(100.0, rel=0.01)


def test_compliance_trips_where_ohms_law_says(pair):
    _, smu = pair()
    smu(BIAS)
    current = truth_at(0.0) * 0.1
    smu(f":SOUR:VOLT:ILIM {current * 1.01}")
    assert smu(":SOUR:VOLT:ILIM:TRIP?") == "0"
    smu(f":SOUR:VOLT:ILIM {current * 0.99}")
    assert smu(":SOUR:VOLT:ILIM:TRIP?") == "1"
    assert smu.number(":READ?") == pytest.approx(current * 0.99, rel=2e-3)


def test_a_limited_source_says_so_in_its_reading_and_when_it_is_asked(smu):
    smu(BIAS + ";:SOUR:VOLT:ILIM 1e-5")
    current, voltage, status = (float(word) for word in smu(':READ? "defbuffer1",READ,SOUR,SOURSTAT').split(","))
    assert voltage == pytest.approx(current * 2000, rel=0.05)
    assert int(status) & 32
    assert smu(":SOUR:VOLT:ILIM:TRIP?") == "1"


def test_a_voltage_limit_holds_a_current_source(smu):
    smu(":SOUR:FUNC CURR;:SOUR:CURR:VLIM 0.05;:SOUR:CURR 1e-4;:SENS:FUNC 'VOLT';:SENS:VOLT:RSEN ON;:OUTP ON")
    assert smu(":SOUR:CURR:VLIM:TRIP?") == "1"
    assert smu.number(":READ?") == pytest.approx(0.05, rel=0.01)
    smu(":SOUR:CURR 1e-5")
    assert smu(":SOUR:CURR:VLIM:TRIP?") == "0"
    assert smu.number(":READ?") == pytest.approx(1e-5 / truth_at(0), rel=0.02)


def test_over_voltage_protection_lets_nothing_more_out(pair):
    gate, _ = pair('leakage_resistance = "1e6 ohm"\n')
    gate(":SOUR:VOLT:PROT PROT2;:SENS:FUNC 'VOLT';:OUTP ON;:SOUR:VOLT:ILIM 1e-3;:SOUR:VOLT 10")
    assert gate.number(":READ?") == pytest.approx(2.0, rel=1e-2)
    assert gate(":SOUR:VOLT:PROT:TRIP?") == "1"


def test_resistance_is_measured_too(smu):
    smu(BIAS + ";:SENS:FUNC 'RES';:SENS:RES:RSEN ON")
    assert smu.number(":READ?") == pytest.approx(1 / truth_at(0), rel=5e-3)
    smu(":SENS:RES:RANG 200")
    assert smu.number(":READ?") == 9.9e37


def test_a_range_that_is_too_small_reads_overflow_not_a_clipped_number(smu):
    smu(BIAS + ";:SENS:CURR:RANG 1e-6")
    assert smu.number(":READ?") == 9.9e37
    smu(":SENS:CURR:RANG:AUTO ON")
    assert smu.number(":READ?") < 1e-3
    assert smu(":SENS:CURR:RANG?") == "0.0001"


@pytest.mark.parametrize("state", ["NORM", "ZERO", "HIMP", "GUAR"])
def test_with_the_output_off_a_reading_is_noise_around_zero(smu, state):
    smu(BIAS + f";:OUTP OFF;:OUTP:VOLT:SMOD {state};:SENS:CURR:RANG:AUTO ON")
    assert abs(smu.number(":READ?")) < 1e-9


def test_the_gate_leaks_as_much_as_its_resistance_says(pair):
    gate, _ = pair('leakage_resistance = "1e9 ohm"\n')
    gate(GATE + ";:SOUR:VOLT 0.5;:SENS:CURR:RANG:AUTO ON")
    assert gate.number(":READ?") == pytest.approx(0.5e-9, abs=0.06e-9)


def test_a_gate_charges_no_faster_than_its_compliance(pair):
    """10 µF behind 1 µA: 0.1 V/s."""
    gate, _ = pair('gate_capacitance = "10 uF"\n')
    gate(GATE + ";:SOUR:VOLT:ILIM 1e-6;:SOUR:VOLT 0.2;:SENS:FUNC 'VOLT'")
    assert gate(":SOUR:VOLT:ILIM:TRIP?") == "1"
    gate.bench.world.sleep(1.0)
    assert gate.number(":READ?") == pytest.approx(0.106, abs=3e-3)
    gate.bench.world.sleep(2.0)
    assert gate(":SOUR:VOLT:ILIM:TRIP?") == "0"


def test_an_open_gate_keeps_its_charge_for_a_while(pair):
    """89 pF and 1e11 ohm: 8.9 s."""
    gate, smu = pair('gate_capacitance = "89 pF"\n')
    smu(BIAS)
    gate(GATE + ";:SOUR:VOLT 0.4;:READ?;:OUTP:VOLT:SMOD HIMP;:OUTP OFF")
    charged = conductance(smu)
    assert abs(charged - truth_at(0.4)) < abs(charged - truth_at(0.0))
    gate.bench.world.sleep(100.0)
    assert conductance(smu) == pytest.approx(truth_at(0.0), abs=allowed(truth_at(0.0)))


def sweep(gate, smu, volts):
    found = []
    for volt in volts:
        gate(f":SOUR:VOLT {volt:.4f}")
        gate.bench.world.sleep(0.1)
        found.append(conductance(smu))
    return np.array(found)


@pytest.mark.parametrize(("hysteresis", "differ"), [("0.1", True), ("0.0", False)])
def test_hysteresis_makes_up_and_down_branches_differ(pair, hysteresis, differ):
    gate, smu = pair(f"piezo_hysteresis = {hysteresis}\npiezo_hysteresis_voltage = 0.5\n")
    gate(GATE)
    smu(BIAS)
    volts = np.linspace(0, 0.5, 11)
    up, down = sweep(gate, smu, volts), sweep(gate, smu, volts[::-1])[::-1]
    assert bool(np.max(np.abs(up - down)) > 5e-6) is differ


def test_the_junction_lives_through_gates_at_which_nobody_reads(pair):
    """A visit to 0.5 V leaves its trace on a piezo with hysteresis."""
    gate, smu = pair("piezo_hysteresis = 0.2\npiezo_hysteresis_voltage = 0.5\n")
    gate(GATE + ";:SOUR:VOLT 0.3")
    smu(BIAS)
    before = conductance(smu)
    gate(":SOUR:VOLT 0.5;:SOUR:VOLT 0.3")
    assert abs(conductance(smu) - before) > 1e-6


def test_creep_needs_nothing_but_time(pair):
    gate, smu = pair("piezo_creep = 0.05\n")
    gate(GATE + ";:SOUR:VOLT 0.3")
    smu(BIAS)
    before = conductance(smu)
    gate.bench.world.sleep(3600.0)
    assert abs(conductance(smu) - before) > 1e-6


def test_resistance_falls_with_bias_where_tmr_rolls_off(pair):
    _, smu = pair('bias_half_tmr = "0.4 V"\n')
    smu(BIAS)
    small = conductance(smu)
    smu(":SOUR:VOLT:RANG 2;:SOUR:VOLT:ILIM 1e-3;:SENS:CURR:RANG 1e-3;:SOUR:VOLT 0.4")
    assert conductance(smu) / small > 1.1


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(pair):
    def numbers(**replaced):
        gate, smu = pair(**replaced)
        gate(GATE + ";:SOUR:VOLT 0.3")
        smu(BIAS)
        return [smu(READ) for _ in range(5)]

    assert numbers() == numbers()
    assert numbers() != numbers(seed="2")


def test_noise_falls_with_the_root_of_the_integration_time(smu):
    """The ratio of the variances of 400 readings stays within a factor of 1.5 of 10; false alarm below 1e-4."""
    smu(BIAS + ";:SENS:CURR:AZER OFF")
    spread = []
    for cycles in (0.1, 1.0):
        smu(f":SENS:CURR:NPLC {cycles};:SENS:COUN 400;:TRAC:TRIG")
        spread.append(smu.number(":TRAC:STAT:STDD?"))
        smu(":TRAC:CLE")
    assert 10 / 1.5 < (spread[0] / spread[1]) ** 2 < 10 * 1.5


def test_the_filter_averages_as_many_readings(smu):
    """As above, with 10 readings in each."""
    smu(BIAS + ";:SENS:COUN 400;:TRAC:TRIG")
    bare = smu.number(":TRAC:STAT:STDD?")
    smu(":TRAC:CLE;:SENS:CURR:AVER:COUN 10;:SENS:CURR:AVER ON;:TRAC:TRIG")
    assert 10 / 1.5 < (bare / smu.number(":TRAC:STAT:STDD?")) ** 2 < 10 * 1.5


def test_flicker_noise_is_off_unless_asked_for(pair):
    """1e-8 µm^2 in 0.44 µm^2 moves a reading by about 1e-4 x sqrt(8 ln 10); 0.5 times that is beaten surely."""

    def spread(more=""):
        _, smu = pair(more)
        smu(BIAS + ";:SENS:COUN 100;:TRAC:TRIG")
        return smu.number(":TRAC:STAT:STDD?") / smu.number(":TRAC:STAT:AVER?")

    assert spread('flicker_noise = "1e-8 um^2"\n') > 10 * spread()


def test_imagined_time_passes_and_nobody_waits(smu):
    world = smu.bench.world
    smu(BIAS)
    before = world.now()
    smu(":SENS:CURR:NPLC 10;:READ?")
    assert world.now() - before == pytest.approx(0.603, abs=2e-3)  # 3 x 10/50 s with autozero, and the source delay
    world.sleep(36_000.0)
    assert world.now() > 36_000.0


# Front and rear, and nothing at all


def wired(write_bench, **sides):
    path = write_bench()
    text = path.read_text(encoding="utf-8")
    lines = "".join(f'"{name}.terminals" = "{side}"\n' for name, side in sides.items())
    path.write_text(text.replace('"gate.hi"', f'{lines}"gate.hi"', 1), encoding="utf-8")
    return VirtualBench(Bench.load(path))


@pytest.mark.parametrize(("side", "front", "rear"), [("front", 1, 0), ("rear", 0, 1), ("both", 1, 1)])
def test_what_is_wired_at_one_side_is_not_seen_from_the_other(write_bench, side, front, rear):
    with wired(write_bench, junction=side) as bench:
        smu = Twin(bench, "junction")
        smu(BIAS)
        assert bool(smu.number(":READ?") > 1e-6) == front
        smu(":ROUT:TERM REAR;:OUTP ON")
        assert bool(smu.number(":READ?") > 1e-6) == rear


def test_a_side_must_be_one(write_bench):
    with pytest.raises(BenchFileError, match=r"'junction\.terminals' must be 'front' or 'rear' or 'both', but"):
        wired(write_bench, junction="back")


def test_a_source_of_current_with_nothing_at_its_terminals_goes_to_its_limit(smu):
    smu(":ROUT:TERM REAR;:SOUR:FUNC CURR;:SOUR:CURR -1e-5;:SOUR:CURR:VLIM 5;:SENS:FUNC 'VOLT';:OUTP ON")
    assert smu.number(":READ?") == pytest.approx(-5, rel=1e-3)
    assert smu(":SOUR:CURR:VLIM:TRIP?") == "1"
