"""Compares a wheel with the tree: every module and every data file of the rooms must be in it."""

import sys
import zipfile
from pathlib import Path

ROOMS = ("simulation", "instruments", "procedures", "reports", "cli", "gui")
KINDS = {".py", ".pyi", ".toml", ".html", ".css", ".typed"}

house = Path(__file__).resolve().parent.parent
tree = {
    path.relative_to(house).as_posix()
    for room in ROOMS
    for path in (house / room).rglob("*")
    if path.suffix in KINDS or path.name == "py.typed"
}
packed = {name.removeprefix("smtjlab/") for name in zipfile.ZipFile(sys.argv[1]).namelist()}
wanted = {name.removeprefix("instruments/") if "pyvisa_smtj" in name else name for name in tree}
missing = sorted(wanted - packed)
sys.exit(f"The wheel lacks {', '.join(missing)}." if missing else 0)
