"""Switching by currents: spin transfer through the barrier, and the spin-orbit torque of a heavy metal below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .junction import Junction, quantity
from .mechanism import Mechanism
from .spin_torques import SpinOrbitTorque, SpinTransferTorque
from .terms import Term


def in_plane_layer() -> Junction:
    """Return a CoFeB ellipse for currents: barrier 48 kT, low damping, TMR 100 %, no dipole field.

    2 ohm um^2 (about 0.9 nm of MgO, as thin as is made) keep the pulses of `SpinTransferSwitching` at 1 V and below.
    """
    return Junction(
        major_axis=120e-9,
        minor_axis=60e-9,
        thickness=2.5e-9,
        saturation_magnetization=1.1e6,
        damping=0.01,
        magnetostriction=20e-6,
        stress_per_volt=1.0,
        dipole_field=0.0,
        resistance_parallel=350.0,
        resistance_antiparallel=700.0,
    )


@dataclass(frozen=True, kw_only=True)
class SpinTransferSwitching(Mechanism):
    """A current through the junction that turns the soft layer parallel to the hard layer (paper, Fig. 1)."""

    title = "STT"
    signal = "current"

    junction: Junction = field(default_factory=in_plane_layer)
    width: float = quantity("s", 0, 1e-3, 5e-9, above=True)
    amplitude: float = quantity("A/m^2", -1e15, 1e15, 2.5e11)
    relaxation: float = quantity("s", 0, 1e-3, 4e-9, above=True)
    torque: SpinTransferTorque = field(default_factory=SpinTransferTorque)
    """Spin torque of the current; its polarizer is the hard layer."""

    def terms(self) -> Sequence[Term]:
        """Return the spin torque."""
        return (self.torque,)

    def electrical_energy(self, width: float, amplitude: float) -> float:
        """Return I^2 R t in J with the mean of R_P and R_AP: the layer is in either for part of the pulse."""
        current = amplitude * self.junction.area
        resistance = (self.junction.resistance_parallel + self.junction.resistance_antiparallel) / 2
        return current**2 * resistance * width

    def joule_heat(self, width: float, amplitude: float) -> float:
        """Return I^2 R t in J: all of it is burnt in the barrier."""
        return self.electrical_energy(width, amplitude)

    def barrier_voltage(self, amplitude: float) -> float:
        """Return I R_AP in V, as when the pulse begins; that R_AP falls with the bias is left out."""
        return abs(amplitude) * self.junction.area * self.junction.resistance_antiparallel


@dataclass(frozen=True, kw_only=True)
class SpinOrbitSwitching(Mechanism):
    """A current in a heavy metal below the soft layer, along the minor axis, whose spins lie along the major axis."""

    title = "SOT"
    signal = "spin_current"

    junction: Junction = field(default_factory=in_plane_layer)
    width: float = quantity("s", 0, 1e-3, 5e-9, above=True)
    amplitude: float = quantity("A/m^2", -1e15, 1e15, 5e11)
    relaxation: float = quantity("s", 0, 1e-3, 4e-9, above=True)
    torque: SpinOrbitTorque = field(default_factory=SpinOrbitTorque)
    """Spin torque of the heavy metal."""
    resistivity: float = quantity("ohm m", 0, 1e-2, 2e-6, above=True)
    """Resistivity of the heavy metal in ohm m; 200 uohm cm is beta-tungsten."""
    metal_length: float = quantity("m", 0, 1e-3, 200e-9, above=True)
    """Length of the heavy metal between its contacts in m, along the current."""
    metal_width: float = quantity("m", 0, 1e-3, 150e-9, above=True)
    """Width of the heavy metal in m: the soft layer's major axis and a margin."""
    metal_thickness: float = quantity("m", 0, 1e-6, 5e-9, above=True)
    """Thickness of the heavy metal in m; current shunted by the soft layer is left out."""

    def terms(self) -> Sequence[Term]:
        """Return the spin-orbit torque."""
        return (self.torque,)

    def electrical_energy(self, width: float, amplitude: float) -> float:
        """Return I^2 R t in the heavy metal in J."""
        section = self.metal_width * self.metal_thickness
        current, resistance = amplitude * section, self.resistivity * self.metal_length / section
        return current**2 * resistance * width

    def joule_heat(self, width: float, amplitude: float) -> float:
        """Return I^2 R t in J: all of it is burnt in the heavy metal, on which the soft layer lies."""
        return self.electrical_energy(width, amplitude)
