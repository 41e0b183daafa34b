"""The results: runs in a table that can be searched; show one, draw others beneath it, tag, export, report."""

from __future__ import annotations

import time
from pathlib import Path

from qtpy.QtCore import QItemSelectionModel, Qt, Signal
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from smtjlab.gui import keys, texts
from smtjlab.gui.keys import with_key
from smtjlab.gui.models.results import Result, Results
from smtjlab.gui.models.thumbnails import Thumbnails

from .fault_label import FaultLabel
from .run_table import SIZE, RunTable
from .theme import Theme

MOST_REPORTS = 5
"""Runs whose reports are written and opened at once."""
GOES_ON = 3.0
"""Seconds between two looks at the catalogue while a run goes on and somebody sees the table."""
WIDTHS = (142, 104, 70, 82, 126, 58)
"""Of the columns, in pixels; the last has what is left."""


class ResultsView(QWidget):
    """Shows Results. Signals carry run folders, one or a list of them."""

    show_wanted = Signal(object)
    overlay_wanted = Signal(object)
    reports_wanted = Signal(list)
    exports_wanted = Signal(list)
    tags_wanted = Signal(list, list, list)
    """Folders, words to be put on them, and words to be taken away."""

    def __init__(self, results: Results) -> None:
        super().__init__()
        self._results, self._thumbnails = results, Thumbnails()
        self._asked: tuple[Path, str] | None = None
        """Run whose details were asked for, and how it stood."""
        self._tagged: tuple[list[Path], list[str]] = ([], [])
        """Runs that are chosen, and the tags that they have in common."""
        self.rows = RunTable(self._thumbnails)
        self._make_table()
        self.details = QPlainTextEdit(readOnly=True, maximumBlockCount=200)
        self.details.setPlaceholderText(texts.DETAILS_EMPTY)
        self.details.setAccessibleName(texts.DETAILS)
        self._kept: set[Path] = set()
        self.search = QLineEdit(placeholderText=texts.SEARCH, clearButtonEnabled=True, accessibleName=texts.SEARCH)
        self.search.setToolTip(with_key(texts.SEARCH_TIP, keys.SEARCH))
        self.search.textChanged.connect(self._on_search)
        self.tags = QLineEdit(placeholderText=texts.TAGS, toolTip=texts.TAGS_TIP, accessibleName=texts.TAGS)
        self.tags.returnPressed.connect(self._on_tags)
        self.tags.textChanged.connect(lambda *_: self._check_tags())
        self.tags_fault = FaultLabel(self.tags)
        self.show_run = QPushButton(texts.SHOW, toolTip=texts.SHOW_TIP)
        self.overlay = QPushButton(texts.OVERLAY, toolTip=texts.OVERLAY_TIP)
        self.report = QPushButton(texts.OPEN_REPORT, toolTip=texts.OPEN_REPORT_TIP.format(most=MOST_REPORTS))
        self.export = QPushButton(texts.EXPORT, toolTip=texts.EXPORT_TIP)
        self.show_run.clicked.connect(self._on_show)
        self.overlay.clicked.connect(self._on_overlay)
        self.report.clicked.connect(lambda: self.reports_wanted.emit(self._folders()))
        self.export.clicked.connect(lambda: self.exports_wanted.emit(self._folders()))
        self._empty = QLabel(objectName="empty", alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Ask for the runs anew."""
        self._refreshed = time.monotonic()
        self._results.refresh()

    def look(self) -> None:
        """Show runs, curves and details, where they have come."""
        if self._results.take():
            self._show()
        if self.isVisible() and self._results.go_on and time.monotonic() - self._refreshed > GOES_ON:
            self.refresh()
        if self._thumbnails.take():
            self.rows.show_curves()
        found = self._results.take_details()
        if found is not None:
            lines = [f"{name}\t{text}" for name, text in found.rows]
            self.details.setPlainText("\n".join([*found.remarks, "", *lines]).strip())

    def showEvent(self, event: QShowEvent) -> None:
        """Come into sight with the newest run chosen, where none is."""
        super().showEvent(event)
        self._choose_newest()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self.rows.set_theme(theme)

    def close_threads(self) -> None:
        """End what still reads."""
        self._thumbnails.close()

    def _make_table(self) -> None:
        self.table = QTableView(accessibleName=texts.RESULTS)
        self.table.setModel(self.rows)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(SIZE.height() + 6)
        self.table.setIconSize(SIZE)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setAlternatingRowColors(True)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(len(WIDTHS), QHeaderView.ResizeMode.Stretch)  # as last section it stays too wide
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(WIDTHS):
            self.table.setColumnWidth(column, width)
        self.table.doubleClicked.connect(lambda *_: self._on_show())
        self.table.activated.connect(lambda *_: self._on_show())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._on_chosen())

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.search, 1)
        for button in (self.show_run, self.overlay, self.report, self.export):
            head.addWidget(button)
        page = QWidget()
        self._stack = QStackedLayout(page)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(head)
        layout.addWidget(page, 2)
        layout.addWidget(self.tags)
        layout.addWidget(self.tags_fault)
        layout.addWidget(self.details, 1)
        self._show()

    def _show(self) -> None:
        self._kept = set(self._folders()) or self._kept  # also over a look at a folder that could not be read
        if self.rows.show_rows(self._results.found):
            self._on_chosen()
        else:
            for number, row in enumerate(self.rows.rows if self._kept else ()):
                if row.folder in self._kept:
                    self._choose(number)
        self._empty.setText(self._results.fault or texts.RESULTS_EMPTY.format(runs=self._results.runs))
        self._stack.setCurrentIndex(1 if self._results.all else 0)
        self._choose_newest()
        self._enable()

    def _choose_newest(self) -> None:
        """Choose the newest run that has ended where none is chosen: whoever looks for one mostly looks for that."""
        if self.isVisible() and not self._folders():
            for newest in [number for number, row in enumerate(self.rows.rows) if row.ended][:1]:
                self._choose(newest)

    def _choose(self, row: int) -> None:
        choose = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().select(self.rows.index(row, 0), choose)

    def _on_chosen(self) -> None:
        self._enable()
        chosen = self._chosen()
        tags = _common_tags(chosen)
        if (told := ([one.folder for one in chosen], tags)) != self._tagged:  # else what somebody types there stays
            self._tagged = told
            self.tags.setText(" ".join(tags))
        asked = (chosen[0].folder, chosen[0].status) if len(chosen) == 1 else None
        if asked is not None and asked != self._asked:
            self._asked = asked
            self.details.setPlainText(texts.FITTING)
            self._results.ask_details(asked[0])

    def _on_search(self, words: str) -> None:
        self._results.search(words)
        self._show()

    def _on_show(self) -> None:
        if chosen := self._folders():
            self.show_wanted.emit(chosen[0])

    def _on_overlay(self) -> None:
        for folder in self._folders():
            self.overlay_wanted.emit(folder)

    def _on_tags(self) -> None:
        if not self._check_tags():
            return
        chosen, words = self._chosen(), self._words_of_tags()
        before = _common_tags(chosen)
        self.tags_wanted.emit(
            [one.folder for one in chosen],
            [word for word in words if word not in before],
            [word for word in before if word not in words],
        )

    def _check_tags(self) -> bool:
        """Say what is wrong with the words typed as tags; return whether nothing is."""
        fault = self._results.fault_of_tags(self._words_of_tags())
        self.tags_fault.tell(fault)
        return not fault

    def _words_of_tags(self) -> list[str]:
        return str(self.tags.text()).replace(",", " ").split()

    def _chosen(self) -> list[Result]:
        found = self.table.selectionModel().selectedRows()
        return [self.rows.rows[one.row()] for one in found if one.row() < len(self.rows.rows)]

    def _folders(self) -> list[Path]:
        return [one.folder for one in self._chosen()]

    def _enable(self) -> None:
        count = len(self.table.selectionModel().selectedRows())
        for widget in (self.overlay, self.export, self.tags):
            widget.setEnabled(count > 0)
        self.show_run.setEnabled(count == 1)
        self.report.setEnabled(0 < count <= MOST_REPORTS)


def _common_tags(chosen: list[Result]) -> list[str]:
    """Return the tags that all of some runs have, in the order of the first."""
    return [tag for tag in chosen[0].tags if all(tag in one.tags for one in chosen)] if chosen else []
