"""A run whose needles hang in the air: it ends with the lead that is open, safe, before the gate has moved."""

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.start import RunFailed, measure
from smtjlab.procedures.status import State

SHORT = TransferCurve(points=3, direction="up", averaging=1)
PROBER = """
[instruments.prober]
driver = "mpi_sentio:MpiSentio"
role = "prober"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring]
"prober.chuck" = "device"
"""


def test_a_run_with_lost_needles_ends_in_one_sentence_and_safe(out, tmp_path):
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("[wiring]", PROBER, 1)
    (tmp_path / "bench.toml").write_text(f"{text}contacted = false\n", encoding="utf-8")
    with pytest.raises(RunFailed, match=r"which is none: a force lead or a needle is likely open\.$") as ended:
        measure(SHORT, bench=str(tmp_path / "bench.toml"), junction="fig5", model="static", out=out)
    run = ended.value.run
    assert (run.status, run.points_taken) == (State.FAILED, 0)
    assert [event.payload["safe"] for event in run.events() if event.kind == "safety"] == [True]


def test_the_model_lives_through_the_check_of_the_leads(out):
    run = measure(SHORT, bench="virtual", junction="fig5", model="static", out=out)
    first, second, *_ = run.readings()
    low = [one for one in first.stimuli if 1e-3 < abs(one.bias) < 0.02]
    assert low
    assert not any(1e-3 < abs(one.bias) < 0.02 for one in second.stimuli)
    assert set(run.expectations()) == {0, 1, 2}
