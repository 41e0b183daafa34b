"""Trigger models of a virtual 2636B: sweeps that are seen sweeping, events, blenders, timers, both channels at once."""

from __future__ import annotations

import pytest


@pytest.fixture
def on(dual):
    """Channel a at 1 V on four wires, its output on."""
    dual("smua.source.limiti = 0.02", "smua.sense = 1", "smua.source.levelv = 1", "smua.source.output = 1")
    return dual


def readings(dual, buffer="smua.nvbuffer1"):
    return [float(word) for word in dual(f"printbuffer(1, {buffer}.n, {buffer})").split(", ")]


def set_up(dual, points=5, smu="smua"):
    dual(
        f"{smu}.trigger.source.linearv(0, 1, {points}) {smu}.trigger.source.action = {smu}.ENABLE",
        f"{smu}.trigger.measure.iv({smu}.nvbuffer1, {smu}.nvbuffer2) {smu}.trigger.measure.action = {smu}.ENABLE",
        f"{smu}.trigger.count = {points} {smu}.trigger.endpulse.action = {smu}.SOURCE_HOLD",
    )


def test_a_sweep_is_seen_sweeping_before_it_is_seen_done(on):
    set_up(on)
    assert on("print(status.operation.sweeping.condition)") == "0.00000e+00"
    on("smua.trigger.initiate()")
    assert on("print(status.operation.sweeping.condition, status.operation.instrument.smua.condition)") == (
        "2.00000e+00\t8.00000e+00"
    )
    assert on("print(status.operation.sweeping.condition, smua.nvbuffer1.n)") == "0.00000e+00\t5.00000e+00"
    assert readings(on) == pytest.approx([0, 2.5e-4, 5e-4, 7.5e-4, 1e-3], rel=3e-3, abs=2e-6)
    assert readings(on, "smua.nvbuffer2") == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=1e-3)


def test_even_a_short_sweep_on_real_time_is_seen_once(make_dual):
    dual = make_dual(clock='"real"')
    set_up(dual, points=1)
    dual("smua.measure.nplc = 0.001 smua.measure.delay = 0 smua.measure.autozero = 0 smua.trigger.initiate()")
    dual.bench.world.sleep(0.1)
    assert not dual.twin.channels["a"].sweeping
    assert dual("print(status.operation.sweeping.condition)") == "2.00000e+00"
    assert dual("print(status.operation.sweeping.condition)") == "0.00000e+00"


def test_a_script_that_polls_sees_both(on):
    set_up(on)
    on("smua.trigger.initiate() seen = 0")
    on("while status.operation.sweeping.condition ~= 0 do seen = seen + 1 end")
    assert on.value("seen") == 1
    assert on.value("smua.nvbuffer1.n") == 5


def test_waiting_for_completion_waits_for_the_sweep(on):
    set_up(on)
    begun = on.bench.world.now()
    assert on("smua.trigger.initiate() waitcomplete() print(smua.nvbuffer1.n)") == "5.00000e+00"
    assert on.bench.world.now() - begun > 5 * 0.02
    assert on("print(status.operation.sweeping.condition)") == "0.00000e+00"
    on("*CLS", "smua.trigger.initiate()", "*OPC")
    assert int(on("*ESR?")) & 1 == 0
    assert on("*OPC?") == "1"
    assert int(on("*ESR?")) & 1 == 1


@pytest.mark.parametrize(
    ("sweep", "levels"),
    [
        ("linearv(-1, 1, 3)", [-1, 0, 1]), ("listv({0.5, 0.1, 0.3})", [0.5, 0.1, 0.3]),
        ("logv(0.01, 1, 3)", [0.01, 0.1, 1]),
        ("logv(0, 0.9, 3, -0.1)", [0, 0.2162, 0.9]),
    ],
)  # fmt: skip
def test_sweeps_have_many_forms(on, sweep, levels):
    set_up(on)
    on(f"smua.trigger.source.{sweep} smua.trigger.count = 3 smua.trigger.initiate() waitcomplete()")
    assert readings(on, "smua.nvbuffer2") == pytest.approx(levels, abs=1e-3)


def test_a_current_is_swept_as_well(on):
    on("smub.source.func = 0 smub.source.limitv = 5 smub.source.output = 1")
    on("smub.trigger.source.lineari(0, 1e-4, 3) smub.trigger.source.action = 1 smub.trigger.measure.action = 1")
    on("smub.trigger.measure.v(smub.nvbuffer1) smub.trigger.count = 3 smub.trigger.initiate() waitcomplete()")
    assert readings(on, "smub.nvbuffer1") == pytest.approx([0, 0.5, 1], abs=2e-3)


def test_a_pulse_returns_to_the_bias_and_a_hold_does_not(on):
    set_up(on)
    on("smua.trigger.endpulse.action = smua.SOURCE_IDLE smua.trigger.endsweep.action = smua.SOURCE_IDLE")
    on("smua.source.levelv = 0.2 smua.trigger.initiate() waitcomplete()")
    assert on.value("smua.source.levelv") == pytest.approx(0.2)
    assert on.bench.world.seen_by("dual.a").voltage == pytest.approx(0.2, abs=1e-3)
    on("smua.trigger.endpulse.action = 1 smua.trigger.endsweep.action = 1 smua.trigger.initiate() waitcomplete()")
    assert on.bench.world.seen_by("dual.a").voltage == pytest.approx(1, abs=1e-3)
    assert on.value("smua.source.levelv") == pytest.approx(1)


