"""Nothing that comes from a file or a peer is unpickled, evaluated or imported, except where this page says so."""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
ROOMS = ("simulation", "instruments", "procedures", "reports", "cli", "gui")
CALLS = {
    "eval", "exec", "compile", "__import__", "execfile", "import_module", "spec_from_file_location", "exec_module",
    "run_path", "run_module", "literal_eval", "system", "popen", "read_pickle", "to_pickle", "LuaRuntime",
}  # fmt: skip
"""Names of functions and methods that run, load or unpack what they are given."""
MODULES = {
    "pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "joblib", "yaml", "ruamel", "runpy", "xmlrpc",
    "multiprocessing", "jsonpickle", "imp",
}  # fmt: skip
"""Modules that unpack code from data; multiprocessing pickles what it sends."""
ALLOWED = {
    ("instruments/driver_name.py", "import_module"): "a driver that the bench file names, when its bench is opened",
    ("instruments/virtual/catalogue.py", "import_module"): "twins of the house, by the files of its folder",
    ("instruments/virtual/virtual_bench.py", "import_module"): "twins of the house, for no other folder is looked in",
    ("instruments/virtual/tsp_worker.py", "import_module"): "Lua, by a name that stands there",
    ("instruments/virtual/tsp_worker.py", "LuaRuntime"): "scripts of TSP, in a process without files or sockets",
    ("procedures/find.py", "import_module"): "a procedure that the user names",
    ("reports/circuit_page.py", "import_module"): "views of the house, by names that stand there",
    ("procedures/find.py", "spec_from_file_location"): "a procedure's file that the user names",
    ("procedures/find.py", "exec_module"): "that file",
}
HARMLESS = {("re", "compile")}


def sources() -> list[Path]:
    return [path for room in ROOMS for path in sorted((HOUSE / room).rglob("*.py"))]


def called(path: Path) -> set[str]:
    """Return the forbidden names that a file calls or imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            found |= _name(node.func)
        elif isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {(node.module or "").partition(".")[0]} & MODULES
        if (
            isinstance(node, ast.keyword)
            and node.arg == "allow_pickle"
            and getattr(node.value, "value", None) is not False
        ):
            found.add("allow_pickle")
    return found


def _name(function: ast.expr) -> set[str]:
    if isinstance(function, ast.Name):
        return {function.id} & CALLS
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        return set() if (owner, function.attr) in HARMLESS else {function.attr} & CALLS
    return set()


def loads_arrays(path: Path) -> list[ast.Call]:
    """Return the calls of numpy.load that do not refuse pickles in so many words."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    loads = [
        one
        for one in calls
        if isinstance(one.func, ast.Attribute) and ast.unparse(one.func) in ("np.load", "numpy.load")
    ]
    return [one for one in loads if not any(word.arg == "allow_pickle" for word in one.keywords)]


def test_nothing_runs_what_it_is_given_except_where_it_may() -> None:
    found = {(path.relative_to(HOUSE).as_posix(), name) for path in sources() for name in called(path)}
    assert found == set(ALLOWED)


def test_arrays_are_loaded_without_pickles() -> None:
    assert [path.name for path in sources() if loads_arrays(path)] == []


@pytest.mark.parametrize(
    "line",
    [
        "eval('1')",
        "builtins.exec(x)",
        "import pickle",
        "from yaml import load",
        "np.load(f, allow_pickle=True)",
        "os.system(x)",
    ],
)
def test_what_is_forbidden_would_be_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "clumsy.py").write_text(line)
    assert called(tmp_path / "clumsy.py")
