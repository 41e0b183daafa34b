"""The verdict on a divider is that of the lowest chi-square, not of the first place where it goes up all around."""

from __future__ import annotations

from smtjlab.instruments.bench import find_bench
from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.private_bench import InProcessBench, read_once, with_settings
from smtjlab.procedures.beside_circuit import BesideCircuit
from smtjlab.procedures.divider import Divider
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.models import Model

STUCK = 5003
"""A bench whose junction's threshold is first fitted on the wrong side of a reading at 275 mV: chi-square 186."""


def test_a_threshold_on_the_wrong_side_of_a_reading_is_looked_for_elsewhere() -> None:
    """124 readings of a right belief: chi-square above 155 is a chance of 3 %, and the seed is fixed."""
    own = read_once(find_bench("divider"), in_process=True)
    procedure = Divider()
    with InProcessBench(with_settings(own, seed=STUCK, clock="virtual", factor=None)) as private:
        under_test = procedure.reached(private.open())
        under_test.check(procedure.setpoints())
        procedure.prepare(under_test)
        readings = [procedure.measure(under_test, setpoint) for setpoint in procedure.setpoints()]
    beside = BesideCircuit(circuit_of(own).to_dict(), Belief.load("fig5-die"), Model.BOLTZMANN, seed=STUCK, copies=4)
    for reading in readings:
        beside.answer(reading)
    verdict = beside.verdict()
    assert verdict.dof == len(readings)
    assert verdict.chi_square < 155, verdict.sentence
