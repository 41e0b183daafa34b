"""Colours and markers of the figures: Okabe and Ito's colours, and by marker and filling for who sees none."""

from __future__ import annotations

BLUE, VERMILION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#A0457D", "#E69F00"
DARK = "#33536e"
"""Of lines that a model or a fit draws."""
BRANCH_LOOKS = {"up": ("^", BLUE, BLUE), "down": ("v", VERMILION, "none"), "": ("o", BLUE, BLUE)}
"""Branch to marker, colour and filling."""
OTHER_LOOKS = (
    ("s", GREEN, "none"), ("D", PURPLE, PURPLE), ("o", ORANGE, "none"), ("P", DARK, DARK), ("X", "black", "none"),
)  # fmt: skip
"""Of branches with other names, and of the second run of a comparison on."""
MANY = 2000
"""From so many readings on, points are drawn as pixels, to keep the page light enough to mail."""


def look_of(branch: str, branches: list[str]) -> tuple[str, str, str]:
    """Return marker, colour and filling of a branch among others; each has its own, as long as they last."""
    if branch in BRANCH_LOOKS:
        return BRANCH_LOOKS[branch]
    others = [name for name in branches if name not in BRANCH_LOOKS]
    return OTHER_LOOKS[others.index(branch) % len(OTHER_LOOKS)]


def marker_size(count: int) -> float:
    """Return the size of a marker in points, smaller where there are many."""
    return 4.2 if count <= 120 else 3.2 if count <= 500 else 2.4
