"""The netlist of a bench: every port, wire, relay, resistor, amplifier and device, and what flows where.

Readings are at rest: capacitors of a circuit are open and have settled, amplifiers have their gain at dc.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

from smtjlab.simulation.circuits.elements import Capacitor
from smtjlab.simulation.measured_circuit import Amplifier

from .charge import Course
from .circuit import Drive, OperatingPoint
from .living_device import LivingDevice
from .nodal import Charged, Resistor, Solution, solve
from .passing import picking_up, unsteady
from .ports import Port, Wire
from .surroundings import Surroundings
from .waves import wave_mean
from .wiring import Island, islands, linked, port_of

RELAY_RESISTANCE = 0.5
"""Resistance in ohm of a closed crosspoint with its path (3730 card: below 1 ohm)."""
LEAD_RESISTANCE = 1.0
"""Resistance in ohm of a wire that leads to no device."""
SAME = 1e-9
"""Relative change of a bias at which the operating point of a junction counts as found."""
ATTEMPTS = 20


class Netlist:
    """One bench's circuit. Nets are named by the pins of devices or by the bench file; times are those of the bench."""

    def __init__(
        self,
        wires: Mapping[str, str],
        resistors: Sequence[Resistor],
        devices: Iterable[LivingDevice],
        surroundings: Surroundings,
        amplifiers: Sequence[Amplifier] = (),
        capacitors: Sequence[Capacitor] = (),
    ) -> None:
        self._wires = wires
        self._resistors = list(resistors)
        self._amplifiers = list(amplifiers)
        self.capacitors = list(capacitors)
        self.devices = {device.name: device for device in devices}
        self.surroundings = surroundings
        for device in self.devices.values():
            device.chuck = surroundings.chuck_of(device.name)
        self._ports: dict[str, Port] = {}
        self._relays: dict[str, frozenset[tuple[str, str]]] = {}
        self._islands: dict[str, Island] | None = None
        self._emfs: dict[str, float] = {}

    # Shape

    def port(self, name: str) -> Port:
        """Return the port of that name, wired as the bench file says."""
        if name not in self._ports:
            self._ports[name] = port_of(name, self._wires, self._wire)
            self._islands = None
        return self._ports[name]

    def drive(self, port: Port, drive: Drive, time: float) -> None:
        """Change what a port does from bench time `time` on."""
        joined = port.joined, port.drive.remote_sense, port.drive.input_resistance
        port.drive = drive
        if joined != (port.joined, drive.remote_sense, drive.input_resistance):
            self._islands = None
            self._turn_all(time)
        else:
            self._turn(self.island(port), time)
        island = self.island(port)
        reach = math.inf if island.amplifiers else port.reach
        if any(self.devices[name].would_break(reach) for name in island.junctions):
            self._operating(island, time, time + 1e-9)

    def set_relays(self, name: str, closed: Iterable[tuple[str, str]], time: float) -> None:
        """Close these crosspoints of a switch and open all its others."""
        self._relays[name] = frozenset((f"{name}.{first}", f"{name}.{second}") for first, second in closed)
        self._islands = None
        self._turn_all(time)

    @property
    def joints(self) -> frozenset[tuple[str, str]]:
        """Return the pairs of terminals that closed relays join."""
        return frozenset().union(*self._relays.values())

    def exchange(self, device: LivingDevice) -> None:
        """Let another device stand in the place of the one of its name; `rewire` must follow."""
        device.chuck = self.devices[device.name].chuck
        self.devices[device.name] = device

    def rewire(self, time: float) -> None:
        """Let every wire follow the contacts of its device."""
        for port in self._ports.values():
            for wire in (port.hi, port.lo, port.sense_hi, port.sense_lo):
                if wire is not None and (device := self._device_at(wire.net)) is not None:
                    wire.resistance, wire.made = device.wire_resistance, device.contacted
        self._islands = None
        self._turn_all(time)

    def _wire(self, terminal: str, net: str) -> Wire:
        device = self._device_at(net)
        if device is None:
            return Wire(terminal, net, LEAD_RESISTANCE)
        emf = self._emfs.setdefault(terminal, device.fresh_emf())
        return Wire(terminal, net, device.wire_resistance, emf, device.contacted)

    def _device_at(self, net: str) -> LivingDevice | None:
        return self.devices.get(net.partition(".")[0])

    def wired_to(self, terminal: str) -> str | None:
        """Return where the bench file wires a terminal to; None where it says nothing."""
        return self._wires.get(terminal)

    def nets_at(self, name: str) -> list[str]:
        """Return where the bench file wires the terminals of an instrument, or of one channel, `dual.a`."""
        return [net for terminal, net in self._wires.items() if f"{terminal}.".startswith(f"{name}.")]

    def _net(self, terminal: str) -> str:
        return self._wires.get(terminal, terminal)

    def _bonds(self) -> list[Resistor]:
        """Return every conductor that does not depend on conditions."""
        relays = itertools.chain.from_iterable(self._relays.values())
        return [
            *self._resistors,
            *(Resistor(self._net(first), self._net(second), 1 / RELAY_RESISTANCE) for first, second in relays),
            *(device.leak() for device in self.devices.values()),
        ]

    @property
    def ports(self) -> Iterable[Port]:
        """Return every port that anybody has used."""
        return self._ports.values()

    def island(self, port: Port) -> Island:
        """Return the nets that are connected with a port's `hi`, and what stands between them."""
        return self._by_net()[port.hi.net]

    def linked(self, port: Port) -> list[Island]:
        """Return the island of a port, and after it those that capacitors link to it."""
        return linked(self._by_net(), self.island(port), self.capacitors)

    def gate_island(self, device: LivingDevice) -> Island:
        """Return the nets that are connected with a device's gate."""
        return self._by_net()[device.gate_nets[0]]

    def _by_net(self) -> Mapping[str, Island]:
        if self._islands is None:
            self._islands = islands(
                self._ports.values(), self._bonds(), self.devices.values(), self._amplifiers, self.capacitors
            )
        return self._islands

    # What flows

    def solved(self, island: Island, charged: Sequence[Charged], conductances: Mapping[str, float]) -> Solution:
        """Return the state of an island whose junctions have so many S."""
        asked = (self._drives(island), charged, conductances)
        if island.state is None or island.asked != asked:
            barriers = [self.devices[name].barrier(siemens) for name, siemens in conductances.items()]
            island.state = solve(island.nets, [*island.resistors, *barriers], island.ports, charged, island.amplifiers)
            island.asked = asked
        return island.state

    def _operating(self, island: Island, time: float, end: float) -> tuple[Solution, dict[str, float]]:
        """Return the state of an island over an interval, and the conductances in S of its junctions."""
        for port in island.ports:
            port.shift = 0.0 if port.drive.wave is None else wave_mean(port.drive.wave, time, end)
        charged = self._charged(island, time, end)
        junctions = [self.devices[name] for name in island.junctions]
        around = [one.over(self.surroundings, time, end) for one in junctions]
        key = (self._drives(island), charged, around, [one.broken for one in junctions])
        if island.at_rest is not None and island.at_rest[0] == (key, [one.junction.signature for one in junctions]):
            return island.at_rest[1:]
        for _ in range(ATTEMPTS):
            conductances = {one.name: one.conductance(of, one.bias) for one, of in zip(junctions, around, strict=True)}
            solution = self.solved(island, charged, conductances)
            found = [one.bear(solution.across(*one.junction_nets), SAME) for one in junctions]
            if all(found):
                break
        # The key of what was found: conditions that are new may have changed the state of a junction.
        found_at = (key, [one.junction.signature for one in junctions])
        island.at_rest = None if any(one.remembers for one in junctions) else (found_at, solution, conductances)
        return solution, conductances

    @staticmethod
    def _drives(island: Island) -> list[tuple[Drive, float, float]]:
        """Return what the sources of an island do; the drives themselves, so that none is taken for a later one."""
        return [(port.drive, port.shift, port.hi.emf) for port in island.ports]

    def _charged(self, island: Island, time: float, end: float) -> list[Charged]:
        return [one for name in island.gates for one in self._gate_of(self.devices[name], time, end)]

    @staticmethod
    def _gate_of(device: LivingDevice, time: float, end: float) -> list[Charged]:
        """Return the gate's capacitor over an interval: at rest it draws nothing."""
        charge = device.charge
        if time >= charge.settled_at or charge.course is Course.REST:
            return []
        if charge.course is Course.SLEWING:
            return [device.charging(charge.current(time, end))]
        return [device.charged(charge.mean(time, end))]

    def seen_by(self, port: Port, time: float) -> OperatingPoint:
        """Return what a port sees at this moment."""
        solution, _ = self._operating(self.island(port), time, time + 1e-9)
        return solution.points[port.name]

    def through(self, first: str, second: str, time: float) -> float:
        """Return the current in A from one terminal to another through the closed relay between them."""
        start, end = self._net(first), self._net(second)
        island = self._by_net().get(start)
        if island is None or end not in island.nets or not island.ports:
            return 0.0
        solution, _ = self._operating(island, time, time + 1e-9)
        return solution.across(start, end) / RELAY_RESISTANCE

    def elapse(self, start: float, end: float) -> None:
        """Let an interval of constant drives pass for the devices and for all measurements under way."""
        measured: set[str] = set()
        around = [(device, device.over(self.surroundings, start, end)) for device in self.devices.values()]
        moving = [(device, under) for device, under in around if not device.junction.rests_under(under)]
        for island in self._islands_under_measurement():
            self._measure(island, start, end)
            measured |= set(island.junctions)
        for device, under in moving:
            if device.name not in measured:
                device.junction.live(end - start, under)
        for device in self.devices.values():
            if device.breaks_gate(device.charge.voltage(end)):
                self._islands = None
                self._turn_all(end)

    def _islands_under_measurement(self) -> list[Island]:
        busy = {id(one): one for one in (self.island(port) for port in self._ports.values() if port.integrals)}
        return list(busy.values())

    def _measure(self, island: Island, start: float, end: float) -> None:
        _, conductances = self._operating(island, start, end)
        noisy = {
            name: device.read(start, end, device.over(self.surroundings, start, end), device.bias)
            for name, device in ((name, self.devices[name]) for name in conductances)
        }
        charged = self._charged(island, start, end)
        picked_up = sum(self.devices[name].pickup(start, end) for name in conductances)
        with picking_up(island.ports, picked_up), unsteady(island.ports):
            solution = self.solved(island, charged, noisy)
        for port in island.ports:
            for integral in port.integrals:
                integral.add(solution.points[port.name], end - start)
            port.integrals[:] = [integral for integral in port.integrals if integral.until > end]

    # Gates on their way

    def turns(self, time: float) -> Iterable[float]:
        """Yield the bench times at which a gate comes to rest or a measurement ends."""
        for device in self.devices.values():
            yield device.charge.settled_at
        for port in self._ports.values():
            for integral in port.integrals:
                yield integral.until

    def _turn_all(self, time: float) -> None:
        done: set[int] = set()
        for port in self._ports.values():
            island = self.island(port)
            if id(island) not in done:
                done.add(id(island))
                self._turn(island, time)

    def _turn(self, island: Island, time: float) -> None:
        """Set the gates of an island on their way to where its sources take them now."""
        devices = [self.devices[name] for name in island.gates]
        if not devices:
            return
        junctions = {
            one.name: one.conductance(one.over(self.surroundings, time, time), one.bias)
            for one in (self.devices[name] for name in island.junctions)
        }
        end = self.solved(island, [], junctions)
        now = self.solved(island, [device.charged(device.charge.voltage(time)) for device in devices], junctions)
        limited = any(point.limited for point in now.points.values())
        for device, amperes in zip(devices, now.charging, strict=True):
            target = end.across(*device.gate_nets)
            device.charge = device.charge.turned(time, target, amperes, limited)
