"""The dotted name by which a bench file names a driver; looked up without importing it, imported when opened."""

from __future__ import annotations

import ast
import importlib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

from .errors import InstrumentMistake

ROOM = "smtjlab.instruments"


class DriverNameError(InstrumentMistake):
    """A driver's name does not lead to a class."""


@dataclass(frozen=True, slots=True)
class DriverName:
    """A class and where it lives: `keithley_2450:Keithley2450` in this room, or `package.module:Class` anywhere."""

    module: str
    class_name: str

    @classmethod
    def parse(cls, text: str) -> DriverName:
        """Return the name that `text` spells; a module without a dot lies in this room, else where Python finds it."""
        module, colon, class_name = text.partition(":") if ":" in text else text.rpartition(".")
        words = [*module.split("."), class_name]
        if not colon or not all(word.isidentifier() for word in words):
            raise DriverNameError(
                f"`driver` must be 'file:Class' of smtjlab.instruments or 'module:Class' of your own, but is {text!r}"
            )
        return cls(_placed(module), class_name)

    def check(self) -> None:
        """Raise DriverNameError where the file or the class does not exist. Imports nothing."""
        spec = _find_module(self.module)
        if spec is None:
            raise DriverNameError(f"`driver` must be in a file that exists, but there is no {self.module!r}")
        source = Path(spec.origin or "")
        if source.suffix != ".py" or not source.is_file():
            return  # compiled: its names show only when it is opened
        try:
            names = _names_in(source, source.stat().st_mtime_ns)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
            raise DriverNameError(f"`driver` must be in a Python file, but {source.name} is not: {problem}") from None
        if self.class_name not in names and "*" not in names:
            near = get_close_matches(self.class_name, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise DriverNameError(f"`driver` must be a class of {source.name}, but it has no {self.class_name!r}{hint}")

    def load(self) -> type:
        """Return the class itself; importing it runs its file."""
        try:
            found = getattr(importlib.import_module(self.module), self.class_name)
        except (ImportError, AttributeError) as problem:
            raise DriverNameError(
                f"`driver` must be importable, but {self.module}:{self.class_name} is not: {problem}"
            ) from problem
        if not isinstance(found, type):
            raise DriverNameError(f"`driver` must be a class, but {self.module}:{self.class_name} is not")
        return found


def _placed(module: str) -> str:
    """Return the whole name of a module: of this room where it has one of that name, else a stranger's."""
    ours = f"{ROOM}.{module}"
    return module if "." in module or (find_spec(ours) is None and _find_module(module) is not None) else ours


def _find_module(name: str) -> ModuleSpec | None:
    """Return the spec of a module; unlike `importlib.util.find_spec` this runs no parent package of strangers."""
    if name.startswith(f"{ROOM}."):
        return find_spec(name)  # the parent is this very room
    top, *rest = name.split(".")
    try:
        spec = find_spec(top)
    except ValueError:  # a module of this process without a file, such as __main__
        return None
    path = top
    for word in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        path = f"{path}.{word}"
        spec = PathFinder.find_spec(path, list(spec.submodule_search_locations))
    return spec


@lru_cache(maxsize=256)
def _names_in(source: Path, changed: int) -> frozenset[str]:
    """Return the names that a module binds at its top level; `*` where it takes all of another.

    They are kept until the file was `changed`: a bench names a driver in several places.
    """
    names: set[str] = set()
    for statement in ast.parse(source.read_bytes()).body:
        if isinstance(statement, ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.Assign):
            names.update(target.id for target in statement.targets if isinstance(target, ast.Name))
    return frozenset(names)
