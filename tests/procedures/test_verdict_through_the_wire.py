"""Wrong models caught in what the virtual bench says to the drivers over VISA: 82 readings, four averaged each."""

import re
from importlib import resources

import numpy as np
import pytest

from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.procedures.observed import Observed
from smtjlab.procedures.transfer_curve import TransferCurve
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.inference.static_fit import believed, fit_of_transfer
from smtjlab.simulation.inference.transfer_verdict import transfer_verdict

FIG5 = Belief.preset("fig5")
ALIGNED = {"transverse_ratio": Estimate(0.0, 0.0)}
LOOPS = {"conductance_antiparallel": Estimate(1 / 2000, 0.0), "resistance_parallel": Estimate(1000.0, 0.0)}


def judged(tmp_path, truth, held, **parameters):
    """Return the verdict on a transfer curve of a junction that is Fig. 5's but for `truth`."""
    text = (resources.files("smtjlab.instruments.benches") / "virtual.toml").read_text(encoding="utf-8")
    path = tmp_path / "bench.toml"
    path.write_text(re.sub(r"spread = .*", "\n".join(truth), text), encoding="utf-8")
    procedure = TransferCurve(points=41, **parameters)
    with InProcessBench(read_once(path, in_process=True)) as bench:
        device = bench.open().device
        device.check(procedure.setpoints())
        procedure.prepare(device)
        readings = [procedure.measure(device, setpoint) for setpoint in procedure.setpoints()]
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
def test_what_the_bench_hides_and_the_fit_leaves_out_is_suspected(tmp_path, truth, held, suspect):
    verdict, noise = judged(tmp_path, truth, held)
    assert noise < 5e-5
    assert (verdict.p_value < 1e-3, verdict.suspect) == (True, suspect)


def test_leads_of_five_ohm_are_found_by_two_wires_that_are_thought_to_be_four(tmp_path):
    verdict, _ = judged(tmp_path, ["lead_resistance = 5.0"], ALIGNED | LOOPS, four_wire=False)
    assert (verdict.p_value < 1e-3, verdict.suspect) == (True, "series resistance")


def test_nothing_is_found_where_nothing_is_hidden(tmp_path):
    verdict, _ = judged(tmp_path, [], ALIGNED)
    assert verdict.agrees, verdict.sentence
