"""Figures as SVG text to be put inside a page, and as files: no address, the same bytes for the same data."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ReportFault

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "smtjlab",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "axes.linewidth": 0.8,
    "axes.edgecolor": "#333333",
    "axes.labelcolor": "#111111",
    "text.color": "#111111",
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.direction": "out",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "axes.formatter.useoffset": False,
}
"""Matplotlib's settings, all named here so that nobody's own settings reach a report."""


DOTS = 200
"""Dots per inch of a figure in a file of its own."""
TITLE_HEIGHT = 0.25
"""Inches that a title adds to such a figure."""
MARK_HEIGHT = 0.14
"""Height in inches of the strip below a figure that says whether instruments were simulated."""


def drawn(name: str, label: str, draw: Callable[[Figure], None], *, width: float, height: float, mark: str = "") -> str:
    """Return what `draw` puts on a figure of `width` × `height` inches as an `<svg>` element.

    `name` makes its inner ids its own, `label` says to who cannot see it what it shows. `mark` stands in the corner, so
    that a figure cut out of its page still says what it was made with.
    """
    with _drawn(draw, width, height, mark) as figure:
        text = io.StringIO()
        figure.savefig(text, format="svg", dpi=150, metadata={"Date": None})
    return _inline(text.getvalue(), name, label)


@dataclass(frozen=True)
class Picture:
    """A figure that is put inside a page, or into files of its own; see `drawn`."""

    name: str
    label: str
    draw: Callable[[Figure], None]
    width: float
    height: float
    mark: str = ""

    @cached_property
    def svg(self) -> str:
        """The figure as an element of a page."""
        return drawn(self.name, self.label, self.draw, width=self.width, height=self.height, mark=self.mark)

    def save(self, folder: Path, title: str = "") -> list[Path]:
        """Write the figure with a title into a folder as SVG and PNG, and return both paths. Raises ReportFault."""
        paths = [folder / f"{self.name}.{form}" for form in ("svg", "png")]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            height = self.height + (TITLE_HEIGHT if title else 0)
            with _drawn(self.draw, self.width, height, self.mark, title) as figure:
                figure.savefig(paths[0], dpi=DOTS, metadata={"Date": None})
                figure.savefig(paths[1], dpi=DOTS)
        except OSError as error:
            raise ReportFault(f"Figures must be written to {folder}, but cannot be: {error.strerror}.") from error
        return paths


@contextmanager
def _drawn(draw: Callable[[Figure], None], width: float, height: float, mark: str, title: str = "") -> Iterator[Figure]:
    """Lend a figure that is drawn and laid out, under settings of this room."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        if mark:
            _put_mark(figure, mark, MARK_HEIGHT / height)
        if title:
            figure.suptitle(title, fontsize=9.0)
        draw(figure)
        _lay_out(figure)
        yield figure


def _lay_out(figure: Figure) -> None:
    """Lay the axes out here and now: with a layout still to come, saving would draw everything twice."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def _put_mark(figure: Figure, mark: str, strip: float) -> None:
    """Write the mark into the lower right corner, and keep the axes out of its strip."""
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0, strip, 1, 1 - strip))
    figure.text(0.998, 0.1 * strip, mark, ha="right", va="bottom", fontsize=6.2, color="#444444")


def _inline(svg: str, name: str, label: str) -> str:
    """Return the element alone, without metadata and name spaces, its ids prefixed by `name`."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"| version="1.1"', "", svg)
    svg = re.sub(r'(\bid="|url\(#|xlink:href="#)', lambda found: f"{found[0]}{name}-", svg)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*"', r"<svg \1", svg, count=1)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1).strip()
