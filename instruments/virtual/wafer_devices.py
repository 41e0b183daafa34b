"""The devices of a virtual wafer, brought to life as they come under the needles."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from smtjlab.instruments.wafer.wafer import Site

from .chuck import Chuck
from .living_device import LivingDevice
from .netlist import RELAY_RESISTANCE
from .wafer_truth import WaferTruth

if TYPE_CHECKING:
    from .world import World


def lay_wafer(world: World, chuck: Chuck) -> None:
    """Let the devices of a chuck's wafer come under its needles; nothing where one device lies there."""
    if chuck.wafer is None:
        return
    devices = WaferDevices(chuck.wafer, world.netlist.devices[chuck.wafer.device])

    truth = chuck.wafer

    def bring(pads: Site) -> None:
        world.rewire()  # what has passed until now has passed for the device before
        site = truth.behind(pads, world.netlist.joints)
        chuck.led = site is not None
        if site is not None:
            chuck.path_resistance = RELAY_RESISTANCE if truth.wafer.sub_site(site).route else 0.0
            world.netlist.exchange(devices.device(site))

    chuck.on_site = bring


class WaferDevices:
    """Of ten thousand devices one lives at a time; what has broken on the others is remembered."""

    def __init__(self, truth: WaferTruth, first: LivingDevice) -> None:
        """`first` is the device of the bench, whose surroundings, leads and noises all of them have."""
        self._truth = truth
        self._surroundings = first.truth
        self._living: tuple[Site, LivingDevice] | None = None
        self._broken: dict[Site, tuple[bool, bool]] = {}

    def device(self, site: Site) -> LivingDevice:
        """Return the device at a site, fresh from its rest unless it is the one that lives."""
        if self._living is not None:
            last, before = self._living
            if last == site:
                return before
            if before.broken or before.gate_broken:
                self._broken[last] = before.broken, before.gate_broken
        real = self._truth.at(site)
        truth = replace(self._surroundings, junction=real.junction, defect=real.defect)
        device = LivingDevice(self._truth.device, truth, self._truth.seed + zlib.crc32(str(site).encode()))
        if site in self._broken:
            device.broken, device.gate_broken = self._broken[site]
        self._living = site, device
        return device
