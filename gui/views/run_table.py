"""Runs as Qt asks for them: texts that stand ready, and a small curve before each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QPointF, QSize, Qt
from qtpy.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPen, QPixmap, QPolygonF

from smtjlab.gui import texts
from smtjlab.gui.models.results import Result
from smtjlab.gui.models.thumbnails import Curve, Thumbnails

from .theme import LIGHT, Theme

SIZE = QSize(60, 22)
"""Of a small curve, in pixels of a screen of ordinary density."""


class RunTable(QAbstractTableModel):
    """Results of a search, newest first."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.rows: Sequence[Result] = ()
        self._thumbnails = thumbnails
        self._theme = LIGHT
        self._pictures: dict[Curve, QIcon] = {}

    def show_rows(self, rows: Sequence[Result]) -> bool:
        """Show these rows; return whether they are the same runs as before, so that what is chosen stays chosen."""
        if [row.folder for row in rows] == [row.folder for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))
            return True
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()
        return False

    def set_theme(self, theme: Theme) -> None:
        """Draw curves in the colours of a theme."""
        self._theme = theme
        self._pictures.clear()
        self.show_curves()

    def show_curves(self) -> None:
        """Draw curves that have come."""
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, 0), [Qt.ItemDataRole.DecorationRole])

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
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.verdict
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._picture(self._thumbnails.of(row.folder, row.stand) or ())
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if role == Qt.ItemDataRole.DisplayRole and side == Qt.Orientation.Horizontal:
            return texts.RESULT_COLUMNS[section]
        return None

    def _picture(self, curve: Curve) -> QIcon:
        if curve not in self._pictures:
            icon = self._pictures[curve] = QIcon(_drawn(curve, self._theme.accent))
            icon.addPixmap(_drawn(curve, self._theme.base), QIcon.Mode.Selected)
        return self._pictures[curve]


def _drawn(curve: Curve, colour: str) -> QPixmap:
    application = QGuiApplication.instance()
    dense = application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
    picture = QPixmap(SIZE * dense)
    picture.setDevicePixelRatio(dense)
    picture.fill(Qt.GlobalColor.transparent)
    wide, high = SIZE.width() - 4, SIZE.height() - 4
    line = QPolygonF([QPointF(2 + x * wide, 2 + (1 - y) * high) for x, y in curve])
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), 1.4))
    painter.drawPolyline(line)
    painter.end()
    return picture
