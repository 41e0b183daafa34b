"""The status model of a Series 2600B: many registers, each summed up in one bit of the next (manual, section 12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .status import Register
from .tsp_parameter import Number
from .tsp_tree import Attribute, Constant, Member, Tree

if TYPE_CHECKING:
    from .status import Status

ALL = 0x7FFF
"""All bits of a register."""

INTERLOCK = 2048
"""Bit of `status.measurement`: set while the interlock is closed (read so from a 2614B)."""
VOLTAGE_LIMIT, CURRENT_LIMIT, OVERFLOW, BUFFER = 1, 2, 128, 256
"""Bits of `status.measurement.instrument.smuX`."""
CALIBRATING, SWEEPING, MEASURING, TRIGGER_OVERRUN = 1, 8, 16, 1024
"""Bits of `status.operation.instrument.smuX`."""
UNSTABLE, OVER_TEMPERATURE = 512, 4096
"""Bits of `status.questionable.instrument.smuX`."""

_MEASUREMENT = {"VOLTAGE_LIMIT": 1, "VLMT": 1, "CURRENT_LIMIT": 2, "ILMT": 2, "READING_OVERFLOW": 128, "ROF": 128,
                "BUFFER_AVAILABLE": 256, "BAV": 256}  # fmt: skip
_OPERATION = {"CALIBRATING": 1, "CAL": 1, "SWEEPING": 8, "SWE": 8, "MEASURING": 16, "MEAS": 16,
              "TRIGGER_OVERRUN": 1024, "TRGOVR": 1024}  # fmt: skip
_QUESTIONABLE = {"CALIBRATION": 256, "CAL": 256, "UNSTABLE_OUTPUT": 512, "UO": 512, "OVER_TEMPERATURE": 4096,
                 "OTEMP": 4096}  # fmt: skip
BESIDE = {
    "measurement": ("VOLTAGE_LIMIT", "CURRENT_LIMIT", "READING_OVERFLOW", "BUFFER_AVAILABLE"),
    "operation": ("CALIBRATING", "SWEEPING", "MEASURING"),
    "questionable": ("CALIBRATION", "UNSTABLE_OUTPUT", "OVER_TEMPERATURE"),
}
"""Conditions that have a register of their own beside those of each SMU: one bit an SMU."""
_SUMMARY = {"INSTRUMENT_SUMMARY": 8192, "INST": 8192}
BYTE = {"MEASUREMENT_SUMMARY_BIT": 1, "MSB": 1, "SYSTEM_SUMMARY_BIT": 2, "SSB": 2, "ERROR_AVAILABLE": 4, "EAV": 4,
        "QUESTIONABLE_SUMMARY_BIT": 8, "QSB": 8, "MESSAGE_AVAILABLE": 16, "MAV": 16, "EVENT_SUMMARY_BIT": 32,
        "ESB": 32, "MASTER_SUMMARY_STATUS": 64, "MSS": 64, "OPERATION_SUMMARY_BIT": 128, "OSB": 128}  # fmt: skip
STANDARD = {"OPERATION_COMPLETE": 1, "OPC": 1, "QUERY_ERROR": 4, "QYE": 4, "DEVICE_DEPENDENT_ERROR": 8, "DDE": 8,
            "EXECUTION_ERROR": 16, "EXE": 16, "COMMAND_ERROR": 32, "CME": 32, "USER_REQUEST": 64, "URQ": 64,
            "POWER_ON": 128, "PON": 128}  # fmt: skip


@dataclass(slots=True, eq=False)
class TspRegister:
    """One register with its transition filters, and the bit that it is summed up in."""

    core: Register = field(default_factory=Register)
    parent: TspRegister | None = None
    bit: int = 0
    ptr: int = ALL
    ntr: int = 0

    def put(self, bits: int, on: bool) -> None:
        """Set or clear condition bits; filtered changes become events."""
        before = self.core.condition
        after = before | bits if on else before & ~bits
        self.core.event |= (after & ~before & self.ptr) | (before & ~after & self.ntr)
        self.core.condition = after
        self.tell()

    def tell(self) -> None:
        """Hand the summary on."""
        if self.parent is not None:
            self.parent.put(self.bit, self.core.summary)

    def take_event(self) -> int:
        """Return the events and clear them."""
        event = self.core.take_event()
        self.tell()
        return event

    def enable(self, mask: float) -> None:
        """Choose the events that are summed up."""
        self.core.enable = int(mask)
        self.tell()


def layout(channels: str) -> dict[str, tuple[str, int, dict[str, int]]]:
    """Return each register's path with its parent, its bit in there and the names of its own bits.

    `channels` are the letters of the instrument's SMUs, such as `ab`.
    """
    smus = {f"SMU{letter.upper()}": 2 << place for place, letter in enumerate(channels)}
    found: dict[str, tuple[str, int, dict[str, int]]] = {
        "measurement": ("", 1, {**_MEASUREMENT, "INTERLOCK": INTERLOCK, "INT": INTERLOCK, **_SUMMARY}),
        "operation": ("", 128, {**_OPERATION, "PROMPTS": 2048, "USER": 4096, "PROGRAM_RUNNING": 16384, "PROG": 16384,
                                **_SUMMARY}),
        "questionable": ("", 8, {**_QUESTIONABLE, **_SUMMARY}),
        "measurement.instrument": ("measurement", 8192, smus),
        "operation.instrument": ("operation", 8192, {**smus, "TRIGGER_BLENDER": 1024, "TRGBLND": 1024,
                                 "TRIGGER_TIMER": 2048, "TRGTMR": 2048, "DIGITAL_IO": 4096, "DIGIO": 4096}),
        "questionable.instrument": ("questionable", 8192, smus),
        "operation.user": ("operation", 4096, {f"BIT{place}": 1 << place for place in range(15)}),
    }  # fmt: skip
    for group, names in (("measurement", _MEASUREMENT), ("operation", _OPERATION), ("questionable", _QUESTIONABLE)):
        for letter in channels:
            own = f"{group}.instrument.smu{letter}"
            found[own] = (f"{group}.instrument", smus[f"SMU{letter.upper()}"], names)
        for name in BESIDE[group]:
            found[f"{group}.{name.lower()}"] = (group, names[name], smus)
    return found


class TspStatus:
    """All registers of one instrument below its status byte."""

    def __init__(self, status: Status, channels: str) -> None:
        self._layout = layout(channels)
        self._channels = channels
        tops = {"measurement": status.measurement, "operation": status.operation, "questionable": status.questionable}
        self.registers = {path: TspRegister(tops.get(path, Register())) for path in self._layout}
        for path, (parent, bit, _) in self._layout.items():
            self.registers[path].parent, self.registers[path].bit = self.registers.get(parent), bit

    def put(self, group: str, letter: str, name: str, on: bool) -> None:
        """Set a condition of one SMU, such as `measurement`, `a`, `VOLTAGE_LIMIT`, in both places that show it."""
        bit = self._layout[f"{group}.instrument.smu{letter}"][2][name]
        self.registers[f"{group}.instrument.smu{letter}"].put(bit, on)
        beside = self.registers.get(f"{group}.{name.lower()}")
        if beside is not None:
            beside.put(2 << self._channels.index(letter), on)

    def reset(self) -> None:
        """Do what `status.reset()` does: no event is pending or enabled, filters are those of power-up."""
        for register in self.registers.values():
            register.core.event = register.core.enable = register.ntr = 0
            register.ptr = ALL
        for register in self.registers.values():
            register.tell()


_MASK = Number(0, 65535, whole=True)


def _members(path: str, names: Mapping[str, int]) -> Iterator[Member]:
    """Yield what one register has; `twin.look(path)` keeps conditions fresh and knows who polls."""

    def of(twin: Any) -> TspRegister:
        register: TspRegister = twin.registers.registers[path]
        return register

    def set_filter(name: str) -> Any:
        return lambda twin, mask: setattr(of(twin), name, int(mask))

    yield Attribute("condition", lambda twin: twin.look(path, lambda: of(twin).core.condition))
    yield Attribute("event", lambda twin: twin.look(path, lambda: of(twin).take_event()))
    yield Attribute("enable", lambda twin: of(twin).core.enable, lambda twin, mask: of(twin).enable(mask), _MASK)
    yield Attribute("ptr", lambda twin: of(twin).ptr, set_filter("ptr"), _MASK, "positive transitions that are events")
    yield Attribute("ntr", lambda twin: of(twin).ntr, set_filter("ntr"), _MASK, "negative transitions that are events")
    for name, bit in names.items():
        yield Constant(name, bit)


def mount_registers(tree: Tree, channels: str) -> None:
    """Hang `status.measurement`, `status.operation` and `status.questionable` into a tree."""
    for path, (_, _, names) in layout(channels).items():
        label = path
        for letter in channels:
            label = label.replace(f"smu{letter}", "smuX")
        tree.mount(f"status.{path}", _members(path, names), lambda twin: twin, f"status.{label}")
