"""Which time step the integrator may take, and how long a soft layer needs to forget where it began."""

from __future__ import annotations

import warnings

import numpy as np

from .errors import ModelError, StepSizeWarning
from .junction import GYROMAGNETIC_CONSTANT
from .landscape import FloatArray, Landscape
from .static import in_plane_stiffness, out_of_plane_stiffness, static_angle

DEFAULT_STEP = 1e-12
"""Time step in s where nothing asks for a smaller one."""


def accurate_step(landscape: Landscape) -> float:
    """Return the largest step in s, at most 1 ps, whose bias of thermal variances is at most 1 %.

    With w = gamma0 sqrt(H_1 H_2) dt: w <= 0.2, gamma0 H_2 dt <= 0.5, w^4 <= 0.04 alpha gamma0 (H_1 + H_2) dt.
    """
    h1, h2 = _stiffnesses(landscape)
    omega = GYROMAGNETIC_CONSTANT * np.sqrt(np.abs(h1) * np.abs(h2))
    damping_rate = landscape.damping * GYROMAGNETIC_CONSTANT * (np.abs(h1) + np.abs(h2))
    with np.errstate(divide="ignore"):
        limits = (0.2 / omega, 0.5 / (GYROMAGNETIC_CONSTANT * np.abs(h2)), np.cbrt(0.04 * damping_rate / omega**4))
    return min(DEFAULT_STEP, *(float(np.min(limit)) for limit in limits))


def stability_limit(landscape: Landscape) -> float:
    """Return the step in s above which Heun's scheme diverges from a resting soft layer (linearised)."""
    slow, fast = _mode_rates(landscape)
    low, high = np.zeros(len(landscape)), np.full(len(landscape), 1e-6)
    for _ in range(60):
        middle = (low + high) / 2
        growth = np.maximum(_heun_growth(slow * middle), _heun_growth(fast * middle))
        low, high = np.where(growth <= 1, middle, low), np.where(growth <= 1, high, middle)
    return float(np.min(low))


def checked_step(landscape: Landscape, step: float | None) -> float:
    """Return the step in s, or the accurate one for None.

    Warns where the step biases averages by more than 1 %, raises ModelError where it is unstable or no step.
    """
    accurate = accurate_step(landscape)
    if step is None:
        return accurate
    limit = stability_limit(landscape)
    if not 0 < step <= limit:
        raise ModelError(
            f"`step` must be above 0 and at most {limit * 1e12:.3g} ps, the stability limit of this junction, "
            f"but is {step * 1e12:.3g} ps."
        )
    if step > max(accurate, DEFAULT_STEP) or step > accurate * (1 + 1e-9):
        warnings.warn(
            f"`step` should be at most {accurate * 1e12:.3g} ps, where averages are right to 1 %, "
            f"but is {step * 1e12:.3g} ps.",
            StepSizeWarning,
            stacklevel=3,
        )
    return step


def relaxation_time(landscape: Landscape) -> FloatArray:
    """Return the time in s in which small deviations fall by 1/e, shape (n,).

    Near the threshold the stiffness in plane vanishes; thermal motion in the quartic well that is left, whose
    fourth derivative is about 3 h_x, then sets a stiffness of (h_x kT)^(1/2).
    """
    h1, h2 = _stiffnesses(landscape)
    strength = np.hypot(landscape.field_x, landscape.field_y) + 1.0
    floor = np.maximum(0.5 * np.sqrt(strength / landscape.energy_scale), 1e-3 * strength)
    h1, h2 = np.maximum(h1, floor), np.maximum(h2, floor)
    slow, fast = _rates(landscape, h1, h2)
    time: FloatArray = 1 / np.minimum(-slow.real, -fast.real)
    return time


def _stiffnesses(landscape: Landscape) -> tuple[FloatArray, FloatArray]:
    angle = static_angle(landscape)
    return in_plane_stiffness(landscape, angle), out_of_plane_stiffness(landscape, angle)


def _mode_rates(landscape: Landscape) -> tuple[np.ndarray, np.ndarray]:
    return _rates(landscape, *_stiffnesses(landscape))


def _rates(landscape: Landscape, h1: FloatArray, h2: FloatArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the roots of (1 + alpha^2) w^2 + alpha gamma0 (H_1 + H_2) w + gamma0^2 H_1 H_2 = 0 in 1/s."""
    a = 1 + landscape.damping**2
    b = landscape.damping * GYROMAGNETIC_CONSTANT * (h1 + h2)
    c = GYROMAGNETIC_CONSTANT**2 * h1 * h2
    root = np.sqrt((b * b - 4 * a * c).astype(complex))
    far = -(b + root) / 2
    # The nearer root by Vieta, which does not cancel.
    return c / far, far / a


def _heun_growth(z: np.ndarray) -> FloatArray:
    growth: FloatArray = np.abs(1 + z + z * z / 2)
    return growth
