"""What runs of sites see to beside measuring: nothing is on while needles move, and what an open device reads."""

from types import SimpleNamespace

import pytest

from smtjlab.instruments.errors import UnsafeError
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.instruments.roles import Role
from smtjlab.instruments.safe_state import SafetyReport
from smtjlab.procedures.wafer.site_runs import SiteRuns, is_open

from .left_on import leave_on


@pytest.fixture
def bench(station):
    with open_bench(f"{station / 'bench.toml'}@smtj") as opened:
        yield opened


@pytest.fixture
def notes():
    return []


@pytest.fixture
def runs(bench, notes):
    recorder = SimpleNamespace(note=lambda kind, text: notes.append((kind, text)))
    return SiteRuns(bench, recorder, None, {})


def test_a_gate_that_was_left_on_is_off_before_needles_move(bench, runs, notes):
    leave_on(bench)
    assert bench.drivers["gate"].output_is_on()
    runs.switch_off()
    assert not bench.drivers["gate"].output_is_on()
    assert not bench.drivers["junction"].output_is_on()
    assert bench.drivers["prober"].is_in_contact(), "needles are not lifted on the way"
    assert not bench.keeps_contact
    [(kind, text)] = notes
    assert kind == "warning"
    assert "`gate`" in text
    runs.switch_off()
    assert len(notes) == 1


def test_needles_stay_where_an_output_does_not_go_off(bench, runs, monkeypatch):
    leave_on(bench)
    with monkeypatch.context() as patch:
        patch.setattr(bench, "make_safe", lambda: SafetyReport(safe=False))
        with pytest.raises(UnsafeError, match=r"must not move while an output is on, but .*gate.* NOT SAFE"):
            runs.switch_off()


def test_fields_and_heaters_stay_on_and_channels_are_asked_with_their_instrument(notes):
    def on():
        return SimpleNamespace(output_is_on=lambda: True)

    roles = {"dual": Role.SOURCE_METER_PAIR, "coil": Role.FIELD_SOURCE, "stage": Role.THERMOMETER}
    drivers = {"dual": SimpleNamespace(output_is_on=lambda: False), "junction": on(), "coil": on(), "stage": on()}
    entries = {name: SimpleNamespace(role=role) for name, role in roles.items()}
    SiteRuns(SimpleNamespace(bench=SimpleNamespace(instruments=entries), drivers=drivers), None, None, {}).switch_off()
    assert not notes


def reading(value, scatter=1e-9, offset=0.0, unit="S"):
    uncertainty = Uncertainty(independent=scatter, common={"offset": offset})
    return Reading(
        setpoint=Setpoint(), value=value, uncertainty=uncertainty, stimuli=(), time=0, gate=0, gate_current=0,
        bias=0.02, current=0, unit=unit,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ([reading(2e-9), reading(-1e-9)], True),
        ([reading(2e-9), reading(1e-4)], False),
        ([reading(20e-9, offset=1e-8)], True),
        ([reading(20e-9)], False),
        ([reading(None)], False),
        ([reading(1e-9, unit="V")], False),
        ([], False),
    ],
)
def test_an_open_device_has_no_reading_that_can_be_told_from_none(readings, found):
    assert is_open(readings) is found
