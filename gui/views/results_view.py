"""The results: runs in a table that can be searched; show one, draw others beneath it, write and open reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from smtjlab.gui import texts
from smtjlab.gui.models.results import Results, Row, cells


class RunTable(QAbstractTableModel):
    """Rows of the catalogue as Qt asks for them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def show_rows(self, rows: list[Row]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        """Return the number of runs."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        """Return the number of columns."""
        return 0 if parent.isValid() else len(texts.RESULT_COLUMNS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what stands in a cell."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return cells(self.rows[index.row()])[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(self.rows[index.row()]["verdict"] or "")
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if role == Qt.ItemDataRole.DisplayRole and side == Qt.Orientation.Horizontal:
            return texts.RESULT_COLUMNS[section]
        return None


class ResultsView(QWidget):
    """Shows Results. Signals carry run folders."""

    show_wanted = Signal(object)
    overlay_wanted = Signal(object)
    report_wanted = Signal(object)
    export_wanted = Signal(object)

    def __init__(self, results: Results) -> None:
        super().__init__()
        self._results = results
        self._asked: tuple[Path, str] | None = None
        """Run whose details were asked for, and how it stood."""
        self.table = QTableView()
        self.rows = RunTable()
        self.table.setModel(self.rows)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.doubleClicked.connect(lambda *_: self._emit(self.show_wanted))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._on_chosen())
        self.details = QPlainTextEdit(readOnly=True, maximumBlockCount=200)
        self.details.setPlaceholderText(texts.DETAILS_EMPTY)
        self.search = QLineEdit(placeholderText=texts.SEARCH, clearButtonEnabled=True)
        self.search.textChanged.connect(self._on_search)
        self.show_run = QPushButton(texts.SHOW)
        self.overlay = QPushButton(texts.OVERLAY)
        self.report = QPushButton(texts.OPEN_REPORT)
        self.export = QPushButton(texts.EXPORT)
        for button, signal in (
            (self.show_run, self.show_wanted),
            (self.overlay, self.overlay_wanted),
            (self.report, self.report_wanted),
            (self.export, self.export_wanted),
        ):
            button.clicked.connect(lambda _=False, signal=signal: self._emit(signal))
        self._empty = QLabel(objectName="empty", alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Ask for the runs anew."""
        self._results.refresh()

    def look(self) -> None:
        """Show runs and details, where they have come."""
        if self._results.take():
            self._show()
        found = self._results.take_details()
        if found is not None:
            lines = [f"{name}\t{text}" for name, text in found.rows]
            self.details.setPlainText("\n".join([*found.remarks, "", *lines]).strip())

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
        layout.addWidget(self.details, 1)
        self._show()

    def _show(self) -> None:
        chosen = self._chosen()
        first = not self.rows.rows
        self.rows.show_rows(self._results.found)
        if first:
            self.table.resizeColumnsToContents()
        for number, row in enumerate(self.rows.rows):
            if Path(row["folder"]) in chosen:
                self.table.selectRow(number)
        self._empty.setText(self._results.fault or texts.RESULTS_EMPTY.format(runs=self._results.runs))
        self._stack.setCurrentIndex(1 if self._results.rows else 0)
        self._enable()

    def _on_chosen(self) -> None:
        self._enable()
        chosen = self._chosen()
        asked = (chosen[0], self._status_of(chosen[0])) if len(chosen) == 1 else None
        if asked is not None and asked != self._asked:
            self._asked = asked
            self.details.setPlainText(texts.FITTING)
            self._results.ask_details(chosen[0])

    def _on_search(self, words: str) -> None:
        self._results.search(words)
        self._show()

    def _chosen(self) -> list[Path]:
        found = self.table.selectionModel().selectedRows()
        return [Path(self.rows.rows[one.row()]["folder"]) for one in found if one.row() < len(self.rows.rows)]

    def _status_of(self, folder: Path) -> str:
        return next((str(row["status"]) for row in self.rows.rows if Path(row["folder"]) == folder), "")

    def _enable(self) -> None:
        for button in (self.show_run, self.overlay, self.report, self.export):
            button.setEnabled(bool(self._chosen()))

    def _emit(self, signal: Any) -> None:
        for folder in self._chosen():
            signal.emit(folder)
