"""A virtual 2636B on two resistors: readings, limits, off modes, filters, buffers."""

from __future__ import annotations

import struct

import pytest


@pytest.fixture
def on(dual):
    """Channel a at 1 V on four wires, its output on."""
    dual("smua.source.limiti = 0.02", "smua.sense = 1", "smua.source.levelv = 1", "smua.source.output = 1")
    return dual


def test_four_wires_measure_the_resistance_and_two_wires_add_the_leads(on):
    volts, amps = (float(word) for word in on("print(smua.measure.v(), smua.measure.i())").split("\t"))
    assert volts == pytest.approx(1, abs=1e-3)
    ohms = on.value("smua.measure.r()")
    assert ohms == pytest.approx(1000, rel=0.022)  # 1 mA on a range of 100 mA, whose offset may be 20 uA
    assert on.value("smua.measure.p()") == pytest.approx(volts * amps, rel=1e-3)
    on("smua.sense = 0")
    assert on.value("smua.measure.r()") - ohms == pytest.approx(2, abs=0.1)


def test_current_is_limited_where_ohms_law_says(on):
    on("smua.source.limiti = 5e-4")
    assert on.value("smua.measure.i()") == pytest.approx(5e-4, rel=2e-3)
    assert on("print(smua.source.compliance, status.measurement.instrument.smua.condition)") == "true\t2.00000e+00"
    on("status.measurement.current_limit.enable = 2 status.measurement.enable = 2 status.request_enable = 1")
    on("smua.source.limiti = 0.02 print(status.measurement.current_limit.condition) smua.source.limiti = 5e-4")
    assert on("print(status.measurement.current_limit.condition, status.measurement.condition)") == (
        "2.00000e+00\t2.05000e+03"  # with the bit of a closed interlock
    )
    assert on("*STB?") == "65"
    on("smua.source.limiti = 0.02")
    assert on("print(smua.source.compliance, status.measurement.instrument.smua.condition)") == "false\t0.00000e+00"


def test_a_source_of_current_is_limited_in_voltage(dual):
    dual("smub.source.func = smub.OUTPUT_DCAMPS", "smub.source.leveli = 1e-4", "smub.source.output = 1")
    assert dual.value("smub.measure.v()") == pytest.approx(1, rel=2e-3)
    dual("smub.source.limitv = 0.5")
    assert dual.value("smub.measure.v()") == pytest.approx(0.5, rel=2e-3)
    assert dual("print(status.measurement.instrument.smub.condition)") == "1.00000e+00"


def test_a_range_too_small_says_so_and_is_never_clipped(on):
    on("smua.measure.rangei = 1e-6")
    assert on("print(smua.measure.i())") == "9.91000e+37"
    assert on("print(status.measurement.instrument.smua.condition)") == "1.28000e+02"


def test_longer_integration_is_quieter_and_takes_longer(on):
    def spread(nplc):
        on(f"smua.measure.nplc = {nplc} smua.nvbuffer1.clear() smua.measure.count = 40")
        begun = on.bench.world.now()
        on("smua.measure.i(smua.nvbuffer1)")
        return on.value("smua.buffer.getstats(smua.nvbuffer1).stddev"), on.bench.world.now() - begun

    (quick, short), (slow, long) = spread(0.01), spread(1)
    assert quick > 2 * slow
    assert long > 20 * short


def test_off_is_0_v_and_high_impedance_is_open(on):
    on("smua.source.output = 0")
    assert abs(on.value("smua.measure.v()")) < 1e-3
    assert on.bench.world.seen_by("dual.a").voltage == 0
    on("smua.source.offmode = smua.OUTPUT_HIGH_Z")
    assert not on.twin.channels["a"].source.output
    assert on("print(smua.source.output)") == "0.00000e+00"


def test_both_channels_are_sources_of_their_own(on):
    on("smub.source.levelv = 2", "smub.source.output = 1")
    assert on.value("smub.measure.i()") == pytest.approx(2e-4, rel=2e-3)
    assert on.value("smua.measure.i()") == pytest.approx(1e-3, rel=2e-3)
    on("smua.reset()")
    assert on("print(smua.source.output, smub.source.output)") == "0.00000e+00\t1.00000e+00"


