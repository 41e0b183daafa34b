"""What the drivers of all probers do, each on its twin."""

from __future__ import annotations

import re

import pytest

from smtjlab.instruments.errors import InstrumentReported, LimitError, UnsafeError
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


def test_a_place_is_gone_to_separated_and_read_back(ready, twin):
    ready.contact()
    assert ready.go_to(12.3e-3, -4.5678e-3) == pytest.approx((12.3e-3, -4.5678e-3), abs=1e-9)
    assert ready.position() == pytest.approx(twin.station.at_home, abs=1e-9)
    assert not twin.station.chuck.contact


def test_a_place_out_of_travel_is_refused_before_anything_moves(prober, twin):
    prober.configure(ContactLimits(travel=50e-3))
    prober.contact()
    with pytest.raises(LimitError, match=r"within 50 mm of home, but was asked to go to 40 mm, -40 mm"):
        prober.go_to(40e-3, -40e-3)
    with pytest.raises(LimitError, match="must go to a place, but was asked to go to nan"):
        prober.go_to(float("nan"), 0)
    assert twin.station.chuck.contact


def test_a_place_that_the_prober_itself_does_not_reach_is_told(ready):
    with pytest.raises(InstrumentReported, match="out of reach"):
        ready.go_to(0.5, 0)


def test_the_chuck_turns_separated(ready, twin):
    twin.station.aligned_angle = twin.station.theta = 1.0
    ready.contact()
    assert ready.turn(-0.25) == pytest.approx(-0.25, abs=1e-4)
    assert twin.station.theta == pytest.approx(0.75, abs=1e-4)
    assert not twin.station.chuck.contact


def test_overtravel_is_set_within_the_limits_and_read_back(prober, twin):
    prober.configure(ContactLimits(overtravel=60e-6))
    twin.station.overtravel_is_on = False
    assert prober.overtravel() == 0
    assert prober.set_overtravel(55e-6) == pytest.approx(55e-6, abs=1e-9)
    prober.contact()
    assert twin.station.chuck.overtravel == pytest.approx(55e-6, abs=1e-9)
    with pytest.raises(LimitError, match=r"must be 0 to 60 um, but 7e-05 m was asked for"):
        prober.set_overtravel(70e-6)


def test_overtravel_that_somebody_has_set_at_the_prober_is_read(ready, twin):
    twin.station.overtravel = 80e-6
    with pytest.raises(LimitError, match=r"must be at most 60 um, but 80 um is set at the prober"):
        ready.configure(ContactLimits(overtravel=60e-6))
    twin.station.overtravel = 60e-6
    ready.configure(ContactLimits(overtravel=60e-6, cleaning=(60e-3, 0.0)))
    twin.station.overtravel = 62e-6
    for movement in (ready.contact, ready.clean):
        with pytest.raises(LimitError, match="but 62 um is set at the prober"):
            movement()
    assert (ready.contacts, twin.station.chuck.touchdowns) == (0, 0)


@pytest.mark.parametrize(("below", "up"), [(0.0, False), (1.1e-6, False), (124e-6, False), (126e-6, True)])
def test_needles_are_up_from_half_the_separation_on(ready, twin, below, up):
    twin.station.z = twin.station.contact_height - below
    assert ready.is_in_contact() is (below == 0)
    assert ready.is_separated() is up


@pytest.mark.parametrize(("gap", "up"), [(0.0, False), (9e-6, False), (11e-6, True)])
def test_a_separation_that_separates_nothing_is_none(ready, twin, gap, up):
    twin.station.separation_gap = gap
    ready.contact()
    if up:
        ready.separate()
        assert ready.is_separated()
    else:
        with pytest.raises(UnsafeError, match="must read separation"):
            ready.separate()


def test_pads_are_touched_so_often_and_no_more(prober):
    prober.configure(ContactLimits(contacts_per_pad=3))
    prober.know_pads({(1e-3, 0.0): 2})
    prober.go_to(1e-3, 0)
    prober.contact()
    prober.separate()
    with pytest.raises(LimitError, match="touch down at most 3 times on the same pads"):
        prober.contact()
    prober.go_to(2e-3, 0)
    prober.contact()


def test_needles_are_cleaned_when_it_is_time(prober, twin):
    prober.configure(ContactLimits(cleaning_interval=2, cleaning=(60e-3, 0.0)))
    for _ in range(2):
        prober.contact()
        prober.separate()
    assert prober.needs_cleaning
    with pytest.raises(LimitError, match="must be cleaned after 2 touchdowns, but have touched down 2 times since"):
        prober.contact()
    prober.clean()
    assert twin.station.at_home == pytest.approx((60e-3, 0))
    assert not twin.station.chuck.contact
    assert not prober.needs_cleaning
    prober.contact()


def test_needles_that_are_cleaned_by_hand_are_told(prober):
    prober.configure(ContactLimits(cleaning_interval=1))
    prober.contact()
    with pytest.raises(LimitError, match="must name a place for `cleaning`"):
        prober.clean()
    prober.cleaned()
    assert not prober.needs_cleaning


@pytest.mark.parametrize(("name", "gone"), [("vacuum", False), ("home", None), ("contact_height", None)])
def test_what_is_gone_is_told(ready, twin, name, gone):
    ready.check_ready()
    setattr(twin.station, name, gone)
    with pytest.raises((UnsafeError, InstrumentReported)):
        ready.check_ready()


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
    told = report.findings[-1]["text"]
    assert all(re.search(rf"{re.escape(query)} [^.,]", told) for query in ready.separated)  # with what was answered
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