def test_a_trigger_model_waits_for_its_event(on):
    set_up(on)
    on("smua.trigger.arm.stimulus = trigger.EVENT_ID smua.trigger.initiate()")
    assert on("print(status.operation.sweeping.condition)") == "2.00000e+00"
    assert on("print(status.operation.sweeping.condition, smua.nvbuffer1.n)") == "2.00000e+00\t0.00000e+00"
    on("*TRG")
    on("print(status.operation.sweeping.condition)")
    assert on("print(status.operation.sweeping.condition, smua.nvbuffer1.n)") == "0.00000e+00\t5.00000e+00"


def test_two_channels_step_together_by_blenders(on):
    set_up(on)
    set_up(on, smu="smub")
    on("smub.source.output = 1 smua.trigger.source.stimulus = trigger.blender[1].EVENT_ID")
    on("trigger.blender[1].orenable = true trigger.blender[1].stimulus[1] = smua.trigger.ARMED_EVENT_ID")
    on("trigger.blender[1].stimulus[2] = smua.trigger.PULSE_COMPLETE_EVENT_ID")
    on("trigger.blender[2].stimulus[1] = smua.trigger.MEASURE_COMPLETE_EVENT_ID")
    on("trigger.blender[2].stimulus[2] = smub.trigger.MEASURE_COMPLETE_EVENT_ID")
    on("smub.trigger.source.stimulus = smua.trigger.SOURCE_COMPLETE_EVENT_ID")
    on("smua.trigger.endpulse.stimulus = trigger.blender[2].EVENT_ID")
    on("smub.trigger.initiate() smua.trigger.initiate()")
    assert on("print(status.operation.sweeping.condition)") == "6.00000e+00"
    on("waitcomplete()")
    assert readings(on, "smub.nvbuffer1") == pytest.approx([0, 2.5e-5, 5e-5, 7.5e-5, 1e-4], abs=2e-6)
    assert on("print(smua.nvbuffer1.n, errorqueue.count)") == "5.00000e+00\t0.00000e+00"


def test_a_timer_paces_a_sweep(on):
    set_up(on)
    on("trigger.timer[1].delay = 0.5 trigger.timer[1].count = 5 trigger.timer[1].passthrough = true")
    on("trigger.timer[1].stimulus = smua.trigger.ARMED_EVENT_ID smua.nvbuffer1.collecttimestamps = 1")
    on("smua.trigger.source.stimulus = trigger.timer[1].EVENT_ID smua.trigger.initiate() waitcomplete()")
    assert on.value("smua.nvbuffer1.timestamps[3] - smua.nvbuffer1.timestamps[2]") == pytest.approx(0.5, abs=0.11)


def test_an_abort_ends_a_sweep_that_would_never_end(on):
    set_up(on)
    on("smua.trigger.count = 0 smua.trigger.initiate()")
    on.bench.world.sleep(1.0)
    on("smua.abort()")
    assert on("print(status.operation.sweeping.condition, smua.source.levelv)") == "0.00000e+00\t1.00000e+00"
    on("smua.trigger.initiate() smua.source.output = 0")
    assert not on.twin.channels["a"].sweeping
    assert not on.twin.output_is_on


@pytest.mark.parametrize(
    ("preparation", "code"),
    [
        ("smua.trigger.initiate()", 5041), ("smua.abort() smua.source.func = 0", -221),
        ("smua.abort() smua.source.rangev = 0.2", 5005),
        ("smua.abort() smua.trigger.source.linearv(0, 0.1, 0)", 1101),
    ],
)  # fmt: skip
def test_a_sweep_that_cannot_run_is_refused(on, preparation, code):
    set_up(on)
    on("smua.source.levelv = 0 smua.trigger.count = 0 smua.trigger.initiate()")
    on(f"{preparation} smua.trigger.initiate()")
    assert on.error() == code


def test_overlapped_measurements_go_on_meanwhile(on):
    on("smua.measure.count = 10 smua.measure.overlappedi(smua.nvbuffer1)")
    assert on("print(status.operation.measuring.condition)") == "2.00000e+00"
    on("waitcomplete()")
    assert on("print(smua.nvbuffer1.n, status.operation.measuring.condition)") == "1.00000e+01\t0.00000e+00"
    on("smua.measure.overlappedi(smua.nvbuffer1) while smua.nvbuffer1.n < 10 do end")
    assert on.error() == 0


def test_the_factory_script_sweeps(on):
    on("SweepVLinMeasureI(smua, 0, 1, 0.001, 3)")
    assert readings(on) == pytest.approx([0, 5e-4, 1e-3], abs=3e-6)
    assert on("print(smua.source.output)") == "0.00000e+00"
    on("SweepILinMeasureV(smub, 0, 1e-4, 0.001, 3) SweepVListMeasureI(smua, {1, 2}, 0.001, 2)")
    assert readings(on) == pytest.approx([1e-3, 2e-3], abs=6e-6)
    assert on.error() == 0


def test_waiting_for_an_event_ends_with_it_or_with_its_time(on):
    assert on("print(trigger.wait(0.1))") == "false"
    on("*TRG")
    assert on("print(trigger.wait(0.1), trigger.overrun)") == "true\tnil"
    on("trigger.timer[2].delay = 0.05 trigger.timer[2].stimulus = trigger.generator[1].EVENT_ID")
    assert on("trigger.timer[2].clear() trigger.generator[1].assert() print(trigger.timer[2].wait(1))") == "true"
