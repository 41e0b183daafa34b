"""The live view of a run: its curves with the model's band, and what else can be drawn of what it measures."""

from __future__ import annotations

from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from smtjlab.gui import keys, texts
from smtjlab.gui.keys import with_key
from smtjlab.gui.models.chi_square_told import chi_square_told
from smtjlab.gui.models.closer_look import Kind
from smtjlab.gui.models.curves import Curves
from smtjlab.gui.models.points import Axis, Points
from smtjlab.gui.models.product_map import driven_pair, product_map
from smtjlab.gui.models.run_feed import Glance

from .curve_canvas import CurveCanvas
from .curve_key import curve_key
from .product_view import ProductView
from .spectrum_view import SpectrumView
from .svg import svg_of
from .telegraph_view import TelegraphView
from .theme import LIGHT, Theme

SPECTRUM, TELEGRAPH = 2, 3
"""Places of their views in the stack."""


class LivePlot(QWidget):
    """Shows one run; `show_run` begins with another one, `update_run` draws what has come."""

    def __init__(self, theme: Theme = LIGHT) -> None:
        super().__init__()
        self._theme = theme
        self._glance: Glance | None = None
        self._points: Points | None = None
        self._chosen: dict[str, tuple[str, str]] = {}
        self._offered: list[str] = []
        self._look_again, self._map_known = 2, False
        self._build()
        self.set_theme(theme)

    def show_nothing(self, words: str = texts.LIVE_EMPTY) -> None:
        """Show words in the place of a plot."""
        self._forget()
        self._empty.setText(words)
        self._stack.setCurrentIndex(0)

    def update_run(self, glance: Glance, points: Points) -> None:
        """Draw what a look at a run has found."""
        before, self._glance = self._glance, glance
        if glance.taken == 0:
            ended = f"{texts.STATES[glance.state]}.\n{glance.reason}" if glance.state.ended else ""
            self.show_nothing(ended or texts.LIVE_WAITS)
            return
        self._stack.setCurrentIndex(1)
        is_new = self.canvas.curves is None or self._points is not points
        swept_before = before.swept if before is not None else glance.swept
        if is_new or swept_before != glance.swept or self._has_other_axes(points, glance.taken):
            self._begin(glance, points, is_new=is_new)
        elif before is not None and (before.taken, before.answered) == (glance.taken, glance.answered):
            self._show_closer(glance)
            return
        self._draw(glance)
        self._tell_chi_square(glance)
        self._draw_map(glance.taken)
        self._show_closer(glance)

    def add_overlay(self, name: str, points: Points) -> str:
        """Draw another run of the same axes beneath, and show both; return why it cannot be, or nothing."""
        why = self.canvas.add_overlay(name, points)
        for button in () if why else (self.map_button, self.closer_button):
            button.setChecked(False)  # or nobody saw it
        self._tell_key()
        return why

    def clear_overlays(self) -> None:
        """Take the other runs away."""
        self.canvas.overlays.clear()
        self._tell_key()

    def fit_view(self) -> None:
        """Show all points, and go on doing so."""
        self._follow.setChecked(True)

    def svg(self) -> bytes | None:
        """Return what is drawn as SVG; None where nothing is."""
        if self._stack.currentIndex() == 0:
            return None
        return svg_of(self._views[self._drawn.currentIndex()].scene())

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        for view in self._views:
            view.set_theme(theme)
        self._tell_key()
        if self._glance is not None and self.canvas.curves is not None:
            self._tell_chi_square(self._glance)

    @property
    def axes(self) -> tuple[Axis, Axis] | None:
        """What is drawn along x and y; None where nothing is."""
        curves = self.canvas.curves
        return None if curves is None else (curves.x, curves.y)

    def _build(self) -> None:
        self._empty = QLabel(texts.LIVE_EMPTY, objectName="empty", alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.canvas, self.product = CurveCanvas(), ProductView()
        self.spectrum, self.telegraph = SpectrumView(), TelegraphView()
        self._views = (self.canvas, self.product, self.spectrum, self.telegraph)
        self.canvas.moved_by_hand.connect(lambda: self._follow.setChecked(False))
        self._note = QLabel(objectName="faint", wordWrap=True)
        self._note.setContentsMargins(8, 0, 8, 0)
        self._note.hide()
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(self._bar())
        layout.addLayout(self._legend())
        layout.addWidget(self._note)
        self._drawn = QStackedLayout()
        for view in self._views:
            self._drawn.addWidget(view)
        layout.addLayout(self._drawn, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)

    def _bar(self) -> QHBoxLayout:
        self._x, self._y = QComboBox(), QComboBox()
        for box, words in ((self._x, texts.X_AXIS), (self._y, texts.Y_AXIS)):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setAccessibleName(texts.AXIS_NAME.format(axis=words))
            box.activated.connect(self._on_axes)
        self.map_button = QPushButton(texts.MAP, checkable=True, toolTip=texts.MAP_TIP)
        self.closer_button = QPushButton(checkable=True)
        for button in (self.map_button, self.closer_button):
            button.toggled.connect(self._on_view)
            button.hide()
        self._follow = QPushButton(texts.FOLLOW, checkable=True, checked=True)
        self._follow.setToolTip(with_key(texts.FOLLOW_TIP, keys.FIT))
        self._follow.toggled.connect(self.canvas.follow)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 0, 8, 0)
        self._of_curve = (QLabel(texts.Y_AXIS), self._y, QLabel(texts.X_AXIS), self._x, self._follow)
        for widget in self._of_curve[:-1]:
            bar.addWidget(widget)
        bar.addStretch(1)
        for button in (self.map_button, self.closer_button, self._follow):
            bar.addWidget(button)
        return bar

    def _legend(self) -> QHBoxLayout:
        self._key, self.chi_square = QLabel(wordWrap=True, toolTip=texts.EXPECTED_TIP), QLabel()
        self.chi_square.setToolTip(texts.CHI_SQUARE_TIP)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self._key, 1)
        row.addWidget(self.chi_square)
        return row

    def _begin(self, glance: Glance, points: Points, *, is_new: bool = False) -> None:
        """Begin with a run: its axes are what it sweeps, or what somebody chose for the last one of its procedure."""
        if is_new:
            self._look_again, self._points, self._map_known = 2, points, False
            self._follow.setChecked(True)
            self._forget_views()
        along, up = points.axes(), points.heights()
        self._offered = [axis.column for axis in along]
        wanted = self._chosen.get(glance.procedure) or (glance.swept or "time", points.value.column)
        x = next((one for one in along if one.column == wanted[0]), along[0])
        y = next((one for one in up if one.column == wanted[1]), up[0])
        _offer(self._x, along, x)
        _offer(self._y, up, y)
        self.canvas.begin(Curves(points, x, y))

    def _has_other_axes(self, points: Points, taken: int) -> bool:
        """Return whether a run has shown by now that it moves something that it had not; looked at ever more seldom."""
        if taken < self._look_again:
            return False
        self._look_again = 2 * taken
        return [axis.column for axis in points.axes()] != self._offered

    def _forget(self) -> None:
        self.canvas.forget()
        self._forget_views()
        self.chi_square.clear()

    def _forget_views(self) -> None:
        """Go back to the curve alone, until a run shows what else there is of it."""
        for button in (self.map_button, self.closer_button):
            with QSignalBlocker(button):  # nothing is drawn in between
                button.setChecked(False)
            button.hide()
        self._show_view(0)
        self.clear_overlays()
        self.closer_button.setText("")

    def _draw(self, glance: Glance) -> None:
        curves = self.canvas.curves
        if curves is None:
            return
        curves.update(glance.taken, glance.answered)
        if self._drawn.currentIndex() == 0 and self.canvas.draw():
            self._tell_key()
        self._tell_note()

    def _tell_note(self) -> None:
        """Say what is not drawn as it was read."""
        curves = self.canvas.curves
        lost = texts.LOST.format(count=curves.lost) if curves is not None and curves.lost else ""
        coarse = texts.COARSE if self.canvas.is_coarse and self._drawn.currentIndex() == 0 else ""
        note = " ".join(one for one in (coarse, lost) if one)
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _tell_key(self) -> None:
        shown = self._views[self._drawn.currentIndex()]
        if isinstance(shown, ProductView):  # its titles say what its colours mean
            self._key.clear()
            return
        if isinstance(shown, SpectrumView | TelegraphView):
            self._key.setText("&nbsp;&nbsp; ".join(shown.key()))
            return
        key = curve_key(self.canvas.curves, self._theme)
        self._key.setText("&nbsp;&nbsp; ".join([*key, *self.canvas.overlays.key()]))

    def _tell_chi_square(self, glance: Glance) -> None:
        told = chi_square_told(glance.verdict, glance.taken)
        self.chi_square.setText(told.text)
        self.chi_square.setToolTip("\n\n".join(one for one in (texts.CHI_SQUARE_TIP, told.sentence) if one))
        self.chi_square.setStyleSheet(f"color: {self._theme.alarm}" if told.differs else "")

    def _draw_map(self, taken: int) -> None:
        """Draw the map of a run that drives two sources; the first time of a run, in the place of its curve."""
        if self._points is None:
            return
        drives_two = driven_pair(self._points) is not None
        self.map_button.setVisible(drives_two)
        if drives_two and not self._map_known:
            self._map_known = True
            self.map_button.setChecked(True)
        if self.map_button.isChecked() and (found := product_map(self._points, taken)) is not None:
            self.product.show_map(found, self._points.value.unit)

    def _show_closer(self, glance: Glance) -> None:
        """Show what a closer look has found; the first time of a run, in the place of its curve."""
        found = glance.closer
        if found is None:
            return
        if found.kind is Kind.LOOP:
            marked = self.axes is not None and self.axes[0].column == glance.swept
            self.canvas.switching.show_switching(found.switching if marked else ())
            return
        words, tip = texts.CLOSER[found.kind]
        if self.closer_button.text() != words:
            self.closer_button.setText(words)
            self.closer_button.setToolTip(tip)
            self.closer_button.show()
            self.closer_button.setChecked(True)
        if self.closer_button.isChecked():
            (self.spectrum if found.kind is Kind.SPECTRUM else self.telegraph).show_look(found)
            self._tell_key()

    def _on_view(self, _shown: bool) -> None:
        glance = self._glance
        closer = None if glance is None else glance.closer
        place = int(self.map_button.isChecked())
        if self.closer_button.isChecked() and closer is not None:
            place = SPECTRUM if closer.kind is Kind.SPECTRUM else TELEGRAPH
        self._show_view(place)
        if glance is not None:
            self._draw(glance)
            self._draw_map(glance.taken)
            self._show_closer(glance)
        self._tell_key()

    def _show_view(self, place: int) -> None:
        self._drawn.setCurrentIndex(place)
        for widget in self._of_curve:
            widget.setVisible(place == 0)

    def _on_axes(self) -> None:
        if self._points is not None and self._glance is not None:
            self._chosen[self._glance.procedure] = (str(self._x.currentData()), str(self._y.currentData()))
            self._begin(self._glance, self._points)
            self._draw(self._glance)
            self._tell_key()
            self._show_closer(self._glance)


def _offer(box: QComboBox, axes: list[Axis], chosen: Axis) -> None:
    box.clear()
    for axis in axes:
        box.addItem(axis.words, axis.column)
    box.setCurrentIndex(axes.index(chosen))
