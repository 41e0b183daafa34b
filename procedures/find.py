"""Finds a procedure by the name a person writes: `transfer-curve`, `module:Class` or `file.py:Class`."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from pathlib import Path
from typing import Any

from .errors import UnknownProcedure
from .procedure import Procedure


def kebab(class_name: str) -> str:
    """Return the name a person types for a class: `TransferCurve` becomes `transfer-curve`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", class_name).lower()


def packaged_procedures() -> dict[str, type[Procedure]]:
    """Return the procedures of this room by kebab-case name: a file and a class of the same name make one."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        class_name = "".join(word.capitalize() for word in path.stem.split("_"))
        if re.search(
            rf"^class {class_name}\([\w, ]*(?:Procedure|OwnLoop)\)", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            module = importlib.import_module(f"smtjlab.procedures.{path.stem}")
            if not inspect.isabstract(procedure := getattr(module, class_name)):
                found[kebab(class_name)] = procedure
    return found


def find_procedure(name: str) -> type[Procedure]:
    """Return the class that `name` means; raises UnknownProcedure with one sentence."""
    if ":" not in name:
        packaged = packaged_procedures()
        if name not in packaged:
            raise UnknownProcedure(
                f"No procedure is called '{name}'. There are {', '.join(packaged)}; your own are named "
                "`module:Class` or `file.py:Class`."
            )
        return packaged[name]
    where, _, class_name = name.rpartition(":")
    module = _load_file(Path(where)) if where.endswith(".py") else _load_module(where)
    return _class_in(module, class_name, where)


def importable_name(procedure: type[Procedure]) -> str:
    """Return the name under which another process finds this class; refuses what no other process could import."""
    module, qualified = procedure.__module__, procedure.__qualname__
    file = getattr(sys.modules.get(module), "__smtjlab_file__", None)
    if file is not None:
        return f"{file}:{qualified}"
    if module == "__main__" or "<locals>" in qualified or "." in qualified:
        raise UnknownProcedure(
            f"{qualified} must stand at the top level of a file that another process can import, but it is defined "
            f"in {module}{' inside a function or class' if '.' in qualified else ''}. Put it in a module of its own."
        )
    return f"{module}:{qualified}"


def _load_file(path: Path) -> Any:
    if not path.is_file():
        raise UnknownProcedure(f"The file of a procedure must exist, but {path} does not.")
    path = path.resolve()
    name = f"smtjlab_procedure_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UnknownProcedure(f"{path} must be a Python file, but cannot be read as one.")
    loader, module = spec.loader, importlib.util.module_from_spec(spec)
    module.__dict__["__smtjlab_file__"] = str(path)
    sys.modules[name] = module  # dataclasses look their own module up while the file is being read
    return _executed(lambda: loader.exec_module(module), str(path)) or module


def _load_module(name: str) -> Any:
    if not name or any(not part.isidentifier() for part in name.split(".")):
        raise UnknownProcedure(f"A module's name must be dotted words, but is '{name}'.")
    return _executed(lambda: importlib.import_module(name), name)


def _executed(load: Any, where: str) -> Any:
    """Run a stranger's module; whatever it raises becomes one sentence that says so."""
    try:
        return load()
    except Exception as error:
        raise UnknownProcedure(f"{where} cannot be imported: {type(error).__name__}: {error}") from error


def _class_in(module: Any, class_name: str, where: str) -> type[Procedure]:
    found = _adapted(getattr(module, class_name, None))
    if not (isinstance(found, type) and issubclass(found, Procedure)):
        raise UnknownProcedure(f"{where} must define a procedure class `{class_name}`, but does not.")
    return found


def _adapted(found: Any) -> Any:
    """Return a class of PyMeasure's as a procedure of ours; everything else as it is."""
    theirs = sys.modules.get("pymeasure.experiment.procedure")  # whoever defines one has imported it
    if theirs is None or not (isinstance(found, type) and issubclass(found, theirs.Procedure)):
        return found
    from .from_pymeasure import from_pymeasure

    return from_pymeasure(found)
