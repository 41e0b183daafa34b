"""What is drawn, as SVG."""

from __future__ import annotations

import pyqtgraph as pg


def svg_of(scene: pg.GraphicsScene) -> bytes:
    """Return what a scene shows, as the bytes of a file."""
    from pyqtgraph.exporters import SVGExporter

    exporter = SVGExporter(scene)
    try:
        return bytes(exporter.export(toBytes=True))
    finally:
        exporter.params.clearChildren()  # they refer to it and it to them, until a collector of some thread comes
