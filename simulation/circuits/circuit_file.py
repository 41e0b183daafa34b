"""A circuit as a short TOML file: one table an element, quantities in SI or as text with a unit.

    [resistors.r_s]
    between = ["out", "ground"]
    resistance = "50 ohm"

    [junctions.device]
    between = ["in", "out"]                 # top and bottom
    gate = ["gate", "ground"]               # gate and back; may be left out

What is wrong is told with file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from smtjlab.simulation.errors import JunctionError, ModelError, TomlError
from smtjlab.simulation.junction_file import converted
from smtjlab.simulation.toml_file import TomlFile

from .circuit import Circuit
from .elements import Capacitor, CurrentSource, Element, Junction, OpAmp, Resistor, VoltageSource

KINDS: Mapping[str, type[Element]] = {
    "resistors": Resistor,
    "capacitors": Capacitor,
    "junctions": Junction,
    "voltage_sources": VoltageSource,
    "current_sources": CurrentSource,
    "op_amps": OpAmp,
}
"""Tables of the file and what their entries are."""

_UNITS: Mapping[type[Element], Mapping[str, str]] = {
    Resistor: {"resistance": "ohm"},
    Capacitor: {"capacitance": "F"},
    Junction: {"gate_capacitance": "F", "gate_resistance": "ohm"},
    VoltageSource: {"level": "V", "output_resistance": "ohm", "compliance": "A"},
    CurrentSource: {"level": "A", "compliance": "V"},
    OpAmp: {"gain": "", "gain_bandwidth": "Hz", "largest_output": "V"},
}
_PAIRS: Mapping[type[Element], tuple[str, ...]] = {
    Resistor: ("between",),
    Capacitor: ("between",),
    Junction: ("between", "gate"),
    VoltageSource: ("between", "sense"),
    CurrentSource: ("between",),
    OpAmp: (),
}
_NODES: Mapping[type[Element], tuple[str, ...]] = {OpAmp: ("plus", "minus", "output")}
_NEEDED: Mapping[type[Element], tuple[str, ...]] = {
    Resistor: ("between", "resistance"),
    Capacitor: ("between", "capacitance"),
    OpAmp: _NODES[OpAmp],
}


def read_circuit(path: str | Path) -> Circuit:
    """Return the circuit of a file. Raises TomlError, with file and line, where there is something wrong with it."""
    return _Reader(TomlFile.read(path)).circuit()


class _Reader:
    def __init__(self, file: TomlFile) -> None:
        self.file = file

    def circuit(self) -> Circuit:
        elements: list[Element] = []
        for table, entries in self.file.data.items():
            first = next(iter(entries), "") if isinstance(entries, dict) else ""  # `[resistors.r]` stands in a line
            self._known(f"{table}.{first}", table, KINDS, "A circuit file")
            for name, fields in self._table(table, entries).items():
                elements.append(self._element(f"{table}.{name}", name, KINDS[table], fields))
        if not elements:
            self._fail("", f"A circuit file must have at least one element in {_listed(KINDS)}, but has none")
        try:
            return Circuit(tuple(elements))
        except ModelError as error:
            self._fail(self._named_in(str(error)), str(error))

    def _element(self, key: str, name: str, kind: type[Element], fields: Any) -> Element:
        fields = self._table(key, fields)
        allowed = (*_PAIRS[kind], *_NODES.get(kind, ()), *_UNITS[kind])
        for field in fields:
            self._known(f"{key}.{field}", field, allowed, f"{name!r}")
        for field in _NEEDED.get(kind, ("between",)):
            if field not in fields:
                self._fail(key, f"`{field}` of {name!r} must be given, but is missing")
        values = {"name": name} | {field: self._value(f"{key}.{field}", kind, field, fields[field]) for field in fields}
        if kind is Junction:
            values["top"], values["bottom"] = values.pop("between")
            if "gate" in values:
                values["gate"], values["back"] = values["gate"]
        build: Callable[..., Element] = kind
        try:
            return build(**values)
        except ModelError as error:
            at_fault = next((field for field in fields if f"`{field}`" in str(error)), "")
            self._fail(f"{key}.{at_fault}".rstrip("."), str(error))

    def _value(self, key: str, kind: type[Element], field: str, value: Any) -> Any:
        if field in _PAIRS[kind]:
            if not (isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value)):
                self._fail(key, f'`{field}` must be a pair of nodes such as ["in", "ground"], but is {value!r}')
            return value[0], value[1]
        if field in _NODES.get(kind, ()):
            if not isinstance(value, str):
                self._fail(key, f"`{field}` must be the name of a node, but is {value!r}")
            return value
        return self._quantity(key, field, _UNITS[kind][field], value)

    def _quantity(self, key: str, field: str, unit: str, value: Any) -> float:
        if isinstance(value, str):
            try:
                return converted(value, unit, field, self.file.where(key))
            except JunctionError as error:
                raise TomlError(str(error)) from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._fail(key, f'`{field}` must be a number or a text such as "1 {unit}", but is {value!r}')
        return float(value)

    def _table(self, key: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._fail(key, f"`{key}` must be a table, but is {value!r}")
        return value

    def _known(self, key: str, word: str, allowed: Any, what: str) -> None:
        if word not in allowed:
            near = get_close_matches(word, list(allowed), n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            self._fail(key, f"{what} must have {_listed(allowed)} only, but has `{word}`{hint}")

    def _named_in(self, sentence: str) -> str:
        """Return the key of the element that a sentence names last, by itself or by a node; else none."""
        for table, entries in self.file.data.items():
            for name, fields in entries.items():
                nodes = [node for value in fields.values() for node in (value if isinstance(value, list) else [value])]
                if f"{name!r}" in sentence or any(isinstance(node, str) and f"{node!r}" in sentence for node in nodes):
                    return f"{table}.{name}"
        return ""

    def _fail(self, key: str, sentence: str) -> NoReturn:
        raise TomlError(f"{sentence.rstrip('.')} ({self.file.where(key)}).")


def _listed(words: Any) -> str:
    return ", ".join(f"`{word}`" for word in words)
