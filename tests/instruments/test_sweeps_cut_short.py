"""Sweeps that are cut short: by the keyboard, by an interruption, by a second session that makes safe."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager

import pytest

from smtjlab.instruments.errors import (
    InstrumentFault,
    InstrumentMistake,
    InstrumentReported,
    Interrupted,
    SessionPoisoned,
)
from smtjlab.instruments.private_bench import InProcessBench, ServedBench, read_once, with_settings
from smtjlab.instruments.safe_state import SafePlan, carry_out

from .sweeping import LIMITS, SLOW, bench_text, every_model, sweeps, switched_on


@pytest.fixture
def bench_of(tmp_path):
    def make(model):
        (tmp_path / "bench.toml").write_text(bench_text(model), encoding="utf-8")
        return tmp_path / "bench.toml"

    return make


@every_model
def test_an_interruption_from_the_keyboard_ends_what_the_instrument_does(bench_of, model):
    def interrupted():
        assert sweeps(bench)
        raise KeyboardInterrupt

    with InProcessBench(read_once(bench_of(model), in_process=True)) as bench:
        driver = switched_on(bench)
        driver.sweeping = interrupted  # before anybody polls: on imagined time a poll ends what runs
        with pytest.raises(KeyboardInterrupt):
            driver.sweep([0.05, 0.0], delay=1.0)
        assert not sweeps(bench)


@every_model
def test_a_sweep_whose_line_fails_is_ended_over_a_line_that_is_healed(bench_of, model):
    def fails():
        assert sweeps(bench)
        driver.session.poison("a test said so.")
        return driver.session.query("*IDN?")

    with InProcessBench(read_once(bench_of(model), in_process=True)) as bench:
        driver = switched_on(bench)
        driver.sweeping = fails
        with pytest.raises(SessionPoisoned, match="a test said so"):
            driver.sweep([0.05, 0.0], delay=1.0)
        assert not sweeps(bench)
        assert driver.session.poisoned is None


def wait_until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come about"
        time.sleep(0.01)


@contextmanager
def sweeping(bench, driver, levels, delay):
    """Let a driver sweep in a thread of its own; yield what it ends with, once the thread is joined."""
    ended = []

    def run():
        try:
            ended.append(driver.sweep(levels, delay=delay))
        except (InstrumentFault, InstrumentMistake) as problem:
            ended.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        thread.join(30)


@every_model
def test_a_second_session_ends_a_sweep_and_makes_safe(bench_of, model):
    served = with_settings(read_once(bench_of(model), in_process=False), seed=None, clock="real", factor=None)
    limits = LIMITS if "2400" in model else SLOW
    with ServedBench(served) as bench:
        driver = switched_on(bench, limits, nplc=0.01)
        plan = SafePlan(visa_library="@py", steps=(driver.safe_step(driver.name, limits),))
        levels = [0.001 * place for place in range(100)] + [0.1] * 1000 + [0.0]
        levels[-1] = 0.1 if limits.slew else 0.0
        with sweeping(bench, driver, levels, 0.02) as ended:
            wait_until(lambda: bench.virtual.world.seen_by(driver.name).voltage > 0.02)
            report = carry_out(plan, clock=bench.clock)
        assert report.safe, str(report)
        told = " ".join(found["text"] for found in report.findings)
        assert re.search(r"Ramped from 0\.\d+ V to 0 V" if limits.slew else "Level set to 0 V", told)
        assert not any(bench.outputs().values())
        assert not sweeps(bench)
        assert bench.virtual.world.seen_by(driver.name).voltage == pytest.approx(0.0, abs=2e-3)
        assert isinstance(ended[0], InstrumentReported)
        assert "or end it in compliance, but took" in str(ended[0])
        assert not driver.output_is_on()


@every_model
def test_an_interrupted_sweep_leaves_what_the_safe_step_ends(bench_of, model):
    served = with_settings(read_once(bench_of(model), in_process=False), seed=None, clock="real", factor=None)
    with ServedBench(served) as bench:
        driver = switched_on(bench, nplc=0.01)
        plan = SafePlan(visa_library="@py", steps=(driver.safe_step(driver.name, LIMITS),))
        with sweeping(bench, driver, [0.05] * 2000 + [0.0], 0.02) as ended:
            wait_until(lambda: bench.virtual.world.seen_by(driver.name).voltage > 0.02)
            driver.session.interrupt("a stop was asked for")
        assert isinstance(ended[0], Interrupted)
        assert driver.session.interrupted == "a stop was asked for"
        wait_until(lambda: not sweeps(bench))  # the last word is not answered
        assert any(bench.outputs().values())
        report = carry_out(plan, sessions={driver.name: driver.session}, clock=bench.clock)
        assert report.safe, str(report)
        assert not any(bench.outputs().values())
        assert not sweeps(bench)
