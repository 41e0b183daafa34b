"""What probers share, whatever they speak: a chuck that carries a wafer under fixed needles, and the time it takes.

Positions are where on the wafer the needles stand, in m: x to the right, y upwards. Home is where the prober believes
its home die to be; where the wafer really lies differs by an alignment error that nobody is told. Needles find a
device only where they hit its pads, at the middle of a die of the true wafer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.prober_specification import ProberSpecification

from .wafer_map import Die, WaferMap

if TYPE_CHECKING:
    from .wafer_truth import WaferTruth
    from .world import Doing, World

ELSEWHERE = 1.0
"""Distance in m from any device at which the needles stand where there is no wafer or no die."""
CLEANING = 1e-3
"""Half-width in m of the pad on which needles are cleaned."""
TOUCH = 0.5e-6
"""Height in m by which a chuck may fall short of contact and still touch."""


class ProbeStation:
    """Chuck, wafer and needles of one prober, as an operator has left it: home and contact set, at separation.

    Where the bench file says that the device is contacted, the needles are down.
    """

    def __init__(self, model: ProberSpecification, world: World, terminal: str, rng: np.random.Generator) -> None:
        self.model = model
        self.world = world
        self.chuck = world.chuck(terminal)
        self.rng = rng
        self.map = WaferMap()
        self.true_wafer = WaferMap()
        self.x, self.y, self.theta = 0.0, 0.0, 0.0
        self.home: tuple[float, float] | None = (0.0, 0.0)
        self.user: tuple[float, float] = (0.0, 0.0)
        """Zero of a coordinate system that somebody chose."""
        self.surface = 16e-3
        """Height of the chuck in m at which the needles touch."""
        self.contact_height: float | None = self.surface
        self.separation_gap, self.hover_gap, self.align_gap = 250e-6, 50e-6, 50e-6
        self.overtravel = 40e-6
        self.overtravel_is_on = True
        self.z = self.touching_height if self.chuck.contact else self.separation_height
        self.has_wafer = True
        self.vacuum = True
        self.aligned_angle = 0.0
        self.misalignment: tuple[float, float, float] = (0.0, 0.0, 0.0)
        """Where the wafer really lies: m to the right, m upwards, degrees."""
        self.moving = False
        self._place_wafer()
        self._look()

    # Where it stands

    @property
    def in_contact(self) -> bool:
        """Return whether the chuck is at contact height or above, whatever the needles find there."""
        return self.contact_height is not None and self.z > self.contact_height - TOUCH

    @property
    def above_separation(self) -> bool:
        """Return whether the chuck is too high to travel."""
        return self.contact_height is not None and self.z > self.contact_height - self.separation_gap + TOUCH

    @property
    def at_home(self) -> tuple[float, float]:
        """Return where the needles stand from home; from the middle of the stage where no home is set."""
        home = self.home or (0.0, 0.0)
        return self.x - home[0], self.y - home[1]

    @property
    def die(self) -> Die:
        """Return the die of the map that the prober believes under its needles."""
        right, up = self.at_home
        return (
            round(right / self.map.pitch[0]) + self.map.home[0],
            round(up / self.map.pitch[1]) + self.map.home[1],
        )

    def on_wafer(self) -> tuple[float, float]:
        """Return where on the true wafer the needles stand, in m from the middle of the die at home."""
        off_x, off_y, off_angle = self.misalignment
        angle = math.radians(off_angle + self.theta - self.aligned_angle)
        right, up = self.at_home
        return (
            math.cos(angle) * right + math.sin(angle) * up - off_x,
            math.cos(angle) * up - math.sin(angle) * right - off_y,
        )

    def under_needles(self) -> tuple[Die, float, float]:
        """Return the die of the true wafer under the needles, and how far off the middle of its pads they are in m."""
        x, y = self.on_wafer()
        width, height = self.true_wafer.pitch
        column, row = round(x / width), round(y / height)
        return (column, row), x - column * width, y - row * height

    # Movements, which take bench time

    def travel(self, x: float, y: float) -> Doing[None]:
        """Move along the plane at the height of the moment. Needles in contact are dragged, and land once more."""
        self._let_go()
        yield self.model.settling + math.hypot(x - self.x, y - self.y) / self.model.xy_speed
        self.x, self.y = x, y
        self._look()

    def lift(self, z: float) -> Doing[None]:
        """Move to a height in m."""
        if z < self.surface - TOUCH:
            self._let_go()
        yield self.model.settling + abs(z - self.z) / self.model.z_speed
        self.z = z
        self._look()

    def rotate(self, degrees: float) -> Doing[None]:
        """Turn the chuck to an angle."""
        self._let_go()
        yield self.model.settling + abs(degrees - self.theta) / self.model.theta_speed
        self.theta = degrees
        self._look()

    def separate(self) -> Doing[None]:
        """Lower the chuck to separation where it is above."""
        if self.above_separation:
            yield from self.lift(self.separation_height)

    def touch(self) -> Doing[None]:
        """Raise the chuck to contact, and by the overtravel where that is on."""
        yield from self.lift(self.touching_height)

    def go_to(self, die: Die, site: int, back_to_contact: bool) -> Doing[None]:
        """Separate, travel to a site of a die, and go back into contact where that is wanted and it was there."""
        was_in_contact = self.in_contact
        yield from self.separate()
        right, up = self.map.position(die, site)
        home = self.home or (0.0, 0.0)
        yield from self.travel(home[0] + right, home[1] + up)
        if was_in_contact and back_to_contact:
            yield from self.touch()

    def load(self) -> Doing[None]:
        """Put another wafer on the chuck. It lies elsewhere, and its home must be found again."""
        yield from self.separate()
        yield self.model.loading
        self.has_wafer, self.vacuum, self.home = True, True, None
        self._place_wafer()
        self._look()

    def unload(self) -> Doing[None]:
        """Take the wafer off the chuck."""
        yield from self.separate()
        yield self.model.loading
        self.has_wafer, self.vacuum = False, False
        self._look()

    # Heights

    @property
    def separation_height(self) -> float:
        """Return the height for travelling in m."""
        assert self.contact_height is not None
        return self.contact_height - self.separation_gap

    @property
    def touching_height(self) -> float:
        """Return the height of a contact in m, with overtravel where that is on."""
        assert self.contact_height is not None
        return self.contact_height + (self.overtravel if self.overtravel_is_on else 0.0)

    def within_reach(self, x: float, y: float) -> bool:
        """Return whether the needles can stand there."""
        return max(abs(x), abs(y)) <= self.model.travel

    # What the needles find

    def _place_wafer(self) -> None:
        right, up, angle = self.rng.standard_normal(3)
        self.misalignment = (
            float(right) * self.model.alignment,
            float(up) * self.model.alignment,
            float(angle) * self.model.tilt,
        )

    def _let_go(self) -> None:
        if self.chuck.contact:
            self.chuck.touch(made=False)

    def _look(self) -> None:
        """Tell the world where the needles stand, and whether they are down."""
        if self.chuck.wafer is None:
            self._look_at_die()
        else:
            self._look_at_wafer(self.chuck.wafer)
        down = self.has_wafer and self.z > self.surface - TOUCH
        if down or self.chuck.contact:
            self.chuck.touch(made=down, overtravel=max(0.0, self.z - self.surface))

    def _look_at_wafer(self, truth: WaferTruth) -> None:
        """Find the device of the wafer whose pads are nearest; home is the middle of die 0,0 as it is drawn."""
        (x, y), (right, up) = self.on_wafer(), truth.wafer.offset
        site, off_x, off_y = truth.near(x + right, y + up)
        if site is None or not self.has_wafer:
            self.chuck.move(ELSEWHERE, ELSEWHERE)
        else:
            self.chuck.stand_over(site, off_x, off_y)
        if truth.cleaning is not None and self.z > self.surface - TOUCH:
            far = math.hypot(x + right - truth.cleaning[0], y + up - truth.cleaning[1])
            if far < CLEANING and not self.chuck.contact:
                self.chuck.clean()

    def _look_at_die(self) -> None:
        die, right, up = self.under_needles()
        on_wafer = self.has_wafer and die in self.true_wafer.present
        if on_wafer and die != (self.chuck.column, self.chuck.row):
            self.chuck.go_to_die(*die)
        self.chuck.move(*((right, up) if on_wafer else (ELSEWHERE, ELSEWHERE)))
