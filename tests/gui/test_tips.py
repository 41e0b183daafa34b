"""Tool tips say what a field is, and teach the physics behind it."""

from smtjlab.gui.models.tips import tip_of
from smtjlab.gui.tips import OF_PROCEDURES, TIPS
from smtjlab.procedures.find import packaged_procedures
from smtjlab.procedures.parameter import parameters_of

FIELDS = {name: parameters_of(procedure) for name, procedure in packaged_procedures().items()}


def test_every_tip_belongs_to_a_field_that_there_is():
    assert set(TIPS) <= {name for fields in FIELDS.values() for name in fields}
    assert all(set(names) <= set(FIELDS[procedure]) for procedure, names in OF_PROCEDURES.items())


def test_a_gate_voltage_is_told_with_limits_unit_and_symbol():
    tip = tip_of("transfer-curve", FIELDS["transfer-curve"]["stop"])
    assert tip.startswith("gate voltage at the far end – ")
    assert "in V" in tip
    assert "V_th = Γ + ν" in tip


def test_the_same_word_means_a_field_where_a_field_is_swept():
    assert "H_d" in tip_of("field-loop", FIELDS["field-loop"]["start"])
    assert "V_G" not in tip_of("multiplier-ac", FIELDS["multiplier-ac"]["lowest"])
