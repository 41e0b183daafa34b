"""Reads a recipe file: every key checked, each mistake told with file and line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.toml_reader import TomlReader
from smtjlab.instruments.wafer.die_list import read_dies, self_contained
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.find import find_procedure
from smtjlab.procedures.own_loop import OwnLoop
from smtjlab.procedures.procedure import Procedure
from smtjlab.simulation.errors import TomlError
from smtjlab.simulation.toml_file import TomlFile

from .conditions import Condition
from .errors import RecipeError
from .recipe import EVERYWHERE, LONG, DeviceBin, Notice, Recipe, Step, StopRules, Walk
from .route import Corner, Order

TOP_KEYS = ("name", "order", "pretest", "steps", "bins", "stop", "touch_again", "notify")
ORDER_KEYS = ("kind", "start", "sample", "seed", "dies")
STEP_KEYS = ("name", "procedure", "parameters", "on", "if", "retest", "retest_if")
BIN_KEYS = ("number", "name", "if", "good")
STOP_KEYS = ("yield_below", "after", "contact_failures", "time")
EVENTS = ("end", "stop", "attention")
LARGEST_BIN = 254


class _RecipeFileError(InstrumentMistake):
    """What the reader raises; whoever asks for a recipe gets a RecipeError."""


def read_recipe(path: str | Path, *, look: bool = True) -> Recipe:
    """Return the recipe that a file describes. Raises RecipeError at the first thing that is wrong.

    Without `look` its procedures are not looked for: of a record that may come from anywhere no code is run.
    """
    try:
        return _RecipeReader(TomlFile.read(path, long=LONG), look=look).recipe()
    except (TomlError, _RecipeFileError) as problem:
        raise RecipeError(str(problem)) from None


def kept_recipe(path: str | Path) -> str:
    """Return the text of a recipe for a copy elsewhere: dies of a table beside it are written into it. RecipeError."""
    try:
        reader = _RecipeReader(TomlFile.read(path, long=LONG), look=False)
        return self_contained(reader, "order.dies", reader.recipe().walk.dies)
    except (TomlError, InstrumentMistake) as problem:
        raise RecipeError(str(problem)) from None


def code_named(path: str | Path) -> tuple[list[str], list[str]]:
    """Return procedures of files and modules, `file.py:Class`, and programs of notices that a recipe names.

    Nothing of them is run. Raises RecipeError where the recipe cannot be read.
    """
    try:
        data = TomlFile.read(path, long=LONG).data
    except TomlError as problem:
        raise RecipeError(str(problem)) from None
    steps = data.get("steps", [])
    tables = [data.get("pretest"), *(steps if isinstance(steps, list) else [])]
    words = [str(one.get("procedure")) for one in tables if isinstance(one, dict)]
    notices = data.get("notify", [])
    programs = [one.get("command") for one in (notices if isinstance(notices, list) else []) if isinstance(one, dict)]
    return [word for word in words if ":" in word], [str(one) for one in programs]


class _RecipeReader(TomlReader):
    """One file on its way to a recipe."""

    mistake = _RecipeFileError
    whole = "the recipe"

    def __init__(self, file: TomlFile, *, look: bool) -> None:
        super().__init__(file)
        self._look = look

    def recipe(self) -> Recipe:
        top = self.table("", self.file.data, needed=("name", "steps"), allowed=TOP_KEYS)
        steps = self.sequence("steps", top["steps"])
        if not steps:
            self.fail("steps", "A recipe must have a step, [[steps]], but has none")
        found = [self.step(f"steps.{number}", one) for number, one in enumerate(steps)]
        pretest = self.step("pretest", top["pretest"], pretest=True) if "pretest" in top else None
        first = "pretest" if pretest is not None else "steps.0"
        if (pretest or found[0]).when is not None:
            self.fail(f"{first}.if", "What comes first must have no `if`, for nothing is known before it, but has one")
        names = [one.name for one in (*([pretest] if pretest else []), *found)]
        for number, name in enumerate(names):
            if name in names[:number]:
                self.fail("steps", f"Steps must have names of their own, but two are called {name!r}")
        return Recipe(
            name=self.text("name", top["name"]),
            text=self.file.text,
            file=str(self.file.path),
            walk=self.walk(top.get("order", {})),
            pretest=pretest,
            steps=tuple(found),
            bins=self.bins(top.get("bins", [])),
            stops=self.stops(top.get("stop", {})),
            touch_again=self.whole_number("touch_again", top.get("touch_again", 1), 0),
            notices=tuple(
                self.notice(f"notify.{n}", one) for n, one in enumerate(self.sequence("notify", top.get("notify", [])))
            ),
        )

    def walk(self, value: Any) -> Walk:
        table = self.table("order", value, allowed=ORDER_KEYS)
        kind = Order(self.choice("order.kind", table.get("kind", Order.SERPENTINE), [*Order]))
        for key, needing in (("sample", Order.SAMPLED), ("dies", Order.LISTED)):
            if kind is needing and key not in table:
                self.fail("order", f"An order that is {kind} must say `{key}`, but does not")
        dies = read_dies(self, "order.dies", table.get("dies", []))
        if kind is Order.LISTED and not dies:
            self.fail("order.dies", "An order that is listed must list a die, but lists none")
        if twice := [die for die, count in Counter(dies).items() if count > 1]:
            self.fail("order.dies", f"A die must be listed once, but {twice[0][0]},{twice[0][1]} is again")
        return Walk(
            order=kind,
            start=Corner(self.choice("order.start", table.get("start", Corner.UPPER_LEFT), [*Corner])),
            sample=self.whole_number("order.sample", table.get("sample", 0), 0),
            seed=self.whole_number("order.seed", table.get("seed", 0), 0),
            dies=dies,
        )

    def step(self, key: str, value: Any, *, pretest: bool = False) -> Step:
        table = self.table(key, value, needed=("procedure",), allowed=STEP_KEYS)
        named = self.text(f"{key}.procedure", table["procedure"])
        parameters = self.table(f"{key}.parameters", table.get("parameters", {}))
        on = [self.text(f"{key}.on", one) for one in self.sequence(f"{key}.on", table.get("on", list(EVERYWHERE)))]
        if not on:
            self.fail(f"{key}.on", "`on` must name a sub-site, such as 'A/a1', but is empty")
        for one, other in (("retest", "retest_if"), ("retest_if", "retest")):
            if one in table and other not in table:
                self.fail(f"{key}.{one}", f"`{one}` must have `{other}` beside it, but has not")
        return Step(
            name=self.text(f"{key}.name", table.get("name", "pretest" if pretest else named)),
            procedure=self.procedure(key, named, parameters) if self._look else None,
            on=tuple(on),
            when=self.condition(f"{key}.if", table.get("if")),
            retest=self.whole_number(f"{key}.retest", table.get("retest", 0), 0),
            retest_when=self.condition(f"{key}.retest_if", table.get("retest_if")),
        )

    def procedure(self, key: str, named: str, parameters: dict[str, Any]) -> Procedure:
        if ".py:" in named:
            named = str(Path(self.file.path).parent / Path(named).expanduser())
        try:
            found = find_procedure(named)
            if issubclass(found, OwnLoop):
                lacking = f"A step must have setpoints to hold limits against, but {named!r} keeps a loop of its own"
                self.fail(f"{key}.procedure", lacking)
            return found.from_values(parameters)
        except ProcedureMistake as problem:
            self.fail(f"{key}.procedure", str(problem).removesuffix("."))

    def bins(self, value: Any) -> tuple[DeviceBin, ...]:
        found: list[DeviceBin] = []
        for number, one in enumerate(self.sequence("bins", value)):
            key = f"bins.{number}"
            if found and found[-1].when is None:
                self.fail(key, f"A bin without `if` must be the last, but {found[-1].name!r} is not")
            table = self.table(key, one, needed=("number", "name"), allowed=BIN_KEYS)
            place = self.whole_number(f"{key}.number", table["number"], 0)
            if place > LARGEST_BIN or place in [other.number for other in found]:
                self.fail(f"{key}.number", f"`number` of a bin must be its own, 0 to {LARGEST_BIN}, but is {place}")
            good = table.get("good", False)
            if not isinstance(good, bool):
                self.fail(f"{key}.good", f"`good` must be true or false, but is {good!r}")
            name, when = self.text(f"{key}.name", table["name"]), self.condition(f"{key}.if", table.get("if"))
            found.append(DeviceBin(number=place, name=name, when=when, good=good))
        return tuple(found)

    def stops(self, value: Any) -> StopRules:
        table = self.table("stop", value, allowed=STOP_KEYS)
        least = None if "yield_below" not in table else self.quantity("stop.yield_below", table["yield_below"], "")
        if least is not None and not 0 <= least <= 1:
            self.fail("stop.yield_below", f"`yield_below` must be 0 to 100 %, but is {table['yield_below']!r}")
        time = None if "time" not in table else self.quantity("stop.time", table["time"], "s")
        if time is not None and time <= 0:
            self.fail("stop.time", f"`time` must be above 0 s, but is {table['time']!r}")
        missed = table.get("contact_failures")
        return StopRules(
            yield_below=least,
            after=self.whole_number("stop.after", table.get("after", 50), 1),
            contact_failures=None if missed is None else self.whole_number("stop.contact_failures", missed, 1),
            time=time,
        )

    def notice(self, key: str, value: Any) -> Notice:
        table = self.table(key, value, needed=("command",), allowed=("command", "on"))
        words = [self.text(f"{key}.command", one) for one in self.sequence(f"{key}.command", table["command"])]
        if not words:
            self.fail(f"{key}.command", "`command` must name a program, but is empty")
        on = self.sequence(f"{key}.on", table.get("on", list(EVENTS)))
        return Notice(command=tuple(words), on=tuple(self.choice(f"{key}.on", one, EVENTS) for one in on))

    def condition(self, key: str, value: Any) -> Condition | None:
        if value is None:
            return None
        try:
            return Condition(self.text(key, value))
        except RecipeError as problem:
            self.fail(key, str(problem).removesuffix("."))
