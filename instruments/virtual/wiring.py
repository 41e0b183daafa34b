"""From the wires of a bench file to nets, ports and islands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from smtjlab.instruments.terminals import UNCONNECTED
from smtjlab.simulation.circuits.elements import Capacitor
from smtjlab.simulation.measured_circuit import Amplifier

from .living_device import LivingDevice
from .nodal import Resistor, Solution
from .ports import Port, Wire


@dataclass(slots=True, eq=False)
class Island:
    """Nets that are connected with each other, and all that stands between them."""

    nets: list[str]
    ports: list[Port] = field(default_factory=list)
    junctions: list[str] = field(default_factory=list)
    """Names of the devices whose junction stands here."""
    gates: list[str] = field(default_factory=list)
    """Names of the devices whose gate stands here."""
    resistors: list[Resistor] = field(default_factory=list)
    """Its conductors, junctions apart."""
    amplifiers: list[Amplifier] = field(default_factory=list)
    asked: object = None
    """What its state depends on, when that was worked out last."""
    state: Solution | None = None
    at_rest: tuple[object, Solution, dict[str, float]] | None = None
    """Conditions, state, and conductances in S of the junctions, as they were found last."""


def port_of(name: str, wires: Mapping[str, str], wire: Callable[[str, str], Wire]) -> Port:
    """Return the port of that name; `wires` are those of the bench file, `wire` makes one from terminal and net.

    Sense terminals that the file does not name are wired beside those of the output; to hang them in the air, it
    says `open`. One of many outputs has its name for `hi`, and shares the `lo` of its instrument.
    """
    shared = {"hi": name, "lo": f"{name.rpartition('.')[0]}.lo"}

    def to(pin: str) -> Wire:
        terminal = f"{name}.{pin}"
        net = wires.get(terminal) or wires.get(shared.get(pin, terminal), terminal)
        made = wire(terminal, terminal if net == UNCONNECTED else net)
        made.made = made.made and net != UNCONNECTED
        return made

    hi, lo = to("hi"), to("lo")
    sense = {pin: to(pin) if f"{name}.{pin}" in wires else wire(f"{name}.{pin}", end.net)
             for pin, end in (("sense_hi", hi), ("sense_lo", lo))}  # fmt: skip
    return Port(name, hi, lo, sense["sense_hi"], sense["sense_lo"])


def islands(
    ports: Iterable[Port],
    resistors: Sequence[Resistor],
    devices: Collection[LivingDevice],
    amplifiers: Sequence[Amplifier],
    capacitors: Sequence[Capacitor],
) -> dict[str, Island]:
    """Return the island of each net, with all that stands there. Its first net is the ground of its amplifiers.

    Capacitors make no island: no current flows through them at rest.
    """
    ports = list(ports)
    root = _joined(ports, resistors, devices, amplifiers)
    for net in (net for one in capacitors for net in one.between):
        root.setdefault(net, net)
    made: dict[str, Island] = {}
    grounds = {one.ground for one in amplifiers}
    for net in sorted(root, key=lambda net: net not in grounds):
        made.setdefault(root[net], Island([])).nets.append(net)
    found = {net: made[root[net]] for net in root}
    for port in ports:
        found[port.hi.net].ports.append(port)
    for resistor in resistors:
        found[resistor.first].resistors.append(resistor)
    for device in devices:
        found[device.junction_nets[0]].junctions.append(device.name)
        found[device.gate_nets[0]].gates.append(device.name)
    for amplifier in amplifiers:
        found[amplifier.output].amplifiers.append(amplifier)
    return found


def linked(by_net: Mapping[str, Island], first: Island, capacitors: Sequence[Capacitor]) -> list[Island]:
    """Return an island and all those that capacitors link to it, the first one first."""
    found = [first]
    for island in found:  # it grows meanwhile
        for one in capacitors:
            ends = [by_net[net] for net in one.between]
            if any(end is island for end in ends):
                found += [end for end in ends if all(end is not known for known in found)]
    return found


def _joined(
    ports: Sequence[Port],
    resistors: Sequence[Resistor],
    devices: Collection[LivingDevice],
    amplifiers: Sequence[Amplifier],
) -> dict[str, str]:
    """Return each net and one that stands for all that are connected with it."""
    parents: dict[str, str] = {}

    def root(net: str) -> str:
        parents.setdefault(net, net)
        while parents[net] != net:
            parents[net] = parents[parents[net]]
            net = parents[net]
        return net

    for first, second in _bonds(resistors, devices, amplifiers):
        parents[root(first)] = root(second)
    for port in ports:
        for net in (port.hi.net, port.lo.net):
            root(net)
        if port.joined:
            parents[root(port.hi.net)] = root(port.lo.net)
        for sense, force in ((port.sense_hi, port.hi), (port.sense_lo, port.lo)):
            # A sense lead carries no current, but what it reads must be known where its source is solved.
            if sense is not None and sense.made and port.joined and port.drive.remote_sense:
                parents[root(sense.net)] = root(force.net)
    return {net: root(net) for net in [*parents]}


def _bonds(
    resistors: Iterable[Resistor], devices: Iterable[LivingDevice], amplifiers: Iterable[Amplifier]
) -> Iterator[tuple[str, str]]:
    """Yield pairs of nets that must be solved together: most of them since current can flow between them."""
    for resistor in resistors:
        yield resistor.first, resistor.second
    for device in devices:
        yield device.junction_nets
    for amplifier in amplifiers:
        # Its inputs carry no current, but what they say must be known where its output is solved.
        for net in (amplifier.plus, amplifier.minus, amplifier.ground):
            yield amplifier.output, net
