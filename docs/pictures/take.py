"""Takes the pictures of this folder: the real window, offscreen, on the virtual bench with the real engine.

    python docs/pictures/take.py [--out docs/pictures] [--scenes multiplier wafer]

The window is opened once at 1280×800 pixels, and once at 2560×1440 with two pixels to each of its own. It is brought
from one state to the next as a person would bring it there, and each state is taken light and dark. Of the second
window only those of `AT_TWO` are kept, else the folder would be three times as large; `--all` keeps every one.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyqt5")

from PIL import Image
from qtpy.QtCore import QBuffer, QIODevice, QSettings, Qt
from qtpy.QtWidgets import QApplication, QWidget

from smtjlab.gui.models.lab import Lab
from smtjlab.gui.views.garbage import search_seldom
from smtjlab.gui.views.main_window import MainWindow
from smtjlab.instruments.virtual.launch import find_served, stop_served
from smtjlab.procedures.run import Run

SIZES = {1: (1280, 800), 2: (1280, 720)}
"""Of the window, in pixels of its own, by how many pixels of a screen stand for one."""
AT_TWO = ("live-running", "wafer-running")
NAMED = {"live-done": "window.png", "wafer-running": "window-wafer.png"}
"""Pictures of other pages, at 1280×800 and light."""
COLOURS, OF_MAP = 96, 256
"""The most frequent ones of each picture; a map has as many as its ramp."""
PATIENCE = 180.0
"""s"""


class Studio:
    """A window that is driven, and of which pictures are taken."""

    def __init__(self, application: QApplication, runs: Path, out: Path, scale: int, kept: tuple[str, ...]) -> None:
        self._application, self._out, self._scale, self._kept = application, out, scale, kept
        settings = QSettings(str(runs.parent / "settings.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(Lab("virtual", runs), settings)
        self.window.resize(*SIZES[scale])
        self.window.show()
        search_seldom(self.window)

    def wait(self, words: str, reached: Callable[[], bool]) -> None:
        """Let the window live until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not reached():
            if time.monotonic() > deadline:
                raise SystemExit(f"{words} has not come.\n{self.window.log.shown()}")
            self.live(0.02)

    def live(self, seconds: float) -> None:
        """Let the window live for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._application.processEvents()
            time.sleep(0.005)

    def take(self, name: str, page: QWidget | None = None, part: QWidget | None = None) -> None:
        """Take the window, or a part of it, light and dark, with a page in front."""
        if page is not None:
            self.window.tabs.setCurrentWidget(page)
        for theme in ("light", "dark"):
            self.window.dark.setChecked(theme == "dark")
            self.live(0.4)
            picture = _as_picture(part or self.window)
            if not self._kept or name in self._kept:
                self._save(picture, f"window-{name}{'-2x' * (self._scale == 2)}-{theme}.png")
            if self._scale == 1 and theme == "light" and name in NAMED:
                self._save(picture, NAMED[name])
        self.window.dark.setChecked(False)
        print(f"{time.process_time():6.1f} s  {name}", flush=True)

    def run(self, procedure: str, *, pace: str = "", model: str = "static", **fields: str) -> None:
        """Fill in a form, press Run, and wait until the run is shown; then time may pass at a pace."""
        panel, lab = self.window.measurement, self.window._lab
        before = lab.glance.run if lab.glance is not None else ""
        panel.procedure.setCurrentText(procedure)
        panel.model.setCurrentText(model)
        for name, text in fields.items():
            self.type(name, text)
        self.wait(f"That {procedure} can be run", panel.run.isEnabled)
        panel.run.click()
        self.window.tabs.setCurrentWidget(self.window.live)
        self.wait(f"The run of {procedure}", lambda: lab.glance is not None and lab.glance.run != before)
        if pace:
            self.wait("The bench", lambda: find_served(lab.desk.place_of(lab.bench).folder) is not None)
            self.window.drawer.pace_wanted.emit(pace, "1")

    def type(self, name: str, text: str) -> None:
        """Type into a field."""
        field = self.window.measurement.form.fields[name]
        field.setText(text)
        field.textEdited.emit(text)

    def _save(self, picture: Image.Image, name: str) -> None:
        counted = picture.getcolors(picture.width * picture.height) or []
        kept = OF_MAP if "-map-" in name else COLOURS
        most = [colour for _, colour in sorted(counted, reverse=True)[:kept]]
        palette = Image.new("P", (1, 1))
        palette.putpalette([part for colour in most for part in colour])
        few = picture.quantize(palette=palette, dither=Image.Dither.NONE)
        few.save(self._out / name, optimize=True)

    @property
    def taken(self) -> int:
        """How many points the run that is shown has, -1 where none is."""
        glance = self.window._lab.glance
        return -1 if glance is None else int(glance.taken)

    @property
    def has_ended(self) -> bool:
        """Whether the run that is shown has ended."""
        glance = self.window._lab.glance
        return glance is not None and bool(glance.state.ended)

    def reach(self, points: int) -> None:
        """Wait until a run that goes on has so many points."""
        self.wait(f"The {points}th point", lambda: not self.has_ended and self.taken >= points)

    def end(self, fault: str = "") -> None:
        """Wait until the run has ended, by itself or by a fault."""
        if fault:
            self.window.drawer.fault_wanted.emit(fault)
        else:
            self.window.drawer.pace_wanted.emit("fastest", "1")
        self.wait("The end of the run", lambda: self.has_ended)
        self.live(1.0)
        glance = self.window._lab.glance
        print(f"          {Run(glance.folder).meta['procedure']}: {glance.state}, {glance.reason}")


def empty(studio: Studio) -> None:
    """Nothing has been done yet."""
    window = studio.window
    studio.wait("That Run can be pressed", window.measurement.run.isEnabled)
    for name, page in (("live", window.live), ("wafer", window.wafer), ("results", window.results)):
        studio.take(f"{name}-empty", page)
    studio.take("virtual-empty", window.drawer)
    studio.type("stop", "400 mA")
    studio.type("points", "many")
    studio.wait("That a field is wrong", lambda: len(window._lab.measurement.faults) == 2)
    studio.take("form-fault", window.live)


def transfer(studio: Studio) -> None:
    """A transfer curve goes on, others wait, one is lost."""
    window = studio.window
    studio.run("transfer-curve", pace="1", model="sllg", stop="0.4 V", points="61")
    studio.reach(60)
    studio.take("live-running", window.live)
    window.measurement.add.click()
    studio.type("points", "41")
    studio.wait("That it can be planned", window.measurement.add.isEnabled)
    window.measurement.add.click()
    window.measurement.run.click()
    studio.wait("What waits", lambda: window.queue.list.count() == 1)
    studio.take("plan-queue", window.live)
    studio.take("results-running", window.results)
    window.queue.list.setCurrentRow(0)
    window.queue.remove.click()
    studio.wait("That nothing waits", lambda: window.queue.list.count() == 0)
    window.drawer.truth_wanted.emit()
    studio.wait("The truth", lambda: bool(window.drawer.truth.toPlainText()))
    studio.take("virtual-running", window.drawer)
    studio.end()
    studio.take("live-done", window.live)
    first = window._lab.glance.folder
    studio.run("transfer-curve", pace="10", points="41")
    studio.reach(30)
    studio.end("junction:drop@#0")
    studio.take("live-failed", window.live)
    window.results.overlay_wanted.emit(first)
    studio.wait("What lies beneath", lambda: bool(window.live.canvas.overlays.items))
    studio.take("live-overlay", window.live)


def multiplier(studio: Studio) -> None:
    """A product over both inputs."""
    live = studio.window.live
    for state in ("done", "failed"):
        studio.run("multiplier", pace="10", model="sllg")
        studio.wait("The map", live.map_button.isVisible)
        studio.reach(40)
        if state == "done":
            studio.take("map-running", live)
        studio.end("" if state == "done" else "gate:drop@#0")
        studio.take(f"map-{state}", live)


def fluctuations(studio: Studio) -> None:
    """A field loop, a telegraph trace, and a noise spectrum."""
    live = studio.window.live
    studio.run("field-loop", pace="10", points="41")
    studio.reach(45)
    studio.take("loop-running", live)
    studio.end()
    studio.take("loop-done", live)
    for procedure, name in (("telegraph-trace", "telegraph"), ("noise-spectrum", "spectrum")):
        studio.run(procedure, readings="4096")
        studio.wait("A closer look", live.closer_button.isVisible)
        studio.reach(1500)
        studio.take(f"{name}-running", live)
        studio.end()
        studio.take(f"{name}-done", live)


def wafer(studio: Studio) -> None:
    """A wafer goes on, and loses an instrument."""
    window = studio.window
    studio.run("wafer-walk")
    studio.reach(60)
    studio.take("wafer-running", window.wafer)
    studio.end("junction:drop@#0,count=1000000")
    studio.take("wafer-failed", window.wafer)


def lost(studio: Studio) -> None:
    """Runs have ended well and badly, and an instrument does not answer."""
    window = studio.window
    studio.run("transfer-curve", pace="10", points="41")
    studio.reach(10)
    studio.end("junction:drop@#0,count=1000000")
    window.bench.check.click()
    studio.wait("What a self-check has found", window.bench.check.isEnabled)
    studio.take("bench-lost", window.live)
    studio.take("bench-panel-lost", part=window.bench)
    studio.take("log-alarms", part=window.log)
    studio.take("virtual-failed", window.drawer)
    window.tabs.setCurrentWidget(window.results)
    studio.wait("All runs", lambda: window.results.rows.rowCount() >= 1)
    window.results.table.selectRow(0)
    studio.live(6.0)  # their curves and the figures of the newest are read meanwhile
    studio.take("results-failed", window.results)


def _as_picture(part: QWidget) -> Image.Image:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    part.grab().save(buffer, "PNG")
    return Image.open(io.BytesIO(bytes(buffer.data()))).convert("RGB")


SCENES = {one.__name__: one for one in (empty, transfer, multiplier, fluctuations, wafer, lost)}


def take_all(out: Path, scale: int, kept: tuple[str, ...], scenes: list[str]) -> None:
    """Take every picture of one window."""
    for attribute in (Qt.ApplicationAttribute.AA_EnableHighDpiScaling, Qt.ApplicationAttribute.AA_UseHighDpiPixmaps):
        QApplication.setAttribute(attribute)
    application, place = QApplication(["smtjlab"]), Path(tempfile.mkdtemp())
    (runs := place / "runs").mkdir()
    studio = Studio(application, runs, out, scale, kept)
    try:
        for scene in scenes:
            SCENES[scene](studio)
    finally:
        studio.window.close()
        for station in runs.glob(".stations/*/"):
            stop_served(station)
        shutil.rmtree(place, ignore_errors=True)


def main() -> None:
    """Take them at both scales, each in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--scale", type=int, choices=SIZES)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    words = parser.parse_args()
    words.out.mkdir(exist_ok=True)
    if words.scale is not None:
        take_all(words.out, words.scale, AT_TWO if words.scale == 2 and not words.all else (), words.scenes)
        return
    for scale in SIZES:
        command = [sys.executable, __file__, "--out", str(words.out), "--scale", str(scale), "--scenes", *words.scenes]
        environment = os.environ | {"QT_SCALE_FACTOR": str(scale)}
        subprocess.run([*command, *(["--all"] if words.all else [])], env=environment, check=True)


if __name__ == "__main__":
    main()
