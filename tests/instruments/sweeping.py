"""What the tests of sweeps share: a bench of each model that sweeps, its source meter switched on, its wire seen."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.limits import Limits

MODELS = {
    "keithley_2450:Keithley2450": "virtual",
    "keithley_2470:Keithley2470": "virtual",
    "keithley_2400:Keithley2400": "virtual",
    "keithley_2400:Keithley2410": "virtual",
    "keithley_2636b:Keithley2636B": "two_channel",
    "keithley_2636b:Keithley2602B": "two_channel",
}
LIMITS = Limits(voltage=(-0.3, 0.3), current=2e-4)
SLOW = replace(LIMITS, slew=1.0)

every_model = pytest.mark.parametrize("model", MODELS)


def bench_text(model):
    """Return the bench file of a model, which is both gate and junction."""
    text = (PACKAGED / f"{MODELS[model]}.toml").read_text(encoding="utf-8")
    return re.sub(r'(?m)^driver = ".*"', f'driver = "{model}"', text)


def switched_on(bench, limits=LIMITS, nplc=1.0):
    driver = bench.driver("junction")
    driver.configure(limits, largest_voltage=0.1, nplc=nplc, four_wire=False)
    driver.switch_on()
    return driver


def watched(driver):
    """Return the list into which every message of a driver goes from now on."""
    said = []

    class Watched:
        def __init__(self, inner):
            self.inner = inner

        def send(self, message):
            said.append(message)
            self.inner.send(message)

        def exchange(self, message, timeout):
            said.append(message)
            return self.inner.exchange(message, timeout)

        def clear(self):
            return self.inner.clear()

        def close(self):
            self.inner.close()

    driver.session.speak_through(Watched)
    return said


def sweeps(bench):
    """Return whether the junction's twin steps through a list now, as the world has it."""
    twins = bench.virtual.instruments
    if "dual" in twins:
        return bench.ask("dual", "print(smtjlab_sweep_b ~= nil)") == "true"
    with bench.virtual.world.lock:
        return twins["junction"].trigger_model.running
