"""An instrument that is out of use is spoken to by nobody, and nothing is run on its bench."""

import pytest

from smtjlab.gui.models.in_use import InUse
from smtjlab.gui.models.lab import Lab
from smtjlab.gui.models.plan_check import check_plan
from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.procedures.transfer_curve import TransferCurve


@pytest.fixture
def lab(tmp_path):
    found = Lab("virtual", tmp_path)
    yield found
    found.close()


def test_it_is_out_of_use_on_its_own_bench_only():
    in_use, bench, other = InUse(), Bench.load("virtual"), Bench.load("two_axis")
    in_use.take_out(bench, "gate")
    assert (in_use.those_of(bench), in_use.fault(other)) == (["junction"], "")
    assert in_use.those_of(other) == list(other.instruments)


def test_a_plan_that_needs_it_is_refused_in_a_sentence(tmp_path):
    in_use = InUse()
    in_use.take_out(Bench.load("virtual"), "gate")
    told = {"bench": "virtual", "junction": "fig5-die", "model": "static", "runs": tmp_path, "in_use": in_use}
    assert "but `gate` is not" in check_plan(TransferCurve(), **told).fault
    in_use.bring_back(Bench.load("virtual"), "gate")
    assert check_plan(TransferCurve(), **told).fault == ""


def test_a_list_of_plans_is_not_started_either(lab):
    lab.add_to_plan()
    lab.disconnect("junction")
    with pytest.raises(InstrumentMistake, match="`junction`"):
        lab.start_plan()
    assert len(lab.plan.lines) == 1


def test_a_self_check_leaves_it_alone(lab, monkeypatch):
    asked = []
    monkeypatch.setattr(lab.desk, "look", lambda bench, only, *name: asked.append((bench, only, *name)))
    lab.disconnect("gate")
    lab.show(lab.runs / "no run")
    lab.look_at_bench()
    lab.connect("gate")
    assert asked[0][1] == ["junction"]
    assert asked[1][1:] == (["gate"], "connect")
