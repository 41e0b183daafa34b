"""Everything that readings of a circuit on a bench suffer from, and where the size of each error comes from."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from .bench_errors import Around, Remark, of_calibration, origin_of
from .calibration import Circumstances
from .circuit_meters import CircuitMeter
from .circuit_sources import LevelSource, MeteredSource
from .meter_errors import ROOT_12, UNKNOWN_CIRCUMSTANCES, ErrorSource, Meter
from .reading import Uncertainty
from .uncertainty_budget import scatter_of_one


class CircuitErrors:
    """The errors of the sources and meters of a prepared circuit."""

    def __init__(
        self,
        sources: Mapping[str, LevelSource],
        meters: Mapping[str, CircuitMeter],
        circumstances: Mapping[str, Circumstances],
    ) -> None:
        """`circumstances` are those of the instruments, by the names of sources and meters."""
        self._circumstances = circumstances
        self._measured = {name for name, source in sources.items() if isinstance(source, MeteredSource)}
        self._levels = {name: self._of_source(source) for name, source in sources.items()}
        self._values = {name: self._of_meter(meter) for name, meter in meters.items()}

    def uncertainty(self, meter: str, values: Sequence[float], levels: Mapping[str, float]) -> Uncertainty:
        """Return the uncertainty of the mean of some values of a meter in its unit, sources at levels in V or A."""
        errors, count = self._values[meter], len(values)
        mean, step = math.fsum(values) / count, errors.range.resolution / ROOT_12
        scatter = {name: self._level_scatter(name, count) for name in levels}
        return Uncertainty(
            independent=math.hypot(scatter_of_one(values, errors.noise) / math.sqrt(count), step),
            specified=math.hypot(errors.noise / math.sqrt(count), step),
            common=errors.effects(mean),
            levels={name: self._levels[name].effects(level) for name, level in levels.items()},
            level_scatter=scatter,
            level_noise={name: one for name, one in scatter.items() if name not in self._measured},
            seen=statistics.stdev(values) if count > 1 else None,
            step=step,
        )

    def sources(self, around: Sequence[Around] = ()) -> list[ErrorSource]:
        """Return every error that readings may carry."""
        meters = [*self._values.values(), *self._levels.values()]
        found = [one for meter in meters for one in meter.errors if one.limit > 0]
        return found + [one for meter in self._values.values() for one in meter.scatter]

    def remarks(self, around: Sequence[Around] = ()) -> list[Remark]:
        """Return what makes the budget other than it would be if everything were stated."""
        used: dict[str, list[Meter]] = {}
        for name, meter in (*self._values.items(), *self._levels.items()):
            used.setdefault(name.partition(".")[0], []).append(meter)
        found = [remark for name, meters in used.items() for remark in of_calibration(name, meters)]
        if all(one.circumstances.ambient is None for meters in used.values() for one in meters):
            text = "The temperature around the instruments is not stated: it is taken as 23 °C ± 5 °C."
            found.append(Remark(text, False))
        return found

    def _level_scatter(self, name: str, count: int) -> float:
        """Return the scatter of a level: of one measurement, or where it is programmed of the source over `count`."""
        errors = self._levels[name]
        return errors.random if name in self._measured else errors.noise / math.sqrt(count)

    def _of_source(self, source: LevelSource) -> Meter:
        driver, used = source.errors_in()
        kind = "current" if source.unit == "A" else "voltage"
        return Meter(
            name=f"{source.name} {kind}",
            unit=source.unit,
            range=used,
            circumstances=self._circumstances.get(source.name, UNKNOWN_CIRCUMSTANCES),
            origin=origin_of(driver, used),
        )

    def _of_meter(self, meter: CircuitMeter) -> Meter:
        driver, used, nplc = meter.errors_in()
        return Meter(
            name=f"{meter.name} {meter.quantity}",
            unit=meter.unit,
            range=used,
            nplc=nplc,
            circumstances=self._circumstances.get(meter.name, UNKNOWN_CIRCUMSTANCES),
            origin=origin_of(driver, used),
        )
