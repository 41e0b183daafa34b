"""How long circuits take: a crossbar of a thousand nodes, its next vectors, replicas of a multiplier, sizes to 256.

python benchmarks/circuits.py [--side 22] [--repeats 20] [--largest 256]

The peer is `numpy.linalg.solve` of the same nodal matrix, dense, in the same run, and ngspice where it is installed
(its whole process, since it reads the netlist each time). Currents of all are compared before a time is printed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from machine import machine

from smtjlab.simulation.circuits.circuit import Circuit
from smtjlab.simulation.circuits.circuit_file import read_circuit
from smtjlab.simulation.circuits.crossbar import Crossbar
from smtjlab.simulation.circuits.elements import Element, Junction, Resistor, VoltageSource
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.crossbar_scaling import LARGEST, crossbar_errors
from smtjlab.simulation.junction import Junction as Device

WIRE, SENSE = 1.0, 10.0
EXAMPLES = Path(__file__).parent.parent / "examples" / "circuits"


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median of `repeats` runs after a first one."""
    work()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return 1e3 * float(np.median(times))


def circuit_of(side: int) -> Circuit:
    """Return a crossbar as a circuit of junctions and wires."""
    elements: list[Element] = []
    for i in range(side):
        for j in range(side):
            above = f"x{j}" if i == 0 else f"c{i - 1}_{j}"
            before = f"y{i}" if j == 0 else f"r{i}_{j - 1}"
            elements += [
                Resistor(name=f"down{i}_{j}", between=(above, f"c{i}_{j}"), resistance=WIRE),
                Resistor(name=f"along{i}_{j}", between=(before, f"r{i}_{j}"), resistance=WIRE),
                Junction(name=f"g{i}_{j}", top=f"c{i}_{j}", bottom=f"r{i}_{j}"),
            ]
        elements.append(Resistor(name=f"sense{i}", between=(f"y{i}", "0"), resistance=SENSE))
        elements.append(VoltageSource(name=f"in{i}", between=(f"x{i}", "0")))
    return Circuit(tuple(elements))


