"""The transfer curve: conductance of the junction against gate voltage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import ConductanceProcedure
from .errors import ParameterError
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.static_fit import TransferFit


@dataclass(frozen=True, kw_only=True)
class TransferCurve(ConductanceProcedure):
    """Conductance G against gate voltage V_G, up and down, at a small constant bias across the junction."""

    start: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="first gate voltage")
    stop: float = parameter(0.4, unit="V", limits=(-1000, 1000), doc="gate voltage at the far end")
    points: int = parameter(41, limits=(2, 100_000), doc="setpoints of one branch, both ends included")
    direction: str = parameter(
        "both", choices=("up", "down", "both"), doc="up goes start to stop, down comes back, both does both"
    )
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait at each gate voltage before the reading")
    bias: float = parameter(0.1, unit="V", limits=(-1, 1), doc="voltage across the junction while reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the junction with leads of their own")
    reversal: bool = parameter(
        False, doc="read at the bias and at its opposite in turn: offsets and thermal EMFs cancel"
    )
    polarity: str = parameter(
        "positive",
        choices=("positive", "negative"),
        doc="sign of the gate voltage along the poling direction",
    )
    poling: str = parameter("as found", doc="poling history of the piezoelectric, as declared by the operator")
    allow_bipolar: bool = parameter(False, doc="let the gate cross zero against the poling direction")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_zero_bias()
        if self.start == self.stop:
            raise ParameterError(f"`stop` must differ from `start`, but both are {self.start:g} V.")
        if not self.allow_bipolar:
            self._refuse_against_poling()

    def setpoints(self) -> list[Setpoint]:
        """Return the gate voltages of the branches; the turning point is read once on each branch."""
        up = [self._setpoint(gate, "up") for gate in np.linspace(self.start, self.stop, self.points)]
        down = [self._setpoint(gate, "down") for gate in np.linspace(self.stop, self.start, self.points)]
        return {"up": up, "down": down, "both": up + down}[self.direction]

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return what the curve tells: the static curve with a stray field and the piezo's loop fitted to all branches.

        Raises InferenceError.
        """
        return self.told_by(self.fit(readings, belief), readings)

    def told_by(self, fit: TransferFit, readings: Sequence[Reading]) -> Extraction:
        """Return the extraction of a fit to these readings."""
        from .field_readings import spread_out
        from .observed import Observed

        found = spread_out(fit.extraction, Observed.of(readings).valid)
        bias = f"Resistances and conductances are those at {self.bias:g} V across the junction."
        return replace(found, remarks=(*found.remarks, bias))

    def fit(self, readings: Sequence[Reading], belief: Belief) -> TransferFit:
        """Return the fit behind the extraction, to the valid readings. Raises InferenceError."""
        from smtjlab.simulation.inference.transfer_branches import fit_branches

        from .field_readings import memory_of
        from .noise_of_readings import noise_apart
        from .observed import Observed

        observed = Observed.of(readings)
        used = observed.valid
        memory = memory_of(readings, used, belief.junction)
        creep = float(belief.junction.piezo_creep)
        kelvin = observed.temperature[used]
        observations, noise = noise_apart(observed.observations(used))
        return fit_branches(
            observations,
            [name for name, one in zip(observed.branch, used, strict=True) if one],
            belief,
            bias=self.bias,
            temperature=float(kelvin.mean()) if len(kelvin) and np.isfinite(kelvin).all() else None,
            memory={"piezo_hysteresis": memory.hysteresis[1] + creep * memory.creep[1], "piezo_creep": memory.creep[0]},
            errors=noise,
        )

    def _setpoint(self, gate: float, branch: str) -> Setpoint:
        return Setpoint(gate=float(gate), bias=self.bias, dwell=self.dwell, branch=branch)

    def _refuse_against_poling(self) -> None:
        sign = 1 if self.polarity == "positive" else -1
        against = min(sign * self.start, sign * self.stop)
        if against < 0:
            raise ParameterError(
                f"The gate must stay {self.polarity} (`polarity`), but the sweep from {self.start:g} V to "
                f"{self.stop:g} V reaches {sign * against:g} V: beyond the coercive field the piezoelectric is "
                "depoled or switches and G(V_G) becomes a butterfly. Say `allow_bipolar=yes` if that is meant."
            )
