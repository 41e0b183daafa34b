"""What a virtual bench shows of hard layers that reverse and wells that are left, through the drivers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.reading import Setpoint
from smtjlab.instruments.virtual.living_device import LivingDevice
from smtjlab.instruments.virtual.living_junction import Conditions, LivingJunction
from smtjlab.instruments.virtual.truth import DeviceTruth
from smtjlab.simulation.barrier import hop_rate
from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import JunctionArrays, landscape_over_gates
from smtjlab.simulation.static import basin, static_conductance

ANGLE = 0.05


def askew_truth() -> Junction:
    """Two wells of different conductance and hardly different depth: stray and dipole field across compensate."""
    turned = Junction.preset("fig5").changed(hard_layer_angle=ANGLE)
    return turned.changed(transverse_field=1.0 - turned.dipole_field * math.sin(ANGLE))


def gate_of_rate(junction: Junction, rate: float) -> float:
    """Return the gate in V at which the deeper well is left so often a second."""
    gates = np.linspace(1.02, 1.12, 800) * junction.threshold_voltage
    rates = hop_rate(landscape_over_gates(junction, gates), "global")
    return float(gates[np.argmin(np.abs(np.log(rates / rate)))])


def test_a_major_loop_shows_both_plateaus_and_both_coercivities(tmp_path) -> None:
    text = (PACKAGED / "two_axis.toml").read_text(encoding="utf-8")
    (tmp_path / "bench.toml").write_text(text)
    down = [*np.linspace(0.4, 0.12, 8), *np.linspace(0.11, 0.09, 11), *np.linspace(0.08, -0.24, 9)]
    fields = [*down, *np.linspace(-0.245, -0.255, 3), *np.linspace(-0.26, -0.4, 8)]
    with InProcessBench(read_once(tmp_path / "bench.toml", in_process=True)) as bench:
        device, truth = bench.open().device, bench.virtual.truth.devices["device"].junction
        loop = [Setpoint(field=float(field)) for field in (*fields, *(-one for one in fields))]
        device.check(loop)
        device.prepare(bias=0.1)
        ohms = []
        for setpoint in loop:
            device.apply(setpoint)
            ohms.append(1 / device.conductance().value)
    half = len(fields)
    parallel, antiparallel = truth.resistance_parallel, truth.antiparallel_at(0.1)
    for branch, sign in ((ohms[:half], 1), (ohms[half:], -1)):
        assert branch[0] == pytest.approx(parallel, rel=3e-3)
        assert branch[-1] == pytest.approx(parallel, rel=3e-3)
        assert max(branch) == pytest.approx(antiparallel, rel=3e-3)
        high = [sign * field for field, value in zip(loop[:half] if sign == 1 else loop[half:], branch, strict=True)
                for field in [field.field] if value > 1500]  # fmt: skip
        # The soft layer goes at the dipole field of the reversed hard layer, that one at its own coercivity.
        assert max(high) == pytest.approx(truth.dipole_field * VACUUM_PERMEABILITY, abs=2.5e-3)
        assert min(high) == pytest.approx(-0.25, abs=6e-3)


def test_a_telegraph_trace_has_the_dwell_times_of_its_barrier(tmp_path) -> None:
    """Two mean dwell times of at least 40 hops; beyond 4 standard errors once in 8000 seeds, and the seed is fixed."""
    truth = askew_truth()
    wanted = gate_of_rate(truth, 30.0)
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    text = text[: text.index("[truth.device]")]
    text += (
        f'[truth.device]\npreset = "fig5"\nhard_layer_angle = {ANGLE}\ntransverse_field = {truth.transverse_field!r}\n'
    )
    (tmp_path / "bench.toml").write_text(text)
    with InProcessBench(read_once(tmp_path / "bench.toml", in_process=True)) as bench:
        device = bench.open().device
        device.check([Setpoint(gate=wanted)])
        device.prepare(bias=0.1, nplc=0.1)
        device.apply(Setpoint(gate=wanted))
        charge = bench.virtual.world.netlist.devices["device"].charge
        gate = charge.voltage(bench.clock.now())
        trace, times = [], []
        for _ in range(1600):
            reading = device.junction.read_source()
            trace.append(reading.current / reading.voltage)
            times.append(bench.clock.now())
    landscape = JunctionArrays([truth]).landscape(gate)
    levels = {side: float(static_conductance(landscape, basin(landscape, side).angle)[0]) for side in (1, -1)}
    upper = (np.array(trace) - levels[-1]) / (levels[1] - levels[-1]) > 0.5
    step = float(np.median(np.diff(times)))
    for side, inside in ((1, upper), (-1, ~upper)):
        hops = int(np.sum(inside[:-1] & ~inside[1:]))
        rate = float(hop_rate(landscape, side)[0])
        assert hops >= 40
        # Excursions shorter than a reading are missed.
        assert hops / (step * inside.sum()) == pytest.approx(rate, rel=4 / math.sqrt(hops) + 2 * rate * step)


def test_no_conductance_is_kept_while_the_layer_may_hop() -> None:
    truth = askew_truth()
    junction, there = LivingJunction(truth, seed=1), Conditions(gate=gate_of_rate(truth, 2.0))
    seen = set()
    for _ in range(60):
        junction.live(0.5, there)
        seen.add(round(junction.conductance(there, 0.1), 8))
    assert junction.restless
    assert len(seen) == 2


def test_conditions_that_were_left_meanwhile_are_answered_anew() -> None:
    strong = Junction.preset("fig5").changed(hard_layer_coercivity=2e5)
    junction, rest = LivingJunction(strong, seed=1), Conditions()
    before = junction.signature
    aligned = junction.read(0.02, rest, 0.1)[0]
    junction.live(1.0, Conditions(field=0.3))
    assert junction.read(0.02, Conditions(field=-0.15), 0.1)[0] == pytest.approx(aligned, rel=1e-3)
    assert junction.signature != before
    assert not junction.restless


def test_a_sweep_without_a_field_keeps_what_it_knows() -> None:
    junction, there = LivingJunction(Junction.preset("fig5"), seed=1), Conditions(gate=0.35)
    asked = []
    respond = junction._replicas.respond
    junction._replicas.respond = lambda stimuli: asked.append(1) or respond(stimuli)
    for _ in range(10):
        junction.live(0.1, there)
        junction.read(0.02, there, 0.1)
        junction.conductance(there, 0.1)
    assert len(asked) == 1


def test_devices_of_a_bench_hop_at_moments_of_their_own() -> None:
    truth = askew_truth()
    there, moments = Conditions(gate=gate_of_rate(truth, 3.0)), []
    for name in ("device", "second", "device"):
        one = LivingDevice(name, DeviceTruth(junction=truth), 1).junction
        moments.append([one.read(0.1, there, 0.1)[0] for _ in range(50)])
    assert moments[0] == moments[2]
    assert moments[0] != moments[1]
