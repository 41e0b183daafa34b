"""Every fault of a virtual bench says what it does."""

from smtjlab.gui.models.fault_kinds import fault_kinds
from smtjlab.instruments.virtual.faults import FaultKind


def test_every_kind_has_a_sentence():
    assert [name for name, _ in fault_kinds()] == list(FaultKind)
    assert all(meaning.endswith(".") for _, meaning in fault_kinds())
