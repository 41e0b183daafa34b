"""Above 42 V: refused before anything exists unless somebody says so, and shown wherever the run is."""

from __future__ import annotations

import pytest

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import LimitError
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.start import measure
from smtjlab.procedures.status import State
from smtjlab.procedures.to_pymeasure import as_pymeasure
from smtjlab.reports.page import page

HIGH = TransferCurve(start=40.0, stop=43.0, points=2, direction="up", averaging=1)
LOOP = """
from dataclasses import dataclass
from smtjlab.procedures.own_loop import OwnLoop

@dataclass(frozen=True, kw_only=True)
class Loop(OwnLoop):
    @classmethod
    def columns(cls):
        return {}

    def run(self, bench, recorder): ...
"""


@pytest.fixture
def bench(tmp_path):
    """A bench whose gate may go to 60 V, with a device that bears it."""
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    text = text.replace('["0 V", "0.6 V"]', '["0 V", "60 V"]').replace('slew = "0.5 V/s"', 'slew = "100 V/s"')
    (tmp_path / "high.toml").write_text(text + "breakdown = false\n", encoding="utf-8")
    return str(tmp_path / "high.toml")


def plan_of(bench, tmp_path, procedure=HIGH, **options) -> Plan:
    return Plan.of(
        Request.of(procedure, bench=bench, junction="fig5", model="static", runs=tmp_path / "runs", **options)
    )


def test_a_hazardous_voltage_is_refused_before_anything_exists(bench, out):
    with pytest.raises(
        ProcedureMistake, match=r"above 42 V must be allowed explicitly .* but one up to 43 V was asked"
    ):
        measure(HIGH, bench=bench, junction="fig5", model="static", out=out)
    assert not out.exists()


def test_up_to_42_v_nothing_need_be_said(bench, tmp_path):
    plan = plan_of(bench, tmp_path, TransferCurve(start=0.0, stop=42.0))
    assert (plan.largest_voltage, plan.hazard) == (42.0, "")


def test_the_word_is_part_of_the_request_and_old_requests_are_without(bench, tmp_path):
    request = plan_of(bench, tmp_path, hazardous=True).request
    fields = request.to_dict()
    assert Request(**fields) == request
    del fields["hazardous"]
    assert Request(**fields).hazardous is False


def test_a_limit_is_no_hazard_that_the_word_would_lift(bench, tmp_path):
    with pytest.raises(LimitError, match="`gate` must stay within 0 V and 60 V, but 61 V"):
        plan_of(bench, tmp_path, TransferCurve(start=0.0, stop=61.0), hazardous=True)


def test_a_loop_that_nobody_knows_beforehand_may_go_where_the_limits_let_it(bench, tmp_path):
    (tmp_path / "own.py").write_text(LOOP)
    request = Request(
        procedure=f"{tmp_path / 'own.py'}:Loop",
        parameters={},
        bench=bench,
        junction="fig5",
        model="static",
        runs=str(tmp_path),
    )
    with pytest.raises(ProcedureMistake, match="one up to 60 V was asked for without"):
        Plan.of(request)


def test_a_pymeasure_window_says_the_word_too(bench, out):
    with pytest.raises(ProcedureMistake, match="must be allowed explicitly"):
        as_pymeasure(TransferCurve, bench=bench, out=out)(stop=50.0).get_estimates()
    allowed = as_pymeasure(TransferCurve, bench=bench, out=out, hazardous=True)(stop=50.0)
    assert allowed.get_estimates()


def test_a_run_that_was_allowed_says_so_in_its_record_and_in_its_report(bench, out):
    run = measure(HIGH, bench=bench, junction="fig5", model="static", out=out, hazardous=True)
    assert run.status is State.DONE
    assert run.hazard == "HAZARDOUS VOLTAGE: up to 43 V"
    assert [reading.gate for reading in run.readings()] == pytest.approx([40, 43], abs=0.05)
    assert '<div class="banner hazard">HAZARDOUS VOLTAGE: up to 43 V</div>' in page(run)
