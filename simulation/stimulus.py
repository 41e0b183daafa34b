"""What a junction has seen, and for how long: the one currency of measurement and model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus:
    """One interval of constant conditions at the junction, as applied and read back, never as wished.

    A ramp is a sequence of short stimuli. The conductance of a reading is the mean over the stimuli marked `read`.
    """

    duration: float
    """Length of the interval in s, at least 0."""
    gate: float = 0.0
    """Gate voltage in V."""
    bias: float = 0.0
    """Voltage across the junction in V."""
    field: float = 0.0
    """Applied magnetic field along the easy axis in A/m, without the dipole field."""
    transverse_field: float = 0.0
    """Applied magnetic field along the minor axis in A/m, without the junction's own stray field."""
    temperature: float | None = None
    """Temperature of the junction in K; None stands for the junction's own."""
    read: bool = False
    """Whether the reading integrates over this interval."""

    def __post_init__(self) -> None:
        if not self.duration >= 0:
            raise ValueError(f"`duration` of a stimulus must be at least 0 s, but is {self.duration}.")

    def to_dict(self) -> dict[str, float | bool | None]:
        """Return the fields as plain JSON values."""
        return {  # written out: there are dozens of stimuli to a reading
            "duration": self.duration,
            "gate": self.gate,
            "bias": self.bias,
            "field": self.field,
            "transverse_field": self.transverse_field,
            "temperature": self.temperature,
            "read": self.read,
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, float | bool | None]) -> Stimulus:
        """Return the stimulus that `to_dict` described."""
        return cls(**fields)  # type: ignore[arg-type]