def test_filter_and_relative_offset_act_on_readings(on):
    on("smua.measure.rel.leveli = 1e-3", "smua.measure.rel.enablei = 1", "smua.measure.filter.count = 4")
    on("smua.measure.filter.type = smua.FILTER_MEDIAN", "smua.measure.filter.enable = 1")
    assert abs(on.value("smua.measure.i()")) < 5e-6
    on("smua.measure.i(smua.nvbuffer1)")
    assert int(on.value("smua.nvbuffer1.statuses[1]")) & (32 | 128) == 32 | 128


def test_measure_and_step_sets_the_next_level(on):
    assert on.value("smua.measureiandstep(2)") == pytest.approx(1e-3, rel=2e-3)
    assert on.value("smua.measure.i()") == pytest.approx(2e-3, rel=2e-3)


# Buffers


def test_a_buffer_keeps_readings_with_times_sources_and_states(on):
    on(
        "smua.nvbuffer1.collecttimestamps = 1",
        "smua.nvbuffer1.collectsourcevalues = 1",
        "smua.nvbuffer1.appendmode = 1",
    )
    on("for level = 1, 3 do smua.source.levelv = level smua.measure.i(smua.nvbuffer1) end")
    assert [float(word) for word in on("printbuffer(1, 3, smua.nvbuffer1)").split(", ")] == pytest.approx(
        [1e-3, 2e-3, 3e-3], rel=2e-3
    )
    assert on("printbuffer(1, 2, smua.nvbuffer1.sourcevalues)") == "1.00000e+00, 2.00000e+00"
    assert on.value("smua.nvbuffer1.timestamps[2]") > 0.02
    assert on("print(smua.nvbuffer1.measurefunctions[1], smua.nvbuffer1.sourceoutputstates[1])") == "Amps\tOn"
    assert on.value("smua.nvbuffer1[2]") == on.value("smua.nvbuffer1.readings[2]")
    assert on.value("smua.buffer.getstats(smua.nvbuffer1).max.reading") == on.value("smua.nvbuffer1[3]")


def test_without_append_mode_a_buffer_starts_anew(on):
    on("smua.measure.i(smua.nvbuffer1)", "smua.measure.i(smua.nvbuffer1)")
    assert on.value("smua.nvbuffer1.n") == 1


def test_a_buffer_of_a_script_is_full_or_forgets_its_oldest(on):
    on("b = smua.makebuffer(3)", "smua.measure.count = 5", "smua.measure.i(b)")
    assert (on.value("b.n"), on.error()) == (3, 4905)
    on("b.fillmode = smua.FILL_WINDOW", "smua.measure.iv(b, smua.nvbuffer2)")
    assert (on.value("b.n"), on.value("smua.nvbuffer2.n"), on.error()) == (3, 5, 0)


@pytest.mark.parametrize("count", [50, 200, 400])
def test_buffers_that_no_script_holds_are_forgotten(dual, count):
    dual(f"for place = 1, {count} do b = smua.makebuffer(10) end", "collectgarbage() collectgarbage()")
    assert len(dual.twin._buffers) == 4 + 1, "the nvbuffers, and the one that `b` still names"


@pytest.mark.parametrize(("form", "order", "layout"), [("REAL32", "SWAPPED", "<3f"), ("REAL64", "NORMAL", ">3d")])
def test_binary_blocks_have_their_exact_length(on, form, order, layout):
    on("smua.measure.count = 3", "smua.measure.i(smua.nvbuffer1)", f"format.data = format.{form}")
    answer = on(f"format.byteorder = format.{order} printbuffer(1, 3, smua.nvbuffer1)").encode("latin-1")
    assert answer[:2] == b"#0"
    assert struct.unpack(layout, answer[2:]) == pytest.approx([1e-3] * 3, rel=2e-3)
