"""An instrument that speaks SCPI: messages in, answers out, with the common commands of IEEE 488.2."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from .command_tree import Command, CommandTree, Node, arguments_of, setting, values
from .parameter import Choice, Integer
from .scpi import ScpiError, Unit, units
from .status import QUEUE_DEPTH, TEXTS, Register, Status
from .twin import DeviceCleared, Supported, Twin

if TYPE_CHECKING:
    from .world import World

LOG = logging.getLogger(__name__)
LONGEST_ANSWER = 16 * 2**20
"""Characters that the answers to one message may have together; more is a deadlock of both buffers (-430)."""


class ScpiInstrument(Twin):
    """The part of a twin that every SCPI instrument has. A twin brings its identity, its commands and its reset."""

    identity = "SMTJLAB,MODEL 0000,SMTJ0000,1.0.0"
    commands: ClassVar[tuple[Command, ...]] = ()
    """Everything that the model understands; the rest answers -113."""
    error_texts: ClassVar[Mapping[int, str]] = {}
    """Texts of the model's own errors, beside those of SCPI-99."""
    queue_depth: ClassVar[int] = QUEUE_DEPTH
    """Entries of the error queue."""
    version: ClassVar[str] = "1999.0"
    """Version of SCPI that the model claims."""

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.language = "SCPI"
        self.saved: dict[int, Any] = {}

    def fresh_status(self) -> Status:
        """Return the status of an instrument that was switched on just now."""
        return Status(texts=TEXTS | dict(self.error_texts), depth=self.queue_depth)

    @staticmethod
    def write_error(code: int, text: str) -> str:
        """Return an entry of the error queue as the model answers it."""
        return f'{code},"{text}"'

    @classmethod
    def supported(cls) -> list[Supported]:
        """Return the table of commands."""
        return [
            Supported(
                command.header.replace(":*", "*"),
                " ".join(form for form, act in (("write", command.write), ("query", command.query)) if act is not None),
                command.note,
                arguments_of(command),
            )
            for command in cls.commands
        ]

    @property
    def tree(self) -> CommandTree:
        """Return the command tree of the model, the same for all of its kind."""
        return _tree_of(type(self))  # type: ignore[arg-type]  # mypy takes a class for one of its instances

    def execute(self, message: str) -> str | None:
        """Carry out one program message and return its answer, or None where nothing was asked.

        After a command error the rest of the message is discarded; an execution error leaves it be.
        """
        answers: list[str] = []
        path, clears = self.tree.root, self.clears
        try:
            for unit in units(message):
                if self.clears != clears:
                    return None
                path, answer = self._unit(unit, path)
                if answer is not None:
                    answers.append(answer)
        except ScpiError as problem:
            self.status.report(problem.code, problem.detail)
        except DeviceCleared:
            return None
        if sum(map(len, answers)) > LONGEST_ANSWER:
            self.status.report(-430)
            return None
        self.status.update()
        return ";".join(answers) if answers else None

    def _unit(self, unit: Unit, path: Node) -> tuple[Node, str | None]:
        """Carry out one unit; return the path that the next one starts from and the answer."""
        found = self.tree.find(unit, path)
        command = found.command
        action: Any = command.query if unit.query else command.write
        if action is None:
            raise ScpiError(-113)
        try:
            answer = action(self, *found.suffixes, *values(command, unit))
        except ScpiError as problem:
            if problem.code <= -200 or problem.code > 0:  # an execution error: what follows is carried out
                self.status.report(problem.code, problem.detail)
                return found.parent, None
            raise
        except (ValueError, LookupError, ArithmeticError):
            # A flaw of the imitation: the bench goes on, SCPI has a number for it, and the log has the rest.
            LOG.exception("%s failed at %s", self.name, command.header)
            self.status.report(-310)
            return found.parent, None
        if command.polls and unit.query:
            self.was_polled()
        return found.parent, answer

    def snapshot(self) -> Any:
        """Return the settings for `*SAV`."""

    def restore(self, saved: Any) -> None:
        """Take over settings from `snapshot`."""


@cache
def _tree_of(model: type[ScpiInstrument]) -> CommandTree:
    return CommandTree(model.commands)


def _save(instrument: ScpiInstrument, place: int) -> None:
    instrument.saved[place] = instrument.snapshot()


