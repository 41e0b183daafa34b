"""What a fast instrument sees: the voltage at a port at many moments, while sources of waves drive the circuit.

Quasi-static: at each moment the circuit is where it would rest. Gates charge in microseconds, magnetizations follow in
nanoseconds; what is faster than that is not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .circuit import Wave
from .waves import FloatArray, wave_at

if TYPE_CHECKING:
    from .living_device import LivingDevice
    from .netlist import Netlist
    from .nodal import Solution
    from .ports import Port
    from .wiring import Island

GATES = 33
"""Gate voltages at which a junction is asked on the way of a swing; between them it is interpolated."""


def record(netlist: Netlist, port: Port, times: FloatArray, now: float, rng: np.random.Generator) -> FloatArray:
    """Return the voltage in V at a port at bench times in s, an array of shape (n,)."""
    here = netlist.island(port)
    shifts = _shifts(netlist, times, rng)
    gates = {name: _gate(netlist, netlist.devices[name], shifts, now) for name in here.junctions}
    moved = any(one in shifts for one in here.ports) or any(np.ptp(volts) > 0 for volts in gates.values())
    if not moved:
        return np.full(len(times), netlist.seen_by(port, now).voltage)
    paths = {name: _path(netlist, netlist.devices[name], volts, len(times), now) for name, volts in gates.items()}
    still = all(np.ptp(path) == 0 for path in paths.values())
    found = _superposed(netlist, here, port, shifts, paths) if still else None
    if found is None:
        found = np.empty(len(times))
        for number in range(len(times)):
            _shift(here, shifts, number)
            solution = netlist.solved(here, [], {name: float(path[number]) for name, path in paths.items()})
            found[number] = solution.points[port.name].voltage
    _rest(here)
    return found


def _superposed(
    netlist: Netlist, here: Island, port: Port, shifts: dict[Port, FloatArray], paths: dict[str, FloatArray]
) -> FloatArray | None:
    """Return the voltage in V where conductances stand still and no source meets its limit: a sum of answers.

    None where a source is at its limit at rest, or would be with all waves at a peak.
    """
    conductances = {name: float(path[0]) for name, path in paths.items()}
    waves = {one: shift for one, shift in shifts.items() if one in here.ports}

    def solved(**peaks: float) -> Solution:
        for one, shift in waves.items():
            one.shift = peaks.get(one.name, peaks.get("every", 0.0)) * float(np.abs(shift).max())
        return netlist.solved(here, [], conductances)

    corners = [solved(every=sign) for sign in (-1.0, 0.0, 1.0)]
    if any(point.limited for corner in corners for point in corner.points.values()):
        return None
    rest = corners[1].points[port.name].voltage
    found = np.full(len(next(iter(waves.values()))), rest)
    for one, shift in waves.items():
        answer = solved(**{one.name: 1.0}).points[port.name].voltage - rest
        found += answer * shift / max(float(np.abs(shift).max()), 1e-300)
    return found


def frequencies(netlist: Netlist, port: Port) -> list[float]:
    """Return the frequencies in Hz of the waves that reach a port, through the circuit or through a gate."""
    here = netlist.island(port)
    places = [here, *(netlist.gate_island(netlist.devices[name]) for name in here.junctions)]
    waves = (one.drive.wave for place in places for one in place.ports if one.joined)
    return sorted({wave.frequency for wave in waves if wave is not None})


def _shifts(netlist: Netlist, times: FloatArray, rng: np.random.Generator) -> dict[Port, FloatArray]:
    waves: dict[Port, Wave] = {
        one: one.drive.wave for one in netlist.ports if one.joined and one.drive.wave is not None
    }
    return {one: wave_at(wave, times, rng) for one, wave in waves.items()}


def _gate(netlist: Netlist, device: LivingDevice, shifts: dict[Port, FloatArray], now: float) -> FloatArray:
    """Return the voltage in V across a device's gate at each moment; of one where no wave reaches it."""
    island = netlist.gate_island(device)
    ways = [shift for one, shift in shifts.items() if one in island.ports]
    if not ways:
        return np.full(1, device.charge.voltage(now))
    volts = np.empty(len(ways[0]))
    for number in range(len(volts)):
        _shift(island, shifts, number)
        volts[number] = netlist.solved(island, [], {}).across(*device.gate_nets)
    _rest(island)
    return volts


def _path(netlist: Netlist, device: LivingDevice, gates: FloatArray, count: int, now: float) -> FloatArray:
    """Return the conductance in S of a junction at each moment of its gate's way."""
    if len(gates) == 1:
        return np.full(count, device.conductance(netlist.conditions(device, float(gates[0]), now), device.bias))
    grid = np.linspace(gates.min(), gates.max(), GATES)
    siemens = [device.conductance(netlist.conditions(device, float(volts), now), device.bias) for volts in grid]
    return np.interp(gates, grid, siemens)


def _shift(island: Island, shifts: dict[Port, FloatArray], number: int) -> None:
    for one in island.ports:
        if one in shifts:
            one.shift = float(shifts[one][number])


def _rest(island: Island) -> None:
    for one in island.ports:
        one.shift = 0.0
