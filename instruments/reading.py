"""What was wanted and what came: setpoints and readings."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.repeats import Repeats
from smtjlab.simulation.stimulus import Stimulus

OF_CIRCUITS = ("levels", "currents", "others")
"""Fields of a reading that only readings of circuits have."""
UNCERTAIN_IN_CIRCUITS = ("levels", "level_scatter", "level_noise", "seen", "step")
"""Fields of an uncertainty that only readings of circuits have."""
INSIGNIFICANT = 3.0
"""Standard uncertainties within which a value cannot be told from none."""


class Flag(StrEnum):
    """Something a reader must know before believing a reading."""

    COMPLIANCE = "compliance"
    OVERFLOW = "overflow"
    UNSETTLED = "unsettled"
    RANGE_CHANGE = "range change"
    CONTACT_SUSPECT = "contact suspect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setpoint:
    """One wish: the conditions at which a procedure wants one reading. None leaves a quantity as it is."""

    gate: float | None = None
    """Gate voltage in V."""
    bias: float | None = None
    """Voltage across the junction in V."""
    field: float | None = None
    """Flux density along the easy axis in T."""
    transverse_field: float | None = None
    """Flux density along the minor axis in T."""
    temperature: float | None = None
    """Temperature in K."""
    dwell: float = 0.0
    """Time in s between arrival at the setpoint and the reading."""
    branch: str = ""
    """Which part of the sweep this is: `up`, `down` or empty."""
    levels: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Levels in V (in A of a current source) of further sources of the circuit, by name; others stay as they are."""
    meter: str = ""
    """The meter of the circuit that answers; empty for the conductance of a single junction."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values; what only circuits have is named only where there is any."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name not in ("levels", "meter")}
        return fields | ({"levels": dict(self.levels), "meter": self.meter} if self.levels or self.meter else {})

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Setpoint:
        """Return the setpoint that `to_dict` described; what an older record does not name is left as it is."""
        return cls(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """Standard uncertainty (1 sigma) of one reading, with what is common to all readings of a run kept apart.

    Components that share a name are one and the same unknown in every reading that carries it, so they neither
    average away nor look like scatter.
    """

    independent: float
    """Scatter of this reading alone, in the unit of the reading."""
    common: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Name to signed effect of +1 sigma on the value, in the unit of the reading (gain, offset)."""
    gate: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Name to signed effect of +1 sigma on the gate voltage that was really there, in V."""
    field: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Name to signed effect of +1 sigma on the flux density along the easy axis that was really there, in T."""
    transverse_field: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """The same along the minor axis, in T."""
    temperature: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Name to signed effect of +1 sigma on the temperature that was really there, in K."""
    read_back: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Scatter of what was read back for this reading alone: `gate` in V, fields in T, temperature in K."""
    specified: float | None = None
    """What the instruments' specifications make of `independent`, whatever repeats say; None in older records."""
    levels: Mapping[str, Mapping[str, float]] = dataclasses.field(default_factory=dict)
    """Source of a circuit to the signed effects of its common errors on the level that was really there, in V or A."""
    level_scatter: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Source of a circuit to the scatter of its level for this reading alone, in V or A."""
    level_noise: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """The same of those whose level scatters from one raw reading to the next: it is in the scatter of repeats too."""
    seen: float | None = None
    """Standard deviation of one of the raw readings of a circuit as they came, in their unit; None of a single one, and
    elsewhere."""
    step: float | None = None
    """The part of `independent` and `specified` that is the step of the meter's display, which no mean lowers; None
    elsewhere, and in older records, whose `seen` has it in it."""

    @property
    def levels_alone(self) -> Mapping[str, float]:
        """The part of `level_scatter` that is not in `independent` already.

        Where the repeats' own scatter is believed, it holds what sources do from one raw reading to the next.
        """
        if self.specified is None or self.independent == self.specified:
            return self.level_scatter
        return {name: one for name, one in self.level_scatter.items() if name not in self.level_noise}

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values; what only circuits have is named only where there is any."""
        numbers = {"independent": self.independent, "specified": self.specified}
        tables = [name for name in self.__slots__ if name not in numbers and name not in UNCERTAIN_IN_CIRCUITS]
        fields = numbers | {name: dict(getattr(self, name)) for name in tables}
        if not self.levels:
            return fields
        levels = {name: dict(effects) for name, effects in self.levels.items()}
        scatter = {"level_scatter": dict(self.level_scatter), "level_noise": dict(self.level_noise)}
        return fields | {"levels": levels} | scatter | {"seen": self.seen, "step": self.step}

    def tells_from_none(self, value: float) -> bool:
        """Return whether a value in the unit of the reading is more than what is there without any."""
        return abs(value) > INSIGNIFICANT * math.hypot(self.independent, *self.common.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One result, with the stimuli it answers, its uncertainty and its flags."""

    setpoint: Setpoint
    value: float | None
    """Conductance in S; None where no number came (overflow): an overflow is never a number."""
    uncertainty: Uncertainty
    stimuli: tuple[Stimulus, ...]
    """Everything the junction has seen since the previous reading, this reading's own interval included."""
    time: float
    """Time on the bench's clock at the end of the reading, in s."""
    gate: float
    """Gate voltage as read back, in V."""
    gate_current: float | None
    """Current into the gate (leakage), in A; None where no number came."""
    bias: float | None
    """Voltage across the junction as read back, in V."""
    current: float | None
    """Current through the junction, in A."""
    repeats: int = 1
    """Number of raw readings averaged."""
    aperture: float | None = None
    """Time in s for which the junction's meter integrated each time; None in older records."""
    quantity: str = "conductance"
    unit: str = "S"
    flags: frozenset[Flag] = frozenset()
    levels: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Level of each source of a circuit while the reading integrated, as read back, in V or A; else empty."""
    currents: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Current in A out of those sources of a circuit that measure it."""
    others: Mapping[str, tuple[Stimulus, ...]] = dataclasses.field(default_factory=dict)
    """What further junctions of a circuit have seen meanwhile, by device; `stimuli` are those of the first."""

    @property
    def field(self) -> float:
        """Flux density along the easy axis in T while the reading integrated, as read back; 0 where none is applied."""
        return VACUUM_PERMEABILITY * self._while_reading("field")

    @property
    def transverse_field(self) -> float:
        """The same along the minor axis, in T."""
        return VACUUM_PERMEABILITY * self._while_reading("transverse_field")

    @property
    def temperature(self) -> float | None:
        """Temperature in K at the end of the reading, as read back; None where nobody read any."""
        return self.stimuli[-1].temperature if self.stimuli else None

    @property
    def duration(self) -> float:
        """Time in s for which the junction was read; 0 where nothing was."""
        return math.fsum(stimulus.duration for stimulus in self.stimuli if stimulus.read)

    @property
    def made_of(self) -> Repeats:
        """Return how this reading was put together."""
        windows = sum(stimulus.read for stimulus in self.stimuli)
        return Repeats(self.repeats, max(windows, 1), self.aperture, self.uncertainty.specified)

    def _while_reading(self, name: str) -> float:
        """Return the mean of a quantity of the stimuli over those that were read, weighted by their lengths."""
        read = [stimulus for stimulus in self.stimuli if stimulus.read]
        whole = math.fsum(stimulus.duration for stimulus in read)
        if whole == 0:
            return float(getattr(read[-1], name)) if read else 0.0
        return math.fsum(getattr(stimulus, name) * stimulus.duration for stimulus in read) / whole

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values; `from_dict` gives the same reading back, bit for bit."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name not in OF_CIRCUITS}
        fields |= {
            "setpoint": self.setpoint.to_dict(),
            "uncertainty": self.uncertainty.to_dict(),
            "stimuli": [stimulus.to_dict() for stimulus in self.stimuli],
            "flags": sorted(self.flags),
        }
        if not self.levels:
            return fields
        others = {name: [one.to_dict() for one in stimuli] for name, stimuli in self.others.items()}
        return fields | {"levels": dict(self.levels), "currents": dict(self.currents), "others": others}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Reading:
        """Return the reading that `to_dict` described."""
        return cls(
            **dict(fields)
            | {
                "setpoint": Setpoint.from_dict(fields["setpoint"]),
                "uncertainty": Uncertainty(**fields["uncertainty"]),
                "stimuli": tuple(Stimulus.from_dict(stimulus) for stimulus in fields["stimuli"]),
                "flags": frozenset(Flag(flag) for flag in fields["flags"]),
                "others": {
                    name: tuple(Stimulus.from_dict(one) for one in stimuli)
                    for name, stimuli in fields.get("others", {}).items()
                },
            }
        )
