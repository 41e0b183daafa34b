"""The meters of a circuit as a procedure names them: voltmeters, and the sources that measure their own current."""

from __future__ import annotations

from typing import Any, Protocol

from .circuit_sources import LevelSource, MeteredSource
from .electrical_roles import Voltmeter
from .limits import Limits
from .specification import LINE_PERIOD, InstrumentSpecification, RangeSpecification, range_for


class CircuitMeter(Protocol):
    """One meter of a circuit."""

    name: str
    quantity: str
    unit: str

    def read(self) -> float | None:
        """Return one reading in its unit; None where it overflowed."""

    @property
    def aperture(self) -> float:
        """Time in s for which it integrates."""

    def errors_in(self) -> tuple[Any, RangeSpecification, float]:
        """Return the driver, the range in use and the integration time in line cycles."""


class VoltageMeter:
    """A voltmeter between two nodes."""

    quantity, unit = "voltage", "V"

    def __init__(self, name: str, driver: Voltmeter) -> None:
        self.name, self.driver = name, driver
        self._nplc = 1.0

    def prepare(self, *, largest: float, nplc: float) -> None:
        """Fix the closest range that holds `largest` in V, and integrate over so many line cycles."""
        self.driver.configure(largest_voltage=largest, nplc=nplc)
        self._nplc = nplc

    def read(self) -> float | None:
        """Return one reading in V; None where it overflowed."""
        return self.driver.read_voltage()

    @property
    def aperture(self) -> float:
        """Return the time in s for which it integrates."""
        return self._nplc * LINE_PERIOD

    def errors_in(self) -> tuple[Any, RangeSpecification, float]:
        """Return the driver, the range in use and the integration time in line cycles."""
        assert self.driver.measuring_range is not None
        return self.driver, self.driver.measuring_range, self._nplc


class SourceCurrent:
    """What a source of the circuit measures of its own current, a virtual ground among them."""

    quantity, unit = "current", "A"

    def __init__(self, source: LevelSource) -> None:
        self.name, self.source = source.name, source
        self.level: float | None = None
        """Level in V that the last reading found beside the current; None before any."""

    def read(self) -> float | None:
        """Return one reading in A, positive out of the source; None where it overflowed."""
        found = self.source.look()
        self.level = found.level
        return found.current

    @property
    def aperture(self) -> float:
        """Return the time in s for which it integrates."""
        return self.errors_in()[2] * LINE_PERIOD

    def errors_in(self) -> tuple[Any, RangeSpecification, float]:
        """Return the driver, its current range in use and the integration time in line cycles."""
        if isinstance(self.source, MeteredSource):
            settings = self.source.driver.settings
            assert settings is not None
            return self.source.driver, settings.current_range, settings.nplc
        driver: Any = self.source.driver
        specification: InstrumentSpecification = driver.specification
        limits = self.source.limits
        largest = limits.current if isinstance(limits, Limits) else max(map(abs, limits.current))
        return driver, range_for(specification.tables["measure current"], largest), 1.0
