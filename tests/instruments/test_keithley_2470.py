"""The strict 2470 on its twin, over a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import LimitError, UnsafeError
from smtjlab.instruments.keithley_2470 import Keithley2470
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.roles import SourceMeter
from smtjlab.instruments.session import Session
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

HIGH = Limits(voltage=(0, 400), current=1e-3)


@pytest.fixture
def keithley(tmp_path: Path) -> Iterator[tuple[Keithley2470, Any]]:
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("spread = 0.03", "spread = 0.0")
    path = tmp_path / "bench.toml"
    path.write_text(text.replace("keithley_2450:Keithley2450", "keithley_2470:Keithley2470"), encoding="utf-8")
    server = BenchServer(VirtualBench(Bench.load(path)))
    server.start()
    server.wait_until_warm()
    session = Session("@py", server.served.addresses["junction"], name="junction")
    yield Keithley2470(session), server.bench.instruments["junction"]
    session.close()
    server.close()


def test_it_plays_the_role_and_knows_its_instrument(keithley):
    driver, _ = keithley
    assert isinstance(driver, SourceMeter)
    assert driver.session.identify(driver.identity_pattern)
    driver.verify_language()


def test_it_measures_and_ends_safe(keithley):
    driver, twin = keithley
    limits = Limits(voltage=(-0.3, 0.3), current=2e-4)
    driver.configure(limits, largest_voltage=0.1, nplc=1.0, four_wire=True)
    driver.switch_on()
    driver.set_level(0.1)
    reading = driver.read_source()
    assert reading.voltage / reading.current == pytest.approx(2000, rel=1e-2)
    driver.ramp_off(limits)
    assert not twin.output_is_on


def test_high_voltage_has_its_range_and_its_protection(keithley):
    driver, twin = keithley
    settings = driver.configure(HIGH, largest_voltage=300, nplc=1.0, four_wire=False)
    assert (settings.source_range.range, settings.protection) == (1000.0, 500.0)
    assert twin.source.voltage.protection == "PROT500"


def test_hazardous_voltage_needs_a_closed_interlock(keithley):
    driver, twin = keithley
    driver.configure(HIGH, largest_voltage=300, nplc=1.0, four_wire=False)
    twin.open_interlock()
    with pytest.raises(UnsafeError, match="Interlock of `junction` must be closed above 42 V, but is open"):
        driver.switch_on()
    assert not twin.output_is_on


@pytest.mark.parametrize(
    ("limits", "largest", "sentence"),
    [
        (Limits(voltage=(0, 1200), current=1e-3), 1000, "must be within ±1100 V"),
        (Limits(voltage=(0, 1000), current=0.05), 800, "at most 0.021 A, which a 2470 gives at 800 V"),
    ],
)
def test_what_a_2470_cannot_do_is_refused(keithley, limits, largest, sentence):
    with pytest.raises(LimitError, match=sentence):
        keithley[0].configure(limits, largest_voltage=largest, nplc=1.0, four_wire=False)


def test_above_the_highest_protection_its_own_end_is_the_limit(keithley):
    driver, twin = keithley
    settings = driver.configure(Limits(voltage=(0, 1000), current=1e-3), largest_voltage=900, nplc=1, four_wire=False)
    assert (settings.protection, twin.source.voltage.protection) == (1100.0, "NONE")
