"""The plan: measurements in order, to be moved, taken away, taken back, and handed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from smtjlab.gui import keys, texts
from smtjlab.gui.keys import with_key
from smtjlab.gui.models.plan_file import read_plan, write_plan
from smtjlab.gui.models.plan_list import PlanList
from smtjlab.instruments.quantity import format_duration
from smtjlab.procedures.errors import MISTAKES

from .fault_label import FaultLabel
from .file_question import ask_for_plan
from .shortcuts import hear_keys


class PlanView(QWidget):
    """Shows a PlanList. `start_wanted` asks that all of it be handed in; `fault` tells of a file what is wrong."""

    start_wanted = Signal()
    fault = Signal(str)

    def __init__(self, plan: PlanList, folder: Path) -> None:
        """`folder` is where plans are saved, where nobody says otherwise."""
        super().__init__()
        self._plan = plan
        self.list = QListWidget(accessibleName=texts.PLAN)
        self.list.currentRowChanged.connect(lambda *_: self._enable())
        self._empty = QLabel(texts.PLAN_EMPTY, objectName="faint", wordWrap=True)
        self.file_fault = FaultLabel(self.list)
        self._total = QLabel(objectName="faint")
        page = QWidget()
        page.setMinimumHeight(48)
        self._stack = QStackedLayout(page)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.list)
        self.buttons = {
            words: QPushButton(words, objectName="small")
            for words in (texts.UP, texts.DOWN, texts.REMOVE, texts.UNDO, texts.REDO)
        }
        self.start = QPushButton(texts.START_PLAN, toolTip=with_key(texts.START_PLAN_TIP, keys.START_PLAN))
        self.start.clicked.connect(self.start_wanted)
        self.buttons[texts.UP].clicked.connect(lambda: self._move(-1))
        self.buttons[texts.DOWN].clicked.connect(lambda: self._move(1))
        self.buttons[texts.REMOVE].clicked.connect(self._on_remove)
        self.buttons[texts.UNDO].clicked.connect(self._on_undo)
        self.buttons[texts.REDO].clicked.connect(self._on_redo)
        changes, foot = QHBoxLayout(), QHBoxLayout()
        for button in self.buttons.values():
            button.setMinimumWidth(30)  # five fit into a narrow column
            changes.addWidget(button)
        foot.addWidget(self._total, 1)
        foot.addWidget(self.start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 10)
        self.save = QPushButton(texts.SAVE_PLAN, toolTip=with_key(texts.SAVE_PLAN_TIP, keys.SAVE_PLAN))
        self.open = QPushButton(texts.OPEN_PLAN, toolTip=with_key(texts.OPEN_PLAN_TIP, keys.OPEN_PLAN))
        self.save.clicked.connect(lambda: ask_for_plan(self, folder, self.write, to_write=True))
        self.open.clicked.connect(lambda: ask_for_plan(self, folder, self.read, to_write=False))
        head = QHBoxLayout()
        head.addWidget(QLabel(texts.PLAN, objectName="heading"), 1)
        head.addWidget(self.open)
        head.addWidget(self.save)
        layout.addLayout(head)
        layout.addWidget(page, 1)
        layout.addWidget(self.file_fault)
        layout.addLayout(changes)
        layout.addLayout(foot)
        self._hear_keys()
        self.refresh()

    def _hear_keys(self) -> None:
        own = {
            texts.UP: (keys.UP, ""),
            texts.DOWN: (keys.DOWN, ""),
            texts.REMOVE: (keys.REMOVE, ""),
            texts.UNDO: (keys.UNDO, texts.UNDO_TIP),
            texts.REDO: (keys.REDO, texts.REDO_TIP),
        }
        for words, (key, tip) in own.items():
            self.buttons[words].setToolTip(with_key(tip, key))
        acts = {key: self.buttons[words].click for words, (key, _) in own.items()}
        hear_keys(self, acts, Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def refresh(self, row: int = -1) -> None:
        """Show the plan as it is, with a row chosen."""
        self.file_fault.tell("")
        self.list.clear()
        for line in self._plan.lines:
            time = "" if line.seconds is None else texts.PLAN_TIME.format(time=format_duration(line.seconds))
            believed = (line.wish.junction, line.wish.model) if line.asks_belief else ()
            self.list.addItem(", ".join((f"{line.name}{time}", *believed)))
            self.list.item(self.list.count() - 1).setToolTip("\n".join(line.fields) or texts.AS_DECLARED)
        self.list.setCurrentRow(row)
        self._stack.setCurrentIndex(1 if self._plan.lines else 0)
        self._total.setText(texts.IN_ALL.format(time=format_duration(self._plan.seconds)) if self._plan.lines else "")
        self._enable()

    def _enable(self) -> None:
        row, last = self.list.currentRow(), len(self._plan.lines) - 1
        self.buttons[texts.UP].setEnabled(row > 0)
        self.buttons[texts.DOWN].setEnabled(0 <= row < last)
        self.buttons[texts.REMOVE].setEnabled(row >= 0)
        self.buttons[texts.UNDO].setEnabled(self._plan.can_undo)
        self.buttons[texts.REDO].setEnabled(self._plan.can_redo)
        for button in (self.start, self.save):
            button.setEnabled(bool(self._plan.lines))

    def _move(self, by: int) -> None:
        self.refresh(self._plan.move(self.list.currentRow(), by))

    def _on_remove(self) -> None:
        row = self.list.currentRow()
        self._plan.remove(row)
        self.refresh(min(row, len(self._plan.lines) - 1))

    def write(self, path: Path) -> None:
        """Write the plan to a file."""
        self._try(lambda: write_plan(path, self._plan.lines))

    def read(self, path: Path) -> None:
        """Take the plan of a file in the place of this one."""
        self._try(lambda: self._plan.replace(read_plan(path)))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
            self.refresh()
        except (*MISTAKES, OSError) as error:
            self.file_fault.tell(str(error))
            self.fault.emit(str(error))

    def _on_undo(self) -> None:
        self._plan.undo()
        self.refresh(min(max(self.list.currentRow(), 0), len(self._plan.lines) - 1))

    def _on_redo(self) -> None:
        self._plan.redo()
        self.refresh(min(max(self.list.currentRow(), 0), len(self._plan.lines) - 1))
