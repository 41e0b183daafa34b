"""A multiplier at ac, by a generator and an oscilloscope: V_in1 at many frequencies, a step of it, the model beside."""

from pathlib import Path

import numpy as np

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.open_bench import open_bench
from smtjlab.simulation import Junction
from smtjlab.simulation.circuits.circuit_file import read_circuit
from smtjlab.simulation.circuits.settling import settling_time
from smtjlab.simulation.circuits.small_signal import SmallSignal
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.inference.amplitude_response import amplitude_response
from smtjlab.simulation.inference.sine_fit import sine_fit
from smtjlab.simulation.inference.step_settling import step_settling
from smtjlab.simulation.predict import predict

HERE = Path(__file__).parent
GATE, PEAK, HERTZ = 0.30, 0.1, np.geomspace(3e4, 1e7, 21)  # V, V, Hz
BAND = 0.02  # share of a step within which it has settled: less is hidden by the eight bits of the oscilloscope

bench = Bench.load(f"{HERE / 'benches' / 'multiplier_at_ac.toml'}@smtj")  # or the file of your own
with open_bench(bench) as opened:
    gate, generator, scope = (opened.drivers[name] for name in ("gate", "generator", "scope"))

    def recorded(shape, hertz, duration):  # time in s, input and output in V, while a wave plays at V_in1
        generator.switch_off()
        generator.configure(bench.limits["generator"], shape=shape, frequency=hertz, amplitude=PEAK, offset=0.0)
        generator.switch_on()
        scope.configure(channels={1: PEAK, 2: 0.4 * PEAK}, duration=duration, points=2500)
        volts = scope.record()
        return [scope.interval * np.arange(2500), *(np.array(volts[channel], float) for channel in (1, 2))]

    gate.configure(bench.limits["gate"], largest_voltage=GATE, nplc=1.0, four_wire=False)
    gate.switch_on()
    gate.set_level(GATE)
    sines = [recorded("SIN", hertz, 10 / hertz) for hertz in HERTZ]
    time, before, step = recorded("SQU", 1e5, 2e-6)  # the edge at which it triggered, in the middle
    generator.switch_off()
    gate.ramp_off(bench.limits["gate"])

fits = [[sine_fit(t, v, f, harmonics=1).amplitude for v in both] for f, (t, *both) in zip(HERTZ, sines, strict=True)]
ratio = np.array([out.value / into.value for into, out in fits])
scatter = ratio * [np.hypot(into.uncertainty / into.value, out.uncertainty / out.value) for into, out in fits]
settled = step_settling(time, step, time[np.argmax(before > 0)], 0.4 * PEAK / 100 / 12**0.5, BAND)

believed = Junction.preset("fig5")
barriers = {"device": TunnelBarrier.of(believed, predict(believed, "boltzmann", [GATE]).conductance[0])}
solver = CircuitSolver(read_circuit(HERE / "circuits" / "multiplier_at_ac.toml"))
model = SmallSignal(solver.solve(barriers), barriers)
expected = model.transfer("generator", "out", HERTZ) / model.transfer("generator", "in", HERTZ)
measured, wanted = amplitude_response(HERTZ, ratio, scatter), amplitude_response(HERTZ, expected)
for name, unit in (("gain", ""), ("bandwidth", "Hz"), ("amplitude_error_frequency", "Hz")):
    one = measured.estimate(name)
    print(f"{name:26}{one.value:.5g} ± {one.uncertainty:.2g} {unit}, model {wanted.estimate(name).value:.5g} {unit}")
one, expected = settled.time, settling_time(model, "generator", "out", longest=1e-5, error=BAND)
print(f"settled to {BAND:.0%}{'':15}{one.value:.5g} ± {one.uncertainty:.2g} s, model {expected:.5g} s")
