"""The trigger model of a virtual 2450 as commands: its blocks, its templates (manual 2450-901-01, TRIGger)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import keithley_2450_blocks as blocks
from .command_tree import ON_OFF, Command, setting
from .keithley_2450_buffer import NAME, named
from .keithley_2450_digital import change
from .keithley_2450_events import STIMULUS
from .keithley_2450_log import POSTABLE
from .keithley_2450_trigger import Block, abort, initiate
from .parameter import Choice, Integer, Kind, Number, Text
from .scpi import Argument, ScpiError

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450

MOST_BLOCKS = 63
_PLACE, _BLOCK = Integer(1, MOST_BLOCKS, 1), Integer(0, MOST_BLOCKS, 0)
_TARGET = Integer(0, MOST_BLOCKS, 0)
"""Block to go to; 0 ends the trigger model."""
_COUNT = Integer(1, 268_435_455, 1)
_SECONDS = Number(0, 10_000, 0, "S")
_LARGE = Number(-1e12, 1e12, 0)
_LIMIT = Choice(("ABOVe", "BELow", "INside", "OUTside"))
_DEFAULT_BUFFER = "defbuffer1"


class _UserDelay(Choice):
    """One of ten user delays: MEASure1 to MEASure5, SOURce1 to SOURce5."""

    def read(self, argument: Argument) -> Any:
        """Return side and number."""
        side = Choice.read(self, Argument(argument.text[:-1], argument.form))
        return side, Integer(1, 5, 1).read(Argument(argument.text[-1:]))


class Raw(Text):
    """An argument of whatever kind, which a template reads for itself."""

    def read(self, argument: Argument) -> Any:
        """Return the argument."""
        return argument


def _idle(twin: Keithley2450) -> None:
    if twin.trigger_model.running:
        raise ScpiError(-221, "trigger model is running")


def _block(header: str, make: Callable[..., Block], *kinds: Kind, needed: int | None = None, repeats: bool = False
           ) -> Command:  # fmt: skip
    """Return the command that puts one block into the trigger model."""

    def write(twin: Keithley2450, place: int, *arguments: Any) -> None:
        _idle(twin)
        block = make(*arguments)
        if twin.trigger_model.plan is not None:
            twin.trigger_model.load()
        twin.trigger_model.blocks[place] = block

    return Command(header=f":TRIGger:BLOCk:{header}", write=write, takes=(_PLACE, *kinds), repeats=repeats,
                   needed=1 + (len(kinds) if needed is None else needed))  # fmt: skip


def _wait(first: str, *others: str) -> Block:
    """Return a wait block: an event, then perhaps ENTer or NEVer, AND or OR, and two events more."""
    words = list(others)
    clear = words.pop(0) == "ENT" if words and words[0] in ("ENT", "NEV") else False
    logic = words.pop(0) if words and words[0] in ("AND", "OR") else "OR"
    events = [first, *words]
    if any(one in ("AND", "OR", "ENT", "NEV") for one in events) or len(events) > 3:
        raise ScpiError(-224)
    return blocks.wait(events, logic == "AND", clear)


class _WaitWord(Choice):
    """An event, or one of the words between events."""

    def read(self, argument: Argument) -> str:
        """Return the short form."""
        try:
            return Choice.read(self, argument)
        except ScpiError:
            return STIMULUS.read(argument)


def _recall(first: str, *others: Any) -> Block:
    """Return a block that recalls from one list, or from two: a name, a place, a name, a place."""
    names, places = (first, *others[1:2]), (*others[:1], *others[2:3])
    return blocks.recall_list([(name, places[index] if index < len(places) else 1) for index, name in enumerate(names)])


def _counted(twin: Keithley2450, place: int) -> str:
    if place not in twin.trigger_model.blocks:
        raise ScpiError(-222)
    return str(twin.trigger_model.counts.get(place, 0))


def _list(twin: Keithley2450) -> str:
    """Return all blocks, a line each."""
    model = twin.trigger_model
    lines = [f"{number:>2}) {block.word:<22}{block.text}" for number, block in sorted(model.blocks.items())]
    return "\n".join(line.rstrip() for line in lines) or "Empty"


def _state(twin: Keithley2450) -> str:
    model = twin.trigger_model
    word = "WAITING" if model.waiting else "RUNNING" if model.running else "ABORTED" if model.aborted else "IDLE"
    return f"{word};{word};{max(model.at, 1) if model.running else 0}"


# Templates


def _arguments(given: Sequence[Argument], *kinds: tuple[Kind, Any]) -> list[Any]:
    """Return the values of a template's arguments; `kinds` go with their defaults, None where there is none."""
    if len(given) > len(kinds):
        raise ScpiError(-108)
    found = [kind.read(argument) for (kind, _), argument in zip(kinds, given, strict=False)]
    rest = [default for _, default in kinds[len(given) :]]
    if None in rest:
        raise ScpiError(-109)
    return found + rest


