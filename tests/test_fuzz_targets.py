"""What the fuzzer is given takes inputs to begin with, and some of their mutations, without it (benchmarks/fuzz.py)."""

import importlib
import random
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
NAMES = ("scpi", "journal", "contents", "bench", "junction", "transcript", "wire")


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield importlib.import_module("fuzz_targets").TARGETS
    for name in {"fuzz_targets", "journal"} - before:
        sys.modules.pop(name, None)


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """Return some bytes of the seed replaced, left out or doubled."""
    made = bytearray(seed)
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(made) + 1)
        length = chance.randrange(0, 9)
        made[place : place + length] = chance.choice(
            [b"", chance.randbytes(length), bytes(made[place : place + 4]) * 2]
        )
    return bytes(made)


def test_every_target_is_here(targets) -> None:
    assert tuple(targets) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_target_bears_its_seeds_and_their_mutations(targets, tmp_path: Path, name: str) -> None:
    target, seeds = targets[name](tmp_path)
    chance = random.Random(name)
    for seed in seeds[:20]:
        target(seed)
    for _ in range(40):
        target(mutated(chance.choice(seeds), chance))
    assert seeds
