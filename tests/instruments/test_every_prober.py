"""What the drivers of all probers do, each on its twin."""

from __future__ import annotations

import pytest

from smtjlab.instruments.errors import LimitError, UnsafeError
from smtjlab.instruments.formfactor_velox import FormfactorVelox
from smtjlab.instruments.limits import ContactLimits
from smtjlab.instruments.mpi_sentio import MpiSentio
from smtjlab.instruments.safe_state import SafePlan, SafeStep, carry_out
from smtjlab.instruments.station_roles import Prober
from smtjlab.instruments.virtual.formfactor_velox import FormfactorVelox as VirtualVelox
from smtjlab.instruments.virtual.mpi_sentio import MpiSentio as VirtualSentio


@pytest.fixture(params=[(FormfactorVelox, VirtualVelox), (MpiSentio, VirtualSentio)], ids=["velox", "sentio"])
def model(request):
    """A driver and its twin."""
    return request.param


def test_it_plays_the_role(prober):
    assert isinstance(prober, Prober)
    assert prober.check_errors() == []
    assert not prober.output_is_on()
    assert prober.safe_step("needles", None).off == ()


def test_needles_go_down_and_up_and_are_read_back(ready, twin):
    ready.contact()
    assert ready.is_in_contact()
    assert twin.station.chuck.made
    ready.separate()
    assert not ready.is_in_contact()


def test_a_die_is_gone_to_separated(ready, twin):
    ready.contact()
    assert ready.go_to_die(2, -1) == (2, -1)
    assert ready.die() == (2, -1)
    assert not twin.station.chuck.contact


def test_the_whole_route_is_walked(ready):
    dies = [ready.step_first_die()]
    while (die := ready.step_next_die()) is not None:
        dies.append(die)
    assert len(set(dies)) == len(dies) == 49
    assert ready.die() == dies[-1]


def test_contacts_are_counted_and_limited(ready, twin):
    for _ in range(3):
        ready.contact()
        ready.contact()  # is there already
        ready.separate()
    with pytest.raises(LimitError, match="touch down at most 3 times"):
        ready.contact()
    assert twin.station.chuck.touchdowns == 3


def test_a_touchdown_by_any_other_command_counts_too(ready, twin):
    for _ in range(3):
        ready.separate()
        ready._raise()  # as a step that ends in contact does, or somebody at the prober
        ready.contact()  # is there already
    assert ready.contacts == twin.station.chuck.touchdowns == 3
    ready.separate()
    with pytest.raises(LimitError, match="touch down at most 3 times"):
        ready.contact()


def test_needles_stay_up_before_limits_are_known(prober):
    with pytest.raises(UnsafeError, match="must be configured within its limits first"):
        prober.contact()


def test_a_session_that_lost_its_line_is_healed_by_its_identity(ready):
    ready.session.poison("for the test")
    ready.session.heal()
    assert ready.die() == (0, 0)


def safe(ready, *before):
    lifting = ready.safe_step("needles", ContactLimits(separate=True))
    plan = SafePlan(visa_library="@py", steps=(*before, lifting))
    return carry_out(plan, sessions={"needles": ready.session, "gate": ready.session})


def test_needles_are_lifted_at_the_end_where_the_limits_say_so(ready, twin):
    ready.contact()
    report = safe(ready)
    assert report.safe
    assert not twin.station.chuck.contact
    assert "Needles lifted." in [found["text"] for found in report.findings]


def test_needles_stay_down_while_a_source_is_not_off(ready, twin):
    ready.contact()
    live = SafeStep(
        instrument="gate",
        address=ready.session.address,
        identity=ready.identity_pattern,
        identity_query=ready.identity_query,
        matches=dict.fromkeys(ready.separated, "never"),
        echo=None,
    )
    report = safe(ready, live)
    assert not report.safe
    assert twin.station.chuck.contact
    assert "It stays as it is" in report.findings[-1]["text"]
