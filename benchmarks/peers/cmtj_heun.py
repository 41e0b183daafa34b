"""cmtj (github.com/LemurPwned/cmtj): C++, one trajectory a call, its Heun scheme and its own thermal field."""

from __future__ import annotations

import numpy as np

from smtjlab.simulation.junction import VACUUM_PERMEABILITY

from .problem import GATE, START, STEP, junction

_LAYER = "free"


class CmtjHeun:
    """One trajectory; nothing is logged but the last step of a call."""

    trajectories = 1

    def __init__(self) -> None:
        import cmtj

        self._mode, self._device = cmtj.SolverMode.Heun, cmtj.Junction([self._layer()])
        constant = cmtj.ScalarDriver.getConstantDriver
        soft, none = junction(), constant(0.0)
        # Stress along the minor axis is a uniaxial anisotropy of (3/2) lambda_s sigma about it.
        stress = 1.5 * soft.magnetostriction * soft.stress_coefficient * GATE
        self._device.setLayerAnisotropyDriver(_LAYER, constant(stress))
        self._device.setLayerExternalFieldDriver(_LAYER, cmtj.AxialDriver(constant(soft.dipole_field), none, none))
        self._device.setLayerTemperatureDriver(_LAYER, constant(soft.temperature))

    @staticmethod
    def _layer() -> object:
        import cmtj

        soft = junction()
        return cmtj.Layer(
            _LAYER, cmtj.CVector(*START), cmtj.CVector(0, 1, 0),
            VACUUM_PERMEABILITY * soft.saturation_magnetization, soft.thickness, soft.area,
            [cmtj.CVector(*row) for row in np.diag(soft.demagnetization_factors).tolist()], soft.damping,
        )  # fmt: skip

    def advance(self, steps: int) -> None:
        duration = steps * STEP
        self._device.runSimulation(duration, STEP, duration, solverMode=self._mode)
        self._device.clearLog()

    def magnetization(self) -> np.ndarray:
        m = self._device.getLayerMagnetisation(_LAYER)
        return np.array([[m.x], [m.y], [m.z]])
