from smtjlab.reports.energy_table import energies_of_a_run, energy_headings, energy_rows
from smtjlab.simulation import Junction
from smtjlab.simulation.gate_energy import OperationEnergy, gate_steps_energy


def test_a_run_is_listed_per_step_and_per_operation() -> None:
    whole = gate_steps_energy(Junction.preset("fig5"), [0.0, 0.3], [0.0, 1e-9], bias=0.1)
    energies = energies_of_a_run(whole.scaled(8), steps=8, operations=4)
    assert energy_headings(energies) == ("part", "per gate step", "per operation", "whole run")
    rows = {name: shown for name, *shown in energy_rows(energies)}
    assert rows["charging C (ΔV)²/2"] == ["797 aJ", "1.59 fJ", "6.38 fJ"]
    assert rows["Gilbert loss"][0] == "0.694 aJ"
    assert rows["leakage V²t/R"] == ["0 J", "0 J", "0 J"]


def test_without_operations_there_is_no_column_of_them() -> None:
    assert list(energies_of_a_run(OperationEnergy(), steps=3, operations=0)) == ["per gate step", "whole run"]
