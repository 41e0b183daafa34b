import pytest

from smtjlab.procedures import Procedure, TransferCurve
from smtjlab.procedures.errors import UnknownProcedure
from smtjlab.procedures.find import find_procedure, importable_name, packaged_procedures

OWN = """
from dataclasses import dataclass
from smtjlab.procedures import TransferCurve

@dataclass(frozen=True, kw_only=True)
class Slow(TransferCurve):
    pass
"""


def test_a_packaged_procedure_is_found_by_its_kebab_name():
    assert find_procedure("transfer-curve") is TransferCurve
    assert "transfer-curve" in packaged_procedures()


def test_a_procedure_is_found_in_a_module():
    assert find_procedure("smtjlab.procedures.transfer_curve:TransferCurve") is TransferCurve


def test_a_procedure_of_ones_own_is_found_in_a_file_and_named_for_another_process(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    found = find_procedure(f"{file}:Slow")
    assert issubclass(found, Procedure)
    assert importable_name(found) == f"{file}:Slow"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("transfer-curv", "No procedure is called 'transfer-curv'. There are .*transfer-curve"),
        ("nowhere.py:Slow", "nowhere.py does not"),
        ("no_such_module:Slow", "no_such_module cannot be imported"),
        ("smtjlab.procedures.transfer_curve:Nothing", "must define a procedure class `Nothing`"),
        ("smtjlab.procedures.run:Run", "must define a procedure class `Run`"),
        ("a b:C", "must be dotted words"),
    ],
)
def test_what_cannot_be_found_is_told_in_one_sentence(name, sentence):
    with pytest.raises(UnknownProcedure, match=sentence):
        find_procedure(name)


def test_a_class_that_no_other_process_can_import_is_refused():
    class Local(TransferCurve):
        pass

    with pytest.raises(UnknownProcedure, match="top level of a file"):
        importable_name(Local)
