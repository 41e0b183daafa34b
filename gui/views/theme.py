"""Light and dark: palettes, colours that everybody can tell apart, and the few rules of a style sheet."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtGui import QColor, QFont, QPalette
from qtpy.QtWidgets import QApplication, QWidget

RED = "#b3261e"
"""Of the one button that is red."""


@dataclass(frozen=True)
class Theme:
    """Colours as CSS writes them. Branches and states are Okabe and Ito's, lighter where the ground is dark."""

    name: str
    window: str
    base: str
    raised: str
    text: str
    faint: str
    line: str
    accent: str
    up: str
    down: str
    band68: str
    band95: str
    median: str
    good: str
    warning: str
    alarm: str
    families: tuple[str, ...]
    """Of levels that a run holds while it sweeps something else."""


LIGHT = Theme(
    name="light", window="#f4f5f7", base="#ffffff", raised="#e9ecf0", text="#1d2530", faint="#5c6773", line="#cfd5dc",
    accent="#0072b2", up="#0072b2", down="#d55e00", band68="#56b4e94d", band95="#56b4e926", median="#33536e",
    good="#00704f", warning="#9a5b00", alarm="#b3261e",
    families=("#0072b2", "#d55e00", "#00704f", "#a8578a", "#5c6773", "#9a5b00"),
)  # fmt: skip
DARK = Theme(
    name="dark", window="#171b21", base="#1e242c", raised="#2a323c", text="#e6eaef", faint="#9aa6b2", line="#3a4450",
    accent="#56b4e9", up="#56b4e9", down="#f0914c", band68="#56b4e938", band95="#56b4e91c", median="#b8cbdc",
    good="#3fc59a", warning="#e9a84c", alarm="#ff7b72",
    families=("#56b4e9", "#f0914c", "#3fc59a", "#dd9cc2", "#9aa6b2", "#e8d74a"),
)  # fmt: skip

SHEET = """
QWidget {{ font-size: 13px; }}
QToolTip {{ color: {text}; background: {base}; border: 1px solid {line}; padding: 4px; }}
QLabel#faint, QLabel#empty {{ color: {faint}; }}
QLabel#empty {{ font-size: 14px; }}
QLabel#safety {{ font-weight: 700; color: {good}; }}
QLabel#safety[how="warning"] {{ color: {warning}; }}
QLabel#safety[how="alarm"] {{ color: {alarm}; font-size: 15px; }}
QLabel#heading {{ font-weight: 600; }}
QLabel#heading[how="warning"] {{ color: {warning}; }}
QLabel#heading[how="alarm"] {{ color: {alarm}; }}
QLabel#fault {{ color: {alarm}; }}
QLabel#badge {{ font-weight: 700; padding: 2px 8px; border-radius: 4px; color: {base}; background: {good}; }}
QLabel#badge[hardware="true"] {{ background: {warning}; }}
QLineEdit, QPlainTextEdit, QTableView, QListView, QTreeView {{
    background: {base}; border: 1px solid {line}; border-radius: 4px; selection-background-color: {accent};
    selection-color: {base};
}}
QLineEdit {{ padding: 3px 6px; min-height: 20px; }}
QComboBox {{ min-height: 24px; }}
QLineEdit[wrong="true"] {{ border: 2px solid {alarm}; }}
QLineEdit:focus {{ border: 1px solid {accent}; }}
QLineEdit[wrong="true"]:focus {{ border: 2px solid {alarm}; }}
QPushButton {{
    background: {raised}; border: 1px solid {line}; border-radius: 4px; padding: 4px 12px; min-height: 20px;
}}
QPushButton:checked {{ border: 2px solid {accent}; padding: 3px 11px; color: {accent}; }}
QPushButton:hover {{ border-color: {accent}; }}
QPushButton:focus {{ border: 2px solid {accent}; padding: 3px 11px; }}
QPushButton:disabled {{ color: {faint}; }}
QPushButton#small {{ padding: 1px 6px; min-height: 16px; font-size: 12px; }}
QPushButton#primary {{ background: {accent}; color: {base}; font-weight: 600; }}
QPushButton#primary:disabled {{ background: {raised}; color: {faint}; }}
QPushButton#safe {{ background: {red}; color: white; font-weight: 700; font-size: 15px; padding: 6px 22px; }}
QPushButton#safe:focus {{ border: 2px solid {text}; }}
QTabBar::tab {{ padding: 6px 16px; background: transparent; border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ border-bottom: 2px solid {accent}; color: {accent}; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {line}; }}
QHeaderView::section {{ background: {raised}; border: 0; border-right: 1px solid {line}; padding: 4px 6px; }}
QProgressBar {{ border: 1px solid {line}; border-radius: 4px; background: {base}; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QProgressBar[how="warning"]::chunk {{ background: {warning}; }}
QProgressBar[how="alarm"]::chunk {{ background: {alarm}; }}
QCheckBox::indicator {{ width: 13px; height: 13px; border: 1px solid {faint}; border-radius: 3px; background: {base}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QScrollArea {{ border: 0; }}
QSplitter::handle {{ background: {line}; }}
QFrame#card {{ background: {base}; border: 1px solid {line}; border-radius: 6px; }}
"""


def put_on(application: QApplication, theme: Theme) -> None:
    """Give a theme to everything that the application shows from now on."""
    application.setStyle("Fusion")
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, theme.window), (roles.Base, theme.base), (roles.AlternateBase, theme.raised),
        (roles.Button, theme.raised), (roles.Text, theme.text), (roles.WindowText, theme.text),
        (roles.ButtonText, theme.text), (roles.ToolTipBase, theme.base), (roles.ToolTipText, theme.text),
        (roles.Highlight, theme.accent), (roles.HighlightedText, theme.base), (roles.PlaceholderText, theme.faint),
        (roles.Link, theme.accent),
    ):  # fmt: skip
        palette.setColor(role, QColor(colour))
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    application.setPalette(palette)
    application.setStyleSheet(SHEET.format(red=RED, **vars(theme)))


def restyle(widget: QWidget) -> None:
    """Let the sheet see that a property, or the name, of a widget is another one."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def rgba(colour: str) -> QColor:
    """Return a colour written #rrggbb or #rrggbbaa."""
    made = QColor(colour[:7])
    if len(colour) == 9:
        made.setAlpha(int(colour[7:], 16))
    return made


def axis_font() -> QFont:
    """Return the font of axes: as large as that of the panels, whatever the screen makes of points."""
    font = QFont()
    font.setPixelSize(12)
    return font
