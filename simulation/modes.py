"""Small oscillations about an equilibrium: resonances, decay rates, and the spin torque that overcomes the damping.

With H_1, H_2 the stiffnesses of the energy (eigenvalues of its Hessian) a small deviation from equilibrium goes as
exp(w t), where

    (1 + alpha^2) w^2 + gamma0 [alpha (H_1 + H_2) + 2 a] w + gamma0^2 (H_1 H_2 + a^2) = 0

and a is the damping-like spin-torque field towards the equilibrium: a m x p with a p along m, 0 without current.
It follows from linearising the Landau-Lifshitz-Gilbert equation (Suhl, Phys. Rev. 97, 555 (1955), for a = 0).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .junction import GYROMAGNETIC_CONSTANT
from .landscape import FloatArray
from .magnetic_energy import MagneticEnergy

ComplexArray = NDArray[np.complex128]


def resonance_frequency(energy: MagneticEnergy, m: FloatArray) -> FloatArray:
    """Return the undamped resonance in Hz at equilibria m (3, ..., n), shape (..., n); 0 where they are no minima."""
    return frequency_of(*energy.stiffnesses(m))


def decay_rates(energy: MagneticEnergy, m: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    """Return the slower and the faster root w in 1/s at equilibria m (3, ..., n); a real part above 0 grows."""
    return damped_roots(*energy.stiffnesses(m), energy.damping)


def critical_spin_field(energy: MagneticEnergy, m: FloatArray) -> FloatArray:
    """Return the damping-like field in A/m, against m, above which the equilibrium m gives way to precession.

    alpha (H_1 + H_2)/2, shape (..., n); at a polarizer askew it is the component of a p along -m that counts.
    """
    low, high = energy.stiffnesses(m)
    return np.asarray(energy.damping * (low + high) / 2)


def frequency_of(h1: FloatArray, h2: FloatArray) -> FloatArray:
    """Return gamma0 sqrt(H_1 H_2)/2 pi in Hz for stiffnesses in A/m; 0 where either is negative."""
    product = np.maximum(h1, 0) * np.maximum(h2, 0)
    hertz: FloatArray = GYROMAGNETIC_CONSTANT * np.sqrt(product) / (2 * np.pi)
    return hertz


def damped_roots(
    h1: FloatArray, h2: FloatArray, damping: FloatArray, spin: FloatArray | float = 0.0
) -> tuple[ComplexArray, ComplexArray]:
    """Return the roots w in 1/s for stiffnesses and a spin-torque field `spin` along m in A/m: (slower, faster)."""
    a = 1 + np.asarray(damping) ** 2
    b = GYROMAGNETIC_CONSTANT * (damping * (h1 + h2) + 2 * spin)
    c = GYROMAGNETIC_CONSTANT**2 * (h1 * h2 + np.square(spin))
    root = np.sqrt((b * b - 4 * a * c).astype(np.complex128))
    # The sign that does not cancel, and the other root by Vieta.
    far = -(b + np.where(b < 0, -1, 1) * root) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(far == 0, 0, c / far), far / a


def positive_root(h1: FloatArray, h2: FloatArray, damping: FloatArray) -> FloatArray:
    """Return the growth rate Omega_0 in 1/s of a deviation from a saddle, H_1 H_2 < 0; nan where it is none."""
    slow, fast = damped_roots(h1, h2, damping)
    return np.where(np.asarray(h1 * h2) < 0, np.maximum(slow.real, fast.real), np.nan)
