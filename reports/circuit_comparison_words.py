"""What the figures of compared circuits are called, and how their numbers are set: by the procedure that tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smtjlab.simulation.inference.all_spin import ALL_SPIN_FIGURES
from smtjlab.simulation.inference.divider import DIVIDER_FIGURES
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.inference.matrix_product import MATRIX_FIGURES
from smtjlab.simulation.inference.multiplier_figures import MULTIPLIER_FIGURES
from smtjlab.simulation.inference.parameters import Parameter

from .extraction_tables import named
from .rounding import MISSING, estimate, rounded


@dataclass(frozen=True)
class FigureWords:
    """How the figures of one procedure are written."""

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    per_cent: frozenset[str] = frozenset()
    """Fractions that are shown in per cent."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Units that the procedure settles, as that of a divisor."""
    unjudged: frozenset[str] = frozenset()
    """Set and not found, or of an uncertainty that is none of chance: shown side by side, but not subtracted."""

    def of(self, name: str) -> Parameter:
        """Return symbol, unit and meaning of a figure."""
        found = self.parameters.get(name) or named(name)
        return found._replace(unit=self.units.get(name, found.unit))

    def text(self, name: str, found: Estimate | None) -> str:
        """Return a figure, or a difference of two, with its standard uncertainty."""
        if found is None:
            return MISSING
        if name in self.per_cent:
            return f"({rounded(100 * found.value, 100 * found.uncertainty)}) %"
        unit = self.of(name).unit
        return f"({estimate(found, '')}) {unit}" if unit in _BARE else estimate(found, unit)


_BARE = ("bit", "1/V")
"""Units without prefixes."""
_SHARE = "share of test examples that is classified rightly"
_LEARNING = {
    "accuracy_before": Parameter("A₀", "", f"{_SHARE}, before learning on the bench"),
    "accuracy_after": Parameter("A", "", f"{_SHARE}, after it"),
    "hidden_error": Parameter("e_h", "", "rms of hidden neurons as read less those by the same weights as numbers"),
}
_DISTORTION = {
    "thd": Parameter("THD", "", "total harmonic distortion at the largest peak"),
    "gain": Parameter("g", "", "gain at the largest peak"),
}
WORDS: Mapping[str, FigureWords] = {
    "divider": FigureWords(
        DIVIDER_FIGURES,
        per_cent=frozenset({"ratio_error", "shifted_ratio_error"}),
        units={"scale": "V", "shift": "V", "range_start": "V", "range_stop": "V"},
        # The ends of the usable range are divisors of the grid, one or its neighbour.
        unjudged=frozenset({"divisor_ratio", "range_start", "range_stop", "range_ratio"}),
    ),
    "multiplier": FigureWords(
        MULTIPLIER_FIGURES,
        per_cent=frozenset(
            {"scale_error", "total_error", "product_error", "bilinear_error", "offset_share", "inl", "dnl"}
            | {name for name in MULTIPLIER_FIGURES if name.endswith(("linearity", "feedthrough", "nulled"))}
        ),
        # Full scale is the scale factor once more, times what was set; a noise is what the instruments state.
        unjudged=frozenset({"full_scale", "noise", "bits_noise", "bits_noise_along_y"}),
    ),
    "multiplier-distortion": FigureWords(_DISTORTION, per_cent=frozenset({"thd"})),
    "matrix-product": FigureWords(
        MATRIX_FIGURES,
        per_cent=frozenset(
            {"relative_rmse", "unexplained_rmse", "programming_error", "verification_noise", "read_noise"}
        ),
        # What the instruments state, and the spread of few repeats: nobody says how surely they are known.
        unjudged=frozenset({"noise_bits", "verification_noise", "read_noise"}),
    ),
    "all-spin-product": FigureWords(
        ALL_SPIN_FIGURES, per_cent=frozenset({"relative_rmse", "terms_rmse", "wall_rmse", "term_error"})
    ),
    "learning": FigureWords(_LEARNING, per_cent=frozenset({"accuracy_before", "accuracy_after"})),
}
"""By the name of the procedure; of others the symbols that all share."""