def _recall(instrument: ScpiInstrument, place: int) -> None:
    if place not in instrument.saved:
        raise ScpiError(-221, "nothing was saved there")
    instrument.restore(instrument.saved[place])


def _operation_complete(instrument: ScpiInstrument) -> str:
    instrument.wait_for_operations()
    return "1"


def _error(instrument: ScpiInstrument) -> str:
    return instrument.write_error(*instrument.status.next_error())


def _all_errors(instrument: ScpiInstrument) -> str:
    entries = [_error(instrument) for _ in range(max(1, len(instrument.status.errors)))]
    return ",".join(entries)


def _all_codes(instrument: ScpiInstrument) -> str:
    codes = [instrument.status.next_error()[0] for _ in range(max(1, len(instrument.status.errors)))]
    return ",".join(map(str, codes))


def _set_enable(instrument: ScpiInstrument, value: int) -> None:
    instrument.status.event_enable = value


def _set_service(instrument: ScpiInstrument, value: int) -> None:
    instrument.status.service_enable = value & ~64


COMMON = (
    Command(header=":*CLS", write=lambda twin: twin.status.clear()),
    Command(header=":*ESE", write=_set_enable, query=lambda twin: str(twin.status.event_enable),
            takes=(Integer(0, 255, 0),)),
    Command(header=":*ESR", query=lambda twin: str(twin.status.take_event()), polls=True),
    Command(header=":*IDN", query=lambda twin: twin.identity),
    Command(header=":*LANG", write=lambda twin, language: setattr(twin, "language", language),
            query=lambda twin: twin.language, takes=(Choice(("SCPI", "TSP", "SCPI2400")),)),
    Command(header=":*OPC", write=lambda twin: twin.when_operations_end(mark=True), query=_operation_complete),
    Command(header=":*OPT", query=lambda twin: "0"),
    Command(header=":*RCL", write=_recall, takes=(Integer(0, 4, 0),)),
    Command(header=":*RST", write=lambda twin: twin.reset()),
    Command(header=":*SAV", write=_save, takes=(Integer(0, 4, 0),)),
    Command(header=":*SRE", write=_set_service, query=lambda twin: str(twin.status.service_enable),
            takes=(Integer(0, 255, 0),)),
    Command(header=":*STB", query=lambda twin: str(twin.status.byte), polls=True),
    Command(header=":*TRG", write=lambda twin: twin.trigger()),
    Command(header=":*TST", query=lambda twin: "0"),
    Command(header=":*WAI", write=lambda twin: twin.wait_for_operations()),
)  # fmt: skip
"""Common commands (IEEE 488.2 chapter 10), with Keithley's `*LANG`."""


def _register(keyword: str, name: str) -> tuple[Command, ...]:
    """Return the commands of one SCPI event register."""

    def of(twin: ScpiInstrument) -> Register:
        register: Register = getattr(twin.status, name)
        return register

    head = f":STATus:{keyword}"
    return (
        Command(header=f"{head}[:EVENt]", query=lambda twin: str(of(twin).take_event()), polls=True),
        Command(header=f"{head}:CONDition", query=lambda twin: str(of(twin).condition), polls=True),
        setting(f"{head}:ENABle", f"status.{name}.enable", Integer(0, 65535, 0)),
    )


SYSTEM = (
    Command(header=":SYSTem:ERRor[:NEXT]", query=_error),
    Command(header=":SYSTem:ERRor:ALL", query=_all_errors),
    Command(header=":SYSTem:ERRor:CODE[:NEXT]", query=lambda twin: str(twin.status.next_error()[0])),
    Command(header=":SYSTem:ERRor:CODE:ALL", query=_all_codes),
    Command(header=":SYSTem:ERRor:COUNt", query=lambda twin: str(len(twin.status.errors))),
    Command(header=":SYSTem:CLEar", write=lambda twin: twin.status.errors.clear()),
    Command(header=":SYSTem:VERSion", query=lambda twin: twin.version),
    Command(header=":STATus:PRESet", write=lambda twin: twin.status.preset()),
    Command(header=":STATus:CLEar", write=lambda twin: twin.status.clear_events()),
    *_register("OPERation", "operation"),
    *_register("QUEStionable", "questionable"),
    *_register("MEASurement", "measurement"),
)
"""What SCPI-99 asks of every instrument, with Keithley's own."""
