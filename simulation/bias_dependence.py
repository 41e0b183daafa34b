"""How the tunnel magnetoresistance falls with bias: to half at V_h, while R_P stays as it is."""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@overload
def tmr_divisor(bias: float, half_bias: float) -> float: ...
@overload
def tmr_divisor(bias: float | FloatArray, half_bias: FloatArray) -> FloatArray: ...
def tmr_divisor(bias: float | FloatArray, half_bias: float | FloatArray) -> float | FloatArray:
    """Return 1 + (V/V_h)^2, by which R_AP - R_P is divided at a bias V; 1 where V_h is inf. Both in V."""
    return 1 + (bias / half_bias) ** 2
