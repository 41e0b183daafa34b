"""The chuck of a prober: where the wafer is under the needles, whether they touch, and what touching costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtjlab.instruments.wafer.wafer import Site

    from .wafer_truth import WaferTruth

OVERTRAVEL = 40e-6
"""Overtravel in m at which a needle makes its specified contact."""
WEAR = 2e-3
"""Relative growth of the contact resistance with each touchdown of the same needles."""
PAD_WEAR = 0.05
"""The same of the pads of one device, whose metal is pushed aside."""
CLEANED = 0.1
"""Part of the needles' wear that a touch on the cleaning pad leaves."""
MISS = 5.0
"""Factor on the contact resistance of a needle that hardly touches."""


class Chuck:
    """What a prober moves. `on_change` lets the world open or close the needles of the device."""

    def __init__(self, device: str | None = None, pad: float = 40e-6) -> None:
        """`device` is the one under the needles; `pad` is the half-width in m of its pads."""
        self.device = device
        self.pad = pad
        self.x = 0.0
        """Position in m against the die's alignment mark."""
        self.y = 0.0
        self.column = 0
        self.row = 0
        self.contact = False
        """Whether the needles are down."""
        self.overtravel = 0.0
        """How far in m the chuck is driven beyond first touch."""
        self.touchdowns = 0
        self.worn = 0.0
        """Touchdowns of the needles that cleaning has not made good."""
        self.wafer: WaferTruth | None = None
        """The wafer whose devices come under the needles; None where one device lies there."""
        self.site: Site | None = None
        """The device of the wafer under the needles."""
        self.pads: Counter[Site] = Counter()
        """Touchdowns by device of the wafer."""
        self.on_site: Callable[[Site], None] = lambda site: None
        """Told which pads of the wafer have come under the needles, by the first device behind them."""
        self.lost = False
        """Whether the needles have lost contact though they are down: a fault that was asked for."""
        self.led = True
        """Whether the relays before the needles, where there are any, lead to one device behind the pads."""
        self.path_resistance = 0.0
        """Resistance in ohm of those relays in each wire."""
        self.on_change: Callable[[], None] = lambda: None

    def touch(self, made: bool, overtravel: float = OVERTRAVEL) -> None:
        """Set the needles down with an overtravel in m, or lift them."""
        if made and not self.contact:
            self.touchdowns += 1
            self.worn += 1
            if self.site is not None and abs(self.x) <= self.pad and abs(self.y) <= self.pad:
                self.pads[self.site] += 1
        self.contact, self.overtravel, self.lost = made, overtravel if made else 0.0, False
        self.on_change()

    def move(self, x: float, y: float) -> None:
        """Go to a position in m against the die's alignment mark."""
        self.x, self.y = x, y
        self.on_change()

    def go_to_die(self, column: int, row: int) -> None:
        """Go to the home position of a die of the wafer map."""
        self.column, self.row = column, row
        self.move(0.0, 0.0)

    def stand_over(self, site: Site, x: float, y: float) -> None:
        """Go to a place in m against the pads of a device of the wafer."""
        if site != self.site:
            self.site, (self.column, self.row) = site, site.die
            self.on_site(site)
        self.move(x, y)

    def relays_moved(self) -> None:
        """Look anew which device relays lead to."""
        if self.site is not None:
            self.on_site(self.site)
            self.on_change()

    def clean(self) -> None:
        """Rub off what needles have picked up."""
        self.worn *= CLEANED

    def lose_contact(self) -> None:
        """Let the needles lose contact until they are set down anew: a fault that was asked for."""
        self.lost = True
        self.on_change()

    @property
    def made(self) -> bool:
        """Return whether the needles touch the pads, and lead to a device behind them."""
        return self.contact and not self.lost and self.led and abs(self.x) <= self.pad and abs(self.y) <= self.pad

    @property
    def resistance_factor(self) -> float:
        """Return the factor on the contact resistance: little overtravel and many touchdowns make it grow."""
        pressed = 1.0 if self.overtravel >= OVERTRAVEL else MISS - (MISS - 1) * max(0.0, self.overtravel) / OVERTRAVEL
        scrubbed = 0 if self.site is None else max(0, self.pads[self.site] - 1)
        return pressed * (1 + WEAR * max(0.0, self.worn - 1)) * (1 + PAD_WEAR * scrubbed)
