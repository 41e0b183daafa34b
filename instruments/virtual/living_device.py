"""One device of the world: a junction between two pins, a gate between two others, and how both are contacted."""

from __future__ import annotations

import math
import zlib

import numpy as np

from smtjlab.simulation.bias_dependence import tmr_divisor
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier

from .charge import Charge
from .chuck import Chuck
from .circuit import Quantity
from .disturbances import Flicker, Telegraph, pickup_over
from .living_junction import Conditions, LivingJunction
from .living_rival import LivingRival
from .nodal import Charged, Resistor
from .surroundings import Surroundings
from .truth import DeviceTruth
from .wafer_truth import LEAK, Defect

BROKEN = 1 / 50.0
"""Conductance in S of a barrier that has broken down: a pinhole."""
BROKEN_GATE = 1e-4
"""Conductance in S of a gate that has broken down."""
OPEN, SHORT = 1e-11, 1.0
"""Conductance in S between pads that nothing joins, and that metal joins."""


class LivingDevice:
    """A device while it lives. Times are those of the bench; pins are nets `name.top` and so on."""

    def __init__(self, name: str, truth: DeviceTruth, seed: int) -> None:
        self.name = name
        self.truth = truth
        # Hops of its own: neither those of another device, nor those of replicas that a run of the same seed has.
        hops = seed + zlib.crc32(f"hops of {name}".encode())
        self.junction: LivingJunction | LivingRival = (
            LivingJunction(truth.junction, hops) if truth.rival is None else LivingRival(truth.rival, hops)
        )
        self.charge = Charge(truth.gate_capacitance)
        self.chuck: Chuck | None = None
        """The prober's chuck under the device; None where it is bonded."""
        self.broken = truth.defect is Defect.BROKEN_BARRIER
        self.gate_broken = False
        self._leakage = LEAK if truth.defect is Defect.LEAKY_GATE else 1 / truth.leakage_resistance
        salt = [] if name == "device" else [zlib.crc32(name.encode())]
        self.rng = np.random.default_rng([seed, 1, *salt])
        noise = truth.disturbances
        area = truth.junction.area
        self._flicker = Flicker(noise.flicker_noise, area, np.random.default_rng([seed, 2, *salt]))
        self._telegraph = Telegraph(
            noise.telegraph_noise, noise.telegraph_rate, np.random.default_rng([seed, 5, *salt])
        )
        self._emf_rng = np.random.default_rng([seed, 6, *salt])
        self._read_until = 0.0
        self._standing: tuple[Charge | None, Conditions] = None, Conditions()
        """The charge under which nothing changes any more, and what surrounds the junction then."""
        self.bias = 0.0
        """Voltage in V across the junction when it was looked at last."""

    @property
    def junction_nets(self) -> tuple[str, str]:
        """Return the nets between which the junction stands."""
        return f"{self.name}.top", f"{self.name}.bottom"

    @property
    def gate_nets(self) -> tuple[str, str]:
        """Return the nets between which the gate stands."""
        return f"{self.name}.gate", f"{self.name}.back"

    # Contacts

    @property
    def contacted(self) -> bool:
        """Return whether the wires reach the device."""
        return self.chuck is None or self.chuck.made

    @property
    def wire_resistance(self) -> float:
        """Return lead, contact and relays in ohm of one wire."""
        factor, path = (1.0, 0.0) if self.chuck is None else (self.chuck.resistance_factor, self.chuck.path_resistance)
        return self.truth.lead_resistance + path + factor * self.truth.contact_resistance

    def fresh_emf(self) -> float:
        """Return the thermal voltage in V of one more contact."""
        sigma = self.truth.disturbances.thermal_emf
        return sigma * float(self._emf_rng.standard_normal()) if sigma > 0 else 0.0

    # What it is to the circuit

    def leak(self) -> Resistor:
        """Return the resistance across the gate."""
        return Resistor(*self.gate_nets, BROKEN_GATE if self.gate_broken else self._leakage)

    def barrier(self, conductance: float) -> Resistor:
        """Return the junction as a conductor of so many S."""
        return Resistor(*self.junction_nets, conductance)

    def charged(self, volts: float) -> Charged:
        """Return the gate's capacitor at a voltage."""
        return Charged(*self.gate_nets, volts)

    def charging(self, amperes: float) -> Charged:
        """Return the gate's capacitor as what draws a current."""
        return Charged(*self.gate_nets, amperes, Quantity.CURRENT)

    def over(self, around: Surroundings, start: float, end: float) -> Conditions:
        """Return what surrounds the junction over an interval: the very same ones as long as nothing changes."""
        charge, (standing, found) = self.charge, self._standing
        if standing is not charge:
            found = around.conditions(self.name, charge.mean(start, end), start)
            if around.constant and start >= charge.settled_at:
                self._standing = charge, found
        return found

    def conductance(self, conditions: Conditions, bias: float) -> float:
        """Return the conductance in S at this moment."""
        return self._ruined or self.junction.conductance(conditions, bias)

    def slope(self, conductance: float, bias: float) -> float:
        """Return dI/dV in S of a junction that has so many S at a bias in V."""
        truth = self.truth.junction
        if self._ruined or self.truth.rival is not None or math.isinf(truth.bias_half_tmr):
            return conductance
        excess = (1 / conductance - truth.resistance_parallel) * float(tmr_divisor(bias, truth.bias_half_tmr))
        barrier = TunnelBarrier(*(np.array(one) for one in (truth.resistance_parallel, excess, truth.bias_half_tmr)))
        return float(barrier.slope(bias))

    def read(self, start: float, end: float, conditions: Conditions, bias: float) -> float:
        """Let an interval pass and return its mean conductance in S, with all noise."""
        duration = end - start
        mean, thermal = self.junction.read(duration, conditions, bias)
        noisy = mean + thermal * float(self.rng.standard_normal())
        for noise in (self._flicker, self._telegraph):
            noise.over(max(0.0, start - self._read_until))  # it goes on while nobody reads
        self._read_until = end
        relative = self._flicker.over(duration) + self._telegraph.over(duration)
        drifted = 1 + relative + self.truth.disturbances.drift * (start + end) / 2
        return self._ruined or noisy * drifted

    @property
    def _ruined(self) -> float:
        """Return the conductance in S that has taken the junction's place; 0 while it is whole."""
        if self.truth.defect is Defect.OPEN:
            return OPEN
        if self.truth.defect is Defect.SHORT:
            return SHORT
        return BROKEN if self.broken else 0.0

    def pickup(self, start: float, end: float) -> float:
        """Return the mean line voltage in V in the junction's loop over an interval."""
        return pickup_over(self.truth.disturbances.pickup, start, end)

    def bear(self, bias: float, slack: float) -> bool:
        """Note the voltage across the junction: beyond breakdown its barrier is lost.

        Return whether it is the one noted before, to a fraction `slack`, and the junction the same.
        """
        same = abs(bias - self.bias) <= slack * abs(bias)
        breaks = not self.broken and abs(bias) > self.truth.breakdown
        self.bias, self.broken = bias, self.broken or breaks
        return same and not breaks

    @property
    def remembers(self) -> bool:
        """Return whether the junction may differ under the same conditions: it creeps, has seen others, or hops."""
        truth = self.truth.junction
        return truth.piezo_creep != 0 or truth.piezo_hysteresis != 0 or self.junction.restless

    def break_down(self, pin: str) -> None:
        """Let what stands at a pin, barrier or gate, break down for good."""
        self.broken = self.broken or pin in self.junction_nets
        self.gate_broken = self.gate_broken or pin in self.gate_nets

    def leak_more(self, siemens: float) -> None:
        """Let the gate leak by a conductance in S more from now on."""
        self._leakage += siemens

    def would_break(self, volts: float) -> bool:
        """Return whether a voltage across the junction would break it, that has not broken it yet."""
        return not self.broken and volts > self.truth.breakdown

    def breaks_gate(self, volts: float) -> bool:
        """Let a voltage stand across the gate; return whether it breaks just now."""
        breaks = not self.gate_broken and abs(volts) > self.truth.gate_breakdown
        self.gate_broken = self.gate_broken or breaks
        return breaks
