"""A buffered sweep on the virtual 2450 and 2400, fetched as text and as binary, against an echo of as many bytes.

python benchmarks/buffered_sweep.py [--points 2000] [--rounds 5]

Bare PyVISA-py sets the sweep up, lets it run on the virtual clock, and fetches the buffer; in the same round it
fetches as many bytes from a server that has them ready. What the sweep itself takes is the imitation's physics.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loopback import HEADER, MACHINE, Times, bare, echo_server, served_bench

from smtjlab.instruments.bench import PACKAGED

BENCH = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")


def run_2450(smu: Any, points: int) -> None:
    """Sweep the junction from -0.1 to 0.1 V at 0.1 PLC into the default buffer; return when it is done."""
    smu.write('*RST;:SENS:FUNC "CURR";:SENS:CURR:NPLC 0.1;RANG 1e-3;:SOUR:VOLT:RANG 0.2;ILIM 1e-3')
    smu.write(f':TRAC:POIN {max(points, 10)},"defbuffer1"')
    smu.write(f':SOUR:SWE:VOLT:LIN -0.1,0.1,{points},0,1,FIXED,ON,OFF,"defbuffer1"')
    smu.write(":INIT")
    assert smu.query("*OPC?") == "1"
    assert int(smu.query(":TRAC:ACT?")) == points


def run_2400(smu: Any, points: int) -> None:
    """Do the same on a 2400, whose buffer holds 2500 readings."""
    smu.write("*RST;:SENS:FUNC:CONC OFF;:SENS:FUNC 'CURR';:SENS:CURR:NPLC 0.1;RANG 1e-3;PROT 1e-3")
    smu.write(f":SOUR:VOLT:STAR -0.1;STOP 0.1;MODE SWE;:SOUR:SWE:POIN {points};:TRIG:COUN {points}")
    smu.write(f":FORM:ELEM VOLT,CURR;:TRAC:CLE;:TRAC:POIN {points};FEED SENS;FEED:CONT NEXT")
    smu.write(":OUTP 1;:INIT")
    assert smu.query("*OPC?") == "1"
    assert smu.query(":OUTP 0;:TRAC:POIN:ACT?") == str(points)


WAYS: dict[str, tuple[str, Callable[[Any, int], None], str, dict[str, str]]] = {
    "2450": ("gate", run_2450, ":TRAC:DATA? 1,{points},'defbuffer1',SOUR,READ",
             {"text": ":FORM ASC", "binary": ":FORM REAL"}),
    "2400": ("junction", run_2400, ":TRAC:DATA?", {"text": ":FORM ASC", "binary": ":FORM REAL,32;:FORM:BORD SWAP"}),
}  # fmt: skip
"""By model: name on the bench, sweep, question for the buffer, and what chooses a format."""


def bytes_of(smu: Any, question: str, points: int) -> int:
    """Return how long the answer to a question is, its end included; a block without a length is of 8 bytes a point."""
    smu.write(question)
    head = smu.read_bytes(2)
    if not head.startswith(b"#"):
        return 2 + len(smu.read_raw())
    digits = int(head[1:])
    length = int(smu.read_bytes(digits)) if digits else 8 * points
    return len(smu.read_bytes(length + 1)) + 2 + digits


def fetch(resource: Any, question: str, count: int) -> None:
    """Ask, and take so many bytes, of whatever kind."""
    resource.write(question)
    assert len(resource.read_bytes(count)) == count


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    head, tail = BENCH.split("[instruments.junction]", 1)
    text = head + "[instruments.junction]" + tail.replace("keithley_2450:Keithley2450", "keithley_2400:Keithley2400")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.toml"
        file.write_text(text, encoding="utf-8")
        with echo_server() as echo, served_bench(file) as addresses:
            found = measure(addresses, bare(echo), asked.points, asked.rounds)
    print(MACHINE)
    print(f"{HEADER}   to echo   ({asked.points} points)")
    for name, times in found.items():
        reference = found.get(name.replace("fetched", "echoed"))
        print(times.row(name, None if reference is times else reference))


def measure(addresses: Any, echo: Any, points: int, rounds: int) -> dict[str, Times]:
    """Return the times of sweep, fetch and echo by model and format, in turn."""
    found: dict[str, Times] = {}

    def note(name: str, act: Callable[[], object]) -> None:
        begun = time.perf_counter()
        act()
        found.setdefault(name, Times()).add([time.perf_counter() - begun])

    for number in range(rounds + 1):
        for model, (instrument, run, asked, formats) in WAYS.items():
            smu, question = bare(addresses[instrument]), asked.format(points=points)
            note(f"{model}, set up and swept", lambda run=run, smu=smu: run(smu, points))
            for form, setting in formats.items():
                smu.write(setting)
                count = bytes_of(smu, question, points)
                note(
                    f"{model}, {form}, fetched",
                    lambda smu=smu, question=question, count=count: fetch(smu, question, count),
                )
                note(f"{model}, {form}, echoed", lambda count=count: fetch(echo, f"BYTES {count - 1}?", count))
            smu.write("*RST")
            smu.close()
        MACHINE.look()
        if number == 0:
            found.clear()  # the first one compiles and imports
    return found


if __name__ == "__main__":
    main()
