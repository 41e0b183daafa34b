"""Whether what a file said is of the kind that a class promises: numbers where numbers belong, words where words do."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

LARGEST_INTEGER = 1 << 63
"""A whole number beyond this is no count of anything here, and too large to become a float everywhere."""

Check = Callable[[Any], str]
"""Returns what is wrong with a value, as `.field must be …`; empty where nothing is."""


def misfit(value: Any, kind: Any) -> str:
    """Return what keeps a value from being of that kind (an annotation), in words; empty where it is of it.

    A float may be nan, which stands for a number that is missing, but not infinite.
    """
    return _check(kind)(value).removeprefix(".")


@cache
def _check(kind: Any) -> Check:
    origin = get_origin(kind)
    if kind is Any:
        return lambda _: ""
    if origin in (types.UnionType, Union):
        return _any_of([_check(one) for one in get_args(kind)])
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_check(get_args(kind)[1]))
    if origin is not None and issubclass(origin, Collection):
        return _collection(origin, _check(get_args(kind)[0]))
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return _parts({field.name: _check(hints[field.name]) for field in fields(kind)})
    return _PLAIN.get(kind) or _instance(kind)


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any) -> str:
        found = [one(value) for one in checks]
        return "" if "" in found else found[0]

    return check


def _mapping(of: Check) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, Mapping):
            return _must("a table of names", value)
        return next((f".{key}{wrong}" for key, item in value.items() if (wrong := of(item))), "")

    return check


def _collection(kind: Any, of: Check) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, kind):
            return _must("a list", value)
        return next((f"[{place}]{wrong}" for place, item in enumerate(value) if (wrong := of(item))), "")

    return check


def _parts(checks: Mapping[str, Check]) -> Check:
    def check(value: Any) -> str:
        return next((f".{name}{wrong}" for name, of in checks.items() if (wrong := of(getattr(value, name)))), "")

    return check


def _instance(kind: type) -> Check:
    what = f"one of {', '.join(str(one.value) for one in kind)}" if issubclass(kind, Enum) else kind.__name__
    return lambda value: "" if isinstance(value, kind) else _must(what, value)


def _number(value: Any) -> str:
    if type(value) is float:
        return "" if abs(value) != float("inf") else _must("finite", value)
    return _integer(value) and _must("a number", value)


def _integer(value: Any) -> str:
    return "" if type(value) is int and abs(value) <= LARGEST_INTEGER else _must("a whole number", value)


def _must(what: str, value: Any) -> str:
    return f" must be {what}, not {repr(value)[:60]}"


_PLAIN: dict[Any, Check] = {
    float: _number,
    int: _integer,
    str: lambda value: "" if isinstance(value, str) else _must("a text", value),
    bool: lambda value: "" if isinstance(value, bool) else _must("true or false", value),
    type(None): lambda value: "" if value is None else _must("nothing", value),
}