def _simple_loop(twin: Keithley2450, *given: Argument) -> list[Block]:
    count, seconds, buffer = _arguments(given, (_COUNT, 1), (_SECONDS, 0.0), (NAME, _DEFAULT_BUFFER))
    named(twin, buffer)
    return [blocks.buffer_clear(buffer), blocks.delay(seconds), blocks.measure(buffer, 1),
            blocks.branch_counter(count, 2)]  # fmt: skip


def _duration_loop(twin: Keithley2450, *given: Argument) -> list[Block]:
    duration, seconds, buffer = _arguments(
        given, (Number(500e-9, 100_000, 1, "S"), None), (_SECONDS, 0.0), (NAME, _DEFAULT_BUFFER)
    )
    named(twin, buffer)
    return [blocks.buffer_clear(buffer), blocks.source_state(True), blocks.delay(seconds), blocks.measure(buffer, 1),
            blocks.branch_until(duration, 3), blocks.source_state(False)]  # fmt: skip


def _config_list(twin: Keithley2450, *given: Argument) -> list[Block]:
    sense, source, seconds, buffer = _arguments(
        given, (NAME, None), (NAME, None), (_SECONDS, 0.0), (NAME, _DEFAULT_BUFFER)
    )
    points = max(len(twin.source_lists.of(source)), len(twin.sense_lists.of(sense)))
    if points == 0:
        raise ScpiError(-221, "configuration lists are empty")
    named(twin, buffer)
    return [blocks.buffer_clear(buffer), blocks.recall_list([(sense, 1), (source, 1)]), blocks.source_state(True),
            blocks.delay(seconds), blocks.measure(buffer, 1), blocks.branch_counter(points, 8),
            blocks.branch_always(10), blocks.step_list([sense, source], 1), blocks.branch_always(4),
            blocks.source_state(False)]  # fmt: skip


def _logic_trigger(twin: Keithley2450, *given: Argument) -> list[Block]:
    line = Integer(1, 6, 1)
    come_in, go_out, count, clear, seconds, buffer = _arguments(
        given, (line, None), (line, None), (_COUNT, 1), (Choice(("ENTer", "NEVer")), "NEV"), (_SECONDS, 0.0),
        (NAME, _DEFAULT_BUFFER),
    )  # fmt: skip
    named(twin, buffer)
    change(twin, come_in, kind="TRIG", direction="IN")
    change(twin, go_out, kind="TRIG", direction="OUT", stimulus="NOT1")
    return [blocks.buffer_clear(buffer), blocks.wait([f"DIG{come_in}"], False, clear == "ENT"), blocks.delay(seconds),
            blocks.measure(buffer, 1), blocks.notify(1), blocks.branch_counter(count, 2)]  # fmt: skip


_TEMPLATES: dict[str, Callable[..., list[Block]]] = {
    "EMPTY": lambda twin: [],
    "SIMPLELOOP": _simple_loop,
    "DURATIONLOOP": _duration_loop,
    "CONFIGLIST": _config_list,
    "LOGICTRIGGER": _logic_trigger,
}


