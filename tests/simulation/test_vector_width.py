"""The hot loops in the machine's own words: vectors as wide as the processor has, all of them, without gathers."""

import inspect
import os
import re
from collections import Counter
from typing import Any

import llvmlite.binding
import numba
import pytest
from numba import types

from smtjlab.simulation.macrospin import _draw, _step
from smtjlab.simulation.vector_width import WIDTH

FEATURES = os.environ.get("NUMBA_CPU_FEATURES") or llvmlite.binding.get_host_cpu_features().flatten()
REGISTER = "zmm" if "+avx512f" in FEATURES and WIDTH >= 512 else "ymm" if "+avx2" in FEATURES else None
pytestmark = [
    pytest.mark.gate,
    pytest.mark.skipif(REGISTER is None, reason="The processor has no AVX2."),
]

ARITHMETIC = re.compile(r"\s+v(?:f?n?m?(?:add|sub|mul|div|max|sqrt|rcp14|rsqrt14))\w*([ps])([ds])\s+.*%(\w)mm\d+$")
WORD_SUM = re.compile(r"\s+vpaddq\s+.*%(\w)mm\d+$")


def assembly(kernel: Any, *arguments: Any) -> str:
    """Return what a kernel is compiled to, past the cache, which keeps no assembly."""
    fresh = type(kernel)(kernel.py_func, targetoptions=kernel.targetoptions)
    fresh.compile(arguments)
    [text] = fresh.inspect_asm().values()
    return str(text)


def loops(text: str) -> list[list[str]]:
    """Return the lines of each loop that calls nothing, from its label to the jump back."""
    lines = text.splitlines()
    labels = {line.split(":")[0]: i for i, line in enumerate(lines) if re.match(r"\S+:", line)}
    jumps = [(i, re.match(r"\s+j\w+\s+(\S+)$", line)) for i, line in enumerate(lines)]
    found = [lines[labels[jump[1]] : i + 1] for i, jump in jumps if jump and labels.get(jump[1], i) < i]
    return [loop for loop in found if not any("call" in line for line in loop)]


def operations(loop: list[str]) -> Counter[str]:
    """Return how many operations on floating numbers a loop has: `zmm pd`, `xmm sd` and the like."""
    found = [ARITHMETIC.match(line) for line in loop]
    return Counter(f"{match[3]}mm {match[1]}{match[2]}" for match in found if match)


def array(kind: Any) -> Any:
    return types.Array(kind, 1, "C")


@pytest.mark.parametrize(
    ("real", "there", "fewest"),
    [
        (types.float64, (), 90),
        (types.float32, (), 90),
        (types.float64, ("torques", "slonczewski", "driven"), 200),
    ],
)
def test_a_step_is_taken_in_the_widest_vectors_alone(real: Any, there: tuple[str, ...], fewest: int) -> None:
    # Beside the loop that runs stands a scalar one, for arrays that overlap, which none do.
    arrays = {"m": real, "rows": real, "rows_after": real, "normals": types.float32}
    names = [name for name in inspect.signature(_step.py_func).parameters if name not in arrays]
    flags = [types.boolean if name in there else types.none for name in names]
    text = assembly(_step, *map(array, arrays.values()), *flags)
    wide = f"{REGISTER} p{'d' if real is types.float64 else 's'}"
    hot = max(map(operations, loops(text)), key=lambda found: found[wide])
    assert hot[wide] >= fewest
    assert set(hot) == {wide}
    assert "gather" not in text


def test_noise_is_made_in_the_widest_vectors_alone() -> None:
    text = assembly(_draw, array(types.uint64), array(types.uint32), array(types.float32))
    wide = f"{REGISTER} ps"
    normals = max(map(operations, loops(text)), key=lambda found: found[wide])
    assert normals[wide] >= 18
    assert set(normals) == {wide}
    # The generator: two sums of 64-bit words a draw, three draws.
    sums = [[match[1] for line in loop if (match := WORD_SUM.match(line))] for loop in loops(text)]
    assert [f"{REGISTER}"[0]] * 6 in sums
    assert "gather" not in text


def test_a_scalar_loop_would_be_seen() -> None:
    """Compile a loop that cannot be vectorised, because each turn waits for the one before."""

    @numba.njit(error_model="numpy")
    def waiting(x):  # type: ignore[no-untyped-def]
        for i in range(1, len(x)):
            x[i] = x[i] + x[i - 1] * x[i]

    found = [operations(loop) for loop in loops(assembly(waiting, array(types.float64)))]
    assert any(found)
    assert not any(key.endswith("pd") for operation in found for key in operation)
