"""The window's hot paths, offscreen: first paint, a million points, a wafer of twenty thousand sites.

    python benchmarks/window.py

Each is printed beside its goal: first paint of `smtjlab gui` within 1.5 s of its start (in a process of its own, files
warm), 16 ms for an update of a plot with a million points that goes on growing, and 16 ms for a frame of a wafer that
is coloured anew, or zoomed. As a peer, pyqtgraph draws the same million points by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from qtpy.QtWidgets import QApplication

from smtjlab.gui.models.curves import Curves
from smtjlab.gui.models.points import Axis, Points
from smtjlab.gui.models.wafer_colours import coloured
from smtjlab.gui.models.wafer_sites import STATE, Standing, WaferSites
from smtjlab.gui.views.curve_canvas import CurveCanvas
from smtjlab.gui.views.wafer_map import WaferMap
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.wafer.named import wafer_path

POINTS, PORTION = 1_000_000, 500
UPDATES = 30
FRAME = 16e-3
"""s"""
FIRST_PAINT = 1.5
"""s"""
START = """
import os, sys, tempfile, time
from pathlib import Path
os.environ["QT_API"] = "pyqt5"
from qtpy.QtCore import QSettings
from qtpy.QtWidgets import QApplication
from smtjlab.gui.models.lab import Lab
from smtjlab.gui.views.main_window import MainWindow
folder = Path(tempfile.mkdtemp())
lab = Lab("virtual", folder)
application = QApplication([])
window = MainWindow(lab, QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat))
window.show()
window.grab()
print(time.time(), flush=True)
os._exit(0)
"""


def first_paint() -> float:
    """Return the time in s from the start of a process to the first picture of its window, the best of three."""
    found = []
    for _ in range(3):
        begun = time.time()
        told = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True).stdout
        found.append(float(told) - begun)
    return min(found)


def timed(act: Callable[[], None], times: int = UPDATES) -> tuple[float, float]:
    """Return median and maximum of the processor time in s that an act takes."""
    found = []
    for _ in range(times):
        begun = time.thread_time()
        act()
        found.append(time.thread_time() - begun)
    return float(np.median(found)), max(found)


def line(count: int) -> Points:
    """Return a made-up run: a noisy loop, up and down."""
    points = Points()
    at = np.linspace(0, 40 * np.pi, count)
    gate = 0.2 * (1 - np.cos(at))
    value = 5e-4 + 1e-4 * gate + 1e-6 * np.random.default_rng(1).standard_normal(count)
    points.branches = [""]
    points.take({
        "number": np.arange(count, dtype=float), "time": at, "value": value, "gate": gate, "sigma": 0 * gate,
        "branch": 0 * gate, "flagged": 0 * gate, "median": value, "low68": value, "high68": value + 1e-6,
        "low95": value, "high95": value,
    })  # fmt: skip
    return points


def million(application: QApplication) -> tuple[tuple[float, float], float]:
    """Return how long an update of a million points takes, and how long pyqtgraph takes that draws all of them."""
    points = line(POINTS + UPDATES * PORTION)
    canvas = CurveCanvas()
    canvas.resize(1280, 800)
    canvas.show()
    curves = Curves(points, Axis("gate", "Gate voltage", "V"), points.value)
    curves.update(POINTS, POINTS)
    canvas.begin(curves)
    canvas.draw()
    application.processEvents()
    taken = POINTS

    def update() -> None:
        nonlocal taken
        taken += PORTION
        curves.update(taken, taken)
        canvas.draw()
        canvas.grab()

    ours = timed(update)
    bare = pg.PlotWidget()
    bare.resize(1280, 800)
    bare.show()
    drawn = bare.plot(points.columns["gate"][:POINTS], points.columns["value"][:POINTS], pen=pg.mkPen("k"))

    def redraw() -> None:
        drawn.setData(points.columns["gate"][:POINTS], points.columns["value"][:POINTS])
        bare.grab()

    theirs, _ = timed(redraw, 3)
    application.processEvents()
    return ours, theirs


def wafer() -> tuple[int, tuple[float, float], tuple[float, float]]:
    """Return how many sites there are, and how long a frame takes where colours change, and where it is zoomed."""
    drawn = read_wafer(wafer_path("200mm"))
    denser = replace(
        drawn, pitch=(drawn.pitch[0] / 1.4, drawn.pitch[1] / 1.4), size=(drawn.size[0] / 1.45, drawn.size[1] / 1.45)
    )
    sites = WaferSites(denser, list(denser.all_sites))
    shown = WaferMap()
    shown.resize(900, 800)
    shown.show_sites(sites)
    shown.show()
    rng = np.random.default_rng(1)
    ramp = np.zeros((256, 3), np.uint8)

    def recolour() -> None:
        sites.standing[rng.integers(len(sites.sites), size=50)] = Standing.DONE
        found = coloured(sites, STATE, (ramp, ramp))
        shown.set_colours(found.colours, found.hatches)
        shown.grab()

    def zoom() -> None:
        shown.redraw()
        shown.grab()

    return len(sites.sites), timed(recolour), timed(zoom)


def main() -> None:
    """Print each beside its goal."""
    application = QApplication([])
    start = first_paint()
    print(f"first paint: {start:.2f} s; {start / FIRST_PAINT:.2f} of the goal")
    (median, most), theirs = million(application)
    print(f"update of {POINTS} points: median {1e3 * median:.1f} ms, maximum {1e3 * most:.1f} ms; "
          f"{median / FRAME:.2f} of the goal, {median / theirs:.3f} of pyqtgraph's {1e3 * theirs:.0f} ms")  # fmt: skip
    count, (median, most), (zoomed, longest) = wafer()
    told = f"median {1e3 * median:.1f} ms, maximum {1e3 * most:.1f} ms"
    print(f"wafer of {count} sites: {told}; {median / FRAME:.2f} of the goal")
    print(f"  zoomed: median {1e3 * zoomed:.1f} ms, maximum {1e3 * longest:.1f} ms; {zoomed / FRAME:.2f} of the goal")


if __name__ == "__main__":
    main()
