"""Words that may be long leave room for the fields above them."""

import pytest
from qtpy.QtWidgets import QLabel

from smtjlab.gui.views.short_words import LINES, ShortWords


@pytest.mark.parametrize(("words", "short"), [("165 points.", True), ("The output bends, so that. " * 40, False)])
def test_words_take_the_lines_that_they_need_up_to_a_few(qtbot, words, short):
    label = QLabel(wordWrap=True)
    shown = ShortWords(label)
    qtbot.addWidget(shown)
    shown.resize(300, 50)
    shown.show()
    label.setText(words)
    shown.fit()
    line = label.fontMetrics().lineSpacing()
    assert shown.height() == pytest.approx(line if short else LINES * line, abs=2)
    assert label.toolTip() == ("" if short else words)
    assert shown.verticalScrollBar().isVisible() is not short
