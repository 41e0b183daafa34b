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

from smtjlab.gui import wafer_texts as texts
from smtjlab.gui.models.pile import Pile
from smtjlab.gui.models.prober import Prober, Stage
from smtjlab.gui.models.run_feed import Glance
from smtjlab.gui.models.shown_wafer import RunOfWafer, ShownWafer, WafersStacked
from smtjlab.gui.models.wafer_colours import ON_DARK, ON_LIGHT
from smtjlab.gui.models.wafer_sites import NOWHERE, WaferSites

from .pile_view import PileView
from .theme import LIGHT, Theme
from .travel_bar import TravelBar
from .wafer_legend import LegendView, ramps
from .wafer_map import WaferMap
from .wafer_marks import Marks


class WaferView(QWidget):
    """Shows the wafer of a run. `wish_wanted` carries what is asked (`first`, `retest`, `skip`) and names of sites."""

    wish_wanted = Signal(str, list)

    def __init__(self, prober: Prober, pile: Pile) -> None:
        super().__init__()
        self._prober = prober
        self._sites: WaferSites | None = None
        self._stacked: WafersStacked | None = None
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
        self.hover = QLabel(texts.CHOOSE_SITES, objectName="faint", wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
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
        self.stack = QPushButton(texts.STACK, checkable=True, toolTip=texts.STACK_TIP)
        self.stack.toggled.connect(self._on_stack)
        self.pile = PileView(pile)
        self.pile.stacked.connect(self._on_stacked)
        self.pile.hide()
        self._empty = QLabel(texts.WAFER_EMPTY, objectName="empty", wordWrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    def show_glance(self, glance: Glance) -> None:
        """Show the wafer of a run as it stands; nothing where the run is none of a wafer."""
        sites = glance.wafer
        if sites is not self._sites:
            self._sites, self._changes, self._run = sites, -1, glance.folder if sites is not None else None
            if self._stacked is None:
                self._begin()
        self._goes_on = not glance.state.ended
        self._enable()
        if sites is not None and sites.changes != self._changes:
            self._changes = sites.changes
            if self._stacked is None:
                self._offer()
                self._colour()

    def show_nothing(self) -> None:
        """Show no wafer."""
        self._sites = self._run = None
        if self._stacked is None:
            self._begin()

    def look(self) -> None:
        """Show what the prober has told since."""
        self.bar.look()
        self.pile.look()
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
        side.addWidget(self.pile)
        side.addWidget(QLabel(texts.CHOSEN, objectName="heading"))
        self._chosen = QLabel(texts.NONE_CHOSEN, objectName="faint", wordWrap=True)
        side.addWidget(self._chosen)
        self._asks = QWidget()
        grid = QGridLayout(self._asks)
        grid.setContentsMargins(0, 0, 0, 0)
        for place, button in enumerate([*self.buttons.values(), self.goes]):
            grid.addWidget(button, place // 2, place % 2)
        side.addWidget(self._asks)
        side.addWidget(QLabel(texts.ZOOM_TO, objectName="heading"))
        zooms = QHBoxLayout()
        for button in self.zooms.values():
            button.setStyleSheet("padding-left: 4px; padding-right: 4px;")
            zooms.addWidget(button)
        side.addLayout(zooms)
        side.addWidget(self.stack)
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
        nothing = QWidget()
        self._to_stack = QPushButton(texts.STACK, toolTip=texts.STACK_TIP)
        self._to_stack.clicked.connect(lambda: self.stack.setChecked(True))
        over = QVBoxLayout(nothing)
        over.addStretch(1)
        over.addWidget(self._empty)
        over.addWidget(self._to_stack, 0, Qt.AlignmentFlag.AlignHCenter)
        over.addStretch(1)
        self._stack.addWidget(nothing)
        self._stack.addWidget(page)

    def _enable(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(self._goes_on and self._stacked is None and bool(self.map.chosen))
        self.goes.setEnabled(self._may_go)
        self.goes.setToolTip(texts.NO_GOING if self._goes_on or self._prober.held else texts.GO_THERE_TIP)

    @property
    def _may_go(self) -> bool:
        """Whether the chuck may be sent by hand."""
        held = self._goes_on or self._prober.held or self._prober.state.stage is Stage.GOING
        return self._run is not None and self._stacked is None and len(self.map.chosen) == 1 and not held

    def _marks(self) -> Marks:
        """Return where the chuck is: by the journal while the run goes on, else as it was read since."""
        if self._sites is None or self._stacked is not None:
            return Marks()
        read = self._prober.state.chuck
        if self._goes_on:
            down = self._sites.running != NOWHERE
            return Marks(self._sites.chuck, texts.CHUCK["down" if down else "up"], down)
        if read is None:
            return Marks()
        return Marks(self._sites.from_home(read.x, read.y), texts.CHUCK[read.needles], read.needles == "down")

    @property
    def _shown(self) -> ShownWafer | None:
        """What the map shows."""
        return self._stacked or (None if self._sites is None else RunOfWafer(self._sites))

    def _begin(self) -> None:
        """Show another wafer from its beginning."""
        shown = self._shown
        self._stack.setCurrentIndex(0 if shown is None and not self.stack.isChecked() else 1)
        self.map.show_sites(None if shown is None else shown.sites)
        self.hover.setText(texts.CHOOSE_SITES)
        self._offer()
        self._colour()

    def _offer(self) -> None:
        """Offer what there is to colour by."""
        offers = [] if self._shown is None else self._shown.offers()
        if [name for name, _ in offers] != [self.by.itemData(place) for place in range(self.by.count())]:
            chosen = self.by.currentData()
            self.by.clear()
            for name, words in offers:
                self.by.addItem(words, name)
            self.by.setCurrentIndex(max(0, self.by.findData(chosen)))

    def _colour(self) -> None:
        shown = self._shown
        if shown is not None and self.by.count():
            by = str(self.by.currentData())
            found = shown.colouring(by, ramps(), self._palette)
            self.map.set_colours(found.colours, found.hatches, partial(shown.brief, by=by))
            self._legend.show_legend(found.legend)

    def _on_stack(self, wanted: bool) -> None:
        """Let wafers be chosen that are laid over each other, or go back to the run."""
        self.pile.setVisible(wanted)
        self._asks.setVisible(not wanted)  # nobody is asked for anything on several wafers
        if wanted:
            self.pile.begin()
        self._stacked, self._changes = None, -1
        self._begin()

    def _on_stacked(self, found: WafersStacked) -> None:
        if self.stack.isChecked():
            self._stacked = found
            self._begin()

    def _on_hovered(self, number: int) -> None:
        """Tell of the device under the pointer; where there is none of what was chosen last, or how one is chosen."""
        if self._shown is not None:
            number = self.map.chosen[-1] if number == NOWHERE and self.map.chosen else number
            self.hover.setText(texts.CHOOSE_SITES if number == NOWHERE else "\n".join(self._shown.told(number)))

    def _on_chosen(self) -> None:
        names = self._names()
        self._chosen.setText(", ".join(names[:6]) + (" …" if len(names) > 6 else "") or texts.NONE_CHOSEN)
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
        shown = self._shown
        return [] if shown is None else [str(shown.sites.sites[number]) for number in self.map.chosen]