def crossbars(side: int, repeats: int) -> None:
    rng = np.random.default_rng(1)
    conductances, volts = rng.uniform(5e-4, 6.7e-4, (side, side)), rng.uniform(-0.1, 0.1, side)
    crossbar = Crossbar.of(conductances, WIRE, SENSE)
    found = crossbar.currents(volts)
    values, (rows, columns) = crossbar._entries()
    dense, right = np.zeros((2 * side * side,) * 2), np.zeros(2 * side * side)
    np.add.at(dense, (rows, columns), values)
    right[:side] = volts / WIRE
    by_dense = np.linalg.solve(dense, right)[side * side :: side] / (WIRE + SENSE)
    np.testing.assert_allclose(found, by_dense, rtol=1e-9, atol=1e-15)
    first = milliseconds(lambda: Crossbar.of(conductances, WIRE, SENSE).currents(volts), repeats)
    following = milliseconds(lambda: crossbar.currents(volts), repeats)
    peer = milliseconds(lambda: np.linalg.solve(dense, right), max(3, repeats // 4))
    print(f"crossbar of {side} x {side}, {2 * side * side} nodes:")
    print(f"  first vector {first:.2f} ms, each next {following:.3f} ms; numpy.linalg.solve {peer:.1f} ms")
    print(f"  ratios to it {first / peer:.4f} and {following / peer:.5f}")
    general(side, repeats, conductances, volts, found)
    spice(side, conductances, volts, found)


def general(side: int, repeats: int, conductances: np.ndarray, volts: np.ndarray, wanted: np.ndarray) -> None:
    solver, rng = CircuitSolver(circuit_of(side)), np.random.default_rng(2)
    levels = {f"in{j}": volts[j] for j in range(side)}
    ohmic = {f"g{i}_{j}": TunnelBarrier.ohmic(conductances[i, j]) for i in range(side) for j in range(side)}
    point = solver.solve(ohmic, levels)
    np.testing.assert_allclose([float(point.currents[f"sense{i}"]) for i in range(side)], wanted, rtol=1e-8)

    def anew() -> dict[str, float]:  # no vector twice: factors that bends have made would be found again
        return dict(zip(levels, rng.uniform(-0.1, 0.1, side).tolist(), strict=True))

    following = milliseconds(lambda: solver.solve(ohmic, anew()), repeats)
    device = Device.preset("fig5").changed(bias_half_tmr=0.4)
    bent = {name: TunnelBarrier.of(device, one.current(1.0)) for name, one in ohmic.items()}
    newton = milliseconds(lambda: solver.solve(bent, anew()), max(3, repeats // 4))
    print(f"  as a general circuit: {following:.1f} ms a vector, {newton:.1f} ms with barriers that bend with bias")


def spice(side: int, conductances: np.ndarray, volts: np.ndarray, wanted: np.ndarray) -> None:
    if shutil.which("ngspice") is None:
        print("  ngspice: not installed")
        return
    lines = ["* crossbar"]
    for i in range(side):
        for j in range(side):
            above, before = f"x{j}" if i == 0 else f"c{i - 1}_{j}", f"y{i}" if j == 0 else f"r{i}_{j - 1}"
            lines.append(f"Rd{i}_{j} {above} c{i}_{j} {WIRE}")
            lines.append(f"Ra{i}_{j} {before} r{i}_{j} {WIRE}")
            lines.append(f"Rg{i}_{j} c{i}_{j} r{i}_{j} {1 / conductances[i, j]!r}")
        lines += [f"Rs{i} y{i} 0 {SENSE}", f"V{i} x{i} 0 {volts[i]!r}"]
    lines += [".control", "op", *(f"print v(y{i})" for i in range(side)), ".endc", ".end", ""]
    with tempfile.TemporaryDirectory() as folder:
        netlist = Path(folder) / "crossbar.cir"
        netlist.write_text("\n".join(lines), encoding="utf-8")
        begin = time.perf_counter()
        said = subprocess.run(["ngspice", "-b", str(netlist)], capture_output=True, text=True, check=True).stdout
        taken = time.perf_counter() - begin
    told = {a.strip(): float(b) for a, _, b in (line.partition("=") for line in said.splitlines()) if "v(y" in a}
    np.testing.assert_allclose([told[f"v(y{i})"] / SENSE for i in range(side)], wanted, rtol=1e-5)
    print(f"  ngspice: {1e3 * taken:.0f} ms for one vector, process and netlist included; the same currents to 1e-5")


def replicas(repeats: int) -> None:
    device = Device.preset("fig5").changed(bias_half_tmr=0.4)
    solver = CircuitSolver(read_circuit(EXAMPLES / "multiplier.toml"))
    for count in (1, 256):
        barriers = {"device": TunnelBarrier.of(device, np.linspace(5e-4, 6.6e-4, count))}
        taken = milliseconds(lambda barriers=barriers: solver.solve(barriers, {"in1": 0.1}), repeats)
        print(f"multiplier with barriers that bend, {count} replicas: {taken:.2f} ms")


def sizes(largest: int) -> None:
    """Print how long errors of a signed product take against size, both arrays solved, wires of 1 ohm."""
    size = 4
    while size <= largest:
        begin = time.perf_counter()
        found = crossbar_errors((size,), (WIRE,), 0.545e-3, 0.58e-3, np.random.default_rng(1), vectors=4)
        taken = time.perf_counter() - begin
        assert 0 < found.raw[0, 0] < 1  # wires take currents off, and add none
        print(f"error of a product, N = {size}, {4 * size**2} nodes: {taken:.3f} s, {100 * found.raw[0, 0]:.3g} %")
        size *= 4


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=22)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--largest", type=int, default=LARGEST)
    asked = parser.parse_args()
    crossbars(asked.side, asked.repeats)
    replicas(asked.repeats)
    sizes(asked.largest)
    print(machine())
