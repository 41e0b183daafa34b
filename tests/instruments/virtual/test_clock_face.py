from __future__ import annotations

import sys
import threading
import time

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.virtual.clock import ScaledClock, VirtualClock
from smtjlab.instruments.virtual.clock_face import ClockFace, SeenClock
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no other system lends memory by a name in /proc")


def test_imagined_time_is_seen_to_the_last_bit():
    clock, face = VirtualClock(), ClockFace()
    clock.sleep(0.1)
    clock.show_on(face)
    seen = SeenClock(face.path)
    assert seen.now() == clock.now() == 0.1
    clock.pass_time(threading.Condition(), 0.2)
    assert seen.now() == clock.now()


def test_imagined_time_that_flows_is_seen_flowing(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    clock, face = VirtualClock(), ClockFace()
    clock.show_on(face)
    clock.flow()
    clock.sleep(5.0)
    moment[0] += 2.0
    assert SeenClock(face.path).now() == clock.now() == pytest.approx(7.0)


def test_scaled_time_is_seen_passing(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    clock, face = ScaledClock(50.0), ClockFace()
    clock.show_on(face)
    moment[0] += 2.0
    assert SeenClock(face.path).now() == pytest.approx(clock.now()) == pytest.approx(100.0)


def test_a_watched_channel_asks_no_more_and_tells_the_same(write_bench):
    server = BenchServer(VirtualBench(Bench.load(write_bench())))
    server.start()
    with ControlChannel(*server.served.control) as asking, ControlChannel(*server.served.control) as watching:
        watching.watch()
        watching.sleep(3.5)
        assert watching.now() == asking.now() == 3.5
        asking.sleep(1.0)
        assert watching.now() == 4.5
    assert watching.now() == 4.5
    server.close()


def test_a_system_without_such_memory_shows_nothing(monkeypatch, write_bench):
    monkeypatch.setattr(sys, "platform", "other")
    server = BenchServer(VirtualBench(Bench.load(write_bench())))
    server.start()
    with ControlChannel(*server.served.control) as channel:
        channel.watch()
        channel.sleep(2.0)
        assert channel.now() == 2.0
    server.close()


def test_a_face_that_is_gone_is_no_fault():
    with pytest.raises(OSError, match="No such file"):
        SeenClock("/proc/self/fd/99999")
