"""What a fast instrument sees: the voltage at a port at many moments, while sources of waves drive the circuit.

Quasi-static: at each moment the circuit is where it would rest. Gates charge in microseconds, magnetizations follow in
nanoseconds; what is faster than that is not seen.

Where a circuit has capacitors or amplifiers of one pole, and its conductances stand still, each wave comes out with the
amplitude and phase of its small signal around the state at rest, other shapes than sines by their harmonics, and all of
them add up (`linear_record`). That holds where they have been on for long, junctions stay near their bias, and no limit
of a source or an amplifier is met. Elsewhere such a circuit is quasi-static too, where a wave reaches the gate of a
junction or a limit: capacitors are open and amplifiers have their gain at dc. Noise is answered as at rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from .circuit import Wave
from .linear_record import linear_record, takes_time
from .waves import FloatArray, wave_at

if TYPE_CHECKING:
    from .living_device import LivingDevice
    from .netlist import Netlist
    from .nodal import Solution
    from .ports import Port
    from .wiring import Island

GATES = 33
"""Gate voltages at which a junction is asked on the way of a swing; between them it is interpolated."""
TOLD_BY = 9
"""Moments of a record, its peaks apart, at which a gate is asked whether a wave reaches it."""
SAME_GATE = 1e-12
"""Swing of a gate in V that is none, but rounding: a wave in its island does not reach it."""


def record(netlist: Netlist, port: Port, times: FloatArray, now: float, rng: np.random.Generator) -> FloatArray:
    """Return the voltage in V at a port at bench times in s, an array of shape (n,)."""
    islands = netlist.linked(port)
    here = islands[0]
    shifts = _shifts(netlist, times, rng)
    devices = [netlist.devices[name] for island in islands for name in island.junctions]
    gates = {device.name: _gate(netlist, device, shifts, now) for device in devices}
    moved = any(one in shifts for island in islands for one in island.ports)
    if not moved and all(np.ptp(volts) == 0 for volts in gates.values()):
        return np.full(len(times), netlist.seen_by(port, now).voltage)
    paths = {device.name: _path(netlist, device, gates[device.name], len(times), now) for device in devices}
    found = _linear(netlist, islands, port, shifts, paths, times)
    if found is None:
        found = _sampled(netlist, here, port, shifts, paths, len(times))
    for island in islands:
        _rest(island)
    return found


def _linear(
    netlist: Netlist,
    islands: list[Island],
    port: Port,
    shifts: dict[Port, FloatArray],
    paths: dict[str, FloatArray],
    times: FloatArray,
) -> FloatArray | None:
    """Return the voltage in V where answers to waves add up; None where they do not."""
    if not all(np.ptp(path) == 0 for path in paths.values()):
        return None
    if not takes_time(netlist, islands):
        return _superposed(netlist, islands[0], port, shifts, paths)
    for island in islands:
        _rest(island)
    conductances = {name: float(path[0]) for name, path in paths.items()}
    return linear_record(netlist, islands, port, shifts, conductances, times)


def _sampled(
    netlist: Netlist,
    here: Island,
    port: Port,
    shifts: dict[Port, FloatArray],
    paths: dict[str, FloatArray],
    count: int,
) -> FloatArray:
    """Return the voltage in V moment by moment."""
    found = np.empty(count)
    for number in range(count):
        _shift(here, shifts, number)
        solution = netlist.solved(here, [], {name: float(paths[name][number]) for name in here.junctions})
        found[number] = solution.points[port.name].voltage
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
    if any(corner.saturated or any(point.limited for point in corner.points.values()) for corner in corners):
        return None
    rest = corners[1].points[port.name].voltage
    found = np.full(len(next(iter(waves.values()))), rest)
    for one, shift in waves.items():
        answer = solved(**{one.name: 1.0}).points[port.name].voltage - rest
        found += answer * shift / max(float(np.abs(shift).max()), 1e-300)
    return found


def frequencies(netlist: Netlist, port: Port) -> list[float]:
    """Return the frequencies in Hz of the waves that reach a port, through the circuit or through a gate."""
    here = netlist.linked(port)
    places = [*here, *(netlist.gate_island(netlist.devices[name]) for island in here for name in island.junctions)]
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
    others = [netlist.devices[name] for name in island.junctions]
    around = netlist.surroundings
    still = {
        one.name: one.conductance(around.conditions(one.name, one.charge.voltage(now), now), one.bias) for one in others
    }

    def across(moments: Iterable[int]) -> FloatArray:
        found = []
        for number in moments:
            _shift(island, shifts, number)
            found.append(netlist.solved(island, [], still).across(*device.gate_nets))
        _rest(island)
        return np.array(found)

    few = across(_telling(ways))
    return np.full(1, few.mean()) if np.ptp(few) <= SAME_GATE else across(range(len(ways[0])))


def _telling(ways: list[FloatArray]) -> list[int]:
    """Return the moments that tell whether waves reach something: all along, and the peaks of each of them."""
    along = np.linspace(0, len(ways[0]) - 1, TOLD_BY).astype(int)
    return sorted({*along.tolist(), *(int(peak(way)) for way in ways for peak in (np.argmin, np.argmax))})


def _path(netlist: Netlist, device: LivingDevice, gates: FloatArray, count: int, now: float) -> FloatArray:
    """Return the conductance in S of a junction at each moment of its gate's way."""
    around = netlist.surroundings
    if len(gates) == 1:
        return np.full(count, device.conductance(around.conditions(device.name, float(gates[0]), now), device.bias))
    grid = np.linspace(gates.min(), gates.max(), GATES)
    siemens = [device.conductance(around.conditions(device.name, float(volts), now), device.bias) for volts in grid]
    return np.interp(gates, grid, siemens)


def _shift(island: Island, shifts: dict[Port, FloatArray], number: int) -> None:
    for one in island.ports:
        if one in shifts:
            one.shift = float(shifts[one][number])


def _rest(island: Island) -> None:
    for one in island.ports:
        one.shift = 0.0
