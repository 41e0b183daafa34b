"""Latency of a query to a served instrument by each transport, against bare PyVISA-py on an echo server.

python benchmarks/query_latency.py [--queries 4000]

PyVISA-py asks throughout, without Nagle on raw sockets; the ways take turns in blocks within one run. The echo answers
at once: what is above it is the instrument's, or that of PyVISA-py's protocol. A query is two calls on VXI-11, of which
one (a status byte) stands beside, as does our own session with all its checks on a raw socket.
"""

from __future__ import annotations

import argparse

from loopback import HEADER, MACHINE, bare, echo_server, in_turn, repeated, served_bench, stalls

from smtjlab.instruments.session import Session

ROUNDS = 20
GOAL = 0.15e-3
"""Median in s that every transport must stay below."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=4000, help="of each way")
    calls = max(1, parser.parse_args(arguments).queries // ROUNDS)
    with echo_server() as echo, served_bench("virtual", "hislip", "vxi11") as addresses:
        asked = {
            "echo, raw socket": bare(echo),
            "*IDN?, raw socket": bare(addresses["gate"]),
            "*IDN?, HiSLIP": bare(addresses["gate.hislip"]),
            "*IDN?, VXI-11": bare(addresses["gate.vxi11"]),
        }
        session = Session("@py", addresses["gate"], name="gate")
        acts = {name: lambda _, one=one: one.query("*IDN?") for name, one in asked.items()}
        acts["status byte, VXI-11"] = lambda _: asked["*IDN?, VXI-11"].read_stb()
        acts["*IDN?, raw socket, our session"] = lambda _: session.query("*IDN?")
        found = in_turn({name: repeated(act) for name, act in acts.items()}, ROUNDS, calls)
        for one in (*asked.values(), session):
            one.close()
    reference = found["echo, raw socket"]
    print(MACHINE)
    print(f"{HEADER}   to echo")
    for name, times in found.items():
        print(times.row(name, None if times is reference else reference))
    slow = [name for name, times in found.items() if times.percentile(50) >= GOAL]
    print(f"Medians must stay below {1e3 * GOAL:g} ms: {'they do' if not slow else ', '.join(slow) + ' do not'}.")
    print(stalls(found))


if __name__ == "__main__":
    main()
