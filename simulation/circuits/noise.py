"""Electronic noise of a circuit around an operating point: resistors and junctions.

A resistor has Johnson's noise, S_I = 4 k T/R. Electrons cross a barrier one by one: S_I = 2 e I coth(e V/2 k T), which
is shot noise at large bias and Johnson's 4 k T dI/dV at none (van der Ziel; Rogovin and Scalapino, Ann. Phys. 86, 1
(1974)). Amplifiers and sources have none here, output resistances included: theirs is in the data sheets.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.constants import BOLTZMANN_CONSTANT, ELEMENTARY_CHARGE
from smtjlab.simulation.errors import ModelError

from .elements import Junction, Resistor
from .small_signal import SmallSignal

FloatArray = NDArray[np.float64]


def noise_density(
    signal: SmallSignal, node: str, frequencies: ArrayLike, *, against: str = "ground", temperature: float = 300.0
) -> FloatArray:
    """Return the power density in V^2/Hz of the voltage between two nodes, shape (f,). Raises ModelError."""
    return np.asarray(sum(noise_parts(signal, node, frequencies, against=against, temperature=temperature).values()))


def noise_parts(
    signal: SmallSignal, node: str, frequencies: ArrayLike, *, against: str = "ground", temperature: float = 300.0
) -> dict[str, FloatArray]:
    """Return what each resistor and junction adds in V^2/Hz between two nodes, shapes (f,), by name.

    `temperature` is that of all of them in K. Raises ModelError.
    """
    if not (math.isfinite(temperature) and temperature >= 0):
        raise ModelError(f"`temperature` must be finite and at least 0 K, but is {temperature:g} K.")
    densities = current_noise(signal, temperature)
    pairs = {one.name: (one.nodes[0], one.nodes[1]) for one in signal.point.circuit.elements if one.name in densities}
    impedances = signal.impedances(pairs, node, frequencies, against)
    return {name: np.abs(impedances[name]) ** 2 * density for name, density in densities.items()}


def current_noise(signal: SmallSignal, temperature: float) -> dict[str, float]:
    """Return the power density in A^2/Hz of the current noise of each resistor and junction at one operating point."""
    point, heat = signal.point, BOLTZMANN_CONSTANT * temperature
    densities = {one.name: 4 * heat / one.resistance for one in point.circuit.all_of(Resistor)}
    for junction in point.circuit.all_of(Junction):
        bias, current = (float(one.ravel()[0]) for one in (point.bias(junction.name), point.currents[junction.name]))
        johnson = 4 * heat * signal.slopes[junction.name]
        densities[junction.name] = _barrier_noise(bias, current, heat) if bias else johnson
    return densities


def _barrier_noise(bias: float, current: float, heat: float) -> float:
    """Return 2 e I coth(e V/2 k T) in A^2/Hz for a heat kT in J."""
    ratio = ELEMENTARY_CHARGE * abs(bias) / (2 * heat) if heat else math.inf
    return 2 * ELEMENTARY_CHARGE * abs(current) / math.tanh(ratio)
