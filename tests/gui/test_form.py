"""A form says at each field what is wrong with it, and the measurement why it cannot be run."""

import pytest

from smtjlab.gui.models.form import Form, label
from smtjlab.gui.models.measurement import Measurement
from smtjlab.gui.models.offered import offered_procedures
from smtjlab.gui.models.plan_check import BELIEF, check_plan
from smtjlab.procedures.parameter import parameters_of
from smtjlab.procedures.wafer.named import recipe_path
from smtjlab.procedures.wafer.wafer_walk import WaferWalk

OFFERED = offered_procedures()
FIELDS = [(name, field) for name, kind in OFFERED.items() for field in parameters_of(kind).values()]
TYPED = [(name, field) for name, field in FIELDS if field.choices is None and field.kind is not bool]
"""The others can only be chosen."""
NUMBERS = [(name, field) for name, field in TYPED if field.kind in (int, float)]
BOUNDED = [(name, field) for name, field in NUMBERS if field.limits is not None]
NO_NUMBERS = ("x", "", "   ", "nan", "inf", "-inf", "1e999", "9" * 400, "1,5", "0x10", "--1", "½", "1 V V", "1 furlong")
WORDS = [(name, field) for name, field in TYPED if field.kind is str]
FREE = ("poling", "process")
"""Fields for whatever a person has to say, and for a file that is read only with the bench."""


def ids(fields):
    return [f"{name}.{field.name}" for name, field in fields]


def lone_fault(form, name, text):
    """Return what is said of a field that takes this text, and of no other; the field has its own text back then."""
    before = form.texts[name]
    form.set(name, text)
    faults = form.faults
    form.set(name, before)
    assert list(faults) in ([name], []), text
    return faults.get(name, "")


@pytest.fixture(scope="module")
def forms():
    return {name: Form(name, kind) for name, kind in OFFERED.items()}


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_the_defaults_of_every_procedure_stand_the_check_as_they_are_shown(name):
    form = Form(name)
    assert form.faults == {}
    assert form.summary


def test_a_bare_number_means_the_declared_unit():
    form = Form("transfer-curve")
    form.set("stop", "0.3")
    form.set("start", "50 mV")
    assert (form.procedure().start, form.procedure().stop) == (0.05, 0.3)


@pytest.mark.parametrize(("name", "field"), NUMBERS, ids=ids(NUMBERS))
def test_what_is_no_number_is_told_at_its_field(name, field, forms):
    other = "1 kg" if field.unit != "kg" else "1 V"
    for text in (*NO_NUMBERS, other):
        fault = lone_fault(forms[name], field.name, text)
        assert fault.endswith("."), text
        assert 20 < len(fault) < 220


@pytest.mark.parametrize(("name", "field"), BOUNDED, ids=ids(BOUNDED))
def test_a_number_out_of_bounds_is_told_at_its_field_with_the_bounds(name, field, forms):
    low, high = field.limits
    for value in (low - max(1e-6 * abs(low), 1e-9), 2 * high + 1) if field.kind is float else (low - 1, high + 1):
        assert field.describe_range() in lone_fault(forms[name], field.name, f"{value!r} {field.unit}".strip())


@pytest.mark.parametrize(("name", "field"), [one for one in NUMBERS if one[1].kind is int])
def test_half_of_a_whole_number_is_told_at_its_field(name, field, forms):
    assert "a whole number" in lone_fault(forms[name], field.name, f"{field.default + 0.5}")


@pytest.mark.parametrize(("name", "field"), WORDS, ids=ids(WORDS))
def test_words_that_mean_nothing_are_told_at_their_field(name, field, forms):
    meaningless = ("x", "nan", "9" * 400) if field.name not in FREE else ()
    for text in (*meaningless, *(("", "   ") if field.default else ())):
        assert 20 < len(lone_fault(forms[name], field.name, text)) < 240, text


@pytest.mark.parametrize(
    ("texts", "field", "part"),
    [
        ({"start": "400 mV"}, "start", "`stop` must differ"),
        ({"start": "300 mV", "stop": "0.3"}, "stop", "`stop` must differ"),
        ({"stop": "-100 mV"}, "stop", "(`polarity`)"),
        ({"stop": "-100 mV", "start": "nonsense"}, "start", "a number"),
    ],
)
def test_fields_that_are_wrong_together_are_told_at_the_one_that_was_changed(texts, field, part):
    form = Form("transfer-curve")
    for name, text in texts.items():
        form.set(name, text)
    assert list(form.faults) == [field]
    assert part in form.faults[field]


@pytest.mark.parametrize(
    ("name", "field", "text", "part"),
    [
        ("transfer-curve", "stop", "900 mV", "0 V and 600 mV"),
        ("transfer-curve", "bias", "1 V", "`junction` must stay within"),
        ("field-loop", "start", "2 T", "-400 mT and 400 mT"),
        ("multiplier", "series", "1 ohm", "50 ohm"),
        ("wafer-walk", "recipe", "none.toml", "No such file"),
        ("wafer-walk", "process", "none.toml", "No such file"),
    ],
)
def test_what_this_bench_cannot_do_is_told_at_the_field_that_asks_for_it(name, field, text, part, tmp_path):
    form = Form(name)
    form.set(field, text)
    assert form.faults == {}
    found = check_plan(form.procedure(), bench="virtual", junction="fig5", model="static", runs=tmp_path)
    assert found.at == field
    assert part in found.fault


def test_a_wafer_is_told_with_its_sites_and_its_time_and_whom_it_cannot_tell(tmp_path):
    told = {"bench": "virtual", "junction": "fig5", "model": "static", "runs": tmp_path}
    found = check_plan(WaferWalk(), **told)
    assert (found.fault, found.points) == ("", 160)
    assert found.seconds > 160
    recipe = tmp_path / "told.toml"
    recipe.write_text(recipe_path("quick").read_text() + '\n[[notify]]\ncommand = ["no-such-program"]\n')
    found = check_plan(WaferWalk(recipe=str(recipe)), **told)
    assert (found.at, "no-such-program" in found.fault) == ("recipe", True)


@pytest.mark.parametrize("junction", ["", "x", "none.toml", "/", "9" * 400])
def test_a_belief_that_is_none_is_told_at_its_field(junction, tmp_path):
    procedure = Form("transfer-curve").procedure()
    found = check_plan(procedure, bench="virtual", junction=junction, model="static", runs=tmp_path)
    assert found.at == BELIEF
    assert len(found.fault) < 220


@pytest.mark.parametrize("name", sorted({*OFFERED} - {"learning"}))  # whose whole course is foretold, for seconds
def test_every_procedure_can_be_run_on_the_virtual_bench_as_it_is_offered(name, tmp_path):
    found = check_plan(Form(name).procedure(), bench="virtual", junction="fig5-die", model="sllg", runs=tmp_path)
    assert (found.fault, found.at) == ("", "")
    assert found.points > 1


def test_a_measurement_says_which_field_keeps_it_from_being_run(tmp_path):
    measurement = Measurement("virtual", tmp_path)
    measurement.form.set("points", "1")
    measurement.check()
    assert measurement.why == "Points above needs another value."
    assert list(measurement.faults) == ["points"]
    measurement.form.set("points", "5")
    measurement.form.set("stop", "900 mV")
    measurement.check()
    while not measurement.take_check():
        pass
    assert list(measurement.faults) == ["stop"]
    assert "600 mV" in measurement.faults["stop"]
    assert measurement.why == "Stop above needs another value."
    measurement.close()


def test_names_are_words():
    assert label("gate_current") == "Gate current"
