"""Cost of one point, drive and read, through the whole stack of instruments against bare PyVISA-py on the same socket.

Both speak to the same served virtual bench in the same run, block by block in turn, so that the machine's load falls
on both alike. Run it with `python benchmarks/acquisition.py [points]`.
"""

from __future__ import annotations

import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyvisa

from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.session import Session

BLOCKS = 20
READ = ':READ? "defbuffer1",READ,SOUR;:SOUR:VOLT:ILIM:TRIP?'


def median_of(act: Callable[[float], object], points: int) -> float:
    times = []
    for number in range(points):
        begun = time.perf_counter()
        act(0.05 + 1e-4 * (number % 100))
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def bare_resource(address: str) -> pyvisa.resources.MessageBasedResource:
    resource = pyvisa.ResourceManager("@py").open_resource(address, read_termination="\n", write_termination="\n")
    resource.visalib.sessions[resource.session].interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return resource


def main(points: int = 2000) -> None:
    with tempfile.TemporaryDirectory() as station, open_bench("virtual", station=Path(station)) as bench:
        bench.device.prepare(bias=0.1)
        driver, address = bench.drivers["junction"], bench.sessions["junction"].address
        bare, session = bare_resource(address), Session("@py", address, name="junction")

        def bare_point(volts: float) -> None:
            bare.query(f":SOUR:VOLT {volts:.9g};:SOUR:VOLT?")
            [float(word) for word in bare.query(READ).replace(";", ",").split(",")]

        def driver_point(volts: float) -> None:
            driver.set_level(volts)
            driver.read_source()

        paths = {
            "query, bare PyVISA-py with TCP_NODELAY": lambda _: bare.query("*OPC?"),
            "query, session": lambda _: session.query("*OPC?"),
            "drive and read, bare PyVISA-py with TCP_NODELAY": bare_point,
            "drive and read, driver": driver_point,
        }
        medians: dict[str, list[float]] = {name: [] for name in paths}
        for _ in range(BLOCKS):
            for name, act in paths.items():
                medians[name].append(median_of(act, points // BLOCKS))
        report({name: statistics.median(values) for name, values in medians.items()})
        report({"conductance, device (gate read, junction read, clock)": device_point(bench.device, points // 4)})
        bare.close()
        session.close()
        from smtjlab.instruments.virtual.launch import stop_served

        bench.make_safe()
        stop_served(Path(station))


def device_point(device: object, points: int) -> float:
    from smtjlab.instruments.reading import Setpoint

    def act(volts: float) -> None:
        device.apply(Setpoint(bias=volts))
        device.conductance()

    return median_of(act, points)


def report(times: dict[str, float]) -> None:
    names = list(times)
    for number, name in enumerate(names):
        ratio = f"   ratio {times[name] / times[names[number - 1]]:.2f}" if number % 2 else ""
        print(f"{name:<58} {1e6 * times[name]:8.1f} us{ratio}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
