"""The driver of the F41: its words on the wire, and the field it holds on the virtual bench."""

from __future__ import annotations

from functools import partial

import pytest

from smtjlab.instruments.errors import InstrumentReported, LimitError, SessionPoisoned, UnsafeError
from smtjlab.instruments.lakeshore_f41 import LakeShoreF41
from smtjlab.instruments.lakeshore_f41_specification import MEASURE_FIELD
from smtjlab.instruments.limits import FieldLimits
from smtjlab.instruments.session import Session
from smtjlab.instruments.station_roles import FieldSource, Gaussmeter

from .scripted import scripted

LIMITS = FieldLimits(field=(-0.3, 0.3), slew=0.1)
FINE = '0,"No error"'
ERRORS = ";:SYST:ERR:ALL?"
BENCH = """
[instruments.field]
driver = "lakeshore_f41:LakeShoreF41"
role = "field_source"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring.field]
probe = "coil"
output = "coil"

[limits.field]
field = ["-0.3 T", "0.3 T"]
slew = "0.1 T/s"

[truth.coil]
remanence = "2 mT"
"""

transcript = partial(scripted, LakeShoreF41, "gate")


def written(pairs):
    """`with written([(sent, answered), ...]) as field: ...`, each message with the question for the errors."""
    return transcript([(sent + ERRORS, answered) for sent, answered in pairs])


@pytest.fixture
def bench(in_process):
    return in_process(BENCH, magnets=("coil",))


@pytest.fixture
def field(bench):
    return LakeShoreF41(Session(bench, "TCPIP::field::INSTR", name="field"), clock=bench.visalib.clock)


@pytest.fixture
def ready(field):
    field.configure(LIMITS)
    field.switch_on()
    return field


def twin(bench):
    return bench.visalib.bench.instruments["field"]


def true_field(bench):
    world = bench.visalib.bench.world
    return world.magnet("field.probe").field(world.now())


def test_it_plays_the_role():
    with written([]) as field:
        assert isinstance(field, FieldSource)
        assert isinstance(field, Gaussmeter)


def test_every_message_asks_for_the_errors():
    with written([(":FETC:DC?", f"1.25000000E-02;{FINE}"), (":SOUR:FIEL:STAT?", f"0;{FINE}")]) as field:
        assert field.read_field() == 0.0125
        assert not field.output_is_on()


@pytest.mark.parametrize("word", ["9.9E37", "-9.9E+37", "9.91E37", "nan"])
def test_an_overflow_is_never_a_number(word):
    with written([(":FETC:DC?", f"{word};{FINE}")]) as field:
        assert field.read_field() is None


def test_an_error_is_raised_with_its_number_and_what_was_sent():
    with written([(":FETC:DC?", '-113,"Undefined header; FETC"')]) as field:
        with pytest.raises(
            InstrumentReported, match=r"reported -113, 'Undefined header; FETC' after ':FETC:DC\?'"
        ) as it:
            field.read_field()
        assert it.value.code == -113


@pytest.mark.parametrize("answer", ["", f"1;2;{FINE}", "0.1", f"x;{FINE}"])
def test_a_foreign_answer_poisons_the_session(answer):
    with written([(":FETC:DC?", answer)]) as field:
        with pytest.raises(SessionPoisoned, match="`gate` must"):
            field.read_field()
        assert field.session.poisoned


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (FieldLimits(field=(-4, 4), slew=1), r"within ±3\.5 T, but reach 4 T"),
        (FieldLimits(field=(-1, 1), slew=1, voltage=11), r"within 10 V, but is 11 V"),
    ],
)
def test_what_an_f41_cannot_do_is_refused_before_anything_is_sent(limits, sentence):
    with written([]) as field, pytest.raises(LimitError, match=sentence):
        field.configure(limits)


def test_nothing_is_driven_before_the_limits_are_programmed():
    with written([]) as field:
        for act in (field.switch_on, lambda: field.set_field(0.1)):
            with pytest.raises(UnsafeError, match="must be configured within its limits first"):
                act()


