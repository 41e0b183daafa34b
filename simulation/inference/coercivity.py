"""Coercive field of a single domain at temperature: how it follows from the anisotropy field, and back.

    H_c = H_k (1 - sqrt(ln(f_0 t/ln 2)/Delta)),    Delta = k H_k/2,    k = mu0 M_s Vol/(k_B T)

is the field at which half of all layers have reversed after a time t (M. P. Sharrock, J. Appl. Phys. 76, 6413 (1994)).
With r = sqrt(H_k) it is r^2 - b r - H_c = 0, b = sqrt(2 ln(f_0 t/ln 2)/k).
"""

from __future__ import annotations

import math

from .errors import InferenceError

ATTEMPT_FREQUENCY = 1e9
"""f_0 in 1/s; uncertain by a factor of ten either way."""
_GUMBEL = math.pi / math.sqrt(6)
"""Standard deviation of a switching field over the field in which the rate grows e-fold."""


def anisotropy_from_coercivity(
    coercive_field: float, time: float, energy_scale: float, attempts: float = ATTEMPT_FREQUENCY
) -> float:
    """Return H_k in A/m from H_c in A/m; `time` at one field in s, `energy_scale` k in m/A, `attempts` f_0 in 1/s."""
    lowering = _lowering(time, energy_scale, attempts)
    return ((lowering + math.sqrt(lowering**2 + 4 * max(coercive_field, 0.0))) / 2) ** 2


def coercivity_from_anisotropy(
    anisotropy_field: float, time: float, energy_scale: float, attempts: float = ATTEMPT_FREQUENCY
) -> float:
    """Return H_c in A/m from H_k in A/m; negative where the layer reverses by itself within the time."""
    return anisotropy_field - _lowering(time, energy_scale, attempts) * math.sqrt(anisotropy_field)


def switching_scatter(coercive_field: float, time: float, energy_scale: float) -> float:
    """Return the standard deviation in A/m of one thermally activated switching field; 0 at 0 K."""
    if math.isinf(energy_scale):
        return 0.0
    lowering = _lowering(time, energy_scale, ATTEMPT_FREQUENCY)
    anisotropy = anisotropy_from_coercivity(coercive_field, time, energy_scale)
    left = lowering / math.sqrt(anisotropy) if anisotropy > 0 else 1.0  # 1 - H_c/H_k
    return _GUMBEL / (energy_scale * left) if left > 0 else 0.0


def _lowering(time: float, energy_scale: float, attempts: float) -> float:
    """Return b, in (A/m)^(1/2). Raises InferenceError where no time passes at a field."""
    if not time > 0:
        raise InferenceError(
            f"Readings of a loop must follow one another in time to tell an anisotropy field, but are {time:g} s apart."
        )
    return math.sqrt(2 * max(math.log(attempts * time / math.log(2)), 0.0) / energy_scale)
