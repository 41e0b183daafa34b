"""Waves through capacitors and amplifiers of one pole, as a fast instrument sees them, against closed forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from smtjlab.instruments.virtual.circuit import Drive, Quantity, Wave
from smtjlab.instruments.virtual.clock import VirtualClock
from smtjlab.instruments.virtual.netlist import Netlist
from smtjlab.instruments.virtual.nodal import Resistor
from smtjlab.instruments.virtual.surroundings import Surroundings
from smtjlab.instruments.virtual.truth import StageTruth, Truth
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.instruments.virtual.waves import FloatArray, Spectrum, wave_at
from smtjlab.instruments.virtual.world import World
from smtjlab.simulation.circuits.elements import Capacitor
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.measured_circuit import Amplifier
from smtjlab.simulation.predict import predict

WIRES = {
    "first.hi": "c.in", "first.lo": "c.ground", "second.hi": "c.other", "second.lo": "c.ground",
    "scope.hi": "c.out", "scope.lo": "c.ground",
}  # fmt: skip
INSIDE, LEADS = 1e6, 2.0
"""Input resistance of the oscilloscope, and the leads of each instrument, in ohm."""
TIMES = 0.3 + np.arange(500) / 250e3


def resistor(first: str, second: str, ohm: float) -> Resistor:
    return Resistor(f"c.{first}", f"c.{second}", 1 / ohm)


def capacitor(first: str, second: str, farad: float) -> Capacitor:
    return Capacitor(name="c", between=(f"c.{first}", f"c.{second}"), capacitance=farad)


def world(
    resistors: Sequence[Resistor], capacitors: Sequence[Capacitor] = (), amplifiers: Sequence[Amplifier] = ()
) -> World:
    around = Surroundings(Truth(devices={}, magnets={}, stage=StageTruth()), WIRES, 296.0)
    made = World(Netlist(WIRES, resistors, [], around, amplifiers, capacitors), around, VirtualClock())
    made.drive("scope", Drive(Quantity.CURRENT, 0.0, input_resistance=INSIDE))
    return made


def seen(made: World, times: FloatArray = TIMES) -> FloatArray:
    return made.record("scope", times, np.random.default_rng(0))


def sine(wave: Wave, factor: complex, times: FloatArray = TIMES) -> FloatArray:
    """Return a wave behind a complex factor."""
    turned = 2j * np.pi * (wave.frequency * times + wave.phase / 360)
    return np.asarray((wave.amplitude * factor * np.exp(turned)).imag)


def scope(load: complex) -> complex:
    """Return what the oscilloscope leaves of a load in ohm, and what it reads of a voltage there."""
    return load * (INSIDE + LEADS) / (load + INSIDE + LEADS)


READ = INSIDE / (INSIDE + LEADS)


@pytest.mark.parametrize("hertz", [10.0, 1591.5, 4e4])
def test_an_rc_lowers_and_delays_a_sine(hertz: float) -> None:
    """R = 50 ohm inside, 2 ohm of leads and 948 ohm; the oscilloscope beside C."""
    made, wave = world([resistor("in", "out", 948.0)], [capacitor("out", "ground", 1e-7)]), Wave(hertz, 0.5, phase=30.0)
    made.drive("first", Drive(level=0.2, resistance=50.0, wave=wave))
    load = scope(1 / (2j * np.pi * hertz * 1e-7))
    at_rest = 0.2 * (INSIDE + LEADS) / (INSIDE + LEADS + 1000)
    wanted = READ * (at_rest + sine(wave, load / (1000 + load)))
    np.testing.assert_allclose(seen(made), wanted, rtol=0, atol=1e-6 * 0.5)


def test_a_capacitor_in_series_keeps_the_level_back_and_the_wave_not() -> None:
    """Source and oscilloscope share the ground only, and at rest nothing comes through."""
    made, wave = world([resistor("out", "ground", 1e3)], [capacitor("in", "out", 1e-6)]), Wave(300.0, 0.5)
    made.drive("first", Drive(level=0.8, wave=wave))
    assert made.frequencies("scope") == [300.0]
    load, before = scope(1e3), LEADS + 1 / (2j * np.pi * 300 * 1e-6)
    np.testing.assert_allclose(seen(made), READ * sine(wave, load / (load + before)), rtol=0, atol=5e-7)


def test_waves_of_two_generators_add_up_each_with_its_own_answer() -> None:
    """One is a current into the capacitor: 1/(i w C), beside what the other's resistance takes."""
    made = world([resistor("in", "out", 998.0), resistor("other", "out", 1.0)], [capacitor("out", "ground", 1e-7)])
    first, second = Wave(500.0, 0.5), Wave(7000.0, 1e-3, phase=-45.0)
    made.drive("first", Drive(level=0.0, wave=first))
    made.drive("second", Drive(Quantity.CURRENT, 0.0, wave=second))
    loads = [scope(1 / (2j * np.pi * wave.frequency * 1e-7)) for wave in (first, second)]
    wanted = sine(first, loads[0] / (1000 + loads[0])) + sine(second, 1000 * loads[1] / (1000 + loads[1]))
    np.testing.assert_allclose(seen(made), READ * wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("gain", [None, 1e4])
def test_an_amplifier_has_the_pole_of_its_loop(gain: float | None) -> None:
    """-(R_f/R)/(1 + (1 + R_f/R)(1/A + i f/f_t)), f_t = 100 kHz."""
    amplifier = Amplifier(
        plus="c.ground", minus="c.sum", output="c.out", ground="c.ground", gain=gain, gain_bandwidth=1e5
    )
    made = world([resistor("in", "sum", 998.0), resistor("sum", "out", 1e4)], (), [amplifier])
    wave = Wave(2e4, 0.1)
    made.drive("first", Drive(level=0.05, wave=wave))
    at_rest, there = (-10 / (1 + 11 * ((1 / gain if gain else 0.0) + 1j * f / 1e5)) for f in (0.0, 2e4))
    wanted = READ * (0.05 * at_rest.real + sine(wave, there))
    np.testing.assert_allclose(seen(made), wanted, rtol=0, atol=1e-6)


def test_a_square_wave_charges_and_discharges() -> None:
    """1 - 2 exp(-t/RC)/(1 + exp(-T/2RC)) in its first half; 512 harmonics leave 2e-4 of it, the edges apart."""
    made, wave = world([resistor("in", "out", 998.0)], [capacitor("out", "ground", 1e-7)]), Wave(1000.0, 1.0, "SQU")
    made.drive("first", Drive(level=0.0, wave=wave))
    r = 1000 * (INSIDE + LEADS) / (1000 + INSIDE + LEADS)
    times = np.linspace(2e-5, 4.9e-4, 50)
    wanted = READ * (r / 1000) * (1 - 2 * np.exp(-times / (r * 1e-7)) / (1 + np.exp(-5e-4 / (r * 1e-7))))
    np.testing.assert_allclose(seen(made, times), wanted, rtol=0, atol=2e-4)


def test_an_amplifier_that_would_pass_its_limit_is_asked_moment_by_moment() -> None:
    """Without its pole then: the sine is cut at 2 V."""
    amplifier = Amplifier(
        plus="c.ground", minus="c.sum", output="c.out", ground="c.ground", gain_bandwidth=1e5, largest_output=2.0
    )
    made = world([resistor("in", "sum", 998.0), resistor("sum", "out", 1e4)], (), [amplifier])
    wave = Wave(1e3, 0.5)
    made.drive("first", Drive(level=0.0, wave=wave))
    np.testing.assert_allclose(seen(made), READ * np.clip(-10 * sine(wave, 1.0), -2.0, 2.0), rtol=0, atol=1e-6)


def test_a_sine_over_many_frequencies_has_the_bandwidth_of_the_network() -> None:
    """At 1/(2 pi R C) the amplitude is 1/sqrt(2) and the phase -45 degrees, the oscilloscope aside."""
    made = world([resistor("in", "out", 998.0)], [capacitor("out", "ground", 1e-7)])
    corner = 1 / (2 * np.pi * 1e-7 * 1000 * (INSIDE + LEADS) / (1000 + INSIDE + LEADS))
    made.drive("first", Drive(level=0.0, wave=Wave(corner, 1.0)))
    times = np.arange(64) / 64 / corner
    line = np.fft.fft(seen(made, times))[1] / 32 * 1j
    assert abs(line) == pytest.approx(1 / np.sqrt(2) * READ * (INSIDE + LEADS) / (INSIDE + LEADS + 1000), rel=1e-6)
    assert np.angle(line) == pytest.approx(-np.pi / 4, abs=1e-6)


@pytest.mark.parametrize("shape", ["SIN", "SQU", "RAMP", "TRI"])
def test_behind_no_network_a_wave_is_itself(shape: str) -> None:
    wave = Wave(1e3, 0.7, shape, phase=20.0, duty=0.3)
    spectrum = Spectrum.of(wave)
    times = np.arange(100) / 100e3 + 3e-6  # beside the edges, which take a 1024th of a period
    wanted = wave_at(wave, times, np.random.default_rng(0))
    found = spectrum.passed(np.ones(len(spectrum.frequencies), dtype=np.complex128), times)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-3)


