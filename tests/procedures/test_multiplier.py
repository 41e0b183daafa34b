"""The multiplier: what it refuses and foretells, and whether its datasheet is that of the junctions that were there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.private_bench import InProcessBench, read_once
from smtjlab.instruments.reading import Reading
from smtjlab.procedures.beside_circuit import BesideCircuit
from smtjlab.procedures.errors import ParameterError, ProcedureMistake
from smtjlab.procedures.multiplier import Multiplier
from smtjlab.procedures.multiplier_grid import OFFSET, grid_of, offset_uncertainty
from smtjlab.procedures.plan import Plan, Request
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.product_grid import ProductGrid
from smtjlab.simulation.inference.product_map import product_map
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.models import Model
from smtjlab.simulation.multiplier_circuit import Encoding
from smtjlab.simulation.predict import predict

DIE = Belief.load("fig5-die")
SMALL = Multiplier(input_points=5, gate_points=9, trim="none")
FEW = Multiplier(input_points=3, gate_points=5, trim="none")
BRANCHES = {"series": 50.0, "fixed": 1960.0}
"""R_s and the fixed resistor of the packaged circuit, in ohm."""


@dataclass(frozen=True)
class Measured:
    procedure: Multiplier
    readings: Sequence[Reading]
    truth: Mapping[str, Junction]
    circuit: dict[str, Any]

    def verdict(self, belief: Belief, circuit: dict[str, Any] | None = None) -> bool:
        """Return whether readings and belief agree."""
        beside = BesideCircuit(circuit or self.circuit, belief, Model.BOLTZMANN, seed=1, copies=16)
        for reading in self.readings:
            beside.answer(reading)
        return beside.verdict().agrees


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Measured]:
    """Return a function that measures on the packaged bench, with other truths of its junctions where wanted."""

    def measure(
        procedure: Multiplier, *, device: str = "spread = 0.03", reference: str = "spread = 0.03", more: str = ""
    ) -> Measured:
        folder = tmp_path_factory.mktemp("bench")
        shutil.copytree(PACKAGED / "circuits", folder / "circuits")
        before, _, _ = (PACKAGED / "multiplier.toml").read_text(encoding="utf-8").partition("[truth.device]")
        before = before.replace("[wiring]", '[wiring]\n"thermometer.stage" = "stage"') if more else before
        text = "".join(
            f'[truth.{name}]\npreset = "fig5"\n{one}\n' for name, one in (("device", device), ("reference", reference))
        )
        (folder / "own.toml").write_text(before + more + text, encoding="utf-8")
        bench = read_once(folder / "own.toml", in_process=True)
        with InProcessBench(bench) as private:
            circuit = private.open().circuit
            circuit.check(procedure.setpoints())
            procedure.prepare(circuit)
            readings: list[Reading] = []
            while (wanted := procedure.propose(readings, DIE).setpoint) is not None:
                readings.append(procedure.measure(circuit, wanted))
            truth = {name: one.junction for name, one in private.virtual.truth.devices.items()}
        return Measured(procedure, readings, truth, circuit_of(bench).to_dict())

    return measure


@pytest.fixture(scope="module")
def usual(measured: Callable[..., Measured]) -> Measured:
    return measured(SMALL)


@pytest.fixture(scope="module")
def single(measured: Callable[..., Measured]) -> Measured:
    return measured(replace(SMALL, encoding="single"))


def share(siemens: np.ndarray | float) -> np.ndarray | float:
    """Return V_out/V_in1 of a conductance above R_s (physics: circuits)."""
    return BRANCHES["series"] * siemens / (1 + BRANCHES["series"] * siemens)


def should_be(run: Measured) -> Extraction:
    """Return the datasheet of the true junctions at exactly the levels that were asked for, by the closed form."""
    procedure = run.procedure
    siemens = predict(run.truth["device"], Model.BOLTZMANN, procedure.gates).conductance
    taken_off: Any = 0.0
    if procedure.encoding == "junction":
        at = np.array(procedure.reference_gates[:1])
        taken_off = share(predict(run.truth["reference"], Model.BOLTZMANN, at).conductance)
    elif procedure.encoding == "resistor":
        taken_off = share(1 / BRANCHES["fixed"])
    x, gate = (one.ravel() for one in np.meshgrid(procedure.inputs, procedure.gates, indexing="ij"))
    out = x * np.tile(share(siemens) - taken_off, len(procedure.inputs))
    if procedure.encoding == "single":
        y = gate + DIE.junction.rotation_voltage - DIE.junction.shape_voltage
    else:
        y = gate - procedure.middle
    kind = Encoding.SINGLE_ENDED if procedure.encoding == "single" else Encoding.DIFFERENTIAL
    return product_map(ProductGrid(x, y, out, np.zeros_like(x), kind), np.random.default_rng(1), draws=2).extraction


@pytest.mark.parametrize("encoding", ["single", "resistor", "junction"])
def test_the_datasheet_is_that_of_the_junctions_that_were_there(
    measured: Callable[..., Measured], encoding: str
) -> None:
    """Six figures within 4.5 standard uncertainties: false alarms below 2e-4 for the three encodings together.

    The swing is that of the levels that were really there, not of those asked for.
    """
    run = measured(replace(SMALL, encoding=encoding))
    found, true = run.procedure.extraction(run.readings, DIE), should_be(run)
    names = ("scale", "y_offset", "x_offset", "output_offset", "product_error", "inl")
    for name in names:
        one, wanted = found.estimate(name), true.estimate(name)
        assert one is not None
        assert wanted is not None
        floor = 4e-4 if name == "inl" else 0.0  # noise alone adds this to a largest deviation
        assert one.value == pytest.approx(wanted.value, abs=4.5 * one.uncertainty + floor), name


def test_the_trim_moves_the_reference_alone_and_is_no_part_of_the_middle(measured: Callable[..., Measured]) -> None:
    run = measured(replace(SMALL, trim="5 mV"))
    assert {one.setpoint.levels["reference_gate"] for one in run.readings} == {0.29}
    grid = grid_of(run.procedure, run.readings, DIE)
    assert np.ptp(grid.y) / 2 == pytest.approx(0.012, abs=1e-4)
    assert grid.y.mean() == pytest.approx(0.0, abs=1e-3)  # offsets of two source meters, 0.17 mV each


def test_a_trim_by_the_offset_balances_the_two_branches(measured: Callable[..., Measured], usual: Measured) -> None:
    before = usual.procedure.extraction(usual.readings, DIE).estimate("y_offset")
    assert before is not None
    trimmed = measured(replace(SMALL, trim=f"{-before.value} V"))
    after = trimmed.procedure.extraction(trimmed.readings, DIE).estimate("y_offset")
    assert after is not None
    assert abs(after.value) < abs(before.value) / 4


def test_only_a_difference_multiplies_in_four_quadrants(usual: Measured, single: Measured) -> None:
    assert usual.procedure.datasheet(usual.readings, DIE).four_quadrant
    alone = single.procedure.datasheet(single.readings, DIE)
    assert not alone.four_quadrant
    assert "cannot reach zero or negative y" in alone.quadrants
    assert "no multiplier of signed operands" in alone.quadrants


def test_what_is_believed_of_the_pedestal_is_an_error_of_the_single_ended_factor(single: Measured) -> None:
    assert OFFSET in grid_of(single.procedure, single.readings, DIE).common["y"]
    assert OFFSET not in grid_of(single.procedure, single.readings, Belief(DIE.junction)).common["y"]


def test_the_pedestal_is_known_as_well_as_what_it_is_made_of() -> None:
    """Γ goes as M_s H_d/λ_s: three fields of 3 % make 3^1/2 3 % of it; ν, half a per cent of Γ, counts for little."""
    assert offset_uncertainty(DIE) == pytest.approx(3**0.5 * 0.03 * DIE.junction.rotation_voltage, rel=0.01)
    assert offset_uncertainty(Belief(DIE.junction)) == 0


def test_scatter_of_the_levels_counts_by_the_slopes_of_the_product(usual: Measured) -> None:
    loud = [
        replace(one, uncertainty=replace(one.uncertainty, level_scatter={"junction": 1e-3})) for one in usual.readings
    ]
    quiet, heard = (grid_of(SMALL, one, DIE) for one in (usual.readings, loud))
    found = SMALL.extraction(usual.readings, DIE)
    k, y0 = found.estimate("scale"), found.estimate("y_offset")
    assert k is not None
    assert y0 is not None
    expected = np.hypot(quiet.noise if quiet.noise is not None else 0, k.value * (quiet.y - y0.value) * 1e-3)
    assert heard.scatter == pytest.approx(expected, rel=1e-3)


def test_flagged_readings_are_left_out_and_nothing_is_said_of_none(usual: Measured) -> None:
    lost = [replace(one, value=None) for one in usual.readings]
    with pytest.raises(InferenceError, match="must have readings without a flag, but has none"):
        SMALL.datasheet(lost, DIE)
    assert len(grid_of(SMALL, [*usual.readings[1:], lost[0]], DIE).out) == len(usual.readings) - 1


STAGE = """
[instruments.thermometer]
driver = "lakeshore_336:LakeShore336"
role = "thermometer"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.thermometer]
temperature = ["280 K", "400 K"]
slew = "0.1 K/s"
"""


def test_the_scale_factor_drifts_as_the_thermal_average_does(measured: Callable[..., Measured]) -> None:
    """Within 4.5 standard uncertainties and 1e-5 per kelvin, by which the stage may be off: one in 1e5 by chance."""
    warmed = replace(FEW, middle=0.27, encoding="single", temperature=300.0, warming=40.0)
    run = measured(warmed, device="", reference="", more=STAGE)
    drift = warmed.drift(run.readings, Belief(Junction.preset("fig5")))
    assert drift is not None
    found = drift.estimate("scale_drift")
    assert found is not None
    slopes = [
        np.polyfit(warmed.gates, share(predict(at, Model.BOLTZMANN, warmed.gates).conductance), 1)[0]
        for at in (Junction.preset("fig5").changed(temperature=kelvin) for kelvin in (300.0, 340.0))
    ]
    expected = (slopes[1] - slopes[0]) / 40 / ((slopes[0] + slopes[1]) / 2)
    assert abs(expected) > 5 * found.uncertainty  # near the kink, which heat rounds
    assert found.value == pytest.approx(expected, abs=4.5 * found.uncertainty + 1e-5)
    first = warmed.datasheet(run.readings, DIE)
    assert np.isfinite(first.error_map).all()
    assert len(grid_of(warmed, run.readings, DIE).out) == len(run.readings) // 2


def test_a_map_at_one_temperature_tells_no_drift(usual: Measured) -> None:
    assert SMALL.drift(usual.readings, DIE) is None


# The model beside the run

KNOWN = Belief(
    Junction.preset("fig5"),
    {"resistance_parallel": 5.0, "resistance_antiparallel": 10.0, "dipole_field": 400.0},
)
"""Fig. 5 with resistances and dipole field known to half a per cent."""


def test_a_right_belief_agrees_with_the_readings(measured: Callable[..., Measured]) -> None:
    """False alarms 0.1 % for each of two truths: 0.2 %."""
    for encoding in ("junction", "single"):
        assert measured(replace(FEW, encoding=encoding), device="", reference="").verdict(KNOWN)


def test_a_series_resistor_stated_wrong_by_a_tenth_does_not(measured: Callable[..., Measured]) -> None:
    run = measured(replace(FEW, encoding="single"), device="", reference="")
    resistors = dict(run.circuit["resistors"])
    resistors["series"] = (1.1 * resistors["series"][0], *resistors["series"][1:])
    assert not run.verdict(KNOWN, {**run.circuit, "resistors": resistors})


def test_a_piezo_with_hysteresis_does_not(measured: Callable[..., Measured]) -> None:
    run = measured(replace(FEW, encoding="single"), device="piezo_hysteresis = 0.1", reference="")
    assert not run.verdict(KNOWN)


# Before anything moves


def planned(bench: str = "multiplier", junction: str = "fig5-die", **parameters: Any) -> Plan:
    request = Request.of(
        Multiplier.from_values(parameters), bench=bench, junction=junction, model="boltzmann", runs=Path("runs")
    )
    return Plan.of(request)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"series": "55 ohm"}, ProcedureMistake, "50 ohm, but is 55 ohm"),
        ({"series": "0 ohm"}, ParameterError, "`series` must be 1 mohm to 1 Gohm, but is 0 ohm"),
        ({"middle": "nan"}, ParameterError, "must begin with a number"),
        ({"swing": float("nan")}, ParameterError, "`swing` must be"),
        ({"middle": "1 V"}, InstrumentMistake, "`gate` must stay within 0 V and 600 mV"),
        ({"middle": "0.3 V", "swing": "60 mV"}, ProcedureMistake, "from 0.24 V to 0.36 V the believed one is off by"),
        ({"middle": "0.1 V"}, ProcedureMistake, "must stay inside the window in which the conductance is straight"),
        ({"middle": "5 mV", "swing": "10 mV"}, ParameterError, "The gate must keep its sign"),
        (
            {"trim": "often"},
            ParameterError,
            "`trim` must be `measured`, `none` or a voltage such as 10 mV, but is 'oft",
        ),
        ({"trim": "11 V"}, ParameterError, "`trim` must be within ±10 V, but is 11 V"),
        ({"trim_reach": "0.4 V"}, InstrumentMistake, "`reference_gate` must stay within 0 V and 600 mV"),
        ({"input_points": 1001, "gate_points": 1001}, ParameterError, "allow all 1002049 readings that there may be"),
        ({"at_most": 100}, ParameterError, "`at_most` must allow all 165 readings that there may be, but is 100"),
        ({"encoding": "triple"}, ParameterError, "`encoding` must be"),
        ({"warming": "20 K"}, ParameterError, "`warming` must go with a `temperature` to begin at"),
        ({"temperature": "300 K"}, InstrumentMistake, "the bench has no thermometer with limits"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(wrong: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        planned(**wrong)


def test_a_bench_without_a_circuit_is_refused() -> None:
    with pytest.raises(ProcedureMistake, match="must be run on a bench that names its `circuit` file"):
        planned(bench="full")


def test_errors_are_foretold_with_their_sizes() -> None:
    """Loading of a slope at V_mid by the closed form, 1/(1 + R_s G)^2 - 1, and of the output, without the square."""
    siemens = float(predict(DIE.junction, Model.BOLTZMANN, np.array([0.285])).conductance[0])
    told = " ".join(planned().foretold)
    loaded = 1 + 50 * siemens
    assert f"changes the scale factor by {100 * (1 / loaded**2 - 1):.2g} %" in told
    assert f"{100 * (1 - 1 / loaded):.2g} % below V_in1 R_s G" in told
    assert "product error to expect is 1.8 % of the swing" in told
    assert "The fall of the TMR at" not in told  # nothing is believed of it
    assert "R_s = 50 Ω loads the junction" in told


def test_the_fall_of_the_tmr_is_foretold_where_one_is_believed() -> None:
    falling = Belief(DIE.junction.changed(bias_half_tmr=0.4))
    told = Multiplier().foretold(Bench.load("multiplier"), falling)[0]
    assert "%. The fall of the TMR at 97." in told
    assert "mV across the junction changes the scale factor by -" in told


def test_a_single_ended_circuit_says_beforehand_what_it_cannot_do() -> None:
    assert any("cannot reach zero or negative factors" in text for text in planned(encoding="single").foretold)


def test_a_fixed_resistor_is_foretold_as_the_circuit_file_states_it() -> None:
    """R_s/(R_s + R) of 1960 ohm is taken off: the product at y = 0 that this leaves is foretold."""
    measured = circuit_of(Bench.load("multiplier"))
    found = Multiplier(encoding="resistor").circuit(measured, DIE).output([0.1], [0.285])[0, 0]
    siemens = float(predict(DIE.junction, Model.BOLTZMANN, np.array([0.285])).conductance[0])
    assert found == pytest.approx(0.1 * (share(siemens) - share(1 / 1960)), rel=1e-9)
