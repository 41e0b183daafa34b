"""A divider through the wire: its outputs are those of the closed forms, and what cannot be is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Reading
from smtjlab.instruments.virtual.truth import read_truth
from smtjlab.procedures.divider import Divider
from smtjlab.procedures.errors import ParameterError, ProcedureMistake
from smtjlab.procedures.plan import Plan, Request
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.divider import active_divider, passive_divider
from smtjlab.simulation.predict import predict
from smtjlab.simulation.toml_file import TomlFile

QUICK = {"points": 5, "averaging": 1}


def measured(procedure: Divider) -> list[Reading]:
    with open_bench(f"{procedure.wired_bench}@smtj") as bench:
        device = procedure.reached(bench)
        device.check(procedure.setpoints())
        procedure.prepare(device)
        return [procedure.measure(device, one) for one in procedure.setpoints()]


def true_conductance(gate: float) -> float:
    """Return what the virtual bench's junction has at a gate in V, in S."""
    bench = Bench.load("divider")
    assert bench.virtual is not None
    truth = read_truth(TomlFile.read(bench.path), bench.virtual.seed, bench.devices, bench.magnets)
    return float(predict(truth.devices["device"].junction, "boltzmann", np.array([gate])).conductance[0])


@pytest.mark.parametrize("form", ["passive", "active", "amplifier"])
def test_the_output_is_the_one_of_the_closed_form(form: str) -> None:
    """To 0.5 %: gains and offsets of three instruments, a gate a few tenths of a mV off among them.

    An amplifier turns the sign, and is off by 3e-6 by its gain.
    """
    procedure = Divider(form=form, **QUICK)
    for reading in measured(procedure):
        first = reading.setpoint.levels["forced" if form == "active" else "junction"] / procedure.per_volt
        g = np.array([true_conductance(reading.gate)])
        law = passive_divider if form == "passive" else active_divider
        wanted = abs(float(law(np.array([first]), procedure.series, g)[0]))
        assert reading.value is not None
        assert abs(reading.value) == pytest.approx(wanted, rel=5e-3)
        assert np.sign(reading.value) == (-np.sign(first) if form == "amplifier" else np.sign(first))


def test_the_datasheet_has_the_ratio_error_that_v_g_as_divisor_must_have() -> None:
    procedure = Divider(**QUICK)
    sheet = procedure.datasheet(measured(procedure))
    gates = np.linspace(procedure.start, procedure.stop, procedure.points)
    quotient = gates / np.array([true_conductance(float(gate)) for gate in gates])
    wanted = (quotient.max() - quotient.min()) / (quotient.max() + quotient.min())
    found = sheet.extraction.estimate("ratio_error")
    assert found is not None
    assert found.value == pytest.approx(wanted, rel=0.02)


def test_noise_of_a_source_that_the_repeats_have_shown_is_not_added_once_more() -> None:
    procedure = Divider(**QUICK)
    readings = measured(procedure)

    def scale(**told: Any) -> float:
        budgets = [replace(one.uncertainty, specified=1e-7, independent=3e-7, **told) for one in readings]
        changed = [replace(one, uncertainty=new) for one, new in zip(readings, budgets, strict=True)]
        return float(procedure.datasheet(changed).extraction.statistical[0, 0])

    noise = {"forced": 2e-9}
    assert scale(level_scatter=noise, level_noise=noise) == scale(level_scatter={}, level_noise={})
    assert scale(level_scatter=noise, level_noise={}) > 2 * scale(level_scatter={}, level_noise={})


def plan(tmp_path: Path, bench: str = "virtual", **parameters: object) -> Plan:
    procedure = Divider.from_values(parameters)
    return Plan.of(Request.of(procedure, bench=bench, junction="fig5-die", model="static", runs=tmp_path))


def test_virtual_stands_for_the_bench_that_is_wired_for_it(tmp_path: Path) -> None:
    assert plan(tmp_path).bench.name == "virtual divider"
    assert plan(tmp_path, form="amplifier").bench.name == "virtual active divider"


def test_to_be_active_is_what_the_bench_makes_of_it(tmp_path: Path) -> None:
    """With an amplifier it is the amplifier's form, whose dividend is a voltage; else the current is forced."""
    amplified, forced = (plan(tmp_path, bench=name).procedure for name in ("divider_active", "divider"))
    assert amplified == Divider(form="amplifier")
    assert forced == Divider(form="active")
    assert amplified.setpoints()[0].levels == {"gate": 0.27, "junction": -10.0}


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        (
            {"form": "passive", "series": "2 Mohm"},
            ProcedureMistake,
            "must be the resistance of 'series' .* 1 Mohm, but is 2 Mohm",
        ),
        (
            {"form": "amplifier", "series": "2 Mohm"},
            ProcedureMistake,
            "must be the resistance of 'series' .* 1 Mohm, but is 2 Mohm",
        ),
        ({"form": "passive", "bench": "divider_active"}, ProcedureMistake, "`form` must be 'amplifier' .* has one"),
        ({"form": "amplifier", "bench": "divider"}, ProcedureMistake, "but is 'amplifier' and .* has none"),
        ({"series": "0 ohm"}, ParameterError, "`series` must be 1 mohm to"),
        ({"stop": "0.27 V"}, ParameterError, "`stop` must differ from `start`"),
        (
            {"points": 10_001, "dividend_points": 1000},
            ParameterError,
            "at most 1000000 setpoints, but .* make 10001000",
        ),
        ({"start": "-0.3 V"}, ParameterError, "The gate must keep its sign"),
        ({"dividend": "nan"}, ParameterError, "`dividend`"),
        ({"dividend": "25 V", "form": "passive"}, Exception, "`junction` must stay within -12 V and 12 V"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_moves(
    tmp_path: Path, parameters: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        plan(tmp_path, **parameters)


def test_a_divider_needs_a_circuit(tmp_path: Path) -> None:
    with pytest.raises(
        ProcedureMistake, match=r"must be run on a bench that names its `circuit` file.*--bench divider"
    ):
        Plan.of(Request.of(Divider(), bench="full", junction="fig5-die", model="static", runs=tmp_path))


def test_a_page_can_be_told_from_its_belief() -> None:
    assert Divider().extraction(measured(Divider(**QUICK)), Belief.load("fig5-die")).names[0] == "scale"


def test_an_output_that_the_amplifier_does_not_reach_is_refused() -> None:
    """1 kV over 20 kohm is 50 mA, in 1.9 kohm nearly 100 V, and the amplifier goes to 12 V."""
    bench = Bench.load("divider_active")
    with pytest.raises(ProcedureMistake, match=r"within the 12 V that 'amplifier' reaches, but would be \d"):
        Divider(form="amplifier", dividend=1000.0, series=2e4).foretold(bench, Belief.load("fig5"))
