"""Wrong models caught in what the virtual bench says to the drivers over VISA: 82 readings, four averaged each."""

import numpy as np
import pytest

from smtjlab.procedures.observed import Observed
from smtjlab.procedures.transfer_curve import TransferCurve
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.inference.static_fit import believed, fit_of_transfer
from smtjlab.simulation.inference.transfer_verdict import transfer_verdict

FIG5 = Belief.preset("fig5")
ALIGNED = {"transverse_ratio": Estimate(0.0, 0.0)}
LOOPS = {"conductance_antiparallel": Estimate(1 / 2000, 0.0), "resistance_parallel": Estimate(1000.0, 0.0)}


@pytest.fixture
def judged(through_the_wire):
    """Return a function: what differs from Fig. 5 in, the verdict on its transfer curve and the noise out."""
    return lambda truth, held, **parameters: _judged(through_the_wire, truth, held, **parameters)


def _judged(through_the_wire, truth, held, **parameters):
    truth = "\n".join(['preset = "fig5"', *truth])
    readings = through_the_wire(truth, TransferCurve(points=41, **parameters))
    seen = Observed.of(readings)
    fit = fit_of_transfer(seen.observations(seen.valid), {**believed(FIG5, bias=0.1), **held}, gate_sign=1)
    stimuli = [reading.stimuli for reading in readings]
    verdict = transfer_verdict(fit, branch=seen.branch, time=seen.time, junction=FIG5.junction, stimuli=stimuli)
    return verdict, float(np.median(seen.scatter / seen.value))


@pytest.mark.parametrize(
    ("truth", "held", "suspect"),
    [
        (["piezo_hysteresis = 0.05", "piezo_hysteresis_voltage = 0.4"], ALIGNED, "piezo hysteresis"),
        (["transverse_field = 3978.9"], ALIGNED, "stray transverse field"),
    ],
)
def test_what_the_bench_hides_and_the_fit_leaves_out_is_suspected(judged, truth, held, suspect):
    verdict, noise = judged(truth, held)
    assert noise < 5e-5
    assert (verdict.p_value < 1e-3, verdict.suspect) == (True, suspect)


def test_leads_of_five_ohm_are_found_by_two_wires_that_are_thought_to_be_four(judged):
    verdict, _ = judged(["lead_resistance = 5.0"], ALIGNED | LOOPS, four_wire=False)
    assert (verdict.p_value < 1e-3, verdict.suspect) == (True, "series resistance")


def test_nothing_is_found_where_nothing_is_hidden(judged):
    verdict, _ = judged([], ALIGNED)
    assert verdict.agrees, verdict.sentence
