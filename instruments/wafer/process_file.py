"""Reads how a process lets devices differ: from a file of its own, or from the tables of a virtual wafer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smtjlab.instruments.errors import WaferFileError
from smtjlab.instruments.toml_reader import TomlReader
from smtjlab.simulation.correlation import pair_of
from smtjlab.simulation.errors import SimulationMistake, TomlError
from smtjlab.simulation.populations.process_spread import ProcessSpread, Variation
from smtjlab.simulation.toml_file import TomlFile

FIELDS, CORRELATION = "fields", "correlation"
PARTS = ("offset", "radial", "across", "reticle", "random")


def read_process(path: str | Path) -> ProcessSpread:
    """Return the process that a file describes by `[fields.*]` and `[correlation]`. Raises WaferFileError."""
    try:
        file = TomlFile.read(path)
    except TomlError as problem:
        raise WaferFileError(str(problem)) from None
    reader = _ProcessFileReader(file)
    top = reader.table("", file.data, needed=(FIELDS,), allowed=(FIELDS, CORRELATION))
    return reader.process("", top[FIELDS], top.get(CORRELATION, {}))


class ProcessReader(TomlReader):
    """Tables on their way to a process."""

    def process(self, within: str, fields: Any, correlation: Any) -> ProcessSpread:
        """Return the process of two tables; `within` is the dotted name of the table they stand in, empty for none."""
        dot = f"{within}." if within else ""
        key = f"{dot}{FIELDS}"
        variations = {name: self._variation(f"{key}.{name}", one) for name, one in self.table(key, fields).items()}
        key = f"{dot}{CORRELATION}"
        try:
            pairs = {
                pair_of(text): self.quantity(f"{key}.{text}", rho, "")
                for text, rho in self.table(key, correlation).items()
            }
            return ProcessSpread(variations, pairs)
        except SimulationMistake as problem:
            self.fail(key, str(problem).removesuffix("."))

    def _variation(self, key: str, value: Any) -> Variation:
        table = self.table(key, value, allowed=PARTS)
        values: dict[str, Any] = {
            name: self.quantity(f"{key}.{name}", part, "") for name, part in table.items() if name != "across"
        }
        if "across" in table:
            x, y = self.sequence(f"{key}.across", table["across"], 2, "fractions")
            values["across"] = self.quantity(f"{key}.across", x, ""), self.quantity(f"{key}.across", y, "")
        try:
            found = Variation(**values)
            ProcessSpread({key.rpartition(".")[2]: found})
        except SimulationMistake as problem:
            self.fail(key, str(problem).removesuffix("."))
        return found


class _ProcessFileReader(ProcessReader):
    mistake = WaferFileError
    whole = "the process file"
