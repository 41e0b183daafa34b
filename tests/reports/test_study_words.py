"""What the studies say is taken from their numbers, whatever those are."""

import numpy as np
import pytest

from smtjlab.reports.energy_study import energy_study
from smtjlab.reports.stability_study import stability_study
from smtjlab.reports.switching_figure import map_figure
from smtjlab.reports.switching_study import mechanism_rows, switching_study
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.current_switching import SpinTransferSwitching
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.stability import stability
from smtjlab.simulation.switching import mechanisms
from smtjlab.simulation.voltage_switching import StrainSwitching, VoltageAnisotropySwitching

from .study_fakes import curve, switching, two_curves


def studied(junction, gate=None, **conditions):
    found = stability(junction, gate, **conditions)
    return stability_study(found, Belief(junction), "some", "smtjlab study stability")


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Leave the figures undrawn: their words are what is looked at here."""
    for name in ("stability_figure", "switching_figure", "energy_study"):
        monkeypatch.setattr(f"smtjlab.reports.{name}.drawn", lambda name, *_, **__: f"<svg>{name}</svg>")


@pytest.fixture(scope="module")
def fig5():
    return Junction.preset("fig5")


def test_the_finding_is_where_the_paper_is_right(fig5):
    finding = studied(fig5).finding
    assert "only from 12 mV to 21.2 mV above the threshold of 263.6 mV" in finding
    assert "it runs from 0 to 110 kT" in finding


def test_a_hop_between_mirror_wells_is_told_to_leave_the_conductance_alone(fig5):
    found = studied(fig5)
    assert found.remarks[0].startswith("A hop between the wells leaves G alone")
    assert dict(found.facts)["change of G by a hop"] == "none: the wells are mirror images"


def test_a_hop_between_unequal_wells_is_told_to_change_it(fig5):
    found = studied(fig5.changed(hard_layer_angle=0.01))
    assert "a misaligned hard layer breaks the symmetry" in found.remarks[0]
    assert dict(found.facts)["change of G by a hop"].startswith("up to 5.6")
    assert {"barrier_upper", "barrier_lower"} <= {column.name for column in found.columns}


def test_the_same_words_hold_for_the_other_sign_of_the_gate(fig5):
    finding = studied(fig5.changed(gate_sign=-1)).finding
    assert "only from 12 mV to 21.2 mV above the threshold of −263.6 mV" in finding


def test_a_junction_that_never_reaches_the_papers_words_is_told_so(fig5):
    grain = fig5.changed(major_axis=10e-9, minor_axis=9e-9, thickness=0.5e-9, dipole_field=100.0)
    assert studied(grain).finding.startswith("At no gate does the barrier")


def test_one_gate_and_gates_below_the_threshold_have_a_page(fig5):
    assert len(studied(fig5, [0.3]).columns[0].values) == 1
    below = studied(fig5, np.linspace(0, 0.2, 5))
    assert dict(below.facts)["barrier at the gates asked for"] == "none: there is no other well across the easy axis"


def test_wells_that_the_shape_keeps_apart_are_named(fig5):
    memory = studied(fig5.changed(dipole_field=0.0))
    [remark] = [remark for remark in memory.remarks if "two wells along the easy axis" in remark]
    assert "48.3 kT out of the shallower one" in studied(fig5.changed(dipole_field=0.0), [0.0, 0.1]).remarks[-2]
    assert remark.startswith("At ")
    assert not any("two wells along the easy axis" in remark for remark in studied(fig5).remarks)


def test_switching_tells_best_point_and_the_widths_around_it():
    widths = np.linspace(0.2e-9, 3e-9, 15)
    found = switching_study(switching(widths=widths), "fig5", "command", seed=0, key="strain")
    assert found.finding.startswith("Of 100 replicas, 95 % switch at the best of 15 points (95 % interval")
    assert "of that point alone 88.8 % to 97.8 %)" in found.finding
    assert any("does not allow for the choice" in remark for remark in found.remarks)
    assert found.finding.endswith("they switch at a pulse width from 800 ps to 1.6 ns only.")
    assert len(found.figures) == 1


def test_switching_that_lasts_is_told_to_begin():
    found = switching(widths=np.linspace(0.5e-9, 3e-9, 6), window=(1.4e-9, 1.0))
    text = switching_study(found, "fig5", "command", seed=0, key="strain").finding
    assert text.endswith("they switch from a pulse width of 1.5 ns on.")


def test_widths_in_any_order_and_one_point_alone_have_words():
    backwards = switching(widths=np.linspace(3e-9, 0.2e-9, 15))
    assert "from 800 ps to 1.6 ns only" in switching_study(backwards, "x", "c", seed=0, key="k").finding
    alone = switching_study(switching(), "x", "c", seed=0, key="k").finding
    assert "at the one point asked for (95 % interval 88.8 %" in alone
    assert alone.endswith("a pulse.")


def test_two_varied_axes_have_a_map_and_current_densities_their_unit():
    stt = SpinTransferSwitching()
    found = switching(stt, widths=np.linspace(0.2e-9, 3e-9, 8), amplitudes=np.linspace(1e11, 4e11, 7))
    study = switching_study(found, "x", "c", seed=0, key="stt")
    assert [figure.name for figure in study.figures] == ["lines", "map"]
    assert "× 10¹¹ A/m²" in study.finding
    assert len(study.columns[0].values) == 56
    assert map_figure(switching(stt, widths=[1e-9, 2e-9], amplitudes=[1e11, 2e11])) is None


def test_energies_are_compared_at_one_error():
    finding = energy_study(two_curves(), "c", seed=0).finding
    assert finding == (
        "Where at most 1 % of the pulses fail, one takes at least 400 fJ by STT; "
        "that is not reached by strain (5 % at best)."
    )


def test_mechanisms_that_reach_the_error_are_ranked():
    cheap = curve(StrainSwitching(), [1e-18, 3e-18], [500, 1])
    finding = energy_study([two_curves()[0], cheap], "c", seed=0).finding
    assert finding.startswith(
        "Where at most 1 % of the pulses fail, one takes at least 3 aJ by strain and 400 fJ by STT"
    )


def test_where_nothing_failed_the_limit_is_told():
    facts = dict(energy_study(two_curves(), "c", seed=0).facts)
    assert facts["STT, pulses of 5 ns: least error"].endswith("error below 0.38 %")


def test_the_papers_judgement_is_held_against_the_numbers():
    remark = energy_study(two_curves(), "c", seed=0).remarks[0]
    assert "the first is so here, the second too" in remark


def test_every_mechanism_has_a_look_and_its_energy_explained():
    curves = [curve(mechanism, [1e-15, 2e-15], [500, 3]) for mechanism in mechanisms()]
    study = energy_study(curves, "c", seed=0)
    assert "as the mechanism says" not in str(study.assumptions)
    assert len(study.junctions) == len(curves)


def test_fields_that_turn_the_layer_before_the_pulse_are_told():
    fields = [-500.0, 0.0, 100.0]
    strong = switching_study(switching(fields=fields, astray=[0.8, 0.0, 0.0]), "x", "c", seed=0, key="k")
    told = next(remark for remark in strong.remarks if "by itself" in remark)
    assert "Fields up to −0.5 kA/m are near or above the anisotropy field H_k of 0.3873 kA/m" in told
    assert "up to 80 % of the replicas had left the side on which they started, in a field of −0.5 kA/m" in told
    weak = switching_study(switching(fields=[-100.0, 100.0]), "x", "c", seed=0, key="k")
    assert not any("by itself" in remark for remark in weak.remarks)


def test_voltages_near_breakdown_are_told():
    vcma = VoltageAnisotropySwitching()
    remarks = energy_study([*two_curves(), curve(vcma, [1e-15, 2e-15], [500, 3])], "c", seed=0).remarks
    assert any("Voltages across the barrier go up to 1.484 V by STT, 1.59 V by VCMA" in remark for remark in remarks)
    assert not any("break down" in remark for remark in energy_study(two_curves()[1:], "c", seed=0).remarks)


def test_energies_are_told_to_leave_out_the_damping_like_torque():
    study = energy_study(two_curves(), "c", seed=0)
    assert any("The work of the damping-like torque of a current is left out" in remark for remark in study.remarks)
    assert "found among about 130 pairs" in dict(study.assumptions)["choice of the examples"]


def test_the_wait_before_the_pulse_is_told():
    rows = dict(mechanism_rows(VoltageAnisotropySwitching()))
    assert rows["equilibration"] == "16.84 ns, eight decay times of the slowest mode"
    assert rows["voltage across the barrier at the usual amplitude"] == "1.06 V"
