"""Switching by voltages: VCMA, strain of one gate with good timing, strain of two gate pairs without."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from .anisotropies import GatePair, InterfaceAnisotropy
from .constants import VACUUM_PERMITTIVITY
from .drive import Drive, Waveform
from .junction import Junction, quantity
from .mechanism import Mechanism
from .terms import Term, Vector


def perpendicular_layer() -> Junction:
    """Return a thin CoFeB disc for VCMA, to be pulled out of plane by its interface: 1000 ohm um^2, TMR 100 %."""
    return Junction(
        major_axis=70e-9,
        minor_axis=70e-9,
        thickness=1.0e-9,
        saturation_magnetization=1.1e6,
        damping=0.02,
        magnetostriction=20e-6,
        stress_per_volt=1.0,
        dipole_field=0.0,
        resistance_parallel=260e3,
        resistance_antiparallel=520e3,
    )


def strained_layer() -> Junction:
    """Return the junction of the paper's Fig. 5 with its dipole field compensated: barrier 48 kT by shape alone."""
    return Junction.preset("fig5").changed(dipole_field=0.0)


@dataclass(frozen=True, kw_only=True)
class VoltageAnisotropySwitching(Mechanism):
    """A bias that lifts the perpendicular anisotropy while the layer precesses by half a turn around a field in plane.

    The usual width is half a period of the precession around the bias field (Kanai et al., Appl. Phys. Lett. 101,
    122403 (2012)).
    """

    title = "VCMA"
    signal = "bias"
    axis = (0.0, 0.0, 1.0)
    amplitude_range = (0.55, 1.45)

    junction: Junction = field(default_factory=perpendicular_layer)
    width: float = quantity("s", 0, 1e-3, 0.77e-9, above=True)
    amplitude: float = quantity("V", -1e15, 1e15, 1.06)
    relaxation: float = quantity("s", 0, 1e-3, 6e-9, above=True)
    interface: InterfaceAnisotropy = field(
        default_factory=lambda: InterfaceAnisotropy(constant=0.81e-3, vcma=100e-15, barrier_thickness=1.4e-9)
    )
    """Interface anisotropy and its change by the bias."""
    bias_field: float = quantity("A/m", 0, 1e7, 18.5e3, above=True)
    """Field in plane, along x, in A/m, around which the layer precesses."""
    barrier_permittivity: float = quantity("", 1, 1e4, 9.8)
    """Relative permittivity of the barrier; 9.8 is MgO."""

    @property
    def start(self) -> Vector:
        """Direction in which the layer is put first: off the normal by the tilt."""
        return math.sin(self.tilt), 0.0, math.cos(self.tilt)

    @property
    def resting_field(self) -> float:
        """The bias field in A/m."""
        return self.bias_field

    def terms(self) -> Sequence[Term]:
        """Return the interface anisotropy."""
        return (self.interface,)

    @property
    def capacitance(self) -> float:
        """Capacitance of the junction in F."""
        return VACUUM_PERMITTIVITY * self.barrier_permittivity * self.junction.area / self.interface.barrier_thickness

    def electrical_energy(self, width: float, amplitude: float) -> float:
        """Return C V^2 of charging and discharging and V^2 t/R of the tunnel current, in J."""
        return amplitude**2 * self.capacitance + self.joule_heat(width, amplitude)

    def joule_heat(self, width: float, amplitude: float) -> float:
        """Return V^2 t/R of the tunnel current in J, R the mean of R_P and R_AP."""
        resistance = (self.junction.resistance_parallel + self.junction.resistance_antiparallel) / 2
        return amplitude**2 * width / resistance

    def barrier_voltage(self, amplitude: float) -> float:
        """Return the bias in V."""
        return abs(amplitude)


@dataclass(frozen=True, kw_only=True)
class StrainSwitching(Mechanism):
    """A gate pulse that ends while the layer, halfway and tilted out of plane, precesses on by itself.

    Timing matters: later the layer has come to rest across the axis and falls to either side. So it does after any
    weak pulse at 300 K: with 0.01 V the layer of Fig. 5 is overdamped, and 1.1 to 1.7 ns reverse it at 0 K by a
    margin of 0.001 in m_x that thermal motion of 0.04 blurs to an even chance. The usual values turn it fast.
    """

    title = "strain"
    signal = "gate"
    amplitude_range = (0.2, 1.7)

    junction: Junction = field(default_factory=strained_layer)
    width: float = quantity("s", 0, 1e-3, 0.1e-9, above=True)
    amplitude: float = quantity("V", -1e15, 1e15, 0.17)
    relaxation: float = quantity("s", 0, 1e-3, 6e-9, above=True)
    pad_area: float = quantity("m^2", 0, 1e-4, 2e-12, above=True)
    """Area of a gate's pads in m^2."""
    pad_permittivity: float = quantity("", 1, 1e6, 1000.0)
    """Relative permittivity of the piezoelectric."""
    pad_distance: float = quantity("m", 0, 1e-2, 1e-6, above=True)
    """Thickness of the piezoelectric between pad and counter-electrode in m."""

    def terms(self) -> Sequence[Term]:
        """Return nothing: stress is the junction's own."""
        return ()

    @property
    def capacitance(self) -> float:
        """Capacitance of a gate in F; 17.7 fF for the usual pads."""
        return VACUUM_PERMITTIVITY * self.pad_permittivity * self.pad_area / self.pad_distance

    def electrical_energy(self, width: float, amplitude: float) -> float:
        """Return C V^2 in J: half is lost on charging from a voltage source, half on discharging; leakage left out."""
        return self.capacitance * amplitude**2

    def joule_heat(self, width: float, amplitude: float) -> float:
        """Return 0: a gate carries no current past the soft layer."""
        return 0.0


@dataclass(frozen=True, kw_only=True)
class GatePairSwitching(StrainSwitching):
    """Two gate pairs, each for a width in turn, whose easy axes lead the layer over to the other side.

    With the lines of the pairs at -30 and +30 degrees to the major axis the easy axes under stress are at 60 and 120
    degrees: the layer goes to 60, then to 120, which is past the hard axis, and falls to 180 degrees. No pulse needs
    to end in time. After Biswas, Ahmad, Atulasimha, Bandyopadhyay, Nano Lett. 17, 3478 (2017).
    """

    title = "two gate pairs"
    signal = "gate_1"
    amplitude_range = (0.1, 0.6)

    width: float = quantity("s", 0, 1e-3, 2e-9, above=True)
    """Usual time in s that each pair is on."""
    amplitude: float = quantity("V", -1e15, 1e15, 0.01)
    turn: float = quantity("rad", 0, math.pi / 2, math.pi / 6)
    """Angle in rad between the major axis and the line of either pair, to either side."""

    def terms(self) -> Sequence[Term]:
        """Return the two gate pairs."""
        return GatePair(angle=-self.turn, signal="gate_1"), GatePair(angle=self.turn, signal="gate_2")

    def drive(self, width: float, amplitude: float) -> Drive:
        """Return the first pair on for a width in s, then the second."""
        volts = Waveform.constant(amplitude)
        return Drive(width, {"gate_1": volts}).then(Drive(width, {"gate_2": volts}))

    def electrical_energy(self, width: float, amplitude: float) -> float:
        """Return C V^2 of both pairs in J."""
        return 2 * super().electrical_energy(width, amplitude)
