"""Coverage-guided fuzzing of what reads the words of strangers, by atheris (pip install -e '.[fuzz]', Linux).

python benchmarks/fuzz.py [TARGET ...] [--seconds 60]

Each target runs in a process of its own that ends at the first crash: an exception that is no refusal in words, a
message that takes more than 10 s, or more than 2 GB. What it was is left in a file and printed, and belongs into a
test. Without a target all are fuzzed, one after the other.

scpi       messages to the instruments of the full virtual bench, all but those whose Lua runs in another process
journal    a journal's bytes, patched, read as every face reads a run
contents   facts, readings and events of a stranger in a journal whose hashes are right
bench      bench files
junction   junction files
transcript transcripts of conversations with instruments
wire       what comes on HiSLIP and VXI-11
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fuzz_targets import TARGETS

LONGEST = 4096
"""Bytes of one input."""
SLOWEST = 10
"""Seconds that one input may take."""
MOST_MEMORY = 2048
"""MB that a target may need."""
ROOMS = ["smtjlab.instruments", "smtjlab.procedures", "smtjlab.simulation", "tomllib"]


def fuzz(name: str, seconds: int, folder: Path) -> None:
    """Fuzz one target in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=ROOMS, enable_loader_override=False):
        target, seeds = TARGETS[name](folder)
    for seed in seeds:  # what is imported at first use counts for no input
        target(seed)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    options = {"max_total_time": seconds, "timeout": SLOWEST, "rss_limit_mb": MOST_MEMORY, "max_len": LONGEST,
               "print_final_stats": 1, "artifact_prefix": f"{Path.cwd()}/fuzz-{name}-", "verbosity": 1}  # fmt: skip
    words = [f"-{key}={value}" for key, value in options.items()]
    atheris.Setup([sys.argv[0], *words, str(corpus)], target)
    atheris.Fuzz()


def reported(name: str, seconds: int) -> bool:
    """Fuzz one target in a process of its own and print what came of it; return whether all went well."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        command = [sys.executable, __file__, name, "--seconds", str(seconds), "--in", folder]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    told = done.stderr

    def last(pattern: str) -> str:
        found = re.findall(pattern, told)
        return found[-1] if found else "?"

    facts = {
        "inputs": last(r"number_of_executed_units:\s+(\d+)"),
        "coverage": last(r"cov: (\d+)"),
        "s for the slowest": last(r"slowest_unit_time_sec:\s+(\d+)"),
        "MB": last(r"peak_rss_mb:\s+(\d+)"),
    }
    words = ", ".join(f"{value} {key}" for key, value in facts.items())
    end = "a crash" if done.returncode else "no crash"
    print(f"{name:10} {time.monotonic() - begun:5.0f} s: {words}: {end}", flush=True)
    if done.returncode:
        print("\n".join(told.splitlines()[-60:]))
    return done.returncode == 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; without one, all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"a target must be one of {', '.join(TARGETS)}, but is {unknown.pop()}")
    if options.folder is not None:
        fuzz(options.targets[0], options.seconds, options.folder)
        return 0
    fine = [reported(name, options.seconds) for name in options.targets or TARGETS]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
