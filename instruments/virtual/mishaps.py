"""The faults that await one instrument, and how they strike: what becomes of its answers, and of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.errors import InstrumentMistake

from .faults import ON_ANSWERS, ON_INSTRUMENTS, Fault, FaultKind
from .twin import Twin

if TYPE_CHECKING:
    from .living_device import LivingDevice
    from .world import Doing

NOISE = "#~%&?!^|"
"""Characters of a garbled answer: no number holds any of them."""
STRANGER = "ACME INSTRUMENTS,MODEL 1,0,0"
"""What an instrument says that it is, when it says that it is another one."""


class Mishaps:
    """What goes wrong with one instrument. Called with the world's lock held."""

    def __init__(self, twin: Twin, rng: np.random.Generator) -> None:
        self.twin = twin
        self.faults: list[Fault] = []
        self.messages = 0
        """Messages that the instrument has got."""
        self.cut = False
        """Whether every connection is broken: whoever notices connects anew."""
        self._rng = rng
        self._kept: bytes | None = None
        self._behind = False
        self._stranger = False

    def add(self, fault: Fault, channel: str = "") -> None:
        """Let a fault await the instrument. One of the instrument itself strikes at its moment, whoever asks.

        One of what hangs on the instrument strikes at `channel`; empty stands for all. Raises InstrumentMistake where
        nothing there could fail like that.
        """
        fault.channel = channel
        self._check(fault)
        self.faults.append(fault)
        if fault.kind in ON_INSTRUMENTS and fault.at is not None:
            world = self.twin.world
            wait = max(0.0, fault.at - world.time)

            def strike() -> Doing[None]:
                yield wait
                self._strike(fault)

            world.start(strike())

    def _check(self, fault: Fault) -> None:
        """Refuse a fault that would strike nothing."""
        twin = self.twin
        needed, there = {
            FaultKind.LOST_CONTACT: ("chuck", f"{twin.name}.chuck" in twin.world.surroundings.chucks),
            FaultKind.RUNAWAY: ("thermal stage", twin.world.netlist.wired_to(f"{twin.name}.stage") is not None),
            FaultKind.STUCK: ("meter", bool(twin.meters)),
            FaultKind.DRIFT_STEP: ("meter", bool(twin.meters)),
            FaultKind.RANGE_RELAY: ("meter", bool(twin.meters)),
            FaultKind.LEAKAGE_STEP: ("gate behind its source", twin.drives and bool(self._gates(fault))),
            FaultKind.COMPLIANCE_STORM: ("device behind its source", twin.drives and bool(self._pins(fault))),
            FaultKind.QUENCH: ("magnet at its output", self._coil in twin.world.surroundings.magnets),
        }.get(fault.kind, ("", True))
        if not there:
            raise InstrumentMistake(
                f"A fault {fault.kind} must be of an instrument with a {needed}, but {twin.name!r} has none."
            )

    def message_came(self) -> bool:
        """Count a message; return whether the connection that brought it breaks before it is carried out."""
        self.messages += 1
        if not self.faults and not self.cut:
            return False
        for fault in self._due(ON_INSTRUMENTS):
            self._strike(fault)
        if self.cut:
            self.cut = False
            return True
        return any(True for _ in self._due((FaultKind.DROP,)))

    def begins_anew(self) -> None:
        """Forget what lay between the instrument and its client: a connection is new, or was cleared."""
        self._behind, self._kept = False, None

    def answered(self, message: bytes, answer: bytes) -> tuple[bytes, float] | None:
        """Return what becomes of an answer, and how many seconds late it comes; None where it is lost."""
        if self._stranger and message.strip().upper().lstrip(b":").endswith(b"*IDN?"):
            answer = STRANGER.encode() + self.twin.terminator.encode()
        fault = next(self._due(ON_ANSWERS), None)
        if fault is not None:
            if fault.kind is FaultKind.LATE:
                return answer, fault.delay
            if fault.kind is FaultKind.ONE_BEHIND:
                self._behind = True
            else:
                changed = self._changes[fault.kind](self, answer)
                return None if changed is None else (changed, 0.0)
        if self._behind:
            before, self._kept = self._kept, answer
            return None if before is None else (before, 0.0)
        return answer, 0.0

    def _due(self, kinds: tuple[FaultKind, ...]) -> Iterator[Fault]:
        """Yield the faults of some kinds that are due, and use them up."""
        for fault in self.faults:
            at_hand = fault.at is not None and self.twin.world.time >= fault.at and fault.kind not in ON_INSTRUMENTS
            after = fault.after is not None and self.messages > fault.after
            if fault.kind in kinds and fault.count > 0 and (at_hand or after):
                fault.count -= 1
                yield fault

    # Answers

    def _lost(self, answer: bytes) -> bytes | None:
        return None

    def _garbled(self, answer: bytes) -> bytes:
        """Return an answer with every other character wrong, its terminator spared."""
        noise = self._rng.choice(list(NOISE.encode()), size=len(answer))
        return bytes(int(noise[i]) if i % 2 == 0 and byte not in b"\r\n" else byte for i, byte in enumerate(answer))

    def _truncated(self, answer: bytes) -> bytes:
        return answer[: len(answer) // 2]

    def _duplicated(self, answer: bytes) -> bytes:
        return answer * 2

    _changes: dict[FaultKind, Callable[[Mishaps, bytes], bytes | None]] = {  # noqa: RUF012  # a table, never changed
        FaultKind.TIMEOUT: _lost,
        FaultKind.GARBLED: _garbled,
        FaultKind.TRUNCATED: _truncated,
        FaultKind.DUPLICATED: _duplicated,
    }

    # The instrument itself

    def _strike(self, fault: Fault) -> None:
        kind, twin = fault.kind, self.twin
        if kind is FaultKind.POWER_CYCLE:
            self.cut = True
            twin.power_cycle()
        elif kind is FaultKind.WRONG_IDENTITY:
            self._stranger = True
        elif kind is FaultKind.ERROR_STORM:
            for _ in range(int(fault.strength)):
                twin.status.report(-310, "fault on request")
        elif kind is FaultKind.INTERLOCK:
            twin.open_interlock()
        elif kind is FaultKind.LOST_CONTACT:
            twin.world.chuck(f"{twin.name}.chuck").lose_contact()
        elif kind is FaultKind.RUNAWAY:
            stage = twin.world.stage
            stage.run_away(stage.surroundings + fault.strength, twin.world.time)
        elif kind is FaultKind.QUENCH:
            twin.world.magnet(f"{twin.name}.output").collapse(twin.world.time)
            twin.lose_field()
        elif kind in (FaultKind.LEAKAGE_STEP, FaultKind.COMPLIANCE_STORM):
            self._injure(fault)
        else:
            for errors in twin.meters:
                errors.suffer(kind.value, fault.strength)

    # What hangs on the instrument

    def _injure(self, fault: Fault) -> None:
        """Let the devices at the instrument's terminals leak, or break down."""
        world = self.twin.world
        if fault.kind is FaultKind.LEAKAGE_STEP:
            for device in self._gates(fault):
                device.leak_more(fault.strength)
        else:
            for device, pin in self._pins(fault):
                device.break_down(pin)
        world.rewire()

    def _pins(self, fault: Fault) -> list[tuple[LivingDevice, str]]:
        """Return the devices at the terminals, each with the pin there."""
        netlist = self.twin.world.netlist
        place = f"{self.twin.name}.{fault.channel}" if fault.channel else self.twin.name
        return [
            (device, net)
            for net in netlist.nets_at(place)
            for device in netlist.devices.values()
            if net in (*device.junction_nets, *device.gate_nets)
        ]

    def _gates(self, fault: Fault) -> list[LivingDevice]:
        return list({device.name: device for device, pin in self._pins(fault) if pin in device.gate_nets}.values())

    @property
    def _coil(self) -> str | None:
        """Return the name of the magnet at the instrument's output."""
        return self.twin.world.netlist.wired_to(f"{self.twin.name}.output")
