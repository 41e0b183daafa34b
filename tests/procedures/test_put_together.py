"""What a measurement takes from elsewhere when several are put together."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.procedures.put_together import Taken, put_together, told_again
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.junction import Junction

BEFORE = Belief(Junction.preset("fig5").changed(piezo_creep=0.01), {"piezo_creep": 0.01})


@dataclass
class Creep:
    """A measurement that tells the creep, and keeps what it was asked with."""

    value: float
    sigma: float
    asked: list = field(default_factory=list)

    def extraction(self, readings, belief):
        self.asked.append((belief.junction.piezo_creep, belief.uncertainty["piezo_creep"]))
        covariance = np.array([[self.sigma**2]])
        return Extraction(("piezo_creep",), np.array([self.value]), covariance, covariance)


def taken(step, value, sigma):
    reading = Reading(
        setpoint=Setpoint(), value=1e-3, uncertainty=Uncertainty(independent=1e-9), stimuli=(), time=1.0,
        gate=0.0, gate_current=0.0, bias=0.1, current=1e-4,
    )  # fmt: skip
    return Taken(step, step, Creep(value, sigma), [reading])


def test_a_measurement_is_not_told_what_it_has_told_itself():
    alone = taken("gate-step", 0.004, 0.0005)
    put_together([alone], BEFORE, "preset")
    assert alone.procedure.asked == [(0.01, 0.01)] * 2


def test_each_measurement_takes_what_the_others_tell_and_the_last_is_asked_first():
    first, last = taken("gated-field-loops", 0.004, 0.0005), taken("gate-step", 0.005, 0.001)
    once = told_again([first, last], {}, BEFORE, "preset")
    told_again([first, last], once, BEFORE, "preset")
    assert last.procedure.asked[0] == (0.01, 0.01)
    assert first.procedure.asked[0] == pytest.approx((0.005, 0.001))
    assert last.procedure.asked[1] == pytest.approx((0.004, 0.0005))
