"""What is assumed of the devices that are compared."""

import math

import pytest

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.networks.devices import compared_devices
from smtjlab.simulation.networks.gate_weights import GateDevice


def test_what_a_switch_leaves_on_a_gate_is_the_noise_of_its_capacitance() -> None:
    """(kT/C)^(1/2) of 17.7 fF at 300 K; it goes with the root of the temperature."""
    for kelvin in (300.0, 77.0):
        devices = compared_devices(Junction.preset("fig5").changed(temperature=kelvin))
        noise = sorted({one.write_noise for one in devices if isinstance(one, GateDevice)})
        assert noise == pytest.approx([0.0, math.sqrt(1.380649e-23 * kelvin / 17.7084e-15)], rel=1e-4)
