"""Measured devices of a wafer against the population that was predicted of their kind, in standard deviations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.populations.distribution import Distribution, disagreement
from smtjlab.simulation.populations.population import Population
from smtjlab.simulation.populations.wafer_statistics import TO_SIGMA

if TYPE_CHECKING:
    import pandas as pd

FORETOLD = ("resistance_parallel", "tmr", "threshold", "slope")
"""Figures that are held against a population: as a recipe reads them, for a population tells them so too."""
ODD = 5.0
"""Standard deviations of the population beyond which a device is odd."""
OF_A_MEDIAN, OF_A_SPREAD = 1.2533, 1.167
"""Standard uncertainties of a median, and of a spread by the median absolute deviation as a share of it, times the
root of the number: of normal values (Rousseeuw and Croux 1993)."""


@dataclass(frozen=True)
class Expected:
    """A figure of one kind of device against what was predicted of it. Good devices count."""

    parameter: str
    device: str
    predicted: Distribution
    measured: float
    """Median."""
    off: NDArray[np.float64]
    """Distance of each device of that kind from the predicted median in standard deviations, (n,); nan where it is not
    good, or has no such figure."""
    odd: Mapping[str, float]
    """Sites beyond ODD, with their distance."""

    @property
    def count(self) -> int:
        """Devices that count."""
        return int(np.isfinite(self.off).sum())

    @property
    def whole(self) -> tuple[float, float]:
        """How far the kind as a whole is off in standard deviations, and the standard uncertainty of that."""
        return float(np.nanmedian(self.off)), OF_A_MEDIAN * self.spread[0] / math.sqrt(self.count)

    @property
    def is_another_kind(self) -> bool:
        """Whether most of its devices are odd: then none of them is, but the kind is not what was believed."""
        return abs(self.whole[0]) > ODD

    @property
    def spread(self) -> tuple[float, float]:
        """Spread of the devices over that of the population, and its standard uncertainty: 1 where both are alike."""
        found = float(np.nanmedian(np.abs(self.off - np.nanmedian(self.off)))) * TO_SIGMA
        return found, OF_A_SPREAD * found / math.sqrt(self.count)


def against_population(
    frame: pd.DataFrame, names: Sequence[str], populations: Mapping[str, Population]
) -> tuple[list[Expected], list[str]]:
    """Return each figure of each kind against its population, and why one could not be, a sentence each.

    `names` (n,) are those of the sites of the table, whose lines are devices (`Results.table`).
    """
    found: list[Expected] = []
    untold: list[str] = []
    sites = np.asarray(names, dtype=object)
    for device, group in frame.groupby("device"):
        if str(device) not in populations:
            untold.append(f"Nothing was predicted of {device}, whose gate the recipe does not sweep.")
            continue
        read = populations[str(device)].read
        here = sites[frame.index.get_indexer(group.index)]
        for name in FORETOLD:
            if name not in group or not (group[name].notna() & group["good"]).any():
                continue
            values = group[name].where(group["good"]).to_numpy(float)
            try:
                found.append(_expected(name, str(device), values, read[name], here))
            except ModelError as problem:
                untold.append(f"{name.replace('_', ' ')} of {device}: {problem}")
    return found, untold


def _expected(
    name: str, device: str, values: NDArray[np.float64], sample: NDArray[np.float64], sites: NDArray[np.object_]
) -> Expected:
    off = np.asarray(disagreement(values, sample), float)
    if np.isinf(off).any():
        raise ModelError("The process must let it vary, or nothing tells how far off a device is, but does not.")
    odd = {str(sites[k]): float(off[k]) for k in np.flatnonzero(np.abs(np.nan_to_num(off)) > ODD)}
    return Expected(name, device, Distribution.of(sample), float(np.nanmedian(values)), off, odd)
