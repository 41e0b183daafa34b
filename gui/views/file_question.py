"""Asks for a file beside the window, which goes on meanwhile: nothing stands in the way of SAFE NOW."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QWidget

from smtjlab.gui import texts

SUFFIX = "json"


def ask_for_plan(panel: QWidget, folder: Path, then: Callable[[Path], None], *, to_write: bool) -> QFileDialog:
    """Ask for the file of a plan, at first in `folder`; `then` is called with it once somebody has chosen one.

    A question that stands already is brought to the front.
    """
    title = texts.SAVE_PLAN if to_write else texts.OPEN_PLAN
    standing = [one for one in panel.findChildren(QFileDialog) if one.isVisible() and one.windowTitle() == title]
    dialog = standing[0] if standing else QFileDialog(panel, title, str(folder), texts.PLAN_FILES)
    if not standing:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowModality(Qt.WindowModality.NonModal)
        dialog.setDefaultSuffix(SUFFIX)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile if to_write else QFileDialog.FileMode.ExistingFile)
        if to_write:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda name: then(Path(name)))
    dialog.show()
    dialog.activateWindow()
    return dialog