@pytest.mark.parametrize("half", [np.inf, 0.4])
def test_a_junction_answers_with_its_slope_beside_a_capacitor(
    make_bench: Callable[..., VirtualBench], half: float
) -> None:
    """Biased at about 0.3 V behind 1 kohm, where with V_h = 0.4 V dI/dV is far above I/V; 1e-3 by the bias."""
    bench = make_bench(f'bias_half_tmr = "{half} V"\n' if np.isfinite(half) else "")
    junction, world = Junction.preset("fig5").changed(bias_half_tmr=half), bench.world
    world.netlist.capacitors.append(Capacitor(name="c", between=("device.top", "device.bottom"), capacitance=2e-8))
    wave = Wave(1e4, 1e-3)
    with bench.held():
        world.netlist.rewire(0.0)
        world.drive("junction", Drive(level=0.5, limit=1e-2, resistance=1e3, wave=wave))
        integral = world.begin("junction", 0.1)
        world.wait(0.1)
        point = integral.mean()
        volts = world.record("junction", TIMES, np.random.default_rng(0))
    bias = point.voltage - LEADS * point.current
    barrier = TunnelBarrier.of(junction, predict(junction, "boltzmann", [0.0]).conductance[0])
    assert point.current == pytest.approx(float(barrier.current(bias)), rel=1e-3)
    admittance = float(barrier.slope(bias)) + 2j * np.pi * 1e4 * 2e-8
    wanted = sine(wave, 1 - 1e3 / (1e3 + LEADS + 1 / admittance))
    np.testing.assert_allclose(volts - volts.mean(), wanted - wanted.mean(), rtol=0, atol=1e-3 * 1e-3)
