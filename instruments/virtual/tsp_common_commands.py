"""The common commands of IEEE 488.2 as a TSP instrument takes them: lines of their own, outside Lua."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from .tsp_parameter import TspError

if TYPE_CHECKING:
    from .tsp_instrument import TspInstrument


def common_commands(twin: TspInstrument, line: str, go_on: Callable[[str], str | None]) -> str | None:
    """Carry out common commands between semicolons; what follows without a star is Lua, for `go_on`."""
    units = line.split(";")
    common = list(takewhile(lambda unit: unit.lstrip().startswith("*"), units))
    answers = [answer for unit in common if (answer := _answer(twin, unit.strip())) is not None]
    said = [";".join(answers)] if answers else []
    rest = ";".join(units[len(common) :])
    if rest.strip() and (following := go_on(rest)) is not None:
        said.append(following)
    return "\n".join(said) if said else None


def _answer(twin: TspInstrument, unit: str) -> str | None:
    word, _, argument = unit.partition(" ")
    try:
        return _carry_out(twin, word, argument.strip())
    except TspError as problem:
        twin.report(problem.code, problem.text)
        return None


def _carry_out(twin: TspInstrument, sent: str, argument: str) -> str | None:
    word = sent.upper()
    queries, actions = _queries(twin), _actions(twin)
    if word in queries and not argument:
        answer = str(queries[word]())
        if word in ("*ESR?", "*STB?"):
            twin.was_polled()
        return answer
    if word in actions and not argument:
        actions[word]()
    elif word in ("*ESE", "*SRE"):
        _enable(twin, word, argument)
    else:
        twin.report(-285, f"TSP Syntax error at line 1: unexpected symbol near `{sent[:40]}'")
    return None


def _queries(twin: TspInstrument) -> dict[str, Callable[[], Any]]:
    status = twin.status
    return {
        "*IDN?": lambda: twin.identity,
        "*OPT?": lambda: "0",
        "*TST?": lambda: "0",
        "*ESE?": lambda: status.event_enable,
        "*ESR?": status.take_event,
        "*SRE?": lambda: status.service_enable,
        "*STB?": lambda: status.byte,
        "*OPC?": lambda: _operation_complete(twin),
    }


def _actions(twin: TspInstrument) -> dict[str, Callable[[], object]]:
    return {
        "*CLS": twin.status.clear,
        "*RST": twin.reset,
        "*WAI": twin.wait_for_operations,
        "*TRG": twin.trigger,
        "*OPC": lambda: twin.when_operations_end(mark=True),
    }


def _operation_complete(twin: TspInstrument) -> str:
    twin.wait_for_operations()
    return "1"


def _enable(twin: TspInstrument, word: str, argument: str) -> None:
    try:
        mask = int(float(argument)) if argument else -1
    except (ValueError, OverflowError):
        mask = -1
    if not 0 <= mask <= 255:
        twin.report(-222)
    elif word == "*ESE":
        twin.status.event_enable = mask
    else:
        twin.status.service_enable = mask & ~64
