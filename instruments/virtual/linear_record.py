"""What a port sees of waves through capacitors and amplifiers of one pole: the state at rest, and an answer to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.simulation.circuits.elements import Capacitor

from .circuit import Quantity
from .nodal import SLACK, Resistor
from .phasors import Phasors, Seen
from .waves import ComplexArray, FloatArray, Spectrum

if TYPE_CHECKING:
    from .netlist import Netlist
    from .nodal import Solution
    from .ports import Port
    from .wiring import Island


def takes_time(netlist: Netlist, islands: Sequence[Island]) -> bool:
    """Return whether linked islands answer a wave otherwise than they would rest: by a capacitor, or by a pole."""
    nets = {net for island in islands for net in island.nets}
    poles = [one.gain_bandwidth for island in islands for one in island.amplifiers]
    return any(one is not None for one in poles) or any(one.between[0] in nets for one in netlist.capacitors)


def linear_record(
    netlist: Netlist,
    islands: Sequence[Island],
    port: Port,
    shifts: Mapping[Port, FloatArray],
    conductances: Mapping[str, float],
    times: FloatArray,
) -> FloatArray | None:
    """Return the voltage in V at a port at bench times in s, (n,), with junctions of so many S in linked islands.

    `shifts` are the waves at these times in V or A, (n,); noise is answered as at rest. None where a source or an
    amplifier is at its limit at rest, or would be while all waves are at their peaks.
    """
    rest = [netlist.solved(island, [], {name: conductances[name] for name in island.junctions}) for island in islands]
    network = _network(netlist, islands, rest, conductances)
    waves = {one: one.drive.wave for island in islands for one in island.ports if one in shifts and one.drive.wave}
    lines = {one: Spectrum.of(wave) for one, wave in waves.items()}
    answers = {one: network.answers(one, spectrum.frequencies) for one, spectrum in lines.items()}
    if _beyond_limits(islands, rest, network, lines, answers):
        return None
    seen = network.voltage(port)
    found = np.full(len(times), rest[0].points[port.name].voltage)
    for one, spectrum in lines.items():
        transfer = _transfer(seen, answers[one], own=one is port)
        noisy = waves[one].shape == "NOIS"
        found += transfer[0].real * shifts[one] if noisy else spectrum.passed(transfer, times)
    return found


def _network(
    netlist: Netlist, islands: Sequence[Island], rest: Sequence[Solution], conductances: Mapping[str, float]
) -> Phasors:
    """Return linked islands made linear around their states at rest, gates among their capacitors."""
    nets = [net for island in islands for net in island.nets]
    conductors = [one for island in islands for one in island.resistors]
    for island, solution in zip(islands, rest, strict=True):
        for device in (netlist.devices[name] for name in island.junctions):
            slope = device.slope(conductances[device.name], solution.across(*device.junction_nets))
            conductors.append(Resistor(*device.junction_nets, slope))
    gates = [netlist.devices[name] for island in islands for name in island.gates]
    capacitors = [one for one in netlist.capacitors if one.between[0] in nets]
    capacitors += [
        Capacitor(name=one.name, between=one.gate_nets, capacitance=one.charge.capacitance)
        for one in gates
        if one.charge.capacitance > 0
    ]
    ports = [one for island in islands for one in island.ports]
    return Phasors(nets, conductors, ports, [one for island in islands for one in island.amplifiers], capacitors)


def _beyond_limits(
    islands: Sequence[Island],
    rest: Sequence[Solution],
    network: Phasors,
    lines: Mapping[Port, Spectrum],
    answers: Mapping[Port, ComplexArray],
) -> bool:
    """Return whether a limit is met at rest, or would be while all waves are at their peaks."""

    def beyond(seen: Seen, at_rest: float, limit: float, port: Port | None = None) -> bool:
        peaks = [spectrum.peak(_transfer(seen, answers[one], own=one is port)) for one, spectrum in lines.items()]
        return abs(at_rest) + sum(peaks) > limit * (1 + SLACK)

    for island, solution in zip(islands, rest, strict=True):
        if solution.saturated or any(point.limited for point in solution.points.values()):
            return True
        for port in (one for one in island.ports if one.joined and np.isfinite(one.drive.limit)):
            point = solution.points[port.name]
            value = point.current if port.drive.quantity is Quantity.VOLTAGE else point.voltage
            if beyond(network.limited(port), value, port.drive.limit, port):
                return True
        for one in island.amplifiers:
            volts = solution.across(one.output, one.ground)
            if one.largest_output is not None and beyond(network.output(one), volts, one.largest_output):
                return True
    return False


def _transfer(seen: Seen, answers: ComplexArray, *, own: bool) -> ComplexArray:
    """Return what a quantity answers 1 V or 1 A of a wave, (f,)."""
    return np.asarray(answers @ seen.weights + (seen.own if own else 0.0))
