"""The faults that a virtual bench knows, with what each does: its own words, from where it is declared."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from itertools import pairwise


@cache
def fault_kinds() -> tuple[tuple[str, str], ...]:
    """Return name and meaning of each fault."""
    from smtjlab.instruments.virtual import faults

    body = next(
        node.body
        for node in ast.parse(inspect.getsource(faults)).body
        if isinstance(node, ast.ClassDef) and node.name == faults.FaultKind.__name__
    )
    found = []
    for here, after in pairwise(body):
        if isinstance(here, ast.Assign) and isinstance(after, ast.Expr):
            name, meaning = here.value, after.value
            if isinstance(name, ast.Constant) and isinstance(meaning, ast.Constant):
                found.append((str(name.value), str(meaning.value).replace("`", "")))
    return tuple(found)
