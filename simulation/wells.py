"""Which soft layers have two wells, and whether warm trajectories can be trusted to share them out.

With e = A m_y^2/2 - h_x m_x - h_y m_y there are two wells while the field is inside the astroid |h_x|^(2/3) +
|h_y|^(2/3) < |A|^(2/3) (Stoner and Wohlfarth, Phil. Trans. R. Soc. A 240, 599 (1948)): across the x axis for A < 0,
across the y axis for A > 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .landscape import Landscape


def bistable(landscape: Landscape) -> NDArray[np.bool_]:
    """Return whether each soft layer has two wells in plane, shape (n,)."""
    reach = np.cbrt(landscape.field_x) ** 2 + np.cbrt(landscape.field_y) ** 2
    return np.asarray(reach < np.cbrt(landscape.in_plane) ** 2)


def unequal_wells(landscape: Landscape) -> NDArray[np.bool_]:
    """Return whether each soft layer has two wells of different depth, shape (n,).

    They exchange trajectories too slowly to follow a changing gate, so these have to be populated anew. Mirror wells
    stay equally populated by symmetry.
    """
    tilted: NDArray[np.bool_] = np.where(landscape.in_plane < 0, landscape.field_y, landscape.field_x) != 0
    return bistable(landscape) & tilted
