"""Everything that readings of a device on a bench suffer from, and where the size of each error comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .calibration import Circumstances
from .limits import Limits, SetpointLimits
from .meter_errors import NOWHERE, UNKNOWN_CIRCUMSTANCES, ErrorSource, Meter
from .reading import Uncertainty
from .roles import SourceMeter, SourceSettings
from .specification import InstrumentSpecification, Origin, RangeSpecification, range_for
from .uncertainty_budget import LEAD_RESISTANCE, THERMAL_EMF, JunctionErrors

UNITS = {"field": "T", "transverse_field": "T", "temperature": "K"}
"""Units of what may be held around a device."""


class Remark(NamedTuple):
    """Something a reader must know of the budget."""

    text: str
    matters: bool
    """Whether it makes the budget wrong, so that somebody should be warned."""


@dataclass(frozen=True, kw_only=True)
class Around:
    """A quantity that is held around the device, as it is read back."""

    name: str
    driver: Any
    limits: SetpointLimits
    value: float


class BenchErrors:
    """The errors of a prepared device."""

    def __init__(
        self,
        gate: SourceMeter,
        junction: SourceMeter,
        limits: Mapping[str, Limits],
        circumstances: Mapping[str, Circumstances],
    ) -> None:
        """`circumstances` are those of the instruments by `gate`, `junction` and the names of UNITS."""
        self._circumstances = circumstances
        self._limits = limits["junction"]
        assert gate.settings is not None
        assert junction.settings is not None
        self._settings = junction.settings
        self._gate = self._meter("gate", "voltage", gate, gate.settings)
        self._junction = JunctionErrors(
            current=self._meter("junction", "current", junction, junction.settings),
            voltage=self._meter("junction", "voltage", junction, junction.settings),
            thermal_emf=self._limits.thermal_emf or 0.0,
            lead_resistance=0.0 if junction.settings.four_wire else self._limits.contact_resistance or 0.0,
        )
        self._around: dict[str, Meter] = {}

    def uncertainty(
        self,
        conductances: Sequence[float],
        *,
        voltage: float,
        gate: float,
        around: Sequence[Around] = (),
        reversal: bool = False,
    ) -> Uncertainty:
        """Return the uncertainty of the mean of some conductances in S, read at a voltage in V with a gate in V."""
        mean = sum(conductances) / len(conductances)
        held: dict[str, Any] = {one.name: self._meter_around(one).effects(one.value) for one in around}
        return Uncertainty(
            independent=self._junction.independent(conductances, voltage, reversal=reversal),
            specified=self._junction.specified(conductances, voltage, reversal=reversal),
            common=self._junction.common(mean, voltage, reversal=reversal),
            gate=self._gate.effects(gate),
            read_back={"gate": self._gate.random} | {one.name: self._meter_around(one).random for one in around},
            **held,
        )

    def sources(self, around: Sequence[Around] = ()) -> list[ErrorSource]:
        """Return every error that readings may carry, whatever is read."""
        read = (self._junction.current, self._junction.voltage)
        meters = (*read, self._gate, *(self._meter_around(one) for one in around))
        found = [one for meter in meters for one in meter.errors if one.limit > 0]
        found += [one for meter in read for one in meter.scatter]
        stated = ErrorSource(
            name=THERMAL_EMF, kind="thermal EMF", limit=self._junction.thermal_emf, unit="V",
            document="bench file", page="[limits.junction] thermal_emf",
        )  # fmt: skip
        leads = replace(
            stated, name=LEAD_RESISTANCE, kind="lead resistance", limit=self._junction.lead_resistance, unit="ohm",
            page="[limits.junction] contact_resistance",
        )  # fmt: skip
        return found + [one for one in (stated, leads) if one.limit > 0]

    def remarks(self, around: Sequence[Around] = ()) -> list[Remark]:
        """Return what makes the budget other than it would be if everything were stated."""
        meters = {
            "gate": [self._gate],
            "junction": [self._junction.current, self._junction.voltage],
            **{one.name: [self._meter_around(one)] for one in around},
        }
        found = [remark for name, used in meters.items() for remark in of_calibration(name, used)]
        if all(one.circumstances.ambient is None for used in meters.values() for one in used):
            text = "The temperature around the instruments is not stated: it is taken as 23 °C ± 5 °C."
            found.append(Remark(text, False))
        if self._limits.thermal_emf is None:
            found.append(Remark("No limit of the thermal EMF is stated: it is taken as 0 V.", False))
        if not self._settings.four_wire and self._limits.contact_resistance is None:
            text = (
                "The junction is read on two wires and no `contact_resistance` is stated: what the leads add to it is "
                "not in the uncertainty."
            )
            found.append(Remark(text, True))
        return found

    def _meter(self, name: str, quantity: str, driver: SourceMeter, settings: SourceSettings) -> Meter:
        used = settings.current_range if quantity == "current" else settings.voltage_range
        return Meter(
            name=f"{name} {quantity}",
            unit="A" if quantity == "current" else "V",
            range=used,
            nplc=settings.nplc,
            circumstances=self._circumstances.get(name, UNKNOWN_CIRCUMSTANCES),
            origin=origin_of(driver, used),
        )

    def _meter_around(self, one: Around) -> Meter:
        if one.name not in self._around:
            used = _range_around(one)
            self._around[one.name] = Meter(
                name=one.name.replace("_", " "),
                unit=UNITS[one.name],
                range=used,
                nplc=getattr(one.driver, "averaging", 1),
                circumstances=self._circumstances.get(one.name, UNKNOWN_CIRCUMSTANCES),
                origin=origin_of(one.driver, used),
            )
        return self._around[one.name]


def of_calibration(name: str, meters: Sequence[Meter]) -> list[Remark]:
    """Return what is to be said of the calibration of an instrument, by the meters of it that are used."""
    known = meters[0].circumstances
    if known.age is None:
        return [Remark(f"Nobody says when `{name}` was calibrated: its limits are those of one year.", False)]
    covered = min(one.range.longest_interval for one in meters)
    if known.age <= covered:
        return []
    text = (
        f"The calibration of `{name}` of {known.calibrated} is {known.age:.0f} days old and overdue: its limits, which "
        f"hold for {covered:.0f} days, are taken {known.age / covered:.2f} times as wide."
    )
    return [Remark(text, True)]


UNKNOWN = RangeSpecification(1.0, 0.0, 0.0, 0.0, 0.0)
"""What is known of a driver that promises nothing."""


def _range_around(one: Around) -> RangeSpecification:
    """Return the range that holds the largest value within the limits, as drivers choose it."""
    specification = getattr(one.driver, "specification", None)
    what = "temperature" if one.name == "temperature" else "field"
    table = specification.tables.get(f"measure {what}") if isinstance(specification, InstrumentSpecification) else None
    if not table:
        return UNKNOWN
    return range_for(table, max(abs(edge) for edge in getattr(one.limits, what)))


def origin_of(driver: Any, used: RangeSpecification) -> Origin:
    """Return where the numbers of a range of a driver stand."""
    specification = getattr(driver, "specification", None)
    return specification.origin(used) if isinstance(specification, InstrumentSpecification) else NOWHERE
