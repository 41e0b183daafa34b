"""A form says at each field what is wrong with it."""

import pytest

from smtjlab.gui.models.form import Form, label
from smtjlab.procedures.find import packaged_procedures


@pytest.mark.parametrize("name", sorted(packaged_procedures()))
def test_the_defaults_of_every_procedure_stand_the_check_as_they_are_shown(name):
    form = Form(name)
    assert form.faults == {}
    assert form.summary


def test_a_bare_number_means_the_declared_unit():
    form = Form("transfer-curve")
    form.set("stop", "0.3")
    form.set("start", "50 mV")
    assert (form.procedure().start, form.procedure().stop) == (0.05, 0.3)


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("points", "1", "2 to"),
        ("points", "many", "many"),
        ("stop", "0.3 A", "V"),
        ("stop", "nan", "a number"),
        ("stop", "", "a number"),
    ],
)
def test_the_fault_stands_at_its_field(name, text, part):
    form = Form("transfer-curve")
    form.set(name, text)
    assert list(form.faults) == [name]
    assert part in form.fault(name)


def test_names_are_words():
    assert label("gate_current") == "Gate current"
