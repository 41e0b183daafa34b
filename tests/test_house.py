"""Rules of the house, swept over every room."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from smtjlab.instruments.virtual.catalogue import models

HOUSE = Path(__file__).parent.parent
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]
FOLDERS = PROJECT["tool"]["setuptools"]["package-dir"]
ROOMS = ("simulation", "instruments", "procedures", "reports", "cli", "gui")
HEAVY = ("numba", "pandas", "scipy", "matplotlib", "pymeasure", "PyQt5", "qtpy", "pint", "lmfit", "h5py", "pyarrow")


def folder_of(package: str) -> Path:
    """Return where a package of pyproject.toml lives, by its nearest mapped parent."""
    parent = next(name for name in sorted(FOLDERS, key=len, reverse=True) if f"{package}.".startswith(f"{name}."))
    return HOUSE / FOLDERS[parent] / package.removeprefix(parent).lstrip(".").replace(".", "/")


def modules_after(statement: str) -> set[str]:
    """Return the top-level names in sys.modules of a fresh interpreter after `statement`."""
    code = f"import sys\n{statement}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_every_folder_with_python_files_is_a_package_of_pyproject() -> None:
    found = {path.parent for room in ROOMS for path in (HOUSE / room).rglob("*.py")}
    assert found == {folder_of(package) for package in PACKAGES}


def test_every_package_says_that_it_is_typed() -> None:
    marked = [p for p in PACKAGES if (folder_of(p) / "py.typed").is_file()]
    rooms = [p for p in PACKAGES if not p.endswith((".benches", ".presets", ".specifications"))]  # data only
    assert marked == rooms


def test_rooms_of_importlinter_are_the_rooms_of_the_house() -> None:
    roots = PROJECT["tool"]["importlinter"]["root_packages"]
    assert set(roots) == {f"smtjlab.{room}" for room in ROOMS} | {"pyvisa_smtj"}


@pytest.mark.parametrize(
    ("contract", "key"), [("Faces", "forbidden_modules"), ("Drivers never import the", "source_modules")]
)
def test_contracts_name_every_driver(contract: str, key: str) -> None:
    [found] = [one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["name"].startswith(contract)]
    drivers = {f"smtjlab.instruments.{name.partition(':')[0]}" for name in models()}
    assert drivers <= set(found[key])


@pytest.mark.parametrize("expected", [1e-18, [1e-18, 1.0], {"energy": 1e-18}, np.array([1e-18])])
def test_tests_tell_small_quantities_apart(expected: object) -> None:
    """By default `approx` does not: see conftest.py."""
    twice = [2e-18, 1.0] if isinstance(expected, list) else {"energy": 2e-18} if isinstance(expected, dict) else 2e-18
    assert twice != pytest.approx(expected)
    assert expected == pytest.approx(expected)


def test_no_test_compares_by_the_tolerance_that_numpy_keeps_to_itself() -> None:
    """`allclose` and `isclose` let 1e-8 pass where no `atol` is given."""
    hidden = re.compile(r"np\.(allclose|isclose)\((?![^\n]*atol=)")
    found = [path.name for path in (HOUSE / "tests").rglob("*.py") if hidden.search(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_room_pulls_nothing_heavy(room: str) -> None:
    assert not modules_after(f"import smtjlab.{room}") & {*HEAVY, "pyvisa", "numpy"}


@pytest.mark.parametrize("words", ["--help", "run --help", "bench --help", "study --help", "--version"])
def test_help_starts_without_anything_heavy(words: str) -> None:
    start = f"import smtjlab.cli.main as m\nm.execute({words.split()})"
    assert not modules_after(start) & {*HEAVY, "numpy", "pyvisa", "sqlalchemy", "rich"}


@pytest.mark.parametrize("module", ["smtjlab.procedures.guardian", "smtjlab.instruments.virtual.launch"])
def test_what_must_start_fast_imports_neither_drivers_nor_tables(module: str) -> None:
    assert not modules_after(f"import {module}") & set(HEAVY)


@pytest.mark.parametrize("forbidden", ["pandas", "pyvisa", "pymeasure", "PyQt5"])
def test_the_whole_of_simulation_knows_no(forbidden: str) -> None:
    files = [path.stem for path in sorted((HOUSE / "simulation").glob("*.py")) if path.stem != "__init__"]
    assert forbidden not in modules_after("".join(f"import smtjlab.simulation.{name}\n" for name in files))


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_has_grown_into_a_room_of_its_own(room: str) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (HOUSE / room).rglob("*.py")}
    assert {path.name: lines for path, lines in lengths.items() if lines > 300} == {}


def test_ci_calls_the_test_command_of_the_readme_word_for_word() -> None:
    lines = (HOUSE / "README.md").read_text(encoding="utf-8").splitlines()
    [command] = [line for line in lines if line.startswith("python3 -m venv .venv") and "pytest" in line]
    assert command in (HOUSE / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_script_in_the_readme_is_the_one_that_is_tested() -> None:
    script = (HOUSE / "examples" / "first_script.py").read_text(encoding="utf-8")
    assert f"```python\n{script}```" in (HOUSE / "README.md").read_text(encoding="utf-8")


def test_pages_link_only_to_what_exists() -> None:
    pages = [HOUSE / "README.md", *(HOUSE / "docs").rglob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8"))]
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