def _load(twin: Keithley2450, name: str, *given: Argument) -> None:
    _idle(twin)
    template = _TEMPLATES.get(name.upper())
    if template is None:
        raise ScpiError(-224)
    if template is _TEMPLATES["EMPTY"] and given:
        raise ScpiError(-108)
    twin.trigger_model.load(*template(twin, *given))


COMMANDS = (
    _block("NOP", blocks.nop),
    _block("BUFFer:CLEar", lambda buffer=_DEFAULT_BUFFER: blocks.buffer_clear(buffer), NAME, needed=0),
    _block("MEASure", lambda buffer=_DEFAULT_BUFFER, count=1: blocks.measure(buffer, count), NAME,
           Integer(1, 1_000_000, 1), needed=0),
    _block("MDIGitize", lambda buffer=_DEFAULT_BUFFER, count=1: blocks.measure(buffer, count), NAME,
           Integer(1, 1_000_000, 1), needed=0),
    _block("DELay:CONStant", blocks.delay, Number(0, 10_000, 0, "S")),
    _block("DELay:DYNamic", lambda chosen: blocks.user_delay(*chosen), _UserDelay(("MEASure", "SOURce"))),
    _block("SOURce:STATe", blocks.source_state, ON_OFF),
    _block("DIGital:IO", lambda pattern, mask=15: blocks.digital_io(pattern, mask),
           Integer(0, blocks.ALL_LINES, 0), Integer(0, blocks.ALL_LINES, 15), needed=1),
    _block("NOTify", blocks.notify, Integer(1, 8, 1)),
    _block("LOG:EVENt", blocks.log_event, POSTABLE, Text(128)),
    _block("WAIT", _wait, STIMULUS, _WaitWord(("AND", "OR", "ENTer", "NEVer")), needed=1, repeats=True),
    _block("CONFig:RECall", _recall, NAME, Integer(1, 2500, 1), NAME, Integer(1, 2500, 1), needed=1),
    _block("CONFig:NEXT", lambda *names: blocks.step_list(names, 1), NAME, NAME, needed=1),
    _block("CONFig:PREVious", lambda *names: blocks.step_list(names, -1), NAME, NAME, needed=1),
    _block("BRANch:ALWays", blocks.branch_always, _TARGET),
    _block("BRANch:COUNter", blocks.branch_counter, _COUNT, _TARGET),
    _block("BRANch:ONCE", lambda target: blocks.branch_once(target, False), _TARGET),
    _block("BRANch:ONCE:EXCLuded", lambda target: blocks.branch_once(target, True), _TARGET),
    _block("BRANch:EVENt", blocks.branch_event, STIMULUS, _TARGET),
    _block("BRANch:DELTa", lambda difference, target, block=0: blocks.branch_delta(difference, target, block), _LARGE,
           _TARGET, _BLOCK, needed=2),
    _block("BRANch:LIMit:CONStant", lambda kind, low, high, target, block=0: blocks.branch_limit(
           kind, low, high, target, block), _LIMIT, _LARGE, _LARGE, _TARGET, _BLOCK, needed=4),
    _block("BRANch:LIMit:DYNamic", lambda kind, test, target, block=0: blocks.branch_test(kind, test, target, block),
           _LIMIT, Integer(1, 2, 1), _TARGET, _BLOCK, needed=3),
    Command(header=":TRIGger:BLOCk:BRANch:COUNter:COUNt", query=_counted, asks=(_PLACE,), ask_needed=1),
    Command(header=":TRIGger:BLOCk:LIST", query=_list),
    Command(header=":TRIGger:LOAD", write=_load, takes=(Text(), Raw()), needed=1, repeats=True,
            note="Empty, SimpleLoop, DurationLoop, ConfigList, LogicTrigger"),
    Command(header=":TRIGger:STATe", query=_state, polls=True),
    setting(":TRIGger:CONTinuous", "continuous", Choice(("OFF", "AUTO", "RESTart"))),
    Command(header=":INITiate[:IMMediate]", write=initiate),
    Command(header=":ABORt", write=abort),
)  # fmt: skip
"""Trigger model, start and end."""
