"""The steps of a characterisation: what each is for, what it needs of the bench, and its ranges from what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.limits import FieldLimits, Limits
from smtjlab.simulation.constants import VACUUM_PERMEABILITY

from .bias_curve import BiasCurve
from .field_loop import FieldLoop
from .gate_step import GateStep
from .gated_field_loops import GatedFieldLoops
from .noise_spectrum import NoiseSpectrum
from .transfer_curve import TransferCurve
from .transverse_loop import TransverseLoop

if TYPE_CHECKING:
    from smtjlab.instruments.limits import SetpointLimits
    from smtjlab.simulation.belief import Belief

    from .procedure import Procedure

SITE = Mapping[str, "SetpointLimits"]
DRAWS = 200
"""Junctions drawn from a belief to see how well it knows its threshold and its fields."""
SURELY = 4.0
"""Standard deviations of what is believed by which a range passes what it must hold."""
READ_BIAS = 0.1
"""Voltage in V across the junction at which all but the bias curve is read."""
WIDER = 1.25
"""Half a loop over half a ramp: how far it goes on into the plateaus."""
CREEP = 0.01
"""Standard uncertainty of a creep of which nothing is known."""
OF_LIMIT = 0.95
"""Part of a limit that a range may use."""


class StepImpossible(ValueError):
    """A step that a bench cannot do, or not on this junction; one sentence says why."""


@dataclass(frozen=True)
class Step:
    """One protocol in its place."""

    purpose: str
    """What it is for, a clause."""
    make: Callable[[Belief, SITE], Procedure]
    """The procedure with its ranges, from what is believed and the limits of the bench. Raises StepImpossible."""
    at_read_bias: bool = True
    """Whether its resistances are those at its read bias; else at small bias."""
    tells_signs: bool = False
    """Whether it tells the sign of a transverse field."""


@dataclass(frozen=True)
class Known:
    """What ranges are made of: believed values with their standard deviations, V and T, and the limits."""

    threshold: float
    """Size of the gate voltage, in V."""
    threshold_sigma: float
    dipole_field: float
    """Flux density in T."""
    dipole_sigma: float
    shape_field: float
    """Flux density in T."""
    gate: tuple[float, float]
    """Limits of the gate along the rotating sign, in V."""
    sign: int
    bias: float
    """Read bias in V."""

    @classmethod
    def of(cls, belief: Belief, site: SITE) -> Known:
        """Return what a belief and a site tell. Raises StepImpossible where the site has no gate or no reading."""
        drawn = belief.draw(DRAWS, seed=1) if belief.uncertain else [belief.junction]
        thresholds = np.abs([junction.threshold_voltage for junction in drawn])
        fields = VACUUM_PERMEABILITY * np.array([junction.dipole_field for junction in drawn])
        gate = _limits(site, "gate").voltage
        sign = int(belief.junction.gate_sign)
        along = (sign * gate[0], sign * gate[1])
        return cls(
            threshold=abs(belief.junction.threshold_voltage),
            threshold_sigma=float(np.std(thresholds)),
            dipole_field=VACUUM_PERMEABILITY * belief.junction.dipole_field,
            dipole_sigma=float(np.std(fields)),
            shape_field=VACUUM_PERMEABILITY * belief.junction.shape_field,
            gate=(min(along), max(along)),
            sign=sign,
            bias=_read_bias(belief, site, READ_BIAS),
        )

    @property
    def below(self) -> float:
        """Largest gate, as a size in V, that surely does not rotate."""
        return max(0.0, self.threshold - SURELY * self.threshold_sigma)

    @property
    def above(self) -> float:
        """Smallest gate, as a size in V, that surely rotates."""
        return self.threshold + SURELY * self.threshold_sigma

    def reach(self, wanted: float, least: float) -> float:
        """Return the gate `wanted`, as a size in V, or what the limit leaves of it, down to `least`."""
        allowed = OF_LIMIT * self.gate[1]
        if allowed < least:
            raise StepImpossible(f"the gate must reach {least:.4g} V, but its limit leaves {allowed:.4g} V")
        return min(wanted, allowed)


def _limits(site: SITE, name: str) -> Limits:
    limits = site.get(name)
    if not isinstance(limits, Limits):
        raise StepImpossible(f"the bench must have a source meter called `{name}`, but has none")
    return limits


def field_reach(site: SITE, name: str, least: float) -> float:
    """Return the largest flux density in T that is allowed both ways on an axis. Raises StepImpossible."""
    limits = site.get(name)
    axis = {"field": "the easy axis", "transverse_field": "the minor axis"}[name]
    if not isinstance(limits, FieldLimits):
        raise StepImpossible(f"the bench has no field along {axis}")
    allowed = OF_LIMIT * min(abs(edge) for edge in limits.field)
    if allowed < least:
        raise StepImpossible(f"the field along {axis} must reach {least:.4g} T, but its limit leaves {allowed:.4g} T")
    return allowed


def _read_bias(belief: Belief, site: SITE, wanted: float) -> float:
    """Return a bias in V that limits of voltage and of current through R_P both allow."""
    limits = _limits(site, "junction")
    current = OF_LIMIT * limits.current * belief.junction.resistance_parallel / 1.2
    return min(wanted, OF_LIMIT * limits.voltage[1], current)


def _rounded(value: float, digits: int = 3) -> float:
    """Return a number that a person can read, nearly the same."""
    return float(f"{value:.{digits}g}")


def field_loop(belief: Belief, site: SITE) -> FieldLoop:
    """Return the loop of the soft layer between its plateaus; the hard layer is left as it is."""
    known = Known.of(belief, site)
    far = 1.4 * known.dipole_field + SURELY * known.dipole_sigma
    reach = field_reach(site, "field", 1.1 * known.dipole_field + SURELY * known.dipole_sigma)
    return FieldLoop(
        start=_rounded(min(0.3 * known.dipole_field, reach)),
        stop=-_rounded(min(far, reach)),
        points=35,
        bias=known.bias,
    )


def minor_loop(belief: Belief, site: SITE) -> FieldLoop:
    """Return the same closely around its centre, where the layer switches."""
    known = Known.of(belief, site)
    half = SURELY * known.dipole_sigma + 4 * known.shape_field
    reach = field_reach(site, "field", known.dipole_field + half)
    return FieldLoop(
        start=-_rounded(max(known.dipole_field - half, 0.0), 4),
        stop=-_rounded(min(known.dipole_field + half, reach), 4),
        points=41,
        bias=known.bias,
    )


def transfer_curve(belief: Belief, site: SITE) -> TransferCurve:
    """Return the sweep up and down from a flat foot to twice the threshold."""
    known = Known.of(belief, site)
    start = max(0.0, _rounded(0.5 * known.below))
    stop = _rounded(known.reach(2.2 * known.threshold, 1.2 * known.above))
    return TransferCurve(
        start=known.sign * start,
        stop=known.sign * stop,
        points=41,
        bias=known.bias,
        polarity="positive" if known.sign > 0 else "negative",
    )


def gated_field_loops(belief: Belief, site: SITE) -> GatedFieldLoops:
    """Return loops at three gates that turn the layer from one side to the other, as wide as the field allows."""
    known = Known.of(belief, site)
    per_volt = VACUUM_PERMEABILITY * belief.junction.stress_field_per_volt
    edge = known.dipole_field + SURELY * known.dipole_sigma
    lowest = _rounded(max(0.35 * known.threshold, 4 * known.shape_field / per_volt))
    reach = field_reach(site, "field", edge + WIDER * per_volt * 1.5 * lowest)
    highest = known.reach(min(1.6 * known.threshold, (reach - edge) / (WIDER * per_volt)), 1.5 * lowest)
    half = WIDER * per_volt * highest
    poled = VACUUM_PERMEABILITY * OF_LIMIT * belief.junction.hard_layer_coercivity  # the hard layer must not turn
    return GatedFieldLoops(
        gate_start=known.sign * lowest,
        gate_stop=known.sign * _rounded(highest),
        gates=3,
        start=_rounded(min(half - known.dipole_field + SURELY * known.dipole_sigma, reach, poled)),
        stop=-_rounded(min(half + edge, reach)),
        points=17,
        bias=known.bias,
    )


def transverse_loop(belief: Belief, site: SITE) -> TransverseLoop:
    """Return a loop in a small field along the minor axis, the gate at 0 V."""
    known = Known.of(belief, site)
    half = _rounded(0.35 * known.dipole_field)
    field_reach(site, "transverse_field", half)
    return TransverseLoop(start=-half, stop=half, points=17, bias=known.bias)


def gate_step(belief: Belief, site: SITE) -> GateStep:
    """Return a step from 0 V to where the curve is steep, held for some minutes."""
    known = Known.of(belief, site)
    stop = _rounded(known.reach(1.25 * known.threshold, 1.05 * known.above))
    return GateStep(
        stop=known.sign * stop, probe=_rounded(0.03 * known.threshold, 2), hold=300.0, recovery=30.0, bias=known.bias
    )


def bias_curve(belief: Belief, site: SITE) -> BiasCurve:
    """Return I-V at a gate that does not rotate, one that does, and one between."""
    known = Known.of(belief, site)
    bias = min(_read_bias(belief, site, 0.3), -OF_LIMIT * _limits(site, "junction").voltage[0])
    if bias <= 0:
        raise StepImpossible("the bias must reach both signs, but its limits leave one")
    return BiasCurve(
        gate_start=0.0,
        gate_stop=known.sign * _rounded(known.reach(1.4 * known.threshold, 1.1 * known.above)),
        gates=3,
        bias=_rounded(bias, 2),
        points=8,
    )


def noise_spectrum(belief: Belief, site: SITE) -> NoiseSpectrum:
    """Return readings at rest, of a tenth of a line cycle: at a hundredth the usual 1/f noise stays below the white."""
    return NoiseSpectrum(gate=0.0, readings=1024, segments=4, nplc=0.1, bias=Known.of(belief, site).bias)


def opened(belief: Belief, site: SITE) -> Belief:
    """Return the belief with what it says nothing of left open: a piezo of which nobody knows hysteresis or creep.

    Its loop is then given for the largest gate allowed, and its creep is what a piezo may have, not none.
    """
    junction, known, told = belief.junction, belief.uncertainty, dict(belief.provenance)
    if junction.piezo_hysteresis == 0 and "piezo_hysteresis" not in known:
        junction = junction.changed(piezo_hysteresis_voltage=_limits(site, "gate").largest_voltage)
        told["piezo_hysteresis_voltage"] = "the largest gate that the site allows"
    if junction.piezo_creep > 0 or "piezo_creep" in known:
        return replace(belief, junction=junction, provenance=told)
    told["piezo_creep"] = "not known: a piezo creeps by 0.5 to 3 % a decade"
    return replace(belief, junction=junction, uncertainty={**known, "piezo_creep": CREEP}, provenance=told)


STEPS: Mapping[str, Step] = {
    "field-loop": Step("resistances of both states, dipole field", field_loop),
    "minor-loop": Step("dipole field and coercivity, closely", minor_loop),
    "transverse-loop": Step("stiffness, stray transverse field with its sign", transverse_loop, tells_signs=True),
    "transfer-curve": Step("threshold, rotation voltage, stray transverse field, both ways", transfer_curve),
    "gated-field-loops": Step("stress field per volt, loop of the piezo", gated_field_loops),
    "gate-step": Step("creep of the piezo, leakage and absorption of the gate", gate_step),
    "bias-curve": Step("fall of the TMR with bias, resistance at small bias", bias_curve, at_read_bias=False),
    "noise-spectrum": Step("1/f noise, which tells how far runs may differ, and white noise", noise_spectrum),
}
"""Name to step, in their order: each finds its ranges from what those before it have told.

What is measured without gate comes first: a piezo that has been driven keeps some strain at 0 V. The transfer curve is
the first that drives it, and the gated loops begin where it forgets what it went through before.
"""
