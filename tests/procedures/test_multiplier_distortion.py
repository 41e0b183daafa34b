"""The distortion of a multiplier through the wire is that of its curves; an ohmic input has none."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.virtual.truth import read_truth
from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.multiplier_distortion import MultiplierDistortion
from smtjlab.simulation.circuits.harmonics import harmonics
from smtjlab.simulation.inference.ac_multiplier import Distortion
from smtjlab.simulation.multiplier_circuit import MultiplierCircuit
from smtjlab.simulation.toml_file import TomlFile


def measured(procedure: MultiplierDistortion) -> Distortion:
    with open_bench("multiplier@smtj") as bench:
        device = procedure.reached(bench)
        device.check(procedure.setpoints())
        procedure.prepare(device)
        return procedure.distortion([procedure.measure(device, one) for one in procedure.setpoints()])


def test_the_gate_distorts_as_the_curve_of_the_true_junction_bends() -> None:
    """Within four standard uncertainties: 6e-5 of false alarms, and the seed of the bench is fixed."""
    procedure = MultiplierDistortion(peaks=1, samples=16, averaging=2)
    found = measured(procedure)
    bench = Bench.load("multiplier")
    assert bench.virtual is not None
    truth = read_truth(TomlFile.read(bench.path), bench.virtual.seed, bench.devices, bench.magnets)
    circuit = MultiplierCircuit(junction=truth.devices["device"].junction, series_resistance=50.0)
    wanted = harmonics(
        lambda gates: np.asarray(circuit.output([procedure.input], gates)[0]), procedure.swing, procedure.middle
    )
    assert found.thd[0] == pytest.approx(wanted.distortion, abs=4 * float(found.thd_uncertainty[0]) + 1e-4)


def test_an_ohmic_input_shows_no_more_than_noise() -> None:
    found = measured(MultiplierDistortion(sine="input", peaks=1, samples=16, averaging=2))
    assert not found.seen[0] or found.thd[0] < 1e-3


def test_peaks_are_halves_of_one_another_and_named_by_branches() -> None:
    procedure = MultiplierDistortion(peaks=3, samples=8)
    assert procedure.amplitudes == pytest.approx([0.012, 0.006, 0.003])
    assert {one.branch for one in procedure.setpoints()} == {"peak 1", "peak 2", "peak 3"}
    assert len(procedure.setpoints()) == 24


def test_a_gate_that_would_change_its_sign_is_refused() -> None:
    with pytest.raises(ParameterError, match="The gate must keep its sign"):
        MultiplierDistortion(middle=0.01)
