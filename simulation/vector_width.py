"""How wide the vectors of a kernel are: a wish to LLVM that holds in one function, not in the whole process."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

WIDTH = 512
"""Bits asked for. LLVM takes 256 of its own accord on many processors that have 512; one that lacks them ignores it."""


@intrinsic
def _wider(_: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        # llvmlite knows plain attributes only, so the text goes past its check.
        set.add(builder.function.attributes, f'"prefer-vector-width"="{WIDTH}"')
        return context.get_dummy_value()

    return types.void(), generate


ask_for_wide_vectors: Any = _wider
"""Called in a kernel, without arguments, it sets LLVM's preferred width in that function and nowhere else."""
