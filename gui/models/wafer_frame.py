"""What of a wafer is in view: from metres on the wafer to pixels of a widget and back, zoomed and dragged."""

from __future__ import annotations

from dataclasses import dataclass

ROOM = 1.06
"""What is shown of a wafer at first, in its diameters; of a die or reticle in its own sizes."""
CLOSEST = 200.0
"""Largest zoom."""

Box = tuple[float, float, float, float]
"""Left, right, lower and upper end in m from the middle of the wafer."""


@dataclass
class WaferFrame:
    """A view of a wafer of a diameter in m, on so many pixels."""

    diameter: float = 1.0
    wide: int = 1
    high: int = 1
    x: float = 0.0
    """Middle of the view in m."""
    y: float = 0.0
    zoom: float = 1.0

    @property
    def scale(self) -> float:
        """Return pixels per metre."""
        return self.zoom * min(self.wide, self.high) / (ROOM * self.diameter)

    @property
    def box(self) -> Box:
        """Return what is in view."""
        across, up = self.wide / 2 / self.scale, self.high / 2 / self.scale
        return self.x - across, self.x + across, self.y - up, self.y + up

    def metres(self, right: float, down: float) -> tuple[float, float]:
        """Return the place on the wafer of a pixel."""
        return self.x + (right - self.wide / 2) / self.scale, self.y - (down - self.high / 2) / self.scale

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a place on the wafer."""
        return self.wide / 2 + (x - self.x) * self.scale, self.high / 2 - (y - self.y) * self.scale

    def whole(self) -> None:
        """Show the whole wafer."""
        self.x, self.y, self.zoom = 0.0, 0.0, 1.0

    def zoom_by(self, factor: float, right: float, down: float) -> None:
        """Zoom about a pixel, whose place stays where it is."""
        before = self.metres(right, down)
        self.zoom = min(max(self.zoom * factor, 1.0), CLOSEST)
        after = self.metres(right, down)
        self.x, self.y = self.x + before[0] - after[0], self.y + before[1] - after[1]

    def drag(self, right: float, down: float) -> None:
        """Move what is shown by so many pixels."""
        self.x, self.y = self.x - right / self.scale, self.y + down / self.scale

    def fit(self, box: Box) -> None:
        """Show a part of the wafer, with a little room around it."""
        left, right, low, up = box
        self.x, self.y, self.zoom = (left + right) / 2, (low + up) / 2, 1.0
        share = min(self.wide / (right - left), self.high / (up - low)) / ROOM
        self.zoom = min(max(share / self.scale, 1.0), CLOSEST)

    def show(self, x: float, y: float) -> None:
        """Move a place into view, where it is not."""
        left, right, low, up = self.box
        if not (left <= x <= right and low <= y <= up):
            self.x, self.y = x, y
