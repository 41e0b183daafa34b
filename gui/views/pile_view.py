"""The list of wafer runs, of which several are laid over each other."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from smtjlab.gui import wafer_texts as texts
from smtjlab.gui.models.pile import Pile
from smtjlab.gui.models.shown_wafer import WafersStacked

ENOUGH = 2
"""Wafers that a stack has at the least."""


class PileView(QWidget):
    """Lets wafer runs be chosen. `stacked` carries them over each other once that is known."""

    stacked = Signal(object)

    def __init__(self, pile: Pile) -> None:
        super().__init__()
        self._pile = pile
        self.list = QListWidget(toolTip=texts.STACK_TIP, accessibleName=texts.STACK)
        self.list.setFixedHeight(84)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemChanged.connect(self._on_changed)
        self.told = QLabel(texts.STACK_HINT, objectName="faint", wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.addWidget(self.list)
        layout.addWidget(self.told)

    def begin(self) -> None:
        """Ask anew which wafer runs there are."""
        self._pile.ask_runs()

    def look(self) -> None:
        """Show what has come since the last look."""
        runs = self._pile.take_runs()
        if runs is not None:
            kept = {item.data(Qt.ItemDataRole.UserRole) for item in self._checked()}
            self.list.blockSignals(True)
            self.list.clear()
            for run in runs:
                item = QListWidgetItem(run.words)
                item.setToolTip(run.words)
                item.setData(Qt.ItemDataRole.UserRole, run.folder)
                item.setCheckState(Qt.CheckState.Checked if run.folder in kept else Qt.CheckState.Unchecked)
                self.list.addItem(item)
            self.list.blockSignals(False)
        found = self._pile.take()
        if isinstance(found, WafersStacked):
            self.told.setText(found.sentence)
            self.stacked.emit(found)
        elif found is not None:
            self.told.setText(found)

    def _on_changed(self, _: QListWidgetItem) -> None:
        folders = [item.data(Qt.ItemDataRole.UserRole) for item in self._checked()]
        self.told.setText(texts.STACKING if len(folders) >= ENOUGH else texts.STACK_HINT)
        if len(folders) >= ENOUGH:
            self._pile.ask(folders)

    def _checked(self) -> list[QListWidgetItem]:
        items = [self.list.item(row) for row in range(self.list.count())]
        return [item for item in items if item is not None and item.checkState() == Qt.CheckState.Checked]