def test_the_unit_is_set_to_tesla_whatever_it_was(field, bench):
    field.session.write(":UNIT:FIELD GAUSS")
    field.configure(LIMITS)
    assert field.read_field() == pytest.approx(2e-3, abs=1e-4)


@pytest.mark.parametrize("tesla", [0.2, -0.05, 0.0])
def test_a_field_is_reached_settled_and_measured(ready, bench, tesla):
    measured = ready.set_field(tesla)
    spec = MEASURE_FIELD[1]
    assert measured == pytest.approx(tesla, abs=5 * spec.noise)
    assert true_field(bench) == pytest.approx(tesla, abs=spec.gain * abs(tesla) + spec.offset)


def test_the_field_never_moves_faster_than_the_slew_limit(ready, bench):
    start = bench.visalib.clock.now()
    ready.set_field(0.25)
    assert bench.visalib.clock.now() - start >= 0.25 / 0.1 * 0.999


def test_a_field_outside_the_limits_is_refused(ready):
    with pytest.raises(LimitError, match="must stay within -300 mT and 300 mT"):
        ready.set_field(0.31)
    assert ready.number(":SOUR:FIEL:CLL:SETP?") == 0


def test_a_field_that_the_output_cannot_reach_is_told(field):
    field.configure(FieldLimits(field=(-0.3, 0.3), slew=0.1, voltage=1.0))
    field.switch_on()
    with pytest.raises(InstrumentReported, match=r"must (reach|settle at) 0\.2 T, but .*"):
        field.set_field(0.2)


def test_a_control_that_has_gone_off_by_itself_is_told(ready, bench):
    ready.set_field(0.05)
    bench.visalib.bench.fail("field", "quench", at=bench.visalib.clock.now() + 0.1)
    with pytest.raises(InstrumentReported, match=r"`field` must reach 0.1 T in time, but its control has gone off"):
        ready.set_field(0.1)


def test_without_its_probe_it_is_not_switched_on(field, bench):
    field.configure(LIMITS)
    assert field.probe_is_there()
    twin(bench).probe_connected = False
    assert not field.probe_is_there()
    with pytest.raises(UnsafeError, match="must see the field before its loop is closed"):
        field.switch_on()


def test_an_output_that_is_on_is_not_reconfigured(ready):
    with pytest.raises(UnsafeError, match="must be off while it is configured"):
        ready.configure(LIMITS)


def test_a_setting_that_reads_back_other_than_set_is_unsafe(field, bench, monkeypatch):
    monkeypatch.setattr(twin(bench).control, "voltage_limit", 5.0)
    field.session.write(":SOUR:FIEL:VLIM 5")
    exchange = field._exchange
    monkeypatch.setattr(
        field, "_exchange", lambda sent: [] if sent.startswith(":SOUR:FIEL:VLIM 10") else exchange(sent)
    )
    with pytest.raises(UnsafeError, match=r":SOUR:FIEL:VLIM\? of `field` must read 10"):
        field.configure(LIMITS)


def test_it_ramps_to_zero_before_its_output_goes_off(ready, bench):
    ready.set_field(0.2)
    start = bench.visalib.clock.now()
    ready.ramp_off(LIMITS)
    assert not ready.output_is_on()
    assert bench.visalib.clock.now() - start >= 2.0 * 0.99
    bench.visalib.clock.sleep(1)
    assert true_field(bench) == pytest.approx(2e-3, abs=1e-6)
    assert not twin(bench).output_is_on


def test_it_can_be_switched_off_from_any_field(ready):
    ready.set_field(0.2)
    ready.switch_off()
    assert not ready.output_is_on()
    with pytest.raises(UnsafeError, match="must be on before it is asked for a field"):
        ready.set_field(0.1)


def test_a_loop_that_does_not_settle_is_opened_again(bench, field, monkeypatch):
    field.configure(LIMITS)
    readings = iter([0.0, 0.0])
    monkeypatch.setattr(field, "read_field", lambda: next(readings, 0.05))
    with pytest.raises(InstrumentReported, match=r"must settle at 0 T, but reads 0\.05 T"):
        field.switch_on()
    assert not twin(bench).output_is_on
