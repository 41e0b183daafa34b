"""The main window: panels put together, intentions carried up to the lab, what it knows carried down."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QSettings, Qt, QTimer, QUrl
from qtpy.QtGui import QCloseEvent, QDesktopServices
from qtpy.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from smtjlab.gui import keys, texts
from smtjlab.gui.keys import with_key
from smtjlab.gui.models.desk import REPORT
from smtjlab.gui.models.fault_kinds import fault_kinds
from smtjlab.gui.models.lab import Lab
from smtjlab.gui.models.log_line import Line, Severity
from smtjlab.gui.models.run_feed import Glance
from smtjlab.gui.models.told import Told
from smtjlab.gui.models.words import id_of
from smtjlab.procedures.errors import MISTAKES

from .bench_panel import BenchPanel
from .escape_twice import EscapeTwice
from .live_plot import LivePlot
from .log_view import LogView
from .measurement_panel import MeasurementPanel
from .pictures import write_plot, write_window
from .plan_view import PlanView
from .queue_view import QueueView
from .remembered import recall, remember
from .results_view import ResultsView
from .run_bar import RunBar
from .splitter import split
from .tab_order import put_in_order
from .theme import DARK, LIGHT, put_on
from .virtual_drawer import VirtualDrawer
from .wafer_view import WaferView
from .window_keys import hear_window_keys

TICK = 33
"""Milliseconds between two looks at the lab."""


class MainWindow(QMainWindow):
    """Shows a Lab. It owns the lab, and closes it with itself; runs go on."""

    def __init__(self, lab: Lab, settings: QSettings) -> None:
        super().__init__()
        self._lab, self._settings = lab, settings
        self._other: Path | None = None
        self._is_new = False  # whether nothing was seen yet of the run that is shown
        self._build()
        self._connect()
        self.setWindowTitle(texts.WINDOW.format(bench=lab.desk.used.name))
        self.resize(1280, 800)
        self._on_dark(False)
        recall(self, settings)
        self.live.show_nothing()
        self._show_bench()
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Show what is new."""
        news = self._lab.look()
        seen = news.seen
        self.log.add(news.lines, since=self._lab.opened)
        if seen is not None and seen.glance is not None and seen.points is not None:
            ended = self.run_bar.show_glance(seen.glance)
            if ended:
                self.results.refresh()
            self.live.update_run(seen.glance, seen.points)
            self.wafer.show_glance(seen.glance)
            self._turn_to_wafer(seen.glance)
            self._show_bench()
        elif seen is not None and seen.fault:
            self.live.show_nothing(seen.fault)
            self.run_bar.show_nothing(seen.fault)
        for one in news.told:
            self._take(one)
        for found in news.safety:
            self.run_bar.show_safety(found)
        if news.begun is not None:  # after what was seen of the run before: that belongs to no other
            self.show_run(news.begun)
        self._show_under_way()
        self.queue.show_queue(self._lab.waiting())
        self.measurement.look(handing_in=self._lab.desk.handing_in)
        self.results.look()
        self.wafer.look()

    def show_run(self, folder: Path, *, by_hand: bool = False) -> None:
        """Show a run from its beginning; one that was chosen `by_hand` stays when another begins."""
        self._lab.show(folder, by_hand=by_hand)
        self._is_new = True
        self.live.show_nothing(texts.LIVE_WAITS)
        self.run_bar.show_nothing()
        self.wafer.show_nothing()
        self.drawer.show_truth("")
        if by_hand:
            self.tabs.setCurrentWidget(self.live)
        self._show_bench()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how the window stands; a run goes on without it."""
        self._timer.stop()
        self._escape.stop()
        remember(self, self._settings)
        self._lab.close()
        self.results.close_threads()
        super().closeEvent(event)

    def safe_now(self) -> None:
        """Make the bench safe."""
        self.log.add([Line(time.time(), Severity.WARNING, texts.MAKING_SAFE)])
        self.run_bar.begin_safety()
        self._lab.safe_now()

    def take_picture(self) -> None:
        """Save a picture of the window in the runs folder."""
        self.log.add(write_window(self, self._lab.runs))

    def write_svg(self) -> None:
        """Save what is plotted as SVG in the runs folder."""
        self.log.add(write_plot(self.live, self._lab.runs))

    def _build(self) -> None:
        self.live, self.log = LivePlot(), LogView()
        self.measurement = MeasurementPanel(self._lab.measurement)
        self.plan = PlanView(self._lab.plan, self._lab.runs)
        self.bench, self.run_bar = BenchPanel(), RunBar()
        self.results = ResultsView(self._lab.results)
        self.tabs = QTabWidget(documentMode=True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self.live, texts.LIVE)
        self.wafer = WaferView(self._lab.prober, self._lab.pile)
        self.tabs.addTab(self.wafer, texts.WAFER)
        self.tabs.addTab(self.results, texts.RESULTS)
        self.drawer = VirtualDrawer(fault_kinds())
        if self._lab.simulated:
            self.tabs.addTab(self.drawer, texts.VIRTUAL)
        self.queue = QueueView()
        left = split(Qt.Orientation.Vertical, (self.measurement, 3), (self.plan, 1), (self.queue, 0))
        right = split(Qt.Orientation.Vertical, (self.bench, 2), (self.log, 1))
        across = split(Qt.Orientation.Horizontal, (left, 0), (self.tabs, 1), (right, 0))
        across.setSizes([320, 640, 320])
        self.splitters = {"left": left, "right": right, "across": across}
        self.badge = QLabel(objectName="badge")
        self._bench_name = QLabel(objectName="heading")
        self.dark = QPushButton(texts.DARK_MODE, checkable=True, toolTip=with_key(texts.DARK_TIP, keys.DARK))
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 0)
        for widget in (self.badge, self._bench_name):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.dark)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        layout.addWidget(across, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 0, 8, 8)
        foot.addWidget(self.run_bar)
        layout.addLayout(foot)
        self.setCentralWidget(page)
        put_in_order(self.measurement, self.run_bar, self.tabs, self.plan, self.queue, self.bench, self.log, self.dark)
        self.measurement.procedure.setFocus()

    def _connect(self) -> None:
        self.measurement.run_wanted.connect(lambda: self._try(self._lab.run))
        self.measurement.add_wanted.connect(lambda: self._on_plan(self._lab.add_to_plan))
        self.plan.fault.connect(lambda text: self.log.add([Line(time.time(), Severity.ALARM, text)]))
        self.plan.start_wanted.connect(lambda: self._on_plan(self._lab.start_plan))
        self.run_bar.stop_wanted.connect(lambda: self._with_run(self._lab.desk.stop))
        self.run_bar.pause_wanted.connect(lambda: self._with_run(self._lab.desk.pause))
        self.run_bar.go_on_wanted.connect(lambda: self._with_run(self._lab.desk.go_on))
        self.run_bar.safe_wanted.connect(self.safe_now)
        self.run_bar.report_wanted.connect(self._on_report)
        self.run_bar.under_way_wanted.connect(self.show_run)
        self.drawer.fault_wanted.connect(lambda what: self._lab.desk.let_fail(self._lab.bench, what))
        self.drawer.truth_wanted.connect(lambda: self._lab.desk.reveal(self._lab.bench))
        self.drawer.pace_wanted.connect(lambda *pace: self._lab.desk.set_pace(self._lab.bench, *pace))
        self.drawer.opened.connect(lambda: self._lab.desk.ask_pace(self._lab.bench))
        self.bench.check_wanted.connect(self._on_look)
        self.bench.connect_wanted.connect(self._lab.connect)
        self.bench.disconnect_wanted.connect(self._on_disconnect)
        self.wafer.wish_wanted.connect(self._on_wish)
        self.results.show_wanted.connect(lambda folder: self.show_run(folder, by_hand=True))
        self.results.exports_wanted.connect(self._lab.desk.export)
        self.results.tags_wanted.connect(self._lab.desk.tag)
        self.results.overlay_wanted.connect(self._on_overlay)
        self.queue.wanted.connect(self._lab.change_queue)
        self.results.reports_wanted.connect(self._on_report)
        self.dark.toggled.connect(self._on_dark)
        self.tabs.currentChanged.connect(lambda *_: self.results.refresh())
        hear_window_keys(self)
        self._escape = EscapeTwice(self)
        self._escape.heard.connect(self.safe_now)

    def _take(self, told: Told) -> None:
        if told.run is not None and told.errand == "submit":
            glance = self._lab.glance
            if glance is None or glance.state.ended:
                self.show_run(told.run)
            self.results.refresh()
        if told.errand == "tag":
            self.results.refresh()
        if told.errand in ("look", "connect"):
            self.bench.check.setEnabled(True)
            self._show_bench()
        if told.points is not None:
            why = self.live.add_overlay(told.run.name if told.run else "", told.points)
            self.log.add([Line(time.time(), Severity.WARNING, why)] if why else [])
        self.drawer.take(told)
        if told.errand == "report" and told.run is not None and not told.fault:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(told.run / REPORT)))

    def _show_bench(self) -> None:
        simulated = self._lab.simulated
        self.badge.setText(texts.SIMULATED if simulated else texts.HARDWARE)
        self.badge.setToolTip(texts.SIMULATED_TIP if simulated else texts.HARDWARE_TIP)
        self.badge.setProperty("hardware", not simulated)
        other = self._lab.shown_elsewhere
        shown = f"{self._lab.bench.name}  ·  {texts.SHOWN_BENCH.format(bench=other)}" if other else self._lab.bench.name
        self._bench_name.setText(shown)
        self.bench.show_facts(self._lab.facts())
        self.drawer.show_instruments(list(self._lab.bench.instruments))

    def _turn_to_wafer(self, glance: Glance) -> None:
        """Turn from the curve to the map once, where the run that has begun is one of a wafer."""
        if glance.wafer is not None and self._is_new and self.tabs.currentWidget() is self.live:
            self.tabs.setCurrentWidget(self.wafer)
        self._is_new = self._is_new and glance.wafer is None and glance.taken == 0

    def _show_under_way(self) -> None:
        """Tell of a run that is under way while another one is shown; the bench is told as it is then."""
        other = self._lab.under_way
        self.run_bar.show_under_way(other)
        if other is not self._other:
            self._other = other
            self._show_bench()

    def _on_plan(self, change: Callable[[], Any]) -> None:
        self._try(change)
        self.plan.refresh()

    def _on_look(self) -> None:
        self.bench.check.setEnabled(False)
        self._lab.look_at_bench()

    def _on_disconnect(self, name: str) -> None:
        self._lab.disconnect(name)
        self._show_bench()

    def _on_wish(self, wish: str, sites: list[str]) -> None:
        if self._lab.glance is not None:
            self._lab.desk.wish(self._lab.glance.folder, wish, sites)

    def _on_overlay(self, folder: Path) -> None:
        self._lab.desk.read(folder)
        self.tabs.setCurrentWidget(self.live)

    def _on_report(self, folders: list[Path]) -> None:
        names = ", ".join(id_of(folder) for folder in folders)
        self.log.add([Line(time.time(), Severity.NOTE, texts.WRITING_REPORT.format(run=names))])
        self._lab.desk.report(folders)

    def _on_dark(self, dark: bool) -> None:
        theme = DARK if dark else LIGHT
        application = QApplication.instance()
        if isinstance(application, QApplication):
            put_on(application, theme)
        self.live.set_theme(theme)
        self.wafer.set_theme(theme)
        self.log.set_theme(theme)
        self.results.set_theme(theme)

    def _with_run(self, act: Callable[[str], None]) -> None:
        if self._lab.glance is not None:
            act(self._lab.glance.folder.name)

    def _try(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except (*MISTAKES, OSError) as error:
            self.log.add([Line(time.time(), Severity.ALARM, str(error))])
