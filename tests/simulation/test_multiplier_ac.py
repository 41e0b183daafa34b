"""A multiplier at ac: limits, resonance and distortion against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.circuits.harmonics import harmonics
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.multiplier_ac import NODE_CAPACITANCE, MagneticResponse, multiplier_at_ac
from smtjlab.simulation.multiplier_circuit import MultiplierCircuit, Reference

FIG5 = Junction.preset("fig5")
CIRCUIT = MultiplierCircuit(junction=FIG5, series_resistance=50.0, middle_gate=0.285, reference=Reference.JUNCTION)


def test_the_soft_layer_rings_at_its_resonance() -> None:
    """Section 5.3 of the physics: 4.902 GHz at 0.30 V, undamped: w_0 is smaller by (1 + alpha^2)^(1/2)."""
    found = MagneticResponse.of(FIG5, 0.30)
    assert found.natural / (2 * np.pi) * np.sqrt(1 + FIG5.damping**2) == pytest.approx(4.902e9, rel=1e-3)


def test_a_slow_change_is_followed_and_a_fast_one_is_not() -> None:
    found = MagneticResponse.of(FIG5, 0.30)
    slow, fast = found.at([1e3, 1e14])
    assert abs(slow) == pytest.approx(1.0, abs=1e-9)
    assert abs(fast) < 1e-3


def test_the_poles_are_the_decay_rates_of_the_linearised_equation() -> None:
    from smtjlab.simulation.landscape import landscape_over_gates
    from smtjlab.simulation.modes import damped_roots
    from smtjlab.simulation.static import in_plane_stiffness, out_of_plane_stiffness, static_angle

    found, landscape = MagneticResponse.of(FIG5, 0.285), landscape_over_gates(FIG5, np.array([0.285]))
    angle = static_angle(landscape)
    wanted = damped_roots(
        in_plane_stiffness(landscape, angle), out_of_plane_stiffness(landscape, angle), np.array([FIG5.damping])
    )
    roots = np.roots([1, found.damping, found.natural**2])
    assert sorted(roots.real) == pytest.approx(sorted(float(one.real[0]) for one in wanted), rel=1e-6)


def test_the_input_has_the_pole_of_the_node() -> None:
    found = multiplier_at_ac(CIRCUIT, 0.05, 0.285, 0.012)
    conductance = 510e-6
    pole = 1 / (2 * np.pi * NODE_CAPACITANCE / (1 / 50 + conductance))
    at = int(np.argmin(np.abs(found.frequency - pole)))
    assert abs(found.by_input[at]) == pytest.approx(1 / np.sqrt(1 + (found.frequency[at] / pole) ** 2), rel=1e-2)
    assert found.settling_input == pytest.approx(np.log(100) / (2 * np.pi * pole), rel=1e-3)


def test_a_gate_step_settles_as_the_trajectories_do() -> None:
    """Section 5.3: 0.44 ns for 0.29 to 0.30 V, by integration."""
    found = multiplier_at_ac(CIRCUIT, 0.05, 0.295, 0.005, node_capacitance=1e-16, gate_resistance=1e-3)
    assert found.settling_gate == pytest.approx(0.44e-9, rel=0.1)


def test_an_ohmic_input_distorts_nothing_and_the_gate_in_proportion_to_its_swing() -> None:
    """A parabola a x + b x^2 has a second harmonic b A/2a: it grows with the peak A."""
    found = multiplier_at_ac(CIRCUIT, 0.05, 0.285, 0.012)
    assert found.distortion_input.max() < 1e-9
    assert found.distortion_gate[1] / found.distortion_gate[0] == pytest.approx(2.0, rel=0.05)


def test_an_input_is_distorted_by_the_tmr_with_the_other_at_the_end_of_its_range() -> None:
    """The reference takes the third harmonic of G(V_mid) off: what is left differs from end to end of the gates."""
    bent = replace(CIRCUIT, junction=FIG5.changed(bias_half_tmr=0.4))
    top, bottom = (harmonics(lambda v, g=gate: bent.output(v, [g])[:, 0], 0.05).distortion for gate in (0.297, 0.273))
    found = multiplier_at_ac(bent, 0.05, 0.285, 0.012).distortion_input[-1]
    assert abs(top / bottom - 1) > 0.01
    assert found == pytest.approx(top, rel=1e-6)


def test_below_the_threshold_there_is_a_well_still_and_at_it_none() -> None:
    assert MagneticResponse.of(FIG5, 0.1).natural > 0
    with pytest.raises(ModelError, match="must rest in a well"):
        MagneticResponse.of(FIG5, FIG5.threshold_voltage)
