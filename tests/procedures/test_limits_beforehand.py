"""Every limit holds for the whole list of setpoints before anything exists."""

from __future__ import annotations

import pytest

from smtjlab.instruments.errors import LimitError
from smtjlab.procedures.plan import Plan, Request

PROCEDURE = """
from dataclasses import dataclass
from smtjlab.instruments.reading import Setpoint
from smtjlab.procedures.parameter import parameter
from smtjlab.procedures.procedure import Procedure

@dataclass(frozen=True, kw_only=True)
class Third(Procedure):
    quantity: str = parameter("gate", doc="what the third setpoint asks for")
    value: str = parameter("0", doc="how much of it")

    def setpoints(self):
        return [Setpoint(gate=0.0, bias=0.1), Setpoint(gate=0.1), Setpoint(**{self.quantity: float(self.value)})]

    def prepare(self, device):
        device.prepare(bias=0.1)

    def measure(self, device, setpoint):
        device.apply(setpoint)
        return device.conductance()

    def time_per_setpoint(self):
        return 0.1
"""


@pytest.fixture
def plan(tmp_path):
    """Return the plan of that procedure on a bench."""
    (tmp_path / "third.py").write_text(PROCEDURE)

    def make(quantity: str, value: float, bench: str = "full") -> Plan:
        return Plan.of(
            Request(
                procedure=f"{tmp_path / 'third.py'}:Third",
                parameters={"quantity": quantity, "value": str(value)},
                bench=bench,
                junction="fig5",
                model="static",
                runs=str(tmp_path / "runs"),
            )
        )

    return make


@pytest.mark.parametrize(
    ("quantity", "most"), [("gate", 10.0), ("bias", 0.3), ("field", 0.1), ("temperature", 400.0), ("dwell", 1e6)]
)
def test_the_most_that_a_limit_lets_is_planned(plan, quantity, most):
    assert len(plan(quantity, most).setpoints) == 3


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("gate", -10.1), ("bias", 0.31), ("field", 0.11), ("temperature", 401.0), ("temperature", 0.0), ("dwell", -1.0)]
    + [(name, float(text)) for name in ("gate", "bias", "field", "temperature", "dwell") for text in ("nan", "inf")],
)
def test_what_is_beyond_a_limit_is_refused_with_its_place_in_the_list(plan, tmp_path, quantity, value):
    with pytest.raises(LimitError, match=r"must .* but .* \(setpoint 3 of 3\)"):
        plan(quantity, value)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("quantity", ["field", "temperature"])
def test_what_the_bench_has_not_is_refused(plan, quantity):
    with pytest.raises(LimitError, match=rf"leave the {quantity} alone, .* \(setpoint 3 of 3\)"):
        plan(quantity, 300.0, bench="virtual")


def test_the_estimated_time_counts_the_ramps_of_field_and_temperature(plan):
    without = plan("dwell", 0.0).estimated_time()
    assert plan("field", 0.1).estimated_time() - without == pytest.approx(2 * 0.1 / 0.05)
    assert plan("temperature", 300.0).estimated_time() == pytest.approx(without)
