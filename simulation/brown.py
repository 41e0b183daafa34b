"""Brown's uniaxial particle: the one barrier whose thermal hops are known exactly, at any height.

A macrospin with the energy sigma kT sin^2(theta) reverses at the rate lambda_1, the lowest non-zero eigenvalue of
its Fokker-Planck equation (W. F. Brown, Phys. Rev. 130, 1677 (1963)). Written for psi = sqrt(w) g, with the weight
w = exp(sigma x^2) of x = cos(theta), the operator of that equation is Q+ Q/(2 tau_N) with

    Q psi = sqrt(1 - x^2) (d/dx - sigma x) psi,

which takes Legendre polynomials P_n into the associated functions P_n^1 of n - 2, n and n + 2. The rates are squares
of its singular values: those are found to 1e-15 of the largest one, so small rates are not lost in rounding.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .errors import ModelError
from .junction import GYROMAGNETIC_CONSTANT
from .landscape import FloatArray

_HIGH = 25.0
"""Barrier in kT above which Kramers' integral, exact to exp(-sigma), takes over from the singular values."""


def free_time(energy_scale: ArrayLike, damping: ArrayLike) -> FloatArray:
    """Return tau_N = mu0 M_s Vol (1 + alpha^2)/(2 alpha gamma0 kT) in s, for mu0 M_s Vol/kT in m/A.

    The free magnetization, without any barrier, forgets its direction in this time. Raises ModelError, also at 0 K,
    where it never does.
    """
    alpha = _positive("damping", damping, "")
    scale = _positive("energy_scale", energy_scale, " m/A (0 K has none)")
    return np.asarray(scale * (1 + alpha**2) / (2 * alpha * GYROMAGNETIC_CONSTANT))


def reversal_rate(barrier: ArrayLike, tau_n: ArrayLike) -> FloatArray:
    """Return lambda_1 in 1/s, the rate at which <m> along the axis decays, for a barrier in kT and tau_N in s.

    Hops go both ways, so each well is left at half this rate: `escape_rate`. Raises ModelError.
    """
    return np.asarray(lowest_eigenvalue(barrier) / (2 * _positive("tau_n", tau_n, " s (0 K has none)")))


def escape_rate(barrier: ArrayLike, tau_n: ArrayLike) -> FloatArray:
    """Return the rate in 1/s at which one well is left, lambda_1/2. Raises ModelError."""
    return np.asarray(reversal_rate(barrier, tau_n) / 2)


def lowest_eigenvalue(barrier: ArrayLike) -> FloatArray:
    """Return 2 tau_N lambda_1 for barriers sigma in kT, shape of `barrier`; right to 1e-8. Raises ModelError."""
    sigma = _checked(barrier)
    values = [_from_integral(s) if s > _HIGH else _from_legendre(s) for s in sigma.ravel()]
    return np.reshape(values, sigma.shape)


def asymptotic_eigenvalue(barrier: ArrayLike) -> FloatArray:
    """Return Brown's 2 tau_N lambda_1 for high barriers, 4/sqrt(pi) sigma^1.5 exp(-sigma) (1 - 1/sigma).

    It is 4.5 % low at 4 kT, and high by 2 % at 6 kT and by 1 % at 10 kT.
    """
    sigma = _checked(barrier)
    with np.errstate(divide="ignore", invalid="ignore"):
        correction = np.where(sigma > 0, 1 - 1 / sigma, 0.0)
    return np.asarray(4 / np.sqrt(np.pi) * sigma**1.5 * np.exp(-sigma) * correction)


def _checked(barrier: ArrayLike) -> FloatArray:
    sigma = np.asarray(barrier, dtype=np.float64)
    if not (np.isfinite(sigma) & (sigma >= 0)).all():
        raise ModelError(f"`barrier` must be at least 0 kT and finite, but is {sigma}.")
    return sigma


def _positive(name: str, value: ArrayLike, unit: str) -> FloatArray:
    values = np.asarray(value, dtype=np.float64)
    if not (np.isfinite(values) & (values > 0)).all():
        raise ModelError(f"`{name}` must be above 0{unit} and finite, but is {values}.")
    return values


def _from_legendre(sigma: float) -> float:
    from scipy.linalg import svdvals

    # The eigenfunction has features of width sigma^(-1/2): far fewer functions than these do.
    n = np.arange(1, 2 * int(30 + 2 * sigma), 2, dtype=np.float64)
    up = -sigma * (n + 1) / ((2 * n + 1) * (2 * n + 3))
    same = 1 - sigma * (n / (2 * n - 1) - (n + 1) / (2 * n + 3)) / (2 * n + 1)
    down = sigma * n / ((2 * n + 1) * (2 * n - 1))
    size = len(n)
    q = np.zeros((size + 1, size))
    q[np.arange(size), np.arange(size)] = same
    q[np.arange(1, size + 1), np.arange(size)] = up
    q[np.arange(size - 1), np.arange(1, size)] = down[1:]
    k = np.append(n, n[-1] + 2)
    # Norms: 2/(2n + 1) of P_n and 2 n (n + 1)/(2n + 1) of P_n^1.
    q *= np.sqrt(k * (k + 1) / (2 * k + 1))[:, None] * np.sqrt(2 * n + 1)
    return float(svdvals(q)[-1] ** 2)


def _from_integral(sigma: float) -> float:
    """Return the inverse of the mean time to the top, in 2 tau_N: int dy/((1-y^2) w(y)) int_y^1 w(z) dz over 0..1."""
    from scipy.special import dawsn

    root = np.sqrt(sigma)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    y = (nodes + 1) / 2
    # Relative to exp(sigma): the inner integral is a difference of Dawson's integrals, which is 0 at y = 1.
    inner = np.exp(-sigma * y * y) * dawsn(root) - np.exp(-sigma) * dawsn(root * y)
    time = np.sum(weights / 2 * inner / (1 - y * y)) / root
    return float(np.exp(-sigma) / time)
