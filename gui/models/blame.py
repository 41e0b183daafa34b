"""Which field a mistake belongs to: the one whose value alone brings one about, all others being as declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any


def field_to_blame(changed: Mapping[str, Any], fault: str, look: Callable[[Mapping[str, Any]], str]) -> str:
    """Return the field that a sentence `fault` belongs to; empty where it is none's, but the bench's or the belief's.

    `changed` are the fields that are not as declared. `look` tells what is wrong where only some of them are taken,
    and nothing where all is well. Where none is at fault alone, it is the first that the sentence names.
    """
    usual = look({})
    if usual == fault:
        return ""
    for name, value in changed.items():
        if look({name: value}) not in ("", usual):
            return name
    return next((name for name in re.findall(r"`(\w+)`", fault) if name in changed), "")
