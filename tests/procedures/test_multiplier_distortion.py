"""The distortion of a multiplier through the wire is that of its curves; an ohmic input has none."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Reading
from smtjlab.instruments.virtual.truth import read_truth
from smtjlab.procedures.course import check_within
from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.find import packaged_procedures
from smtjlab.procedures.multiplier_distortion import MultiplierDistortion
from smtjlab.procedures.multiplier_trim import tried_of
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.circuits.harmonics import harmonics
from smtjlab.simulation.multiplier_circuit import MultiplierCircuit
from smtjlab.simulation.toml_file import TomlFile

BELIEF = Belief.load("fig5-die")


def measured(procedure: MultiplierDistortion) -> list[Reading]:
    with open_bench("multiplier@smtj") as bench:
        device = procedure.reached(bench)
        device.check(procedure.setpoints())
        procedure.prepare(device)
        readings: list[Reading] = []
        while (asked := procedure.propose(readings, BELIEF).setpoint) is not None:
            check_within(procedure.candidates(), asked, len(readings))
            readings.append(procedure.measure(device, asked))
        return readings


def test_the_gate_distorts_as_the_curve_of_the_true_junction_bends() -> None:
    """Within four standard uncertainties: 6e-5 of false alarms, and the seed of the bench is fixed."""
    procedure = MultiplierDistortion(peaks=1, samples=16, averaging=2)
    found = procedure.distortion(measured(procedure))
    bench = Bench.load("multiplier")
    assert bench.virtual is not None
    truth = read_truth(TomlFile.read(bench.path), bench.virtual.seed, bench.devices, bench.magnets)
    circuit = MultiplierCircuit(junction=truth.devices["device"].junction, series_resistance=50.0)
    wanted = harmonics(
        lambda gates: np.asarray(circuit.output([procedure.input], gates)[0]), procedure.swing, procedure.middle
    )
    assert found.thd[0] == pytest.approx(wanted.distortion, abs=4 * float(found.thd_uncertainty[0]) + 1e-4)


def test_an_ohmic_input_shows_no_more_than_noise() -> None:
    procedure = MultiplierDistortion(sine="input", peaks=1, samples=16, averaging=2)
    found = procedure.distortion(measured(procedure))
    assert not found.seen[0] or found.thd[0] < 1e-3


def test_peaks_are_halves_of_one_another_and_named_by_branches() -> None:
    procedure = MultiplierDistortion(peaks=3, samples=8)
    assert procedure.amplitudes == pytest.approx([0.012, 0.006, 0.003])
    assert {one.branch for one in procedure.after_trim} == {"peak 1", "peak 2", "peak 3"}
    assert len(procedure.after_trim) == 24


def test_a_gate_that_would_change_its_sign_is_refused() -> None:
    with pytest.raises(ParameterError, match="The gate must keep its sign"):
        MultiplierDistortion(middle=0.01)


def test_the_reference_is_trimmed_as_for_the_map_and_the_null_is_held() -> None:
    """At V_mid both branches then give alike, within the tolerance; untrimmed they are millivolts of V_in2 apart."""
    procedure = MultiplierDistortion(peaks=1, samples=8, averaging=2)
    readings = measured(procedure)
    tried = tried_of(readings)
    assert len(tried) > 1
    assert abs(tried[-1].difference) < 0.05 * abs(tried[0].difference)
    assert {one.setpoint.levels["reference_gate"] for one in readings[2 * len(tried) :]} == {tried[-1].gate}
    assert procedure.distortion(readings).amplitude == pytest.approx([0.012])


def test_untrimmed_the_reference_stays_at_the_middle() -> None:
    procedure = MultiplierDistortion(trim="none", samples=8)
    assert {one.levels["reference_gate"] for one in procedure.setpoints()} == {0.285}


def test_both_procedures_with_a_trim_are_found_by_their_names() -> None:
    assert {"multiplier", "multiplier-distortion"} <= set(packaged_procedures())
