"""A measured circuit at ac against closed forms: a divider with one pole, and the cubic of a falling TMR."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.simulation.circuit_at_ac import CircuitAtAc
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.measured_circuit import AttachedSource, MeasuredCircuit
from smtjlab.simulation.predict import predict

SERIES, FARAD, GATE, OUTPUT = 1000.0, 100e-12, 0.30, 50.0
CIRCUIT = MeasuredCircuit(
    resistors={"series": (SERIES, "device.bottom", "device.back")},
    junctions={"device": ("device.top", "device.bottom")},
    gates={"device": "gate"},
    sources={"gate": AttachedSource(nodes=("device.gate", "device.back"))},
    capacitors={"cable": (FARAD, "device.bottom", "device.back")},
)
FIG5 = Junction.preset("fig5")
SIEMENS = float(predict(FIG5, "boltzmann", np.array([GATE])).conductance[0])


def at_ac(junction: Junction = FIG5) -> CircuitAtAc:
    return CircuitAtAc(CIRCUIT, junction, GATE, ("device.top", "device.bottom", "device.back"), OUTPUT)


def test_the_response_is_that_of_a_loaded_divider() -> None:
    frequency = np.array([1e3, 1e6, 1e7])
    wanted = SIEMENS / (SIEMENS + 1 / SERIES + 2j * np.pi * frequency * FARAD)
    assert at_ac().response(frequency) == pytest.approx(wanted, rel=1e-6)


def test_a_step_settles_in_the_time_of_one_pole_with_the_generator_in_series() -> None:
    branch = 1 / (1 / SIEMENS + OUTPUT)
    constant = FARAD / (branch + 1 / SERIES)
    assert at_ac().settling(0.01, 1e-5) == pytest.approx(constant * np.log(100), rel=1e-6)


def test_an_ohmic_junction_distorts_nothing() -> None:
    assert at_ac().distortion([0.2], [1e4])[0] < 1e-12


def test_a_falling_tmr_distorts_as_its_cubic_says() -> None:
    """G(V) = G + c V^2 with c = (R - R_P)/(R V_h)^2; the output bends by c x^3 of the bias, to first order."""
    half, peak = 4.0, 0.2
    found = at_ac(FIG5.changed(bias_half_tmr=half)).distortion([peak], [1e3])[0]
    ohm = 1 / SIEMENS
    across = ohm / (ohm + SERIES)
    cubic = (ohm - FIG5.resistance_parallel) / (ohm * half) ** 2 * across**3
    gain_cubic = cubic * (1 / (1 / SERIES + SIEMENS))
    assert found == pytest.approx(gain_cubic * peak**2 / 4 / (1 - across), rel=0.02)


def test_harmonics_are_weakened_by_the_pole() -> None:
    slow, fast = at_ac(FIG5.changed(bias_half_tmr=0.4)).distortion([0.2, 0.2], [1e3, 5e6])
    ratio = np.abs(at_ac().response([15e6])[0] / at_ac().response([5e6])[0])
    assert fast / slow == pytest.approx(ratio, rel=1e-3)
