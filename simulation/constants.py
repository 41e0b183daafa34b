"""Constants of nature, in SI units."""

from __future__ import annotations

VACUUM_PERMEABILITY = 1.25663706127e-6
"""mu0 in T m/A (CODATA 2022)."""
BOLTZMANN_CONSTANT = 1.380649e-23
"""k_B in J/K (exact)."""
ELEMENTARY_CHARGE = 1.602176634e-19
"""e in C (exact)."""
GYROMAGNETIC_CONSTANT = VACUUM_PERMEABILITY * 1.76085963e11
"""gamma0 = mu0 gamma_e in m/(A s), for g = 2.00231930."""
VACUUM_PERMITTIVITY = 8.8541878188e-12
"""eps0 in F/m (CODATA 2022)."""
