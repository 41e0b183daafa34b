import math

import numpy as np
import pytest

from smtjlab.simulation import Junction, ModelError
from smtjlab.simulation.gate_energy import OperationEnergy, gate_capacitance, gate_steps_energy, gilbert_loss

FIG5 = Junction.preset("fig5")


def test_assumed_pads_have_17_7_ff() -> None:
    assert gate_capacitance() == pytest.approx(17.708e-15, rel=1e-4)
    assert gate_capacitance(1e-6, 5000, 0.5e-3) == pytest.approx(88.5e-12, rel=1e-3)


def test_gilbert_loss_is_the_drop_of_magnetic_energy_at_the_final_voltage() -> None:
    assert gilbert_loss(FIG5, [0, 0], [0.3, 0.4]) == pytest.approx([0.694e-18, 7.31e-18], rel=2e-3)
    assert gilbert_loss(FIG5, [0.0], [0.2]) == pytest.approx([0.0], abs=1e-24)  # below the threshold nothing turns


def test_gilbert_loss_from_the_axis_has_a_closed_form() -> None:
    # e(0) - min e = (|A| - h)^2/(2 |A|) with A = H_k - H_s, h = H_d.
    stress = FIG5.stress_field_per_volt * 0.35 - FIG5.shape_field
    drop = (stress - FIG5.dipole_field) ** 2 / (2 * stress)
    expected = 4e-7 * math.pi * FIG5.saturation_magnetization * FIG5.volume * drop
    assert gilbert_loss(FIG5, [0.0], [0.35]) == pytest.approx([expected], rel=1e-7)


def test_a_step_charges_reads_and_leaks() -> None:
    found = gate_steps_energy(FIG5, [0.0, 0.3], [0.0, 1e-9], bias=0.1, leakage_resistance=1e9)
    assert found.charging == pytest.approx(0.797e-15, rel=1e-3)
    assert found.stored == pytest.approx(found.charging)
    assert found.read == pytest.approx(5.2e-15, rel=0.02)
    assert found.leakage == pytest.approx(0.3**2 / 1e9 * 1e-9)
    assert found.total == pytest.approx(found.charging + found.gilbert + found.read + found.leakage)
    near = gate_steps_energy(FIG5, [0.29, 0.30], 0.0, bias=0.0)
    assert near.charging == pytest.approx(0.9e-18, rel=0.02)


def test_there_and_back_stores_nothing_and_the_source_balances() -> None:
    found = gate_steps_energy(FIG5, [0.1, 0.35, 0.1], 1e-9, bias=0.0, capacitance=1e-15)
    assert found.stored == pytest.approx(0.0, abs=1e-30)
    assert found.charging == pytest.approx(1e-15 * 0.25**2)
    assert found.drawn == pytest.approx(1e-15 * 0.35 * 0.25)  # the way up alone
    assert found.returned == pytest.approx(1e-15 * 0.1 * 0.25)


def test_energies_of_operations_add_and_scale() -> None:
    gates = np.array([0.27, 0.3, 0.28, 0.31])
    whole = gate_steps_energy(FIG5, gates, 1e-9, bias=0.05)
    split = gate_steps_energy(FIG5, gates[:2], [1e-9, 0.0], bias=0.05) + gate_steps_energy(
        FIG5, gates[1:], 1e-9, bias=0.05
    )
    assert whole.total == pytest.approx(split.total, rel=1e-12)
    assert whole.scaled(1 / 3).gilbert == pytest.approx(whole.gilbert / 3)
    assert OperationEnergy().total == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"dwell": -1.0}, "`dwell` must be"),
        ({"dwell": [1e-9]}, "each of 2 gates"),
        ({"capacitance": -1e-15}, "`capacitance` must be"),
        ({"leakage_resistance": 0.0}, "`leakage_resistance` above 0"),
        ({"conductance": [1e-3, -1e-3]}, "`conductance` must be"),
    ],
)
def test_a_mistake_is_one_sentence(words: dict, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        gate_steps_energy(FIG5, [0.0, 0.3], **({"dwell": 0.0, "bias": 0.1} | words))
