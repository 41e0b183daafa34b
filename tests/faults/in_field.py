"""A procedure of one's own in a file of one's own: a transfer curve in a field that rises from point to point."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smtjlab.instruments.reading import Setpoint
from smtjlab.procedures import TransferCurve

LARGEST = 0.04
"""Field in T at the last point."""


@dataclass(frozen=True, kw_only=True)
class InField(TransferCurve):
    """Conductance against gate voltage while the field rises."""

    def setpoints(self) -> list[Setpoint]:
        """Return the gate voltages, each in a field of its own."""
        plain = super().setpoints()
        return [replace(one, field=LARGEST * number / len(plain)) for number, one in enumerate(plain)]
