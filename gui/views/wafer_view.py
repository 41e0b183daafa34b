"""The wafer: its map, what colours mean, what is under the pointer, and what may be asked of its run and its prober."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from smtjlab.gui import texts
from smtjlab.gui.models.prober import Prober, Stage
from smtjlab.gui.models.run_feed import Glance
from smtjlab.gui.models.wafer_colours import ON_DARK, ON_LIGHT, brief, coloured, told, words
from smtjlab.gui.models.wafer_sites import BIN, NOWHERE, STATE, WaferSites

from .theme import LIGHT, Theme
from .travel_bar import TravelBar
from .wafer_legend import LegendView, ramps
from .wafer_map import WaferMap
from .wafer_marks import Marks


class WaferView(QWidget):
    """Shows the wafer of a run. `wish_wanted` carries what is asked (`first`, `retest`, `skip`) and names of sites."""

    wish_wanted = Signal(str, list)

    def __init__(self, prober: Prober) -> None:
        super().__init__()
        self._prober = prober
        self._sites: WaferSites | None = None
        self._run: Path | None = None
        self._goes_on = False
        self._changes = -1
        self._palette = ON_LIGHT
        self.map = WaferMap()
        self.map.hovered.connect(self._on_hovered)
        self.map.chosen_changed.connect(self._on_chosen)
        self.map.asked.connect(self._on_asked)
        self.by = QComboBox(accessibleName=texts.COLOUR_BY)
        self.by.activated.connect(lambda *_: self._colour())
        self.by.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._legend = LegendView()
        self.hover = QLabel(objectName="faint", wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        self.hover.setMinimumHeight(150)
        self.buttons = {
            wish: QPushButton(text, toolTip=tip, enabled=False) for wish, (text, tip) in texts.WISHES.items()
        }
        for wish, button in self.buttons.items():
            button.clicked.connect(partial(self._on_wish, wish))
        self.zooms = {name: QPushButton(text, toolTip=tip) for name, (text, tip) in texts.ZOOMS.items()}
        self.zooms["wafer"].clicked.connect(self.map.show_whole)
        self.zooms["reticle"].clicked.connect(lambda: self.map.show_die(reticle=True))
        self.zooms["die"].clicked.connect(lambda: self.map.show_die())
        self.goes = QPushButton(texts.GO_THERE, toolTip=texts.GO_THERE_TIP, enabled=False)
        self.goes.clicked.connect(self._on_asked)
        self.bar = TravelBar(prober)
        self._empty = QLabel(texts.WAFER_EMPTY, objectName="empty", wordWrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    def show_glance(self, glance: Glance) -> None:
        """Show the wafer of a run as it stands; nothing where the run is none of a wafer."""
        sites = glance.wafer
        self._stack.setCurrentIndex(0 if sites is None else 1)
        if sites is None:
            self._sites = None
            return
        if sites is not self._sites:
            self._sites, self._changes, self._run = sites, -1, glance.folder
            self.map.show_sites(sites)
        self._goes_on = not glance.state.ended
        self._enable()
        if sites.changes != self._changes:
            self._changes = sites.changes
            self._offer()
            self._colour()

    def show_nothing(self) -> None:
        """Show no wafer."""
        self._sites = self._run = None
        self._stack.setCurrentIndex(0)
        self.map.show_sites(None)

    def look(self) -> None:
        """Show what the prober has told since."""
        self.bar.look()
        self._enable()
        self.map.set_marks(self._marks())

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._palette = ON_LIGHT if theme is LIGHT else ON_DARK
        self.map.set_theme(theme)
        self._legend.set_theme(theme)
        self._colour()

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.addWidget(QLabel(texts.COLOUR_BY, objectName="heading"))
        side.addWidget(self.by)
        side.addWidget(self._legend)
        side.addSpacing(8)
        side.addWidget(self.hover)
        side.addStretch(1)
        side.addWidget(QLabel(texts.CHOSEN, objectName="heading"))
        self._chosen = QLabel(texts.CHOOSE_SITES, objectName="faint", wordWrap=True)
        side.addWidget(self._chosen)
        grid = QGridLayout()
        for place, button in enumerate([*self.buttons.values(), self.goes]):
            grid.addWidget(button, place // 2, place % 2)
        side.addLayout(grid)
        side.addWidget(QLabel(texts.ZOOM_TO, objectName="heading"))
        zooms = QHBoxLayout()
        for button in self.zooms.values():
            button.setStyleSheet("padding-left: 4px; padding-right: 4px;")
            zooms.addWidget(button)
        side.addLayout(zooms)
        panel = QWidget()
        panel.setLayout(side)
        panel.setFixedWidth(220)
        middle = QVBoxLayout()
        middle.addWidget(self.map, 1)
        middle.addWidget(self.bar)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(8, 8, 8, 8)
        row.addLayout(middle, 1)
        row.addWidget(panel)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)

    def _enable(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(self._goes_on and bool(self.map.chosen))
        self.goes.setEnabled(self._may_go)
        self.goes.setToolTip(texts.NO_GOING if self._goes_on or self._prober.held else texts.GO_THERE_TIP)

    @property
    def _may_go(self) -> bool:
        """Whether the chuck may be sent by hand."""
        held = self._goes_on or self._prober.held or self._prober.state.stage is Stage.GOING
        return self._run is not None and len(self.map.chosen) == 1 and not held

    def _marks(self) -> Marks:
        """Return where the chuck is: by the journal while the run goes on, else as it was read since."""
        if self._sites is None:
            return Marks()
        read = self._prober.state.chuck
        if self._goes_on:
            down = self._sites.running != NOWHERE
            return Marks(self._sites.chuck, texts.CHUCK["down" if down else "up"], down)
        if read is None:
            return Marks()
        return Marks(self._sites.from_home(read.x, read.y), texts.CHUCK[read.needles], read.needles == "down")

    def _offer(self) -> None:
        """Offer what there is to colour by."""
        if self._sites is None:
            return
        names = [STATE, BIN, *self._sites.known()]
        if names != [self.by.itemData(place) for place in range(self.by.count())]:
            chosen = self.by.currentData() or STATE
            self.by.clear()
            for name in names:
                self.by.addItem(words(name), name)
            self.by.setCurrentIndex(max(0, self.by.findData(chosen)))

    def _colour(self) -> None:
        if self._sites is not None and self.by.count():
            by = str(self.by.currentData())
            found = coloured(self._sites, by, ramps(), self._palette)
            self.map.set_colours(found.colours, found.hatches, partial(brief, self._sites, by=by))
            self._legend.show_legend(found.legend)

    def _on_hovered(self, number: int) -> None:
        """Tell of the device under the pointer; of what was chosen last where there is none."""
        if self._sites is not None:
            number = self.map.chosen[-1] if number == NOWHERE and self.map.chosen else number
            self.hover.setText("" if number == NOWHERE else "\n".join(told(self._sites, number)))

    def _on_chosen(self) -> None:
        names = self._names()
        self._chosen.setText(", ".join(names[:6]) + (" …" if len(names) > 6 else "") or texts.CHOOSE_SITES)
        if self._prober.state.stage is Stage.QUESTION and names != [self._prober.state.site]:
            self._prober.cancel()  # it was about another device
        self._enable()

    def _on_asked(self) -> None:
        """Tell of what is chosen, and ask the prober about it where it may go there."""
        self._on_hovered(NOWHERE)
        if self._may_go and self._run is not None:
            self._prober.wish(self._run, self._names()[0])

    def _on_wish(self, wish: str, *_: object) -> None:
        self.wish_wanted.emit(wish, self._names())

    def _names(self) -> list[str]:
        return [] if self._sites is None else [str(self._sites.sites[number]) for number in self.map.chosen]
