"""An instrument that speaks TSP: lines of Lua, common commands, scripts over several lines. Its models add hardware.

Hardware and errors live here, in the bench's process; scripts live in a worker (`tsp_host`). A script that is killed
loses its variables, never the state of an output, and `*IDN?` needs no worker at all.
"""

from __future__ import annotations

import logging
import re
import weakref
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .status import Status
from .tsp_common_commands import common_commands
from .tsp_format import ASCII, block
from .tsp_host import Outcome, Question, ScriptError, TspHost
from .tsp_parameter import TspError
from .tsp_texts import COMMON, LIBRARY, TEXTS
from .tsp_tree import Tree
from .twin import Supported, Twin

if TYPE_CHECKING:
    from .world import Doing, World

T = TypeVar("T")
LOG = logging.getLogger(__name__)
LONGEST_SCRIPT = 2**20
"""Characters of one script, and of all that are saved."""
SLICE = 0.05
"""Seconds of bench time between two looks whether a waiting script was aborted."""
SEVERITY = 20
"""Severity of an error that one can recover from (`errorqueue.next`)."""

_OPENING = re.compile(r"\s*(loadscript|loadandrunscript)\s*(\w*)\s*$")


class TspInstrument(Twin):
    """The part of a twin that every TSP instrument has. A model brings its tree, its reset and its triggers."""

    model: ClassVar[str] = "0000"
    firmware: ClassVar[str] = "3.3.5"

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.shelves: dict[str, dict[str, Any]] = {}
        """Settings that mean nothing to the world, by the path of their object."""
        mind = weakref.WeakMethod(self._serve)
        self.host = TspHost(self.tree().description, lambda question: _of(mind)(question), self._breathe_of(world))
        self._script: tuple[str, bool, list[str]] | None = None
        self._aborted = False
        self._turns: list[object] = []

    @classmethod
    @cache
    def tree(cls) -> Tree:
        """Return what scripts of this model see, the same for all of its kind."""
        tree = Tree()
        cls.grow(tree)
        return tree

    @classmethod
    def grow(cls, tree: Tree) -> None:
        """Hang the model's objects into `tree`."""

    @classmethod
    def supported(cls) -> list[Supported]:
        """Return the table of commands."""
        common = [Supported(name, "", note) for name, note in COMMON.items()]
        return [*common, *cls.tree().table.values(), *(Supported(name, "call", note) for name, note in LIBRARY.items())]

    @property
    def identity(self) -> str:
        """Return the answer to `*IDN?`."""
        return f"Keithley Instruments Inc., Model {self.model}, {self.serial_number}, {self.firmware}"

    def fresh_status(self) -> Status:
        """Return the status of an instrument that was switched on just now."""
        return Status(texts=TEXTS, depth=100)

    def shelf(self, path: str) -> dict[str, Any]:
        """Return the settings of one object."""
        return self.shelves.setdefault(path, {})

    # Messages

    def execute(self, message: str) -> str | None:
        """Carry out one line and return what it printed, lines joined by LF; None where it printed nothing.

        A line that comes while another is carried out waits for it, but for `abort`, which ends it.
        """
        if self._turns and message.strip() == "abort":
            self._aborted = True
            return None
        turn = object()  # in the order in which they came: who asks again at once must not keep others out
        self._turns.append(turn)
        while self._turns[0] is not turn:
            self.world.lock.wait(0.01)
        try:
            lines = [self._line(line.rstrip("\r")) for line in message.split("\n")]
        finally:
            self._turns.remove(turn)
            self._aborted = False
        self.message_ends()
        self.status.update()
        printed = [line for line in lines if line is not None]
        return "\n".join(printed) if printed else None

    def _line(self, line: str) -> str | None:
        before = len(self.status.errors)
        answer = self._collect(line) if self._script is not None else self._fresh(line)
        added = list(self.status.errors)[before:]
        extra: list[str] = []
        if self.shelf("localnode").get("showerrors", 0) and added:
            extra += [f"{code:.5e}\t{text}\t{SEVERITY:.5e}\t{1:.5e}" for code, text in added]
            for _ in added:
                self.status.errors.pop()
        if self.shelf("localnode").get("prompts", 0):
            extra.append(">>>>" if self._script is not None else "TSP?" if self.status.errors else "TSP>")
        return "\n".join([*([] if answer is None else [answer]), *extra]) if extra else answer

    def _fresh(self, line: str) -> str | None:
        if opening := _OPENING.match(line):
            self._script = (opening[2], opening[1] == "loadandrunscript", [])
            return None
        if line.lstrip().startswith("*"):
            return common_commands(self, line, self._fresh)
        if line.strip() == "abort":
            self.device_clear()
            return None
        return self._told(self.host.run(line)) if line.strip() else None

    def _collect(self, line: str) -> str | None:
        """Take a line of a script, up to `endscript`."""
        assert self._script is not None
        name, run, lines = self._script
        if line.strip() == "endscript":
            self._script = None
            return self._told(self.host.load(name, "\n".join(lines), run))
        if sum(map(len, lines)) + len(line) > LONGEST_SCRIPT:
            self._script = None
            self.report(-225)
            return None
        lines.append(line)
        return None

    def _told(self, outcome: Outcome) -> str | None:
        """Report the error of a message and return what it printed."""
        self.forget(outcome.released)
        if outcome.error is not None:
            kind, line, text = outcome.error
            code = -285 if kind == "syntax" else -286
            self.report(code, f"{TEXTS[code]} at line {line}: {text}")
            if kind != "syntax" and "memory" in text:
                self.host.close()  # what scripts hold has to go, or nothing runs any longer
        return outcome.text

    # What scripts ask

    def _serve(self, question: Question) -> list[Any]:
        if self._aborted:
            raise ScriptError("script was aborted")
        tree = self.tree()
        try:
            if question.what in ("get", "item"):
                return tree.read(self, question.number, question.handle, question.key)
            if question.what == "set":
                return tree.write(self, question.number, question.handle, question.key, question.values)
            if question.what == "call":
                return tree.call(self, question.number, question.handle, question.values)
            if question.what == "save":
                self._save(*question.values)
            else:
                self.report(1107)
        except TspError as problem:
            self.report(problem.code, problem.text)
        except (ValueError, LookupError, ArithmeticError, TypeError):
            # A flaw of the imitation: the bench goes on, SCPI has a number for it, and the log has the rest.
            LOG.exception("%s failed at %s", self.name, question)
            self.report(-310)
        return ["values"]

    def _save(self, name: str, code: str | None = None) -> None:
        scripts = self.host.scripts
        if code is None:
            scripts.pop(name, None)
        elif sum(map(len, scripts.values())) + len(code) > LONGEST_SCRIPT:
            raise TspError(-225)
        elif name:
            scripts[name] = code

    def report(self, code: int, text: str = "") -> None:
        """Put an error into the queue, with the model's text or another."""
        self.status.report(code)
        if text and self.status.errors[-1][0] == code:
            self.status.errors[-1] = (code, text[:255])

    def pass_time(self, seconds: float) -> None:
        """Let bench time pass for a script, unless somebody aborts it."""
        while seconds > 0 and not self._aborted:
            step = seconds if self.world.jumps else min(seconds, SLICE)
            self.world.wait(step)
            seconds -= step

    def carry_out(self, doing: Doing[T]) -> T:
        """Do something while the script waits, to its end or until somebody aborts the script."""
        while True:
            try:
                seconds = next(doing)
            except StopIteration as end:
                outcome: T = end.value
                return outcome
            self.pass_time(seconds)
            if self._aborted:
                doing.close()
                raise ScriptError("script was aborted")

    @staticmethod
    def _breathe_of(world: World) -> Callable[[], None]:
        """Return what lets other instruments have a word while a script computes."""

        def breathe() -> None:
            world.lock.wait(1e-3)
            world.catch_up()

        return breathe

    def written(self, values: list[Any]) -> str:
        """Return values as one line in the format that is set."""
        form = self.shelf("format")
        return block(values, form.get("data", ASCII), form.get("byteorder", 1) == 1, self.host.precision)

    def reset_status(self) -> None:
        """Do what `status.reset()` does."""
        self.status.event_enable = self.status.service_enable = 0

    def forget(self, handles: tuple[int, ...]) -> None:
        """Drop objects that no script holds any longer."""

    def message_ends(self) -> None:
        """Do what waits for the end of a message."""

    def look(self, path: str, read: Callable[[], int]) -> int:
        """Return what `read` finds in a register, its conditions fresh; `path` says which one."""
        return read()

    # The life of an instrument

    def reset(self) -> None:
        """Return to the settings after `*RST`; scripts, status and queue stay."""
        self.shelves = {path: shelf for path, shelf in self.shelves.items() if path in ("localnode",)}
        self.host.precision = 6

    def power_cycle(self) -> None:
        """Switch the instrument off and on: all that scripts hold is lost but what was saved."""
        super().power_cycle()
        self.shelves.clear()
        self._script = None
        self.host.close()

    def device_clear(self) -> None:
        """Abort the script, one that is being loaded too, and what is under way."""
        self._aborted = bool(self._turns)
        self._script = None

    def close(self) -> None:
        """End the worker."""
        self.host.close()


def _of(method: weakref.WeakMethod[Any]) -> Any:
    """Return a method whose instrument is still there: a worker must not keep one alive."""
    found = method()
    assert found is not None
    return found
